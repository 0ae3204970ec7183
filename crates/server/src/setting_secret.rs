//! A setting that nobody may read but who uses it.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A secret of another service that the operator was given. Its `Debug` shows nothing.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SettingSecret(String);

impl SettingSecret {
    /// The text itself.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

/// Takes any text: a refusal by the parser of arguments would show it.
impl FromStr for SettingSecret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for SettingSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SettingSecret(…)")
    }
}
