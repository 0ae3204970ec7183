//! Jobs that several processes do: each by one of them, also when that one is killed, stops, or hangs in its middle.

use std::collections::BTreeSet;

use mudlark_store::scratch::{self, HeldAccounts};
use serde_json::{Value, json};

use super::fleet::Fleet;
use super::signal;
use crate::support::{Actor, text};

const DAY_MS: i64 = 86_400_000;
/// Things in the trash.
const THINGS: usize = 3;

/// The one job of regular work.
fn job(fleet: &Fleet, kind: &str) -> Value {
    let mut listed = fleet.admin(&["jobs", "list", "--kind", kind]);
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    listed[0].take()
}

/// The same once it is as it should be. A test that fails waits for half a minute.
fn job_when(fleet: &Fleet, kind: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let began = std::time::Instant::now();
    loop {
        let job = job(fleet, kind);
        if wanted(&job) {
            return job;
        }
        assert!(began.elapsed().as_secs() < 30, "{job}");
    }
}

fn is_at_rest(job: &Value) -> bool {
    (job["state"] == "waiting") && job["attempts"] == 0
}

fn retry(fleet: &Fleet, job: &Value) {
    fleet.admin(&["jobs", "retry", text(job, "id")]);
}

/// How many jobs of a kind a process has had that came to this.
async fn ended(process: &Actor, kind: &str, outcome: &str) -> u64 {
    let metrics = process.get("/metrics").send().await.text();
    let name = format!("mudlark_jobs_ended_total{{kind=\"{kind}\",outcome=\"{outcome}\"}} ");
    let line = metrics.lines().find_map(|line| line.strip_prefix(&name));
    line.unwrap_or_else(|| panic!("{name} is not among {metrics}")).parse().unwrap()
}

/// One process, in the middle of emptying the trash, which nobody gets on with while the accounts are held.
async fn emptying() -> (Fleet, Actor, HeldAccounts) {
    let fleet = Fleet::start(1);
    let (_, actors) = fleet.new_actors().await;
    let artist = actors[0].clone();
    for number in 0..THINGS {
        let asset = artist.put_asset("/", &number.to_string(), number.to_string()).await;
        let path = format!("/workspaces/assets/{}", text(&asset, "id"));
        artist.delete(&path).send().await.ok_empty(204);
    }
    scratch::advance_trash(&fleet.url, 31 * DAY_MS).await.unwrap();
    let resting = job_when(&fleet, "trash", is_at_rest);
    let held = scratch::hold_accounts(&fleet.url).await.unwrap();
    retry(&fleet, &resting);
    job_when(&fleet, "trash", |job| job["state"] == "running");
    (fleet, artist, held)
}

/// The assets that were removed for good, as often as it is told.
async fn purged(actor: &Actor) -> Vec<String> {
    let history = actor.get("/workspaces/history?limit=1000").send().await.ok();
    let purged = history.as_array().unwrap().iter().filter(|it| it["type"] == "asset_purged");
    purged.map(|it| text(it, "record_id").to_owned()).collect()
}

/// Waits until the second process has emptied the trash, and looks whether each thing went once.
async fn assert_emptied_once_by_the_second(fleet: &Fleet, artist: &Actor) {
    let second = fleet.at(1, artist);
    job_when(fleet, "trash", is_at_rest);
    let purged = purged(&second).await;
    let each: BTreeSet<&String> = purged.iter().collect();
    assert_eq!((purged.len(), each.len()), (THINGS, THINGS), "{purged:?}");
    assert!(ended(&second, "trash", "done").await >= 1);
    assert_eq!(ended(&second, "trash", "failed").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn job_of_a_killed_process_is_done_by_another_once_in_effect() {
    let (mut fleet, artist, accounts) = emptying().await;
    let before = job(&fleet, "trash");
    fleet.add();

    fleet.programs[0].kill();

    let still = job(&fleet, "trash");
    assert_eq!((&still["holder"], &still["lapses"]), (&before["holder"], &json!(0)), "nobody knows yet");
    scratch::lapse_jobs(&fleet.url).await.unwrap();
    let taken = job_when(&fleet, "trash", |job| job["holder"] != before["holder"]);
    assert_eq!((&taken["attempts"], &taken["lapses"]), (&json!(2), &json!(1)), "{taken}");
    drop(accounts);
    assert_emptied_once_by_the_second(&fleet, &artist).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn process_that_ends_in_order_gives_its_jobs_to_another_at_once() {
    let (mut fleet, artist, accounts) = emptying().await;
    let before = job(&fleet, "trash");
    fleet.add();

    fleet.programs[0].terminate();
    assert!(fleet.programs[0].wait().success());

    let taken = job_when(&fleet, "trash", |job| job["state"] == "running");
    assert_ne!(taken["holder"], before["holder"]);
    assert_eq!((&taken["attempts"], &taken["lapses"]), (&json!(1), &json!(0)), "{taken}");
    drop(accounts);
    assert_emptied_once_by_the_second(&fleet, &artist).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn process_that_was_stopped_past_its_lease_has_no_say_in_what_another_has_done_since() {
    // Two seconds' reading, at the rate at which content is read again.
    const LONG: usize = 32 << 20;
    let mut fleet = Fleet::start(1);
    let (_, actors) = fleet.new_actors().await;
    actors[0].put_asset("/", "long", vec![7; LONG]).await;
    scratch::age_content(&fleet.url).await.unwrap();
    let resting = job_when(&fleet, "content_check", is_at_rest);
    retry(&fleet, &resting);
    job_when(&fleet, "content_check", |job| job["state"] == "running");
    let stopped = fleet.programs[0].pid();
    signal("STOP", stopped);
    fleet.add();
    scratch::lapse_jobs(&fleet.url).await.unwrap();
    let second = fleet.at(1, &actors[0]);
    let done = job_when(&fleet, "content_check", is_at_rest);
    assert!(ended(&second, "content_check", "done").await >= 1);

    signal("CONT", stopped);

    let began = std::time::Instant::now();
    while ended(&actors[0], "content_check", "overtaken").await == 0 {
        assert!(began.elapsed().as_secs() < 30, "it never came to its end");
    }
    let after = job(&fleet, "content_check");
    assert_eq!((&after["due_at"], &after["attempts"]), (&done["due_at"], &done["attempts"]), "{after}");
    assert_eq!(after["last_error"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn regular_work_is_done_once_over_all_processes() {
    let fleet = Fleet::start(2);
    let (_, actors) = fleet.new_actors().await;
    let done = async || {
        ended(&actors[0], "stray_files", "done").await + ended(&actors[1], "stray_files", "done").await
    };
    for _ in 0..3 {
        let resting = job_when(&fleet, "stray_files", is_at_rest);
        let before = done().await;

        retry(&fleet, &resting);

        let again = job_when(&fleet, "stray_files", |job| {
            is_at_rest(job) && job["due_at"].as_str() > resting["due_at"].as_str()
        });
        assert_eq!(done().await, before + 1, "{again}");
    }
}
