//! Uploads whose bytes clients send to the bucket themselves: addresses for them, and the step by which what has arrived
//! there counts. The bucket tells nobody of an arrival: it is looked for when the client says so.

use std::time::Duration;

use mudlark_blobs::{Direct, StagedBlob, Taken};
use mudlark_store::{UploadRow, UploadState};
use mudlark_types::ErrorCode;

use crate::app::App;
use crate::config::DirectTransfers;
use crate::error::{ApiError, ApiResult};
use crate::ops::account_limits;
use crate::ops::commit_content::{PublishedContent, publish_uncounted};

/// Signs addresses of the bucket; `None` where there is none, or clients are not to use it.
pub(crate) fn addresses(app: &App) -> Option<Direct> {
    app.blobs.direct().filter(|_| app.settings.direct_transfers == DirectTransfers::On)
}

/// How long an address for an upload holds.
pub(crate) fn upload_ttl(app: &App) -> Duration {
    Duration::from_secs(app.settings.upload_url_ttl_s.into())
}

/// Looks in the bucket for what a client may have sent there, and makes it the upload's content: out of the client's reach,
/// read, hashed, published. Nothing happens where the bytes came through the server, or nothing has come.
///
/// Doing it again after a failure is harmless, until the upload has its content.
///
/// *Errors*: 413 or 403 where it is too much; 409 where parts are missing; 503 while the bucket can't be reached.
pub(crate) async fn settle(
    app: &App,
    upload: &UploadRow,
    part_etags: Option<Vec<String>>,
    most_bytes: u64,
    too_much: impl FnOnce() -> ApiError,
) -> ApiResult<()> {
    // Also where direct transfers have just been turned off: addresses given out before still hold.
    let Some(direct) = app.blobs.direct().filter(|_| upload.state == UploadState::Pending) else {
        return Ok(());
    };
    let id = upload.id.as_uuid();
    let is_in_parts = part_etags.is_some();
    if let Some(etags) = part_etags
        && !direct.complete_parts(id, etags).await?
    {
        return Err(ApiError::new(
            ErrorCode::UploadNotReceived,
            "Not all parts of this upload have arrived as part_etags says; PUT those that are missing, then try again",
        ));
    }
    match direct.take(id, is_in_parts, most_bytes).await? {
        Taken::Missing => Ok(()),
        Taken::TooLong => Err(too_much()),
        Taken::Whole(staged) => receive(app, upload, staged, &direct).await,
    }
}

async fn receive(app: &App, upload: &UploadRow, staged: StagedBlob, direct: &Direct) -> ApiResult<()> {
    let size_bytes = staged.size_bytes();
    let content = publish_uncounted(app, upload.account_id, upload.name.clone(), staged).await?;
    if note_received(app, upload, &content).await? {
        app.metrics.direct_received_bytes.increment(size_bytes);
    }
    if let Err(error) = direct.forget(upload.id.as_uuid()).await {
        tracing::warn!(%error, "what a client had sent was not cleared away; the sweep will");
    }
    Ok(())
}

/// Writes down that an upload's bytes are here. Answers false where it had bytes before.
pub(crate) async fn note_received(
    app: &App,
    upload: &UploadRow,
    content: &PublishedContent,
) -> ApiResult<bool> {
    let now_ms = app.clock.now_ms();
    let mut tx = app.store.begin().await?;
    tx.lock_account(upload.account_id).await?;
    account_limits::add_content(app, &mut tx, upload.account_id, content, now_ms).await?;
    let is_first = tx.mark_upload_received(upload.id, &content.sha256, content.size_bytes, now_ms).await?;
    if is_first {
        tx.commit().await?;
    }
    Ok(is_first)
}
