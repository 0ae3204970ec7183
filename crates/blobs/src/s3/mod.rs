//! The store in a bucket of S3, or of a server that speaks its protocol: where things are and the small operations. Not
//! the streaming paths, which have a file each. Called by [`crate::Blobs`].
//!
//! ```text
//! prefix/content/<scope>/<64 hex>     published
//! prefix/staging/<uuid>               sent by a client to a signed address, not looked at yet
//! prefix/staging/<uuid>.whole         the same out of the client's reach, while it is looked at
//! prefix/staging/<uuid>.parts         a note of an upload in parts under way: its id, and where it goes
//! ```
//!
//! Bytes that come through the server are staged on its own disk: their name is known only after the last of them, and
//! S3 wants a name, a length and a checksum before the first.

pub(crate) mod call;
pub(crate) mod direct;
pub(crate) mod list;
pub(crate) mod location;
pub(crate) mod multipart;
pub(crate) mod publish;
pub(crate) mod reader;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{CONTENT_LENGTH, HeaderMap, LAST_MODIFIED};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use rusty_s3::Credentials;
use uuid::Uuid;

use crate::disk::Disk;
use crate::{BlobError, BlobKey};
use call::{Patience, lacking};
use location::S3Location;

/// What opens the bucket. Its `Debug` shows no secret.
#[derive(Clone)]
pub struct S3Credentials {
    /// The name of the access key.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// Of credentials that are good for a time.
    pub session_token: Option<String>,
}

impl fmt::Debug for S3Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// How bytes travel.
#[derive(Clone, Copy, Debug)]
pub struct S3Transfer {
    /// How long S3 is waited for.
    pub patience: Patience,
    /// Content longer than this goes in parts. *Units*: bytes, at most 5 GiB.
    pub single_put_bytes: u64,
    /// The least length of a part. *Units*: bytes, from 5 MiB to 5 GiB.
    pub part_bytes: u64,
    /// Content longer than this is copied in parts of this length. *Units*: bytes, at most 5 GiB.
    pub copy_bytes: u64,
}

impl Default for S3Transfer {
    fn default() -> Self {
        Self {
            patience: Patience::default(),
            single_put_bytes: 64 << 20,
            part_bytes: 16 << 20,
            copy_bytes: 1 << 30,
        }
    }
}

pub(crate) struct S3 {
    location: S3Location,
    credentials: Credentials,
    http: Client,
    patience: Patience,
    transfer: S3Transfer,
    /// Where bytes wait that come through this process.
    pub(crate) scratch: Arc<Disk>,
}

impl fmt::Debug for S3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3").field("location", &self.location.to_string()).finish_non_exhaustive()
    }
}

/// What is known of an object without its bytes.
pub(super) struct Head {
    pub(super) size_bytes: u64,
    pub(super) modified_at: SystemTime,
}

impl S3 {
    pub(crate) fn new(
        location: S3Location,
        credentials: S3Credentials,
        scratch: Arc<Disk>,
        transfer: S3Transfer,
    ) -> Result<Self, BlobError> {
        let S3Credentials { access_key_id, secret_access_key, session_token } = credentials;
        let credentials = match session_token {
            Some(token) => Credentials::new_with_token(access_key_id, secret_access_key, token),
            None => Credentials::new(access_key_id, secret_access_key),
        };
        let builder = Client::builder();
        // Without encryption there is nobody to know: the machine's authorities are not looked for, and may be missing.
        let is_plain = location.bucket.base_url().scheme() == "http";
        let builder = if is_plain { builder.tls_certs_only([]) } else { builder };
        let http = builder
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(transfer.patience.answer / 2)
            .user_agent(concat!("Mudlark/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| BlobError::Unavailable {
                doing: "setting up its client",
                source: Box::new(error),
            })?;
        Ok(Self { location, credentials, http, patience: transfer.patience, transfer, scratch })
    }

    /// Does once what the server lives on, so that a wrong address or key is told at start and not by the first user.
    pub(crate) async fn probe(&self) -> Result<(), BlobError> {
        // First of all: some servers make a bucket that is written to, and would hide a mistake in its name.
        self.list_page(&self.staged_name(""), None).await?;
        let name = self.staged_name(&format!("{}.probe", Uuid::now_v7()));
        self.put_small("writing a probe", &name, "probe".into()).await?;
        let read = self.get_small("reading a probe", &name).await?;
        self.remove("removing a probe", &name).await?;
        if read.as_deref() == Some("probe") {
            return Ok(());
        }
        let source = "what was written is not what is read".into();
        Err(BlobError::Unavailable { doing: "reading a probe", source })
    }

