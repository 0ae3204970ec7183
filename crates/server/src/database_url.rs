//! The address of a PostgreSQL database as a setting: with a password in it that nobody may see.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An address such as `postgres://user:password@host:5432/database`. Its `Debug` names the place alone.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The whole address, password and all.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Where it leads, without the password; `None` if it is not in its form.
    pub(crate) fn place(&self) -> Option<String> {
        let is_url = ["postgres://", "postgresql://"].iter().any(|scheme| self.0.starts_with(scheme));
        is_url.then(|| mudlark_store::postgres_place(&self.0)).flatten()
    }
}

/// Takes any text: a refusal by the parser of arguments would show it. The settings check it.
impl FromStr for DatabaseUrl {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({})", self.place().as_deref().unwrap_or("not in its form"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_is_not_shown() {
        for text in ["postgres://u:hunter2@db.example/studio", "mysql://u:hunter2@db", "hunter2"] {
            let url: DatabaseUrl = text.parse().unwrap();
            assert!(!format!("{url:?} {:?}", url.place()).contains("hunter2"), "{url:?}");
        }
    }

    #[test]
    fn address_of_another_kind_has_no_place() {
        let place = |text: &str| DatabaseUrl(text.to_owned()).place();
        assert_eq!(place("postgresql://u@db.example:6000/s").as_deref(), Some("s on db.example:6000"));
        assert_eq!(place("host=db.example user=u"), None);
        assert_eq!(place("mysql://u@db.example/s"), None);
    }
}
