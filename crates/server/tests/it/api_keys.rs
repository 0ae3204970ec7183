//! API keys over the API: made, seen, narrowed, and never giving more than they have.

use mudlark_server::Clock;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Studio, new_key};

pub(crate) const KEYS: &str = "/accounts/api-keys";
/// A key that never was.
const ABSENT: &str = "mdl_key_0000000000000000000000";
/// A moment that every clock here starts at. *Units*: Unix milliseconds.
const START_MS: i64 = 1_800_000_000_000;

async fn make(actor: &Actor, body: &Value) -> Answer {
    actor.post(KEYS).json(body).send().await
}

/// A new key that the actor makes: `{"key","secret",…}`.
async fn made(actor: &Actor, body: &Value) -> Value {
    make(actor, body).await.ok()
}

fn path_of(key: &Value) -> String {
    format!("{KEYS}/{}", key["key"].as_str().unwrap())
}

async fn shown(actor: &Actor, key: &Value) -> Value {
    actor.get(&path_of(key)).send().await.ok()
}

/// The fields that a refusal names.
fn fields(refusal: &Value) -> Vec<&str> {
    refusal["fields"].as_array().unwrap().iter().map(|field| field["field"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn new_key_is_shown_whole_with_its_secret_once_and_works_at_once() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let asked = json!({
        "name": " render farm ", "roles": ["Manage_Art", "viewer"], "scopes": ["assets:read", "assets:download"],
        "workspace_ids": [studio.workspace], "cidrs": ["127.0.0.0/8", "2001:db8::1"], "expires_at": "2100-01-01T00:00:00+01:00",
        "unknown": true,
    });

    let answer = make(&admin, &asked).await;

    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (201, Some("no-store")));
    let body = answer.json();
    assert_eq!(answer.header("location"), Some(path_of(&body).as_str()));
    let caller = admin.get("/users").send().await.ok();
    let expected = json!({
        "id": body["key"], "key": body["key"], "secret": body["secret"], "account_id": studio.account,
        "user_id": body["user_id"], "name": "render farm", "state": "active",
        "roles": ["member", "manage_art", "viewer"], "scopes": ["assets:read", "assets:download"],
        "workspace_ids": [studio.workspace], "cidrs": ["127.0.0.0/8", "2001:db8::1/128"],
        "expires_at": "2099-12-31T23:00:00.000Z", "revoked_at": null, "created_by_user_id": caller["id"],
        "last_used_at": null, "last_used_ip": null,
        "secrets": [{"version": 1, "created_at": body["created_at"], "expires_at": null, "revoked_at": null}],
        "created_at": body["created_at"], "updated_at": body["created_at"],
    });
    assert_eq!(body, expected);
    let (key, secret) = (body["key"].as_str().unwrap(), body["secret"].as_str().unwrap());
    assert!(key.starts_with("mdl_key_") && key.len() == 30, "{key}");
    assert!(secret.starts_with("mdl_sec_") && secret.len() == 57, "{secret}");

    let mut without_secret = expected;
    without_secret.as_object_mut().unwrap().remove("secret");
    let one = admin.get(&path_of(&body)).send().await;
    assert!(one.header("etag").is_some());
    assert_eq!(one.ok(), without_secret);
    let listed = admin.get(KEYS).send().await.ok();
    assert_eq!(listed.as_array().unwrap().last(), Some(&without_secret));
    let user = studio.actor_of(&body).await;
    user.get("/workspaces/folders?folder=/").send().await.refused(403, "scope_missing");
    user.get("/workspaces/assets/getByIds?ids=0198c0de-0000-7000-8000-00000000dead").send().await.ok();
}

#[tokio::test]
async fn key_without_further_wishes_is_not_narrowed() {
    let studio = Studio::start();
    let owner = studio.key_with(&["owner"]).await;
    for asked in [
        json!({"name": "a", "roles": ["owner"]}),
        json!({"name": "a", "roles": "owner", "scopes": null, "workspace_ids": null, "cidrs": null, "expires_at": null}),
    ] {
        let key = made(&owner, &asked).await;
        for limit in ["scopes", "workspace_ids", "cidrs", "expires_at"] {
            assert_eq!(key[limit], Value::Null, "{limit}");
        }
        assert_eq!(key["roles"], json!(["owner", "admin"]));
        studio.actor_of(&key).await.get("/workspaces").send().await.ok();
    }
}

#[tokio::test]
async fn limits_hold_from_the_first_request_on() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let second = studio.admin(&["workspace", "create", "--account", &studio.account, "--name", "Second"]);
    let narrowed = json!({"name": "a", "roles": ["viewer"], "workspace_ids": [second["id"]]});
    let key = made(&admin, &narrowed).await;
    let user = studio.actor_of(&key).await;
    user.get("/workspaces").send().await.refused(403, "workspace_forbidden");
    user.with_workspace(second["id"].as_str()).get("/workspaces").send().await.ok();

    // Used from elsewhere, it is not even told that its secret is right.
    let elsewhere = made(&admin, &json!({"name": "a", "roles": ["viewer"], "cidrs": ["192.0.2.0/24"]})).await;
    let credentials = json!({"key": elsewhere["key"], "secret": elsewhere["secret"]});
    let refused = studio.anonymous().post("/auth/token").json(&credentials).send().await;
    refused.refused(401, "invalid_credentials");
}

