//! What a webhook's deliveries are signed with, so that who receives them knows whose they are.
//! *Source*: Standard Webhooks 1.0.0, "Signature scheme".

use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use crate::random::fill;

/// What every secret of a webhook begins with.
pub const WEBHOOK_SECRET_PREFIX: &str = "whsec_";
/// *Units*: bytes. The specification asks for 24 to 64.
const LENGTH: usize = 32;

/// The secret of a webhook, shared with who receives its deliveries. Never printed.
pub struct WebhookSecret(Zeroizing<String>);

impl WebhookSecret {
    /// A new secret: `whsec_` and 256 random bits in padded base64.
    pub fn generate() -> Self {
        let mut bytes = Zeroizing::new([0_u8; LENGTH]);
        fill(bytes.as_mut());
        let encoded = Zeroizing::new(BASE64_STANDARD.encode(bytes.as_ref()));
        Self(Zeroizing::new([WEBHOOK_SECRET_PREFIX, &encoded].concat()))
    }

    /// Takes back what [`WebhookSecret::expose`] gave. `None` for a text that is no secret.
    pub fn parse(text: &str) -> Option<Self> {
        let encoded = text.strip_prefix(WEBHOOK_SECRET_PREFIX)?;
        let bytes = Zeroizing::new(BASE64_STANDARD.decode(encoded).ok()?);
        (bytes.len() == LENGTH).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The text, for the answer that shows it and for what keeps it sealed.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The signature of a message: `v1,` and an HMAC-SHA-256 in base64 over its id, its time (*units*: Unix seconds) and
    /// its body, with dots between.
    pub fn sign(&self, message_id: &str, sent_at_s: i64, body: &[u8]) -> String {
        let encoded = &self.0[WEBHOOK_SECRET_PREFIX.len()..];
        let bytes = Zeroizing::new(BASE64_STANDARD.decode(encoded).expect("checked when it was made"));
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &bytes));
        context.update(format!("{message_id}.{sent_at_s}.").as_bytes());
        context.update(body);
        format!("v1,{}", BASE64_STANDARD.encode(context.sign()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_are_taken_back_whole() {
        let (one, other) = (WebhookSecret::generate(), WebhookSecret::generate());
        assert_ne!(one.expose(), other.expose());
        assert_eq!(WebhookSecret::parse(one.expose()).unwrap().expose(), one.expose());
        for damaged in ["", "whsec_", "whsec_####", &one.expose()[6..], &one.expose()[..40]] {
            assert!(WebhookSecret::parse(damaged).is_none(), "{damaged}");
        }
    }

    #[test]
    fn signature_depends_on_all_that_is_signed() {
        let secret = WebhookSecret::generate();
        let signature = secret.sign("id", 1, b"body");
        assert!(signature.starts_with("v1,") && signature.len() == 3 + 44, "{signature}");
        for other in
            [secret.sign("id", 1, b"Body"), secret.sign("id", 2, b"body"), secret.sign("di", 1, b"body")]
        {
            assert_ne!(other, signature);
        }
        assert_ne!(WebhookSecret::generate().sign("id", 1, b"body"), signature);
    }
}
