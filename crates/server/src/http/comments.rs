//! Comments: what people say about a version of an asset.

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_store::{CommentChanges, CommentRow, NewComment, Session};
use mudlark_types::wire::Comment;
use mudlark_types::{AssetId, CommentId, EventType, NotificationKind, Scope, VersionId, WorkspaceId};
use serde::Deserialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::assets;
use crate::http::attachments;
use crate::http::conditional::{IfMatch, Tagged};
use crate::http::extract::{Input, Path, Prose, Query, ViewerMetadata, nullable, required};
use crate::http::guard::InWorkspace;
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::registry::{Api, Origin};
use crate::http::versions;
use crate::ops::change::Change;
use crate::ops::event::Event;
use crate::ops::notify::{self, Happening};
use crate::views;

/// The longest comment. *Units*: bytes.
const MAX_CONTENT: usize = 10_000;

pub(crate) fn routes(api: &mut Api) {
    let read = Access::Workspace(Scope::CommentsRead, WorkspacePermission::Read);
    // Whoever may see may also say something.
    let write = Access::Workspace(Scope::CommentsWrite, WorkspacePermission::Read);
    api.add(read, Origin::Mudlark, routes!(list_comments));
    api.add(write, Origin::Mudlark, routes!(create_comment));
    api.add(read, Origin::Mudlark, routes!(find_comment));
    api.add(write, Origin::Mudlark, routes!(update_comment));
    api.add(write, Origin::Mudlark, routes!(delete_comment));
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct CommentQuery {
    /// Only those about this version.
    asset_version_id: Option<VersionId>,
}

/// An asset's comments, oldest first.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/comments", tag = "Comments", operation_id = "list_comments",
    params(("asset_id" = AssetId, Path), CommentQuery, PageQuery),
    responses((status = 200, description = "The comments.", body = Vec<Comment>))
)]
async fn list_comments(
    State(app): State<App>,
    caller: InWorkspace,
    Path(asset_id): Path<AssetId>,
    Query(query): Query<CommentQuery>,
    Query(page): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<Comment>>> {
    let CommentQuery { asset_version_id } = query;
    let workspace = caller.workspace_id;
    let mut session = app.store.read().await?;
    assets::get(&mut session, workspace, asset_id).await?;
    let list = format!("comments {asset_id} {asset_version_id:?}");
    let page = page.page(&list)?;
    let rows = session.list_comments(workspace, asset_id, asset_version_id, page).await?;
    let total = session.count_comments(workspace, asset_id, asset_version_id).await?;
    let paged = paging::finish(rows, &page, total, &list, &uri, |row| (row.created_at_ms, row.id.as_uuid()))?;
    let ids: Vec<CommentId> = paged.rows.iter().map(|row| row.id).collect();
    let mut attachments = attachments::by_comment(&mut session, &ids).await?;
    paged.try_map(|row| {
        let attached = attachments.remove(&row.id).unwrap_or_default();
        views::comment(row, &attached)
    })
}

/// A comment as it goes over the wire.
async fn show(session: &mut Session, row: CommentRow) -> ApiResult<Comment> {
    let attached = attachments::by_comment(session, &[row.id]).await?.remove(&row.id).unwrap_or_default();
    views::comment(row, &attached)
}

#[derive(Deserialize, utoipa::ToSchema)]
struct NewCommentInput {
    /// At most 10,000 bytes.
    #[schema(value_type = String, min_length = 1, max_length = 10_000, required, example = "The left eye is too dim.")]
    content: Option<Prose<MAX_CONTENT>>,
    /// One of the asset's versions; by default its current one.
    #[schema(value_type = Option<uuid::Uuid>)]
    #[serde(default, deserialize_with = "nullable")]
    asset_version_id: Option<Option<VersionId>>,
    /// The comment of the same asset that it replies to.
    #[schema(value_type = Option<uuid::Uuid>)]
    #[serde(default, deserialize_with = "nullable")]
    parent_id: Option<Option<CommentId>>,
    /// The point or camera that it refers to: an object, or its JSON as a text; at most 16 KiB.
    #[schema(value_type = Option<Object>)]
    #[serde(default, deserialize_with = "nullable")]
    viewer_metadata: Option<Option<ViewerMetadata>>,
}

/// Comment on an asset.
#[utoipa::path(
    post, path = "/workspaces/assets/{asset_id}/comments", tag = "Comments", operation_id = "create_comment",
    params(("asset_id" = AssetId, Path)),
    request_body(content = NewCommentInput, description = "The same members may be given in the query."),
    responses((status = 200, description = "The comment.", body = Comment))
)]
async fn create_comment(
    State(app): State<App>,
    caller: InWorkspace,
    Path(asset_id): Path<AssetId>,
    Input(input): Input<NewCommentInput>,
) -> ApiResult<Tagged<Comment>> {
    let Prose(content) = required(input.content, "content")?;
    let workspace = caller.workspace_id;
    let mut change = caller.begin(&app).await?;
    let asset = assets::get(&mut change.tx, workspace, asset_id).await?;
    let version = input.asset_version_id.flatten().unwrap_or(asset.current_version_id);
    versions::check_own(&mut change.tx, workspace, asset_id, version, "asset_version_id").await?;
    let parent_id = input.parent_id.flatten();
    let replied_to = match parent_id {
        Some(parent) => {
            let found = change.tx.find_comment(workspace, asset_id, parent).await?;
            let no_parent = || ApiError::invalid_field("parent_id", "must be a comment on the same asset");
            vec![found.ok_or_else(no_parent)?.user_id]
        }
        None => Vec::new(),
    };
    let comment = NewComment {
        id: app.clock.new_id(),
        account_id: caller.account_id,
        workspace_id: workspace,
        asset_id,
        asset_version_id: version,
        parent_id,
        user_id: caller.user_id,
        content,
        viewer_metadata: input.viewer_metadata.flatten().map(|ViewerMetadata(json)| json),
        sequence: change.sequence,
        created_at_ms: change.now_ms,
    };
    change.tx.insert_comment(&comment).await?;
    let event = Event::of_asset(workspace, asset_id, EventType::CommentCreated, comment.id);
    change.record(event.with("asset_version_id", version).with("parent_id", parent_id));
    let happening =
        Happening { place: caller.place(), record_id: comment.id.as_uuid(), asset_id: Some(asset_id) };
    notify::tell_subscribers(&app, &mut change, happening, &replied_to).await?;
    notify::tell(&app, &mut change, happening, NotificationKind::CommentReplied, replied_to).await?;
    finish(change, workspace, asset_id, comment.id).await
}

