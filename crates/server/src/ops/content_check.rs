//! Whether content still is what it was when it was published: its bytes are read again and held against their SHA-256.
//! Called for all of it, by the operator's `fsck`, and for a little of it all the time, by a job.

use std::time::{Duration, Instant};

use aws_lc_rs::digest::{Context, SHA256};
use futures_util::StreamExt;
use mudlark_blobs::{BlobError, BlobKey, Blobs};
use mudlark_store::{BlobRow, ContentFault};

use crate::app::App;
use crate::views::digest_of;

/// How fast servers read content again, at the most. *Units*: bytes a second.
const BYTES_A_SECOND: u64 = 16 << 20;

/// How long it rests after each piece of content, however small.
const REST: Duration = Duration::from_millis(50);

/// How long it goes on before others have their turn.
const WHILE: Duration = Duration::from_mins(1);

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// How closely content is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Whether it is there, with its length.
    Length,
    /// Whether each byte is right.
    Bytes,
}

/// Looks at content. `read` is told of bytes as they are read, and may take its time.
///
/// *Errors*: when the store can't be read just now, which says nothing about the content.
pub(crate) async fn check<Pace: Future<Output = ()>>(
    blobs: &Blobs,
    row: &BlobRow,
    depth: Depth,
    mut read: impl FnMut(u64) -> Pace,
) -> Result<Option<ContentFault>, BlobError> {
    let Some(sha256) = digest_of(&row.sha256) else { return Ok(Some(ContentFault::Damaged)) };
    let key = BlobKey { scope: row.account_id.as_uuid(), sha256 };
    let size_bytes = u64::try_from(row.size_bytes).unwrap_or_default();
    match blobs.size(&key).await? {
        None => return Ok(Some(ContentFault::Lost)),
        Some(found) if found != size_bytes => return Ok(Some(ContentFault::Torn)),
        Some(_) if depth == Depth::Length => return Ok(None),
        Some(_) => {}
    }
    let mut digest = Context::new(&SHA256);
    let mut stream = match blobs.read(&key, 0..size_bytes).await {
        Ok(stream) => stream,
        Err(error) => return fault_of(blobs, &key, size_bytes, error).await.map(Some),
    };
    while let Some(chunk) = stream.next().await {
        match chunk {
            Ok(chunk) => {
                digest.update(&chunk);
                read(chunk.len() as u64).await;
            }
            Err(error) => return fault_of(blobs, &key, size_bytes, error).await.map(Some),
        }
    }
    let is_right = digest.finish().as_ref() == row.sha256;
    Ok((!is_right).then_some(ContentFault::Damaged))
}

/// What an error of reading says about the content; the one rule for whoever reads content to see whether it is whole.
///
/// *Errors*: the error itself where it says nothing, as of a bucket whose connection breaks off while the length of what
/// lies there is right; or that of looking.
pub(crate) async fn fault_of(
    blobs: &Blobs,
    key: &BlobKey,
    size_bytes: u64,
    error: BlobError,
) -> Result<ContentFault, BlobError> {
    match error {
        BlobError::NotFound { .. } => Ok(ContentFault::Lost),
        BlobError::RangeOutOfBounds { .. } => Ok(ContentFault::Torn),
        BlobError::Truncated { .. } => match blobs.size(key).await? {
            None => Ok(ContentFault::Lost),
            Some(found) if found == size_bytes => Err(error),
            Some(_) => Ok(ContentFault::Torn),
        },
        error => Err(error),
    }
}

/// Reads content again that was not read for `content_check_days`, for a while. Answers whether there may be more.
pub(crate) async fn check_for_a_while(app: &App) -> anyhow::Result<bool> {
    let began = Instant::now();
    while began.elapsed() < WHILE {
        if !check_next(app).await? {
            return Ok(false);
        }
        tokio::time::sleep(REST).await;
    }
    Ok(true)
}

/// Looks at the content that has not been looked at for longest. Answers whether any was due.
async fn check_next(app: &App) -> anyhow::Result<bool> {
    let now_ms = app.clock.now_ms();
    let days = app.settings.content_check_days;
    if days == 0 {
        return Ok(false);
    }
    let before_ms = now_ms - i64::from(days) * DAY_MS;
    let mut tx = app.store.begin().await?;
    let taken = tx.take_blob_to_check(before_ms, now_ms).await?;
    tx.commit().await?;
    let Some(row) = taken else { return Ok(false) };
    let fault = check(&app.blobs, &row, Depth::Bytes, |bytes| {
        app.metrics.content_checked_bytes.increment(bytes);
        tokio::time::sleep(Duration::from_micros(bytes * 1_000_000 / BYTES_A_SECOND))
    })
    .await?;
    let mut tx = app.store.begin().await?;
    let is_news = tx.note_content_check(row.account_id, &row.sha256, fault, app.clock.now_ms()).await?;
    tx.commit().await?;
    if let (true, Some(fault)) = (is_news, fault) {
        let sha256 = digest_of(&row.sha256).map(|sha256| sha256.to_string());
        tracing::error!(
            account = %row.account_id, sha256, fault = fault.as_str(),
            "content is not what it was; `mudlark fsck` says which assets have it"
        );
    }
    Ok(true)
}
