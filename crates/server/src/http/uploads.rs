//! The three-step upload: ask for a signed address, PUT the raw bytes there, make an asset of them.
//! The address carries its own right: it names one upload, one method and one expiry, under a signature, and works
//! until one PUT has succeeded. *Source*: wire contract, section 3, `/workspaces/assets/upload`.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_store::{NewUpload, UploadRow, UploadState};
use mudlark_types::wire::{Asset, SignedUpload};
use mudlark_types::{ErrorCode, FileName, FolderPath, Scope, Timestamp, UploadId};
use serde::Deserialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::assets;
use crate::http::body;
use crate::http::conditional::Tagged;
use crate::http::extract::{Input, Query, Text, byte_count, flag, required, short_texts};
use crate::http::guard::InWorkspace;
use crate::http::public_base::public_base;
use crate::http::registry::{Api, Origin};
use crate::http::upload_bound::{self, Bound};
use crate::ops::commit_content::{AssetFacts, PublishedContent, publish, put_asset};
use crate::ops::direct_uploads;
use crate::ops::make_folders::make_folders;

pub(crate) fn routes(api: &mut Api) {
    let edit = Access::Workspace(Scope::AssetsWrite, WorkspacePermission::EditArt);
    api.add(edit, Origin::Client, routes!(create_upload));
    api.add(edit, Origin::Client, routes!(create_asset_from_upload));
    api.add(Access::SignedUrl, Origin::Client, routes!(receive_upload));
}

/// How long received bytes wait to be made into an asset, after the address has expired. *Units*: milliseconds.
const KEEP_RECEIVED_MS: i64 = 24 * 60 * 60 * 1000;

#[derive(Deserialize, utoipa::ToSchema)]
struct NewUploadInput {
    /// What the file is called.
    #[schema(value_type = String, min_length = 1, max_length = 255, format = "file-name", required, example = "robot.png")]
    name: Option<FileName>,
    /// How long it is, in bytes, where that is known: then a file that is too long is refused here, and an address of the
    /// bucket takes this length alone.
    #[schema(value_type = Option<u64>, maximum = 1_099_511_627_776_u64)]
    #[serde(default, deserialize_with = "byte_count")]
    size_bytes: Option<u64>,
    /// Whether the bytes are to come to this server also where they else go to a bucket (default false): for pages in a
    /// browser, which may speak to their own server alone.
    #[schema(value_type = Option<bool>)]
    #[serde(default, deserialize_with = "flag")]
    through_server: Option<bool>,
}

/// First step: ask where to send the bytes.
#[utoipa::path(
    post, path = "/workspaces/assets/upload", tag = "Uploads", operation_id = "create_upload",
    request_body = NewUploadInput,
    responses(
        (status = 200, description = "The address, and the upload's key.", body = SignedUpload),
        (status = 413, description = "The file is longer than any may be."),
    )
)]
async fn create_upload(
    State(app): State<App>,
    caller: InWorkspace,
    headers: HeaderMap,
    Input(input): Input<NewUploadInput>,
) -> ApiResult<axum::Json<SignedUpload>> {
    let name = required(input.name, "name")?;
    let base = public_base(&app, &headers)?;
    if let Some(size_bytes) = input.size_bytes {
        Bound::of_upload(&app, caller.account_id).await?.check(size_bytes)?;
    }
    let id: UploadId = app.clock.new_id();
    let expires_at_s = begin(&app, &caller, id, &name).await?;
    let addresses = direct_uploads::addresses(&app).filter(|_| input.through_server != Some(true));
    let signed_url = match addresses {
        Some(direct) => direct.put_address(id.as_uuid(), input.size_bytes, direct_uploads::upload_ttl(&app)),
        None => own_address(&app, &base, id, expires_at_s),
    };
    let expires_at = Timestamp(expires_at_s * 1000);
    Ok(axum::Json(SignedUpload { signed_url, key: id.to_string(), expires_at }))
}

/// An address of this server for one PUT.
pub(super) fn own_address(app: &App, base: &str, id: UploadId, expires_at_s: i64) -> String {
    let key = id.to_string();
    let signature = app.upload_signer.sign("PUT", &key, expires_at_s);
    format!("{base}/uploads/{key}?expires={expires_at_s}&signature={signature}")
}

