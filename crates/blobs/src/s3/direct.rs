//! Bytes that go between a client and S3 without passing through this process: signed addresses, and what becomes of what
//! was sent to them. Nothing a client says of its bytes is believed: they are put where the client's address does not
//! reach, read and hashed there, and copied from there to their name.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest;
use futures_util::TryStreamExt;
use futures_util::{StreamExt, stream};
use reqwest::StatusCode;
use reqwest::header::CONTENT_LENGTH;
use rusty_s3::S3Action;
use tokio::runtime::Handle;
use uuid::Uuid;

use super::S3;
use super::call::lacking;
use super::multipart::{Multipart, Part, part_length};
use super::reader;
use crate::{BlobError, BlobKey, Sha256Digest, StagedBlob};

/// Pieces of a copy under way at a time.
const COPIES_AT_ONCE: usize = 4;
/// The longest object that one PUT may make. *Source*: Amazon S3, quotas of uploads.
pub const MAX_SINGLE_PUT_BYTES: u64 = 5 << 30;

/// Signs addresses that clients use without this process; of a store in S3 alone ([`Blobs::direct`](crate::Blobs::direct)).
///
/// Each upload has an id of the caller's, which names what is sent until it is published or forgotten.
#[derive(Clone, Debug)]
pub struct Direct {
    pub(crate) s3: Arc<S3>,
}

/// Addresses for the parts of one upload, in order.
#[derive(Clone, Debug)]
pub struct PartAddresses {
    /// The length of each part but the last. *Units*: bytes.
    pub part_bytes: u64,
    /// Where to PUT them; each holds its part to its length.
    pub addresses: Vec<String>,
}

/// What has become of an upload that was sent to a signed address.
#[derive(Debug)]
pub enum Taken {
    /// Nothing has arrived.
    Missing,
    /// Too much has arrived; it is removed.
    TooLong,
    /// It has arrived, is out of the client's reach, and is hashed.
    Whole(StagedBlob),
}

/// An object out of any client's reach, not published yet; dropped before that, it is removed if it is a copy.
#[derive(Debug)]
pub(crate) struct Frozen {
    s3: Arc<S3>,
    name: String,
    /// Otherwise it is the one whole, and kept for another try.
    is_copy: bool,
}

impl Direct {
    /// An address for one PUT of the whole, good for `ttl`. With a length, S3 takes that length alone; without, any up to
    /// [`MAX_SINGLE_PUT_BYTES`]. Until it ends, whoever has it may send again, and the last one counts.
    pub fn put_address(&self, id: Uuid, size_bytes: Option<u64>, ttl: Duration) -> String {
        let s3 = &self.s3;
        let name = s3.staged_name(&id.to_string());
        let mut action = s3.location.public.put_object(Some(&s3.credentials), &name);
        // Many clients send no length with nothing.
        if let Some(size_bytes) = size_bytes.filter(|size_bytes| *size_bytes > 0) {
            action.headers_mut().insert("content-length", size_bytes.to_string());
        }
        action.sign(ttl).into()
    }

    /// Begins an upload in parts, for content of exactly this length.
    pub async fn begin_parts(
        &self,
        id: Uuid,
        size_bytes: u64,
        ttl: Duration,
    ) -> Result<PartAddresses, BlobError> {
        let s3 = &self.s3;
        let name = s3.staged_name(&format!("{id}.whole"));
        let upload_id = s3.begin_parts(&name, &id.to_string(), &[]).await?;
        let part_bytes = part_length(size_bytes, s3.transfer.part_bytes);
        let count = size_bytes.div_ceil(part_bytes).max(1);
        let addresses = (0..count).zip(1..).map(|(index, number)| {
            let length = part_bytes.min(size_bytes - index * part_bytes);
            let mut action = s3.location.public.upload_part(Some(&s3.credentials), &name, number, &upload_id);
            action.headers_mut().insert("content-length", length.to_string());
            action.sign(ttl).into()
        });
        Ok(PartAddresses { part_bytes, addresses: addresses.collect() })
    }

