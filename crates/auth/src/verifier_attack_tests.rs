//! The attack list: tokens as an attacker would make them, each refused for its own reason. Where it can be, the token
//! bears a good signature of the server's own key, so that only the strict layer stands between it and acceptance.
//! Source: RFC 6750, RFC 7515, RFC 8725, RFC 9068.

use std::net::TcpListener;

use aws_lc_rs::hmac;

use super::*;
use crate::signing::SigningKey;

const IAT_S: i64 = 1_700_000_000;
const NOW_MS: i64 = IAT_S * 1000 + 500;
const CLAIMS: &str = r#""iss":"http://mudlark.test","aud":"http://mudlark.test","sub":"mdl_key_0000000000000000000000","client_id":"mdl_key_0000000000000000000000","account_id":"00000000-0000-0000-0000-000000000001","uid":"00000000-0000-0000-0000-000000000002","iat":1700000000,"exp":1700003600,"jti":"0000000000000000000000","sv":1,"ep":0"#;

struct Target {
    key: SigningKey,
    verifier: Verifier,
}

impl Target {
    fn new() -> Self {
        let key = SigningKey::generate();
        let verifier = Verifier::new("http://mudlark.test", "http://mudlark.test", 100);
        verifier.set_keys(vec![VerifyingKey::from_jwk(key.public_jwk()).unwrap()]);
        Self { key, verifier }
    }

