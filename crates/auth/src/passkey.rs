//! Passkeys: what a browser is asked for, and whether what a device answers is good. The checks are the crate `passki`'s, over
//! the cryptography that everything here uses; what is asked for is decided here. *Source*: W3C, Web Authentication, Level 3.
//!
//! A passkey stands for its person alone, so the device must have seen who they are (`userVerification: required`). Who made
//! the device is not asked (`attestation: none`): a studio's people bring their own.

use passki::{
    AttestationConveyancePreference, AuthenticationCredential, AuthenticationOptions, ClientData, Passki,
    RegistrationCredential, RegistrationOptions, ResidentKeyRequirement, StoredPasskey,
    UserVerificationRequirement,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::passkey_challenge::{Challenge, GOOD_FOR_MS};

/// Why an answer of a device is not good. Says nothing of a key.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// It is not the JSON object that a browser makes of it.
    #[error("it is not in the form of a browser's `PublicKeyCredential.toJSON()`")]
    Malformed,
    /// It is not what was asked for: another site, another challenge, an unverified person, a wrong signature.
    #[error("{0}")]
    Refused(String),
    /// The count of its signatures has not grown: there may be two of the device.
    #[error("the device's count of its signatures has not grown")]
    CountNotGrown,
}

/// The site that passkeys are made for: a passkey of another is none here.
pub struct PasskeySite {
    party: Passki,
}

/// A passkey as a device has made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPasskey {
    /// What the device calls it, at most 1023 bytes.
    pub credential_id: Vec<u8>,
    /// A COSE key.
    pub public_key: Vec<u8>,
    /// Its COSE algorithm.
    pub algorithm: i64,
    /// How often the device has signed by it; 0 where it does not count.
    pub sign_count: i64,
    /// How the device is reached, as a JSON list.
    pub transports: String,
}

/// A passkey as it is kept.
#[derive(Clone, Copy, Debug)]
pub struct StoredKey<'a> {
    /// As in [`NewPasskey`].
    pub credential_id: &'a [u8],
    /// As in [`NewPasskey`].
    pub public_key: &'a [u8],
    /// As in [`NewPasskey`].
    pub algorithm: i64,
    /// As it last was.
    pub sign_count: i64,
    /// As in [`NewPasskey`].
    pub transports: &'a str,
}

/// What a good answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyUse {
    /// How often the device has signed by now.
    pub sign_count: i64,
    /// Who the device says that it signs for; the user's id, as it was told when the passkey was made.
    pub user_handle: Option<Vec<u8>>,
}

/// A browser's answer whose challenge is still to be looked at.
pub struct Answer<T> {
    credential: T,
    /// The challenge that it says it answers.
    pub challenge: Vec<u8>,
}

impl PasskeySite {
    /// The site at an origin such as `https://art.studio.example`; none where passkeys can't be: an address in numbers is no
    /// name, and without encryption browsers make them for `localhost` alone. *Source*: WebAuthn, section 5.1.3, step 8.
    pub fn at(origin: &str) -> Option<Self> {
        let (scheme, authority) = origin.split_once("://")?;
        // A browser leaves the scheme's own port out of an origin, and writes names in lower case.
        let authority = authority.to_ascii_lowercase();
        let authority =
            authority.strip_suffix(if scheme == "https" { ":443" } else { ":80" }).unwrap_or(&authority);
        let name = match authority.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => authority,
        };
        let is_name = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
            && name.parse::<std::net::Ipv4Addr>().is_err();
        let is_safe = scheme == "https" || (scheme == "http" && is_localhost(name));
        if !is_name || !is_safe {
            return None;
        }
        Some(Self { party: Passki::new(name, &[format!("{scheme}://{authority}")], "Mudlark") })
    }

    /// What a browser is to ask a device for: a new passkey of this person, in the form of
    /// `PublicKeyCredentialCreationOptionsJSON`. `existing`: those that they have; no device makes a second one beside its own.
    pub fn creation_options(
        &self,
        (user_id, email, name): (&[u8; 16], &str, &str),
        existing: &[StoredKey<'_>],
        challenge: &Challenge,
    ) -> Result<Value, PasskeyError> {
        let existing: Vec<StoredPasskey> = existing.iter().map(stored).collect::<Result<_, _>>()?;
        let mut options = RegistrationOptions::default();
        options.timeout = GOOD_FOR_MS.unsigned_abs();
        options.attestation = AttestationConveyancePreference::None;
        options.resident_key = ResidentKeyRequirement::Required;
        options.user_verification = UserVerificationRequirement::Required;
        options.exclude_credentials = Some(&existing);
        let (mut asked, _) =
            self.party.start_passkey_registration(user_id, email, name, options).map_err(refused)?;
        asked.challenge = Passki::base64_encode(challenge.as_bytes());
        as_json(&asked)
    }

    /// What a browser is to ask a device for: that anybody show who they are by a passkey of this site, in the form of
    /// `PublicKeyCredentialRequestOptionsJSON`.
    pub fn request_options(&self, challenge: &Challenge) -> Result<Value, PasskeyError> {
        let mut options = AuthenticationOptions::default();
        options.timeout = GOOD_FOR_MS.unsigned_abs();
        options.user_verification = UserVerificationRequirement::Required;
        let (mut asked, _) = self.party.start_passkey_authentication(&[], options).map_err(refused)?;
        asked.challenge = Passki::base64_encode(challenge.as_bytes());
        as_json(&asked)
    }

    /// The passkey that a device has made, where its answer is to this challenge.
    pub fn check_new(
        &self,
        answer: &Answer<RegistrationCredential>,
        challenge: &Challenge,
        user_id: &[u8; 16],
    ) -> Result<NewPasskey, PasskeyError> {
        let mut options = RegistrationOptions::default();
        options.user_verification = UserVerificationRequirement::Required;
        let (_, mut state) =
            self.party.start_passkey_registration(user_id, "", "", options).map_err(refused)?;
        state.challenge = challenge.as_bytes().to_vec();
        let made = self.party.finish_passkey_registration(&answer.credential, &state).map_err(refused)?;
        Ok(NewPasskey {
            credential_id: made.credential_id,
            public_key: made.public_key,
            algorithm: made.algorithm.into(),
            sign_count: made.counter.into(),
            transports: serde_json::to_string(&made.transports).map_err(|_| PasskeyError::Malformed)?,
        })
    }

    /// Whether a device has signed by this passkey, for this challenge.
    pub fn check_use(
        &self,
        answer: &Answer<AuthenticationCredential>,
        challenge: &Challenge,
        key: &StoredKey<'_>,
    ) -> Result<PasskeyUse, PasskeyError> {
        let mut options = AuthenticationOptions::default();
        options.user_verification = UserVerificationRequirement::Required;
        let key = stored(key)?;
        let (_, mut state) =
            self.party.start_passkey_authentication(std::slice::from_ref(&key), options).map_err(refused)?;
        state.challenge = challenge.as_bytes().to_vec();
        let used = self.party.finish_passkey_authentication(&answer.credential, &state, &key);
        let used = used.map_err(|error| match error {
            passki::PasskiError::CounterRegression => PasskeyError::CountNotGrown,
            other => refused(other),
        })?;
        Ok(PasskeyUse { sign_count: used.counter.into(), user_handle: used.user_handle })
    }
}

