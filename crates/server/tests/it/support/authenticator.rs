//! A person's device with passkeys, in software: answers what a browser asks it for, as a browser hands it on.
//! *Source*: W3C, Web Authentication, Level 3, sections 5.8.1, 6.1 and 6.5.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::actor::text;

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const HAS_CREDENTIAL: u8 = 0x40;

/// The device, with one passkey.
pub(crate) struct Authenticator {
    key: EcdsaKeyPair,
    pub(crate) credential_id: Vec<u8>,
    user_handle: Vec<u8>,
    /// The page that the browser shows.
    pub(crate) origin: String,
    rp_id: String,
    /// Whether it looks who its person is, or only that there is somebody.
    pub(crate) verifies: bool,
    /// How often it has signed, as it says; 0 does not count.
    pub(crate) count: u32,
}

impl Authenticator {
    /// A device that a browser shows a page of this origin to, and what it answers when it is asked for a new passkey.
    pub(crate) fn create(origin: &str, asked: &Value) -> (Self, Value) {
        let asked = &asked["publicKey"];
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        let credential_id = digest(&SHA256, key.public_key().as_ref()).as_ref()[..16].to_vec();
        let device = Self {
            key,
            credential_id,
            user_handle: URL_SAFE_NO_PAD.decode(text(&asked["user"], "id")).expect("base64url"),
            origin: origin.to_owned(),
            rp_id: text(&asked["rp"], "id").to_owned(),
            verifies: true,
            count: 0,
        };
        let answer = device.creation(text(asked, "challenge"));
        (device, answer)
    }

    /// What it answers when it is asked for a new passkey.
    pub(crate) fn creation(&self, challenge: &str) -> Value {
        let mut data = self.data(HAS_CREDENTIAL);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.credential_id.len()).expect("short").to_be_bytes());
        data.extend(&self.credential_id);
        let point = self.key.public_key().as_ref();
        // {1: 2, 3: -7, -1: 1, -2: x, -3: y}
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(&point[1..33]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(&point[33..]);
        // {"fmt": "none", "attStmt": {}, "authData": data}
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
        object.extend(u16::try_from(data.len()).expect("short").to_be_bytes());
        object.extend(&data);
        self.credential(&json!({
            "clientDataJSON": self.client_data("webauthn.create", challenge),
            "attestationObject": URL_SAFE_NO_PAD.encode(object),
            "transports": ["internal"],
        }))
    }

    /// What it answers when it is asked who its person is.
    pub(crate) fn answer(&self, asked: &Value) -> Value {
        let client_data = self.client_data("webauthn.get", text(&asked["publicKey"], "challenge"));
        let data = self.data(0);
        let mut signed = data.clone();
        signed.extend(digest(&SHA256, &URL_SAFE_NO_PAD.decode(&client_data).expect("base64url")).as_ref());
        let signature = self.key.sign(&SystemRandom::new(), &signed).expect("a signature");
        self.credential(&json!({
            "clientDataJSON": client_data,
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "signature": URL_SAFE_NO_PAD.encode(signature),
            "userHandle": URL_SAFE_NO_PAD.encode(&self.user_handle),
        }))
    }

    fn data(&self, more: u8) -> Vec<u8> {
        let verified = if self.verifies { USER_VERIFIED } else { 0 };
        let mut data = digest(&SHA256, self.rp_id.as_bytes()).as_ref().to_vec();
        data.push(USER_PRESENT | verified | more);
        data.extend(self.count.to_be_bytes());
        data
    }

    fn client_data(&self, kind: &str, challenge: &str) -> String {
        let data = json!({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false});
        URL_SAFE_NO_PAD.encode(data.to_string())
    }

    fn credential(&self, response: &Value) -> Value {
        let id = URL_SAFE_NO_PAD.encode(&self.credential_id);
        json!({
            "id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {}, "response": response,
        })
    }
}
