//! Copies content from one place to another, each piece held against its SHA-256 on the way. What is there already is left
//! alone, so that a copy which was broken off goes on, and a second one takes only what is new.

use futures_util::StreamExt;
use mudlark_blobs::{BlobError, BlobKey, Blobs};
use mudlark_store::{BlobRow, Store};
use uuid::Uuid;

use crate::views::digest_of;

/// Rows taken at a time.
const BATCH: i64 = 500;

/// What a copy did.
#[derive(Debug, Default)]
pub(crate) struct Copied {
    /// Pieces that are at the other place now.
    pub(crate) count: u64,
    /// How many of them were not there before.
    pub(crate) new_count: u64,
    /// Their lengths together. *Units*: bytes.
    pub(crate) new_bytes: u64,
    /// Those that are not whole at the first place, and so are not at the other.
    pub(crate) faulty: Vec<BlobRow>,
}

/// Copies all content that a database names. `done` is told of bytes that need no more work.
///
/// *Errors*: the database, or one of the places, can't be used just now.
pub(crate) async fn copy_content(
    store: &Store,
    from: &Blobs,
    to: &Blobs,
    mut done: impl FnMut(u64),
) -> anyhow::Result<Copied> {
    let mut copied = Copied::default();
    let mut after = None;
    loop {
        let rows = store.read().await?.list_blobs(after, BATCH).await?;
        let Some(last) = rows.last() else { return Ok(copied) };
        after = Some((last.account_id, last.sha256.clone()));
        for row in rows {
            let size_bytes = u64::try_from(row.size_bytes).unwrap_or_default();
            let Some(sha256) = digest_of(&row.sha256) else {
                copied.faulty.push(row);
                continue;
            };
            let key = BlobKey { scope: row.account_id.as_uuid(), sha256 };
            if to.size(&key).await? == Some(size_bytes) {
                copied.count += 1;
                done(size_bytes);
            } else if copy_one((from, &key), (to, key.scope), size_bytes, &mut done).await? {
                copied.count += 1;
                copied.new_count += 1;
                copied.new_bytes += size_bytes;
            } else {
                copied.faulty.push(row);
            }
        }
    }
}

/// Copies one piece of content to another place or scope. Answers false for content that is not whole where it should be.
pub(crate) async fn copy_one(
    (from, key): (&Blobs, &BlobKey),
    (to, scope): (&Blobs, Uuid),
    size_bytes: u64,
    mut done: impl FnMut(u64),
) -> anyhow::Result<bool> {
    let is_faulty = |error: &BlobError| {
        use BlobError::{NotFound, RangeOutOfBounds, Truncated};
        matches!(error, NotFound { .. } | RangeOutOfBounds { .. } | Truncated { .. })
    };
    let mut stream = match from.read(key, 0..size_bytes).await {
        Err(error) if is_faulty(&error) => return Ok(false),
        stream => stream?,
    };
    let mut writer = to.stage();
    while let Some(chunk) = stream.next().await {
        let chunk = match chunk {
            Err(error) if is_faulty(&error) => return Ok(false),
            chunk => chunk?,
        };
        done(chunk.len() as u64);
        writer.write(chunk).await?;
    }
    let staged = writer.finish().await?;
    if staged.sha256() != key.sha256 {
        return Ok(false);
    }
    staged.publish(scope).await?;
    Ok(true)
}
