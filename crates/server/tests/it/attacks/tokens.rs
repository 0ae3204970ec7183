//! Tokens as attackers make them; where it can be, with a good signature by the server's own key, so that only the
//! strict layer stands between the token and acceptance.

use std::net::TcpListener;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use mudlark_auth::Vault;
use serde_json::{Map, Value, json};

use super::assert_unauthorized;
use crate::support::{Actor, Studio};

/// A studio, a good token of it, and the server's private key, which lies sealed in its database.
struct Target {
    _studio: Studio,
    actor: Actor,
    pkcs8: Vec<u8>,
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl Target {
    async fn new() -> Self {
        let studio = Studio::start();
        let actor = studio.key_with(&["viewer"]).await;
        let good = actor.token.clone().unwrap();
        let parts: Vec<&str> = good.split('.').collect();
        let decoded = |part| serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        let (header, claims): (Map<String, Value>, _) = (decoded(parts[0]), decoded(parts[1]));
        let secrets = std::fs::read_to_string(studio.data().join("secrets.json")).unwrap();
        let vault = Vault::from_json(&secrets).unwrap();
        let keys = studio.store().await.begin().await.unwrap().list_signing_keys().await.unwrap();
        let key = keys.into_iter().find(|key| header["kid"] == key.kid).expect("the key of the token");
        let purpose = [b"mudlark signing key\0".as_slice(), key.kid.as_bytes()].concat();
        let pkcs8 = vault.open(&purpose, &key.sealed_private.unwrap()).unwrap().to_vec();
        Self { _studio: studio, actor, pkcs8, header, claims }
    }

    fn signature(&self, signed: &str) -> Vec<u8> {
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &self.pkcs8).unwrap();
        key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap().as_ref().to_vec()
    }

    /// A token of these texts, with a good signature.
    fn signed(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", encode(header), encode(claims));
        format!("{signed}.{}", encode(self.signature(&signed)))
    }

    fn with_header(&self, name: &str, value: Value) -> String {
        let mut header = self.header.clone();
        header.insert(name.to_owned(), value);
        self.signed(&Value::from(header).to_string(), &Value::from(self.claims.clone()).to_string())
    }

    fn with_claim(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        match value {
            Value::Null => claims.remove(name),
            value => claims.insert(name.to_owned(), value),
        };
        self.signed(&Value::from(self.header.clone()).to_string(), &Value::from(claims).to_string())
    }

    fn good(&self) -> String {
        let (header, claims) = self.texts();
        self.signed(&header, &claims)
    }

    fn texts(&self) -> (String, String) {
        (Value::from(self.header.clone()).to_string(), Value::from(self.claims.clone()).to_string())
    }

    async fn refuses(&self, what: &str, token: &str) {
        let nobody = self.actor.with_token(None);
        let authorization = format!("Bearer {token}");
        let answer = nobody.get("/users").header("authorization", &authorization).send().await;
        assert_unauthorized(&answer, what);
    }

    /// Whatever was sent, the server goes on, and a token signed by this test is good when it is left alone.
    async fn still_works(&self) {
        self.actor.get("/users").send().await.ok();
        self.actor.with_token(Some(&self.good())).get("/users").send().await.ok();
    }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn now_s() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

#[tokio::test]
async fn other_algorithms_are_refused_also_with_a_good_signature() {
    let target = Target::new().await;
    for alg in
        ["none", "None", "NONE", "nOnE", "", "HS256", "es256", "ES256 ", "ES384", "RS256", "PS256", "EdDSA"]
    {
        let token = target.with_header("alg", json!(alg));
        target.refuses(alg, &token).await;
        let unsigned = &token[..=token.rfind('.').unwrap()];
        target.refuses(alg, unsigned).await;
        target.refuses(alg, unsigned.trim_end_matches('.')).await;
    }
    for alg in [json!(null), json!(["ES256"]), json!(256), json!({"alg": "ES256"})] {
        target.refuses("alg of another type", &target.with_header("alg", alg)).await;
    }
    target.still_works().await;
}

#[tokio::test]
async fn hs256_with_the_public_key_as_secret_is_refused() {
    let target = Target::new().await;
    let jwks = target.actor.get("/.well-known/jwks.json").send().await;
    let jwk = jwks.json()["keys"][0].clone();
    let coordinate = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    // The point as a SubjectPublicKeyInfo, which is what PEM files hold.
    let prefix = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
    let prefix: Vec<u8> =
        (0..prefix.len()).step_by(2).map(|at| u8::from_str_radix(&prefix[at..at + 2], 16).unwrap()).collect();
    let spki = [prefix, point.clone()].concat();
    let pem =
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64_STANDARD.encode(&spki));
    let jwk_text = jwk.to_string();
    let secrets: [&[u8]; 7] =
        [&point, &point[1..], &spki, pem.as_bytes(), &jwks.body, jwk_text.as_bytes(), b""];
    for secret in secrets {
        for alg in ["HS256", "HS384", "ES256"] {
            let mut header = target.header.clone();
            header.insert("alg".to_owned(), json!(alg));
            let signed = format!("{}.{}", encode(Value::from(header).to_string()), encode(target.texts().1));
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
            target.refuses(alg, &format!("{signed}.{}", encode(tag))).await;
        }
    }
    target.still_works().await;
}

