//! What of a webhook is kept encrypted: its secrets, and the headers it sends, which may hold its receiver's.

use std::collections::BTreeMap;

use anyhow::Context;
use mudlark_auth::{Vault, WebhookSecret};
use mudlark_types::WebhookId;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Opened. Never printed.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Confidential {
    secret: String,
    /// The secret before it, for as long as both sign.
    previous_secret: Option<String>,
    /// Lower-case names, with their values.
    #[zeroize(skip)]
    headers: BTreeMap<String, String>,
}

impl Confidential {
    pub(crate) fn new(secret: &WebhookSecret, headers: BTreeMap<String, String>) -> Self {
        Self { secret: secret.expose().to_owned(), previous_secret: None, headers }
    }

    /// Makes another secret the present one; the one before it is kept beside it where `overlaps`.
    pub(crate) fn rotate(&mut self, secret: &WebhookSecret, overlaps: bool) {
        let before = std::mem::replace(&mut self.secret, secret.expose().to_owned());
        self.previous_secret = overlaps.then_some(before);
    }

    pub(crate) fn headers(&self) -> &BTreeMap<String, String> {
        &self.headers
    }

    pub(crate) fn set_headers(&mut self, headers: BTreeMap<String, String>) {
        self.headers = headers;
    }

    /// The secrets that sign, the present one first. `both`: the one before it signs too.
    ///
    /// *Errors*: what was sealed is no secret.
    pub(crate) fn secrets(&self, both: bool) -> anyhow::Result<Vec<WebhookSecret>> {
        let previous = self.previous_secret.as_deref().filter(|_| both);
        [Some(self.secret.as_str()), previous]
            .into_iter()
            .flatten()
            .map(|text| WebhookSecret::parse(text).context("a webhook's secret is not in its form"))
            .collect()
    }

    pub(crate) fn seal(&self, vault: &Vault, id: WebhookId) -> Vec<u8> {
        let text = Zeroizing::new(serde_json::to_vec(self).expect("texts are JSON"));
        vault.seal(&sealed_for(id), &text)
    }

    /// *Errors*: it was sealed for another webhook or under a key that is not there, or was altered.
    pub(crate) fn open(vault: &Vault, id: WebhookId, sealed: &[u8]) -> anyhow::Result<Self> {
        let text = vault
            .open(&sealed_for(id), sealed)
            .with_context(|| format!("what is sealed of the webhook {id} can't be opened"))?;
        serde_json::from_slice(&text).context("what is sealed of a webhook is not in its form")
    }
}

fn sealed_for(id: WebhookId) -> Vec<u8> {
    [b"mudlark webhook ", id.as_uuid().as_bytes().as_slice()].concat()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn secrets_overlap_only_where_it_is_said() {
        let [one, two, three] = [(); 3].map(|()| WebhookSecret::generate());
        let texts = |kept: &Confidential, both| -> Vec<String> {
            kept.secrets(both).unwrap().iter().map(|secret| secret.expose().to_owned()).collect()
        };
        let mut kept = Confidential::new(&one, BTreeMap::new());
        kept.rotate(&two, true);
        assert_eq!(texts(&kept, true), [two.expose(), one.expose()]);
        assert_eq!(texts(&kept, false), [two.expose()]);
        kept.rotate(&three, false);
        assert_eq!(texts(&kept, true), [three.expose()]);
    }

    #[test]
    fn only_its_own_webhook_opens_it() {
        let (vault, id) = (Vault::generate(), WebhookId::from(Uuid::from_u128(1)));
        let headers = BTreeMap::from([("authorization".to_owned(), "Bearer x".to_owned())]);
        let sealed = Confidential::new(&WebhookSecret::generate(), headers.clone()).seal(&vault, id);
        assert_eq!(Confidential::open(&vault, id, &sealed).unwrap().headers(), &headers);
        assert!(Confidential::open(&vault, Uuid::from_u128(2).into(), &sealed).is_err());
        assert!(Confidential::open(&Vault::generate(), id, &sealed).is_err());
    }
}
