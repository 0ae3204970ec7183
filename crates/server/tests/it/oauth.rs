//! `POST /oauth/token` and its discovery: stock clients use them as they are, and every refusal has the RFC's words.
//! *Source*: RFC 6749, RFC 8414.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Actor, Answer, Program, Studio, admin, run_node, run_python};

const FORM: &str = "application/x-www-form-urlencoded";
const GRANT: &str = "grant_type=client_credentials";

fn basic(key: &Value) -> String {
    let pair = format!("{}:{}", key["key"].as_str().unwrap(), key["secret"].as_str().unwrap());
    format!("Basic {}", BASE64_STANDARD.encode(pair))
}

fn in_form(key: &Value) -> String {
    format!("client_id={}&client_secret={}", key["key"].as_str().unwrap(), key["secret"].as_str().unwrap())
}

async fn ask(nobody: &Actor, authorization: Option<&str>, body: &str) -> Answer {
    let mut call = nobody.post("/oauth/token").header("content-type", FORM).body(body.to_owned());
    if let Some(value) = authorization {
        call = call.header("authorization", value);
    }
    call.send().await
}

#[track_caller]
fn assert_not_to_be_kept(answer: &Answer) {
    assert_eq!(
        (answer.header("cache-control"), answer.header("pragma")),
        (Some("no-store"), Some("no-cache"))
    );
}

/// What a client has printed, which is JSON.
fn printed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[tokio::test]
async fn stock_client_of_python_finds_the_server_and_uses_its_token() {
    let studio = Studio::start();
    let key = studio.new_key(&["viewer"]);
    let (id, secret) = (key["key"].as_str().unwrap(), key["secret"].as_str().unwrap());
    for method in ["client_secret_basic", "client_secret_post"] {
        let args = [&studio.base(), id, secret, &studio.account, method];

        let seen = printed(&run_python("authlib_client.py", &args));

        assert_eq!((&seen["status"], &seen["body"][0]["id"]), (&json!(200), &json!(studio.account)));
        assert_eq!(seen["token"]["token_type"], "Bearer");
    }
}

#[tokio::test]
async fn stock_client_of_node_finds_the_server_and_uses_its_token() {
    let studio = Studio::start();
    let key = studio.new_key(&["viewer"]);
    let (id, secret) = (key["key"].as_str().unwrap(), key["secret"].as_str().unwrap());
    for method in ["client_secret_basic", "client_secret_post"] {
        let args = [&studio.base(), id, secret, &studio.account, method];

        let seen = printed(&run_node("openid_client.cjs", &args));

        assert_eq!((&seen["status"], &seen["body"][0]["id"]), (&json!(200), &json!(studio.account)));
        assert_eq!(
            (&seen["issuer"], &seen["token"]["token_type"]),
            (&json!(studio.base()), &json!("Bearer"))
        );
    }
}

#[tokio::test]
async fn credentials_in_either_place_get_the_token_of_the_rfc() {
    let studio = Studio::start();
    let key = studio.new_key(&["viewer"]);
    let nobody = studio.anonymous();
    for (authorization, body) in [
        (Some(basic(&key)), GRANT.to_owned()),
        (None, format!("{GRANT}&{}", in_form(&key))),
        (Some(basic(&key)), format!("{GRANT}&scope=assets:read+users:read&audience=anything&resource=x")),
    ] {
        let answer = ask(&nobody, authorization.as_deref(), &body).await;

        assert_not_to_be_kept(&answer);
        let token = answer.ok();
        let members: Vec<&str> = token.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["access_token", "expires_in", "scope", "token_type"]);
        assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("Bearer"), &json!(3600)));
        let scopes: Vec<&str> = token["scope"].as_str().unwrap().split(' ').collect();
        assert!(scopes.contains(&"assets:read") && scopes.contains(&"keys:admin"), "{scopes:?}");
        nobody.with_token(token["access_token"].as_str()).get("/users").send().await.ok();
    }
    let versioned = nobody.post("/v1/oauth/token").header("content-type", FORM);
    versioned.header("authorization", &basic(&key)).body(GRANT).send().await.ok();
}

