//! What webhooks tell, when they try again, and that nothing gets lost.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use mudlark_server::Clock;
use mudlark_server::config::Settings;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Actor, HttpsReceiver, Received, Receiver, Studio, text};

const WEBHOOKS: &str = "/workspaces/webhooks";
const NOW: i64 = 1_800_000_000_000;
const HOUR_MS: i64 = 3_600_000;

/// Webhooks may reach the tests' receivers; tokens outlive the tests' time.
fn settings() -> Settings {
    Settings { webhook_networks: "127.0.0.0/8".parse().unwrap(), token_ttl_s: 86_400, ..Settings::default() }
}

async fn studio() -> (Studio, Actor, Clock) {
    let clock = Clock::fixed(NOW);
    let studio = Studio::start_in_process_with(&clock, settings()).await;
    let admin = studio.key_with(&["admin", "manage_art"]).await;
    (studio, admin, clock)
}

async fn make(admin: &Actor, webhook: Value) -> Value {
    admin.post(WEBHOOKS).json(&webhook).send().await.ok()
}

async fn make_tag(admin: &Actor, name: &str) -> Value {
    admin.post("/workspaces/tags").json(&json!({"name": name})).send().await.ok()
}

fn deliveries(webhook: &Value) -> String {
    format!("{WEBHOOKS}/{}/deliveries", text(webhook, "id"))
}

/// What it answers once that is something. A test that fails waits for half a minute.
async fn once<T>(look: impl AsyncFn() -> Option<T>) -> T {
    let patience = std::time::Duration::from_secs(30);
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
        }
    };
    tokio::time::timeout(patience, looking).await.expect("it comes in time")
}

