//! People who sign in: by whom, with what, for how long, and what a session may do. What roles allow is the same as for
//! keys, and in `access`.

mod letters;
mod links;
mod openid;
mod passkeys;
mod times;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Person, Studio};

const EMAIL: &str = "mira@studio.example";

fn without_request_id(mut body: Value) -> Value {
    body["request_id"] = Value::Null;
    body
}

#[tokio::test]
async fn person_signs_in_works_and_signs_out() {
    let studio = Studio::start();
    studio.person(EMAIL, &["owner"]).await;

    let person = Person::of(&studio.base(), studio.sign_in("Mira@Studio.example", PASSWORD).await);
    let again = person.get("/session").send().await.ok();
    let folder = person.post("/workspaces/folders").json(&json!({"path": "/Concepts"})).send().await;
    let signed_out = person.delete("/session").send().await;

    assert_eq!(again, person.session);
    assert_eq!(
        again["accounts"],
        json!([{
            "id": studio.account, "name": "Studio", "roles": ["owner"], "plan": "pro", "suspended": false,
            "workspaces": [{"id": studio.workspace, "name": "Game", "roles": ["admin"]}],
        }])
    );
    assert!(folder.status.is_success(), "{}", folder.text());
    signed_out.ok_empty(204);
    assert!(signed_out.header("set-cookie").unwrap().starts_with("mudlark_session=; Path=/; HttpOnly;"));
    person.get("/session").send().await.refused(401, "invalid_token");
    person.get("/workspaces/folders").send().await.refused(401, "invalid_token");
}

