//! Walks the objects of the bucket, a page at a time, and clears away what was left in staging. Knows no references.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use rusty_s3::actions::ListObjectsV2;
use uuid::Uuid;

use super::S3;
use super::call::unreadable;
use crate::{BlobError, BlobKey, ListedBlob};

/// An object of a listing.
pub(super) struct Listed {
    pub(super) name: String,
    size_bytes: u64,
    modified_at: SystemTime,
}

struct Walk {
    s3: Arc<S3>,
    prefix: String,
    /// `None` when there is no further page.
    next: Option<Option<String>>,
    page: VecDeque<Listed>,
}

pub(crate) fn list_content(s3: &Arc<S3>) -> BoxStream<'static, Result<ListedBlob, BlobError>> {
    let prefix = format!("{}content/", s3.location.prefix);
    walk(s3, prefix).try_filter_map(|listed| std::future::ready(Ok(as_blob(&listed)))).boxed()
}

/// `None` for what is not a blob of ours.
fn as_blob(listed: &Listed) -> Option<ListedBlob> {
    let (above, sha256) = listed.name.rsplit_once('/')?;
    let scope = above.rsplit('/').next()?.parse::<Uuid>().ok()?;
    let key = BlobKey { scope, sha256: sha256.parse().ok()? };
    Some(ListedBlob { key, size_bytes: listed.size_bytes, published_at: listed.modified_at })
}

fn walk(s3: &Arc<S3>, prefix: String) -> BoxStream<'static, Result<Listed, BlobError>> {
    let walk = Walk { s3: Arc::clone(s3), prefix, next: Some(None), page: VecDeque::new() };
    stream::try_unfold(walk, Walk::step).boxed()
}

impl Walk {
    async fn step(mut self) -> Result<Option<(Listed, Self)>, BlobError> {
        loop {
            if let Some(listed) = self.page.pop_front() {
                return Ok(Some((listed, self)));
            }
            let Some(token) = self.next.take() else { return Ok(None) };
            let (page, next) = self.s3.list_page(&self.prefix, token.as_deref()).await?;
            self.page = page;
            self.next = next.map(Some);
        }
    }
}

impl S3 {
    pub(super) async fn list_page(
        &self,
        prefix: &str,
        token: Option<&str>,
    ) -> Result<(VecDeque<Listed>, Option<String>), BlobError> {
        let doing = "listing objects";
        self.persist(doing, || async move {
            let mut action = self.location.bucket.list_objects_v2(Some(&self.credentials));
            action.with_prefix(prefix);
            if let Some(token) = token {
                action.with_continuation_token(token);
            }
            let (_, text) = self.text(doing, self.request(action, &[]), self.patience.answer).await?;
            let page = ListObjectsV2::parse_response(&text).map_err(unreadable)?;
            let mut listed = VecDeque::with_capacity(page.contents.len());
            for object in page.contents {
                let (Some(size_bytes), Some(modified)) = (object.size, object.last_modified) else {
                    continue;
                };
                let modified: jiff::Timestamp = modified.parse().map_err(unreadable)?;
                listed.push_back(Listed { name: object.key, size_bytes, modified_at: modified.into() });
            }
            Ok((listed, page.next_continuation_token))
        })
        .await
    }

    /// Removes what was left in staging at least `older_than` before `now`, and ends uploads in parts that it tells of.
    pub(crate) async fn sweep_staging(
        self: &Arc<Self>,
        older_than: Duration,
        now: SystemTime,
    ) -> Result<u64, BlobError> {
        let mut removed = 0;
        let mut staged = walk(self, self.staged_name(""));
        while let Some(listed) = staged.try_next().await? {
            if !now.duration_since(listed.modified_at).is_ok_and(|age| age >= older_than) {
                continue;
            }
            if listed.name.strip_suffix(".parts").is_some() {
                self.end_noted(&listed.name).await?;
            } else {
                self.remove("removing leftovers", &listed.name).await?;
            }
            removed += 1;
        }
        Ok(removed)
    }
}
