//! What keeps a sweep from removing content that another process is just publishing: the database. A removal is noted
//! before it is carried out; who publishes looks before, waits while one is under way, and looks again in the transaction
//! that names the content. *Why*: `docs/adr/0015-s3-by-rusty-s3-and-the-database-as-the-arbiter.md`.

use std::time::{Duration, SystemTime};

use mudlark_blobs::{BlobKey, REMOVAL_LAPSES};
use mudlark_store::{ContentRemovalRow, Tx};
use mudlark_types::{AccountId, ErrorCode};
use uuid::Uuid;

use crate::app::App;
use crate::error::{ApiError, ApiResult};

/// How long a publisher waits for a removal under way.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long removals are remembered: longer than any upload lasts. *Units*: milliseconds.
pub(crate) const REMEMBERED_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// The last removal of some content that a publisher saw before it sent the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeenRemoval(Option<Uuid>);

/// Waits until no removal of this content is under way.
///
/// *Errors*: 503: it lasts.
pub(crate) async fn wait_for_none(app: &App, account_id: AccountId, sha256: &[u8]) -> ApiResult<SeenRemoval> {
    let began = tokio::time::Instant::now();
    loop {
        let found = app.store.read().await?.find_content_removal(account_id, sha256).await?;
        match found {
            Some(removal) if is_under_way(app, &removal) => {
                if began.elapsed() >= PATIENCE {
                    return Err(being_removed());
                }
            }
            found => return Ok(SeenRemoval(found.map(|removal| removal.id))),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Refuses content that may have been removed since a publisher looked. The transaction holds the account's lock.
///
/// *Errors*: 503: never commit then.
pub(crate) async fn check_none_since(
    tx: &mut Tx,
    account_id: AccountId,
    sha256: &[u8],
    SeenRemoval(seen): SeenRemoval,
) -> ApiResult<()> {
    let last = tx.find_content_removal(account_id, sha256).await?.map(|removal| removal.id);
    if last == seen { Ok(()) } else { Err(being_removed()) }
}

fn is_under_way(app: &App, removal: &ContentRemovalRow) -> bool {
    removal.ended_at_ms.is_none() && removal.begun_at_ms >= lapsed_before_ms(app)
}

fn lapsed_before_ms(app: &App) -> i64 {
    app.clock.now_ms() - i64::try_from(REMOVAL_LAPSES.as_millis()).unwrap_or(i64::MAX)
}

fn being_removed() -> ApiError {
    ApiError::new(
        ErrorCode::Unavailable,
        "The same content is just being cleared away, and nothing was kept of this request; try again",
    )
    .retry_after_s(5)
}

/// A removal that has been noted and may be carried out once its transaction is committed.
pub(crate) struct Removal {
    account_id: AccountId,
    key: BlobKey,
    id: Uuid,
}

impl Removal {
    /// Notes a removal. `None` where another one is under way. The transaction holds the account's lock, and no row names
    /// the content.
    pub(crate) async fn begin(app: &App, tx: &mut Tx, key: BlobKey) -> anyhow::Result<Option<Self>> {
        let (account_id, id) = (key.scope.into(), app.clock.new_id());
        let (now_ms, lapsed_ms) = (app.clock.now_ms(), lapsed_before_ms(app));
        let may = tx.begin_content_removal(account_id, key.sha256.as_bytes(), id, now_ms, lapsed_ms).await?;
        Ok(may.then_some(Self { account_id, key, id }))
    }

    /// Removes the bytes if they were last published before `cutoff`. Answers whether they were.
    ///
    /// *Errors*: the storage's. Whether it has removed them is not known then, and it may do so yet: the removal stays
    /// under way until it lapses.
    pub(crate) async fn carry_out(self, app: &App, cutoff: SystemTime) -> anyhow::Result<bool> {
        let removed = app.blobs.delete_if_older(&self.key, cutoff).await?;
        let mut tx = app.store.begin().await?;
        let now_ms = app.clock.now_ms();
        tx.end_content_removal(self.account_id, self.key.sha256.as_bytes(), self.id, now_ms).await?;
        tx.commit().await?;
        Ok(removed)
    }
}
