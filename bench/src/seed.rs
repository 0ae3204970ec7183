//! Fills the database with small assets over HTTP, as a user would, and remembers them in a data directory that is kept.
//! Not timed against anything; its rate is told because it is the server's rate of small durable writes.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::api::{Api, ask_on};
use crate::bulk::next_random;
use crate::client::Connection;
use crate::program::{Credentials, text};
use crate::words;

/// Assets in one folder.
pub(crate) const FOLDER_ASSETS: usize = 1_000;

/// Assets made before the token is renewed, so that it never expires on the way.
const TOKEN_ASSETS: usize = 10_000;

/// What a kept data directory holds already.
#[derive(Debug)]
pub(crate) struct Kept {
    /// How to get in.
    pub(crate) credentials: Credentials,
    /// Ids of the assets made so far.
    pub(crate) asset_ids: Vec<String>,
}

impl Kept {
    /// Reads what an earlier run left; `None` when there was none.
    pub(crate) fn find(file: &Path) -> Result<Option<Self>> {
        if !file.exists() {
            return Ok(None);
        }
        let kept: Value = serde_json::from_slice(&fs::read(file)?)
            .with_context(|| format!("{} is not this benchmark's", file.display()))?;
        let ids = kept["asset_ids"].as_array().context("no asset_ids")?;
        let asset_ids = ids.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect();
        Ok(Some(Self { credentials: Credentials::from_json(&kept["credentials"])?, asset_ids }))
    }

    /// Writes it for the next run.
    pub(crate) fn keep(&self, file: &Path) -> Result<()> {
        let kept = json!({ "credentials": self.credentials.to_json(), "asset_ids": self.asset_ids });
        // It holds the key's secret.
        let opened = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file);
        let written = opened.and_then(|mut open| open.write_all(kept.to_string().as_bytes()));
        written.with_context(|| format!("writing {}", file.display()))
    }

    /// Makes assets until there are `count`, with `clients` connections at a time; gives the rate of those made.
    ///
    /// # Errors
    /// When an asset is refused or a connection breaks.
    pub(crate) fn seed(
        &mut self,
        runtime: &Runtime,
        api: &Api,
        count: usize,
        clients: usize,
    ) -> Result<Option<f64>> {
        let before = self.asset_ids.len();
        if before >= count {
            return Ok(None);
        }
        let begin = Instant::now();
        while self.asset_ids.len() < count {
            let first = self.asset_ids.len();
            let end = count.min(first + TOKEN_ASSETS);
            let api = Arc::new(Api::log_in(runtime, api.address, &self.credentials)?);
            for folder in first / FOLDER_ASSETS..end.div_ceil(FOLDER_ASSETS) {
                api.ask(runtime, &api.folder_request(&folder_path(folder)))?;
            }
            self.asset_ids.extend(runtime.block_on(make_assets(&api, first, end, clients))?);
            let made = self.asset_ids.len() - before;
            eprintln!(
                "  {} of {count} assets, {:.0} a second",
                self.asset_ids.len(),
                rate(made, begin.elapsed())
            );
        }
        Ok(Some(rate(count - before, begin.elapsed())))
    }

    /// Picks `count` different assets at random, the same ones in every run; all of them when there are no more.
    pub(crate) fn pick(&self, count: usize) -> Result<Vec<&str>> {
        ensure!(!self.asset_ids.is_empty(), "there are no assets to pick from");
        let mut ids: Vec<_> = self.asset_ids.iter().map(String::as_str).collect();
        let count = count.min(ids.len());
        let mut state = 1;
        // The first steps of a Fisher-Yates shuffle.
        for at in 0..count {
            let left = (ids.len() - at) as u64;
            ids.swap(at, at + usize::try_from(next_random(&mut state) % left)?);
        }
        ids.truncate(count);
        Ok(ids)
    }
}

/// Makes the assets numbered from `first` to before `end`; ids in no particular order.
async fn make_assets(api: &Arc<Api>, first: usize, end: usize, clients: usize) -> Result<Vec<String>> {
    let next = Arc::new(AtomicUsize::new(first));
    let mut tasks = JoinSet::new();
    for _ in 0..clients {
        let (api, next) = (Arc::clone(api), Arc::clone(&next));
        tasks.spawn(async move {
            let mut connection = Connection::open(api.address).await?;
            let mut ids = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= end {
                    return anyhow::Ok(ids);
                }
                ids.push(make_asset(&mut connection, &api, number).await?);
            }
        });
    }
    let mut all = Vec::with_capacity(end - first);
    while let Some(ids) = tasks.join_next().await {
        all.extend(ids.context("a seeding client panicked")??);
    }
    Ok(all)
}

/// Makes one asset with a content of its own, a few hundred bytes long.
async fn make_asset(connection: &mut Connection, api: &Api, number: usize) -> Result<String> {
    let name = asset_name(number);
    let content = format!("Benchmark asset {number:07}.\n").repeat(10);
    let folder = folder_path(number / FOLDER_ASSETS);
    let asset = ask_on(connection, &api.small_asset_request(&folder, &name, content.as_bytes())).await?;
    text(&asset, "id")
}

/// The name of the asset with this number: a word that many have and one that few have.
pub(crate) fn asset_name(number: usize) -> String {
    format!("{}-{}-{number:07}.txt", words::COMMON.word(number), words::RARE.word(number))
}

/// The folder with this number.
fn folder_path(number: usize) -> String {
    format!("/Benchmark/{number:04}/")
}

/// So many a second.
#[expect(clippy::cast_precision_loss, reason = "a count of assets is far below 2^52")]
fn rate(count: usize, elapsed: Duration) -> f64 {
    count as f64 / elapsed.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn picked_assets_are_different_ones_and_at_most_all() {
        let credentials =
            ["account_id", "workspace_id", "key", "secret"].map(|name| (name.to_owned(), json!("x")));
        let credentials = Credentials::from_json(&credentials.into_iter().collect()).unwrap();
        let kept = Kept { credentials, asset_ids: (0..100).map(|id: u8| id.to_string()).collect() };

        let some: HashSet<_> = kept.pick(30).unwrap().into_iter().collect();
        let all: HashSet<_> = kept.pick(1_000).unwrap().into_iter().collect();

        assert_eq!((some.len(), all.len()), (30, 100));
    }
}
