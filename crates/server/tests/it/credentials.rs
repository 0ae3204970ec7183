//! Tokens as the server meets them: expired, forged, revoked, and what lies on disk of keys.

use std::os::unix::fs::PermissionsExt;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use mudlark_server::Clock;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Studio};

/// A moment that every clock here starts at. *Units*: Unix milliseconds.
const START_MS: i64 = 1_800_000_000_000;

fn assert_refused_as_documented(answer: &Answer, what: &str) {
    let mut body = answer.refused(401, "invalid_token");
    body["request_id"] = Value::Null;
    let documented = json!({
        "error": "Unauthorized", "message": "Invalid or expired token", "code": "invalid_token", "request_id": null,
    });
    assert_eq!(body, documented, "{what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expired_token_is_refused_as_documented() {
    let clock = Clock::fixed(START_MS);
    let studio = Studio::start_in_process(&clock).await;
    let actor = studio.key_with(&["viewer"]).await;
    actor.get("/users").send().await.ok();
    clock.advance_ms(3_600_000 - 1);
    actor.get("/users").send().await.ok();
    clock.advance_ms(10_000);
    let answer = actor.get("/users").send().await;
    assert_refused_as_documented(&answer, "expired");
    assert_eq!(answer.header("www-authenticate"), Some(r#"Bearer realm="mudlark", error="invalid_token""#));
}

#[tokio::test]
async fn missing_token_and_wrong_schemes_are_refused_as_documented() {
    let studio = Studio::start();
    let actor = studio.key_with(&["viewer"]).await;
    let token = actor.token.clone().unwrap();
    let answer = studio.anonymous().get("/users").send().await;
    assert_refused_as_documented(&answer, "none");
    assert_eq!(answer.header("www-authenticate"), Some(r#"Bearer realm="mudlark""#));
    for authorization in ["", "Bearer", "Bearer ", "Basic abc", token.as_str(), &format!("Token {token}")] {
        let answer = studio.anonymous().get("/users").header("authorization", authorization).send().await;
        assert_refused_as_documented(&answer, authorization);
    }
    let twice = actor.get("/users").header("authorization", &format!("Bearer {token}")).send().await;
    assert_refused_as_documented(&twice, "given twice");
    let in_query = studio.anonymous().get(&format!("/users?access_token={token}&token={token}")).send().await;
    assert_refused_as_documented(&in_query, "in the query");
    for scheme in ["bearer", "BEARER", "bEaReR"] {
        studio
            .anonymous()
            .get("/users")
            .header("authorization", &format!("{scheme} {token}"))
            .send()
            .await
            .ok();
    }
}

/// A token with these parts, each encoded.
fn token(header: &Value, claims: &Value, signature: &[u8]) -> String {
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    format!(
        "{}.{}.{}",
        encode(header.to_string().as_bytes()),
        encode(claims.to_string().as_bytes()),
        encode(signature)
    )
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn forged_and_altered_tokens_are_refused_as_documented() {
    let studio = Studio::start();
    let actor = studio.key_with(&["viewer"]).await;
    let good = actor.token.clone().unwrap();
    let parts: Vec<&str> = good.split('.').collect();
    let (header, claims) = (decoded(parts[0]), decoded(parts[1]));
    let signature = BASE64_URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
    let with = |object: &Value, name: &str, value: Value| {
        let mut object = object.clone();
        object[name] = value;
        object
    };
    let hmac_key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"public key as a secret");
    let hs256 = with(&header, "alg", json!("HS256"));
    let unsigned = token(&hs256, &claims, b"");
    let hs256_tag = aws_lc_rs::hmac::sign(&hmac_key, unsigned.trim_end_matches('.').as_bytes());
    let rows = [
        ("claims altered", token(&header, &with(&claims, "exp", json!(9_999_999_999_i64)), &signature)),
        ("alg none", token(&with(&header, "alg", json!("none")), &claims, b"")),
        ("alg NoNe", token(&with(&header, "alg", json!("NoNe")), &claims, b"")),
        ("HS256", token(&hs256, &claims, hs256_tag.as_ref())),
        ("unknown kid", token(&with(&header, "kid", json!("../../etc/passwd")), &claims, &signature)),
        ("jku", token(&with(&header, "jku", json!("http://127.0.0.1:9/jwks")), &claims, &signature)),
        ("crit", token(&with(&header, "crit", json!(["exp"])), &claims, &signature)),
        ("typ JWT", token(&with(&header, "typ", json!("JWT")), &claims, &signature)),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("five parts", format!("{good}.a.b")),
        ("padded", format!("{good}=")),
        (
            "JSON serialisation",
            json!({"payload": parts[1], "protected": parts[0], "signature": parts[2]}).to_string(),
        ),
        ("endless", format!("{good}{}", "a".repeat(5000))),
    ];
    for (what, forged) in rows {
        let answer = actor.with_token(Some(&forged)).get("/users").send().await;
        assert_refused_as_documented(&answer, what);
    }
    actor.get("/users").send().await.ok();
}

#[tokio::test]
async fn revoked_key_is_refused_by_the_very_next_request() {
    let studio = Studio::start();
    let key = studio.new_key(&["admin"]);
    let actor = studio.actor_of(&key).await;
    actor.get("/users").send().await.ok();
    let revoked = studio.admin(&["key", "revoke", key["key"].as_str().unwrap()]);
    assert_eq!(revoked["state"], "revoked");
    assert_refused_as_documented(&actor.get("/users").send().await, "revoked");
    // Revoking it once more is no error.
    studio.admin(&["key", "revoke", key["key"].as_str().unwrap()]);
}

#[tokio::test]
async fn published_keys_check_a_token_and_outlive_a_restart() {
    let mut studio = Studio::start();
    let actor = studio.key_with(&["viewer"]).await;
    let good = actor.token.clone().unwrap();
    let jwks = studio.anonymous().get("/.well-known/jwks.json").send().await.ok();
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let header = decoded(signed.split('.').next().unwrap());
    assert_eq!((header["alg"].as_str(), header["typ"].as_str()), (Some("ES256"), Some("at+jwt")));
    let jwk =
        jwks["keys"].as_array().unwrap().iter().find(|jwk| jwk["kid"] == header["kid"]).expect("its key");
    let coordinate = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
    key.verify(signed.as_bytes(), &signature).expect("the published key verifies the token");
    let thumbprint = format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, jwk["x"], jwk["y"]);
    let thumbprint = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, thumbprint.as_bytes());
    assert_eq!(header["kid"], BASE64_URL_SAFE_NO_PAD.encode(thumbprint), "RFC 7638");

    let data = studio.data();
    studio.program().kill();
    *studio.program() = crate::support::Program::start_on(&data, &[]);
    let again = Actor { base: studio.base(), ..actor };
    again.get("/users").send().await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claims_hold_what_does_not_change_and_nothing_else() {
    let clock = Clock::fixed(START_MS);
    let studio = Studio::start_in_process(&clock).await;
    let key = studio.new_key(&["owner"]);
    let good = studio.token_of(&key).await;
    let claims = decoded(good.split('.').nth(1).unwrap());
    let names: Vec<&str> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["account_id", "aud", "client_id", "ep", "exp", "iat", "iss", "jti", "sub", "sv", "uid"]
    );
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
    assert_eq!((&claims["sub"], &claims["client_id"]), (&key["key"], &key["key"]));
}

#[tokio::test]
async fn neither_secret_nor_private_key_lies_on_disk_in_clear() {
    let studio = Studio::start();
    let key = studio.new_key(&["viewer"]);
    studio.token_of(&key).await;
    let secret = key["secret"].as_str().unwrap().as_bytes();
    // What every PKCS#8 private key of this curve begins with after its header: the curve's object identifier.
    let pkcs8_mark = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    let mut files = 0;
    for entry in std::fs::read_dir(studio.data()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            files += 1;
            assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{}", path.display());
            assert!(
                !bytes.windows(pkcs8_mark.len()).any(|window| window == pkcs8_mark),
                "{}",
                path.display()
            );
        }
    }
    // On PostgreSQL the database lies elsewhere, and holds the same rows.
    let expected = if crate::support::database_of(&studio.data()).is_some() { 1 } else { 3 };
    assert!(files >= expected, "database, log and secrets were looked at");
    let mode = std::fs::metadata(studio.data().join("secrets.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "only its owner may read the secrets file");
}

#[tokio::test]
async fn plan_and_suspension_count_from_the_next_request_on() {
    let studio = Studio::start();
    let key = studio.new_key(&["admin"]);
    let actor = studio.actor_of(&key).await;
    let credentials = json!({"key": key["key"], "secret": key["secret"]});
    let ask = || studio.anonymous().post("/auth/token").json(&credentials);
    for (command, code) in [
        (vec!["account", "set-plan", &studio.account, "team"], Some("plan_without_api_access")),
        (vec!["account", "set-plan", &studio.account, "enterprise"], None),
        (vec!["account", "set-plan", &studio.account, "personal"], Some("plan_without_api_access")),
        (vec!["account", "set-plan", &studio.account, "pro"], None),
        (vec!["account", "suspend", &studio.account], Some("account_suspended")),
        (vec!["account", "resume", &studio.account], None),
    ] {
        studio.admin(&command);
        let (token, request) = (ask().send().await, actor.get("/accounts").send().await);
        let users = actor.get("/users").send().await;
        match code {
            Some(code) => {
                for answer in [token, request, users] {
                    assert_eq!(answer.refused(403, code)["error"], "Forbidden", "{command:?}");
                }
            }
            None => {
                for answer in [token, request, users] {
                    answer.ok();
                }
            }
        }
    }
    // A wrong secret is not told of the plan.
    studio.admin(&["account", "set-plan", &studio.account, "team"]);
    let wrong = json!({"key": key["key"], "secret": "wrong"});
    studio.anonymous().post("/auth/token").json(&wrong).send().await.refused(401, "invalid_credentials");
}
