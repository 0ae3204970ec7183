//! The secrets that live outside the database: peppers, key-encryption keys and the upload-signing key, in one JSON
//! file. Not the reading or writing of that file, which is the server's; called at start, by [`crate::secret_check`],
//! [`crate::signing`] and [`crate::upload_signature`].

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::key::KeyId;
use crate::key_bytes::{KeyBytes, KeyText};
use crate::random::random_bytes;

const FILE_VERSION: u32 = 1;
const SEALED_VERSION: u8 = 1;
/// Version byte and key-encryption key id.
const SEALED_HEADER_LENGTH: usize = 1 + 8;

/// Why a secrets file was refused, or a sealed text not opened. No message holds key material.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The text is not the JSON object expected: bad syntax, a missing, unknown or doubled member, a wrong type.
    #[error(
        "the secrets file is not as expected at line {line}, column {column}: it must be one JSON object with \
         \"version\", \"peppers\", \"key_encryption_keys\" and \"upload_key\" and nothing else"
    )]
    Malformed {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// The file was written by a version we don't know.
    #[error("the secrets file has version {0}; this program reads version {FILE_VERSION}")]
    UnknownVersion(u32),
    /// A key is not 32 bytes in unpadded base64url.
    #[error("the secrets file's {place} must be 32 bytes in unpadded base64url (43 characters)")]
    BadKey {
        /// Which member, such as `peppers[0].key`.
        place: String,
    },
    /// An id is below 1, or stands twice.
    #[error("the secrets file's {place} must be a whole number above 0 that stands once in its list")]
    BadId {
        /// Which member, such as `peppers[0].id`.
        place: String,
    },
    /// A list has no key at all.
    #[error("the secrets file's {0} must hold at least one key")]
    NoKey(&'static str),
    /// A sealed text is too short, or of a form we don't know.
    #[error("the sealed text is not of a form this program knows")]
    UnknownSealedForm,
    /// A sealed text names a key-encryption key that is not in the file.
    #[error("the key-encryption key {0} is not in the secrets file")]
    UnknownKeyEncryptionKey(i64),
    /// A sealed text was altered, or belongs to another thing than the one it is opened for.
    #[error("the sealed text is damaged, or was sealed for something else")]
    NotAuthentic,
}

/// The contents of the secrets file. Several peppers and key-encryption keys may be live, so that they can be
/// replaced one after the other; the newest, which is the one with the largest id, is used for what is made now.
#[derive(Clone)]
pub struct Vault {
    peppers: Vec<Pepper>,
    key_encryption_keys: Vec<NumberedKey>,
    upload_key: KeyBytes,
}

#[derive(Clone)]
struct Pepper {
    key: NumberedKey,
    mac: hmac::Key,
}

#[derive(Clone, Serialize)]
struct NumberedKey {
    id: i64,
    key: KeyBytes,
}

#[derive(Serialize)]
struct FileOut<'a> {
    version: u32,
    peppers: Vec<&'a NumberedKey>,
    key_encryption_keys: &'a [NumberedKey],
    upload_key: &'a KeyBytes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileIn {
    version: u32,
    peppers: Vec<NumberedKeyIn>,
    key_encryption_keys: Vec<NumberedKeyIn>,
    upload_key: KeyText,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NumberedKeyIn {
    id: i64,
    key: KeyText,
}

impl Vault {
    /// A new set of secrets: one pepper, one key-encryption key, each with id 1, and an upload-signing key.
    pub fn generate() -> Self {
        let first = || NumberedKey { id: 1, key: KeyBytes::generate() };
        Self {
            peppers: vec![Pepper::new(first())],
            key_encryption_keys: vec![first()],
            upload_key: KeyBytes::generate(),
        }
    }

    /// Reads the text of a secrets file.
    ///
    /// *Errors*: every variant of [`VaultError`] that speaks of the file; none shows a key.
    pub fn from_json(text: &str) -> Result<Self, VaultError> {
        let file: FileIn = serde_json::from_str(text)
            .map_err(|error| VaultError::Malformed { line: error.line(), column: error.column() })?;
        if file.version != FILE_VERSION {
            return Err(VaultError::UnknownVersion(file.version));
        }
        let peppers = numbered_keys("peppers", file.peppers)?;
        Ok(Self {
            peppers: peppers.into_iter().map(Pepper::new).collect(),
            key_encryption_keys: numbered_keys("key_encryption_keys", file.key_encryption_keys)?,
            upload_key: file
                .upload_key
                .0
                .ok_or_else(|| VaultError::BadKey { place: "upload_key".to_owned() })?,
        })
    }

    /// The text of the secrets file, with a line feed at its end.
    pub fn to_json(&self) -> Zeroizing<String> {
        let file = FileOut {
            version: FILE_VERSION,
            peppers: self.peppers.iter().map(|pepper| &pepper.key).collect(),
            key_encryption_keys: &self.key_encryption_keys,
            upload_key: &self.upload_key,
        };
        // Room for all of it at once: a buffer that grows leaves copies behind.
        let keys = self.peppers.len() + self.key_encryption_keys.len();
        let mut text = Zeroizing::new(Vec::with_capacity(256 + 128 * keys));
        serde_json::to_writer_pretty(&mut *text, &file).expect("a struct of numbers and texts becomes JSON");
        text.push(b'\n');
        let text = String::from_utf8(std::mem::take(&mut *text)).expect("JSON is UTF-8");
        Zeroizing::new(text)
    }

    /// The same vault with one more pepper, which is its newest.
    #[must_use]
    pub fn with_new_pepper(&self) -> Self {
        let mut vault = self.clone();
        let key = NumberedKey { id: self.newest_pepper_id() + 1, key: KeyBytes::generate() };
        vault.peppers.push(Pepper::new(key));
        vault
    }

    /// The same vault with one more key-encryption key, which is its newest.
    #[must_use]
    pub fn with_new_key_encryption_key(&self) -> Self {
        let mut vault = self.clone();
        let key = NumberedKey { id: self.newest_key_encryption_key_id() + 1, key: KeyBytes::generate() };
        vault.key_encryption_keys.push(key);
        vault
    }

    /// The same vault with these keys alone, by their ids. The newest of each kind stays in any case.
    ///
    /// *Why* the newest: ids count up from it, so that none is ever given to another key.
    #[must_use]
    pub fn keeping(&self, pepper_ids: &[i64], key_encryption_key_ids: &[i64]) -> Self {
        let mut vault = self.clone();
        let (pepper, key) = (self.newest_pepper_id(), self.newest_key_encryption_key_id());
        vault.peppers.retain(|known| known.key.id == pepper || pepper_ids.contains(&known.key.id));
        vault
            .key_encryption_keys
            .retain(|known| known.id == key || key_encryption_key_ids.contains(&known.id));
        vault
    }

    /// The ids of the peppers, in the file's order.
    pub fn pepper_ids(&self) -> Vec<i64> {
        self.peppers.iter().map(|pepper| pepper.key.id).collect()
    }

    /// The ids of the key-encryption keys, in the file's order.
    pub fn key_encryption_key_ids(&self) -> Vec<i64> {
        self.key_encryption_keys.iter().map(|key| key.id).collect()
    }

    /// The id of the key-encryption key under which is sealed now.
    pub fn newest_key_encryption_key_id(&self) -> i64 {
        newest(&self.key_encryption_keys, |key| key.id).id
    }

    /// The id of the pepper under which a secret is hashed now.
    pub fn newest_pepper_id(&self) -> i64 {
        self.newest_pepper().key.id
    }

    /// What is kept of a secret: HMAC-SHA-256 under the pepper over key id, a zero byte, and secret. `None` if the
    /// pepper is not in the file.
    ///
    /// *Why* not a slow hash: a secret has 256 random bits, so that guessing is hopeless at any speed.
    pub fn mac(&self, pepper_id: i64, key_id: &KeyId, presented: &str) -> Option<[u8; 32]> {
        Some(self.pepper(pepper_id)?.mac(key_id.as_str(), presented))
    }

    /// As [`Vault::mac`], under the newest pepper, with its id: how a new secret is kept.
    pub fn newest_mac(&self, key_id: &KeyId, presented: &str) -> (i64, [u8; 32]) {
        let newest = self.newest_pepper();
        (newest.key.id, newest.mac(key_id.as_str(), presented))
    }

    /// As [`Vault::mac`], for a key id of any shape; under the newest pepper if the one asked for is not there, so that
    /// the work is done in any case. The second value says whether it was there.
    pub(crate) fn mac_always(&self, pepper_id: i64, key_id: &str, presented: &str) -> ([u8; 32], bool) {
        let pepper = self.pepper(pepper_id);
        (pepper.unwrap_or(self.newest_pepper()).mac(key_id, presented), pepper.is_some())
    }

    /// Encrypts with AES-256-GCM under the newest key-encryption key, whose id stands in the sealed text.
    ///
    /// `aad` says what the text is for; it is not kept, and only the same opens it again.
    pub fn seal(&self, aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
        let newest = newest(&self.key_encryption_keys, |key| key.id);
        let nonce: [u8; NONCE_LEN] = random_bytes();
        let mut sealed = Vec::with_capacity(SEALED_HEADER_LENGTH + NONCE_LEN + plaintext.len() + 16);
        sealed.push(SEALED_VERSION);
        sealed.extend_from_slice(&newest.id.to_be_bytes());
        let aad = Aad::from([&sealed, aad].concat());
        sealed.extend_from_slice(&nonce);
        let body_start = sealed.len();
        sealed.extend_from_slice(plaintext);
        // A 96-bit random nonce is safe for 2^32 texts a key; signing keys come by the dozen a year.
        let tag = newest
            .cipher()
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed[body_start..])
            .expect("AES-GCM seals a text of this length");
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    /// The id of the key-encryption key that a sealed text needs; `None` for a form we don't know.
    pub fn sealed_under(sealed: &[u8]) -> Option<i64> {
        let (version, rest) = sealed.split_first()?;
        let id = rest.first_chunk().map(|id| i64::from_be_bytes(*id))?;
        (*version == SEALED_VERSION).then_some(id)
    }

    /// Decrypts what [`Vault::seal`] made for the same `aad`.
    ///
    /// *Errors*: [`VaultError::UnknownSealedForm`], [`VaultError::UnknownKeyEncryptionKey`], [`VaultError::NotAuthentic`].
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (header, rest) =
            sealed.split_at_checked(SEALED_HEADER_LENGTH).ok_or(VaultError::UnknownSealedForm)?;
        let (nonce, body) = rest.split_at_checked(NONCE_LEN).ok_or(VaultError::UnknownSealedForm)?;
        let (version, id) = header.split_at(1);
        if version != [SEALED_VERSION] {
            return Err(VaultError::UnknownSealedForm);
        }
        let id = i64::from_be_bytes(id.try_into().map_err(|_| VaultError::UnknownSealedForm)?);
        let key = self
            .key_encryption_keys
            .iter()
            .find(|key| key.id == id)
            .ok_or(VaultError::UnknownKeyEncryptionKey(id))?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::UnknownSealedForm)?;
        let mut text = Zeroizing::new(body.to_vec());
        let length = key
            .cipher()
            .open_in_place(nonce, Aad::from([header, aad].concat()), &mut text)
            .map_err(|_| VaultError::NotAuthentic)?
            .len();
        text.truncate(length);
        Ok(text)
    }

    /// The key that the audit trail is chained with: derived from the upload key, since that one is never replaced, so
    /// that a trail can be checked for as long as it is kept.
    pub(crate) fn audit_key(&self) -> hmac::Key {
        let derived = hmac::sign(&self.upload_key(), b"mudlark audit key 1");
        hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref())
    }

    /// The key that signs upload addresses.
    pub(crate) fn upload_key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.upload_key.as_slice())
    }

    fn pepper(&self, id: i64) -> Option<&Pepper> {
        self.peppers.iter().find(|pepper| pepper.key.id == id)
    }

    fn newest_pepper(&self) -> &Pepper {
        newest(&self.peppers, |pepper| pepper.key.id)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault")
            .field("pepper_ids", &self.pepper_ids())
            .field("key_encryption_key_ids", &self.key_encryption_key_ids())
            .finish_non_exhaustive()
    }
}

