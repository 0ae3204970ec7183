//! The store in memory: whole blobs in a map. Not durable and not bounded; for tests and trials. Called by
//! [`crate::Blobs`] and the types it hands out.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;

use crate::{BlobError, BlobKey, ListedBlob};

#[derive(Debug, Default)]
pub(crate) struct Memory {
    published: Mutex<HashMap<BlobKey, Kept>>,
}

#[derive(Debug)]
struct Kept {
    content: Bytes,
    published_at: SystemTime,
}

impl Memory {
    pub(crate) fn publish(&self, key: BlobKey, content: Bytes) {
        self.published().insert(key, Kept { content, published_at: SystemTime::now() });
    }

    pub(crate) fn size(&self, key: &BlobKey) -> Option<u64> {
        self.published().get(key).map(|kept| kept.content.len() as u64)
    }

    pub(crate) fn read(&self, key: &BlobKey, range: Range<u64>) -> Result<Bytes, BlobError> {
        let published = self.published();
        let content = &published.get(key).ok_or(BlobError::NotFound { key: *key })?.content;
        check_range(&range, content.len() as u64)?;
        let index = |position| usize::try_from(position).expect("within a length that is a usize");
        Ok(content.slice(index(range.start)..index(range.end)))
    }

    pub(crate) fn delete(&self, key: &BlobKey, cutoff: Option<SystemTime>) -> bool {
        let mut published = self.published();
        let old_enough = |kept: &Kept| cutoff.is_none_or(|cutoff| kept.published_at < cutoff);
        published.get(key).is_some_and(old_enough) && published.remove(key).is_some()
    }

    pub(crate) fn list(&self) -> Vec<ListedBlob> {
        let listed = |(key, kept): (&BlobKey, &Kept)| ListedBlob {
            key: *key,
            size_bytes: kept.content.len() as u64,
            published_at: kept.published_at,
        };
        self.published().iter().map(listed).collect()
    }

    fn published(&self) -> MutexGuard<'_, HashMap<BlobKey, Kept>> {
        // Every change is one call on the map: a panic elsewhere can't have left it half done.
        self.published.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A range must lie in the blob, the end included: a short answer is never given silently.
pub(crate) fn check_range(range: &Range<u64>, size_bytes: u64) -> Result<(), BlobError> {
    if range.start <= range.end && range.end <= size_bytes {
        return Ok(());
    }
    Err(BlobError::RangeOutOfBounds { start: range.start, end: range.end, size_bytes })
}