/// The webhook's only delivery, with its log, when it is as it should be.
async fn delivery_when(admin: &Actor, webhook: &Value, wanted: impl Fn(&Value) -> bool) -> Value {
    once(async || {
        let listed = admin.get(&deliveries(webhook)).send().await.ok();
        let [delivery] = listed.as_array().unwrap().as_slice() else { return None };
        let path = format!("{}/{}", deliveries(webhook), text(delivery, "id"));
        let delivery = admin.get(&path).send().await.ok();
        wanted(&delivery).then_some(delivery)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn documented_events_are_told_as_documented_with_the_webhooks_headers() {
    let (studio, admin, _clock) = studio().await;
    let mut receiver = Receiver::start().await;
    let events = ["asset_created", "asset_status_changed"];
    let webhook = json!({
        "name": "bot", "url": format!("{}?room=7", receiver.url), "events": events, "allowSensitiveData": true,
        "headers": {"Authorization": "Bearer let-me-in"},
    });
    make(&admin, webhook).await;
    make_tag(&admin, "not asked for").await;
    let asset = admin.put_asset("/Concepts/", "robot.png", *b"one").await;
    // Messages may overtake each other: the second event comes after the first was told.
    let first = receiver.next().await;
    let path = format!("/workspaces/assets/{}", text(&asset, "id"));
    let statuses = admin.get("/workspaces/assetStatuses").send().await.ok();
    let status = &statuses[1];
    admin.patch(&path).json(&json!({"status_id": status["id"]})).send().await.ok();
    let second = receiver.next().await;

    let expected = json!({
        "id": first.header("webhook-id"), "accountId": studio.account, "workspaceId": studio.workspace,
        "type": "asset_created",
        "payload": {
            "assetId": asset["id"], "assetName": "robot.png", "assetPath": "/Concepts/robot.png",
            "createdAt": asset["created_at"],
        },
    });
    assert_eq!(first.json(), expected);
    let expected = json!({
        "id": second.header("webhook-id"), "accountId": studio.account, "workspaceId": studio.workspace,
        "type": "asset_status_changed",
        "payload": {
            "assetId": asset["id"], "statusName": status["name"], "statusId": status["id"],
            "changedAt": second.json()["payload"]["changedAt"],
        },
    });
    assert_eq!(second.json(), expected);
    assert_eq!(first.path, "/hook?room=7");
    for (name, value) in [
        ("authorization", "Bearer let-me-in"),
        ("content-type", "application/json"),
        ("webhook-timestamp", "1800000000"),
    ] {
        assert_eq!(first.header(name), value);
    }
    assert!(first.header("user-agent").starts_with("Mudlark/"));
    assert!(!receiver.has_more());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_ids_are_told_unless_more_is_allowed() {
    let (_studio, admin, _clock) = studio().await;
    let mut receiver = Receiver::start().await;
    let webhook = make(&admin, json!({"name": "bot", "url": receiver.url})).await;

    let asset = admin.put_asset("/Secret Project/", "hero.png", *b"one").await;
    let mut told = Vec::new();
    let is_created = |message: &Received| message.json()["type"] == "asset_created";
    while told.len() < 2 || !told.iter().any(is_created) {
        told.push(receiver.next().await);
    }
    for message in &told {
        assert!(!message.body.contains("Secret") && !message.body.contains("hero"), "{}", message.body);
    }
    let created = told.iter().map(Received::json);
    let created = created.into_iter().find(|message| message["type"] == "asset_created").unwrap();
    assert_eq!(created["payload"], json!({"assetId": asset["id"]}));

    let more = json!({"allowSensitiveData": true, "events": ["tag_created"]});
    admin.patch(&format!("{WEBHOOKS}/{}", text(&webhook, "id"))).json(&more).send().await.ok();
    let tag = make_tag(&admin, "hero").await;
    let message = loop {
        let message = receiver.next().await.json();
        if message["type"] == "tag_created" {
            break message;
        }
    };
    let expected = json!({
        "assetId": null, "recordId": tag["id"], "userId": tag["created_by_user_id"], "name": "hero",
        "changedAt": tag["created_at"],
    });
    assert_eq!(message["payload"], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_message_is_tried_again_with_the_same_id_and_every_attempt_is_logged() {
    let (_studio, admin, clock) = studio().await;
    let mut receiver = Receiver::start().await;
    receiver.answer(&[500, 302], "http://127.0.0.1:1/elsewhere");
    let webhook = make(&admin, json!({"name": "bot", "url": receiver.url, "events": ["tag_created"]})).await;
    make_tag(&admin, "one").await;

    let first = receiver.next().await;
    let waiting = delivery_when(&admin, &webhook, |delivery| delivery["attempts"] == 1).await;
    assert_eq!((&waiting["state"], &waiting["last_status"]), (&json!("pending"), &json!(500)));
    assert!(!receiver.has_more(), "not before its time");
    clock.advance_ms(6_500);
    let second = receiver.next().await;
    delivery_when(&admin, &webhook, |delivery| delivery["attempts"] == 2).await;
    clock.advance_ms(30_000);
    let third = receiver.next().await;

    let done = delivery_when(&admin, &webhook, |delivery| delivery["state"] == "delivered").await;
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"));
    assert_eq!(first.json(), third.json());
    assert_ne!(first.header("webhook-timestamp"), third.header("webhook-timestamp"));
    assert_eq!(third.path, "/hook", "the redirect was not followed");
    assert_eq!((&done["attempts"], &done["next_attempt_at"]), (&json!(3), &Value::Null));
    let outcomes: Vec<_> = done["log"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attempt| (&attempt["status"], &attempt["error"]))
        .collect();
    assert_eq!(outcomes.len(), 3);
    assert_eq!(outcomes[0], (&json!(500), &json!("it answered 500 Internal Server Error")));
    assert_eq!(outcomes[1], (&json!(302), &json!("it answered 302 Found; redirects are not followed")));
    assert_eq!(outcomes[2], (&json!(204), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn message_is_given_up_after_three_days_and_replayed_when_asked() {
    let (studio, admin, clock) = studio().await;
    let mut receiver = Receiver::start().await;
    let away = json!({"url": "http://127.0.0.1:1/", "name": "bot", "events": ["tag_created"]});
    let webhook = make(&admin, away).await;
    let address = format!("{WEBHOOKS}/{}", text(&webhook, "id"));
    make_tag(&admin, "one").await;

    let mut hours = 0;
    let mut attempts = 0;
    let failed = loop {
        let admin = studio.key_with(&["admin"]).await;
        let delivery = delivery_when(&admin, &webhook, |delivery| {
            delivery["attempts"].as_i64() > Some(attempts) || delivery["state"] == "failed"
        })
        .await;
        if delivery["state"] == "failed" {
            break delivery;
        }
        attempts = delivery["attempts"].as_i64().unwrap();
        clock.advance_ms(10 * HOUR_MS);
        hours += 10;
    };
    assert!((60..=80).contains(&hours), "{hours}");
    let error = text(&failed, "last_error");
    assert!(error.contains("could not be reached") && !error.contains("127.0.0.1"), "{error}");

    let admin = studio.key_with(&["admin", "manage_art"]).await;
    admin.patch(&address).json(&json!({"url": receiver.url})).send().await.ok();
    let only_later = json!({"since": "2029-01-01T00:00:00Z"});
    let none = admin.post(&format!("{address}/replay")).json(&only_later).send().await.ok();
    assert_eq!(none, json!({"replayed": 0}));
    let all = admin.post(&format!("{address}/replay")).send().await.ok();
    assert_eq!(all, json!({"replayed": 1}));
    let message = receiver.next().await;
    assert_eq!(message.header("webhook-id"), text(&failed, "id"));
    let done = delivery_when(&admin, &webhook, |delivery| delivery["state"] == "delivered").await;

    let again = admin.post(&format!("{address}/deliveries/{}/replay", text(&done, "id"))).send().await.ok();
    assert_eq!((&again["state"], &again["finished_at"]), (&json!("pending"), &Value::Null));
    assert_eq!(receiver.next().await.json(), message.json());
    let listed = admin.get(&format!("{address}/deliveries?state=failed")).send().await.ok();
    assert_eq!(listed, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn receiver_that_is_gone_is_told_no_more() {
    let (_studio, admin, _clock) = studio().await;
    let mut receiver = Receiver::start().await;
    receiver.answer(&[410], "");
    let webhook = make(&admin, json!({"name": "bot", "url": receiver.url, "events": ["tag_created"]})).await;
    let address = format!("{WEBHOOKS}/{}", text(&webhook, "id"));
    make_tag(&admin, "one").await;
    receiver.next().await;

    let off = once(async || {
        let webhook = admin.get(&address).send().await.ok();
        (webhook["enabled"] == false).then_some(webhook)
    });
    assert_eq!(off.await["name"], "bot");
    make_tag(&admin, "two").await;
    admin.patch(&address).json(&json!({"enabled": true})).send().await.ok();
    make_tag(&admin, "three").await;

    let message = receiver.next().await.json();
    let listed = admin.get(&deliveries(&webhook)).send().await.ok();
    let states: Vec<_> = listed.as_array().unwrap().iter().map(|delivery| &delivery["state"]).collect();
    assert_eq!(states[0], "failed");
    assert_eq!(listed[1]["id"], message["id"], "what came while it was off is not told");
    assert_eq!(states.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_concurrent_writers_is_told_once_across_a_restart() {
    const WRITERS: usize = 4;
    const CHANGES: usize = 10;
    let (mut studio, admin, clock) = studio().await;
    let mut receiver = Receiver::start().await;
    make(&admin, json!({"name": "bot", "url": receiver.url, "events": ["tag_created"]})).await;
    let write = async |admin: &Actor, writer: usize| {
        for change in 0..CHANGES {
            make_tag(admin, &format!("{writer} {change}")).await;
        }
    };

    join_all((0..WRITERS).map(|writer| write(&admin, writer))).await;
    studio.restart_in_process(&clock, settings()).await;
    let admin = studio.key_with(&["admin", "manage_art"]).await;
    join_all((WRITERS..2 * WRITERS).map(|writer| write(&admin, writer))).await;
    // What was under way when the server stopped is taken up again after its time.
    clock.advance_ms(61_000);

    let mut told = BTreeSet::new();
    while told.len() < 2 * WRITERS * CHANGES {
        told.insert(text(&receiver.next().await.json()["payload"], "recordId").to_owned());
    }
    let tags = admin.get("/workspaces/tags").send().await.ok();
    let made: BTreeSet<_> = tags.as_array().unwrap().iter().map(|tag| text(tag, "id").to_owned()).collect();
    assert_eq!(told, made);
}

#[tokio::test(flavor = "multi_thread")]
async fn certificate_is_checked_before_anything_is_told() {
    let folder = TempDir::new().unwrap();
    let mut receiver = HttpsReceiver::start(folder.path());
    let flags = ["--webhook-networks", "127.0.0.0/8"];
    let studio = Studio::start_trusting(&flags, &folder.path().join("authority.pem"));
    let admin = studio.key_with(&["admin", "manage_art"]).await;
    let webhook = async |host: &str| {
        let url = format!("https://{host}:{}/", receiver.port);
        make(&admin, json!({"name": host, "url": url, "events": ["tag_created"]})).await
    };
    let (good, other) = (webhook("localhost").await, webhook("127.0.0.1").await);
    make_tag(&admin, "one").await;

    let done = delivery_when(&admin, &good, |delivery| delivery["state"] == "delivered").await;
    let refused = delivery_when(&admin, &other, |delivery| delivery["attempts"] != 0).await;
    assert_eq!(receiver.next(), text(&done, "id"));
    let error = text(&refused, "last_error");
    assert!(error.contains("certificate"), "the certificate is for another name: {error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn machine_without_authorities_runs_and_says_what_https_needs() {
    let folder = TempDir::new().unwrap();
    let flags = ["--webhook-networks", "127.0.0.0/8"];
    let studio = Studio::start_trusting(&flags, &folder.path().join("missing.pem"));
    let admin = studio.key_with(&["admin", "manage_art"]).await;
    let mut receiver = Receiver::start().await;
    make(&admin, json!({"name": "plain", "url": receiver.url, "events": ["tag_created"]})).await;
    let secure = json!({"name": "secure", "url": "https://localhost:1/", "events": ["tag_created"]});
    let secure = make(&admin, secure).await;
    let tag = make_tag(&admin, "one").await;

    assert_eq!(receiver.next().await.json()["payload"]["recordId"], tag["id"]);
    let refused = delivery_when(&admin, &secure, |delivery| delivery["attempts"] != 0).await;
    let error = text(&refused, "last_error");
    assert!(error.contains("this machine has none"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_receiver_keeps_nobody_else_waiting() {
    let (_studio, admin, _clock) = studio().await;
    // Takes connections, and never answers.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent_url = format!("http://{}/", silent.local_addr().unwrap());
    let mut receiver = Receiver::start().await;
    let silent_webhook = json!({"name": "silent", "url": silent_url, "events": ["tag_created"]});
    let silent_webhook = make(&admin, silent_webhook).await;
    for name in 0..40 {
        make_tag(&admin, &name.to_string()).await;
    }
    make(&admin, json!({"name": "bot", "url": receiver.url, "events": ["tag_created"]})).await;
    let tag = make_tag(&admin, "told").await;

    assert_eq!(receiver.next().await.json()["payload"]["recordId"], tag["id"]);
    let waiting = admin.get(&deliveries(&silent_webhook)).send().await.ok();
    assert!(waiting.as_array().unwrap().iter().all(|delivery| delivery["attempts"] == 0), "{waiting}");
}
