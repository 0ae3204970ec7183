//! Copies content from one place to another, each piece held against its SHA-256 on the way. What is there already is left
//! alone, so that a copy which was broken off goes on, and a second one takes only what is new. Called by the operator's
//! commands.

use anyhow::bail;
use futures_util::{StreamExt, TryStreamExt, stream};
use mudlark_blobs::{BlobKey, Blobs};
use mudlark_store::{BlobRow, ContentFault, Store};
use uuid::Uuid;

use crate::ops::content_check::{self, Depth, fault_of};
use crate::ops::read_back::ReadBackLog;
use crate::views::digest_of;

/// Rows taken at a time.
const BATCH: i64 = 500;

/// Pieces of content on their way at a time. *Why*: of many small ones the time is in waiting, for a flush or an answer.
const AT_ONCE: usize = 8;

/// What a copy did.
#[derive(Debug, Default)]
pub(crate) struct Copied {
    /// Pieces that are at the other place now.
    pub(crate) count: u64,
    /// How many of them were not there before.
    pub(crate) new_count: u64,
    /// Their lengths together. *Units*: bytes.
    pub(crate) new_bytes: u64,
    /// Those that are not whole at the first place, and so are not at the other, and what is wrong with each.
    pub(crate) faulty: Vec<(BlobRow, ContentFault)>,
}

/// A copy of all content that a database names.
pub(crate) struct ContentCopy<'a> {
    pub(crate) store: &'a Store,
    pub(crate) from: &'a Blobs,
    pub(crate) to: &'a Blobs,
    /// Where it is noted what has been read back from the other place. Without it what is there with the right length is
    /// taken to be whole: it was held against its digest when it was written.
    pub(crate) read_back: Option<&'a ReadBackLog>,
    /// Is told of bytes that need no more work.
    pub(crate) done: &'a dyn Fn(u64),
}

/// What became of one piece.
enum Brought {
    WasThere,
    IsNew(u64),
    Faulty(BlobRow, ContentFault),
}

impl ContentCopy<'_> {
    /// Copies it.
    ///
    /// *Errors*: the database, or one of the places, can't be used just now.
    pub(crate) async fn run(&self) -> anyhow::Result<Copied> {
        let mut copied = Copied::default();
        let mut after = None;
        loop {
            let rows = self.store.read().await?.list_blobs(after, BATCH).await?;
            let Some(last) = rows.last() else { return Ok(copied) };
            after = Some((last.account_id, last.sha256.clone()));
            let brought = stream::iter(rows).map(|row| self.bring(row)).buffer_unordered(AT_ONCE);
            for brought in brought.try_collect::<Vec<_>>().await? {
                match brought {
                    Brought::WasThere => copied.count += 1,
                    Brought::IsNew(size_bytes) => {
                        copied.count += 1;
                        copied.new_count += 1;
                        copied.new_bytes += size_bytes;
                    }
                    Brought::Faulty(row, fault) => copied.faulty.push((row, fault)),
                }
            }
        }
    }

    async fn bring(&self, row: BlobRow) -> anyhow::Result<Brought> {
        let size_bytes = u64::try_from(row.size_bytes).unwrap_or_default();
        let Some(sha256) = digest_of(&row.sha256) else {
            return Ok(Brought::Faulty(row, ContentFault::Damaged));
        };
        let key = BlobKey { scope: row.account_id.as_uuid(), sha256 };
        if self.is_there(&key, &row).await? {
            (self.done)(size_bytes);
            return Ok(Brought::WasThere);
        }
        let copied = copy_one((self.from, &key), (self.to, key.scope), size_bytes, self.done).await?;
        if let Some(fault) = copied {
            return Ok(Brought::Faulty(row, fault));
        }
        if let Some(log) = self.read_back {
            let read = content_check::check(self.to, &row, Depth::Bytes, |_| std::future::ready(()));
            if let Some(fault) = read.await? {
                bail!(
                    "{key} was written to the new storage and is {} when it is read back; see what is wrong with that \
                     storage, then run this again",
                    fault.as_str()
                );
            }
            log.note(&key)?;
        }
        Ok(Brought::IsNew(size_bytes))
    }

    /// Whether the other place has it whole.
    async fn is_there(&self, key: &BlobKey, row: &BlobRow) -> anyhow::Result<bool> {
        let depth = match self.read_back {
            Some(log) if log.was_seen_now(key) => return Ok(true),
            Some(log) if !log.has(key) => Depth::Bytes,
            _ => Depth::Length,
        };
        let is_there = content_check::check(self.to, row, depth, |_| std::future::ready(())).await?.is_none();
        if let (true, Some(log)) = (is_there, self.read_back) {
            log.note(key)?;
        }
        Ok(is_there)
    }
}

/// Copies one piece of content to another place or scope. Answers what is wrong with it where it should be; it is not
/// copied then.
pub(crate) async fn copy_one(
    (from, key): (&Blobs, &BlobKey),
    (to, scope): (&Blobs, Uuid),
    size_bytes: u64,
    done: &dyn Fn(u64),
) -> anyhow::Result<Option<ContentFault>> {
    let mut stream = match from.read(key, 0..size_bytes).await {
        Ok(stream) => stream,
        Err(error) => return Ok(Some(fault_of(from, key, size_bytes, error).await?)),
    };
    let mut writer = to.stage();
    while let Some(chunk) = stream.next().await {
        let chunk = match chunk {
            Ok(chunk) => chunk,
            Err(error) => return Ok(Some(fault_of(from, key, size_bytes, error).await?)),
        };
        done(chunk.len() as u64);
        writer.write(chunk).await?;
    }
    let staged = writer.finish().await?;
    if staged.sha256() != key.sha256 {
        return Ok(Some(ContentFault::Damaged));
    }
    staged.publish(scope).await?;
    Ok(None)
}
