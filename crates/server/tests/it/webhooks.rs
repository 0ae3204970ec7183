//! Webhooks as their admins see them: what can be made of one, who may, and what is never shown.

use serde_json::{Value, json};

use crate::support::{Actor, Received, Receiver, Studio, run_python, text};

const WEBHOOKS: &str = "/workspaces/webhooks";
/// Lets webhooks reach the tests' receivers.
const LOOPBACK: [&str; 2] = ["--webhook-networks", "127.0.0.0/8"];

async fn make(admin: &Actor, webhook: Value) -> Value {
    admin.post(WEBHOOKS).json(&webhook).send().await.ok()
}

fn path(webhook: &Value) -> String {
    format!("{WEBHOOKS}/{}", text(webhook, "id"))
}

#[tokio::test]
async fn webhook_is_made_seen_changed_and_deleted_and_shows_its_secret_once() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let given = json!({
        "name": "review bot", "url": "https://bot.studio.example", "events": ["tag_created", "asset_created"],
        "headers": {"Authorization": "Bearer let-me-in", "x-studio": "north"},
    });

    let made = admin.post(WEBHOOKS).json(&given).send().await;
    assert_eq!(made.status, 201);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let mut webhook: Value = made.json();
    assert_eq!(made.header("location"), Some(&*path(&webhook)));
    let secret = webhook.as_object_mut().unwrap().remove("secret").unwrap();
    assert!(secret.as_str().unwrap().starts_with("whsec_"), "{secret}");
    let expected = json!({
        "id": webhook["id"], "workspace_id": studio.workspace, "name": "review bot",
        "url": "https://bot.studio.example/", "events": ["asset_created", "tag_created"],
        "header_names": ["authorization", "x-studio"], "enabled": true, "allowSensitiveData": false,
        "previous_secret_expires_at": null, "created_by_user_id": webhook["created_by_user_id"],
        "sequence": webhook["sequence"], "created_at": webhook["created_at"], "updated_at": webhook["created_at"],
    });
    assert_eq!(webhook, expected);
    assert_eq!(admin.get(&path(&webhook)).send().await.ok(), webhook);
    assert_eq!(admin.get(WEBHOOKS).send().await.ok(), json!([webhook]));

    let patch = json!({"name": "build bot", "events": [], "headers": null, "enabled": false, "allowSensitiveData": true});
    let changed = admin.patch(&path(&webhook)).json(&patch).send().await.ok();
    let mut expected = expected;
    for (name, value) in [
        ("name", json!("build bot")),
        ("events", json!([])),
        ("header_names", json!([])),
        ("enabled", json!(false)),
        ("allowSensitiveData", json!(true)),
        ("sequence", changed["sequence"].clone()),
        ("updated_at", changed["updated_at"].clone()),
    ] {
        expected[name] = value;
    }
    assert_eq!(changed, expected);
    let stale = admin.patch(&path(&webhook)).header("if-match", "\"old\"").json(&json!({"name": "x"}));
    stale.send().await.refused(412, "precondition_failed");

    admin.delete(&path(&webhook)).send().await.ok_empty(204);
    admin.get(&path(&webhook)).send().await.refused(404, "not_found");
    assert_eq!(admin.get(WEBHOOKS).send().await.ok(), json!([]));
    let history = admin.get("/workspaces/history").send().await.ok();
    let told: Vec<_> = history.as_array().unwrap().iter().map(|entry| text(entry, "type")).collect();
    assert_eq!(told, ["webhook_created", "webhook_updated", "webhook_deleted"]);
    assert!(!history.to_string().contains("let-me-in") && !history.to_string().contains("studio.example"));
}

