//! What holds of the parsers of requests for any input: headers, and the two forms of a token request. Single cases are
//! in the tests of each parser, inputs without end in `fuzz/`.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use mudlark_types::{AccountId, ErrorCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use super::downloads::{ParsedRange, parse_range};
use super::extract::parse_plain_body;
use super::tokens::Presented;
use super::{admission, conditional, edge, id_headers, oauth_request};

const ACCOUNT: &str = "x-account-id";

fn headers(name: &HeaderName, values: &[Vec<u8>]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in values.iter().filter_map(|value| HeaderValue::from_bytes(value).ok()) {
        headers.append(name, value);
    }
    headers
}

fn header(name: &HeaderName, value: &str) -> HeaderMap {
    headers(name, &[value.as_bytes().to_vec()])
}

/// Any bytes, most of which a header may hold.
fn any_values() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(prop_oneof!["[ -~]{0,80}".prop_map(String::into_bytes), any::<Vec<u8>>()], 0..4)
}

/// A text that stands for a key or a secret: anything but NUL, and not empty.
fn credential() -> impl Strategy<Value = String> {
    prop_oneof!["[0-9A-Za-z_]{1,60}", "\\PC{1,40}", "[&=+%:; \"\\\\é鍵\r\n]{1,20}"]
}

fn form_encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

