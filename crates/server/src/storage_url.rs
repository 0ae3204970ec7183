//! Where files' bytes are kept, as a setting: a folder, or a bucket. Somebody may have written credentials into it, which
//! nobody may see.

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use mudlark_blobs::S3Location;
use serde::{Deserialize, Serialize};

/// An address such as `s3://bucket/prefix?endpoint=https://…&region=…`, or `file:///srv/files`. Its `Debug` shows no
/// credentials.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StorageUrl(String);

/// What an address means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StoragePlace {
    /// A folder; none for the one in the data folder.
    Folder(Option<PathBuf>),
    Bucket(Box<S3Location>),
}

impl StorageUrl {
    /// *Errors*: what an address must be. The address is not in it.
    pub(crate) fn place(&self) -> Result<StoragePlace, String> {
        match self.0.strip_prefix("file://") {
            Some("") => Ok(StoragePlace::Folder(None)),
            Some(path) if path.starts_with('/') => Ok(StoragePlace::Folder(Some(PathBuf::from(path)))),
            Some(_) => Err("must name a folder from the root, such as file:///srv/mudlark/files".to_owned()),
            None => self
                .0
                .parse()
                .map(Box::new)
                .map(StoragePlace::Bucket)
                .map_err(|error: mudlark_blobs::InvalidLocation| error.to_string()),
        }
    }

    /// The address itself, where it is one: such an address holds no credentials.
    pub(crate) fn checked(&self) -> Option<&str> {
        self.place().is_ok().then_some(self.0.as_str())
    }
}

/// Takes any text: a refusal by the parser of arguments would show it. The settings check it.
impl FromStr for StorageUrl {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for StorageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place() {
            Ok(StoragePlace::Folder(folder)) => write!(f, "StorageUrl({folder:?})"),
            Ok(StoragePlace::Bucket(location)) => write!(f, "StorageUrl({location})"),
            Err(_) => f.write_str("StorageUrl(not in its form)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_an_address_are_refused_and_not_shown() {
        for text in ["s3://AKIA:hunter2@art", "s3://art?secret_key=hunter2", "hunter2", "file://hunter2"] {
            let url: StorageUrl = text.parse().unwrap();
            let said = format!("{url:?} {}", url.place().unwrap_err());
            assert!(!said.contains("hunter2"), "{said}");
        }
    }

    #[test]
    fn address_names_a_folder_or_a_bucket() {
        let place = |text: &str| StorageUrl(text.to_owned()).place().unwrap();
        assert_eq!(place("file://"), StoragePlace::Folder(None));
        assert_eq!(place("file:///srv/files"), StoragePlace::Folder(Some("/srv/files".into())));
        assert!(matches!(place("s3://art/p?endpoint=http://127.0.0.1:9000"), StoragePlace::Bucket(_)));
    }
}