#[tokio::test]
async fn input_that_is_not_in_its_form_is_refused_by_name() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let other = studio.admin(&["account", "create", "--name", "Other", "--plan", "pro"]);
    let theirs =
        studio.admin(&["workspace", "create", "--account", other["id"].as_str().unwrap(), "--name", "T"]);
    let many: Vec<String> = (0..101).map(|n| format!("10.0.0.{n}")).collect();
    for (field, value) in [
        ("name", Value::Null),
        ("name", json!("  ")),
        ("name", json!("a\nb")),
        ("name", json!("x".repeat(256))),
        ("roles", Value::Null),
        ("roles", json!([])),
        ("roles", json!(["root"])),
        ("roles", json!(7)),
        ("scopes", json!([])),
        ("scopes", json!(["assets:eat"])),
        ("workspace_ids", json!(["x"])),
        ("workspace_ids", json!(["0198c0de-0000-7000-8000-00000000dead"])),
        ("workspace_ids", json!([theirs["id"]])),
        ("cidrs", json!(["192.0.2.0/33"])),
        ("cidrs", json!(["192.0.2.1/24"])),
        ("cidrs", json!([])),
        ("cidrs", json!(many)),
        ("expires_at", json!("tomorrow")),
        ("expires_at", json!("2020-01-01T00:00:00Z")),
        ("expires_at", json!(1_900_000_000)),
    ] {
        let mut asked = json!({"name": "a", "roles": ["viewer"]});
        asked[field] = value.clone();
        let refused = make(&admin, &asked).await.refused(400, "invalid_input");
        assert_eq!(fields(&refused), [field], "{field} {value}");
    }
    let before = admin.get(KEYS).send().await.ok();
    assert_eq!(before.as_array().unwrap().len(), 1, "none of these made a key");
    for overlap in [json!(-1), json!(2_592_001), json!("x"), json!(1.5), json!([])] {
        let path = format!("{}/rotate", path_of(&before[0]));
        let refused = admin.post(&path).json(&json!({"overlap_seconds": overlap})).send().await;
        assert_eq!(fields(&refused.refused(400, "invalid_input")), ["overlap_seconds"], "{overlap}");
    }
}

