//! The attack list, through HTTP on the real program: what attackers send, and that each of it is refused as documented,
//! never let in and never a failure of the server. *Source*: RFC 6750, RFC 8725, RFC 9068, RFC 9112.

mod requests;
mod smuggling;
mod tokens;
mod uploads;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::Answer;

/// Checks that this is the documented 401, whole.
#[track_caller]
fn assert_unauthorized(answer: &Answer, what: &str) {
    assert_eq!(answer.status.as_u16(), 401, "{what}: {}", answer.text());
    let mut body = answer.json();
    body["request_id"] = Value::Null;
    let documented = json!({
        "error": "Unauthorized", "message": "Invalid or expired token", "code": "invalid_token", "request_id": null,
    });
    assert_eq!(body, documented, "{what}");
    assert!(answer.header("www-authenticate").is_some_and(|it| it.starts_with("Bearer")), "{what}");
}

/// Sends bytes on a connection of its own, and gives what is answered until the server closes it: of itself, or because
/// nothing more comes.
fn raw(address: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    // A server that has refused already may have closed: what it said is still to be read.
    stream.write_all(bytes).ok();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok();
    String::from_utf8_lossy(&answer).into_owned()
}

/// The statuses of the answers in what came over one connection.
fn statuses(answers: &str) -> Vec<u16> {
    let lines = answers.split("HTTP/1.").skip(1);
    lines.filter_map(|rest| rest.get(2..5)?.parse().ok()).collect()
}
