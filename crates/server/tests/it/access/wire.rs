//! One keep-alive connection that asks many things at once: requests go out in a bunch, the answers are read in order.
//! A client library would spend most of the table's time on itself.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection to the server under test.
pub(super) struct Connection {
    stream: TcpStream,
    /// What has arrived and was not taken yet.
    arrived: Vec<u8>,
}

/// As much of an answer as the policy speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) challenge: Option<String>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The code of a refusal's body.
    pub(super) fn code(&self) -> Option<String> {
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        Some(body["code"].as_str()?.to_owned())
    }

    /// The start of the body, for a message.
    pub(super) fn excerpt(&self) -> String {
        String::from_utf8_lossy(&self.body[..self.body.len().min(200)]).into_owned()
    }
}

/// The bytes of a request without a body.
pub(super) fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> String {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: table.test\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if method != "GET" {
        text.push_str("content-length: 0\r\n");
    }
    text + "\r\n"
}

impl Connection {
    pub(super) async fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.expect("the server accepts");
        stream.set_nodelay(true).unwrap();
        Self { stream, arrived: Vec::new() }
    }

    /// Sends some requests and reads their answers.
    pub(super) async fn ask(&mut self, requests: &[String]) -> Vec<Answer> {
        self.stream.write_all(requests.concat().as_bytes()).await.expect("requests are taken");
        let mut answers = Vec::with_capacity(requests.len());
        for _ in requests {
            answers.push(self.read_answer().await);
        }
        assert!(self.arrived.is_empty(), "more answers than requests");
        answers
    }

    async fn read_answer(&mut self) -> Answer {
        let head_end = loop {
            match self.arrived.windows(4).position(|four| four == b"\r\n\r\n") {
                Some(end) => break end + 4,
                None => self.read_more().await,
            }
        };
        let head = String::from_utf8(self.arrived[..head_end].to_vec()).expect("a head of text");
        let header = |name: &str| {
            head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).map(str::to_owned)
        };
        let status = head[9..12].parse().expect("a status");
        let length: usize = match header("content-length") {
            Some(length) => length.parse().unwrap(),
            None if status == 204 || status == 304 => 0,
            None => panic!("an answer without a length: {head}"),
        };
        while self.arrived.len() < head_end + length {
            self.read_more().await;
        }
        let body = self.arrived[head_end..head_end + length].to_vec();
        self.arrived.drain(..head_end + length);
        Answer { status, challenge: header("www-authenticate"), body }
    }

    async fn read_more(&mut self) {
        let read = self.stream.read_buf(&mut self.arrived).await.expect("the server answers");
        assert!(read > 0, "the server closed the connection in the middle of an answer");
    }
}
