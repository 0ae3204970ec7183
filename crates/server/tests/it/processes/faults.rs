//! Whatever fails under load, what was promised holds, and the rest goes on by itself.

use std::time::{Duration, Instant};

use mudlark_store::scratch;
use serde_json::Value;

use super::clients::{Clients, History};
use super::fleet::Fleet;
use super::history::{Outcome, check_locks, check_versions};
use super::{LEASE, signal};
use crate::support::{Actor, Cluster, text, wait_for};

const PROCESSES: usize = 3;
/// Three of each kind.
const CLIENTS: usize = 9;
/// What each kind of work must go on by after a fault.
const ENOUGH: usize = 4;
/// Within which all works again, once what failed is back.
const RECOVERY: Duration = Duration::from_secs(5);
const ASSETS: i64 = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn promises_hold_while_processes_connections_and_the_database_fail_under_load() {
    let mut cluster = Cluster::start_new();
    let mut fleet = Fleet::start_on_with(PROCESSES, cluster.url(), &["--plan-limits", "pro.assets=12"]);
    let mut actors = Vec::new();
    for _ in 0..CLIENTS {
        actors.push(fleet.new_actors_at(&[0]).await.1.remove(0));
    }
    let versioned = actors[0].put_asset("/", "versioned", "first").await;
    let locked = actors[0].put_asset("/", "locked", "first").await;
    let bases = fleet.programs.iter().map(|program| program.base().to_owned()).collect();
    let clients = Clients::start(bases, &actors, &versioned, &locked);
    clients.until_more(ENOUGH).await;

    fleet.programs[0].kill();
    let without_one = clients.until_more(ENOUGH).await;
    fleet.add();
    clients.replace(0, fleet.programs[PROCESSES].base());

    let mut cut = 0;
    while cut < 5 {
        cut += wait_for(scratch::cut_transactions(&fleet.url)).unwrap();
    }
    let after_cuts = clients.until_more(ENOUGH).await;

    signal("STOP", fleet.programs[1].pid());
    let stopped = Instant::now();
    clients.until_more(1).await;
    // What it holds is taken from it meanwhile.
    tokio::time::sleep((2 * LEASE).saturating_sub(stopped.elapsed())).await;
    signal("CONT", fleet.programs[1].pid());
    clients.until_more(ENOUGH).await;

    cluster.stop();
    clients.until_unavailable(CLIENTS).await;
    cluster.start();
    let after_the_database = clients.until_more(1).await;
    clients.until_more(ENOUGH).await;

    let history = clients.stop().await;
    let watcher = fleet.at(PROCESSES, &actors[0]);
    check(&history, &watcher, &versioned).await;
    println!(
        "{} versions, {} locks, {} looks at the limit; on again after a kill in {without_one:?}, after cut connections in \
         {after_cuts:?}, after the database was gone in {after_the_database:?}",
        history.puts.len(),
        history.held.len(),
        history.counted.len(),
    );
    assert!(after_the_database < RECOVERY, "{after_the_database:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_goes_on_while_a_newer_version_has_brought_the_database_forward() {
    let fleet = Fleet::start(2);
    let (_, actors) = fleet.new_actors().await;
    let before = actors[0].put_asset("/", "a", "1").await;

    wait_for(scratch::bring_schema_forward(&fleet.url)).unwrap();

    let after = actors[1].put_asset("/", "a", "2").await;
    assert_eq!((&after["id"], &after["version"]["version_number"]), (&before["id"], &Value::from(2)));
    actors[0].put_asset("/", "b", "1").await;
    let found = actors[0].get("/workspaces/assets/search?query=b").send().await.ok();
    assert_eq!(found.as_array().unwrap().len(), 1);
    for actor in &actors {
        actor.get("/health/ready").send().await.ok();
    }
    // One of this version that starts now can't know what was changed.
    let said = fleet.refused_start();
    assert!(said.contains("newer version of Mudlark"), "{said}");
}

async fn check(history: &History, watcher: &Actor, versioned: &Value) {
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
