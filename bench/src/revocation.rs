//! Revocation under load: many clients use a key's token without pause while the key is revoked, by command or over the API.
//! From the moment the call returns, no request may be accepted.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::task::JoinSet;

use crate::api::Api;
use crate::client::Connection;
use crate::http1;
use crate::report::{Verdict, median};
use crate::run::Run;

/// Clients that use the token.
const CLIENTS: usize = 64;

/// Keys that are revoked, one after another.
const KEYS: usize = 5;

/// The load before the revocation, and after it has returned.
const BEFORE: Duration = Duration::from_millis(700);
const AFTER: Duration = Duration::from_millis(700);

/// How long a key's clients may take in all.
const LIMIT: Duration = Duration::from_mins(1);

/// What came of one client.
#[derive(Debug, Default)]
struct Seen {
    accepted: u64,
    refused: u64,
    /// When the last request that was accepted was sent.
    last_accepted: Option<Instant>,
}

/// How a key is revoked.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// By the operator's command, another process.
    Command,
    /// By an administrator of the account, over the API.
    Api,
}

/// Revokes [`KEYS`] keys under load in either way, and adds a verdict for each.
pub(crate) fn measure_revocation(run: &mut Run<'_>) -> Result<()> {
    measure_way(run, Way::Command, "by command")?;
    measure_way(run, Way::Api, "over the API")
}

fn measure_way(run: &mut Run<'_>, way: Way, name: &str) -> Result<()> {
    let (mut calls_ms, mut accepted, mut refused, mut late) = (Vec::new(), 0, 0, 0);
    let administrator = Api::log_in(run.runtime, run.server.address, &run.kept.credentials)?;
    for number in 1..=KEYS {
        let credentials = run.program.new_key(&run.kept.credentials, "to be revoked")?;
        let api = Api::log_in(run.runtime, run.server.address, &credentials)?;
        let request = Arc::new(api.caller_request());
        let stop = Arc::new(AtomicBool::new(false));
        let answered = Arc::new(AtomicU64::new(0));
        let (address, flag, counter) = (run.server.address, Arc::clone(&stop), Arc::clone(&answered));
        let clients = run.runtime.spawn(use_token(address, request, flag, counter));
        std::thread::sleep(BEFORE);
        ensure!(answered.load(Ordering::Relaxed) > 0, "no request was answered before the revocation");
        let begin = Instant::now();
        let revoked = match way {
            Way::Command => run.program.revoke(&credentials.key),
            Way::Api => administrator.revoke(run.runtime, &credentials.key),
        };
        let returned = Instant::now();
        std::thread::sleep(AFTER);
        stop.store(true, Ordering::Relaxed);
        revoked?;
        let seen = run.runtime.block_on(async { tokio::time::timeout(LIMIT, clients).await });
        let seen = seen.context("the clients hung")?.context("a client panicked")??;
        calls_ms.push((returned - begin).as_secs_f64() * 1e3);
        for client in seen {
            accepted += client.accepted;
            refused += client.refused;
            late += usize::from(client.last_accepted.is_some_and(|sent| sent >= returned));
        }
        eprintln!("revocation {name}, {number} of {KEYS}: the call took {:.0} ms", calls_ms[number - 1]);
    }
    ensure!(accepted > 0 && refused > 0, "{accepted} accepted and {refused} refused requests show nothing");
    let longest = calls_ms.iter().copied().fold(0.0, f64::max);
    run.report.verdicts.push(Verdict {
        name: format!("revocation {name} under load, {CLIENTS} clients, {KEYS} keys"),
        found: format!(
            "{late} clients accepted after it returned; {accepted} requests accepted before, {refused} refused; the call \
             took {:.0} ms (median), {longest:.0} ms at most",
            median(calls_ms.iter().copied())
        ),
        bound: "0 accepted after it returned".to_owned(),
        holds: late == 0,
    });
    Ok(())
}

/// All clients, until they are told to stop.
async fn use_token(
    address: SocketAddr,
    request: Arc<Vec<u8>>,
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
) -> Result<Vec<Seen>> {
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let mut connection = Connection::open(address).await?;
        let (request, stop, answered) = (Arc::clone(&request), Arc::clone(&stop), Arc::clone(&answered));
        clients.spawn(async move {
            let mut seen = Seen::default();
            while !stop.load(Ordering::Relaxed) {
                let sent = Instant::now();
                let answer = connection.exchange(&request).await?;
                match answer.status {
                    200 => {
                        seen.accepted += 1;
                        seen.last_accepted = Some(sent);
                    }
                    401 => seen.refused += 1,
                    other => bail!("an answer was {other}: {}", http1::excerpt(answer.body)),
                }
                answered.fetch_add(1, Ordering::Relaxed);
            }
            Ok(seen)
        });
    }
    let mut all = Vec::new();
    while let Some(seen) = clients.join_next().await {
        all.push(seen.context("a client panicked")??);
    }
    Ok(all)
}
