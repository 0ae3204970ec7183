//! Requests whose end two readers could see in two places. What counts: no second request is read out of the first,
//! and the connection is refused or closed. HTTP that can't be read at all is answered by a bare 400 or 431.

use super::{raw, statuses};
use crate::support::Studio;

/// What is to be smuggled: if it were answered, there would be one more answer, a 200.
const INNER: &str = "GET /health/live HTTP/1.1\r\nHost: inner\r\n\r\n";

fn post(headers: &str, body: &str) -> Vec<u8> {
    format!("POST /auth/token HTTP/1.1\r\nHost: h\r\n{headers}\r\n\r\n{body}").into_bytes()
}

#[tokio::test]
async fn no_second_request_is_read_out_of_an_ambiguous_one() {
    let mut studio = Studio::start_with(&["--body-idle-timeout-s", "1", "--header-timeout-s", "1"]);
    let address = studio.program().address().to_owned();
    let chunked_then_inner = format!("0\r\n\r\n{INNER}");
    let inner_length = INNER.len();
    let shapes = [
        (
            "CL, then TE",
            post(
                &format!("Content-Length: {}\r\nTransfer-Encoding: chunked", inner_length + 5),
                &chunked_then_inner,
            ),
        ),
        (
            "TE, then CL",
            post(
                &format!("Transfer-Encoding: chunked\r\nContent-Length: {}", inner_length + 5),
                &chunked_then_inner,
            ),
        ),
        ("TE, then a short CL", post("Transfer-Encoding: chunked\r\nContent-Length: 5", &chunked_then_inner)),
        ("two lengths", post(&format!("Content-Length: 0\r\nContent-Length: {inner_length}"), INNER)),
        ("two lengths in one", post(&format!("Content-Length: 0, {inner_length}"), INNER)),
        ("a signed length", post("Content-Length: +0", INNER)),
        ("a negative length", post("Content-Length: -1", INNER)),
        ("a hexadecimal length", post("Content-Length: 0x0", INNER)),
        ("a length with a space", post("Content-Length: 0 0", INNER)),
        ("an endless length", post("Content-Length: 99999999999999999999999", INNER)),
        ("an empty length", post("Content-Length: ", INNER)),
        ("TE xchunked", post("Transfer-Encoding: xchunked", &chunked_then_inner)),
        ("TE chunked, identity", post("Transfer-Encoding: chunked, identity", &chunked_then_inner)),
        (
            "TE identity",
            post(&format!("Transfer-Encoding: identity\r\nContent-Length: {inner_length}"), INNER),
        ),
        ("TE twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: x", &chunked_then_inner)),
        ("TE in quotes", post("Transfer-Encoding: \"chunked\"", &chunked_then_inner)),
        ("TE with a vertical tab", post("Transfer-Encoding:\x0bchunked", &chunked_then_inner)),
        ("TE with a space before the colon", post("Transfer-Encoding : chunked", &chunked_then_inner)),
        ("TE on a folded line", post("Transfer-Encoding:\r\n chunked", &chunked_then_inner)),
        ("a folded line", post("X-A: b\r\n Content-Length: 0", INNER)),
        ("a name with a space", post("Content Length: 0", INNER)),
        ("a line without a colon", post("Content-Length", INNER)),
        ("a leading space", post(" X-A: b", INNER)),
        ("NUL in a value", post("X-A: a\0b", INNER)),
        ("CR in a value", post("X-A: a\rb", INNER)),
        (
            "a chunk's size too long",
            post("Transfer-Encoding: chunked", &format!("10000000000000000\r\n{INNER}")),
        ),
        ("a chunk's size signed", post("Transfer-Encoding: chunked", &format!("-1\r\n{INNER}"))),
        ("a chunk's size with 0x", post("Transfer-Encoding: chunked", &format!("0x0\r\n\r\n{INNER}"))),
        ("a chunk longer than said", post("Transfer-Encoding: chunked", &format!("1\r\n{INNER}"))),
        (
            "a chunk's extension with LF",
            post("Transfer-Encoding: chunked", &format!("0;a\nb\r\n\r\n{INNER}")),
        ),
        ("a chunk's extension", post("Transfer-Encoding: chunked", &format!("0;a=b\r\n\r\n{INNER}"))),
        (
            "trailers",
            post("Transfer-Encoding: chunked", &format!("0\r\nContent-Length: 5\r\nHost: x\r\n\r\n{INNER}")),
        ),
        (
            "TE in HTTP/1.0",
            format!("POST /auth/token HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n{chunked_then_inner}")
                .into_bytes(),
        ),
    ];
    // Side by side: where the server waits for more, each takes until it gives up.
    std::thread::scope(|scope| {
        for (what, bytes) in &shapes {
            let address = &address;
            scope.spawn(move || {
                let answers = raw(address, bytes);
                let seen = statuses(&answers);
                assert!(matches!(seen[..], [400..500]), "{what}: {answers}");
            });
        }
    });
    studio.anonymous().get("/health/live").send().await.ok();
}

