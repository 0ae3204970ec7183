//! Attachments: files that hang on an asset, or on a review or comment about it.

use std::collections::HashMap;
use std::hash::Hash;

use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_store::{AttachedTo, AttachmentChanges, AttachmentFilter, AttachmentRow, NewAttachment, Session};
use mudlark_types::wire::Attachment;
use mudlark_types::{AssetId, AttachmentId, CommentId, EventType, ReviewId, Scope, WorkspaceId};
use serde::Deserialize;
use serde::de::IgnoredAny;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::assets;
use crate::http::conditional::{IfMatch, Tagged};
use crate::http::downloads::{self, Content};
use crate::http::extract::{Input, Line, Path, Query, Text, Upload, nullable, required};
use crate::http::guard::InWorkspace;
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::registry::{Api, Origin};
use crate::ops::account_limits::add_content;
use crate::ops::change::Change;
use crate::ops::commit_content::publish;
use crate::ops::event::Event;
use crate::views;

/// The longest description. *Units*: bytes.
const MAX_DESCRIPTION: usize = 10_000;

/// What a file is called that comes without a name.
const NAMELESS: &str = "attachment";

pub(crate) fn routes(api: &mut Api) {
    let read = Access::Workspace(Scope::AttachmentsRead, WorkspacePermission::Read);
    let download = Access::Workspace(Scope::AssetsDownload, WorkspacePermission::Read);
    // Whoever may say something may show something with it.
    let write = Access::Workspace(Scope::AttachmentsWrite, WorkspacePermission::Read);
    api.add(read, Origin::Mudlark, routes!(list_attachments));
    api.add(write, Origin::Mudlark, routes!(create_attachment));
    api.add(read, Origin::Mudlark, routes!(find_attachment));
    api.add(write, Origin::Mudlark, routes!(update_attachment));
    api.add(write, Origin::Mudlark, routes!(delete_attachment));
    api.add(download, Origin::Mudlark, routes!(download_attachment));
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct AttachmentQuery {
    /// Only those that hang on this review.
    review_id: Option<ReviewId>,
    /// Only those that hang on this comment.
    comment_id: Option<CommentId>,
}

/// Those that hang on comments, by these.
pub(super) async fn by_comment(
    session: &mut Session,
    ids: &[CommentId],
) -> ApiResult<HashMap<CommentId, Vec<AttachmentRow>>> {
    Ok(grouped(session.list_attachments_of_comments(ids).await?, |row| row.comment_id))
}

/// Those that hang on reviews, by these.
pub(super) async fn by_review(
    session: &mut Session,
    ids: &[ReviewId],
) -> ApiResult<HashMap<ReviewId, Vec<AttachmentRow>>> {
    Ok(grouped(session.list_attachments_of_reviews(ids).await?, |row| row.review_id))
}

fn grouped<Id: Eq + Hash>(
    rows: Vec<AttachmentRow>,
    on: impl Fn(&AttachmentRow) -> Option<Id>,
) -> HashMap<Id, Vec<AttachmentRow>> {
    let mut groups: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        if let Some(id) = on(&row) {
            groups.entry(id).or_default().push(row);
        }
    }
    groups
}