#[tokio::test]
async fn secret_is_not_shown_again_to_who_asks_again_with_the_same_idempotency_key() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let given = json!({"name": "bot", "url": "https://bot.studio.example/"});
    let ask = || admin.post(WEBHOOKS).header("idempotency-key", "once").json(&given).send();

    let first = ask().await;
    let again = ask().await;

    assert_eq!(first.status, 201);
    assert_eq!(again.header("location"), first.header("location"));
    again.refused(409, "secret_shown_once");
    assert_eq!(admin.get(WEBHOOKS).send().await.ok().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_can_not_be_a_webhook_is_refused_by_its_member() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let webhook = make(&admin, json!({"name": "bot", "url": "https://bot.studio.example/"})).await;
    let header = |name: &str, value: &str| json!({"headers": {name: value}});
    let many: serde_json::Map<_, _> = (0..21).map(|n| (format!("x-{n}"), json!("1"))).collect();
    for (member, wrong) in [
        ("url", json!({"url": "http://127.0.0.1"})),
        ("url", json!({"url": "http://[::ffff:10.0.0.1]"})),
        ("url", json!({"url": "http://0x7f000001"})),
        ("url", json!({"url": "https://169.254.169.254/latest/meta-data"})),
        ("url", json!({"url": "https://localhost:8080/"})),
        ("url", json!({"url": "http://8.8.8.8/"})),
        ("url", json!({"url": "gopher://bot.studio.example/"})),
        ("url", json!({"url": "https://mira:pass@bot.studio.example/"})),
        ("url", json!({"url": "bot"})),
        ("url", json!({"url": ["https://bot.studio.example/"]})),
        ("name", json!({"name": "a".repeat(101)})),
        ("name", json!({"name": " "})),
        ("events", json!({"events": ["asset_exploded"]})),
        ("events", json!({"events": {"asset_created": true}})),
        ("headers", header("webhook-signature", "v1,forged")),
        ("headers", header("Host", "other.example")),
        ("headers", header("content-length", "5")),
        ("headers", header("transfer-encoding", "chunked")),
        ("headers", header("x bad", "1")),
        ("headers", header("x-line", "1\r\nx-more: 2")),
        ("headers", header("x-long", &"a".repeat(4097))),
        ("headers", json!({"headers": {"x-a": "1", "X-A": "2"}})),
        ("headers", json!({"headers": many})),
        ("headers", json!({"headers": ["x-a"]})),
        ("enabled", json!({"enabled": "perhaps"})),
        ("allowSensitiveData", json!({"allowSensitiveData": 7})),
    ] {
        let mut whole = json!({"name": "bot", "url": "https://bot.studio.example/"});
        whole.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        for refused in [
            admin.post(WEBHOOKS).json(&whole).send().await,
            admin.patch(&path(&webhook)).json(&wrong).send().await,
        ] {
            assert_eq!(refused.status, 400, "{wrong}");
            let body: Value = refused.json();
            assert_eq!(body["fields"][0]["field"], member, "{wrong}: {body}");
        }
    }
    for missing in [json!({"name": "bot"}), json!({"url": "https://bot.studio.example/"})] {
        admin.post(WEBHOOKS).json(&missing).send().await.refused(400, "invalid_input");
    }
    assert_eq!(admin.get(WEBHOOKS).send().await.ok().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn workspace_has_a_bounded_number_of_webhooks() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let given = json!({"name": "bot", "url": "https://bot.studio.example/"});
    for _ in 0..50 {
        make(&admin, given.clone()).await;
    }
    admin.post(WEBHOOKS).json(&given).send().await.refused(409, "conflict");
}

#[tokio::test]
async fn webhooks_of_other_workspaces_and_deliveries_of_other_webhooks_are_not_there() {
    let studio = Studio::start_with(&LOOPBACK);
    let admin = studio.key_with(&["admin"]).await;
    let mut receiver = Receiver::start().await;
    let one = make(&admin, json!({"name": "one", "url": receiver.url})).await;
    let two = make(&admin, json!({"name": "two", "url": receiver.url, "events": ["task_created"]})).await;
    let elsewhere = admin.post("/workspaces?name=Other").send().await.ok();
    let elsewhere = admin.with_workspace(elsewhere["id"].as_str());
    let message = receiver.next().await.json();
    assert_eq!(message["type"], "webhook_created", "the making of the second");

    let delivery = |webhook: &Value| format!("{}/deliveries/{}", path(webhook), text(&message, "id"));
    assert_eq!(admin.get(&delivery(&one)).send().await.status, 200);
    for (actor, address) in [
        (&elsewhere, path(&one)),
        (&elsewhere, format!("{}/deliveries", path(&one))),
        (&elsewhere, delivery(&one)),
        (&admin, delivery(&two)),
    ] {
        actor.get(&address).send().await.refused(404, "not_found");
    }
    for (actor, address) in [
        (&elsewhere, format!("{}/rotate", path(&one))),
        (&elsewhere, format!("{}/replay", path(&one))),
        (&elsewhere, format!("{}/replay", delivery(&one))),
        (&admin, format!("{}/replay", delivery(&two))),
    ] {
        actor.post(&address).json(&json!({})).send().await.refused(404, "not_found");
    }
}

/// What the reference library of Standard Webhooks says of a message.
fn checked(secret: &Value, message: &Received) -> Value {
    let headers: serde_json::Map<_, _> = ["webhook-id", "webhook-timestamp", "webhook-signature"]
        .map(|name| (name.to_owned(), json!(message.header(name))))
        .into_iter()
        .collect();
    let given = json!({"secret": secret, "headers": headers, "body": message.body});
    serde_json::from_str(&run_python("check_webhook.py", &[&given.to_string()])).unwrap()
}

#[tokio::test]
async fn reference_library_accepts_both_secrets_during_an_overlap_and_only_the_new_one_after() {
    let studio = Studio::start_with(&LOOPBACK);
    let admin = studio.key_with(&["admin"]).await;
    let mut receiver = Receiver::start().await;
    let webhook = make(&admin, json!({"name": "bot", "url": receiver.url, "events": ["tag_created"]})).await;
    let tell = async |receiver: &mut Receiver, name: &str| {
        admin.post("/workspaces/tags").json(&json!({"name": name})).send().await.ok();
        receiver.next().await
    };
    let rotate = async |overlap: u32| {
        let rotate = admin.post(&format!("{}/rotate", path(&webhook)));
        rotate.json(&json!({"overlap_seconds": overlap})).send().await.ok()
    };

    let first = tell(&mut receiver, "one").await;
    let second = rotate(3600).await;
    // Sealed anew under another key, the secrets stay what they are.
    studio.admin(&["secrets", "rotate-kek"]);
    studio.admin(&["secrets", "prune"]);
    let overlapping = tell(&mut receiver, "two").await;
    let third = rotate(0).await;
    let last = tell(&mut receiver, "three").await;

    assert!(
        second["previous_secret_expires_at"].is_string() && third["previous_secret_expires_at"].is_null()
    );
    let secrets = [&webhook["secret"], &second["secret"], &third["secret"]];
    for (message, good) in
        [(first, [true, false, false]), (overlapping, [true, true, false]), (last, [false, false, true])]
    {
        for (secret, is_good) in secrets.iter().zip(good) {
            let said = checked(secret, &message);
            let is_refused = said.as_str().is_some_and(|said| said.starts_with("refused"));
            assert!(if is_good { said == message.json() } else { is_refused }, "{said}");
        }
    }
}

#[tokio::test]
async fn test_message_comes_to_its_webhook_alone_signed_and_in_the_log() {
    let studio = Studio::start_with(&LOOPBACK);
    let admin = studio.key_with(&["admin"]).await;
    let (mut receiver, mut other) = (Receiver::start().await, Receiver::start().await);
    // It tells of something else, and the other of everything.
    let webhook = make(&admin, json!({"name": "bot", "url": receiver.url, "events": ["tag_created"]})).await;
    make(&admin, json!({"name": "other", "url": other.url, "allowSensitiveData": true})).await;

    let asked = admin.post(&format!("{}/test", path(&webhook))).header("idempotency-key", "one");
    let queued = asked.send().await.ok();
    let message = receiver.next().await;
    let tag = admin.post("/workspaces/tags").json(&json!({"name": "after"})).send().await.ok();

    let me = admin.get("/users").send().await.ok();
    let expected = json!({
        "id": queued["id"], "accountId": studio.account, "workspaceId": studio.workspace, "type": "webhook.test",
        "payload": {"assetId": null, "recordId": webhook["id"], "userId": me["id"]},
    });
    assert_eq!(checked(&webhook["secret"], &message), expected);
    assert_eq!((&queued["type"], &queued["state"]), (&json!("webhook.test"), &json!("pending")));
    let listed = admin.get(&format!("{}/deliveries", path(&webhook))).send().await.ok();
    assert_eq!(listed[0]["id"], queued["id"]);
    // The other was told of what came after, and not of the test before.
    assert_eq!(other.next().await.json()["payload"]["recordId"], tag["id"]);
    let again = admin.post(&format!("{}/test", path(&webhook))).header("idempotency-key", "one").send().await;
    assert!(again.status != 200 || again.json()["id"] == queued["id"], "{}", again.text());
}

#[tokio::test]
async fn test_message_to_a_webhook_that_is_off_is_refused() {
    let studio = Studio::start_with(&LOOPBACK);
    let admin = studio.key_with(&["admin"]).await;
    let off = json!({"name": "bot", "url": "http://127.0.0.1:1/", "enabled": false});
    let webhook = make(&admin, off).await;

    let refused = admin.post(&format!("{}/test", path(&webhook))).send().await.refused(409, "conflict");

    assert!(text(&refused, "message").contains("turn it on"), "{refused}");
    let listed = admin.get(&format!("{}/deliveries", path(&webhook))).send().await.ok();
    assert_eq!(listed, json!([]));
    let unknown = format!("{WEBHOOKS}/01980000-0000-7000-8000-000000000000/test");
    admin.post(&unknown).send().await.refused(404, "not_found");
}
