//! How much an account may hold by its plan: bytes, assets, people. Asked inside the transaction that adds something, which
//! holds the account's lock, so that no two that come at once overshoot together. What the limits are is the operator's
//! (`plan_limits`); where a plan has none, nothing is asked.

use mudlark_store::Tx;
use mudlark_types::{AccountId, ErrorCode};

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::ops::commit_content::PublishedContent;
use crate::ops::content_removals::check_none_since;
use crate::plan_limits::PlanLimit;

/// For how many bytes more the account has room, as of now; for a first look before they come.
pub(crate) async fn room_bytes(app: &App, account_id: AccountId) -> ApiResult<u64> {
    let plan = app.live.find_account(account_id).map(|account| account.plan);
    let Some(max) = plan.and_then(|plan| app.settings.plan_limits.of(plan).storage_bytes) else {
        return Ok(u64::MAX);
    };
    let held = app.store.read().await?.find_account(account_id).await?.map_or(0, |row| row.storage_bytes);
    Ok(u64::try_from(max.saturating_sub(held)).unwrap_or(0))
}

/// Notes content of the account, which takes room only where it is not there yet. The transaction holds the account's lock.
///
/// *Errors*: 403 `limit_reached` where there is no room; 503 where it may have been removed again; never commit then.
pub(crate) async fn add_content(
    app: &App,
    tx: &mut Tx,
    account_id: AccountId,
    content: &PublishedContent,
    now_ms: i64,
) -> ApiResult<()> {
    let PublishedContent { sha256, size_bytes, .. } = content;
    if let Some(seen) = content.seen_removal {
        check_none_since(tx, account_id, sha256, seen).await?;
    }
    let before = storage(app, tx, account_id).await?;
    tx.insert_blob(account_id, sha256, *size_bytes, now_ms).await?;
    let after = storage(app, tx, account_id).await?;
    match (before, after) {
        (Some((before, _)), Some((after, max))) if after > before && after > max => Err(no_room()),
        _ => Ok(()),
    }
}

/// What the account holds, and what it may hold; none where it may hold anything.
async fn storage(app: &App, tx: &mut Tx, account_id: AccountId) -> ApiResult<Option<(i64, i64)>> {
    if app.settings.plan_limits.is_empty() {
        return Ok(None);
    }
    let Some(account) = tx.find_account(account_id).await? else { return Ok(None) };
    let max = app.settings.plan_limits.of(account.plan).storage_bytes;
    Ok(max.map(|max| (account.storage_bytes, max)))
}

/// Refuses an asset too many, after it was made or restored in this transaction.
pub(crate) async fn check_assets(app: &App, tx: &mut Tx, account_id: AccountId) -> ApiResult<()> {
    let Some(max) = limit(app, tx, account_id).await?.and_then(|limit| limit.assets) else { return Ok(()) };
    let held = tx.account_usage(account_id).await?.assets;
    if held > max { Err(reached(format_args!("assets: {max} in all its workspaces"))) } else { Ok(()) }
}

/// Refuses people too many, after they were made members or invited in this transaction. Who has an open invite counts.
pub(crate) async fn check_people(
    app: &App,
    tx: &mut Tx,
    account_id: AccountId,
    now_ms: i64,
) -> ApiResult<()> {
    let Some(max) = limit(app, tx, account_id).await?.and_then(|limit| limit.users) else { return Ok(()) };
    let held = tx.account_usage(account_id).await?.people + tx.count_open_invites(account_id, now_ms).await?;
    if held > max { Err(reached(format_args!("people: {max}, with those invited"))) } else { Ok(()) }
}

async fn limit(app: &App, tx: &mut Tx, account_id: AccountId) -> ApiResult<Option<PlanLimit>> {
    if app.settings.plan_limits.is_empty() {
        return Ok(None);
    }
    let account = tx.find_account(account_id).await?;
    Ok(account.map(|account| app.settings.plan_limits.of(account.plan)))
}

/// The refusal of content that there is no room for.
pub(crate) fn no_room() -> ApiError {
    reached(format_args!("storage; purge the trash, or change the plan"))
}

fn reached(of_what: std::fmt::Arguments<'_>) -> ApiError {
    ApiError::new(
        ErrorCode::LimitReached,
        format!("The account has all that its plan allows of {of_what} (GET /accounts/limits says how much)"),
    )
}