/// An asset's attachments, oldest first.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/attachments", tag = "Attachments", operation_id = "list_attachments",
    params(("asset_id" = AssetId, Path), AttachmentQuery, PageQuery),
    responses((status = 200, description = "The attachments.", body = Vec<Attachment>))
)]
async fn list_attachments(
    State(app): State<App>,
    caller: InWorkspace,
    Path(asset_id): Path<AssetId>,
    Query(query): Query<AttachmentQuery>,
    Query(page): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<Attachment>>> {
    let AttachmentQuery { review_id, comment_id } = query;
    let filter = AttachmentFilter { review_id, comment_id };
    let workspace = caller.workspace_id;
    let list = format!("attachments {asset_id} {filter:?}");
    let page = page.page(&list)?;
    let mut session = app.store.read().await?;
    assets::get(&mut session, workspace, asset_id).await?;
    let rows = session.list_attachments(workspace, asset_id, filter, page).await?;
    let total = session.count_attachments(workspace, asset_id, filter).await?;
    let paged = paging::finish(rows, &page, total, &list, &uri, |row| (row.created_at_ms, row.id.as_uuid()))?;
    Ok(paged.map(|row| views::attachment(&row)))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct NewAttachmentInput {
    /// The content.
    #[schema(value_type = String, format = Binary, required)]
    #[expect(dead_code, reason = "for the document: the file is taken from the body as it comes")]
    file: Option<IgnoredAny>,
    /// By default the file's own name.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    name: Option<Line<255>>,
    #[schema(value_type = Option<String>, max_length = 10_000)]
    #[serde(default, deserialize_with = "nullable")]
    description: Option<Option<Text<MAX_DESCRIPTION>>>,
    /// The review of the same asset that it hangs on. Not beside `comment_id`.
    #[schema(value_type = Option<uuid::Uuid>)]
    #[serde(default, deserialize_with = "nullable")]
    review_id: Option<Option<ReviewId>>,
    /// The comment on the same asset that it hangs on. Not beside `review_id`.
    #[schema(value_type = Option<uuid::Uuid>)]
    #[serde(default, deserialize_with = "nullable")]
    comment_id: Option<Option<CommentId>>,
}

/// Attach a file to an asset, or to a review or comment about it.
#[utoipa::path(
    post, path = "/workspaces/assets/{asset_id}/attachments", tag = "Attachments", operation_id = "create_attachment",
    params(("asset_id" = AssetId, Path)),
    request_body(content = NewAttachmentInput, content_type = "multipart/form-data"),
    responses((status = 200, description = "The attachment.", body = Attachment))
)]
async fn create_attachment(
    State(app): State<App>,
    caller: InWorkspace,
    Path(asset_id): Path<AssetId>,
    Upload { input, file }: Upload<NewAttachmentInput>,
) -> ApiResult<Tagged<Attachment>> {
    let file = required(file, "file")?;
    let workspace = caller.workspace_id;
    let file_name = match file.name.as_deref() {
        Some(name) if !name.is_empty() => assets::file_name(Some(name), None)?.as_str().to_owned(),
        _ => NAMELESS.to_owned(),
    };
    let given = (input.review_id.flatten(), input.comment_id.flatten());
    let attached_to = attached_to(given)?;
    assets::get(&mut app.store.read().await?, workspace, asset_id).await?;
    let content = publish(&app, caller.account_id, file_name, file.content).await?;
    let mut change = caller.begin(&app).await?;
    assets::get(&mut change.tx, workspace, asset_id).await?;
    check_place(&mut change.tx, workspace, asset_id, attached_to).await?;
    add_content(&app, &mut change.tx, caller.account_id, &content, change.now_ms).await?;
    let attachment = NewAttachment {
        id: app.clock.new_id(),
        account_id: caller.account_id,
        workspace_id: workspace,
        asset_id,
        attached_to,
        created_by_user_id: caller.user_id,
        name: input.name.map_or_else(|| content.file_name.clone(), |Line(name)| name),
        description: input.description.flatten().map(|Text(text)| text),
        file_name: content.file_name,
        sha256: content.sha256,
        size_bytes: content.size_bytes,
        sequence: change.sequence,
        created_at_ms: change.now_ms,
    };
    change.tx.insert_attachment(&attachment).await?;
    let event = Event::of_asset(workspace, asset_id, EventType::AttachmentCreated, attachment.id);
    change
        .record(event.with("name", &attachment.name).with("review_id", given.0).with("comment_id", given.1));
    finish(change, workspace, asset_id, attachment.id).await
}

