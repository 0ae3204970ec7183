//! What keeps the bytes under the tests: the data folder, or, with `MUDLARK_TEST_STORAGE=s3`, a bucket of its own in a real
//! S3 server that runs in the tests' process.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use mudlark_server::config::Settings;

use super::s3_server;

/// Whether the suite runs on S3 this time.
pub(crate) fn on_s3() -> bool {
    match std::env::var("MUDLARK_TEST_STORAGE").as_deref() {
        Err(_) | Ok("" | "disk") => false,
        Ok("s3") => true,
        Ok(other) => panic!("MUDLARK_TEST_STORAGE is {other:?}; disk or s3"),
    }
}

/// A bucket.
pub(crate) struct Bucket {
    /// The folder that its server keeps everything in.
    pub(crate) folder: PathBuf,
    /// Where its server listens.
    pub(crate) server: SocketAddr,
    /// The file of what opens it.
    pub(crate) credentials: PathBuf,
}

impl Bucket {
    /// A bucket in a folder, on a server of its own.
    pub(crate) fn start(folder: &Path) -> Self {
        let folder = folder.join("s3");
        let server = s3_server::start(&folder);
        let credentials = folder.join("credentials.json");
        let (key, secret) = (s3_server::ACCESS_KEY, s3_server::SECRET_KEY);
        let text = serde_json::json!({"access_key_id": key, "secret_access_key": secret}).to_string();
        std::fs::write(&credentials, text).expect("the folder can be written");
        Self { folder, server, credentials }
    }

    /// Its address.
    pub(crate) fn address(&self) -> String {
        s3_server::address_of(self.server, "it")
    }

    /// The folder of the published objects.
    pub(crate) fn content(&self) -> PathBuf {
        self.folder.join(s3_server::BUCKET).join("it/content")
    }

    /// The folder of what clients have sent.
    pub(crate) fn staging(&self) -> PathBuf {
        self.folder.join(s3_server::BUCKET).join("it/staging")
    }

    /// Flags for `serve`, with the bucket reached by way of this server.
    pub(crate) fn flags_by(&self, server: SocketAddr) -> [String; 4] {
        let credentials = self.credentials.to_str().expect("a path in UTF-8").to_owned();
        ["--storage".into(), s3_server::address_of(server, "it"), "--storage-credentials".into(), credentials]
    }
}

/// Names a data folder's storage to a command line, where it is elsewhere.
pub(crate) fn use_storage(command: &mut Command, data: &Path) {
    if let Some(bucket) = bucket_of(data) {
        command.env("MUDLARK_STORAGE", bucket.address());
        command.env("MUDLARK_STORAGE_CREDENTIALS", bucket.credentials);
        command.env("MUDLARK_DIRECT_TRANSFERS", "off");
    }
}

/// Where a data folder's files are and the file of what opens that, where it is elsewhere.
pub(crate) fn storage_of(data: &Path) -> Option<(String, PathBuf)> {
    bucket_of(data).map(|bucket| (bucket.address(), bucket.credentials))
}

/// The same for a server inside the test, unless its settings name one already.
pub(crate) fn storage_settings(data: &Path, settings: Settings) -> Settings {
    match bucket_of(data) {
        Some(bucket) if settings.storage.is_none() => Settings {
            storage: bucket.address().parse().ok(),
            storage_credentials: Some(bucket.credentials),
            direct_transfers: mudlark_server::config::DirectTransfers::Off,
            ..settings
        },
        _ => settings,
    }
}

/// Where the published content of a data folder lies.
pub(crate) fn content_of(data: &Path) -> PathBuf {
    bucket_of(data).map_or_else(|| data.join("blobs/content"), |bucket| bucket.content())
}

/// The bucket of a data folder, in the folder beside it; `None` on disk.
fn bucket_of(data: &Path) -> Option<Bucket> {
    static STARTED: Mutex<Option<HashMap<PathBuf, SocketAddr>>> = Mutex::new(None);
    let beside = data.parent().filter(|_| on_s3())?;
    let mut started = STARTED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let started = started.get_or_insert_default();
    if let Some(server) = started.get(beside) {
        let folder = beside.join("s3");
        return Some(Bucket { credentials: folder.join("credentials.json"), folder, server: *server });
    }
    let bucket = Bucket::start(beside);
    started.insert(beside.to_owned(), bucket.server);
    Some(bucket)
}
