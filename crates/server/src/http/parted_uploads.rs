//! The first step of an upload in parts: an address for each, of the bucket in which files are kept. The third step is that
//! of any upload (`http::uploads`).

use axum::extract::State;
use axum::http::HeaderMap;
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_types::wire::{PartedUpload, UploadPart};
use mudlark_types::{FileName, Scope, Timestamp, UploadId};
use serde::Deserialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::ApiResult;
use crate::http::extract::{Input, byte_count, required};
use crate::http::guard::InWorkspace;
use crate::http::public_base::public_base;
use crate::http::registry::{Api, Origin};
use crate::http::upload_bound::Bound;
use crate::http::uploads::{begin, own_address};
use crate::ops::direct_uploads;

pub(crate) fn routes(api: &mut Api) {
    let edit = Access::Workspace(Scope::AssetsWrite, WorkspacePermission::EditArt);
    api.add(edit, Origin::Mudlark, routes!(create_parted_upload));
}

#[derive(Deserialize, utoipa::ToSchema)]
struct NewPartedUpload {
    /// What the file is called.
    #[schema(value_type = String, min_length = 1, max_length = 255, format = "file-name", required, example = "city.fbx")]
    name: Option<FileName>,
    /// How long it is, in bytes.
    #[schema(value_type = u64, maximum = 1_099_511_627_776_u64, required, example = 3_000_000_000_u64)]
    #[serde(default, deserialize_with = "byte_count")]
    size_bytes: Option<u64>,
}

/// First step of an upload in parts: ask where to send them. Several may be sent at once, and one that breaks off is sent
/// again alone.
#[utoipa::path(
    post, path = "/workspaces/assets/upload/parts", tag = "Uploads", operation_id = "create_parted_upload",
    request_body = NewPartedUpload,
    responses(
        (status = 200, description = "The parts with their addresses, and the upload's key.", body = PartedUpload),
        (status = 413, description = "The file is longer than any may be."),
    )
)]
async fn create_parted_upload(
    State(app): State<App>,
    caller: InWorkspace,
    headers: HeaderMap,
    Input(input): Input<NewPartedUpload>,
) -> ApiResult<axum::Json<PartedUpload>> {
    let name = required(input.name, "name")?;
    let size_bytes = required(input.size_bytes, "size_bytes")?;
    let base = public_base(&app, &headers)?;
    Bound::of_upload(&app, caller.account_id).await?.check(size_bytes)?;
    let id: UploadId = app.clock.new_id();
    // First, since it may fail: what it leaves then is swept.
    let begun = match direct_uploads::addresses(&app) {
        Some(direct) => {
            Some(direct.begin_parts(id.as_uuid(), size_bytes, direct_uploads::upload_ttl(&app)).await?)
        }
        None => None,
    };
    let expires_at_s = begin(&app, &caller, id, &name).await?;
    let (part_bytes, addresses) = match begun {
        Some(parts) => (parts.part_bytes, parts.addresses),
        None => (size_bytes, vec![own_address(&app, &base, id, expires_at_s)]),
    };
    let parts = (0_u64..).zip(addresses).map(|(index, signed_url)| {
        let offset = index * part_bytes;
        UploadPart { signed_url, offset, size: part_bytes.min(size_bytes - offset) }
    });
    let expires_at = Timestamp(expires_at_s * 1000);
    Ok(axum::Json(PartedUpload { key: id.to_string(), parts: parts.collect(), expires_at }))
}
