//! Bulk transfer: one big body up or down over a blocking socket with 1 MiB buffers, for our server and the reference alike.
//! The content is made as it is sent, out of a small random buffer; hashing is asked for only outside timed rounds.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use aws_lc_rs::digest;

use crate::http1::{self, AnswerHead};

/// Size of one read or write.
const BLOCK_BYTES: usize = 1 << 20;

/// Size of the random buffer that blocks are cut from.
const POOL_BYTES: usize = 4 << 20;

/// How long a socket may stay silent. A flush of a gigabyte to a slow disk must fit in.
const SILENCE: Duration = Duration::from_mins(3);

/// What bytes a body is made of: the same number gives the same bytes, another number other bytes.
#[derive(Debug)]
pub(crate) struct Content {
    pool: Vec<u8>,
    number: u64,
    size_bytes: u64,
}

impl Content {
    /// Content of `size_bytes` bytes that differs from every other number's.
    ///
    /// Why: a server that keeps equal content once must not be given the same content twice.
    pub(crate) fn new(number: u64, size_bytes: u64) -> Self {
        let mut state = 0x6d75_646c_6172_6b21;
        let pool = (0..POOL_BYTES / 8).flat_map(|_| next_random(&mut state).to_le_bytes()).collect();
        Self { pool, number, size_bytes }
    }

    /// Takes the next number: the content is a new one.
    pub(crate) fn renumber(&mut self) {
        self.number = self.number.wrapping_add(1);
    }

    /// Its number.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Length of the whole content.
    pub(crate) fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Hands out the content block by block: first the number, then random bytes cut at a moving place.
    pub(crate) fn for_each_block(&self, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let number = self.number.to_le_bytes();
        let first = number.len().min(usize::try_from(self.size_bytes)?);
        take(&number[..first])?;
        let mut left = self.size_bytes - first as u64;
        let mut place = 0;
        while left > 0 {
            let length = usize::try_from(left.min(BLOCK_BYTES as u64))?;
            take(&self.pool[place..place + length])?;
            // An odd step: the blocks differ from one another for a long while.
            place = (place + 250_007) % (POOL_BYTES - BLOCK_BYTES);
            left -= length as u64;
        }
        Ok(())
    }

    /// SHA-256 of the content, in lower-case hex.
    pub(crate) fn sha256(&self) -> Result<String> {
        let mut hash = digest::Context::new(&digest::SHA256);
        self.for_each_block(|block| {
            hash.update(block);
            Ok(())
        })?;
        Ok(hex(hash.finish().as_ref()))
    }
}

/// Next number of a small generator, good enough to be incompressible (SplitMix64, Steele et al. 2014).
pub(crate) fn next_random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Bytes as lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Sends `content` as the body of one request (its head without framing headers) and gives the time until the answer.
///
/// # Errors
/// When the connection breaks or the answer is not a 2xx.
pub(crate) fn upload(
    address: SocketAddr,
    target: &str,
    headers: &[(&str, &str)],
    content: &Content,
) -> Result<Duration> {
    let mut stream = connect(address)?;
    let head = http1::request_head("PUT", target, &address.to_string(), headers, content.size_bytes());
    let begin = Instant::now();
    stream.write_all(&head)?;
    let sent = content.for_each_block(|block| Ok(stream.write_all(block)?));
    // A server that refuses may answer and close before the body is through: its answer says more than the broken pipe.
    let (answer, body) = match (read_answer(&mut stream), sent) {
        (Ok(answer), _) => answer,
        (Err(_), Err(broken)) => return Err(broken.context("sending the body")),
        (Err(broken), Ok(())) => return Err(broken.context("reading the answer to an upload")),
    };
    let elapsed = begin.elapsed();
    if !(200..300).contains(&answer.status) {
        bail!("an upload was answered {}: {}", answer.status, http1::excerpt(&body));
    }
    Ok(elapsed)
}