#[tokio::test]
async fn header_can_not_choose_or_bring_its_key() {
    let target = Target::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
    for kid in [
        "",
        "../../etc/passwd",
        "/dev/null",
        "..\\..\\windows\\win.ini",
        "' OR '1'='1",
        "'; drop table signing_keys;--",
        "x' UNION SELECT 'key",
        "$(id)",
        "%00",
        "\u{0}",
        "a\r\nSet-Cookie: x=y",
        &"k".repeat(2500),
        &url,
    ] {
        target.refuses(&format!("kid {kid:.30}"), &target.with_header("kid", json!(kid))).await;
    }
    let kid = target.header["kid"].as_str().unwrap().to_owned();
    for kid in [json!(null), json!([kid]), json!(0), json!(format!("{kid} ")), json!(kid.to_uppercase())] {
        target.refuses("kid of another type or spelling", &target.with_header("kid", kid)).await;
    }
    let own = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let point = aws_lc_rs::signature::KeyPair::public_key(&own).as_ref().to_vec();
    let jwk = json!({"kty": "EC", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..])});
    for (name, value) in [
        ("jku", json!(url)),
        ("x5u", json!(url)),
        ("jwk", jwk.clone()),
        ("x5c", json!([BASE64_STANDARD.encode(&point)])),
        ("x5t", json!("AAAA")),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
    ] {
        target
            .refuses(&format!("{name}, signed by the server"), &target.with_header(name, value.clone()))
            .await;
        let mut header = target.header.clone();
        header.insert(name.to_owned(), value);
        let signed = format!("{}.{}", encode(Value::from(header).to_string()), encode(target.texts().1));
        let signature = own.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        target
            .refuses(&format!("{name}, signed by its own key"), &format!("{signed}.{}", encode(signature)))
            .await;
    }
    target.still_works().await;
    // Every request above has been answered: whoever wanted to follow an address has had the time.
    assert!(listener.accept().is_err(), "an address in a token was followed");
}

#[tokio::test]
async fn typ_must_be_exactly_that_of_an_access_token() {
    let target = Target::new().await;
    for typ in [
        json!("JWT"),
        json!("jwt"),
        json!("AT+JWT"),
        json!("application/at+jwt"),
        json!("id+jwt"),
        json!(""),
        json!(null),
        json!(["at+jwt"]),
    ] {
        target.refuses(&typ.to_string(), &target.with_header("typ", typ.clone())).await;
    }
    target.still_works().await;
}

#[tokio::test]
async fn claims_must_all_be_there_and_be_ours_and_in_their_time() {
    let target = Target::new().await;
    for name in ["iss", "aud", "sub", "client_id", "account_id", "uid", "iat", "exp", "jti", "sv", "ep"] {
        target.refuses(&format!("without {name}"), &target.with_claim(name, Value::Null)).await;
        target
            .refuses(&format!("{name} is a list"), &target.with_claim(name, json!([target.claims[name]])))
            .await;
        target.refuses(&format!("{name} is an object"), &target.with_claim(name, json!({}))).await;
        target.refuses(&format!("{name} is true"), &target.with_claim(name, json!(true))).await;
    }
    let now_s = now_s();
    for (name, value) in [
        ("exp", json!((now_s + 600).to_string())),
        ("exp", json!(format!("{}.5", now_s + 600).parse::<f64>().unwrap())),
        ("exp", json!(1e18)),
        ("exp", json!(u64::MAX)),
        ("exp", json!(-1)),
        ("exp", json!(now_s - 30)),
        ("nbf", json!(now_s + 3600)),
        ("nbf", json!("0")),
        ("iat", json!(now_s + 3600)),
        ("iat", json!("0")),
        ("iss", json!("https://attacker.example")),
        ("iss", json!("")),
        ("aud", json!("another")),
        ("aud", json!(["mudlark", "another"])),
        ("aud", json!("")),
        ("sub", json!("mdl_key_0000000000000000000000")),
        ("client_id", json!("mdl_key_0000000000000000000000")),
        ("sub", json!("x' OR '1'='1")),
        ("account_id", json!("00000000-0000-0000-0000-000000000001")),
        ("uid", json!("00000000-0000-0000-0000-000000000001")),
        ("sv", json!(2)),
        ("ep", json!(-1)),
        ("roles", json!(["owner"])),
    ] {
        if name == "roles" {
            // A claim that we don't write gives nothing: the roles are read live.
            let actor = target.actor.with_token(Some(&target.with_claim(name, value)));
            let answer = actor.post("/workspaces").json(&json!({"name": "Mine"})).send().await;
            assert!(matches!(answer.status.as_u16(), 401 | 403), "{}", answer.text());
            continue;
        }
        target.refuses(&format!("{name} is {value}"), &target.with_claim(name, value.clone())).await;
    }
    target.still_works().await;
}