    /// Makes the parts sent one object, by what S3 answered for each (`ETag`), in order. Doing it again is harmless.
    ///
    /// *Errors*: `false` where there is no such upload, or a part is missing or another.
    pub async fn complete_parts(&self, id: Uuid, etags: Vec<String>) -> Result<bool, BlobError> {
        let s3 = &self.s3;
        let name = s3.staged_name(&format!("{id}.whole"));
        let note = id.to_string();
        if let Some(upload_id) = s3.noted(&note).await? {
            let parts: Vec<Part> = etags.into_iter().map(|etag| Part { etag, sha256: None }).collect();
            let completed = s3.complete_parts(&name, &upload_id, &parts).await;
            if completed.is_ok() {
                s3.forget_note(&note).await?;
            } else if s3.head(&name).await?.is_none() {
                return match completed {
                    Err(BlobError::Unavailable { source, .. }) if is_clients_fault(&*source) => Ok(false),
                    other => other.map(|()| false),
                };
            }
        }
        Ok(s3.head(&name).await?.is_some())
    }

    /// Takes what was sent in one PUT, or, after [`Direct::complete_parts`], in parts.
    ///
    /// Reads all of it. What is given out can be published; what the client's address reaches stays until
    /// [`Direct::forget`].
    pub async fn take(&self, id: Uuid, in_parts: bool, max_bytes: u64) -> Result<Taken, BlobError> {
        let s3 = &self.s3;
        let sent = s3.staged_name(&if in_parts { format!("{id}.whole") } else { id.to_string() });
        let Some(head) = s3.head(&sent).await? else { return Ok(Taken::Missing) };
        if head.size_bytes > max_bytes {
            self.forget(id).await?;
            return Ok(Taken::TooLong);
        }
        let frozen = if in_parts {
            Frozen { s3: Arc::clone(s3), name: sent, is_copy: false }
        } else {
            // Of a name of its own: whoever asks twice at once must not get the one's digest for the other's bytes.
            let name = s3.staged_name(&format!("{}.whole", Uuid::now_v7()));
            let frozen = Frozen { s3: Arc::clone(s3), name, is_copy: true };
            s3.copy(&sent, &frozen.name, head.size_bytes).await?;
            frozen
        };
        // Looked at again: before it was copied, it may have been sent anew.
        let Some(head) = s3.head(&frozen.name).await? else { return Ok(Taken::Missing) };
        if head.size_bytes > max_bytes {
            self.forget(id).await?;
            return Ok(Taken::TooLong);
        }
        let mut bytes = reader::open_object(s3, frozen.name.clone(), head.size_bytes).await?;
        let mut hasher = digest::Context::new(&digest::SHA256);
        while let Some(piece) = bytes.next().await {
            hasher.update(&piece?);
        }
        let sha256 = Sha256Digest::from_finished(&hasher.finish());
        Ok(Taken::Whole(StagedBlob::in_s3(frozen, sha256, head.size_bytes)))
    }

    /// Removes what was sent, once it is published or given up.
    pub async fn forget(&self, id: Uuid) -> Result<(), BlobError> {
        let s3 = &self.s3;
        s3.end_noted(&s3.staged_name(&format!("{id}.parts"))).await?;
        for name in [id.to_string(), format!("{id}.whole")] {
            s3.remove("removing leftovers", &s3.staged_name(&name)).await?;
        }
        Ok(())
    }

    /// An address for reading a blob, good for `ttl`; S3 answers with these two headers.
    pub fn get_address(&self, key: &BlobKey, content_type: &str, disposition: &str, ttl: Duration) -> String {
        let s3 = &self.s3;
        let name = s3.content_name(key);
        let mut action = s3.location.public.get_object(Some(&s3.credentials), &name);
        action.query_mut().insert("response-content-disposition", disposition.to_owned());
        action.query_mut().insert("response-content-type", content_type.to_owned());
        action.sign(ttl).into()
    }
}

