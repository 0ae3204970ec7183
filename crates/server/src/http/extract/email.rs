//! Addresses that people are written to. Checked for their shape alone: whether somebody reads them, only a letter tells.

use mudlark_types::nfc;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// *Source*: RFC 5321, section 4.5.3.1. *Units*: bytes.
const MAX_BYTES: usize = 254;
const MAX_LOCAL_BYTES: usize = 64;

/// An address such as `mira@studio.example`, in Unicode NFC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Email(String);

impl Email {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = nfc(text.trim());
        let (local, domain) = text.rsplit_once('@')?;
        let is_local = (1..=MAX_LOCAL_BYTES).contains(&local.len())
            && !local.chars().any(|c| c.is_whitespace() || c.is_control() || "@\"(),:;<>[]\\".contains(c));
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        let is_domain = domain.contains('.') && domain.split('.').all(is_label);
        (text.len() <= MAX_BYTES && is_local && is_domain).then_some(Self(text))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which addresses are compared: in lower case.
    pub(crate) fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| D::Error::custom("must be an e-mail address such as mira@studio.example"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_what_is_none() {
        for text in
            ["mira@studio.example", " a.b+c@x-y.example ", "ünal@bücher.example", "O'Neil@a.b.example"]
        {
            assert!(Email::parse(text).is_some(), "{text}");
        }
        let long = format!("{}@studio.example", "a".repeat(65));
        for text in [
            "",
            "mira",
            "@studio.example",
            "mira@",
            "mira@localhost",
            "mira@studio..example",
            "mi ra@studio.example",
            "mira@-studio.example",
            "a@b@studio.example",
            "mira@studio.example\r\nBcc: x@y.example",
            "<m@x.example>",
            &long,
        ] {
            assert!(Email::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn addresses_are_compared_without_case() {
        let key = |text| Email::parse(text).unwrap().key();
        assert_eq!(key("Mira@Studio.Example"), key("mira@studio.example"));
    }
}