/// Reads an answer with a small body whole.
fn read_answer(stream: &mut TcpStream) -> Result<(AnswerHead, Vec<u8>)> {
    let mut buffer = vec![0; BLOCK_BYTES];
    let (head, filled) = read_head(stream, &mut buffer)?;
    let end = head.head_bytes + usize::try_from(head.body_bytes)?;
    ensure!(end <= buffer.len(), "the answer to an upload is too long");
    if filled < end {
        stream.read_exact(&mut buffer[filled..end])?;
    }
    Ok((head, buffer[head.head_bytes..end].to_vec()))
}

/// A finished download.
#[derive(Debug)]
pub(crate) struct Download {
    /// From the first byte of the request to the last of the answer.
    pub(crate) elapsed: Duration,
    /// SHA-256 in lower-case hex, when asked for.
    pub(crate) sha256: Option<String>,
}

/// Fetches `target`, whose body must be `size_bytes` long.
///
/// # Errors
/// When the connection breaks, the answer is not a 200, or its length is another.
pub(crate) fn download(
    address: SocketAddr,
    target: &str,
    headers: &[(&str, &str)],
    size_bytes: u64,
    hashed: bool,
) -> Result<Download> {
    let mut stream = connect(address)?;
    let request = http1::request("GET", target, &address.to_string(), headers, b"");
    let mut buffer = vec![0; BLOCK_BYTES];
    let mut hash = hashed.then(|| digest::Context::new(&digest::SHA256));
    let begin = Instant::now();
    stream.write_all(&request)?;
    let (head, filled) = read_head(&mut stream, &mut buffer)?;
    if head.status != 200 {
        bail!(
            "a download was answered {}: {}",
            head.status,
            http1::excerpt(&buffer[head.head_bytes..filled])
        );
    }
    ensure!(head.body_bytes == size_bytes, "a download has {} bytes, not {size_bytes}", head.body_bytes);
    let mut arrived = &buffer[head.head_bytes..filled];
    let mut left = size_bytes;
    loop {
        left = left.checked_sub(arrived.len() as u64).context("more bytes than the answer's length")?;
        if let Some(hash) = &mut hash {
            hash.update(arrived);
        }
        if left == 0 {
            break;
        }
        let count = stream.read(&mut buffer).context("reading a download")?;
        ensure!(count > 0, "a download ended {left} bytes short");
        arrived = &buffer[..count];
    }
    let elapsed = begin.elapsed();
    Ok(Download { elapsed, sha256: hash.map(|hash| hex(hash.finish().as_ref())) })
}

/// Reads until the head is whole; gives it and how much of the buffer is filled.
fn read_head(stream: &mut TcpStream, buffer: &mut [u8]) -> Result<(AnswerHead, usize)> {
    let mut filled = 0;
    loop {
        let count = stream.read(&mut buffer[filled..]).context("reading the head of an answer")?;
        ensure!(count > 0, "the server closed the connection without an answer");
        filled += count;
        if let Some(head) = http1::parse_head(&buffer[..filled])? {
            return Ok((head, filled));
        }
    }
}

/// Connects, with a limit to silence.
fn connect(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(address).with_context(|| format!("connecting to {address}"))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(SILENCE))?;
    stream.set_write_timeout(Some(SILENCE))?;
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_hands_out_exactly_its_size() {
        for size_bytes in [0, 3, 8, 9, BLOCK_BYTES as u64 + 8, 3 * BLOCK_BYTES as u64 + 1] {
            let content = Content::new(7, size_bytes);
            let mut total = 0;
            content
                .for_each_block(|block| {
                    total += block.len() as u64;
                    Ok(())
                })
                .unwrap();
            assert_eq!(total, size_bytes);
        }
    }

    #[test]
    fn content_of_another_number_has_another_hash() {
        let mut content = Content::new(1, 100);
        let first = Content::new(1, 100).sha256().unwrap();
        assert_eq!(content.sha256().unwrap(), first);

        content.renumber();

        assert_ne!(content.sha256().unwrap(), first);
    }
}
