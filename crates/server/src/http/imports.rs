//! Archives that become folders and assets.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_types::wire::ImportReport;
use mudlark_types::{AssetId, FolderPath, Scope};
use serde::Deserialize;
use serde::de::IgnoredAny;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::ApiResult;
use crate::http::extract::{Archive, required};
use crate::http::guard::InWorkspace;
use crate::http::registry::{Api, Origin};
use crate::ops::import::Import;

pub(crate) fn routes(api: &mut Api) {
    let edit = Access::Workspace(Scope::AssetsWrite, WorkspacePermission::EditArt);
    api.add(edit, Origin::Mudlark, routes!(import_assets));
}

#[derive(Deserialize, utoipa::ToSchema)]
struct ImportInput {
    /// The archive: zip, tar or tar.gz.
    #[schema(value_type = String, format = Binary, required)]
    #[expect(dead_code, reason = "for the document: the file is taken from the body as it comes")]
    file: Option<IgnoredAny>,
    /// The folder that everything goes into; made if missing. By default the root, `/`.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 4096, example = "/Delivered")]
    file_location: Option<FolderPath>,
}

/// What goes over the wire: the members of every outcome side by side, which generated clients can read.
#[derive(utoipa::ToSchema)]
#[schema(as = ImportReport)]
#[expect(dead_code, reason = "written as ImportReport; this is what the document shows")]
struct ReportLine {
    /// As the archive has it; empty where the archive itself can't be read on.
    name: String,
    /// `created` and `versioned` have an `asset_id`, `folder` has nothing more, `refused` has `code` and `message`.
    #[schema(example = "created")]
    outcome: String,
    #[schema(value_type = uuid::Uuid, nullable = false)]
    asset_id: Option<AssetId>,
    /// A stable name for programs; `docs/errors.md` lists them.
    #[schema(nullable = false)]
    code: Option<String>,
    /// One sentence for people.
    #[schema(nullable = false)]
    message: Option<String>,
}

/// Import an archive: its folders and files become folders and assets, or versions of assets that have their names.
///
/// The answer is one line of JSON an entry (NDJSON), written as each is dealt with. An entry that can't be taken (a link, a
/// name that leads out of the folder, a second one of its name, damaged content) is reported and stops nothing else. An
/// archive that unpacks to more than a hundred times its length, and to more than 64 MiB, is cut off there. A client that
/// hangs up stops the import; what was imported by then stays.
#[utoipa::path(
    post, path = "/workspaces/import", tag = "Uploads", operation_id = "import_assets",
    params(("file_location" = Option<String>, Query, min_length = 1, max_length = 4096, description = "The folder, where the body is the archive itself.")),
    request_body(
        content = ImportInput, content_type = "multipart/form-data",
        description = "Or the archive itself, as `application/zip`, `application/x-tar`, `application/gzip` or `application/octet-stream`.",
    ),
    responses(
        (status = 200, description = "One report a line.", body = ReportLine, content_type = "application/x-ndjson"),
        (status = 413, description = "The archive is too large."),
    )
)]
async fn import_assets(
    State(app): State<App>,
    caller: InWorkspace,
    Archive { input, file }: Archive<ImportInput>,
) -> ApiResult<Response> {
    let archive = required(file, "file")?.content;
    let import = Import {
        app,
        writer: caller.place(),
        idempotency: caller.idempotency(),
        target: input.file_location.unwrap_or_else(FolderPath::root),
    };
    let mut reports = import.begin(archive).await?;
    let lines = stream::poll_fn(move |context| reports.poll_recv(context)).map(|report| line(&report));
    let mut response = Body::from_stream(lines).into_response();
    let ndjson = HeaderValue::from_static("application/x-ndjson");
    response.headers_mut().insert(header::CONTENT_TYPE, ndjson);
    Ok(response)
}

fn line(report: &ImportReport) -> serde_json::Result<Bytes> {
    let mut line = serde_json::to_vec(report)?;
    line.push(b'\n');
    Ok(line.into())
}