impl Pepper {
    fn new(key: NumberedKey) -> Self {
        Self { mac: hmac::Key::new(hmac::HMAC_SHA256, key.key.as_slice()), key }
    }

    fn mac(&self, key_id: &str, secret: &str) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.mac);
        context.update(key_id.as_bytes());
        context.update(&[0]);
        context.update(secret.as_bytes());
        context.sign().as_ref().try_into().expect("HMAC-SHA-256 gives 32 bytes")
    }
}

impl NumberedKey {
    fn cipher(&self) -> LessSafeKey {
        let key = UnboundKey::new(&AES_256_GCM, self.key.as_slice()).expect("an AES-256 key has 32 bytes");
        LessSafeKey::new(key)
    }
}

fn newest<T>(keys: &[T], id: impl Fn(&T) -> i64) -> &T {
    keys.iter().max_by_key(|key| id(key)).expect("a vault has at least one key of each kind")
}

fn numbered_keys(list: &'static str, keys: Vec<NumberedKeyIn>) -> Result<Vec<NumberedKey>, VaultError> {
    let mut checked: Vec<NumberedKey> = Vec::with_capacity(keys.len());
    for (index, NumberedKeyIn { id, key }) in keys.into_iter().enumerate() {
        if id < 1 || checked.iter().any(|known| known.id == id) {
            return Err(VaultError::BadId { place: format!("{list}[{index}].id") });
        }
        let key = key.0.ok_or_else(|| VaultError::BadKey { place: format!("{list}[{index}].key") })?;
        checked.push(NumberedKey { id, key });
    }
    if checked.is_empty() { Err(VaultError::NoKey(list)) } else { Ok(checked) }
}

#[cfg(test)]
#[path = "vault_tests.rs"]
mod tests;
