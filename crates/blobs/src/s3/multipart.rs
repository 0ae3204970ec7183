//! Uploads in parts: begun, completed, given up. An upload in parts that nobody ends is stored, and paid for, for good,
//! and not every server lists them; so a note of each lies in staging for as long as it is under way.

use std::sync::Arc;

use reqwest::StatusCode;
use reqwest::header::CONTENT_LENGTH;
use rusty_s3::actions::CreateMultipartUpload;
use tokio::runtime::Handle;

use super::S3;
use super::call::{lacking, unreadable};
use crate::BlobError;

/// The most parts that S3 takes.
const MAX_PARTS: u64 = 10_000;

/// An upload in parts of ours; dropped before its end, it is given up.
pub(super) struct Multipart {
    s3: Arc<S3>,
    pub(super) id: String,
    name: String,
    /// The note's name.
    note: String,
    is_over: bool,
}

/// A part that has arrived.
pub(super) struct Part {
    pub(super) etag: String,
    /// Base64; where parts are sent with one.
    pub(super) sha256: Option<String>,
}

/// The length of all parts but the last.
pub(crate) fn part_length(size_bytes: u64, least: u64) -> u64 {
    // Of whole mebibytes.
    least.max(size_bytes.div_ceil(MAX_PARTS).next_multiple_of(1 << 20))
}

impl Multipart {
    /// Begins one that sends the object `name`, with a note under this name in staging.
    pub(super) async fn begin(
        s3: &Arc<S3>,
        name: String,
        note: &str,
        headers: &[(&'static str, String)],
    ) -> Result<Self, BlobError> {
        let id = s3.begin_parts(&name, note, headers).await?;
        Ok(Self { s3: Arc::clone(s3), id, name, note: s3.note_name(note), is_over: false })
    }

    /// Makes the parts one object.
    pub(super) async fn complete(mut self, parts: &[Part]) -> Result<(), BlobError> {
        self.s3.complete_parts(&self.name, &self.id, parts).await?;
        self.is_over = true;
        // The object is there: a note that stays is for the sweep.
        drop(self.s3.remove("removing a note", &self.note).await);
        Ok(())
    }

    pub(super) async fn give_up(mut self) {
        self.is_over = true;
        // What can't be ended now is ended by the sweep, from the note.
        drop(self.s3.end_noted(&self.note).await);
    }
}

impl Drop for Multipart {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            let (s3, note) = (Arc::clone(&self.s3), self.note.clone());
            drop(runtime.spawn(async move { s3.end_noted(&note).await }));
        }
    }
}

impl S3 {
    fn note_name(&self, note: &str) -> String {
        self.staged_name(&format!("{note}.parts"))
    }

    /// Begins an upload in parts and answers its id, once the note of it is there.
    pub(super) async fn begin_parts(
        &self,
        name: &str,
        note: &str,
        headers: &[(&'static str, String)],
    ) -> Result<String, BlobError> {
        let doing = "beginning an upload in parts";
        let id = self
            .persist(doing, || async move {
                let action = self.location.bucket.create_multipart_upload(Some(&self.credentials), name);
                let request = self.request(action, headers).header(CONTENT_LENGTH, 0);
                let (status, text) = self.text(doing, request, self.patience.answer).await?;
                if status == StatusCode::NOT_FOUND {
                    return Err(lacking("it can't be begun"));
                }
                let begun = CreateMultipartUpload::parse_response(&text).map_err(unreadable)?;
                Ok(begun.upload_id().to_owned())
            })
            .await?;
        self.put_small("noting an upload in parts", &self.note_name(note), format!("{id}\n{name}")).await?;
        Ok(id)
    }

    /// Makes parts one object.
    ///
    /// An answer that is lost is no failure: who asks again finds no such upload, and the object.
    pub(super) async fn complete_parts(&self, name: &str, id: &str, parts: &[Part]) -> Result<(), BlobError> {
        let doing = "completing an upload in parts";
        let body = &completion(parts);
        self.persist(doing, || async move {
            let action = self.location.bucket.complete_multipart_upload(
                Some(&self.credentials),
                name,
                id,
                std::iter::empty(),
            );
            let request = self.request(action, &[]).body(body.clone());
            // The server may have much to put together.
            let within = self.patience.answer * 12;
            let (status, _) = self.text(doing, request, within).await?;
            if status == StatusCode::NOT_FOUND && self.head(name).await?.is_none() {
                return Err(lacking("there is no such upload in parts"));
            }
            Ok(())
        })
        .await
    }

    /// The id of the upload in parts that a note tells of.
    pub(super) async fn noted(&self, note: &str) -> Result<Option<String>, BlobError> {
        let text = self.get_small("reading a note", &self.note_name(note)).await?;
        Ok(text.and_then(|text| Some(text.split_once('\n')?.0.to_owned())))
    }

    /// Ends an upload in parts by its note, given by its full name, and removes that.
    pub(super) async fn end_noted(&self, note: &str) -> Result<(), BlobError> {
        let doing = "giving up an upload in parts";
        if let Some(text) = self.get_small("reading a note", note).await?
            && let Some((id, name)) = text.split_once('\n')
        {
            let ended = self
                .persist(doing, || async move {
                    let action =
                        self.location.bucket.abort_multipart_upload(Some(&self.credentials), name, id);
                    self.answer(doing, self.request(action, &[]), self.patience.answer).await.map(drop)
                })
                .await;
            match ended {
                // It was completed after all; some servers call that forbidden.
                Err(BlobError::Unavailable { source, .. }) if is_refusal(&*source) => {}
                other => other?,
            }
        }
        self.remove("removing a note", note).await
    }

    /// Removes the note of an upload in parts that has ended.
    pub(super) async fn forget_note(&self, note: &str) -> Result<(), BlobError> {
        self.remove("removing a note", &self.note_name(note)).await
    }
}

fn is_refusal(source: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    source
        .downcast_ref::<super::call::Refusal>()
        .is_some_and(|refusal| refusal.status == StatusCode::FORBIDDEN)
}

/// *Why* by hand: where parts were sent with checksums, S3 wants them again here, and `rusty-s3` has no place for them.
fn completion(parts: &[Part]) -> String {
    let mut body =
        String::from("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for (Part { etag, sha256 }, number) in parts.iter().zip(1..) {
        let etag = etag.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
        body.push_str("<Part>");
        if let Some(sha256) = sha256 {
            body.push_str(&format!("<ChecksumSHA256>{sha256}</ChecksumSHA256>"));
        }
        body.push_str(&format!("<ETag>{etag}</ETag><PartNumber>{number}</PartNumber></Part>"));
    }
    body + "</CompleteMultipartUpload>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_at_most_ten_thousand() {
        let least = 16 << 20;
        assert_eq!(part_length(1 << 30, least), least);
        for size_bytes in [1_u64 << 38, (1 << 40) - 1, 1 << 40, 5 << 40] {
            assert!(size_bytes.div_ceil(part_length(size_bytes, least)) <= MAX_PARTS, "{size_bytes}");
        }
    }

    #[test]
    fn completion_holds_what_a_client_says_as_text() {
        let part = Part { etag: "\"a<b>&\"".into(), sha256: None };
        assert!(
            completion(&[part]).contains("<ETag>&quot;a&lt;b>&amp;&quot;</ETag><PartNumber>1</PartNumber>")
        );
    }
}