#[tokio::test]
async fn duplicate_members_are_refused() {
    let target = Target::new().await;
    let (header, claims) = target.texts();
    let doubled = |text: &str, member: &str| format!("{{{member},{}", &text[1..]);
    for member in
        [r#""alg":"none""#, r#""alg":"ES256""#, r#""\u0061lg":"none""#, r#""kid":"x""#, r#""typ":"JWT""#]
    {
        target.refuses(member, &target.signed(&doubled(&header, member), &claims)).await;
    }
    for member in
        [r#""exp":9999999999"#, r#""sub":"x""#, r#""\u0065xp":9999999999"#, r#""extra":1,"extra":2"#]
    {
        target.refuses(member, &target.signed(&header, &doubled(&claims, member))).await;
    }
    target.still_works().await;
}

#[tokio::test]
async fn other_forms_of_a_token_are_refused() {
    let target = Target::new().await;
    let (header, claims) = target.texts();
    let good = target.good();
    let parts: Vec<&str> = good.split('.').collect();
    let [head, body, signature] = parts[..] else { panic!("three parts") };
    let standard = |text: &str| BASE64_STANDARD_NO_PAD.encode(text);
    let padded = |text: &str| BASE64_URL_SAFE.encode(text);
    let resigned = |head: &str, body: &str| {
        let signed = format!("{head}.{body}");
        format!("{signed}.{}", encode(target.signature(&signed)))
    };
    for (what, token) in [
        ("nothing", String::new()),
        ("dots", "..".to_owned()),
        ("one part", head.to_owned()),
        ("two parts", format!("{head}.{body}")),
        ("four parts", format!("{good}.{signature}")),
        ("five parts", format!("{head}.{body}.{signature}.{body}.{signature}")),
        ("JSON, flattened", json!({"protected": head, "payload": body, "signature": signature}).to_string()),
        (
            "JSON, general",
            json!({"payload": body, "signatures": [{"protected": head, "signature": signature}]}).to_string(),
        ),
        ("padded signature", format!("{good}==")),
        ("padded parts", resigned(&padded(&format!("{header} ")), &padded(&format!("{claims} ")))),
        (
            "other alphabet",
            resigned(
                &standard(&header),
                &standard(&format!("{}{}", &claims[..claims.len() - 1], ",\"x\":\"??>>??>>\u{ff}\"}")),
            ),
        ),
        ("inner space", format!("{head}. {body}.{signature}")),
        ("inner tab", format!("{head}\t.{body}.{signature}")),
        ("trailing dot", format!("{good}.")),
        ("leading dot", format!(".{good}")),
        (
            "stray last bits",
            format!("{}{}", &good[..good.len() - 1], if good.ends_with('B') { 'C' } else { 'B' }),
        ),
        ("array header", resigned(&encode(r#"["ES256"]"#), body)),
        ("array claims", resigned(head, &encode("[1]"))),
        ("text after the claims", resigned(head, &encode(format!("{claims}{claims}")))),
        ("not UTF-8", resigned(head, &encode(b"{\"iss\":\"\xff\"}"))),
        ("deep claims", resigned(head, &encode(format!("{{\"a\":{}", "[".repeat(2000))))),
        ("two tokens", format!("{good} {good}")),
        ("two tokens with a comma", format!("{good},{good}")),
        ("longer than 4 KiB, signed", target.with_claim("extra", json!("x".repeat(4000)))),
        ("much longer", "a.".repeat(20_000)),
    ] {
        target.refuses(what, &token).await;
    }
    target.still_works().await;
}

#[tokio::test]
async fn signatures_of_other_forms_are_refused() {
    let target = Target::new().await;
    let (header, claims) = target.texts();
    let signed = format!("{}.{}", encode(header), encode(claims));
    let good = target.signature(&signed);
    let der_key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &target.pkcs8).unwrap();
    let der = der_key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap().as_ref().to_vec();
    let swapped = [&good[32..], &good[..32]].concat();
    let mut flipped = good.clone();
    flipped[63] ^= 1;
    for (what, signature) in [
        ("none", Vec::new()),
        ("all zero", vec![0; 64]),
        ("all ones", vec![0xff; 64]),
        ("r is zero", [&[0; 32], &good[32..]].concat()),
        ("s is zero", [&good[..32], &[0; 32]].concat()),
        ("too short", good[..63].to_vec()),
        ("too long", [&good[..], &[0]].concat()),
        ("twice", [&good[..], &good[..]].concat()),
        ("DER", der),
        ("swapped halves", swapped),
        ("one bit flipped", flipped),
    ] {
        target.refuses(what, &format!("{signed}.{}", encode(signature))).await;
    }
    target.still_works().await;
}