#[tokio::test]
async fn narrowed_key_is_told_its_scopes_and_refused_others() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let account = admin(&data, &["account", "create", "--name", "S", "--plan", "pro"]);
    let scopes = ["--role", "admin", "--scope", "users:read", "--scope", "assets:read"];
    let create = ["key", "create", "--account", account["id"].as_str().unwrap(), "--name", "narrow"];
    let key = admin(&data, &[&create[..], &scopes].concat());
    let program = Program::start_on(&data, &[]);
    let nobody = Actor::anonymous(program.base());
    for body in [GRANT.to_owned(), format!("{GRANT}&scope=users:read"), format!("{GRANT}&scope=")] {
        let token = ask(&nobody, Some(&basic(&key)), &body).await.ok();
        let mut scopes: Vec<&str> = token["scope"].as_str().unwrap().split(' ').collect();
        scopes.sort_unstable();
        assert_eq!(scopes, ["assets:read", "users:read"], "{body}");
    }
    let body = format!("{GRANT}&scope=users:read%20assets:write");
    let refused = ask(&nobody, Some(&basic(&key)), &body).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["error"]), (400, &json!("invalid_scope")));
    assert!(refused.text().contains("assets:write"), "{}", refused.text());
}

#[tokio::test]
async fn refusals_have_the_words_of_the_rfc_and_ours() {
    let studio = Studio::start();
    let key = studio.new_key(&["viewer"]);
    let nobody = studio.anonymous();
    let (good, form) = (basic(&key), in_form(&key));
    let wrong = basic(&json!({"key": key["key"], "secret": "mdl_sec_wrong"}));
    let unknown = format!("{GRANT}&client_id=mdl_key_0000000000000000000000&client_secret=x");
    let (client, request) = ("invalid_client", "invalid_request");
    for (authorization, body, status, error, code) in [
        (Some(&wrong), GRANT.to_owned(), 401, client, "invalid_credentials"),
        (None, unknown, 401, client, "invalid_credentials"),
        (None, GRANT.into(), 401, client, "invalid_credentials"),
        (Some(&"Bearer x".to_owned()), GRANT.into(), 401, client, "invalid_credentials"),
        (Some(&good), format!("{GRANT}&{form}"), 400, request, "invalid_input"),
        (Some(&good), format!("{GRANT}&{GRANT}"), 400, request, "invalid_input"),
        (Some(&good), format!("{GRANT}&scope=users:read&scope=users:read"), 400, request, "invalid_input"),
        (Some(&good), String::new(), 400, request, "invalid_input"),
        (Some(&good), format!("{GRANT}&x=%ff"), 400, request, "body_malformed"),
        (Some(&good), "x".repeat(2 << 20), 413, request, "body_too_large"),
        (Some(&good), "grant_type=password".into(), 400, "unsupported_grant_type", "unsupported_grant_type"),
        (Some(&good), format!("{GRANT}&scope=all"), 400, "invalid_scope", "invalid_scope"),
    ] {
        let answer = ask(&nobody, authorization.map(String::as_str), &body).await;

        let seen = answer.json();
        assert_eq!(answer.status.as_u16(), status, "{seen}");
        assert_eq!((seen["error"].as_str(), seen["code"].as_str()), (Some(error), Some(code)), "{seen}");
        assert_eq!(seen["request_id"].as_str(), answer.header("x-request-id"));
        assert!(seen["message"].as_str().is_some_and(|text| !text.is_empty()), "{seen}");
        let description = seen["error_description"].as_str().unwrap();
        assert!(description.chars().all(|c| matches!(c, ' '..='~') && !"\"\\".contains(c)), "{description}");
        let challenge = (status == 401).then_some(r#"Basic realm="mudlark""#);
        assert_eq!(answer.header("www-authenticate"), challenge, "{seen}");
        assert_not_to_be_kept(&answer);
        assert!(!answer.text().contains("mdl_sec_"), "{seen}");
    }
    let json = nobody.post("/oauth/token").json(&json!({"grant_type": "client_credentials"})).send().await;
    assert_eq!((json.status.as_u16(), &json.json()["error"]), (400, &json!("invalid_request")));
    let twice = nobody.post("/oauth/token").header("content-type", FORM).body(GRANT);
    let twice = twice.header("authorization", &good).header("authorization", &good).send().await;
    assert_eq!((twice.status.as_u16(), &twice.json()["error"]), (400, &json!("invalid_request")));
    // Credentials in the address are not looked at: addresses end in logs.
    let in_query =
        nobody.post(&format!("/oauth/token?{GRANT}&{form}")).header("content-type", FORM).body(GRANT);
    assert_eq!(in_query.send().await.status.as_u16(), 401);
}

#[tokio::test]
async fn unknown_key_and_wrong_secret_get_one_and_the_same_answer() {
    let studio = Studio::start();
    let (key, revoked) = (studio.new_key(&["viewer"]), studio.new_key(&["viewer"]));
    studio.admin(&["key", "revoke", revoked["key"].as_str().unwrap()]);
    let mut seen = Vec::new();
    for credentials in [
        json!({"key": "mdl_key_0000000000000000000000", "secret": key["secret"]}),
        json!({"key": key["key"], "secret": revoked["secret"]}),
        json!({"key": "k".repeat(600), "secret": "s"}),
        revoked.clone(),
    ] {
        let answer = ask(&studio.anonymous(), Some(&basic(&credentials)), GRANT).await;
        let mut body = answer.json();
        body["request_id"] = Value::Null;
        seen.push((answer.status.as_u16(), body));
    }
    assert!(seen.iter().all(|answer| *answer == seen[0]) && seen[0].0 == 401, "{seen:?}");
}

#[tokio::test]
async fn failures_count_together_with_those_of_the_other_endpoint() {
    let studio = Studio::start();
    let (attacked, other) = (studio.new_key(&["viewer"]), studio.new_key(&["viewer"]));
    let nobody = studio.anonymous();
    for _ in 0..5 {
        let guess = json!({"key": attacked["key"], "secret": "guess"});
        nobody.post("/auth/token").json(&guess).send().await;
    }

    let guess = json!({"key": attacked["key"], "secret": "guess"});
    let mut answers = Vec::new();
    for _ in 0..2 {
        answers.push(ask(&nobody, Some(&basic(&guess)), GRANT).await);
    }

    let slowed = answers.last().unwrap();
    assert_eq!((slowed.status.as_u16(), &slowed.json()["code"]), (429, &json!("too_many_requests")));
    assert!(slowed.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    ask(&nobody, Some(&basic(&other)), GRANT).await.ok();
}

#[tokio::test]
async fn plan_without_the_api_and_suspension_are_403() {
    let studio = Studio::start();
    let key = studio.new_key(&["admin"]);
    for (command, error, code) in [
        (
            vec!["account", "set-plan", &studio.account, "team"],
            "unauthorized_client",
            "plan_without_api_access",
        ),
        (vec!["account", "suspend", &studio.account], "access_denied", "account_suspended"),
    ] {
        studio.admin(&command);
        let answer = ask(&studio.anonymous(), Some(&basic(&key)), GRANT).await;
        let seen = answer.json();
        assert_eq!(answer.status.as_u16(), 403, "{seen}");
        assert_eq!((seen["error"].as_str(), seen["code"].as_str()), (Some(error), Some(code)));
    }
}

#[tokio::test]
async fn discovery_names_the_issuer_that_tokens_name() {
    let studio = Studio::start_with(&["--public-url", "https://art.studio.example/"]);
    let key = studio.new_key(&["viewer"]);
    let metadata = studio.anonymous().get("/.well-known/oauth-authorization-server").send().await.ok();
    let expected = json!({
        "issuer": "https://art.studio.example",
        "token_endpoint": "https://art.studio.example/oauth/token",
        "jwks_uri": "https://art.studio.example/.well-known/jwks.json",
        "revocation_endpoint": "https://art.studio.example/auth/revoke",
        "scopes_supported": metadata["scopes_supported"],
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "service_documentation": "https://art.studio.example/docs",
    });
    assert_eq!(metadata, expected);

    let token = ask(&studio.anonymous(), Some(&basic(&key)), GRANT).await.ok();
    let claims = token["access_token"].as_str().unwrap().split('.').nth(1).unwrap().to_owned();
    let claims: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    assert_eq!(claims["iss"], metadata["issuer"]);
}

#[tokio::test]
async fn discovery_names_every_scope_and_the_address_it_was_asked_at() {
    let studio = Studio::start();
    let metadata = studio.anonymous().get("/.well-known/oauth-authorization-server").send().await.ok();
    assert_eq!(metadata["issuer"], json!(studio.base()));
    let document = studio.anonymous().get("/openapi.json").send().await.ok();
    let listed: Vec<&str> =
        metadata["scopes_supported"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for operation in
        document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values())
    {
        if let Some(scope) = operation["x-scope"].as_str() {
            assert!(listed.contains(&scope), "{scope}");
        }
    }
}