/// Commits a change of a comment and answers the comment as it is now.
async fn finish(
    mut change: Change,
    workspace: WorkspaceId,
    asset: AssetId,
    id: CommentId,
) -> ApiResult<Tagged<Comment>> {
    let comment = get(&mut change.tx, workspace, asset, id).await?;
    let comment = show(&mut change.tx, comment).await?;
    change.commit().await?;
    Ok(Tagged(comment))
}

/// The comment, or 404.
async fn get(
    session: &mut Session,
    workspace: WorkspaceId,
    asset: AssetId,
    id: CommentId,
) -> ApiResult<CommentRow> {
    assets::get(session, workspace, asset).await?;
    session.find_comment(workspace, asset, id).await?.ok_or_else(|| ApiError::not_found("comment"))
}

/// One comment.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/comments/{comment_id}", tag = "Comments", operation_id = "find_comment",
    params(("asset_id" = AssetId, Path), ("comment_id" = CommentId, Path)),
    responses((status = 200, description = "The comment.", body = Comment))
)]
async fn find_comment(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, id)): Path<(AssetId, CommentId)>,
) -> ApiResult<Tagged<Comment>> {
    let mut session = app.store.read().await?;
    let comment = get(&mut session, caller.workspace_id, asset_id, id).await?;
    show(&mut session, comment).await.map(Tagged)
}

#[derive(Deserialize, utoipa::ToSchema)]
struct CommentPatch {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 10_000, example = "The left eye is fine now.")]
    content: Option<Prose<MAX_CONTENT>>,
    /// An object, or its JSON as a text; `null` for none.
    #[schema(value_type = Option<Object>)]
    #[serde(default, deserialize_with = "nullable")]
    viewer_metadata: Option<Option<ViewerMetadata>>,
}

/// Change a comment of one's own.
#[utoipa::path(
    patch, path = "/workspaces/assets/{asset_id}/comments/{comment_id}", tag = "Comments",
    operation_id = "update_comment",
    params(
        ("asset_id" = AssetId, Path), ("comment_id" = CommentId, Path),
        ("if-match" = Option<String>, Header, description = "The ETag last seen."),
    ),
    request_body(content = CommentPatch, description = "The same members may be given in the query."),
    responses((status = 200, description = "The comment as it is now.", body = Comment))
)]
async fn update_comment(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, id)): Path<(AssetId, CommentId)>,
    if_match: IfMatch,
    Input(patch): Input<CommentPatch>,
) -> ApiResult<Tagged<Comment>> {
    let workspace = caller.workspace_id;
    let mut change = caller.begin(&app).await?;
    let comment = get(&mut change.tx, workspace, asset_id, id).await?;
    caller.check_authored(comment.user_id, None)?;
    let version = comment.asset_version_id;
    if_match.check(&show(&mut change.tx, comment).await?)?;
    let changes = CommentChanges {
        content: patch.content.map(|Prose(content)| content),
        viewer_metadata: patch.viewer_metadata.map(|given| given.map(|ViewerMetadata(json)| json)),
    };
    change.tx.update_comment(workspace, id, &changes, change.sequence, change.now_ms).await?;
    let event = Event::of_asset(workspace, asset_id, EventType::CommentUpdated, id);
    change.record(event.with("asset_version_id", version));
    finish(change, workspace, asset_id, id).await
}

/// Delete a comment: one's own, or, as an admin of the workspace, anybody's. Replies to it stay.
#[utoipa::path(
    delete, path = "/workspaces/assets/{asset_id}/comments/{comment_id}", tag = "Comments",
    operation_id = "delete_comment",
    params(
        ("asset_id" = AssetId, Path), ("comment_id" = CommentId, Path),
        ("if-match" = Option<String>, Header, description = "The ETag last seen."),
    ),
    responses((status = 204, description = "It is deleted."))
)]
async fn delete_comment(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, id)): Path<(AssetId, CommentId)>,
    if_match: IfMatch,
) -> ApiResult<StatusCode> {
    let workspace = caller.workspace_id;
    let mut change = caller.begin(&app).await?;
    let comment = get(&mut change.tx, workspace, asset_id, id).await?;
    caller.check_authored(comment.user_id, Some(WorkspacePermission::Administer))?;
    if_match.check(&show(&mut change.tx, comment).await?)?;
    change.tx.delete_comment(workspace, id, change.sequence, change.now_ms).await?;
    change.record(Event::of_asset(workspace, asset_id, EventType::CommentDeleted, id));
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
