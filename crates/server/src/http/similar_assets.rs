//! Assets that look like one.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_types::wire::SimilarAsset;
use mudlark_types::{AssetId, ErrorCode, Scope};
use serde::{Deserialize, Deserializer};
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::assets;
use crate::http::extract::{Path, Query, whole_number};
use crate::http::guard::InWorkspace;
use crate::http::registry::{Api, Origin};
use crate::http::version_thumbnails::{NOT_LOOKED_AT_YET, SOON};
use crate::ops::{previews, similar_pictures};

pub(crate) fn routes(api: &mut Api) {
    let read = Access::Workspace(Scope::AssetsRead, WorkspacePermission::Read);
    api.add(read, Origin::Mudlark, routes!(list_similar_assets));
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct SimilarQuery {
    /// How many at the most, 1 to 100 (default 20).
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100)]
    #[serde(default, deserialize_with = "limit")]
    limit: Option<usize>,
}

/// How many where no number is given.
const USUAL_LIMIT: usize = 20;

fn limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    use serde::de::Error;
    let given = whole_number(deserializer)?.filter(|limit| (1..=100).contains(limit));
    let given = given.and_then(|limit| usize::try_from(limit).ok());
    given.map(Some).ok_or_else(|| D::Error::custom("must be a whole number from 1 to 100"))
}

/// Assets of the workspace that look like this one, the most alike first: copies that were resized, compressed again, slightly painted
/// over, or whose channels were swapped. Pictures, models and films are compared, by their current versions; of other files nothing
/// is found.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/similar", tag = "Assets", operation_id = "list_similar_assets",
    params(("asset_id" = AssetId, Path), SimilarQuery),
    responses(
        (status = 200, description = "The assets, and how alike they are.", body = Vec<SimilarAsset>),
        (status = 404, description = "There is no such asset; or the server has not looked at it yet, where `Retry-After` is given."),
    )
)]
async fn list_similar_assets(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<AssetId>,
    Query(query): Query<SimilarQuery>,
) -> ApiResult<Json<Vec<SimilarAsset>>> {
    let mut session = app.store.read().await?;
    let asset = assets::get(&mut session, caller.workspace_id, id).await?;
    let Some(preview_id) = asset.current_version.preview_id else {
        drop(session);
        previews::look_at(&app, caller.account_id, asset.current_version_id).await?;
        let refusal = ApiError::new(ErrorCode::NotFound, NOT_LOOKED_AT_YET);
        return Err(refusal.with_header(header::RETRY_AFTER, SOON));
    };
    let place = (caller.account_id, caller.workspace_id);
    let limit = query.limit.unwrap_or(USUAL_LIMIT);
    let found = similar_pictures::find(&mut session, place, preview_id, id, limit).await?;
    let ids: Vec<AssetId> = found.iter().map(|(id, _)| *id).collect();
    let shown = assets::show_by_ids(&mut session, app.clock.now_ms(), caller.workspace_id, &ids).await?;
    let similar = shown.into_iter().filter_map(|asset| {
        let (_, similarity) = found.iter().find(|(id, _)| *id == asset.id)?;
        Some(SimilarAsset { similarity: (similarity * 1000.0).round() / 1000.0, asset })
    });
    Ok(Json(similar.collect()))
}
