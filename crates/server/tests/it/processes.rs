//! Several processes on one PostgreSQL database and one folder: a revocation that has returned is true in all of them,
//! also in one that was stopped meanwhile; a database that is gone lets nobody in and turns nobody away; and what was
//! promised holds whatever fails.

mod clients;
mod encryption;
mod faults;
mod fleet;
mod history;
mod jobs;
mod load;
mod locks;
mod promises;
mod sessions;
mod storage_faults;
mod webhooks;

use std::process::Command;
use std::time::{Duration, Instant};

use mudlark_store::scratch;
use serde_json::json;

use crate::support::{Actor, Cluster, Studio, eventually, wait_for};
use fleet::Fleet;
use load::Load;

/// How long a process's right to decide lasts without a word of it.
const LEASE: Duration = Duration::from_secs(2);
/// What a busy machine may add.
const SLACK: Duration = Duration::from_millis(1_500);
/// Enough answers of a process, begun after a moment, to say that it has been under load since.
const ENOUGH: usize = 50;

fn signal(name: &str, pid: u32) {
    let status = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status().unwrap();
    assert!(status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn key_revoked_by_command_is_accepted_by_none_of_three_processes_under_load_once_that_returned() {
    let fleet = Fleet::start(3);
    let (key, actors) = fleet.new_actors().await;
    assert_nobody_accepts_after(&actors, fleet.revoke_in_background(&key)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn key_revoked_through_one_process_is_accepted_by_none_of_three_under_load_once_that_is_answered() {
    let fleet = Fleet::start(3);
    let (key, actors) = fleet.new_actors().await;
    let (_, owners) = fleet.new_actors_at(&[1]).await;
    let path = format!("/accounts/api-keys/{}", key["key"].as_str().unwrap());
    let revoke = async { assert_eq!(owners[0].delete(&path).send().await.status, 204) };
    assert_nobody_accepts_after(&actors, revoke).await;
}

/// Puts three processes under load, revokes what the actors use, and looks at every answer.
async fn assert_nobody_accepts_after(actors: &[Actor], revoke: impl Future<Output = ()>) {
    let load = Load::start(actors);
    load.until_each_has_answered(ENOUGH, load.began()).await;

    let asked = Instant::now();
    revoke.await;
    let returned = Instant::now();

    load.until_each_has_answered(ENOUGH, returned).await;
    let answers = load.stop().await;
    for process in 0..actors.len() {
        let before = answers.of(process).filter(|answer| answer.ended < asked);
        assert!(before.clone().count() >= ENOUGH && before.into_iter().all(|answer| answer.status == 200));
        let after: Vec<u16> = answers.statuses_after(process, returned).collect();
        assert!(after.len() >= ENOUGH && after.iter().all(|status| *status == 401), "{process}: {after:?}");
    }
    println!("{} requests; the revocation took {:?}", answers.len(), returned - asked);
    assert!(returned - asked < LEASE + SLACK, "everybody followed at once: {:?}", returned - asked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopped_process_that_goes_on_after_a_revocation_accepts_nothing() {
    let fleet = Fleet::start(3);
    let (key, actors) = fleet.new_actors().await;
    let load = Load::start(&actors);
    load.until_each_has_answered(ENOUGH, load.began()).await;
    let stopped = fleet.programs[2].pid();

    signal("STOP", stopped);
    let asked = Instant::now();
    fleet.revoke_in_background(&key).await;
    let returned = Instant::now();
    signal("CONT", stopped);

    load.until_each_has_answered(ENOUGH, returned).await;
    load.until_answered(2, 401, returned).await;
    let answers = load.stop().await;
    for process in 0..3 {
        let accepted = answers.of(process).filter(|answer| answer.begun > returned && answer.status < 400);
        assert_eq!(accepted.count(), 0, "accepted by process {process}");
    }
    for process in 0..2 {
        let other: Vec<u16> =
            answers.statuses_after(process, returned).filter(|status| *status != 401).collect();
        assert!(other.is_empty(), "process {process} had its lease all the time: {other:?}");
    }
    let other: Vec<u16> =
        answers.statuses_after(2, returned).filter(|status| ![401, 503].contains(status)).collect();
    assert!(other.is_empty(), "{other:?}");
    println!("{} requests; the revocation took {:?}", answers.len(), returned - asked);
    assert!(returned - asked < LEASE + SLACK, "waited for no longer than the lease: {:?}", returned - asked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn process_that_missed_forgotten_changes_reads_everything_anew() {
    let mut fleet = Fleet::start(2);
    let (key, actors) = fleet.new_actors().await;
    let stopped = fleet.programs[1].pid();
    signal("STOP", stopped);
    fleet.revoke_in_background(&key).await;
    // Processes that start forget what all that are left have followed.
    fleet.add();
    eventually("the log is short", || wait_for(scratch::count_auth_changes(&fleet.url)).unwrap() == 0);
    signal("CONT", stopped);

    loop {
        let answer = actors[1].get("/users").send().await;
        match answer.status.as_u16() {
            401 => break,
            503 => answer.refused(503, "unavailable"),
            other => panic!("{other}"),
        };
    }
    let (_, newer) = fleet.new_actors().await;
    for actor in newer {
        actor.get("/users").send().await.ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revocation_does_not_wait_for_processes_that_ended_and_new_ones_know_it() {
    let mut fleet = Fleet::start(2);
    let (key, actors) = fleet.new_actors().await;
    fleet.programs[1].terminate();
    assert!(fleet.programs[1].wait().success());
    let asked = Instant::now();
    fleet.revoke_in_background(&key).await;
    assert!(asked.elapsed() < LEASE, "{:?}", asked.elapsed());
    fleet.add();
    let newcomer = fleet.at(2, &actors[0]);
    newcomer.get("/users").send().await.refused(401, "invalid_token");

    let (other_key, others) = fleet.new_actors_at(&[0, 2]).await;
    fleet.programs[0].kill();
    let asked = Instant::now();
    fleet.revoke_in_background(&other_key).await;
    assert!(asked.elapsed() < LEASE + SLACK, "{:?}", asked.elapsed());
    others[1].get("/users").send().await.refused(401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn change_of_rights_made_through_one_process_counts_in_all_when_it_is_answered() {
    let fleet = Fleet::start(3);
    let (_, actors) = fleet.new_actors().await;
    for round in 0..10 {
        let made = actors[round % 3].post("/workspaces").json(&json!({"name": "W"})).send().await.ok();
        for actor in &actors {
            let entered = actor.with_workspace(made["id"].as_str());
            assert_eq!(entered.get("/workspaces").send().await.ok()["id"], made["id"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn request_sent_to_two_processes_at_once_under_one_idempotency_key_is_done_once() {
    const KEYS: usize = 20;
    let fleet = Fleet::start(2);
    let (_, actors) = fleet.new_actors().await;
    for number in 0..KEYS {
        let send = |actor: &Actor| {
            let request = actor.post("/workspaces").header("idempotency-key", &format!("key-{number}"));
            request.json(&json!({"name": format!("W{number}")})).send()
        };
        let (one, other) = tokio::join!(send(&actors[0]), send(&actors[1]));
        let mut done = 0;
        for answer in [&one, &other] {
            if answer.status == 200 {
                done += 1;
            } else {
                let code = answer.json()["code"].as_str().unwrap_or_default().to_owned();
                assert!(code.starts_with("idempotency_"), "{}", answer.text());
            }
        }
        assert!(done >= 1, "{} {}", one.text(), other.text());
        if done == 2 {
            assert_eq!(one.body, other.body, "the same answer again");
        }
    }
    let listed = actors[0].with_workspace(None).get("/workspaces").send().await.ok();
    let named = listed["workspaces"].as_array().unwrap();
    let made = named.iter().filter(|workspace| workspace["name"].as_str().unwrap().starts_with('W')).count();
    // With the one that the fleet was set up with.
    assert_eq!(made, KEYS + 1, "{listed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upload_under_way_in_one_process_survives_the_start_of_another() {
    let mut fleet = Fleet::start(1);
    let (_, actors) = fleet.new_actors().await;
    let artist = &actors[0];
    let begun = artist.post("/workspaces/assets/upload").json(&json!({"name": "a"})).send().await.ok();
    let (sender, body) = futures_body();
    let sending = artist.client.put(begun["signed_url"].as_str().unwrap()).body(body).send();
    let sending = tokio::spawn(sending);
    sender.send(vec![7; 2_000_000]).await.unwrap();
    eventually("bytes are being staged", || crate::support::staged_files(&fleet.data) == 1);
    let before = wait_for(scratch::count_auth_changes(&fleet.url)).unwrap();
    fleet.add();
    // Its first look at what is left over comes right after it has shortened the log.
    eventually("the log is shorter", || wait_for(scratch::count_auth_changes(&fleet.url)).unwrap() < before);
    let newer = fleet.at(1, artist);
    newer.get("/users").send().await.ok();
    assert_eq!(crate::support::staged_files(&fleet.data), 1);
    sender.send(vec![7; 1_000_000]).await.unwrap();
    drop(sender);
    assert_eq!(sending.await.unwrap().unwrap().status(), 200);
    let body = json!({"temp_file_key": begun["key"], "original_file_name": "a", "file_location": "/"});
    let asset = newer.post("/workspaces/assets/upload/assets").json(&body).send().await.ok();
    let path = format!("/workspaces/assets/{}/download", asset["id"].as_str().unwrap());
    assert_eq!(newer.get(&path).send().await.body.len(), 3_000_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_under_way_in_a_killed_process_are_swept_by_one_that_starts() {
    let mut fleet = Fleet::start(1);
    let (_, actors) = fleet.new_actors().await;
    let begun = actors[0].post("/workspaces/assets/upload").json(&json!({"name": "a"})).send().await.ok();
    let (sender, body) = futures_body();
    let sending = tokio::spawn(actors[0].client.put(begun["signed_url"].as_str().unwrap()).body(body).send());
    sender.send(vec![7; 2_000_000]).await.unwrap();
    eventually("bytes are being staged", || crate::support::staged_files(&fleet.data) == 1);
    fleet.programs[0].kill();
    drop(sender);
    assert!(sending.await.unwrap().is_err());
    fleet.add();
    // Once the lease of the other is over.
    eventually("they are swept", || crate::support::staged_files(&fleet.data) == 0);
}

fn futures_body() -> (tokio::sync::mpsc::Sender<Vec<u8>>, reqwest::Body) {
    let (sender, mut pieces) = tokio::sync::mpsc::channel::<Vec<u8>>(1);
    let pieces = futures_util::stream::poll_fn(move |context| {
        pieces.poll_recv(context).map(|piece| piece.map(Ok::<_, std::io::Error>))
    });
    (sender, reqwest::Body::wrap_stream(pieces))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn database_that_is_gone_lets_nobody_in_and_turns_nobody_away_until_it_is_back() {
    let mut cluster = Cluster::start_new();
    let fleet = Fleet::start_on(2, cluster.url());
    let (key, actors) = fleet.new_actors().await;
    let nobody = actors[0].with_token(None);
    let load = Load::start(&actors);
    load.until_each_has_answered(ENOUGH, load.began()).await;

    cluster.stop();
    let gone = Instant::now();
    load.until_each_has_answered(ENOUGH, gone + LEASE).await;
    for actor in &actors {
        let refused = actor.get("/users").send().await;
        refused.refused(503, "unavailable");
        assert!(refused.header("retry-after").is_some());
        // Nor is anybody told that a token is bad.
        actor.with_token(Some("x")).get("/users").send().await.refused(503, "unavailable");
        let unready = actor.get("/health/ready").send().await;
        assert!(unready.refused(503, "unavailable")["message"].as_str().unwrap().contains("database"));
        actor.get("/health/live").send().await.ok();
    }
    let credentials = json!({"key": key["key"], "secret": key["secret"]});
    nobody.post("/auth/token").json(&credentials).send().await.refused(503, "unavailable");

    let still_gone = Instant::now();
    cluster.start();
    let back = Instant::now();
    load.until_answered(0, 200, back).await;
    load.until_answered(1, 200, back).await;
    let recovered = back.elapsed();
    let answers = load.stop().await;
    for process in 0..2 {
        let others: Vec<u16> = answers
            .of(process)
            .map(|answer| answer.status)
            .filter(|status| ![200, 503].contains(status))
            .collect();
        assert!(others.is_empty(), "never 401, nor a failure of ours: {others:?}");
        let accepted =
            answers.of(process).filter(|a| a.begun > gone + LEASE && a.ended < still_gone && a.status == 200);
        assert_eq!(accepted.count(), 0);
    }
    for actor in &actors {
        actor.get("/health/ready").send().await.ok();
    }
    println!("{} requests; works again after {recovered:?}", answers.len());
    assert!(recovered < Duration::from_secs(5), "{recovered:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revoked_key_is_accepted_by_no_single_process_under_load_once_the_revocation_returned() {
    let studio = Studio::start();
    let key = studio.new_key(&["viewer"]);
    let actor = studio.actor_of(&key).await;
    let load = Load::start(&[actor]);
    load.until_each_has_answered(ENOUGH, load.began()).await;
    let asked = Instant::now();
    std::thread::scope(|threads| {
        threads.spawn(|| studio.admin(&["key", "revoke", key["key"].as_str().unwrap()])).join().unwrap();
    });
    let returned = Instant::now();
    load.until_each_has_answered(ENOUGH, returned).await;
    let answers = load.stop().await;
    let after: Vec<u16> = answers.statuses_after(0, returned).collect();
    assert!(after.len() >= ENOUGH && after.iter().all(|status| *status == 401), "{after:?}");
    println!("{} requests; the revocation took {:?}", answers.len(), returned - asked);
}

#[test]
fn what_keeps_a_server_from_its_database_is_said_without_the_password() {
    let folder = tempfile::TempDir::new().unwrap();
    for (url, says) in [
        ("postgres://u:hunter2@127.0.0.1:1/studio", "studio on 127.0.0.1:1 can't be used"),
        ("mysql://u:hunter2@127.0.0.1/studio", "postgres://user:password@host"),
        ("postgres://u:hunter2@127.0.0.1:port/studio", "postgres://user:password@host"),
    ] {
        for args in [&["serve", "--listen", "127.0.0.1:0"][..], &["account", "list"]] {
            let mut command = crate::support::program_command(args);
            command.arg("--data").arg(folder.path().join("data")).env("MUDLARK_DATABASE_URL", url);
            let output = command.output().unwrap();
            let said = format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
            assert!(!output.status.success() && said.contains(says), "{args:?} {said}");
            assert!(!said.contains("hunter2"), "{said}");
        }
    }
    let help = crate::support::program_command(&["account", "list", "--help"])
        .env("MUDLARK_DATABASE_URL", "postgres://u:hunter2@h/d")
        .output()
        .unwrap();
    assert!(!String::from_utf8_lossy(&help.stdout).contains("hunter2"));
}
