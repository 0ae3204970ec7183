//! What a lock keeps from everybody but its holder, looked at inside the change that would touch it: the account's
//! changes go through one at a time, so that what holds here still holds at the commit.
//!
//! A lock keeps what the asset *is*: its content, name, folder and existence. What is said about it (status, type,
//! description, tags, comments, reviews) stays open to all.

use mudlark_store::{AssetLock, AssetRow};
use mudlark_types::{ErrorCode, EventType, Timestamp};

use crate::error::{ApiError, ApiResult};
use crate::ops::change::Change;
use crate::ops::commit_content::Place;
use crate::ops::event::Event;
use crate::views;

/// Refuses a change of an asset that another holds the lock of, or whose writer names a fence that no longer holds.
///
/// *Errors*: `asset_locked`; `lock_fence_stale`: the lease that the fence was given with is over, even if the writer has
/// another by now.
pub(crate) async fn check_open(change: &mut Change, place: Place, asset: &AssetRow) -> ApiResult<()> {
    let lock = asset.lock_at(change.now_ms);
    if let Some(lock) = lock.as_ref().filter(|lock| lock.user_id != place.user) {
        return Err(held_by_another(change, asset, lock).await);
    }
    match place.lock_fence {
        Some(fence) if lock.is_none_or(|lock| lock.fence != fence) => Err(stale_fence()),
        _ => Ok(()),
    }
}

/// Refuses a change of a folder while another holds the lock of an asset in it or below it.
///
/// *Errors*: `asset_locked`.
pub(crate) async fn check_open_below(change: &mut Change, place: Place, path_key: &str) -> ApiResult<()> {
    let (workspace, now_ms) = (place.workspace, change.now_ms);
    let locked = change.tx.find_asset_locked_by_others(workspace, path_key, place.user, now_ms).await?;
    if let Some(id) = locked
        && let Some(asset) = change.tx.find_asset(workspace, id).await?
        && let Some(lock) = asset.lock_at(now_ms)
    {
        return Err(held_by_another(change, &asset, &lock).await);
    }
    Ok(())
}

/// Takes the lock of an asset for the caller, or renews the one that the caller holds.
///
/// *Errors*: as [`check_open`].
pub(crate) async fn lock(
    change: &mut Change,
    place: Place,
    asset: &AssetRow,
    reason: Option<String>,
    lease_ms: i64,
) -> ApiResult<()> {
    check_open(change, place, asset).await?;
    let expires_at_ms = change.now_ms + lease_ms;
    let lock = match asset.lock_at(change.now_ms) {
        Some(held) => AssetLock { expires_at_ms, reason: reason.or(held.reason), ..held },
        None => AssetLock {
            user_id: place.user,
            reason,
            acquired_at_ms: change.now_ms,
            expires_at_ms,
            fence: asset.lock_fence + 1,
        },
    };
    change.tx.lock_asset(place.workspace, asset.id, &lock, change.sequence).await?;
    let event = Event::of_asset(place.workspace, asset.id, EventType::AssetLocked, asset.id);
    let event = event.with("fence", lock.fence).with("expires_at", Timestamp(lock.expires_at_ms));
    change.record(event.with("reason", &lock.reason));
    Ok(())
}

/// Ends the lock of an asset, if there is one.
///
/// *Errors*: as [`check_open`]; never where it is `forced`, which the caller must have been found to be allowed.
pub(crate) async fn unlock(
    change: &mut Change,
    place: Place,
    asset: &AssetRow,
    forced: bool,
) -> ApiResult<()> {
    if !forced {
        check_open(change, place, asset).await?;
    }
    if let Some(lock) = asset.lock_at(change.now_ms) {
        change.tx.unlock_asset(place.workspace, asset.id, change.sequence).await?;
        let event = Event::of_asset(place.workspace, asset.id, EventType::AssetUnlocked, asset.id);
        let event = event.with("holder_user_id", lock.user_id).with("fence", lock.fence);
        change.record(event.with("forced", lock.user_id != place.user));
    }
    Ok(())
}

async fn held_by_another(change: &mut Change, asset: &AssetRow, lock: &AssetLock) -> ApiError {
    let holder = match change.tx.find_user(lock.user_id).await {
        Ok(user) => user.map_or_else(|| "somebody who is gone".to_owned(), |user| user.username),
        Err(error) => return ApiError::from_store(error),
    };
    let message = format!(
        "`{}` is locked by {holder} until {}; try again then, or have them or an admin of the workspace release it",
        asset.name,
        Timestamp(lock.expires_at_ms),
    );
    ApiError::new(ErrorCode::AssetLocked, message).with_lock(views::lock(lock))
}

/// The refusal of a fence that no lease of now was given with.
pub(crate) fn stale_fence() -> ApiError {
    ApiError::new(
        ErrorCode::LockFenceStale,
        "The lease that x-lock-fence names is over; read the asset again, lock it again, and name the new fence",
    )
}
