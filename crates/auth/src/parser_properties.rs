//! What holds of the parsers of tokens, key ids and secrets for any input. Single cases are in the tests of each parser,
//! inputs without end in `fuzz/`.

use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use mudlark_types::{AccountId, UserId};
use proptest::prelude::*;
use proptest::sample::Index;
use uuid::Uuid;

use crate::base62;
use crate::key::KeyId;
use crate::secret::{Secret, has_valid_checksum};
use crate::signing::{SigningKey, VerifyingKey};
use crate::token::{Claims, mint, new_token_id};
use crate::verifier::Verifier;

const NOW_S: i64 = 1_700_000_000;
const NOW_MS: i64 = NOW_S * 1000;
const ISSUER: &str = "http://mudlark.test";
const AUDIENCE: &str = "http://mudlark.test/api";

/// One key for all cases: making one takes longer than a case.
static KEY: LazyLock<SigningKey> = LazyLock::new(SigningKey::generate);

/// A fresh one a case, so that nothing is answered from what a case before has proved.
fn verifier() -> Verifier {
    let verifier = Verifier::new(ISSUER, AUDIENCE, 100);
    verifier.set_keys(vec![VerifyingKey::from_jwk(KEY.public_jwk()).unwrap()]);
    verifier
}

prop_compose! {
    fn claims()(
        account in any::<u128>(), user in any::<u128>(), age_s in 0_i64..3600, ttl_s in 300_i64..86_400,
        sv in 1_i64..1_000_000, ep in 0_i64..1_000_000,
    ) -> Claims {
        let key = KeyId::generate();
        Claims {
            iss: ISSUER.into(),
            aud: AUDIENCE.into(),
            sub: key.clone(),
            client_id: key,
            account_id: AccountId::from_uuid(Uuid::from_u128(account)),
            uid: UserId::from_uuid(Uuid::from_u128(user)),
            iat: NOW_S - age_s,
            exp: NOW_S - age_s + ttl_s.max(age_s + 1),
            jti: new_token_id(),
            sv,
            ep,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn token_gives_the_claims_that_it_was_made_of(claims in claims()) {
        let token = mint(&KEY, &claims).unwrap();
        let verifier = verifier();
        for _ in ["miss", "hit"] {
            prop_assert_eq!(&*verifier.verify(&token, NOW_MS).unwrap(), &claims);
        }
    }

    #[test]
    fn token_with_one_character_changed_is_refused(claims in claims(), at: Index, other in "[ -~é]") {
        let token = mint(&KEY, &claims).unwrap();
        let at = at.index(token.len());
        let changed = format!("{}{other}{}", &token[..at], &token[at + 1..]);
        prop_assume!(changed != token);
        let verifier = verifier();
        verifier.verify(&token, NOW_MS).unwrap();
        prop_assert!(verifier.verify(&changed, NOW_MS).is_err(), "{changed}");
    }

    #[test]
    fn token_that_is_cut_or_longer_is_refused(claims in claims(), at: Index, more in "[!-~]{1,9}") {
        let token = mint(&KEY, &claims).unwrap();
        let (start, end) = token.split_at(at.index(token.len()));
        let verifier = verifier();
        for other in [start.to_owned(), end[1..].to_owned(), format!("{token}{more}"), format!("{more}{token}")] {
            prop_assert!(verifier.verify(&other, NOW_MS).is_err(), "{other}");
        }
        let inserted = format!("{start}{more}{end}");
        prop_assert!(verifier.verify(&inserted, NOW_MS).is_err(), "{inserted}");
    }

    #[test]
    fn parts_of_two_tokens_make_none(one in claims(), other in claims(), from_other in 1_u8..7) {
        let tokens = [mint(&KEY, &one).unwrap(), mint(&KEY, &other).unwrap()];
        let parts = tokens.each_ref().map(|token| token.split('.').collect::<Vec<_>>());
        let mixed: Vec<&str> = (0..3).map(|part| parts[usize::from(from_other >> part & 1)][part]).collect();
        // Both have one and the same header: of that alone nothing is mixed.
        prop_assume!(mixed != parts[0] && mixed != parts[1]);
        prop_assert!(verifier().verify(&mixed.join("."), NOW_MS).is_err());
    }

    #[test]
    fn text_that_nobody_signed_is_refused(
        text in prop_oneof!["\\PC{0,200}", "[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,90}"],
        header in "\\{\"alg\":\"(ES256|none|HS256)\",\"typ\":\"at.jwt\"[ -~]{0,40}\\}", payload in "\\{[ -~]{0,80}\\}",
    ) {
        let encoded = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        let verifier = verifier();
        prop_assert!(verifier.verify(&text, NOW_MS).is_err());
        let made_up = format!("{}.{}.{}", encoded(&header), encoded(&payload), encoded(&"s".repeat(64)));
        prop_assert!(verifier.verify(&made_up, NOW_MS).is_err());
        prop_assert_eq!(verifier.cached_tokens(), 0);
    }

    #[test]
    fn secret_with_a_character_changed_or_two_swapped_is_none(at: Index, other in "[0-9A-Za-z_]") {
        let secret = Secret::generate();
        let text = secret.expose();
        prop_assert!(has_valid_checksum(text));
        let at = at.index(text.len() - 1);
        let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
        prop_assert_eq!(has_valid_checksum(&changed), changed == text, "{}", at);
        let mut swapped = text.as_bytes().to_vec();
        swapped.swap(at, at + 1);
        let swapped = String::from_utf8(swapped).unwrap();
        prop_assert_eq!(has_valid_checksum(&swapped), swapped == text, "{}", at);
    }

    #[test]
    fn text_of_another_shape_is_neither_secret_nor_key_id(
        text in prop_oneof!["\\PC{0,80}", "mdl_(sec|key)_[0-9A-Za-z]{0,60}", "(mdl_key_)?[0-9A-Za-z_ é]{20,24}"],
    ) {
        if text.len() != 57 || !text.starts_with("mdl_sec_") {
            prop_assert!(!has_valid_checksum(&text));
        }
        let digits = text.strip_prefix("mdl_key_").filter(|digits| digits.len() == 22 && base62::is_base62(digits));
        prop_assert_eq!(KeyId::parse(&text).is_some(), digits.is_some());
        if let Some(id) = KeyId::parse(&text) {
            prop_assert_eq!(id.as_str(), &text);
        }
    }
}