/// Makes an upload that waits for its bytes. Answers when its addresses end, in seconds.
pub(super) async fn begin(app: &App, caller: &InWorkspace, id: UploadId, name: &FileName) -> ApiResult<i64> {
    let mut change = caller.begin(app).await?;
    let expires_at_s = change.now_ms / 1000 + i64::from(app.settings.upload_url_ttl_s);
    change
        .tx
        .insert_upload(&NewUpload {
            id,
            account_id: caller.account_id,
            workspace_id: caller.workspace_id,
            user_id: caller.user_id,
            name: name.as_str().to_owned(),
            created_at_ms: change.now_ms,
            expires_at_ms: expires_at_s * 1000 + KEEP_RECEIVED_MS,
        })
        .await?;
    change.commit().await?;
    Ok(expires_at_s)
}

#[derive(Deserialize)]
struct Signature {
    #[serde(default)]
    expires: Option<String>,
    #[serde(default)]
    signature: Option<String>,
}

/// Second step: send the raw bytes to the address. No token; any or no content type.
#[utoipa::path(
    put, path = "/uploads/{key}", tag = "Uploads", operation_id = "receive_upload",
    params(
        ("key" = String, Path), ("expires" = i64, Query, description = "As in the address."),
        ("signature" = String, Query, description = "As in the address."),
    ),
    request_body(content = String, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "The bytes are on disk; their SHA-256 is in `Repr-Digest` and `ETag`."),
        (status = 409, description = "The bytes had arrived before."),
    )
)]
async fn receive_upload(State(app): State<App>, uri: Uri, request: Request) -> ApiResult<Response> {
    let upload = authorised_upload(&app, &uri).await?;
    let bound = Bound::of_upload(&app, upload.account_id).await?;
    if let Some(length) = upload_bound::declared(request.headers()) {
        bound.check(length)?;
    }
    let mut writer = app.blobs.stage();
    let mut pieces = request.into_body().into_data_stream();
    while let Some(piece) = pieces.next().await {
        writer.write(piece.map_err(body::broken)?).await?;
        bound.check(writer.size_bytes())?;
    }
    let content = publish(&app, upload.account_id, upload.name.clone(), writer.finish().await?).await?;
    if !direct_uploads::note_received(&app, &upload, &content).await? {
        return Err(already_received());
    }
    let digest = crate::http::downloads::digest_headers(&content.sha256)?;
    Ok((StatusCode::OK, digest).into_response())
}

/// Checks the address, and that the upload it names still waits for its bytes.
async fn authorised_upload(app: &App, uri: &Uri) -> ApiResult<UploadRow> {
    let refuse = |why: &'static str| ApiError::new(ErrorCode::UploadUrlInvalid, why);
    let altered = || {
        refuse(
            "The upload address is not one that was given out; ask for one with POST /workspaces/assets/upload",
        )
    };
    let key = uri.path().rsplit('/').next().unwrap_or_default();
    let Query(Signature { expires, signature }) = Query::parse(uri)?;
    let (Some(expires), Some(signature)) = (expires, signature) else { return Err(altered()) };
    let expires_at_s: i64 = expires.parse().map_err(|_| altered())?;
    let now_ms = app.clock.now_ms();
    // Checked against the time of its own expiry: an expired address is told so, a forged one only that it is forged.
    if !app.upload_signer.verify(
        "PUT",
        key,
        expires_at_s,
        &signature,
        expires_at_s.saturating_mul(1000).saturating_sub(1),
    ) {
        return Err(altered());
    }
    if expires_at_s.saturating_mul(1000) <= now_ms {
        return Err(refuse(
            "The upload address has expired; ask for another with POST /workspaces/assets/upload",
        ));
    }
    let id: UploadId = key.parse().map_err(|_| altered())?;
    let upload = app.store.read().await?.find_upload(id).await?.ok_or_else(altered)?;
    let account = app.live.find_account(upload.account_id);
    if !account.is_some_and(|account| !account.suspended && account.plan.has_api_access()) {
        return Err(refuse("The account of this upload address is suspended, or its plan has no API access"));
    }
    if upload.state == UploadState::Pending { Ok(upload) } else { Err(already_received()) }
}

fn already_received() -> ApiError {
    ApiError::new(
        ErrorCode::UploadAlreadyReceived,
        "The bytes of this upload have arrived already; make an asset of them, or ask for another address",
    )
}