/// What an attachment with these members hangs on.
fn attached_to(given: (Option<ReviewId>, Option<CommentId>)) -> ApiResult<AttachedTo> {
    match given {
        (None, None) => Ok(AttachedTo::Asset),
        (Some(review), None) => Ok(AttachedTo::Review(review)),
        (None, Some(comment)) => Ok(AttachedTo::Comment(comment)),
        (Some(_), Some(_)) => {
            Err(ApiError::invalid_field("comment_id", "must not be given beside review_id"))
        }
    }
}

/// Refuses a review or comment that is not about the asset.
async fn check_place(
    session: &mut Session,
    workspace: WorkspaceId,
    asset: AssetId,
    attached_to: AttachedTo,
) -> ApiResult<()> {
    let (is_there, field, must) = match attached_to {
        AttachedTo::Asset => return Ok(()),
        AttachedTo::Review(id) => {
            let review = session.find_review(workspace, asset, id).await?;
            (review.is_some(), "review_id", "must be a review of the same asset")
        }
        AttachedTo::Comment(id) => {
            let comment = session.find_comment(workspace, asset, id).await?;
            (comment.is_some(), "comment_id", "must be a comment on the same asset")
        }
    };
    if is_there { Ok(()) } else { Err(ApiError::invalid_field(field, must)) }
}

/// Commits a change of an attachment and answers the attachment as it is now.
async fn finish(
    mut change: Change,
    workspace: WorkspaceId,
    asset: AssetId,
    id: AttachmentId,
) -> ApiResult<Tagged<Attachment>> {
    let attachment = get(&mut change.tx, workspace, asset, id).await?;
    change.commit().await?;
    Ok(Tagged(views::attachment(&attachment)))
}

/// The attachment, or 404.
async fn get(
    session: &mut Session,
    workspace: WorkspaceId,
    asset: AssetId,
    id: AttachmentId,
) -> ApiResult<AttachmentRow> {
    assets::get(session, workspace, asset).await?;
    session.find_attachment(workspace, asset, id).await?.ok_or_else(|| ApiError::not_found("attachment"))
}

/// One attachment.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/attachments/{attachment_id}", tag = "Attachments",
    operation_id = "find_attachment",
    params(("asset_id" = AssetId, Path), ("attachment_id" = AttachmentId, Path)),
    responses((status = 200, description = "The attachment.", body = Attachment))
)]
async fn find_attachment(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, id)): Path<(AssetId, AttachmentId)>,
) -> ApiResult<Tagged<Attachment>> {
    let attachment = get(&mut app.store.read().await?, caller.workspace_id, asset_id, id).await?;
    Ok(Tagged(views::attachment(&attachment)))
}

/// The bytes of an attachment.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/attachments/{attachment_id}/download", tag = "Attachments",
    operation_id = "download_attachment",
    params(
        ("asset_id" = AssetId, Path), ("attachment_id" = AttachmentId, Path),
        ("range" = Option<String>, Header, description = "One range of bytes."),
    ),
    responses(
        (status = 200, description = "All bytes.", content((String = "application/octet-stream"), (String = "*/*"))),
        (status = 206, description = "The range asked for.", content((String = "application/octet-stream"), (String = "*/*"))),
        (status = 304, description = "The client has these bytes already."),
        (status = 416, description = "The range lies outside the content.", body = crate::http::error_body::ErrorBody),
    )
)]
async fn download_attachment(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, id)): Path<(AssetId, AttachmentId)>,
    method: Method,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let row = get(&mut app.store.read().await?, caller.workspace_id, asset_id, id).await?;
    let content = Content { sha256: &row.sha256, size_bytes: row.size_bytes, file_name: &row.file_name };
    downloads::send(&app, caller.account_id, content, &method, &headers).await
}