    fn header(&self) -> String {
        format!(r#""alg":"ES256","kid":"{}","typ":"at+jwt""#, self.key.kid())
    }

    /// A token with these members, signed by the server's own key.
    fn signed(&self, header: &str, claims: &str) -> String {
        self.signed_parts(&encode(format!("{{{header}}}")), &encode(format!("{{{claims}}}")))
    }

    fn signed_parts(&self, header: &str, claims: &str) -> String {
        let signed = format!("{header}.{claims}");
        let signature = self.key.sign(signed.as_bytes()).unwrap();
        format!("{signed}.{}", encode(signature))
    }

    fn good(&self) -> String {
        self.signed(&self.header(), CLAIMS)
    }

    fn refusal(&self, token: &str) -> Option<TokenRefusal> {
        let refusal = self.verifier.verify(token, NOW_MS).err();
        assert_eq!(self.verifier.cached_tokens() == 0, refusal.is_some(), "only successes are cached");
        refusal
    }

    #[track_caller]
    fn assert_header(&self, header: &str, expected: TokenRefusal) {
        assert_eq!(self.refusal(&self.signed(header, CLAIMS)), Some(expected), "{header}");
    }

    #[track_caller]
    fn assert_claims(&self, claims: &str, expected: TokenRefusal) {
        assert_eq!(self.refusal(&self.signed(&self.header(), claims)), Some(expected), "{claims}");
    }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[test]
fn token_of_these_tests_is_good_when_left_alone() {
    let target = Target::new();
    assert_eq!(target.refusal(&target.good()), None);
}

#[test]
fn alg_none_is_refused_in_any_case_and_with_any_signature() {
    let target = Target::new();
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let header = target.header().replace("ES256", alg);
        let token = target.signed(&header, CLAIMS);
        let unsigned = &token[..=token.rfind('.').unwrap()];
        assert_eq!(target.refusal(&token), Some(TokenRefusal::WrongAlgorithm), "{alg}");
        assert_eq!(target.refusal(unsigned), Some(TokenRefusal::WrongAlgorithm), "{alg}");
    }
}

#[test]
fn hs256_with_the_public_key_as_secret_is_refused() {
    let target = Target::new();
    let jwk = target.key.public_jwk();
    let point: Vec<u8> =
        [vec![4], URL_SAFE_NO_PAD.decode(&jwk.x).unwrap(), URL_SAFE_NO_PAD.decode(&jwk.y).unwrap()].concat();
    let json = serde_json::to_vec(jwk).unwrap();
    for secret in [&point[..], &point[1..], &json, jwk.kid.as_bytes(), b""] {
        for alg in ["HS256", "ES256"] {
            let header = target.header().replace("ES256", alg);
            let signed = format!("{}.{}", encode(format!("{{{header}}}")), encode(format!("{{{CLAIMS}}}")));
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
            let token = format!("{signed}.{}", encode(tag));
            let expected =
                if alg == "HS256" { TokenRefusal::WrongAlgorithm } else { TokenRefusal::BadSignature };
            assert_eq!(target.refusal(&token), Some(expected), "{alg}");
        }
    }
}

#[test]
fn other_algorithms_and_spellings_are_refused() {
    let target = Target::new();
    for alg in ["es256", "ES256 ", "ES384", "ES256K", "EdDSA", "RS256", "PS256", "HS512"] {
        target.assert_header(&target.header().replace("ES256", alg), TokenRefusal::WrongAlgorithm);
    }
    let kid = target.key.kid();
    target.assert_header(&format!(r#""kid":"{kid}","typ":"at+jwt""#), TokenRefusal::WrongAlgorithm);
}

#[test]
fn signature_of_another_key_is_refused() {
    let (target, attacker) = (Target::new(), Target::new());
    let token = attacker.signed(&target.header(), CLAIMS);
    assert_eq!(target.refusal(&token), Some(TokenRefusal::BadSignature));
}

#[test]
fn altered_token_is_refused_at_every_byte() {
    let target = Target::new();
    let token = target.good();
    for position in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
        assert!(target.refusal(std::str::from_utf8(&bytes).unwrap()).is_some(), "byte {position}");
    }
}

#[test]
fn degenerate_signatures_are_refused() {
    let target = Target::new();
    let token = target.good();
    let signed = &token[..token.rfind('.').unwrap()];
    let good = URL_SAFE_NO_PAD.decode(&token[signed.len() + 1..]).unwrap();
    // The order of P-256: r and s must lie below it, and above 0.
    let order = [
        255, 255, 255, 255, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 188, 230, 250, 173, 167, 23,
        158, 132, 243, 185, 202, 194, 252, 99, 37, 81,
    ];
    for signature in [
        vec![],
        vec![0; 64],
        vec![255; 64],
        [order, order].concat(),
        [&good[..32], &[0; 32]].concat(),
        [&[0; 32], &good[32..]].concat(),
        good[..63].to_vec(),
        [&good[..], &[0]].concat(),
        [&[0x30, 0x44, 0x02, 0x20], &good[..32], &[0x02, 0x20], &good[32..]].concat(),
    ] {
        let token = format!("{signed}.{}", encode(&signature));
        assert_eq!(target.refusal(&token), Some(TokenRefusal::BadSignature), "{signature:?}");
    }
}

#[test]
fn key_or_address_in_the_header_is_refused_and_not_followed() {
    let (target, attacker) = (Target::new(), Target::new());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let jwk = serde_json::to_string(attacker.key.public_jwk()).unwrap();
    for member in [
        format!(r#""jku":"http://{address}/jwks.json""#),
        format!(r#""x5u":"http://{address}/cert.pem""#),
        format!(r#""jwk":{jwk}"#),
        r#""x5c":["MIIB"]"#.to_owned(),
        r#""x5t":"AAAA""#.to_owned(),
    ] {
        for kid in [target.key.kid(), attacker.key.kid()] {
            let header = format!(r#""alg":"ES256","kid":"{kid}","typ":"at+jwt",{member}"#);
            let expected = Some(TokenRefusal::UnknownHeaderMember);
            assert_eq!(target.refusal(&attacker.signed(&header, CLAIMS)), expected, "{header}");
            assert_eq!(target.refusal(&target.signed(&header, CLAIMS)), expected, "{header}");
        }
    }
    let error = listener.accept().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock, "nobody connected");
}

#[test]
fn critical_header_is_refused() {
    let target = Target::new();
    for crit in [r#"["exp"]"#, r#"["b64"]"#, "[]", "null", r#""exp""#] {
        target.assert_header(&format!(r#"{},"crit":{crit}"#, target.header()), TokenRefusal::CriticalHeader);
        target.assert_header(&format!(r#""crit":{crit},{}"#, target.header()), TokenRefusal::CriticalHeader);
    }
}

#[test]
fn other_header_members_are_refused() {
    let target = Target::new();
    for member in
        [r#""b64":false"#, r#""zip":"DEF""#, r#""cty":"JWT""#, r#""enc":"A256GCM""#, r#""ALG":"none""#]
    {
        target.assert_header(&format!("{},{member}", target.header()), TokenRefusal::UnknownHeaderMember);
    }
}

#[test]
fn kid_that_names_no_key_is_refused() {
    let target = Target::new();
    let good = target.key.kid().to_owned();
    for kid in [
        "",
        "../../../dev/null",
        "' or '1'='1",
        "http://127.0.0.1/key",
        "\\u0000",
        &good[..42],
        &format!("{good}="),
        &format!("{good}\\u0000"),
        &good.to_lowercase(),
    ] {
        target.assert_header(&target.header().replace(&good, kid), TokenRefusal::UnknownSigningKey);
    }
    target.assert_header(r#""alg":"ES256","typ":"at+jwt""#, TokenRefusal::UnknownSigningKey);
}

#[test]
fn other_types_of_token_are_refused() {
    let target = Target::new();
    for typ in ["JWT", "jwt", "AT+JWT", "at+JWT", "application/at+jwt", "logout+jwt", "at+jwt ", ""] {
        target.assert_header(&target.header().replace("at+jwt", typ), TokenRefusal::WrongType);
    }
    let kid = target.key.kid();
    target.assert_header(&format!(r#""alg":"ES256","kid":"{kid}""#), TokenRefusal::WrongType);
}

#[test]
fn header_values_of_other_kinds_are_refused() {
    let target = Target::new();
    let kid = format!("\"{}\"", target.key.kid());
    for value in ["1", "null", "true", "{}", r#"["ES256"]"#] {
        for good in ["\"ES256\"", "\"at+jwt\"", &kid] {
            target.assert_header(&target.header().replace(good, value), TokenRefusal::MalformedHeader);
        }
    }
}

#[test]
fn duplicate_members_are_refused_in_header_and_claims() {
    let target = Target::new();
    let header = target.header();
    for member in [r#""alg":"ES256""#, r#""alg":"none""#, r#""\u0061lg":"none""#, r#""typ":"at+jwt""#] {
        target.assert_header(&format!("{header},{member}"), TokenRefusal::DuplicateMember);
        target.assert_header(&format!("{member},{header}"), TokenRefusal::DuplicateMember);
    }
    for member in [r#""exp":9999999999"#, r#""sub":"x""#, r#""\u0065xp":1700003600"#, r#""ep":{}"#] {
        target.assert_claims(&format!("{CLAIMS},{member}"), TokenRefusal::DuplicateMember);
        target.assert_claims(&format!("{member},{CLAIMS}"), TokenRefusal::DuplicateMember);
    }
    target.assert_claims(&format!(r#"{CLAIMS},"x":1,"x":1"#), TokenRefusal::DuplicateMember);
}

#[test]
fn other_than_three_parts_are_refused() {
    let target = Target::new();
    let good = target.good();
    let parts: Vec<_> = good.split('.').collect();
    for token in [
        String::new(),
        ".".to_owned(),
        "...".to_owned(),
        parts[0].to_owned(),
        parts[..2].join("."),
        format!("{good}."),
        format!(".{good}"),
        format!("{good}.{}", parts[2]),
        format!("{good}.{}.{}", parts[1], parts[2]),
    ] {
        assert_eq!(target.refusal(&token), Some(TokenRefusal::NotThreeParts), "{token}");
    }
}

#[test]
fn empty_parts_are_refused() {
    let target = Target::new();
    let good = target.good();
    let parts: Vec<_> = good.split('.').collect();
    let header = parts[0];
    for (token, expected) in [
        ("..".to_owned(), TokenRefusal::MalformedHeader),
        (format!(".{}.{}", parts[1], parts[2]), TokenRefusal::MalformedHeader),
        (format!("{header}..{}", parts[2]), TokenRefusal::BadSignature),
        (format!("{header}.{}.", parts[1]), TokenRefusal::BadSignature),
        (target.signed_parts(header, ""), TokenRefusal::MalformedClaims),
    ] {
        assert_eq!(target.refusal(&token), Some(expected), "{token}");
    }
}

#[test]
fn json_serialisation_is_refused() {
    let target = Target::new();
    let good = target.good();
    let parts: Vec<_> = good.split('.').collect();
    let [protected, payload, signature] = parts[..] else { panic!("a compact token has three parts") };
    let flat = format!(r#"{{"payload":"{payload}","protected":"{protected}","signature":"{signature}"}}"#);
    let general = format!(
        r#"{{"payload":"{payload}","signatures":[{{"protected":"{protected}","signature":"{signature}"}}]}}"#
    );
    for token in [flat, general] {
        assert_eq!(target.refusal(&token), Some(TokenRefusal::NotThreeParts), "{token}");
    }
}

#[test]
fn loose_base64_is_refused_in_every_part() {
    let target = Target::new();
    let good = target.good();
    for part in 0..3 {
        for (place, text) in
            [("end", "="), ("end", "=="), ("end", "\n"), ("end", " "), ("start", "+"), ("start", "/")]
        {
            let mut parts: Vec<_> = good.split('.').map(str::to_owned).collect();
            if place == "end" {
                parts[part].push_str(text);
            } else {
                parts[part].replace_range(0..1, text);
            }
            let refusal = target.refusal(&parts.join("."));
            assert_eq!(refusal, Some(TokenRefusal::NotBase64Url), "part {part}, {text:?} at {place}");
        }
    }
}

#[test]
fn stray_last_bits_of_base64_are_refused() {
    // 64 bytes end in a character of which only two bits count: four spellings would decode to the same signature.
    let target = Target::new();
    let good = target.good();
    let last = good.chars().last().unwrap();
    assert!("AQgw".contains(last));
    let alias = char::from(u8::try_from(last).unwrap() + 1);
    let token = format!("{}{alias}", &good[..good.len() - 1]);
    assert_eq!(target.refusal(&token), Some(TokenRefusal::NotBase64Url));
}

#[test]
fn white_space_and_scheme_around_the_token_are_refused() {
    let target = Target::new();
    let good = target.good();
    for token in [format!(" {good}"), format!("{good} "), format!("Bearer {good}"), format!("{good}\0")] {
        assert_eq!(target.refusal(&token), Some(TokenRefusal::NotBase64Url), "{token:?}");
    }
}

#[test]
fn other_issuer_and_audience_are_refused() {
    let target = Target::new();
    for other in ["", "http://mudlark.test/", "HTTP://mudlark.test", "http://mudlark.test.evil.example"] {
        let claims = CLAIMS.replacen("http://mudlark.test", other, 1);
        target.assert_claims(&claims, TokenRefusal::WrongIssuer);
        let claims = CLAIMS.replace(r#""aud":"http://mudlark.test""#, &format!(r#""aud":"{other}""#));
        target.assert_claims(&claims, TokenRefusal::WrongAudience);
    }
    let list = CLAIMS.replace(r#""aud":"http://mudlark.test""#, r#""aud":["http://mudlark.test"]"#);
    target.assert_claims(&list, TokenRefusal::WrongClaimType);
}

#[test]
fn missing_claims_are_refused() {
    let target = Target::new();
    let members: Vec<_> = CLAIMS.split(",\"").map(|member| member.trim_start_matches('"')).collect();
    assert_eq!(members.len(), 11);
    for absent in 0..members.len() {
        let left: Vec<_> = members
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != absent)
            .map(|(_, member)| format!("\"{member}"))
            .collect();
        target.assert_claims(&left.join(","), TokenRefusal::MissingClaim);
    }
    target.assert_claims("", TokenRefusal::MissingClaim);
}

#[test]
fn claims_of_another_type_are_refused() {
    let target = Target::new();
    for (good, bad) in [
        ("1700003600", "\"1700003600\""),
        ("1700003600", "1700003600.0"),
        ("1700003600", "1.7e9"),
        ("1700003600", "99999999999999999999"),
        ("1700003600", "null"),
        ("1700000000", "\"1700000000\""),
        ("1700000000", "true"),
        ("\"0000000000000000000000\"", "0"),
        ("\"sv\":1", "\"sv\":\"1\""),
        ("\"ep\":0", "\"ep\":null"),
        ("\"00000000-0000-0000-0000-000000000001\"", "1"),
        ("00000000-0000-0000-0000-000000000001", "me"),
        ("00000000-0000-0000-0000-000000000002", "{00000000-0000-0000-0000-0000000002}"),
    ] {
        assert!(CLAIMS.contains(good));
        target.assert_claims(&CLAIMS.replace(good, bad), TokenRefusal::WrongClaimType);
    }
    for extra in [r#""x":[]"#, r#""x":{"y":1}"#, r#""x":null"#, r#""x":1.5"#, r#""nbf":"0""#, r#""nbf":null"#]
    {
        target.assert_claims(&format!("{CLAIMS},{extra}"), TokenRefusal::WrongClaimType);
    }
}

#[test]
fn claims_that_are_no_object_are_refused() {
    let target = Target::new();
    let header = encode(format!("{{{}}}", target.header()));
    let values: Vec<_> =
        CLAIMS.split("\":").skip(1).map(|value| value.split(",\"").next().unwrap()).collect();
    let array = format!("[{}]", values.join(","));
    let doubled = format!("{{{CLAIMS}}}{{{CLAIMS}}}");
    let marked = format!("\u{feff}{{{CLAIMS}}}");
    for claims in [&array, &doubled, &marked, "null", "\"text\"", "{", &format!("{{{CLAIMS},}}")] {
        let token = target.signed_parts(&header, &encode(claims));
        assert_eq!(target.refusal(&token), Some(TokenRefusal::MalformedClaims), "{claims}");
    }
    let token = target.signed_parts(&header, &encode(b"{\"iss\":\"\xff\"}"));
    assert_eq!(target.refusal(&token), Some(TokenRefusal::MalformedClaims), "not UTF-8");
}

#[test]
fn deep_nesting_and_many_members_are_refused() {
    let target = Target::new();
    let deep = format!(r#"{CLAIMS},"x":{}{}"#, "[".repeat(1_000), "]".repeat(1_000));
    target.assert_claims(&deep, TokenRefusal::WrongClaimType);
    let many: Vec<_> = (0..100).map(|n| format!("\"x{n}\":1")).collect();
    target.assert_claims(&format!("{CLAIMS},{}", many.join(",")), TokenRefusal::MalformedClaims);
}

#[test]
fn subject_that_is_not_the_client_or_no_key_id_is_refused() {
    let target = Target::new();
    let other = "mdl_key_1111111111111111111111";
    let sub = CLAIMS.replacen("mdl_key_0000000000000000000000", other, 1);
    target.assert_claims(&sub, TokenRefusal::WrongSubject);
    let both = CLAIMS.replace("mdl_key_0000000000000000000000", "somebody");
    target.assert_claims(&both, TokenRefusal::WrongSubject);
}

#[test]
fn times_out_of_bounds_are_refused() {
    let target = Target::new();
    for (good, bad, expected) in [
        ("1700003600", "1699999995", TokenRefusal::Expired),
        ("1700003600", "0", TokenRefusal::Expired),
        ("1700003600", "-9223372036854775808", TokenRefusal::Expired),
        ("1700000000", "1700000006", TokenRefusal::IssuedInFuture),
        ("1700000000", "9223372036854775807", TokenRefusal::IssuedInFuture),
        ("\"sv\":1", "\"sv\":1,\"nbf\":1700000006", TokenRefusal::NotYetValid),
        ("\"sv\":1", "\"sv\":1,\"nbf\":9223372036854775807", TokenRefusal::NotYetValid),
    ] {
        target.assert_claims(&CLAIMS.replace(good, bad), expected);
    }
}

#[test]
fn nbf_that_has_come_is_no_reason_to_refuse() {
    let target = Target::new();
    let claims = format!(r#"{CLAIMS},"nbf":1700000005"#);
    assert_eq!(target.refusal(&target.signed(&target.header(), &claims)), None);
}

#[test]
fn token_longer_than_4_kib_is_refused_and_one_of_4_kib_is_not() {
    let target = Target::new();
    let padded = |filler: usize| {
        let claims = format!(r#"{CLAIMS},"x":"{}""#, "x".repeat(filler));
        target.signed(&target.header(), &claims)
    };
    // Base64 grows by 4 for 3: the first filler that reaches the bound lies within a few bytes of it.
    let longest = (2_000..3_000).map(&padded).rfind(|token| token.len() <= MAX_TOKEN_BYTES).unwrap();
    let shortest = (2_000..3_000).map(&padded).find(|token| token.len() > MAX_TOKEN_BYTES).unwrap();

    assert_eq!(target.refusal(&longest), None);
    assert_eq!(target.verifier.verify(&shortest, NOW_MS).unwrap_err(), TokenRefusal::TooLong);
    assert!(shortest.len() <= MAX_TOKEN_BYTES + 2);
    let noise = "a".repeat(4097);
    assert_eq!(target.verifier.verify(&noise, NOW_MS).unwrap_err(), TokenRefusal::TooLong);
}
