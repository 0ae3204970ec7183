//! Links that are good for one password, invites that are accepted by people who are new, and passwords that change.

use serde_json::json;
use tempfile::TempDir;

use super::EMAIL;
use crate::support::{PASSWORD, Person, Program, Studio, admin, admin_failing, link_token, text};

const OTHER: &str = "another, even longer river";

#[tokio::test]
async fn link_is_good_once_also_for_two_who_come_at_once() {
    let studio = Studio::start();
    let token = link_token(&studio.new_member(EMAIL, &["member"]));

    let (one, other) = tokio::join!(studio.reset(&token, PASSWORD), studio.reset(&token, OTHER));

    let statuses = [one.status.as_u16(), other.status.as_u16()];
    assert!(statuses == [200, 404] || statuses == [404, 200], "{statuses:?}");
    studio.reset(&token, PASSWORD).await.refused(404, "not_found");
}

#[tokio::test]
async fn weak_password_is_refused_and_does_not_use_the_link_up() {
    let studio = Studio::start();
    let token = link_token(&studio.new_member(EMAIL, &["member"]));

    for weak in ["short", "aaaaaaaaaaaaaaaa", EMAIL] {
        let refused = studio.reset(&token, weak).await.refused(400, "invalid_input");
        assert_eq!(refused["fields"][0]["field"], "password", "{weak}");
    }

    studio.reset(&token, PASSWORD).await.ok();
}

#[tokio::test]
async fn newer_link_takes_the_place_of_one_before_and_ends_sessions_when_it_is_used() {
    let studio = Studio::start();
    let person = studio.person(EMAIL, &["member"]).await;

    let older = link_token(&studio.admin(&["user", "link", "--email", EMAIL]));
    let newer = link_token(&studio.admin(&["user", "link", "--email", EMAIL]));
    studio.reset(&older, OTHER).await.refused(404, "not_found");
    person.get("/session").send().await.ok();
    studio.reset(&newer, OTHER).await.ok();

    person.get("/session").send().await.refused(401, "invalid_token");
    studio.sign_in(EMAIL, PASSWORD).await.refused(401, "invalid_credentials");
    studio.sign_in(EMAIL, OTHER).await.ok();
}

#[tokio::test]
async fn changed_password_ends_the_other_sessions_and_needs_the_one_before() {
    let studio = Studio::start();
    let other = studio.person(EMAIL, &["member"]).await;
    let person = Person::of(&studio.base(), studio.sign_in(EMAIL, PASSWORD).await);
    let change = |current: &str, new: &str| {
        person.post("/session/password").json(&json!({"current_password": current, "new_password": new}))
    };

    change(OTHER, OTHER).send().await.refused(401, "invalid_credentials");
    let weak = change(PASSWORD, "short").send().await.refused(400, "invalid_input");
    change(PASSWORD, OTHER).send().await.ok_empty(204);

    assert_eq!(weak["fields"][0]["field"], "new_password");
    other.get("/session").send().await.refused(401, "invalid_token");
    person.get("/session").send().await.ok();
    studio.sign_in(EMAIL, PASSWORD).await.refused(401, "invalid_credentials");
}

#[tokio::test]
async fn admin_makes_a_link_for_a_member_but_for_nobody_who_may_do_more() {
    let studio = Studio::start();
    let (member, owner) =
        (studio.new_member(EMAIL, &["member", "viewer"]), studio.new_member("o@studio.example", &["owner"]));
    let key = studio.key_with(&["admin"]).await;
    let me = text(&key.get("/users").send().await.ok(), "id").to_owned();
    let make = |id: &str| key.post(&format!("/accounts/members/{id}/password-link"));

    let made = make(text(&member, "id")).send().await;

    assert_eq!(made.header("cache-control"), Some("no-store"));
    let made = made.ok();
    assert!(text(&made, "link").starts_with(&format!("{}/console/reset#mdl_lnk_", studio.base())), "{made}");
    studio.reset(&link_token(&made), PASSWORD).await.ok();
    make(text(&owner, "id")).send().await.refused(403, "exceeds_caller");
    make(&me).send().await.refused(409, "conflict");
    make("0198c0de-0000-7000-8000-00000000dead").send().await.refused(404, "not_found");
}

