//! The load generator: keep-alive clients that send prebuilt requests for a while and keep the latency of each.
//! The same code with the same threads drives our server and the reference, so its own cost is on both sides.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use hdrhistogram::Histogram;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::http1;

/// How long a round may outlast its time before it counts as hung.
const ROUND_GRACE: Duration = Duration::from_secs(30);

/// One keep-alive connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, lying in its connection's buffer.
#[derive(Debug)]
pub(crate) struct Answer<'connection> {
    /// Status code.
    pub(crate) status: u16,
    /// The whole body.
    pub(crate) body: &'connection [u8],
}

impl Connection {
    /// Connects, without Nagle's delay.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("connecting to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 16 * 1024] })
    }

    /// Sends one request and reads its answer whole.
    ///
    /// # Errors
    /// When the connection breaks, or the answer is not one `http1::parse_head` takes.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await.context("sending a request")?;
        let mut filled = self.read_more(0).await?;
        let head = loop {
            match http1::parse_head(&self.buffer[..filled])? {
                Some(head) => break head,
                None => filled = self.read_more(filled).await?,
            }
        };
        let end = head.head_bytes + usize::try_from(head.body_bytes)?;
        while filled < end {
            filled = self.read_more(filled).await?;
        }
        ensure!(filled == end, "more bytes than one answer arrived");
        Ok(Answer { status: head.status, body: &self.buffer[head.head_bytes..end] })
    }

    /// Reads once behind `filled` bytes, with room made when there is none; gives the new fill.
    async fn read_more(&mut self, filled: usize) -> Result<usize> {
        if filled == self.buffer.len() {
            self.buffer.resize(filled * 2, 0);
        }
        let count = self.stream.read(&mut self.buffer[filled..]).await.context("reading an answer")?;
        ensure!(count > 0, "the server closed the connection in the middle of an exchange");
        Ok(filled + count)
    }
}

/// What the clients send in a round.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    /// Where to; the clients are spread over them.
    pub(crate) addresses: Vec<SocketAddr>,
    /// Whole requests; each client goes round them, starting at its own place.
    pub(crate) requests: Arc<Vec<Vec<u8>>>,
    /// How many keep-alive connections at a time.
    pub(crate) clients: usize,
}

/// What came out of a round.
#[derive(Debug)]
pub(crate) struct Tally {
    /// Exchanges a second.
    pub(crate) rate_per_s: f64,
    /// Latencies in microseconds.
    latencies_us: Histogram<u64>,
}

impl Tally {
    /// How many exchanges there were.
    #[expect(clippy::cast_precision_loss, reason = "a count of exchanges is far below 2^52")]
    pub(crate) fn count(&self) -> f64 {
        self.latencies_us.len() as f64
    }

    /// The latency that `percent` of the exchanges stayed within, in milliseconds.
    pub(crate) fn latency_ms(&self, percent: f64) -> f64 {
        // Microseconds of a latency fit a float's 52 bits.
        #[expect(clippy::cast_precision_loss, reason = "a latency is far below 2^52 microseconds")]
        let latency_us = self.latencies_us.value_at_percentile(percent) as f64;
        latency_us / 1000.0
    }
}

impl Load {
    /// Sends for `length`; every answer must be a 200.
    ///
    /// # Errors
    /// When a connection breaks, an answer has another status, or the round hangs.
    pub(crate) async fn run(&self, length: Duration) -> Result<Tally> {
        let mut connections = Vec::with_capacity(self.clients);
        for address in self.addresses.iter().cycle().take(self.clients) {
            connections.push(Connection::open(*address).await?);
        }
        let begin = Instant::now();
        let mut clients = JoinSet::new();
        for (number, connection) in connections.into_iter().enumerate() {
            let requests = Arc::clone(&self.requests);
            let first = number * requests.len() / self.clients;
            clients.spawn(send_until(connection, requests, first, begin + length));
        }
        let mut latencies_us = new_histogram()?;
        let joined = tokio::time::timeout(length + ROUND_GRACE, async {
            while let Some(outcome) = clients.join_next().await {
                latencies_us.add(outcome.context("a client panicked")??)?;
            }
            anyhow::Ok(())
        });
        joined.await.context("a round hung")??;
        let elapsed_s = begin.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a count of exchanges is far below 2^52")]
        let rate_per_s = latencies_us.len() as f64 / elapsed_s;
        Ok(Tally { rate_per_s, latencies_us })
    }
}

/// One client: goes round the requests until the deadline.
async fn send_until(
    mut connection: Connection,
    requests: Arc<Vec<Vec<u8>>>,
    first: usize,
    deadline: Instant,
) -> Result<Histogram<u64>> {
    let mut latencies_us = new_histogram()?;
    let mut sent = Instant::now();
    for request in requests.iter().cycle().skip(first) {
        let answer = connection.exchange(request).await?;
        if answer.status != 200 {
            bail!("an answer was {}: {}", answer.status, http1::excerpt(answer.body));
        }
        let now = Instant::now();
        latencies_us.saturating_record(u64::try_from((now - sent).as_micros()).unwrap_or(u64::MAX));
        if now >= deadline {
            break;
        }
        sent = now;
    }
    Ok(latencies_us)
}

/// A histogram from a microsecond to a minute, exact to 3 digits.
fn new_histogram() -> Result<Histogram<u64>> {
    Histogram::new_with_bounds(1, 60_000_000, 3).context("making a histogram")
}