#[derive(Deserialize, utoipa::ToSchema)]
struct AttachmentPatch {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, example = "reference.png")]
    name: Option<Line<255>>,
    /// `null` for none.
    #[schema(value_type = Option<String>)]
    #[serde(default, deserialize_with = "nullable")]
    description: Option<Option<Text<MAX_DESCRIPTION>>>,
    /// The review of the same asset that it hangs on; `null` for the asset alone.
    #[schema(value_type = Option<uuid::Uuid>)]
    #[serde(default, deserialize_with = "nullable")]
    review_id: Option<Option<ReviewId>>,
    /// The comment on the same asset that it hangs on; `null` for the asset alone.
    #[schema(value_type = Option<uuid::Uuid>)]
    #[serde(default, deserialize_with = "nullable")]
    comment_id: Option<Option<CommentId>>,
}

/// Change an attachment of one's own: its name, its description, or what it hangs on. Its content never changes.
#[utoipa::path(
    patch, path = "/workspaces/assets/{asset_id}/attachments/{attachment_id}", tag = "Attachments",
    operation_id = "update_attachment",
    params(
        ("asset_id" = AssetId, Path), ("attachment_id" = AttachmentId, Path),
        ("if-match" = Option<String>, Header, description = "The ETag last seen."),
    ),
    request_body(content = AttachmentPatch, description = "The same members may be given in the query."),
    responses((status = 200, description = "The attachment as it is now.", body = Attachment))
)]
async fn update_attachment(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, id)): Path<(AssetId, AttachmentId)>,
    if_match: IfMatch,
    Input(patch): Input<AttachmentPatch>,
) -> ApiResult<Tagged<Attachment>> {
    let workspace = caller.workspace_id;
    let mut change = caller.begin(&app).await?;
    let attachment = get(&mut change.tx, workspace, asset_id, id).await?;
    caller.check_authored(attachment.created_by_user_id, None)?;
    if_match.check(&views::attachment(&attachment))?;
    // A new place takes that of the old one; `null` takes away only what it names.
    let place = match (patch.review_id.flatten(), patch.comment_id.flatten()) {
        (None, None) => (
            attachment.review_id.filter(|_| patch.review_id.is_none()),
            attachment.comment_id.filter(|_| patch.comment_id.is_none()),
        ),
        given => given,
    };
    let attached_to = attached_to(place)?;
    check_place(&mut change.tx, workspace, asset_id, attached_to).await?;
    let changes = AttachmentChanges {
        name: patch.name.map(|Line(name)| name),
        description: patch.description.map(|text| text.map(|Text(text)| text)),
        attached_to: Some(attached_to),
    };
    change.tx.update_attachment(workspace, id, &changes, change.sequence, change.now_ms).await?;
    let name = changes.name.as_ref().unwrap_or(&attachment.name);
    let event = Event::of_asset(workspace, asset_id, EventType::AttachmentUpdated, id).with("name", name);
    change.record(event.with("review_id", place.0).with("comment_id", place.1));
    finish(change, workspace, asset_id, id).await
}

/// Delete an attachment: one's own, or, as an admin of the workspace, anybody's.
#[utoipa::path(
    delete, path = "/workspaces/assets/{asset_id}/attachments/{attachment_id}", tag = "Attachments",
    operation_id = "delete_attachment",
    params(
        ("asset_id" = AssetId, Path), ("attachment_id" = AttachmentId, Path),
        ("if-match" = Option<String>, Header, description = "The ETag last seen."),
    ),
    responses((status = 204, description = "It is deleted."))
)]
async fn delete_attachment(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, id)): Path<(AssetId, AttachmentId)>,
    if_match: IfMatch,
) -> ApiResult<StatusCode> {
    let mut change = caller.begin(&app).await?;
    let attachment = get(&mut change.tx, caller.workspace_id, asset_id, id).await?;
    caller.check_authored(attachment.created_by_user_id, Some(WorkspacePermission::Administer))?;
    if_match.check(&views::attachment(&attachment))?;
    change.tx.delete_attachment(caller.workspace_id, id).await?;
    let event = Event::of_asset(caller.workspace_id, asset_id, EventType::AttachmentDeleted, id);
    change.record(event.with("name", &attachment.name));
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