#[tokio::test]
async fn admin_makes_no_link_for_somebody_who_belongs_to_another_account_too() {
    let studio = Studio::start();
    let member = studio.new_member(EMAIL, &["member"]);
    let key = studio.key_with(&["owner"]).await;
    let path = format!("/accounts/members/{}/password-link", text(&member, "id"));
    let made = link_token(&key.post(&path).send().await.ok());
    let other = studio.admin(&["account", "create", "--name", "Other", "--plan", "pro"]);
    let invite = json!([{"email": EMAIL, "roles": ["member"]}]);
    let stranger =
        studio.actor_of(&crate::support::new_key(&studio.data(), text(&other, "id"), &["owner"])).await;
    let invited = stranger.post("/accounts/invites").json(&invite).send().await.ok();
    let accept = format!("/users/invites/{}/accept", text(&invited[0], "token"));
    stranger.post(&accept).send().await.ok();

    key.post(&path).send().await.refused(409, "conflict");
    // Nor is one good that was made before.
    studio.reset(&made, PASSWORD).await.refused(404, "not_found");
}

#[tokio::test]
async fn invited_stranger_joins_with_a_password_and_nobody_who_is_known_does() {
    let studio = Studio::start();
    let owner = studio.key_with(&["owner"]).await;
    let invite = async |email: &str| {
        let invite =
            json!([{"email": email, "roles": ["member", "viewer"], "workspace_ids": [studio.workspace]}]);
        let made = owner.post("/accounts/invites").json(&invite).send().await.ok();
        text(&made[0], "token").to_owned()
    };
    let join = async |token: &str, password: &str| {
        let body = json!({"token": token, "name": "Iris", "password": password});
        studio.anonymous().post("/session/join").json(&body).send().await
    };
    let other = studio.admin(&["account", "create", "--name", "Other", "--plan", "pro"]);
    let elsewhere = ["user", "create", "--account", text(&other, "id"), "--email", "known@studio.example"];
    studio.admin(&[&elsewhere[..], &["--name", "Known", "--role", "owner"]].concat());
    let token = invite(EMAIL).await;

    join(&token, "short").await.refused(400, "invalid_input");
    let (one, two) = tokio::join!(join(&token, PASSWORD), join(&token, OTHER));
    let known = join(&invite("known@studio.example").await, PASSWORD).await;

    let (joined, late) = if one.status == 200 { (one, two) } else { (two, one) };
    assert_eq!(late.status, 409, "{}", late.text());
    let joined = Person::of(&studio.base(), joined);
    assert_eq!(joined.session["user"]["name"], "Iris");
    joined.get("/workspaces/folders").send().await.ok();
    known.refused(409, "conflict");
    join("mdl_inv_x", PASSWORD).await.refused(404, "not_found");
}

#[tokio::test]
async fn first_owner_comes_by_one_link_alone() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let links = [(); 2].map(|()| link_token(&admin(&data, &["user", "welcome"])));
    let program = Program::start_on(&data, &[]);
    let nobody = crate::support::Actor::anonymous(program.base());
    let welcome = async |token: &str, password: &str| {
        let body = json!({"token": token, "name": "Mira", "email": EMAIL, "password": password, "account_name": "Low Tide"});
        nobody.post("/session/welcome").json(&body).send().await
    };

    welcome(&links[0], "short").await.refused(400, "invalid_input");
    let (one, two) = tokio::join!(welcome(&links[0], PASSWORD), welcome(&links[1], PASSWORD));

    let (first, late) = if one.status == 200 { (one, two) } else { (two, one) };
    late.refused(404, "not_found");
    let first = Person::of(program.base(), first);
    assert_eq!(first.session["accounts"][0]["name"], "Low Tide");
    assert_eq!(first.session["accounts"][0]["roles"], json!(["owner"]));
    first.post("/workspaces?name=Game").send().await.ok();
    assert!(admin_failing(&data, &["user", "welcome"]).contains("has accounts already"));
}
