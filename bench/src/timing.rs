//! Whether the time of a refusal at `/auth/token` tells something: which key ids there are, or how much of a secret is
//! right. Samples in random order on one keep-alive connection, compared by two tests of `statistics`.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::bulk::next_random;
use crate::http1;
use crate::program::Credentials;
use crate::report::Verdict;
use crate::run::Run;
use crate::statistics::{mann_whitney_p, median_of, permutation_p};

/// Samples of each kind.
const SAMPLES: usize = 10_000;

/// Sent first and not counted.
const WARM_UP: usize = 1_000;

/// The control: of these differences, added to one side's samples, the smallest that is told apart is said. *Units*:
/// microseconds.
const DIFFERENCES: [f64; 9] = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0];

/// A difference that comes by chance once in a thousand runs...
const LEAST_P: f64 = 0.001;

/// ...and does so in as many runs one after another is no chance.
const RUNS: usize = 3;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A key id that there is not, and any secret.
    Unknown,
    /// A key's id, and a secret that has nothing of the right one.
    Wrong,
    /// A key's id, and a secret that is right but for its last character.
    Near,
}

const KINDS: [Kind; 3] = [Kind::Unknown, Kind::Wrong, Kind::Near];

/// What is held against what.
const COMPARISONS: [(&str, Kind, Kind); 2] = [
    ("unknown and known key id", Kind::Unknown, Kind::Wrong),
    ("wrong secret and one that is right but for its end", Kind::Wrong, Kind::Near),
];

/// Measures, up to [`RUNS`] times for what looks different, and adds a verdict for each comparison.
pub(crate) fn measure_timing(run: &mut Run<'_>) -> Result<()> {
    let mut state = u64::from(std::process::id()) << 32 | 0x9e37_79b9;
    let mut open: Vec<_> = COMPARISONS.to_vec();
    let mut told: Vec<(&str, Vec<String>)> =
        COMPARISONS.iter().map(|(name, ..)| (*name, Vec::new())).collect();
    for number in 1..=RUNS {
        eprintln!("timing: run {number}, {SAMPLES} samples of each kind");
        let samples = sample(run.server.address, &run.kept.credentials, &mut state)?;
        let seen_from = smallest_seen(&samples[Kind::Wrong as usize]).with_context(|| {
            format!("not even {} µs more are told apart: this run could see nothing", DIFFERENCES[8])
        })?;
        eprintln!("timing: control: {seen_from} µs more are told apart");
        open.retain(|(name, one, other)| {
            let [one, other] = [one, other].map(|kind| &samples[*kind as usize]);
            let rank_p = mann_whitney_p(one, other);
            let shuffled_p = permutation_p(one, other, next_random(&mut state));
            let text = format!(
                "medians {:.2} and {:.2} µs, Mann-Whitney p = {rank_p:.4}, permutation p = {shuffled_p:.4} ({seen_from} µs would show)",
                median_of(one),
                median_of(other)
            );
            eprintln!("timing: {name}: {text}");
            if let Some((_, runs)) = told.iter_mut().find(|(told_name, _)| told_name == name) {
                runs.push(text);
            }
            rank_p < LEAST_P || shuffled_p < LEAST_P
        });
        if open.is_empty() {
            break;
        }
    }
    for (name, runs) in told {
        run.report.verdicts.push(Verdict {
            name: format!("timing: {name}"),
            found: runs.join("; again: "),
            bound: format!("p ≥ {LEAST_P} in one of {RUNS} runs"),
            holds: !open.iter().any(|(open_name, ..)| *open_name == name),
        });
    }
    Ok(())
}

/// The smallest of [`DIFFERENCES`] that is told apart when every second sample has it added.
fn smallest_seen(samples: &[f64]) -> Option<f64> {
    let every_second = |first| samples.iter().skip(first).step_by(2).copied();
    let as_they_are: Vec<f64> = every_second(0).collect();
    DIFFERENCES.into_iter().find(|more| {
        let with_more: Vec<f64> = every_second(1).map(|sample| sample + more).collect();
        mann_whitney_p(&as_they_are, &with_more) < LEAST_P
    })
}

