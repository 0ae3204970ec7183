//! Whatever fails under load, what was promised holds, and the rest goes on by itself.

use std::time::{Duration, Instant};

use mudlark_store::scratch;
use serde_json::Value;

use super::clients::Clients;
use super::fleet::Fleet;
use super::promises::{CLIENTS, ENOUGH, LIMIT, RECOVERY, check};
use super::{LEASE, signal};
use crate::support::{Cluster, wait_for};

const PROCESSES: usize = 3;
/// Until a client asks another process.
const PATIENCE: Duration = Duration::from_millis(1_500);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn promises_hold_while_processes_connections_and_the_database_fail_under_load() {
    let mut cluster = Cluster::start_new();
    let mut fleet = Fleet::start_on_with(PROCESSES, cluster.url(), &LIMIT);
    let actors = fleet.callers(CLIENTS).await;
    let (clients, versioned) = Clients::start(fleet.bases(), PATIENCE, &actors).await;
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
        "{history}; on again after a kill in {without_one:?}, after cut connections in \
         {after_cuts:?}, after the database was gone in {after_the_database:?}",
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