/// Whether S3 refused what the client has sent, rather than us.
fn is_clients_fault(source: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    source.downcast_ref::<super::call::Refusal>().is_some_and(|refusal| {
        matches!(
            refusal.code.as_str(),
            "InvalidPart" | "InvalidPartOrder" | "EntityTooSmall" | "NoSuchUpload" | "InvalidRequest"
        )
    })
}

impl Frozen {
    /// Copies it to its name, within S3.
    pub(crate) async fn publish(self, size_bytes: u64, key: &BlobKey) -> Result<(), BlobError> {
        let name = self.s3.content_name(key);
        self.s3.copy(&self.name, &name, size_bytes).await?;
        match self.s3.head(&name).await? {
            Some(head) if head.size_bytes == size_bytes => Ok(()),
            _ => {
                let source = "the copy has another length".into();
                Err(BlobError::Unavailable { doing: "copying content", source })
            }
        }
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        if !self.is_copy {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            let (s3, name) = (Arc::clone(&self.s3), self.name.clone());
            // What stays is for the sweep.
            drop(runtime.spawn(async move { s3.remove("removing leftovers", &name).await }));
        }
    }
}

impl S3 {
    /// Copies an object within the bucket.
    async fn copy(self: &Arc<Self>, from: &str, to: &str, size_bytes: u64) -> Result<(), BlobError> {
        if size_bytes <= self.transfer.copy_bytes {
            return self.copy_whole(from, to).await;
        }
        let upload = Multipart::begin(self, to.to_owned(), &Uuid::now_v7().to_string(), &[]).await?;
        let length = part_length(size_bytes, self.transfer.copy_bytes);
        let copies = (0..size_bytes.div_ceil(length)).zip(1..).map(|(index, number)| {
            let last = size_bytes.min((index + 1) * length) - 1;
            self.copy_part(from, to, &upload.id, number, format!("bytes={}-{last}", index * length))
        });
        match stream::iter(copies).buffered(COPIES_AT_ONCE).try_collect::<Vec<Part>>().await {
            Ok(parts) => upload.complete(&parts).await,
            Err(error) => {
                upload.give_up().await;
                Err(error)
            }
        }
    }

    async fn copy_whole(&self, from: &str, to: &str) -> Result<(), BlobError> {
        let doing = "copying content";
        self.persist(doing, || async move {
            let action = self.location.bucket.put_object(Some(&self.credentials), to);
            let request = self.request(action, &[("x-amz-copy-source", self.copy_source(from))]);
            let within = self.patience.answer * 12;
            let (status, _) = self.text(doing, request.header(CONTENT_LENGTH, 0), within).await?;
            if status.is_success() { Ok(()) } else { Err(lacking("what is to be copied is not there")) }
        })
        .await
    }

    async fn copy_part(
        &self,
        from: &str,
        to: &str,
        id: &str,
        number: u16,
        range: String,
    ) -> Result<Part, BlobError> {
        let (doing, range) = ("copying a part of content", &range);
        self.persist(doing, || async move {
            let action = self.location.bucket.upload_part(Some(&self.credentials), to, number, id);
            let headers =
                [("x-amz-copy-source", self.copy_source(from)), ("x-amz-copy-source-range", range.clone())];
            let request = self.request(action, &headers).header(CONTENT_LENGTH, 0);
            let (status, text) = self.text(doing, request, self.patience.answer * 12).await?;
            if status == StatusCode::NOT_FOUND {
                return Err(lacking("what is to be copied is not there"));
            }
            let etag = text.split_once("<ETag>").and_then(|(_, rest)| rest.split_once("</ETag>"));
            let (etag, _) = etag.ok_or_else(|| lacking("the answer has no ETag"))?;
            Ok(Part { etag: etag.replace("&quot;", "\"").replace("&#34;", "\""), sha256: None })
        })
        .await
    }

    /// Names are of plain ASCII (`S3Location`): nothing to encode.
    fn copy_source(&self, name: &str) -> String {
        format!("{}/{name}", self.location.bucket.name())
    }
}