    /// Asks for the bucket alone: one try, no object touched.
    pub(crate) async fn ping(&self) -> Result<(), BlobError> {
        let doing = "looking for the bucket";
        let bucket = self.location.bucket.head_bucket(Some(&self.credentials));
        let answer = match self.answer(doing, self.request(bucket, &[]), self.patience.answer).await {
            Ok(answer) => answer,
            Err(call::Trouble::Final(error)) => return Err(error),
            Err(call::Trouble::Passing(source)) => return Err(BlobError::Unavailable { doing, source }),
        };
        if answer.status() == StatusCode::NOT_FOUND {
            let source = Box::new(call::Refusal { status: answer.status(), code: "NoSuchBucket".to_owned() });
            return Err(BlobError::Unavailable { doing, source });
        }
        Ok(())
    }

    pub(crate) async fn size(&self, key: &BlobKey) -> Result<Option<u64>, BlobError> {
        Ok(self.head(&self.content_name(key)).await?.map(|head| head.size_bytes))
    }

    /// Removes a blob; with a cutoff, only if it was last published before. Nothing here keeps a publish from coming
    /// between the look and the removal: see [`Blobs::delete_if_older`](crate::Blobs::delete_if_older).
    pub(crate) async fn delete(&self, key: &BlobKey, cutoff: Option<SystemTime>) -> Result<bool, BlobError> {
        let name = self.content_name(key);
        let Some(head) = self.head(&name).await? else { return Ok(false) };
        match cutoff {
            Some(cutoff) if head.modified_at >= cutoff => return Ok(false),
            Some(_) => self.remove_once("removing content", &name).await?,
            None => self.remove("removing content", &name).await?,
        }
        Ok(true)
    }

    /// *Why* once: of several tries, one that was given up may still be under way when another has worked.
    async fn remove_once(&self, doing: &'static str, name: &str) -> Result<(), BlobError> {
        let action = self.location.bucket.delete_object(Some(&self.credentials), name);
        match self.answer(doing, self.request(action, &[]), self.patience.answer).await {
            Ok(_) => Ok(()),
            Err(call::Trouble::Final(error)) => Err(error),
            Err(call::Trouble::Passing(source)) => Err(BlobError::Unavailable { doing, source }),
        }
    }

    pub(super) async fn head(&self, name: &str) -> Result<Option<Head>, BlobError> {
        let doing = "looking at an object";
        self.persist(doing, || async move {
            let action = self.location.bucket.head_object(Some(&self.credentials), name);
            let answer = self.answer(doing, self.request(action, &[]), self.patience.answer).await?;
            if answer.status() == StatusCode::NOT_FOUND {
                return Ok(None);
            }
            Ok(Some(
                read_head(answer.headers()).ok_or_else(|| lacking("the answer tells no length or time"))?,
            ))
        })
        .await
    }

    /// Removes an object, whether it is there or not.
    pub(super) async fn remove(&self, doing: &'static str, name: &str) -> Result<(), BlobError> {
        self.persist(doing, || async move {
            let action = self.location.bucket.delete_object(Some(&self.credentials), name);
            self.answer(doing, self.request(action, &[]), self.patience.answer).await.map(drop)
        })
        .await
    }

    pub(super) async fn put_small(
        &self,
        doing: &'static str,
        name: &str,
        body: String,
    ) -> Result<(), BlobError> {
        let body = &body;
        self.persist(doing, || async move {
            let action = self.location.bucket.put_object(Some(&self.credentials), name);
            let request = self.request(action, &[]).header(CONTENT_LENGTH, body.len()).body(body.clone());
            self.answer(doing, request, self.patience.answer).await.map(drop)
        })
        .await
    }

    pub(super) async fn get_small(
        &self,
        doing: &'static str,
        name: &str,
    ) -> Result<Option<String>, BlobError> {
        self.persist(doing, || async move {
            let action = self.location.bucket.get_object(Some(&self.credentials), name);
            let (status, text) = self.text(doing, self.request(action, &[]), self.patience.answer).await?;
            Ok((status != StatusCode::NOT_FOUND).then_some(text))
        })
        .await
    }

    pub(super) fn content_name(&self, key: &BlobKey) -> String {
        format!("{}content/{}/{}", self.location.prefix, key.scope, key.sha256)
    }

    pub(super) fn staged_name(&self, name: &str) -> String {
        format!("{}staging/{name}", self.location.prefix)
    }
}

fn read_head(headers: &HeaderMap) -> Option<Head> {
    let text = |name| headers.get(name)?.to_str().ok();
    let modified_at = DateTimeParser::new().parse_timestamp(text(LAST_MODIFIED)?).ok()?;
    Some(Head { size_bytes: text(CONTENT_LENGTH)?.parse().ok()?, modified_at: modified_at.into() })
}