#[tokio::test]
async fn cookie_is_for_the_server_alone_and_behind_https_for_its_host_alone() {
    for (flags, name, last) in [
        (&[][..], "mudlark_session=", "; Max-Age=2592000"),
        (
            &["--public-url", "https://art.studio.example"][..],
            "__Host-mudlark_session=",
            "; Max-Age=2592000; Secure",
        ),
    ] {
        let studio = Studio::start_with(flags);
        let token = crate::support::link_token(&studio.new_member(EMAIL, &["member"]));

        let answer = studio.reset(&token, PASSWORD).await;

        let cookie = answer.header("set-cookie").unwrap().to_owned();
        assert!(cookie.starts_with(&format!("{name}mdl_ses_")), "{cookie}");
        assert!(cookie.ends_with(&format!("; Path=/; HttpOnly; SameSite=Strict{last}")), "{cookie}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        Person::of(&studio.base(), answer).get("/session").send().await.ok();
    }
}

#[tokio::test]
async fn unknown_address_and_wrong_password_are_refused_in_the_same_words() {
    let studio = Studio::start();
    studio.person(EMAIL, &["member"]).await;
    studio.new_member("without@studio.example", &["member"]);

    let wrong = studio.sign_in(EMAIL, "another long river").await.refused(401, "invalid_credentials");
    let unknown = studio.sign_in("nobody@studio.example", PASSWORD).await;
    let without = studio.sign_in("without@studio.example", PASSWORD).await;

    for other in [unknown, without] {
        assert!(other.header("set-cookie").is_none());
        let other = other.refused(401, "invalid_credentials");
        assert_eq!(without_request_id(other), without_request_id(wrong.clone()));
    }
}

#[tokio::test]
async fn failures_in_a_row_are_slowed_down_from_that_address_for_that_person_alone() {
    let studio = Studio::start_with(&["--limit-failures", "2"]);
    studio.person(EMAIL, &["member"]).await;
    studio.person("iris@studio.example", &["member"]).await;

    for _ in 0..2 {
        studio.sign_in(EMAIL, "another long river").await.refused(401, "invalid_credentials");
    }
    let locked = studio.sign_in(EMAIL, PASSWORD).await;

    locked.refused(429, "too_many_requests");
    assert_eq!(locked.header("retry-after"), Some("1"));
    studio.sign_in("iris@studio.example", PASSWORD).await.ok();
}

#[tokio::test]
async fn bad_input_is_refused_before_any_password_is_looked_at() {
    let studio = Studio::start();
    for (body, field) in [
        (json!({"password": PASSWORD}), "email"),
        (json!({"email": EMAIL}), "password"),
        (json!({"email": "no address", "password": PASSWORD}), "email"),
        (json!({"email": EMAIL, "password": 7}), "password"),
    ] {
        let refused = studio.anonymous().post("/session").json(&body).send().await;
        assert_eq!(refused.refused(400, "invalid_input")["fields"][0]["field"], field, "{body}");
    }
    // What stands in the address ends in logs: it is not looked at.
    let in_address = format!("/session?email={EMAIL}&password=x");
    studio.anonymous().post(&in_address).json(&json!({})).send().await.refused(400, "invalid_input");
}

#[tokio::test]
async fn change_without_the_sessions_own_csrf_token_or_from_another_origin_is_refused() {
    let studio = Studio::start();
    let person = studio.person(EMAIL, &["owner"]).await;
    let other = studio.person("iris@studio.example", &["owner"]).await;
    let change = |headers: &[(&str, &str)]| {
        let call = person.bare(Method::POST, "/workspaces/tags").json(&json!({"name": "Hero"}));
        headers.iter().fold(call, |call, (name, value)| call.header(name, value))
    };
    let own = ("x-csrf-token", person.csrf_token());
    let base = studio.base();

    for headers in [
        &[][..],
        &[("x-csrf-token", "")],
        &[("x-csrf-token", other.csrf_token())],
        &[own, own],
        &[own, ("origin", "https://evil.example")],
        &[own, ("origin", "null")],
        &[own, ("sec-fetch-site", "cross-site")],
        &[own, ("sec-fetch-site", "same-site")],
    ] {
        let refused = change(headers).send().await;
        refused.refused(403, "csrf_refused");
    }
    let read = person.bare(Method::GET, "/workspaces/tags").send().await.ok();
    assert_eq!(read, json!([]));
    change(&[own, ("origin", base.as_str()), ("sec-fetch-site", "same-origin")]).send().await.ok();
    let elsewhere = [("origin", "https://evil.example")];
    for path in ["/session", "/session/reset", "/session/welcome", "/session/join"] {
        let call = studio.anonymous().post(path).json(&json!({}));
        let call = elsewhere.iter().fold(call, |call, (name, value)| call.header(name, value));
        call.send().await.refused(403, "csrf_refused");
    }
}

#[tokio::test]
async fn token_beside_the_cookie_is_what_counts() {
    let studio = Studio::start();
    let person = studio.person(EMAIL, &["owner"]).await;
    let key = studio.new_key(&["viewer"]);
    let token = format!("Bearer {}", studio.token_of(&key).await);
    let with = |authorization: &str, method: Method, path: &str| {
        person.bare(method, path).header("authorization", authorization)
    };

    let garbled = with("Bearer e30.e30.e30", Method::GET, "/users").send().await;
    let change = with(&token, Method::POST, "/workspaces/tags").json(&json!({"name": "Hero"})).send().await;
    let session = with(&token, Method::GET, "/session").send().await;

    garbled.refused(401, "invalid_token");
    change.refused(403, "role_missing");
    session.refused(403, "session_required");
}

#[tokio::test]
async fn session_of_another_installation_or_one_shown_twice_is_refused() {
    let (studio, other) = (Studio::start(), Studio::start());
    let person = studio.person(EMAIL, &["owner"]).await;

    person.at(&other.base()).get("/session").send().await.refused(401, "invalid_token");
    for cookie in ["mudlark_session=", "mudlark_session=mdl_ses_x", &format!("{0}; {0}", person.cookie)] {
        let shown = Person { cookie: cookie.to_owned(), ..person.clone() };
        shown.get("/session").send().await.refused(401, "invalid_token");
    }
    person.get("/session").send().await.ok();
}

#[tokio::test]
async fn role_that_is_taken_away_counts_on_the_next_request() {
    let studio = Studio::start();
    let owner = studio.key_with(&["owner"]).await;
    let person = studio.person(EMAIL, &["admin", "manage_art"]).await;
    let tag = |name: &str| person.post("/workspaces/tags").json(&json!({"name": name}));
    let member = format!("/workspaces/members/{}", person.id());
    tag("Hero").send().await.ok();
    person.get("/accounts/audit?limit=1").send().await.ok();

    owner.post(&member).json(&json!({"roles": ["viewer"]})).send().await.ok();
    tag("Robot").send().await.refused(403, "role_missing");
    owner.delete(&member).send().await.ok_empty(204);
    person.get("/workspaces/tags").send().await.refused(403, "workspace_forbidden");
    let in_account = format!("/accounts/members/{}", person.id());
    owner.put(&in_account).json(&json!({"roles": ["member"]})).send().await.ok();
    person.get("/accounts/audit?limit=1").send().await.refused(403, "role_missing");
    owner.delete(&in_account).send().await.ok_empty(204);

    person.get("/accounts/members").send().await.refused(403, "account_mismatch");
    assert_eq!(person.get("/session").send().await.ok()["accounts"], json!([]));
}

#[tokio::test]
async fn person_makes_a_workspace_and_a_key_for_it_and_is_let_in_at_once() {
    let studio = Studio::start();
    let person = studio.person(EMAIL, &["owner"]).await;

    let made = person.post("/workspaces?name=Second").send().await.ok();
    let second = Person { workspace: made["id"].as_str().map(str::to_owned), ..person.clone() };
    let request = json!({"name": "bot", "roles": ["manage_art"], "workspace_ids": [made["id"]]});
    let key = person.post("/accounts/api-keys").json(&request).send().await;

    second.post("/workspaces/tags").json(&json!({"name": "Hero"})).send().await.ok();
    assert_eq!(key.status, 201, "{}", key.text());
    // Beyond what a person has: their workspaces are named ones.
    let everywhere = json!({"name": "bot", "roles": ["manage_art"]});
    person.post("/accounts/api-keys").json(&everywhere).send().await.refused(403, "exceeds_caller");
}

#[tokio::test]
async fn person_sees_their_sessions_and_ends_one_but_nobody_elses() {
    let studio = Studio::start();
    let first = studio.person(EMAIL, &["owner"]).await;
    let second = Person::of(&studio.base(), studio.sign_in(EMAIL, PASSWORD).await);
    let other = studio.person("iris@studio.example", &["owner"]).await;

    let listed = second.get("/session/list").send().await.ok();
    let path = format!("/session/list/{}", listed[0]["id"].as_str().unwrap());
    let current: Vec<_> = listed.as_array().unwrap().iter().map(|row| row["current"] == true).collect();
    assert_eq!(current, [false, true]);
    assert_eq!(listed[1]["address"], "127.0.0.1");
    other.delete(&path).send().await.refused(404, "not_found");
    first.get("/session").send().await.ok();

    second.delete(&path).send().await.ok_empty(204);

    first.get("/session").send().await.refused(401, "invalid_token");
    second.get("/session").send().await.ok();
    assert_eq!(studio.admin(&["user", "sign-out", "--email", EMAIL])["ended_sessions"], 1);
    second.get("/session").send().await.refused(401, "invalid_token");
}

#[tokio::test]
async fn passwords_cookies_and_links_are_in_no_log_audit_or_refusal() {
    let folder = tempfile::TempDir::new().unwrap();
    let (data, log) = (folder.path().join("data"), folder.path().join("log"));
    let account = crate::support::admin(&data, &["account", "create", "--name", "Studio", "--plan", "pro"]);
    let account = crate::support::text(&account, "id");
    let user =
        ["user", "create", "--account", account, "--email", EMAIL, "--name", "Mira", "--role", "owner"];
    let link = crate::support::link_token(&crate::support::admin(&data, &user));
    let mut command = crate::support::program_command(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--log",
        "trace",
        "--log-format",
        "json",
    ]);
    crate::support::use_data(&mut command, &data).stderr(std::fs::File::create(&log).unwrap());
    let mut program = crate::support::Program::spawn(command);
    let nobody = crate::support::Actor::anonymous(program.base());

    let reset = json!({"token": link, "password": PASSWORD});
    let person = Person::of(program.base(), nobody.post("/session/reset").json(&reset).send().await);
    let again = nobody.post("/session/reset").json(&reset).send().await;
    let wrong = json!({"email": EMAIL, "password": "another long river"});
    let refused = nobody.post("/session").json(&wrong).header("user-agent", &link).send().await;
    person.bare(Method::POST, "/workspaces/tags").send().await.refused(403, "csrf_refused");
    person.delete("/session").send().await.ok_empty(204);
    program.terminate();
    program.wait();

    let trail = crate::support::admin(&data, &["audit", "list"]).to_string();
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("\"/session/reset\""), "the log is there: {log}");
    for action in
        ["password_link.created", "password.reset", "session.refused", "request.refused", "session.ended"]
    {
        assert!(trail.contains(action), "{action} is not in the trail: {trail}");
    }
    let cookie = person.cookie.split_once('=').unwrap().1;
    let said = [again.text(), refused.text()].concat();
    for secret in [PASSWORD, "another long river", &link, cookie, person.csrf_token()] {
        for place in [&log, &trail, &said] {
            assert!(!place.contains(secret), "{secret} is in {place}");
        }
    }
}
