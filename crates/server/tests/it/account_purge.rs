//! Closed accounts go for good, with all that they had; until then nobody gets in.

use std::time::{Duration, Instant, SystemTime};

use mudlark_server::Clock;
use mudlark_server::config::Settings;
use serde_json::json;

use crate::support::{Actor, Studio, content_files, eventually, make_content_older, new_key, text};

const NOW: i64 = 1_800_000_000_000;
const DAY_MS: i64 = 86_400_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closed_account_is_removed_with_its_bytes_after_thirty_days_and_no_other() {
    let clock = Clock::fixed(NOW);
    let mut studio = Studio::start_in_process(&clock).await;
    let key = studio.new_key(&["owner"]);
    let owner = studio.actor_of(&key).await;
    owner.put_asset("/A", "a", "of the first").await;
    owner.post("/workspaces?name=Second").send().await.ok();
    let other = studio.admin(&["account", "create", "--name", "Other", "--plan", "pro"]);
    let other_key = new_key(&studio.data(), text(&other, "id"), &["owner"]);
    let other_owner = studio.actor_of(&other_key).await;
    let game = other_owner.post("/workspaces?name=Game").send().await.ok();
    let other_owner = other_owner.with_workspace(game["id"].as_str());
    let asset = other_owner.put_asset("/A", "a", "of the other").await;
    assert_eq!(content_files(&studio.data()), 2);

    owner.delete("/accounts").send().await.ok_empty(204);

    // Its keys are dead at once: their tokens, and what would be new ones.
    owner.get("/users").send().await.refused(403, "account_suspended");
    let credentials = json!({"account_id": key["account_id"], "key": key["key"], "secret": key["secret"]});
    let token = async |actor: &Actor| actor.post("/auth/token").json(&credentials).send().await;
    token(&studio.anonymous()).await.refused(403, "account_suspended");

    // A millisecond before its time is over it can still be opened again.
    clock.advance_ms(30 * DAY_MS - 1);
    make_content_older(&studio.data(), SystemTime::now() - Duration::from_hours(2));
    studio.restart_in_process(&clock, Settings::default()).await;
    studio.admin(&["account", "resume", &studio.account]);
    token(&studio.anonymous()).await.ok();
    studio.actor_of(&key).await.delete("/accounts").send().await.ok_empty(204);
    clock.advance_ms(30 * DAY_MS);
    studio.restart_in_process(&clock, Settings::default()).await;

    let began = Instant::now();
    while studio.store().await.read().await.unwrap().list_accounts().await.unwrap().len() > 1 {
        assert!(began.elapsed() < Duration::from_secs(20), "never removed");
    }
    token(&studio.anonymous()).await.refused(401, "invalid_credentials");
    eventually("its bytes are gone", || content_files(&studio.data()) == 1);
    let other_owner = Actor { workspace: other_owner.workspace.clone(), ..studio.actor_of(&other_key).await };
    let path = format!("/workspaces/assets/{}/download", text(&asset, "id"));
    assert_eq!(other_owner.get(&path).send().await.text(), "of the other");
    let trail = studio.admin(&["audit", "list", "--account", &studio.account]);
    let actions: Vec<_> = trail.as_array().unwrap().iter().map(|line| text(line, "action")).collect();
    assert!(actions.contains(&"account.closed") && actions.contains(&"account.purged"), "{actions:?}");
    studio.admin(&["audit", "verify"]);
}
