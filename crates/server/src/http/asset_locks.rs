//! Locks on assets: taken, renewed, looked at and released. What a lock keeps from others is in `ops::asset_locks`.

use axum::extract::State;
use axum::http::StatusCode;
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_types::wire::{Asset, Lock};
use mudlark_types::{AssetId, Scope};
use serde::{Deserialize, Deserializer};
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::assets;
use crate::http::conditional::Tagged;
use crate::http::extract::{Input, Path, Query, Text, flag, whole_number};
use crate::http::guard::InWorkspace;
use crate::http::registry::{Api, Origin};
use crate::ops::asset_locks;
use crate::views;

pub(crate) fn routes(api: &mut Api) {
    let read = Access::Workspace(Scope::AssetsRead, WorkspacePermission::Read);
    let edit = Access::Workspace(Scope::AssetsWrite, WorkspacePermission::EditArt);
    api.add(edit, Origin::Mudlark, routes!(lock_asset));
    api.add(read, Origin::Mudlark, routes!(find_asset_lock));
    api.add(edit, Origin::Mudlark, routes!(unlock_asset));
}

/// A working day, for people who don't renew.
const DEFAULT_LEASE_S: i64 = 8 * 60 * 60;
/// A week: what is forgotten ends by itself.
const MAX_LEASE_S: i64 = 7 * 24 * 60 * 60;

#[derive(Deserialize, utoipa::ToSchema)]
struct LockInput {
    /// Why, for those who wait.
    #[schema(value_type = Option<String>, max_length = 1000, example = "Repainting the left arm")]
    reason: Option<Text<1000>>,
    /// How long the lock holds unless it is renewed, 1 to 604800 seconds; by default 28800, eight hours.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 604_800)]
    #[serde(default, deserialize_with = "lease")]
    lease_seconds: Option<i64>,
}

fn lease<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let given = whole_number(deserializer)?.filter(|seconds| (1..=MAX_LEASE_S).contains(seconds));
    given.map(Some).ok_or_else(|| {
        serde::de::Error::custom(format!("must be a whole number of seconds from 1 to {MAX_LEASE_S}"))
    })
}

/// Lock an asset: until the lock ends, nobody else can change its content, name or folder, or delete it. The holder renews
/// it by asking again.
///
/// The lock's `fence` grows each time somebody gets the lock anew. A write that names one in `x-lock-fence` is refused
/// once that lease is over, so that a client that lost its lock overwrites nothing.
#[utoipa::path(
    post, path = "/workspaces/assets/{asset_id}/lock", tag = "Locks", operation_id = "lock_asset",
    params(
        ("asset_id" = AssetId, Path),
        ("x-lock-fence" = Option<i64>, Header, description = "The fence of the lock to renew: one that is over is not taken anew."),
    ),
    request_body(content = Option<LockInput>, description = "The same members may be given in the query."),
    responses(
        (status = 200, description = "The asset, with its `lock`.", body = Asset),
        (status = 412, description = "The lease of this fence is over."),
        (status = 423, description = "Somebody else holds the lock; `lock` says who, and until when."),
    )
)]
async fn lock_asset(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<AssetId>,
    Input(input): Input<LockInput>,
) -> ApiResult<Tagged<Asset>> {
    let mut change = caller.begin(&app).await?;
    let asset = assets::get(&mut change.tx, caller.workspace_id, id).await?;
    let reason = input.reason.map(|Text(text)| text);
    let lease_ms = input.lease_seconds.unwrap_or(DEFAULT_LEASE_S) * 1000;
    asset_locks::lock(&mut change, caller.place(), &asset, reason, lease_ms).await?;
    assets::finish(change, caller.workspace_id, id).await
}

/// The lock of an asset.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/lock", tag = "Locks", operation_id = "find_asset_lock",
    params(("asset_id" = AssetId, Path)),
    responses(
        (status = 200, description = "The lock.", body = Lock),
        (status = 404, description = "Nobody holds it, or there is no such asset in this workspace."),
    )
)]
async fn find_asset_lock(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<AssetId>,
) -> ApiResult<Tagged<Lock>> {
    let asset = assets::get(&mut app.store.read().await?, caller.workspace_id, id).await?;
    let lock = asset.lock_at(app.clock.now_ms()).ok_or_else(|| ApiError::not_found("lock"))?;
    Ok(Tagged(views::lock(&lock)))
}

#[derive(Deserialize)]
struct Force {
    #[serde(default, deserialize_with = "flag")]
    force: Option<bool>,
}

/// Release the lock of an asset. Where nobody holds it, nothing changes.
#[utoipa::path(
    delete, path = "/workspaces/assets/{asset_id}/lock", tag = "Locks", operation_id = "unlock_asset",
    params(
        ("asset_id" = AssetId, Path),
        ("force" = Option<bool>, Query, description = "Release somebody else's lock: for an admin of the workspace. It stands in the history."),
        ("x-lock-fence" = Option<i64>, Header, description = "The fence of the lock to release, and of no later one."),
    ),
    responses(
        (status = 204, description = "Nobody holds it."),
        (status = 412, description = "The lease of this fence is over."),
        (status = 423, description = "Somebody else holds the lock; `lock` says who, and until when."),
    )
)]
async fn unlock_asset(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<AssetId>,
    Query(Force { force }): Query<Force>,
) -> ApiResult<StatusCode> {
    let mut change = caller.begin(&app).await?;
    let asset = assets::get(&mut change.tx, caller.workspace_id, id).await?;
    let force = force.unwrap_or(false);
    if force {
        let holder = asset.lock_at(change.now_ms).map_or(caller.user_id, |lock| lock.user_id);
        caller.check_authored(holder, Some(WorkspacePermission::Administer))?;
    }
    asset_locks::unlock(&mut change, caller.place(), &asset, force).await?;
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