#[tokio::test]
async fn keys_are_listed_in_pages() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    for n in 0..4 {
        made(&admin, &json!({"name": format!("key {n}"), "roles": ["viewer"]})).await;
    }
    let mut path = format!("{KEYS}?limit=2");
    let mut names = Vec::new();
    loop {
        let answer = admin.get(&path).send().await;
        assert_eq!(answer.header("x-total-count"), Some("5"));
        let next = answer.header("link").map(|link| link.split(['<', '>']).nth(1).unwrap().to_owned());
        names.extend(
            answer.ok().as_array().unwrap().iter().map(|key| key["name"].as_str().unwrap().to_owned()),
        );
        let Some(next) = next else { break };
        path = next;
    }
    assert_eq!(names, ["test key", "key 0", "key 1", "key 2", "key 3"]);
    admin.get(&format!("{KEYS}?limit=0")).send().await.refused(400, "invalid_input");
}

#[tokio::test]
async fn keys_of_another_account_look_like_keys_that_never_were() {
    let studio = Studio::start();
    let admin = studio.key_with(&["owner"]).await;
    let other = studio.admin(&["account", "create", "--name", "Other", "--plan", "pro"]);
    let theirs = new_key(&studio.data(), other["id"].as_str().unwrap(), &["viewer"]);
    let foreign = theirs["key"].as_str().unwrap();
    for (method, rest) in [
        (Method::GET, ""),
        (Method::PATCH, ""),
        (Method::DELETE, ""),
        (Method::POST, "/rotate"),
        (Method::DELETE, "/secrets/1"),
    ] {
        let mut answers = Vec::new();
        for key in [foreign, ABSENT, "x", "%00", "mdl_key_'; DROP TABLE api_keys"] {
            let call = admin.call(method.clone(), &format!("{KEYS}/{key}{rest}"));
            let mut body = call.json(&json!({"name": "mine"})).send().await.refused(404, "not_found");
            body["request_id"] = Value::Null;
            answers.push(body);
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{method} {rest}: {answers:?}");
    }
    studio.token_of(&theirs).await;
    assert_eq!(admin.get(KEYS).send().await.ok().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn key_never_gives_more_than_it_has() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let second = studio.admin(&["workspace", "create", "--account", &studio.account, "--name", "Second"]);
    let keys_admin = |more: Value| {
        let mut asked = json!({"name": "narrow", "roles": ["admin"]});
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        asked
    };
    let scopes = json!({"scopes": ["keys:admin", "assets:read"]});
    let workspaces = json!({"workspace_ids": [studio.workspace]});
    let cidrs = json!({"cidrs": ["127.0.0.0/16"]});
    let expiry = json!({"expires_at": "2100-01-01T00:00:00Z"});
    for (has, wants, field) in [
        (json!({}), json!({"roles": ["owner"]}), "roles"),
        (scopes.clone(), json!({"scopes": ["assets:read", "assets:write"]}), "scopes"),
        (workspaces.clone(), json!({"workspace_ids": [second["id"]]}), "workspace_ids"),
        (workspaces.clone(), json!({"workspace_ids": [studio.workspace, second["id"]]}), "workspace_ids"),
        (cidrs.clone(), json!({"cidrs": ["127.0.0.0/8"]}), "cidrs"),
        (cidrs.clone(), json!({"cidrs": ["127.0.0.1", "::/0"]}), "cidrs"),
        (expiry.clone(), json!({"expires_at": "2100-01-01T00:00:00.001Z"}), "expires_at"),
    ] {
        let caller = studio.actor_of(&made(&admin, &keys_admin(has.clone())).await).await;
        let refused = make(&caller, &keys_admin(wants.clone())).await.refused(403, "exceeds_caller");
        assert_eq!(fields(&refused), [field], "{has} {wants}");

        // What is left open is narrowed as the caller is; and what lies within may be given.
        let heir = made(&caller, &json!({"name": "heir", "roles": ["viewer"]})).await;
        for (limit, value) in has.as_object().unwrap() {
            let value = if limit == "expires_at" { json!("2100-01-01T00:00:00.000Z") } else { value.clone() };
            let given = &heir[limit];
            let same = *given == value || limit == "scopes" && given.as_array().map(Vec::len) == Some(2);
            assert!(same, "{limit}: {given}");
        }
        // Nor does the heir of the heir.
        let heir = made(&caller, &keys_admin(json!({}))).await;
        let heir = studio.actor_of(&heir).await;
        make(&heir, &keys_admin(wants)).await.refused(403, "exceeds_caller");
    }
    assert_eq!(
        studio.admin(&["key", "list", "--account", &studio.account]).to_string().matches("owner").count(),
        0
    );
}

#[tokio::test]
async fn secret_of_a_stronger_key_is_not_handed_to_a_weaker_one() {
    let studio = Studio::start();
    let (owner, admin) = (studio.key_with(&["owner"]).await, studio.key_with(&["admin"]).await);
    let stronger = made(&owner, &json!({"name": "stronger", "roles": ["owner"]})).await;
    let narrow = json!({"name": "narrow", "roles": ["admin"], "scopes": ["keys:admin"]});
    let narrow = studio.actor_of(&made(&admin, &narrow).await).await;
    let plain = made(&admin, &json!({"name": "plain", "roles": ["viewer"]})).await;
    for (caller, target, field) in [(&admin, &stronger, "roles"), (&narrow, &plain, "scopes")] {
        let rotate = caller.post(&format!("{}/rotate", path_of(target)));
        let refused = rotate.send().await.refused(403, "exceeds_caller");
        assert_eq!(fields(&refused), [field]);
        // A name on it is a trap for its owner; a limit would be the weaker one's doing.
        let renamed = caller.patch(&path_of(target)).json(&json!({"name": "mine"})).send().await;
        renamed.refused(403, "exceeds_caller");
        studio.token_of(target).await;
        assert_eq!(shown(&owner, target).await["secrets"].as_array().unwrap().len(), 1);
    }
    // Taking away is another matter: whoever looks after keys may end any.
    admin.delete(&path_of(&stronger)).send().await.ok_empty(204);
}

#[tokio::test]
async fn change_only_takes_away() {
    let studio = Studio::start();
    let owner = studio.key_with(&["owner"]).await;
    let second = studio.admin(&["workspace", "create", "--account", &studio.account, "--name", "Second"]);
    let key = made(
        &owner,
        &json!({
            "name": "a", "roles": ["manage_art"], "scopes": ["assets:read"], "workspace_ids": [studio.workspace],
            "cidrs": ["127.0.0.0/16"], "expires_at": "2100-01-01T00:00:00Z",
        }),
    )
    .await;
    let before = shown(&owner, &key).await;
    for (field, wider) in [
        ("roles", json!(["admin"])),
        ("roles", json!(["manage_art", "review"])),
        ("roles", json!(["owner"])),
        ("scopes", json!(["assets:read", "users:read"])),
        ("scopes", Value::Null),
        ("workspace_ids", json!([studio.workspace, second["id"]])),
        ("workspace_ids", Value::Null),
        ("cidrs", json!(["127.0.0.0/8"])),
        ("cidrs", Value::Null),
        ("expires_at", json!("2100-01-01T00:00:01Z")),
        ("expires_at", Value::Null),
        ("expires_at", json!("2020-01-01T00:00:00Z")),
        ("name", json!("")),
        ("scopes", json!([])),
    ] {
        let refused = owner.patch(&path_of(&key)).json(&json!({field: wider})).send().await;
        assert_eq!(fields(&refused.refused(400, "invalid_input")), [field], "{field} {wider}");
    }
    assert_eq!(shown(&owner, &key).await, before);

    let narrower = json!({"name": "b", "roles": ["viewer"], "cidrs": ["127.0.0.1"], "expires_at": "2099-01-01T00:00:00Z"});
    let after = owner.patch(&path_of(&key)).json(&narrower).send().await.ok();
    let mut expected = before;
    for (field, value) in [
        ("name", json!("b")),
        ("roles", json!(["member", "viewer"])),
        ("cidrs", json!(["127.0.0.1/32"])),
        ("expires_at", json!("2099-01-01T00:00:00.000Z")),
        ("updated_at", after["updated_at"].clone()),
    ] {
        expected[field] = value;
    }
    assert_eq!(after, expected);
    // What was given up is not had again.
    let back = owner.patch(&path_of(&key)).json(&json!({"roles": ["manage_art"]})).send().await;
    back.refused(400, "invalid_input");
}

#[tokio::test]
async fn change_counts_from_the_next_request_on() {
    let studio = Studio::start();
    let owner = studio.key_with(&["owner"]).await;
    let key = made(&owner, &json!({"name": "a", "roles": ["admin"]})).await;
    let user = studio.actor_of(&key).await;
    let own = user.post("/workspaces").json(&json!({"name": "Own"})).send().await.ok();
    let in_own = user.with_workspace(own["id"].as_str());
    in_own.post("/workspaces/folders?folder=/a").send().await.ok();

    let change = json!({"roles": ["viewer"], "scopes": ["users:read", "workspaces:read", "folders:write"]});
    owner.patch(&path_of(&key)).json(&change).send().await.ok();

    user.get(KEYS).send().await.refused(403, "scope_missing");
    user.get("/workspaces").send().await.ok();
    // The roles hold in the workspace that it made itself, too.
    in_own.post("/workspaces/folders?folder=/b").send().await.refused(403, "role_missing");
    owner.patch(&path_of(&key)).json(&json!({"name": "renamed"})).send().await.ok();
    assert_eq!(user.get("/users").send().await.ok()["username"], "renamed");
    owner.patch(&path_of(&key)).json(&json!({"cidrs": ["192.0.2.0/24"]})).send().await.ok();
    user.get("/users").send().await.refused(401, "invalid_token");
}

#[tokio::test]
async fn change_that_names_an_old_state_is_refused() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let key = made(&admin, &json!({"name": "a", "roles": ["viewer"]})).await;
    let old = admin.get(&path_of(&key)).send().await.header("etag").unwrap().to_owned();
    let rename = |tag: &str, name: &str| {
        admin.patch(&path_of(&key)).header("if-match", tag).json(&json!({"name": name}))
    };
    rename(&old, "b").send().await.ok();
    rename(&old, "c").send().await.refused(412, "precondition_failed");
    admin.delete(&path_of(&key)).header("if-match", &old).send().await.refused(412, "precondition_failed");
    assert_eq!(shown(&admin, &key).await["name"], "b");
}

#[tokio::test]
async fn repeated_request_makes_no_second_key_and_shows_no_secret() {
    let mut studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let asked = json!({"name": "a", "roles": ["viewer"]});
    let once = |path: &str| admin.post(path).header("idempotency-key", "k1").json(&asked);

    let first = once(KEYS).send().await.ok();
    let again = once(KEYS).send().await;

    again.refused(409, "secret_shown_once");
    assert_eq!(again.header("location"), Some(path_of(&first).as_str()));
    assert!(!again.text().contains("mdl_sec_"));
    assert_eq!(admin.get(KEYS).send().await.ok().as_array().unwrap().len(), 2);
    let rotate = || admin.post(&format!("{}/rotate", path_of(&first))).header("idempotency-key", "k2");
    let rotated = rotate().send().await.ok();
    rotate().send().await.refused(409, "secret_shown_once");
    assert_eq!(shown(&admin, &first).await["secrets"].as_array().unwrap().len(), 2);
    // Nor does it lie in the database, whatever was sent with which header.
    let data = studio.data();
    studio.program().kill();
    for secret in [&first["secret"], &rotated["secret"]] {
        let secret = secret.as_str().unwrap().as_bytes();
        for entry in std::fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path()) {
            let bytes = if entry.is_file() { std::fs::read(&entry).unwrap() } else { Vec::new() };
            assert!(!bytes.windows(secret.len()).any(|part| part == secret), "{}", entry.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ended_keys_are_shown_as_such_and_change_no_more() {
    let clock = Clock::fixed(START_MS);
    let studio = Studio::start_in_process(&clock).await;
    let admin = studio.key_with(&["admin"]).await;
    let soon =
        made(&admin, &json!({"name": "a", "roles": ["viewer"], "expires_at": "2027-01-15T08:10:00Z"})).await;
    let revoked = made(&admin, &json!({"name": "b", "roles": ["viewer"]})).await;
    let user = studio.actor_of(&soon).await;
    user.get("/users").send().await.ok();

    clock.advance_ms(600_000);
    admin.delete(&path_of(&revoked)).send().await.ok_empty(204);

    user.get("/users").send().await.refused(401, "invalid_token");
    for (key, state, revoked_at) in
        [(&soon, "expired", Value::Null), (&revoked, "revoked", json!("2027-01-15T08:10:00.000Z"))]
    {
        let credentials = json!({"key": key["key"], "secret": key["secret"]});
        let refused = studio.anonymous().post("/auth/token").json(&credentials).send().await;
        refused.refused(401, "invalid_credentials");
        let now = shown(&admin, key).await;
        assert_eq!((&now["state"], &now["revoked_at"]), (&json!(state), &revoked_at));
        admin.patch(&path_of(key)).json(&json!({"name": "c"})).send().await.refused(409, "conflict");
        admin.post(&format!("{}/rotate", path_of(key))).send().await.refused(409, "conflict");
        // Revoked once more, it is revoked still.
        admin.delete(&path_of(key)).send().await.ok_empty(204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn last_use_is_shown_and_written_once_a_minute() {
    let clock = Clock::fixed(START_MS);
    let studio = Studio::start_in_process(&clock).await;
    let admin = studio.key_with(&["admin"]).await;
    let key = made(&admin, &json!({"name": "a", "roles": ["viewer"]})).await;
    let user = studio.actor_of(&key).await;
    let written = async |at: &str| {
        // It is written beside the request, so it is waited for.
        for _ in 0..2000 {
            let now = shown(&admin, &key).await;
            if now["last_used_at"] == at {
                return now;
            }
        }
        panic!("never: {at}");
    };
    assert_eq!(shown(&admin, &key).await["last_used_at"], Value::Null);

    user.get("/users").send().await.ok();
    let first = written("2027-01-15T08:00:00.000Z").await;
    assert_eq!(first["last_used_ip"], "127.0.0.1");
    assert_eq!(first["updated_at"], key["updated_at"], "use is no change");

    clock.advance_ms(59_999);
    user.get("/users").send().await.ok();
    clock.advance_ms(1);
    user.get("/users").send().await.ok();
    // Had the use before been written, this one, a millisecond later, would not be.
    written("2027-01-15T08:01:00.000Z").await;
}

#[tokio::test]
async fn last_owners_key_is_neither_revoked_nor_narrowed_to_less_over_the_api() {
    let studio = Studio::start();
    let key = studio.new_key(&["owner"]);
    let (owner, path) = (studio.actor_of(&key).await, path_of(&key));
    // An owner whose time is over is none.
    let over = made(&owner, &json!({"name": "over", "roles": ["owner"]})).await;
    studio.admin(&["key", "revoke", over["key"].as_str().unwrap()]);

    let refused = owner.delete(&path).send().await.refused(409, "conflict");
    let advice = "make somebody else an owner first";
    assert!(refused["message"].as_str().unwrap().contains(advice), "{refused}");
    owner.patch(&path).json(&json!({"roles": ["admin"]})).send().await.refused(409, "conflict");
    owner.patch(&path).json(&json!({"name": "the last", "roles": ["owner"]})).send().await.ok();
    assert_eq!(shown(&owner, &key).await["roles"], json!(["owner", "admin"]));
    owner.delete(&path_of(&over)).send().await.ok_empty(204);

    let other = made(&owner, &json!({"name": "other", "roles": ["owner"]})).await;
    owner.patch(&path).json(&json!({"roles": ["admin"]})).send().await.ok();
    let last = studio.actor_of(&other).await;
    last.delete(&path).send().await.ok_empty(204);
    // In an emergency whoever runs the server ends the last one too.
    studio.admin(&["key", "revoke", other["key"].as_str().unwrap()]);
    last.get("/users").send().await.refused(401, "invalid_token");
}