proptest! {
    #[test]
    fn token_of_one_authorization_header_is_read_whole(
        token in "[!-~]{1,200}", scheme in "[bB][eE][aA][rR][eE][rR]", gap in " {1,3}",
    ) {
        let one = header(&header::AUTHORIZATION, &format!("{scheme}{gap}{token}"));
        prop_assert_eq!(admission::bearer_token(&one).ok(), Some(&*token));
        let value = one[header::AUTHORIZATION].clone();
        let mut two = one;
        two.append(header::AUTHORIZATION, value);
        prop_assert!(admission::bearer_token(&two).is_err());
    }

    #[test]
    fn other_schemes_than_bearer_are_refused(scheme in "[!-~]{0,12}", rest in "[ -~]{0,80}") {
        prop_assume!(!scheme.eq_ignore_ascii_case("bearer"));
        let refused = admission::bearer_token(&header(&header::AUTHORIZATION, &format!("{scheme} {rest}")))
            .map(str::to_owned)
            .map_err(|error| error.code());
        prop_assert_eq!(refused, Err(ErrorCode::InvalidToken));
    }

    #[test]
    fn id_in_a_header_is_a_uuid_given_once_or_refused(values in any_values(), id in any::<[u8; 16]>()) {
        let name = HeaderName::from_static(ACCOUNT);
        let id = AccountId::from_uuid(uuid::Uuid::from_bytes(id));
        let plain = header(&name, &id.to_string());
        prop_assert_eq!(id_headers::optional_id::<AccountId>(&plain, ACCOUNT).ok(), Some(Some(id)));
        let any = headers(&name, &values);
        match id_headers::optional_id::<AccountId>(&any, ACCOUNT) {
            Ok(None) => prop_assert!(any.is_empty()),
            Ok(Some(_)) => prop_assert_eq!(any.len(), 1),
            Err(error) => prop_assert_eq!(error.code(), ErrorCode::HeaderMalformed),
        }
    }

    #[test]
    fn request_id_is_the_clients_where_it_is_plain_and_else_ours(values in any_values(), plain in "[0-9A-Za-z_.-]{1,64}") {
        let name = HeaderName::from_static("x-request-id");
        prop_assert_eq!(&edge::request_id(&header(&name, &plain), uuid::Uuid::nil), &plain);
        let given = edge::request_id(&headers(&name, &values), uuid::Uuid::nil);
        prop_assert!((1..=64).contains(&given.len()));
        prop_assert!(given.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte)), "{given}");
    }

    #[test]
    fn range_within_the_content_is_that_range(first in 0_u64..1000, more in 0_u64..1000, beyond in 1_u64..1000) {
        let last = first + more;
        let size_bytes = last + beyond;
        let satisfiable = |range| ParsedRange::Satisfiable(range);
        prop_assert_eq!(parse_range(&format!("bytes={first}-{last}"), size_bytes), satisfiable(first..last + 1));
        prop_assert_eq!(parse_range(&format!("bytes={first}-"), size_bytes), satisfiable(first..size_bytes));
        prop_assert_eq!(parse_range(&format!("bytes=-{beyond}"), size_bytes), satisfiable(last..size_bytes));
        prop_assert_eq!(parse_range(&format!("bytes={size_bytes}-"), size_bytes), ParsedRange::Unsatisfiable);
    }

    #[test]
    fn any_range_lies_within_the_content(
        spec in prop_oneof!["\\PC{0,40}", "bytes=[0-9,-]{0,45}"], size_bytes in any::<u64>(),
    ) {
        if let ParsedRange::Satisfiable(range) = parse_range(&spec, size_bytes) {
            prop_assert!(range.start < range.end && range.end <= size_bytes, "{spec}: {range:?}");
        }
    }

    #[test]
    fn list_of_entity_tags_has_those_that_stand_in_it(
        before in "(W/)?\"[0-9a-z]{0,8}\"", tag in "\"[0-9A-Z]{1,8}\"", values in any_values(),
    ) {
        let name = header::IF_NONE_MATCH;
        let both = header(&name, &format!("{before} ,W/{tag}"));
        let list = conditional::if_none_match(&Method::GET, &both).unwrap();
        prop_assert!(conditional::client_has(&list, &HeaderValue::from_str(&tag).unwrap()));
        let other = HeaderValue::from_static("\"of lower and UPPER\"");
        prop_assert!(!conditional::client_has(&list, &other));
        if let Some(any) = conditional::if_none_match(&Method::GET, &headers(&name, &values)) {
            conditional::client_has(&any, &other);
        }
        prop_assert_eq!(conditional::if_none_match(&Method::PUT, &both), None);
    }

    #[test]
    fn token_request_is_read_as_it_was_written(key in credential(), secret in credential()) {
        let json = serde_json::json!({ "key": key, "secret": secret }).to_string();
        let form = format!("key={}&secret={}", form_encoded(&key), form_encoded(&secret));
        for (body, is_form) in [(json, false), (form, true)] {
            let presented = parse_plain_body::<Presented>(&body.into(), is_form).ok();
            prop_assert_eq!(presented.map(Presented::into_pair), Some((Some(key.clone()), Some(secret.clone()))));
        }
    }

    #[test]
    fn token_request_of_any_bytes_is_refused_or_holds_no_nul(
        bytes in prop_oneof![any::<Vec<u8>>(), "\\{\"key\":\"[ -~\0]{0,40}".prop_map(String::into_bytes)], is_form: bool,
    ) {
        match parse_plain_body::<Presented>(&bytes.into(), is_form) {
            Ok(presented) => {
                let (key, secret) = presented.into_pair();
                prop_assert!(![key, secret].into_iter().flatten().any(|text| text.contains('\0')));
            }
            Err(error) => prop_assert!(matches!(error.code(), ErrorCode::BodyMalformed | ErrorCode::InvalidInput)),
        }
    }

    #[test]
    fn oauth_request_is_read_alike_from_form_and_header(key in credential(), secret in credential()) {
        let (key_text, secret_text) = (form_encoded(&key), form_encoded(&secret));
        let grant = "grant_type=client_credentials";
        let mut in_header = header(&header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let in_form = in_header.clone();
        let pair = BASE64_STANDARD.encode(format!("{key_text}:{secret_text}"));
        in_header.insert(header::AUTHORIZATION, HeaderValue::try_from(format!("Basic {pair}")).unwrap());
        let form = format!("{grant}&client_id={key_text}&client_secret={secret_text}");
        for (headers, body) in [(&in_header, grant), (&in_form, &*form)] {
            let read = oauth_request::parse(headers, body.as_bytes()).unwrap();
            prop_assert_eq!((&read.client_id, &read.client_secret), (&key, &secret));
        }
        prop_assert!(oauth_request::parse(&in_header, form.as_bytes()).is_err(), "in both places");
    }

    #[test]
    fn oauth_request_of_any_bytes_never_has_two_readings(
        values in any_values(), body in prop_oneof![any::<Vec<u8>>(), "[a-z_&=%+]{0,80}".prop_map(String::into_bytes)],
    ) {
        let mut any = headers(&header::AUTHORIZATION, &values);
        any.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        if oauth_request::parse(&any, &body).is_ok() {
            prop_assert!(any.get_all(header::AUTHORIZATION).iter().count() <= 1);
        }
    }
}