/// How the document shows an `ETag` of a bucket.
#[derive(Deserialize, utoipa::ToSchema)]
#[schema(min_length = 1, max_length = 200)]
#[expect(dead_code, reason = "for the document")]
struct EntityTag(String);

#[derive(Deserialize, utoipa::ToSchema)]
struct AssetFromUpload {
    /// The `key` of the first step.
    #[schema(value_type = String, format = Uuid, required)]
    temp_file_key: Option<UploadId>,
    /// What the file is called; by default as in the first step.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, format = "file-name", example = "robot.png")]
    original_file_name: Option<FileName>,
    /// The folder; made if missing. By default the root, `/`.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 4096, example = "/Concepts/Robot")]
    file_location: Option<FolderPath>,
    /// What the asset is called; by default as the file.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, format = "file-name")]
    name: Option<FileName>,
    #[schema(value_type = Option<String>, max_length = 10_000)]
    description: Option<Text<10_000>>,
    /// Of an upload in parts: the `ETag` of each answer to a part's PUT, in order.
    #[schema(value_type = Option<Vec<EntityTag>>, max_items = 10_000)]
    #[serde(default, deserialize_with = "short_texts::<10_000, 200, _>")]
    part_etags: Option<Vec<String>>,
}

/// Third step: make the bytes an asset, or, where the folder has one of this name, its next version.
#[utoipa::path(
    post, path = "/workspaces/assets/upload/assets", tag = "Uploads", operation_id = "create_asset_from_upload",
    request_body = AssetFromUpload,
    responses(
        (status = 200, description = "The asset, with the new version as its current one.", body = Asset),
        (status = 404, description = "There is no such upload in this workspace."),
        (status = 409, description = "The bytes have not arrived, or were made into an asset before."),
        (status = 413, description = "More bytes have arrived in the bucket than a file may have."),
    )
)]
async fn create_asset_from_upload(
    State(app): State<App>,
    caller: InWorkspace,
    Input(input): Input<AssetFromUpload>,
) -> ApiResult<Tagged<Asset>> {
    let id = required(input.temp_file_key, "temp_file_key")?;
    let is_callers =
        |upload: &UploadRow| upload.workspace_id == caller.workspace_id && upload.user_id == caller.user_id;
    let not_found = || ApiError::not_found("upload");
    let upload = app.store.read().await?.find_upload(id).await?.filter(is_callers).ok_or_else(not_found)?;
    if upload.state == UploadState::Pending {
        let bound = Bound::of_upload(&app, upload.account_id).await?;
        let most_bytes = bound.most_bytes();
        direct_uploads::settle(&app, &upload, input.part_etags, most_bytes, || bound.refusal()).await?;
    }
    let mut change = caller.begin(&app).await?;
    let upload = change.tx.find_upload(id).await?.filter(is_callers).ok_or_else(not_found)?;
    if !change.tx.mark_upload_committed(id, change.now_ms).await? {
        return Err(match upload.state {
            UploadState::Pending => ApiError::new(
                ErrorCode::UploadNotReceived,
                "The bytes of this upload have not arrived; PUT them to its signed_url first",
            ),
            _ => ApiError::new(ErrorCode::UploadAlreadyUsed, "This upload was made into an asset before"),
        });
    }
    let (Some(sha256), Some(size_bytes)) = (upload.sha256, upload.size_bytes) else {
        return Err(ApiError::internal("a received upload without its content"));
    };
    let file_name = match input.original_file_name {
        Some(name) => name,
        None => FileName::parse(&upload.name).map_err(ApiError::internal)?,
    };
    let name = input.name.unwrap_or_else(|| file_name.clone());
    let file_name_text = file_name.as_str().to_owned();
    let content = PublishedContent { sha256, size_bytes, file_name: file_name_text, seen_removal: None };
    let path = input.file_location.unwrap_or_else(FolderPath::root);
    let facts =
        AssetFacts { description: input.description.map(|Text(text)| Some(text)), ..AssetFacts::default() };
    let folder = make_folders(&app, &mut change, caller.workspace_id, caller.user_id, &path).await?;
    let asset = put_asset(&app, &mut change, caller.place(), &folder, &name, facts, &content).await?;
    assets::finish(change, caller.workspace_id, asset).await
}
