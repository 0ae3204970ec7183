//! Multipart bodies: texts into members, the part called `file` into storage as it comes, in bounded memory.
//! *Source*: RFC 7578; wire contract, section 1, "Inputs" (`file` and `body`).

use aws_lc_rs::digest::{Context, SHA256};
use axum::extract::Request;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use mudlark_blobs::{BlobWriter, StagedBlob};
use mudlark_types::ErrorCode;
use multer::{Field, Multipart};
use serde_json::{Map, Value};

use super::inputs::{Files, json_members, utf8};
use super::query;
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::body;
use crate::http::upload_bound::Bound;
use crate::ops::idempotency_key::Fingerprint;

/// The most parts that a body may have.
const MAX_PARTS: usize = 64;

/// A file that has arrived whole and is flushed to disk, but has no place yet; dropped, it is gone.
pub(crate) struct ReceivedFile {
    /// What the client called it.
    pub(crate) name: Option<String>,
    /// Its first bytes, for whoever must know what it is.
    pub(crate) head: Vec<u8>,
    pub(crate) content: StagedBlob,
}

pub(super) struct Form {
    pub(super) members: Map<String, Value>,
    pub(super) file: Option<ReceivedFile>,
}

pub(super) async fn read(
    app: &App,
    request: Request,
    boundary: String,
    files: Files,
    fingerprint: Option<&Fingerprint>,
) -> ApiResult<Form> {
    let mut multipart = Multipart::new(request.into_body().into_data_stream(), boundary);
    let mut form = Form { members: Map::new(), file: None };
    let mut text_budget = app.settings.max_body_bytes;
    let mut parts = 0;
    while let Some(field) = multipart.next_field().await.map_err(refused)? {
        parts += 1;
        if parts > MAX_PARTS {
            return Err(malformed(format!("The multipart body must have at most {MAX_PARTS} parts")));
        }
        let name = field.name().unwrap_or_default().to_owned();
        if field.file_name().is_some() || name == "file" {
            if form.file.is_some() {
                return Err(malformed("The multipart body must have one file".into()));
            }
            let file_name = field.file_name().map(str::to_owned);
            let pieces = field.map(|piece| piece.map_err(refused));
            form.file = receive(app, pieces, file_name, &name, files, fingerprint).await?;
        } else {
            let text = read_text(field, &mut text_budget).await?;
            if let Some(fingerprint) = fingerprint {
                fingerprint.add(name.as_bytes());
                fingerprint.add(&text);
            }
            add_member(&mut form.members, &name, &text)?;
        }
    }
    Ok(form)
}

/// The part `body` is a JSON object of members; any other is a member itself.
fn add_member(members: &mut Map<String, Value>, name: &str, text: &Bytes) -> ApiResult<()> {
    if name == "body" {
        members.extend(json_members(text, None)?);
    } else {
        query::add(members, name.strip_suffix("[]").unwrap_or(name).to_owned(), utf8(text)?.to_owned());
    }
    Ok(())
}

async fn read_text(mut field: Field<'_>, budget: &mut usize) -> ApiResult<Bytes> {
    let mut text = BytesMut::new();
    while let Some(chunk) = field.chunk().await.map_err(refused)? {
        *budget = budget.checked_sub(chunk.len()).ok_or_else(|| {
            ApiError::new(ErrorCode::BodyTooLarge, "The texts of the multipart body are too long together")
        })?;
        text.extend_from_slice(&chunk);
    }
    Ok(text.freeze())
}

/// A body that is the file itself.
pub(super) async fn read_body(
    app: &App,
    request: Request,
    files: Files,
    fingerprint: Option<&Fingerprint>,
) -> ApiResult<Option<ReceivedFile>> {
    let pieces = request.into_body().into_data_stream().map(|piece| piece.map_err(body::broken));
    receive(app, pieces, None, "file", files, fingerprint).await
}

async fn receive(
    app: &App,
    mut pieces: impl Stream<Item = ApiResult<Bytes>> + Unpin,
    name: Option<String>,
    part: &str,
    files: Files,
    fingerprint: Option<&Fingerprint>,
) -> ApiResult<Option<ReceivedFile>> {
    let mut writer: Option<(BlobWriter, Bound)> = match files.bound() {
        Some(bound) if part == "file" => Some((app.blobs.stage(), bound)),
        _ => None,
    };
    let mut head = Vec::new();
    let mut digest = fingerprint.map(|_| Context::new(&SHA256));
    let mut size_bytes: u64 = 0;
    while let Some(chunk) = pieces.next().await {
        let chunk = chunk?;
        size_bytes += chunk.len() as u64;
        match &writer {
            Some((_, bound)) => bound.check(size_bytes)?,
            None => Bound::of_server(app).check(size_bytes)?,
        }
        if let Some(digest) = &mut digest {
            digest.update(&chunk);
        }
        if let Some((writer, bound)) = &mut writer {
            let wanted = bound.head.saturating_sub(head.len());
            head.extend_from_slice(&chunk[..wanted.min(chunk.len())]);
            writer.write(chunk).await?;
        }
    }
    if let (Some(fingerprint), Some(digest)) = (fingerprint, digest) {
        fingerprint.add(part.as_bytes());
        fingerprint.add(name.as_deref().unwrap_or_default().as_bytes());
        fingerprint.add(digest.finish().as_ref());
    }
    match writer {
        Some((writer, _)) => Ok(Some(ReceivedFile { name, head, content: writer.finish().await? })),
        None => Ok(None),
    }
}

fn malformed(message: String) -> ApiError {
    ApiError::new(ErrorCode::BodyMalformed, message)
}

fn refused(error: multer::Error) -> ApiError {
    match error {
        multer::Error::StreamReadFailed(source) => body::broken(source),
        error => malformed(format!("The multipart body is not in its form: {error}")),
    }
}