impl Answer<RegistrationCredential> {
    /// Reads what a browser sends of a passkey that was made.
    pub fn of_creation(json: Value) -> Result<Self, PasskeyError> {
        let credential: RegistrationCredential =
            serde_json::from_value(json).map_err(|_| PasskeyError::Malformed)?;
        let challenge = challenge_in(&credential.response.client_data_json)?;
        Ok(Self { credential, challenge })
    }
}

impl Answer<AuthenticationCredential> {
    /// Reads what a browser sends of a passkey that was used.
    pub fn of_use(json: Value) -> Result<Self, PasskeyError> {
        let credential: AuthenticationCredential =
            serde_json::from_value(json).map_err(|_| PasskeyError::Malformed)?;
        let challenge = challenge_in(&credential.response.client_data_json)?;
        Ok(Self { credential, challenge })
    }

    /// What the device calls the passkey.
    pub fn credential_id(&self) -> Result<Vec<u8>, PasskeyError> {
        Passki::base64_decode(&self.credential.raw_id).map_err(|_| PasskeyError::Malformed)
    }
}

fn challenge_in(client_data: &str) -> Result<Vec<u8>, PasskeyError> {
    let data = ClientData::from_base64(client_data).map_err(|_| PasskeyError::Malformed)?;
    Passki::base64_decode(&data.challenge).map_err(|_| PasskeyError::Malformed)
}

fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// The library's own form of a passkey, which it lets others make by reading it alone.
fn stored(key: &StoredKey<'_>) -> Result<StoredPasskey, PasskeyError> {
    let transports: Value = serde_json::from_str(key.transports).unwrap_or_else(|_| json!([]));
    serde_json::from_value(json!({
        "credential_id": key.credential_id,
        "public_key": key.public_key,
        "counter": key.sign_count,
        "algorithm": key.algorithm,
        "transports": transports,
    }))
    .map_err(|error| PasskeyError::Refused(format!("the passkey as kept is not readable: {error}")))
}

fn as_json(value: &impl Serialize) -> Result<Value, PasskeyError> {
    serde_json::to_value(value).map_err(|_| PasskeyError::Malformed)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn refused(error: passki::PasskiError) -> PasskeyError {
    PasskeyError::Refused(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_for_names_with_encryption_and_for_this_machine() {
        for (origin, name) in [
            ("https://art.studio.example", Some("art.studio.example")),
            ("https://Art.Studio.example:443", Some("art.studio.example")),
            ("https://art.studio.example:8443", Some("art.studio.example")),
            ("http://localhost:8080", Some("localhost")),
            ("http://art.studio.example", None),
            ("https://192.0.2.7", None),
            ("http://127.0.0.1:8080", None),
            ("https://[::1]:8080", None),
            ("https://", None),
            ("art.studio.example", None),
        ] {
            let site = PasskeySite::at(origin);
            assert_eq!(site.map(|site| site.party.rp_id), name.map(str::to_owned), "{origin}");
        }
    }

    #[test]
    fn origin_is_as_a_browser_writes_it() {
        for (given, written) in [
            ("https://Art.example:443", "https://art.example"),
            ("https://art.example:8443", "https://art.example:8443"),
            ("http://localhost:80", "http://localhost"),
        ] {
            assert_eq!(PasskeySite::at(given).unwrap().party.rp_origins, [written]);
        }
    }

    #[test]
    fn garbage_is_no_answer() {
        for json in [
            json!(null),
            json!({}),
            json!({"rawId": "AAAA", "response": {"clientDataJSON": "!", "attestationObject": "", "authenticatorData": "", "signature": ""}}),
            json!({"rawId": "AAAA", "response": {"clientDataJSON": "e30", "attestationObject": "", "authenticatorData": "", "signature": ""}}),
        ] {
            assert!(matches!(Answer::of_use(json.clone()), Err(PasskeyError::Malformed)), "{json}");
            assert!(matches!(Answer::of_creation(json.clone()), Err(PasskeyError::Malformed)), "{json}");
        }
    }
}
