//! 32 secret bytes and their text form, unpadded base64url. Wiped on drop, never printed; called by [`crate::vault`].

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};
use std::fmt;
use zeroize::Zeroizing;

use crate::random::fill;

/// 32 bytes of key material.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct KeyBytes(Zeroizing<[u8; 32]>);

impl KeyBytes {
    pub(crate) fn generate() -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        fill(bytes.as_mut());
        Self(bytes)
    }

    /// Reads exactly 43 characters; `None` for anything else.
    fn from_text(text: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; 32]);
        let length = URL_SAFE_NO_PAD.decode_slice(text, bytes.as_mut()).ok()?;
        (length == 32).then_some(Self(bytes))
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        self.0.as_ref()
    }
}

impl Serialize for KeyBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(self.as_slice()));
        serializer.serialize_str(&text)
    }
}

/// A key as it stands in a file: a text that may turn out not to be one.
///
/// *Why* not an error at once: the reader of the file names the place, and no message of the JSON parser, which may
/// quote what it read, is ever shown.
pub(crate) struct KeyText(pub(crate) Option<KeyBytes>);

impl<'de> Deserialize<'de> for KeyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = KeyText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<KeyText, E> {
                Ok(KeyText(KeyBytes::from_text(text)))
            }
        }

        deserializer.deserialize_str(Text)
    }
}
