//! The machine's clock is stepped by an hour, forward or back: nothing is lost, doubled or taken for another, and nobody
//! stays locked out.

use std::collections::BTreeSet;

use mudlark_server::Clock;
use serde_json::{Value, json};

use crate::support::{Actor, Studio, text};

const NOW: i64 = 1_800_000_000_000;
const HOUR_MS: i64 = 3_600_000;

async fn clock_stepped_loses_and_doubles_nothing(by_ms: i64) {
    let clock = Clock::fixed(NOW);
    let studio = Studio::start_in_process(&clock).await;
    let key = studio.new_key(&["manage_art"]);
    let before = studio.actor_of(&key).await;
    for name in ["a", "b", "c"] {
        before.put_asset("/", name, name).await;
    }
    let upload = before.post("/workspaces/assets/upload").json(&json!({"name": "d"})).send().await.ok();
    let tag = |actor: &Actor| {
        actor.post("/workspaces/tags").header("idempotency-key", "once").json(&json!({"name": "hero"}))
    };
    let tagged = tag(&before).send().await.ok();

    clock.advance_ms(by_ms);

    // A token of another time may be refused; whoever has the key gets one that is good.
    let after = studio.actor_of(&key).await;
    let second = after.put_asset("/", "a", "2").await;
    assert_eq!(second["version"]["version_number"], 2);
    let sent = after.client.put(text(&upload, "signed_url")).body("d").send().await.unwrap();
    if by_ms < 0 {
        assert_eq!(sent.status(), 200, "{:?}", sent.text().await);
        let asset = json!({"temp_file_key": upload["key"], "original_file_name": "d", "file_location": "/"});
        after.post("/workspaces/assets/upload/assets").json(&asset).send().await.ok();
    } else {
        // The address was good for an hour; another is to be had.
        assert_eq!(sent.json::<Value>().await.unwrap()["code"], "upload_url_invalid");
        after.upload("/", "d", "d").await;
    }
    assert_eq!(tag(&after).send().await.ok(), tagged, "done once");
    for name in ["e", "f"] {
        after.put_asset("/", name, name).await;
    }

    let names = all_pages(&after).await;
    assert_eq!(names.len(), 6, "{names:?}");
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 6, "{names:?}");
    let feed = after.get("/workspaces/changes?since=0").send().await.ok();
    let changes = feed.as_array().unwrap().iter();
    let sequences: Vec<i64> = changes.map(|change| change["sequence"].as_i64().unwrap()).collect();
    assert!(sequences.is_sorted() && sequences.len() >= 8, "{feed}");
    let versions =
        after.get(&format!("/workspaces/assets/{}/versions", text(&second, "id"))).send().await.ok();
    assert_eq!(versions.as_array().unwrap().len(), 2);

    studio.admin(&["key", "revoke", text(&key, "key")]);
    after.get("/users").send().await.refused(401, "invalid_token");
}

/// The names of all assets in the root, a page an asset.
async fn all_pages(actor: &Actor) -> Vec<String> {
    let mut names = Vec::new();
    let mut path = "/workspaces/assets/search?limit=1".to_owned();
    loop {
        let page = actor.get(&path).send().await;
        let next = page.header("link").map(next_path);
        let listed: Value = page.ok();
        names.extend(listed.as_array().unwrap().iter().map(|asset| text(asset, "name").to_owned()));
        match next {
            Some(next) => path = next,
            None => return names,
        }
    }
}

fn next_path(link: &str) -> String {
    link.trim_start_matches('<').split('>').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clock_stepped_forward_by_an_hour_loses_and_doubles_nothing() {
    clock_stepped_loses_and_doubles_nothing(HOUR_MS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clock_stepped_back_by_an_hour_loses_and_doubles_nothing() {
    clock_stepped_loses_and_doubles_nothing(-HOUR_MS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lock_is_one_clients_at_a_time_over_steps_of_the_clock() {
    let clock = Clock::fixed(NOW);
    let studio = Studio::start_in_process(&clock).await;
    let (one_key, other_key) = (studio.new_key(&["manage_art"]), studio.new_key(&["manage_art"]));
    let one = studio.actor_of(&one_key).await;
    let asset = one.put_asset("/", "a", "1").await;
    let lock = format!("/workspaces/assets/{}/lock", text(&asset, "id"));
    let short = json!({"lease_seconds": 600});
    let taken = one.post(&lock).json(&short).send().await.ok();
    assert_eq!(taken["lock"]["fence"], 1);

    // Back: the lease only lasts longer.
    clock.advance_ms(-HOUR_MS);
    let other = studio.actor_of(&other_key).await;
    other.post(&lock).json(&short).send().await.refused(423, "asset_locked");

    // Forward, past its end: the next one's fence is another, and the old one opens nothing.
    clock.advance_ms(2 * HOUR_MS);
    let (one, other) = (studio.actor_of(&one_key).await, studio.actor_of(&other_key).await);
    assert_eq!(other.post(&lock).json(&short).send().await.ok()["lock"]["fence"], 2);
    let path = format!("/workspaces/assets/{}", text(&asset, "id"));
    let late = one.patch(&path).header("x-lock-fence", "1").json(&json!({"name": "b"})).send().await;
    assert!([409, 423].contains(&late.status.as_u16()), "{}", late.text());

    // Back again, to when the first held it.
    clock.advance_ms(-2 * HOUR_MS);
    let one = studio.actor_of(&one_key).await;
    one.post(&lock).json(&short).send().await.refused(423, "asset_locked");
}