/// One run's response times by kind. *Units*: microseconds.
fn sample(address: SocketAddr, credentials: &Credentials, state: &mut u64) -> Result<[Vec<f64>; 3]> {
    let mut connection = Connection::open(address)?;
    let mut order: Vec<Kind> =
        KINDS.iter().flat_map(|kind| vec![*kind; SAMPLES + WARM_UP / KINDS.len()]).collect();
    for at in 0..order.len() {
        let left = (order.len() - at) as u64;
        order.swap(at, at + usize::try_from(next_random(state) % left)?);
    }
    let right = request(address, credentials, &credentials.key, &credentials.secret);
    let mut times: [Vec<f64>; 3] = Default::default();
    for (number, kind) in order.into_iter().enumerate() {
        // Before each sample the same success: every sample then finds the connection, the caches and the memory of
        // failures in the same state.
        let (status, _) = connection.exchange(&right)?;
        ensure!(status == 200, "right credentials were answered {status}");
        let asked = match kind {
            Kind::Unknown => request(
                address,
                credentials,
                &like(&credentials.key, "mdl_key_", state),
                &like(&credentials.secret, "mdl_sec_", state),
            ),
            Kind::Wrong => {
                request(address, credentials, &credentials.key, &like(&credentials.secret, "mdl_sec_", state))
            }
            Kind::Near => request(address, credentials, &credentials.key, &near(&credentials.secret)),
        };
        let (status, elapsed) = connection.exchange(&asked)?;
        ensure!(status == 401, "wrong credentials were answered {status}; are limits in the way?");
        if number >= WARM_UP {
            times[kind as usize].push(elapsed.as_secs_f64() * 1e6);
        }
    }
    Ok(times)
}

/// A text of the same length and form, with all of it random but its prefix.
fn like(text: &str, prefix: &str, state: &mut u64) -> String {
    let random = (prefix.len()..text.len()).map(|_| {
        let step = usize::try_from(next_random(state) % 62).unwrap_or(0);
        char::from(BASE62[step])
    });
    prefix.chars().chain(random).collect()
}

/// The secret with another last character.
fn near(secret: &str) -> String {
    let (start, end) = secret.split_at(secret.len().saturating_sub(1));
    format!("{start}{}", if end == "0" { "1" } else { "0" })
}

fn request(address: SocketAddr, credentials: &Credentials, key: &str, secret: &str) -> Vec<u8> {
    let body = json!({ "account_id": credentials.account_id, "key": key, "secret": secret }).to_string();
    let headers = [("content-type", "application/json")];
    http1::request("POST", "/auth/token", &address.to_string(), &headers, body.as_bytes())
}

/// A blocking connection: no other task runs between a request and its answer.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).context("connecting")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self { stream, buffer: vec![0; 16 * 1024] })
    }

    /// The status, and how long the whole answer took.
    fn exchange(&mut self, request: &[u8]) -> Result<(u16, Duration)> {
        let begin = Instant::now();
        self.stream.write_all(request)?;
        let mut filled = 0;
        loop {
            let read = self.stream.read(&mut self.buffer[filled..])?;
            ensure!(read > 0, "the server closed the connection");
            filled += read;
            if let Some(head) = http1::parse_head(&self.buffer[..filled])?
                && filled >= head.head_bytes + usize::try_from(head.body_bytes)?
            {
                return Ok((head.status, begin.elapsed()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_says_from_which_difference_on_it_sees() {
        let mut state = 1;
        let mut spread = |width: u64| -> Vec<f64> {
            (0..4_000)
                .map(|_| f64::from(u32::try_from(next_random(&mut state) % (width * 100)).unwrap()) / 100.0)
                .collect()
        };
        let (narrow, wide, widest) = (spread(1), spread(100), spread(10_000));
        assert!(smallest_seen(&narrow).is_some_and(|more| more <= 0.2));
        assert!(smallest_seen(&wide).is_some_and(|more| (1.0..=20.0).contains(&more)));
        assert_eq!(smallest_seen(&widest), None);
    }

    #[test]
    fn made_up_texts_have_the_form_of_the_real_one_and_differ() {
        let secret = "mdl_sec_0123456789abcdef";
        let mut state = 1;
        let (far, near) = (like(secret, "mdl_sec_", &mut state), near(secret));
        assert!(far.starts_with("mdl_sec_") && far.len() == secret.len() && far != secret);
        assert_eq!(near, "mdl_sec_0123456789abcde0");
        assert_eq!(super::near("mdl_0"), "mdl_1");
    }
}
