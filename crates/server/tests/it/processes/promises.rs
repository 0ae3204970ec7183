//! The promises that are held whatever fails: what clients were told is what is there.

use std::time::Duration;

use serde_json::Value;

use super::clients::History;
use super::history::{Outcome, check_locks, check_versions};
use crate::support::{Actor, text};

/// Three clients of each kind.
pub(super) const CLIENTS: usize = 9;
/// What each kind of work must go on by after a fault.
pub(super) const ENOUGH: usize = 4;
/// Within which all works again, once what failed is back.
pub(super) const RECOVERY: Duration = Duration::from_secs(5);
/// How many assets the account may have, and the flags that say so.
const ASSETS: i64 = 12;
pub(super) const LIMIT: [&str; 2] = ["--plan-limits", "pro.assets=12"];

/// Holds what the clients were told against what is there in the end.
pub(super) async fn check(history: &History, watcher: &Actor, versioned: &Value) {
    assert!(history.astonishing.is_empty(), "{:?}", history.astonishing);
    let versions = all_versions(watcher, versioned).await;
    // The first was not put by a client.
    let mut found: Vec<(i64, String)> = Vec::new();
    for version in versions.iter().filter(|version| version["version_number"] != 1) {
        found
            .push((version["version_number"].as_i64().unwrap() - 1, text(version, "description").to_owned()));
    }
    let mut puts = history.puts.clone();
    for put in &mut puts {
        if let Outcome::Done(number) = &mut put.outcome {
            *number -= 1;
        }
    }
    check_versions(&puts, &found).unwrap();
    check_locks(&history.held).unwrap();
    let most = history.counted.iter().max().copied();
    assert_eq!(most, Some(ASSETS), "the limit was reached, and never overshot");
    // The newest were written in the thick of it, and are whole.
    for version in versions.iter().rev().take(20) {
        let path =
            format!("/workspaces/assets/{}/versions/{}/download", text(versioned, "id"), text(version, "id"));
        let answer = watcher.get(&path).send().await;
        assert!(answer.status.is_success(), "{}", answer.text());
        assert!(version["description"] == answer.text() || version["version_number"] == 1);
    }
}

async fn all_versions(watcher: &Actor, asset: &Value) -> Vec<Value> {
    let path = format!("/workspaces/assets/{}/versions?limit=1000", text(asset, "id"));
    let listed = watcher.get(&path).send().await.ok();
    let listed = listed.as_array().unwrap().clone();
    assert!(listed.len() < 1000, "one page");
    listed
}
