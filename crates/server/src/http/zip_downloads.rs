//! Several assets as one zip.

use std::collections::{HashMap, HashSet};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_blobs::BlobKey;
use mudlark_store::AssetRow;
use mudlark_types::{AccountId, AssetId, ErrorCode, Scope};
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::assets::Ids;
use crate::http::downloads::content_disposition;
use crate::http::extract::{Input, required};
use crate::http::guard::InWorkspace;
use crate::http::idempotency;
use crate::http::registry::{Api, Origin};
use crate::ops::zip_stream::{ZipItem, distinct_paths, zip_stream};
use crate::views::digest_of;

pub(crate) fn routes(api: &mut Api) {
    let read = Access::Workspace(Scope::AssetsDownload, WorkspacePermission::Read);
    api.add(read, Origin::Documented, routes!(download_assets));
}

/// The current versions of several assets as one zip, made while it is sent. Each lies in its folder's path, under its
/// file's name; names that a system without regard to case would take for one get a number.
#[utoipa::path(
    post, path = "/workspaces/assets/download", tag = "Downloads", operation_id = "download_assets",
    request_body(content = Ids, description = "The ids may be given in the query: repeated, or with commas between."),
    responses(
        (status = 200, description = "The zip.", body = String, content_type = "application/zip"),
        (status = 404, description = "One of the assets is not in this workspace."),
    )
)]
async fn download_assets(
    State(app): State<App>,
    caller: InWorkspace,
    Input(input): Input<Ids>,
) -> ApiResult<Response> {
    let ids = required(input.ids, "ids")?;
    let rows = app.store.read().await?.list_assets_by_ids(caller.workspace_id, &ids).await?;
    let items = items(caller.account_id, &ids, &rows)?;
    app.metrics.sent_bytes.increment(items.iter().map(|item| item.size_bytes).sum());
    let mut response = Body::from_stream(zip_stream(&app.blobs, items)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    response.headers_mut().insert(header::CONTENT_DISPOSITION, content_disposition("assets.zip")?);
    response.extensions_mut().insert(idempotency::NotKept);
    Ok(response)
}

/// The files of these assets, each once, in the order asked for.
fn items(account: AccountId, ids: &[AssetId], rows: &[AssetRow]) -> ApiResult<Vec<ZipItem>> {
    let by_id: HashMap<AssetId, &AssetRow> = rows.iter().map(|row| (row.id, row)).collect();
    let mut seen = HashSet::new();
    let mut wanted = Vec::with_capacity(ids.len());
    for id in ids.iter().filter(|id| seen.insert(**id)) {
        wanted.push(*by_id.get(id).ok_or_else(|| {
            ApiError::new(ErrorCode::NotFound, format!("There is no asset {id} in this workspace"))
        })?);
    }
    let places = wanted.iter().map(|row| (row.folder_path.as_str(), row.file_name.as_str()));
    let item = |(row, path): (&AssetRow, String)| {
        let version = &row.current_version;
        let digest = digest_of(&version.sha256);
        Ok(ZipItem {
            path,
            content: BlobKey {
                scope: account.as_uuid(),
                sha256: digest.ok_or_else(|| ApiError::internal("a version without a digest"))?,
            },
            size_bytes: u64::try_from(version.size_bytes).map_err(ApiError::internal)?,
            modified_at_ms: version.created_at_ms,
        })
    };
    wanted.iter().copied().zip(distinct_paths(places)).map(item).collect()
}