#[tokio::test]
async fn broken_request_lines_and_targets_are_refused() {
    let mut studio = Studio::start_with(&["--header-timeout-s", "2"]);
    let address = studio.program().address().to_owned();
    for (what, line) in [
        ("NUL in the target", "GET /users\0 HTTP/1.1"),
        ("a space in the target", "GET /users /x HTTP/1.1"),
        ("no version", "GET /users"),
        ("version 2", "GET /users HTTP/2.0"),
        ("version 0.9", "GET /users HTTP/0.9"),
        ("version 1.2", "GET /users HTTP/1.2"),
        ("a broken method", "G(T /users HTTP/1.1"),
        ("no target", "GET  HTTP/1.1"),
        ("a target without a slash", "GET users HTTP/1.1"),
        ("CONNECT", "CONNECT 127.0.0.1:22 HTTP/1.1"),
        ("an authority as target", "GET h:80 HTTP/1.1"),
        ("an asterisk", "OPTIONS * HTTP/1.1"),
        ("TRACE", "TRACE /users HTTP/1.1"),
        ("an absolute target, without a token", "GET http://127.0.0.1:1/users HTTP/1.1"),
        ("an absolute target with credentials", "GET http://a:b@h/users HTTP/1.1"),
        ("an absolute target of another scheme", "GET file:///etc/passwd HTTP/1.1"),
        ("the preface of HTTP/2", "PRI * HTTP/2.0"),
    ] {
        let answers = raw(&address, format!("{line}\r\nHost: h\r\nConnection: close\r\n\r\n").as_bytes());
        let seen = statuses(&answers);
        assert!(
            seen.len() <= 1 && seen.iter().all(|status| (400..500).contains(status)),
            "{what}: {answers}"
        );
    }
    studio.anonymous().get("/health/live").send().await.ok();
}

#[tokio::test]
async fn requests_after_an_error_are_each_judged_by_themselves() {
    let mut studio = Studio::start_with(&["--header-timeout-s", "2"]);
    let actor = studio.key_with(&["viewer"]).await;
    let token = actor.token.clone().unwrap();
    let address = studio.program().address().to_owned();
    let good = format!("GET /users HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\n\r\n");
    let none = "GET /users HTTP/1.1\r\nHost: h\r\n\r\n";
    let last = "GET /health/live HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    // A caller's token counts for their request and no other on the connection.
    let answers = raw(&address, format!("{none}{good}{none}{last}").as_bytes());
    assert_eq!(statuses(&answers), [401, 200, 401, 200], "{answers}");
    // What can't be read ends the connection: nothing behind it is looked at.
    let answers = raw(&address, format!("{good}BROKEN\r\n\r\n{good}{last}").as_bytes());
    assert_eq!(statuses(&answers), [200, 400], "{answers}");
    // HTTP/1.0 closes after one answer.
    let answers = raw(&address, format!("GET /users HTTP/1.0\r\n\r\n{good}").as_bytes());
    assert_eq!(statuses(&answers), [401], "{answers}");
}
