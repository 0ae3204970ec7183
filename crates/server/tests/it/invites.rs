//! Invites: made all or none, shown once, answered once, and good for a week.

use mudlark_server::Clock;
use serde_json::{Value, json};

use crate::support::{Actor, Studio, text};

const START_MS: i64 = 1_800_000_000_000;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

async fn invite(actor: &Actor, email: &str, roles: &[&str], workspaces: &[&str]) -> Value {
    let one = json!([{"email": email, "roles": roles, "workspace_ids": workspaces}]);
    actor.post("/accounts/invites").json(&one).send().await.ok()[0].clone()
}

fn accept_path(invite: &Value) -> String {
    format!("/users/invites/{}/accept", text(invite, "token"))
}

/// Invites somebody who accepts. Gives their user id.
async fn person(actor: &Actor, email: &str, roles: &[&str], workspaces: &[&str]) -> String {
    let made = invite(actor, email, roles, workspaces).await;
    actor.post(&accept_path(&made)).send().await.ok();
    let members = actor.get("/accounts/members").send().await.ok();
    let person = members.as_array().unwrap().iter().find(|member| member["user"]["email"] == email);
    text(&person.expect("a member with this address")["user"], "id").to_owned()
}

#[tokio::test]
async fn accepted_invite_makes_a_member_of_account_and_workspaces_once() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let workspace = studio.workspace.as_str();
    let made = invite(&admin, "Mira@studio.example", &["member", "Manage_Art"], &[workspace]).await;
    let other = studio.key_with(&["viewer"]).await;

    let name = json!({"firstName": "Mira", "username": "mira"});
    let accepted = other.post(&accept_path(&made)).json(&name).send().await.ok();

    assert_eq!(
        (&made["roles"], &made["workspace_ids"]),
        (&json!(["member", "manage_art"]), &json!([workspace]))
    );
    assert!(text(&made, "token").starts_with("mdl_inv_") && made["accepted_at"].is_null());
    assert_eq!((&accepted["token"], &accepted["id"]), (&Value::Null, &made["id"]));
    assert!(accepted["accepted_at"].is_string());
    let members = admin.get("/accounts/members").send().await.ok();
    let member = members.as_array().unwrap().last().unwrap();
    assert_eq!(
        (&member["roles"], &member["user"]["email"]),
        (&json!(["member"]), &json!("Mira@studio.example"))
    );
    assert_eq!(
        (&member["user"]["username"], &member["user"]["firstName"], &member["user"]["invited_by_user"]),
        (&json!("mira"), &json!("Mira"), &made["invited_by"])
    );
    let inside = admin.get("/workspaces/members").send().await.ok();
    assert_eq!((&inside[0]["user"], &inside[0]["roles"]), (&member["user"], &json!(["manage_art"])));
    for answer in ["accept", "reject"] {
        let path = format!("/users/invites/{}/{answer}", text(&made, "token"));
        other.post(&path).send().await.refused(409, "conflict");
    }
    let listed = admin.get("/accounts/invites").send().await.ok();
    assert_eq!(listed, json!([accepted]));
    assert_eq!(admin.get("/users/invites").send().await.ok(), json!([]), "a key has no address");
    let trail = admin.get("/accounts/audit?outcome=allowed&action=invite.accepted").send().await.ok();
    assert_eq!((&trail[0]["subject"], &trail[0]["details"]["email"]), (&made["id"], &made["email"]));
}

