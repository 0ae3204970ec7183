//! Tests of the vault: the file's form, the MAC of a secret, sealing.

use super::*;

const ONES: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
const TWOS: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI";

fn file(peppers: &str, key_encryption_keys: &str, upload_key: &str) -> String {
    format!(
        r#"{{"version":1,"peppers":{peppers},"key_encryption_keys":{key_encryption_keys},"upload_key":{upload_key}}}"#
    )
}

fn list(keys: &[(i64, &str)]) -> String {
    let keys: Vec<_> = keys.iter().map(|(id, key)| format!(r#"{{"id":{id},"key":"{key}"}}"#)).collect();
    format!("[{}]", keys.join(","))
}

fn upload() -> String {
    format!("\"{ONES}\"")
}

fn vault(peppers: &[(i64, &str)], key_encryption_keys: &[(i64, &str)]) -> Vault {
    Vault::from_json(&file(&list(peppers), &list(key_encryption_keys), &upload())).unwrap()
}

#[test]
fn generated_vault_survives_its_file() {
    let vault = Vault::generate();
    let key_id = KeyId::generate();

    let again = Vault::from_json(&vault.to_json()).unwrap();

    assert_eq!(again.newest_pepper_id(), 1);
    assert_eq!(again.mac(1, &key_id, "s"), vault.mac(1, &key_id, "s"));
    assert_eq!(*again.open(b"a", &vault.seal(b"a", b"text")).unwrap(), b"text");
    assert_eq!(*again.to_json(), *vault.to_json());
}

#[test]
fn generated_vaults_share_no_key() {
    let key_id = KeyId::generate();
    assert_ne!(Vault::generate().mac(1, &key_id, "s"), Vault::generate().mac(1, &key_id, "s"));
}

#[test]
fn newest_pepper_is_the_one_with_the_largest_id() {
    let vault = vault(&[(7, ONES), (9, TWOS), (3, ONES)], &[(1, ONES)]);
    assert_eq!(vault.newest_pepper_id(), 9);
}

#[test]
fn mac_is_hmac_sha256_over_id_zero_byte_and_secret() {
    let vault = vault(&[(1, ONES)], &[(1, ONES)]);
    let key_id = KeyId::parse("mdl_key_0000000000000000000000").unwrap();

    let mac = vault.mac(1, &key_id, "secret").unwrap();

    let key = hmac::Key::new(hmac::HMAC_SHA256, &[1; 32]);
    let expected = hmac::sign(&key, b"mdl_key_0000000000000000000000\0secret");
    assert_eq!(mac, expected.as_ref());
}

#[test]
fn mac_differs_by_pepper_key_and_secret() {
    let vault = vault(&[(1, ONES), (2, TWOS)], &[(1, ONES)]);
    let (key, other) = (KeyId::generate(), KeyId::generate());

    let mac = vault.mac(1, &key, "secret").unwrap();

    assert_ne!(Some(mac), vault.mac(2, &key, "secret"));
    assert_ne!(Some(mac), vault.mac(1, &other, "secret"));
    assert_ne!(Some(mac), vault.mac(1, &key, "Secret"));
    assert_eq!(None, vault.mac(3, &key, "secret"));
}

#[test]
fn sealed_text_is_opened_by_an_older_key_too() {
    let before = vault(&[(1, ONES)], &[(1, ONES)]);
    let after = vault(&[(1, ONES)], &[(1, ONES), (2, TWOS)]);

    let sealed = before.seal(b"for", b"private");

    assert_eq!(*after.open(b"for", &sealed).unwrap(), b"private");
    assert_eq!(
        before.open(b"for", &after.seal(b"for", b"private")),
        Err(VaultError::UnknownKeyEncryptionKey(2))
    );
}

#[test]
fn sealed_text_holds_no_plaintext_and_differs_each_time() {
    let vault = Vault::generate();
    let (one, two) = (vault.seal(b"", b"private text"), vault.seal(b"", b"private text"));
    assert_ne!(one, two);
    assert!(!one.windows(7).any(|window| window == b"private"));
}

#[test]
fn altered_or_misplaced_sealed_text_is_not_opened() {
    let vault = vault(&[(1, ONES)], &[(1, ONES), (2, ONES)]);
    let sealed = vault.seal(b"for", b"private");

    for position in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[position] ^= 1;
        assert!(vault.open(b"for", &altered).is_err(), "byte {position}");
        assert!(vault.open(b"for", &sealed[..position]).is_err(), "cut at {position}");
    }
    let mut other_id = sealed.clone();
    other_id[8] = 1;
    assert_eq!(vault.open(b"for", &other_id), Err(VaultError::NotAuthentic), "the id is bound in");
    assert_eq!(vault.open(b"other", &sealed), Err(VaultError::NotAuthentic));
}

#[test]
fn damaged_file_is_refused_by_place() {
    let keys = list(&[(1, ONES)]);
    let cases = [
        (file("[]", &keys, &upload()), VaultError::NoKey("peppers")),
        (file(&keys, "[]", &upload()), VaultError::NoKey("key_encryption_keys")),
        (file(&keys, &keys, "\"AQEB\""), VaultError::BadKey { place: "upload_key".into() }),
        (
            file(&keys, &list(&[(1, ONES), (2, &ONES[1..])]), &upload()),
            VaultError::BadKey { place: "key_encryption_keys[1].key".into() },
        ),
        (
            file(&list(&[(1, ONES), (1, TWOS)]), &keys, &upload()),
            VaultError::BadId { place: "peppers[1].id".into() },
        ),
        (file(&list(&[(0, ONES)]), &keys, &upload()), VaultError::BadId { place: "peppers[0].id".into() }),
        (file(&keys, &keys, &upload()).replace(":1,\"pep", ":2,\"pep"), VaultError::UnknownVersion(2)),
    ];
    for (text, expected) in cases {
        assert_eq!(Vault::from_json(&text).unwrap_err(), expected, "{text}");
    }
}

#[test]
fn unexpected_json_is_refused_without_showing_it() {
    let keys = list(&[(1, ONES)]);
    let good = file(&keys, &keys, &upload());
    for text in [
        String::new(),
        "[]".to_owned(),
        good.replace('1', "\"hunter2hunter2\""),
        good.replace("\"id\"", "\"hunter2hunter2\""),
        good.replace("\"upload_key\"", "\"version\""),
        file(&keys, &keys, "[\"hunter2hunter2\"]"),
        format!("{good}hunter2hunter2"),
        good[..good.len() - 1].to_owned(),
    ] {
        let error = Vault::from_json(&text).unwrap_err();
        assert!(matches!(error, VaultError::Malformed { .. }), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn vault_shows_only_ids_by_debug() {
    let shown = format!("{:?}", vault(&[(4, ONES)], &[(5, TWOS)]));
    assert_eq!(shown, "Vault { pepper_ids: [4], key_encryption_key_ids: [5], .. }");
}

#[test]
fn new_pepper_is_the_newest_and_the_old_one_still_hashes_as_before() {
    let old = vault(&[(4, ONES)], &[(1, ONES)]);
    let key_id = KeyId::generate();

    let new = old.with_new_pepper();

    assert_eq!((new.newest_pepper_id(), new.pepper_ids()), (5, vec![4, 5]));
    assert_eq!(new.mac(4, &key_id, "s"), old.mac(4, &key_id, "s"));
    assert_ne!(new.mac(5, &key_id, "s"), new.mac(4, &key_id, "s"));
    assert_ne!(new.mac(5, &key_id, "s"), old.with_new_pepper().mac(5, &key_id, "s"), "each one is random");
    assert_eq!(Vault::from_json(&new.to_json()).unwrap().mac(5, &key_id, "s"), new.mac(5, &key_id, "s"));
}

#[test]
fn new_key_encryption_key_seals_and_the_old_one_still_opens() {
    let old = vault(&[(1, ONES)], &[(7, TWOS)]);
    let sealed_before = old.seal(b"a", b"text");

    let new = old.with_new_key_encryption_key();

    let sealed_after = new.seal(b"a", b"text");
    assert_eq!((Vault::sealed_under(&sealed_before), Vault::sealed_under(&sealed_after)), (Some(7), Some(8)));
    assert_eq!(*new.open(b"a", &sealed_before).unwrap(), b"text");
    assert_eq!(*new.open(b"a", &sealed_after).unwrap(), b"text");
    assert_eq!(old.open(b"a", &sealed_after), Err(VaultError::UnknownKeyEncryptionKey(8)));
}

#[test]
fn vault_keeps_the_keys_named_and_the_newest_of_each_kind() {
    let all = vault(&[(1, ONES), (2, TWOS), (3, ONES)], &[(5, TWOS), (6, ONES)]);

    let kept = all.keeping(&[1], &[]);

    assert_eq!((kept.pepper_ids(), kept.key_encryption_key_ids()), (vec![1, 3], vec![6]));
    let key_id = KeyId::generate();
    assert_eq!(kept.mac(1, &key_id, "s"), all.mac(1, &key_id, "s"));
    assert_eq!(kept.mac(2, &key_id, "s"), None);
}

#[test]
fn key_of_a_text_that_is_not_sealed_is_not_guessed() {
    for text in [&b""[..], b"\x01", b"\x01\0\0\0\0\0\0\0", b"\x02\0\0\0\0\0\0\0\x01more"] {
        assert_eq!(Vault::sealed_under(text), None, "{text:?}");
    }
}
