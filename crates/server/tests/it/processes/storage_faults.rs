//! Whatever becomes of what keeps the bytes under load, what was promised holds, and the rest goes on by itself.

use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use super::clients::Clients;
use super::fleet::Fleet;
use super::promises::{CLIENTS, ENOUGH, LIMIT, RECOVERY, check};
use crate::disk_full::SmallDisk;
use crate::support::s3_server::{Fault, Proxy};
use crate::support::{Actor, Bucket, NO_LIMITS};

/// Until a client asks another process: a server asks its storage several times first.
const PATIENCE: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn promises_hold_while_the_bucket_of_three_processes_fails_under_load() {
    let folder = TempDir::new().unwrap();
    let bucket = Bucket::start(folder.path());
    let proxy = Proxy::start(bucket.server);
    let own = bucket.flags_by(proxy.address);
    let own = own.iter().map(String::as_str);
    let flags: Vec<&str> = own.chain(["--direct-transfers", "off"]).chain(LIMIT).collect();
    let mut fleet = Fleet::start_with(3, &flags);
    let actors = fleet.callers(CLIENTS).await;
    let (clients, versioned) = Clients::start(fleet.bases(), PATIENCE, &actors).await;
    clients.until_more(ENOUGH).await;

    proxy.always(Fault::Status(500));
    clients.until_unavailable(CLIENTS).await;
    proxy.always(Fault::None);
    let after_errors = clients.until_more(1).await;

    // A process ends amid what it was sending.
    proxy.always(Fault::Status(503));
    clients.until_unavailable(1).await;
    fleet.programs[0].kill();
    proxy.always(Fault::None);
    fleet.add();
    clients.replace(0, fleet.programs[3].base());
    clients.until_more(ENOUGH).await;

    // Done and not said, never answered, broken off and refused, among what works.
    let faults =
        [Fault::LoseAnswer, Fault::None, Fault::Cut(3), Fault::Hang, Fault::Status(500), Fault::None];
    proxy.next(faults.into_iter().cycle().take(2 * faults.len()));
    clients.until_more(2 * ENOUGH).await;

    let history = clients.stop().await;
    let watcher = fleet.at(3, &actors[0]);
    check(&history, &watcher, &versioned).await;
    println!("{history}; on again after the bucket answered 500 in {after_errors:?}");
    assert!(after_errors < RECOVERY, "{after_errors:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn promises_hold_while_the_disk_is_full_under_load() {
    let flags = [&LIMIT[..], &NO_LIMITS].concat();
    let disk = SmallDisk::start_with(&flags).await;
    let mut actors = Vec::new();
    for _ in 0..CLIENTS {
        let asked = json!({"name": "k", "roles": ["admin"]});
        let key = disk.actor.post("/accounts/api-keys").json(&asked).send().await.ok();
        let credentials = json!({"key": key["key"], "secret": key["secret"]});
        let token = Actor::anonymous(disk.program.base()).post("/auth/token").json(&credentials);
        actors.push(disk.actor.with_token(token.send().await.ok().as_str()));
    }
    let bases = vec![disk.program.base().to_owned()];
    let (clients, versioned) = Clients::start(bases, PATIENCE, &actors).await;
    clients.until_more(ENOUGH).await;

    let mut on_again = Vec::new();
    for _ in 0..3 {
        disk.take_all_room();
        clients.until_unavailable(CLIENTS).await;
        disk.give_room_back();
        on_again.push(clients.until_more(1).await);
        clients.until_more(ENOUGH).await;
    }

    let history = clients.stop().await;
    check(&history, &actors[0], &versioned).await;
    println!("{history}; on again after the disk was full in {on_again:?}");
    let longest = on_again.iter().max().unwrap();
    assert!(*longest < RECOVERY, "{longest:?}");
}