#[tokio::test]
async fn list_may_be_bare_or_under_users_or_invites_and_is_made_whole_or_not_at_all() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let one = |email: &str| json!([{"email": email}]);
    for list in
        [one("a@x.example"), json!({"users": one("b@x.example")}), json!({"invites": one("c@x.example")})]
    {
        let made = admin.post("/accounts/invites").json(&list).send().await.ok();
        assert_eq!((&made[0]["roles"], &made[0]["workspace_ids"]), (&json!(["member"]), &json!([])));
    }
    let other = studio.admin(&["account", "create", "--name", "Other", "--plan", "pro"]);
    let foreign = studio.admin(&["workspace", "create", "--account", text(&other, "id"), "--name", "Theirs"]);
    person(&admin, "member@x.example", &["member"], &[]).await;
    let good = || json!({"email": "new@x.example"});
    let many: Vec<Value> = (0..5000).map(|n| json!({"email": format!("u{n}@x.example")})).collect();

    for (list, status, field) in [
        (json!(many), 400, "invites"),
        (json!([]), 400, "invites"),
        (json!([good(), {"email": "no address"}]), 400, "invites[1].email"),
        (json!([good(), {"roles": ["member"]}]), 400, "invites[1]"),
        (json!([good(), {"email": "NEW@x.example"}]), 400, "invites[1].email"),
        (json!([good(), {"email": "y@x.example", "roles": ["root"]}]), 400, "invites[1].roles"),
        (json!([good(), {"email": "y@x.example", "roles": ["viewer"]}]), 400, "invites[1].workspace_ids"),
        (
            json!([good(), {"email": "y@x.example", "workspace_ids": [foreign["id"]]}]),
            400,
            "invites[1].workspace_ids",
        ),
        (json!([good(), {"email": "y@x.example", "workspace_ids": ["x"]}]), 400, "invites[1].workspace_ids"),
        (json!([good(), {"email": "A@x.example"}]), 409, "invites[1].email"),
        (json!([good(), {"email": "Member@x.example"}]), 409, "invites[1].email"),
        (json!([good(), {"email": "y@x.example", "roles": ["owner"]}]), 403, "roles"),
    ] {
        let answer = admin.post("/accounts/invites").json(&list).send().await;
        assert_eq!(answer.status.as_u16(), status, "{field}: {}", answer.text());
        assert_eq!(answer.json()["fields"][0]["field"], field, "{}", answer.text());
    }
    assert_eq!(admin.get("/accounts/invites").send().await.ok().as_array().unwrap().len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invite_is_good_for_a_week_and_for_another_when_sent_again() {
    let clock = Clock::fixed(START_MS);
    let studio = Studio::start_in_process(&clock).await;
    let key = studio.new_key(&["admin"]);
    let admin = studio.actor_of(&key).await;
    let made = invite(&admin, "mira@studio.example", &["member"], &[]).await;
    clock.advance_ms(7 * DAY_MS);
    let admin = studio.actor_of(&key).await;

    let late = admin.post(&accept_path(&made)).send().await;
    let resend = format!("/accounts/invites/{}/resend", text(&made, "id"));
    let again = admin.post(&resend).send().await;
    let shown = again.header("cache-control").map(str::to_owned);
    let again = again.ok();
    clock.advance_ms(DAY_MS / 100);

    assert!(text(&late.refused(409, "conflict"), "message").contains("expired"));
    assert_eq!((&again["id"], shown.as_deref()), (&made["id"], Some("no-store")));
    assert_ne!((&again["token"], &again["expires_at"]), (&made["token"], &made["expires_at"]));
    admin.post(&accept_path(&made)).send().await.refused(404, "not_found");
    admin.post(&accept_path(&again)).send().await.ok();
    admin.post(&resend).send().await.refused(409, "conflict");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn address_with_an_expired_invite_can_be_invited_afresh() {
    let clock = Clock::fixed(START_MS);
    let studio = Studio::start_in_process(&clock).await;
    let key = studio.new_key(&["admin"]);
    let old = invite(&studio.actor_of(&key).await, "mira@studio.example", &["member"], &[]).await;
    clock.advance_ms(7 * DAY_MS);
    let admin = studio.actor_of(&key).await;

    let fresh = invite(&admin, "mira@studio.example", &["member"], &[]).await;

    assert_ne!(fresh["id"], old["id"]);
    assert_eq!(admin.get("/accounts/invites").send().await.ok().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn rejected_and_withdrawn_invites_make_nobody_a_member() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let before = admin.get("/accounts/members").send().await.ok();
    let rejected = invite(&admin, "a@x.example", &["member"], &[]).await;
    let withdrawn = invite(&admin, "b@x.example", &["member"], &[]).await;
    let path = format!("/accounts/invites/{}", text(&withdrawn, "id"));

    let reject = accept_path(&rejected).replace("/accept", "/reject");
    assert!(admin.post(&reject).send().await.ok()["rejected_at"].is_string());
    admin.delete(&path).send().await.ok_empty(204);

    admin.post(&accept_path(&rejected)).send().await.refused(409, "conflict");
    admin.post(&accept_path(&withdrawn)).send().await.refused(404, "not_found");
    admin.post("/users/invites/garbled/accept").send().await.refused(404, "not_found");
    admin.delete(&path).send().await.refused(404, "not_found");
    admin.post(&format!("{path}/resend")).send().await.refused(404, "not_found");
    assert_eq!(admin.get("/accounts/members").send().await.ok(), before);
    invite(&admin, "a@x.example", &["member"], &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn token_is_used_once_also_by_many_at_once() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let made = invite(&admin, "mira@studio.example", &["member"], &[]).await;

    let tries = (0..8).map(|_| {
        let (admin, path) = (admin.clone(), accept_path(&made));
        tokio::spawn(async move { admin.post(&path).send().await.status.as_u16() })
    });
    let mut statuses = Vec::new();
    for answer in tries.collect::<Vec<_>>() {
        statuses.push(answer.await.unwrap());
    }

    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
}

#[tokio::test]
async fn token_is_shown_once_and_neither_logged_nor_kept() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let list = json!([{"email": "mira@studio.example"}]);
    let make = || admin.post("/accounts/invites").header("idempotency-key", "make").json(&list);
    let made = make().send().await;
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let made = made.ok()[0].clone();
    let token = text(&made, "token").to_owned();

    make().send().await.refused(409, "secret_shown_once");
    let accept = || admin.post(&accept_path(&made)).header("idempotency-key", "accept");
    let first = accept().send().await.ok();
    let replayed = accept().send().await;

    assert_eq!((replayed.header("idempotency-replayed"), replayed.json()), (Some("true"), first));
    let other = admin.post("/users/invites/mdl_inv_other/accept").header("idempotency-key", "accept");
    other.send().await.refused(422, "idempotency_key_reused");
    for entry in std::fs::read_dir(studio.data()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let holds = bytes.windows(token.len()).any(|window| window == token.as_bytes());
            assert!(!holds, "{}", path.display());
        }
    }
}

#[tokio::test]
async fn people_get_other_roles_within_what_the_caller_has() {
    let studio = Studio::start();
    let owner = studio.key_with(&["owner"]).await;
    let admin = studio.key_with(&["admin"]).await;
    let boss = person(&owner, "boss@x.example", &["owner"], &[]).await;
    let mira = person(&admin, "mira@x.example", &["member"], &[&studio.workspace]).await;
    let (boss, mira) = (format!("/accounts/members/{boss}"), format!("/accounts/members/{mira}"));

    let raised = admin.put(&mira).json(&json!({"roles": ["Admin", "member"]})).send().await.ok();

    assert_eq!(raised["roles"], json!(["admin", "member"]));
    admin.put(&mira).json(&json!({"roles": ["owner"]})).send().await.refused(403, "exceeds_caller");
    admin.put(&boss).json(&json!({"roles": ["member"]})).send().await.refused(403, "exceeds_caller");
    let lowered = owner.put(&boss).json(&json!({"roles": ["member"]})).send().await.ok();
    assert_eq!(lowered["roles"], json!(["member"]));
    assert_eq!(admin.get("/workspaces/members").send().await.ok().as_array().unwrap().len(), 1);
    admin.delete(&mira).send().await.ok_empty(204);
    assert_eq!(admin.get("/workspaces/members").send().await.ok(), json!([]));
    admin.delete(&mira).send().await.refused(404, "not_found");
}
