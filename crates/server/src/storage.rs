//! Opens what keeps the files' bytes, as the settings say, and tells whether it can be reached.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use mudlark_blobs::{BlobError, Blobs, S3Credentials, S3Transfer};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::config::Settings;
use crate::data_dir::DataDir;
use crate::relocation;
use crate::storage_url::StoragePlace;

/// The environment's names for credentials, as every tool of S3 has them.
const VARIABLES: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
/// How long what was found of the storage is believed.
const BELIEVED: Duration = Duration::from_secs(2);

/// Opens the storage, after a write, a read and a removal have worked there.
///
/// *Errors*: that did not work; the files have been moved from there.
pub(crate) async fn open(settings: &Settings, data: &DataDir) -> anyhow::Result<Blobs> {
    relocation::refuse_left_storage(&data.store, &name_of(settings)?).await?;
    open_by_way_of(settings, &data.blobs()).await
}

/// The same, whoever's it is, with another folder for bytes that wait to be sent to a bucket.
pub(crate) async fn open_by_way_of(settings: &Settings, scratch: &Path) -> anyhow::Result<Blobs> {
    match settings.storage_place()? {
        StoragePlace::Folder(folder) => {
            let folder = folder.unwrap_or_else(|| settings.data.join("blobs"));
            Blobs::open_disk(&folder)
                .with_context(|| format!("the files' folder {} can't be used", folder.display()))
        }
        StoragePlace::Bucket(location) => {
            let credentials = credentials(settings)?;
            let place = location.to_string();
            let opened = Blobs::open_s3(*location, credentials, scratch, S3Transfer::default()).await;
            opened.with_context(|| format!("the files' storage {place} can't be used"))
        }
    }
}

/// Where files' bytes are kept, for people to read and to be compared: without credentials.
pub(crate) fn name_of(settings: &Settings) -> anyhow::Result<String> {
    Ok(match settings.storage_place()? {
        StoragePlace::Bucket(location) => location.to_string(),
        StoragePlace::Folder(folder) => {
            let folder = folder.unwrap_or_else(|| settings.data.join("blobs"));
            folder.canonicalize().or_else(|_| std::path::absolute(&folder))?.display().to_string()
        }
    })
}

/// What opens the bucket: from the file that the settings name, or from the environment.
fn credentials(settings: &Settings) -> anyhow::Result<S3Credentials> {
    /// The file's members are called as the variables are, without `AWS_`.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct InFile {
        access_key_id: String,
        secret_access_key: String,
        session_token: Option<String>,
    }
    if let Some(path) = &settings.storage_credentials {
        let text = fs::read_to_string(path)
            .with_context(|| format!("the credentials' file {} can't be read", path.display()))?;
        // Without the parser's own words, which may repeat a secret.
        let file: InFile = serde_json::from_str(&text).map_err(|_| {
            anyhow::anyhow!(
                "the credentials' file {} must be a JSON object with access_key_id, secret_access_key and, perhaps, \
                 session_token",
                path.display()
            )
        })?;
        let InFile { access_key_id, secret_access_key, session_token } = file;
        return Ok(S3Credentials { access_key_id, secret_access_key, session_token });
    }
    let [key, secret, token] =
        VARIABLES.map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let (Some(access_key_id), Some(secret_access_key)) = (key, secret) else {
        anyhow::bail!(
            "the files' storage needs credentials: set {} and {}, or name a file of them with --storage-credentials",
            VARIABLES[0],
            VARIABLES[1]
        );
    };
    Ok(S3Credentials { access_key_id, secret_access_key, session_token: token })
}

/// What was found of the storage a moment ago: whoever asks often asks it once.
#[derive(Debug, Default)]
pub(crate) struct StorageHealth {
    /// When it was looked at, and what kept it from answering.
    last: Mutex<Option<(Instant, Option<String>)>>,
}

impl StorageHealth {
    /// *Errors*: the storage can't be reached, or refuses us. Askers at once wait for one look.
    pub(crate) async fn check(&self, blobs: &Blobs) -> Result<(), BlobError> {
        let mut last = self.last.lock().await;
        let known = last.as_ref().filter(|(at, _)| at.elapsed() < BELIEVED);
        let outcome = if let Some((_, outcome)) = known {
            outcome.clone()
        } else {
            let outcome = blobs.ping().await.err().map(|error| described(&error));
            *last = Some((Instant::now(), outcome.clone()));
            outcome
        };
        drop(last);
        match outcome {
            None => Ok(()),
            Some(cause) => Err(BlobError::Unavailable { doing: "looking for it", source: cause.into() }),
        }
    }
}

fn described(error: &BlobError) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}
