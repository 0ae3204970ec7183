//! The little of HTTP/1.1 that the load needs: request bytes built beforehand, answers with a `Content-Length`.
//! Not a general client: no chunked answers, no redirects, no TLS. Used by `client` (async) and `bulk` (blocking).

use std::fmt::Write as _;

use anyhow::{Context, Result, bail};

/// Largest answer head that is accepted.
const HEAD_LIMIT_BYTES: usize = 64 * 1024;

/// The head of an answer, as far as the load needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AnswerHead {
    /// Status code.
    pub(crate) status: u16,
    /// Where the body begins.
    pub(crate) head_bytes: usize,
    /// How long the body is.
    pub(crate) body_bytes: u64,
}

/// Builds the bytes of one request.
///
/// `Content-Length` is the body's length, and is left out only for a GET without a body.
pub(crate) fn request(
    method: &str,
    target: &str,
    host: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Vec<u8> {
    let mut bytes = request_head(method, target, host, headers, body.len() as u64);
    bytes.extend_from_slice(body);
    bytes
}

/// Builds the head of a request whose body follows separately.
pub(crate) fn request_head(
    method: &str,
    target: &str,
    host: &str,
    headers: &[(&str, &str)],
    body_bytes: u64,
) -> Vec<u8> {
    let mut text = format!("{method} {target} HTTP/1.1\r\nhost: {host}\r\n");
    for (name, value) in headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    if body_bytes > 0 || method != "GET" {
        let _ = write!(text, "content-length: {body_bytes}\r\n");
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// Reads an answer's head out of what has arrived so far; `None` while it isn't whole.
///
/// # Errors
/// When it is not HTTP/1.1, has no `Content-Length` (and a status that needs one), or is too long.
pub(crate) fn parse_head(arrived: &[u8]) -> Result<Option<AnswerHead>> {
    let Some(end) = arrived.windows(4).position(|four| four == b"\r\n\r\n") else {
        if arrived.len() > HEAD_LIMIT_BYTES {
            bail!("the head of the answer is longer than {HEAD_LIMIT_BYTES} bytes");
        }
        return Ok(None);
    };
    let head = &arrived[..end];
    if !head.starts_with(b"HTTP/1.1 ") || head.len() < 12 {
        bail!("not an HTTP/1.1 answer: {:?}", String::from_utf8_lossy(&head[..head.len().min(40)]));
    }
    let status = number(&head[9..12]).context("the status code is not a number")?;
    let status = u16::try_from(status).context("the status code is out of range")?;
    let length = head.split(|byte| *byte == b'\n').find_map(content_length).transpose()?;
    let body_bytes = match length {
        Some(length) => length,
        None if status == 204 || status == 304 => 0,
        None => bail!("an answer with status {status} has no content-length"),
    };
    Ok(Some(AnswerHead { status, head_bytes: end + 4, body_bytes }))
}

/// The value of a header line, when the line is `Content-Length`.
fn content_length(line: &[u8]) -> Option<Result<u64>> {
    const NAME: &[u8] = b"content-length:";
    let (name, value) = line.split_at_checked(NAME.len())?;
    name.eq_ignore_ascii_case(NAME).then(|| number(value.trim_ascii()).context("bad content-length"))
}

/// Reads an unsigned decimal number.
fn number(digits: &[u8]) -> Result<u64> {
    Ok(std::str::from_utf8(digits)?.parse()?)
}

/// An answer's text for a message: at most 300 characters, no control characters.
pub(crate) fn excerpt(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().filter(|c| !c.is_control()).take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn head_in_two_parts_is_awaited_then_read() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nx: y\r\n\r\nhello";

        assert_eq!(parse_head(&answer[..30]).unwrap(), None);
        let head = parse_head(answer).unwrap().unwrap();

        assert_eq!(head, AnswerHead { status: 200, head_bytes: answer.len() - 5, body_bytes: 5 });
    }

    #[test]
    fn answer_without_length_is_refused_unless_it_has_no_body() {
        assert!(parse_head(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
        assert_eq!(parse_head(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap().unwrap().body_bytes, 0);
    }

    #[test]
    fn request_with_body_names_its_length() {
        let bytes = request("POST", "/a", "h:1", &[("x-y", "z")], b"body");

        assert_eq!(bytes, b"POST /a HTTP/1.1\r\nhost: h:1\r\nx-y: z\r\ncontent-length: 4\r\n\r\nbody");
    }
}
