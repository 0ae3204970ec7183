//! Reviews: what people find of a version of an asset.

mod beside;

use std::collections::HashSet;

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_store::{NewReview, ReviewChanges, ReviewFilter, ReviewRow, Session};
use mudlark_types::wire::Review;
use mudlark_types::{
    AssetId, AttachmentId, ErrorCode, EventType, NotificationKind, ReviewId, ReviewStatus, Scope, UserId,
    VersionId, WorkspaceId,
};
use serde::Deserialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::conditional::{IfMatch, Tagged};
use crate::http::extract::{Input, Path, Prose, Query, ViewerMetadata, ids, nullable, required};
use crate::http::guard::InWorkspace;
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::registry::{Api, Origin};
use crate::http::{assets, members, versions};
use crate::ops::change::Change;
use crate::ops::event::Event;
use crate::ops::notify::{self, Happening};

use beside::Beside;

/// The longest text. *Units*: bytes.
const MAX_CONTENT: usize = 10_000;
/// The most users that a review can mention.
const MAX_MENTIONS: usize = 100;
/// The most attachments that a review can be given.
const MAX_FILES: usize = 100;

pub(crate) fn routes(api: &mut Api) {
    let read = Access::Workspace(Scope::ReviewsRead, WorkspacePermission::Read);
    // Whoever may see may also ask for a review and take part in one; what is approved or rejected is decided by policy.
    let write = Access::Workspace(Scope::ReviewsWrite, WorkspacePermission::Read);
    api.add(read, Origin::Documented, routes!(list_reviews));
    api.add(write, Origin::Documented, routes!(create_review));
    api.add(read, Origin::Mudlark, routes!(find_review));
    api.add(write, Origin::Documented, routes!(update_review));
    api.add(write, Origin::Mudlark, routes!(delete_review));
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ReviewQuery {
    /// Only those of this version.
    asset_version_id: Option<VersionId>,
    /// Only those that find this.
    status: Option<ReviewStatus>,
}

/// An asset's reviews, oldest first.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/reviews", tag = "Reviews", operation_id = "list_reviews",
    params(("asset_id" = AssetId, Path), ReviewQuery, PageQuery),
    responses((status = 200, description = "The reviews.", body = Vec<Review>))
)]
async fn list_reviews(
    State(app): State<App>,
    caller: InWorkspace,
    Path(asset_id): Path<AssetId>,
    Query(query): Query<ReviewQuery>,
    Query(page): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<Review>>> {
    let ReviewQuery { asset_version_id, status } = query;
    let filter = ReviewFilter { asset_version_id, status };
    let workspace = caller.workspace_id;
    let list = format!("reviews {asset_id} {filter:?}");
    let page = page.page(&list)?;
    let mut session = app.store.read().await?;
    assets::get(&mut session, workspace, asset_id).await?;
    let rows = session.list_reviews(workspace, asset_id, filter, page).await?;
    let total = session.count_reviews(workspace, asset_id, filter).await?;
    let paged = paging::finish(rows, &page, total, &list, &uri, |row| (row.created_at_ms, row.id.as_uuid()))?;
    let mut beside = Beside::of(&mut session, asset_id, &paged.rows).await?;
    paged.try_map(|row| beside.show(row))
}

/// A review as it goes over the wire.
async fn show(session: &mut Session, row: ReviewRow) -> ApiResult<Review> {
    Beside::of(session, row.asset_id, std::slice::from_ref(&row)).await?.show(row)
}

#[derive(Deserialize, utoipa::ToSchema, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct NewReviewInput {
    /// What it says, at most 10,000 bytes. Required here or in the body.
    #[schema(value_type = String, min_length = 1, max_length = 10_000, required, example = "The seams on the left arm show.")]
    #[param(value_type = Option<String>, min_length = 1, max_length = 10_000)]
    content: Option<Prose<MAX_CONTENT>>,
    /// One of the asset's versions; by default its current one.
    #[schema(value_type = Option<uuid::Uuid>)]
    #[param(value_type = Option<uuid::Uuid>)]
    #[serde(default, deserialize_with = "nullable")]
    asset_version_id: Option<Option<VersionId>>,
    /// Who is to decide: somebody in the workspace.
    #[schema(value_type = Option<uuid::Uuid>)]
    #[param(value_type = Option<uuid::Uuid>)]
    #[serde(default, deserialize_with = "nullable")]
    assigned_user_id: Option<Option<UserId>>,
    /// By default `pending`. To approve or reject, `review` or `admin` is needed.
    #[param(inline)]
    status: Option<ReviewStatus>,
    /// Who is to know of it: at most 100 users in the workspace.
    #[schema(value_type = Option<Vec<uuid::Uuid>>)]
    #[param(value_type = Option<Vec<uuid::Uuid>>)]
    #[serde(default, deserialize_with = "ids::<MAX_MENTIONS, _, _>")]
    mentions: Option<Vec<UserId>>,
    /// Attachments of the asset that are to hang on it, at most 100; they must not hang on anything else.
    #[schema(value_type = Option<Vec<uuid::Uuid>>)]
    #[param(value_type = Option<Vec<uuid::Uuid>>)]
    #[serde(default, deserialize_with = "ids::<MAX_FILES, _, _>")]
    files: Option<Vec<AttachmentId>>,
    /// The point or camera that it refers to: an object, or its JSON as a text; at most 16 KiB.
    #[schema(value_type = Option<Object>)]
    #[param(value_type = Option<String>)]
    #[serde(default, deserialize_with = "nullable")]
    viewer_metadata: Option<Option<ViewerMetadata>>,
}

/// Review a version of an asset, or ask somebody to.
#[utoipa::path(
    post, path = "/workspaces/assets/{asset_id}/reviews", tag = "Reviews", operation_id = "create_review",
    params(("asset_id" = AssetId, Path), NewReviewInput),
    request_body(content = Option<NewReviewInput>, description = "In place of the query, or beside it: the body wins."),
    responses((status = 200, description = "The review.", body = Review))
)]
async fn create_review(
    State(app): State<App>,
    caller: InWorkspace,
    Path(asset_id): Path<AssetId>,
    Input(input): Input<NewReviewInput>,
) -> ApiResult<Tagged<Review>> {
    let Prose(content) = required(input.content, "content")?;
    let status = input.status.unwrap_or(ReviewStatus::Pending);
    caller.check_review(ReviewStatus::Pending, status)?;
    let (workspace, assigned_user_id) = (caller.workspace_id, input.assigned_user_id.flatten());
    let mentions = input.mentions.map(members::each_once).unwrap_or_default();
    let mut change = caller.begin(&app).await?;
    let asset = assets::get(&mut change.tx, workspace, asset_id).await?;
    let version = input.asset_version_id.flatten().unwrap_or(asset.current_version_id);
    versions::check_own(&mut change.tx, workspace, asset_id, version, "asset_version_id").await?;
    members::check_in_workspace(&mut change.tx, workspace, assigned_user_id, "assigned_user_id").await?;
    members::check_in_workspace(&mut change.tx, workspace, mentions.iter().copied(), "mentions").await?;
    let review = NewReview {
        id: app.clock.new_id(),
        account_id: caller.account_id,
        workspace_id: workspace,
        asset_id,
        asset_version_id: version,
        user_id: caller.user_id,
        assigned_user_id,
        status,
        content,
        viewer_metadata: input.viewer_metadata.flatten().map(|ViewerMetadata(json)| json),
        sequence: change.sequence,
        created_at_ms: change.now_ms,
    };
    change.tx.insert_review(&review).await?;
    change.tx.replace_review_mentions(review.id, &mentions).await?;
    attach(&mut change, asset_id, review.id, &input.files.unwrap_or_default()).await?;
    let event = Event::of_asset(workspace, asset_id, EventType::ReviewCreated, review.id)
        .with("asset_version_id", version)
        .with("status", status)
        .with("assigned_user_id", assigned_user_id);
    change.record(event.with("mentions", &mentions));
    let happening =
        Happening { place: caller.place(), record_id: review.id.as_uuid(), asset_id: Some(asset_id) };
    notify::of_review(&app, &mut change, happening, assigned_user_id, &mentions).await?;
    finish(change, workspace, asset_id, review.id).await
}

/// Lets attachments of the asset hang on the review, in place of those that did.
async fn attach(change: &mut Change, asset: AssetId, id: ReviewId, files: &[AttachmentId]) -> ApiResult<()> {
    if change.tx.replace_review_attachments(asset, id, files).await? {
        Ok(())
    } else {
        let must = "must be attachments of the asset that hang on nothing else";
        Err(ApiError::invalid_field("files", must))
    }
}

/// Commits a change of a review and answers the review as it is now.
async fn finish(
    mut change: Change,
    workspace: WorkspaceId,
    asset: AssetId,
    id: ReviewId,
) -> ApiResult<Tagged<Review>> {
    let review = get(&mut change.tx, workspace, asset, id).await?;
    let review = show(&mut change.tx, review).await?;
    change.commit().await?;
    Ok(Tagged(review))
}

/// The review, or 404.
async fn get(
    session: &mut Session,
    workspace: WorkspaceId,
    asset: AssetId,
    id: ReviewId,
) -> ApiResult<ReviewRow> {
    assets::get(session, workspace, asset).await?;
    session.find_review(workspace, asset, id).await?.ok_or_else(|| ApiError::not_found("review"))
}

/// One review.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/reviews/{review_id}", tag = "Reviews", operation_id = "find_review",
    params(("asset_id" = AssetId, Path), ("review_id" = ReviewId, Path)),
    responses((status = 200, description = "The review.", body = Review))
)]
async fn find_review(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, id)): Path<(AssetId, ReviewId)>,
) -> ApiResult<Tagged<Review>> {
    let mut session = app.store.read().await?;
    let review = get(&mut session, caller.workspace_id, asset_id, id).await?;
    show(&mut session, review).await.map(Tagged)
}

#[derive(Deserialize, utoipa::ToSchema, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ReviewPatch {
    /// For its author.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 10_000, example = "The seams are gone.")]
    #[param(value_type = Option<String>, min_length = 1, max_length = 10_000)]
    content: Option<Prose<MAX_CONTENT>>,
    /// Who is to decide, or `null` for nobody in particular. For its author, `review` and `admin`.
    #[schema(value_type = Option<uuid::Uuid>)]
    #[param(value_type = Option<uuid::Uuid>)]
    #[serde(default, deserialize_with = "nullable")]
    assigned_user_id: Option<Option<UserId>>,
    /// For `review` and `admin`.
    #[param(inline)]
    status: Option<ReviewStatus>,
    /// For its author: all who are to know of it.
    #[schema(value_type = Option<Vec<uuid::Uuid>>)]
    #[param(value_type = Option<Vec<uuid::Uuid>>)]
    #[serde(default, deserialize_with = "ids::<MAX_MENTIONS, _, _>")]
    mentions: Option<Vec<UserId>>,
    /// For its author: all attachments that are to hang on it.
    #[schema(value_type = Option<Vec<uuid::Uuid>>)]
    #[param(value_type = Option<Vec<uuid::Uuid>>)]
    #[serde(default, deserialize_with = "ids::<MAX_FILES, _, _>")]
    files: Option<Vec<AttachmentId>>,
    /// For its author: an object, or its JSON as a text; `null` for none.
    #[schema(value_type = Option<Object>)]
    #[param(value_type = Option<String>)]
    #[serde(default, deserialize_with = "nullable")]
    viewer_metadata: Option<Option<ViewerMetadata>>,
}

/// Change a review: its author what it says, `review` and `admin` what it finds. What is not given stays as it is.
#[utoipa::path(
    put, path = "/workspaces/assets/{asset_id}/reviews/{review_id}", tag = "Reviews", operation_id = "update_review",
    params(
        ("asset_id" = AssetId, Path), ("review_id" = ReviewId, Path), ReviewPatch,
        ("if-match" = Option<String>, Header, description = "The ETag last seen."),
    ),
    request_body(content = Option<ReviewPatch>, description = "In place of the query, or beside it: the body wins."),
    responses(
        (status = 200, description = "The review as it is now.", body = Review),
        (status = 409, description = "Its version is in the trash."),
    )
)]
async fn update_review(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, id)): Path<(AssetId, ReviewId)>,
    if_match: IfMatch,
    Input(patch): Input<ReviewPatch>,
) -> ApiResult<Tagged<Review>> {
    let workspace = caller.workspace_id;
    let mut change = caller.begin(&app).await?;
    let review = get(&mut change.tx, workspace, asset_id, id).await?;
    let shown = show(&mut change.tx, review.clone()).await?;
    let mentions = patch.mentions.map(members::each_once);
    let changes = ReviewChanges {
        assigned_user_id: patch.assigned_user_id.filter(|user| *user != review.assigned_user_id),
        status: patch.status.filter(|status| *status != review.status),
        content: patch.content.map(|Prose(content)| content).filter(|content| *content != review.content),
        viewer_metadata: patch
            .viewer_metadata
            .map(|given| given.map(|ViewerMetadata(json)| json))
            .filter(|given| *given != review.viewer_metadata),
    };
    let mentions = mentions.filter(|mentions| *mentions != shown.mentions);
    let files = patch.files.filter(|files| !are_attached(&shown, files));
    check_patch(&caller, &review, &changes, mentions.is_some() || files.is_some())?;
    if_match.check(&shown)?;
    if changes.status.is_some() && shown.version.is_none() {
        let message = "The review's version is in the trash; restore it first";
        return Err(ApiError::new(ErrorCode::Conflict, message));
    }
    let assigned = changes.assigned_user_id.flatten();
    members::check_in_workspace(&mut change.tx, workspace, assigned, "assigned_user_id").await?;
    let happening = Happening { place: caller.place(), record_id: id.as_uuid(), asset_id: Some(asset_id) };
    notify::tell(&app, &mut change, happening, NotificationKind::ReviewAssigned, assigned).await?;
    if let Some(mentions) = mentions {
        members::check_in_workspace(&mut change.tx, workspace, mentions.iter().copied(), "mentions").await?;
        change.tx.replace_review_mentions(id, &mentions).await?;
        let new =
            mentions.into_iter().filter(|user| !shown.mentions.contains(user) && Some(*user) != assigned);
        notify::tell(&app, &mut change, happening, NotificationKind::ReviewMentioned, new).await?;
    }
    if let Some(files) = files {
        attach(&mut change, asset_id, id, &files).await?;
    }
    change.tx.update_review(workspace, id, &changes, change.sequence, change.now_ms).await?;
    let event = Event::of_asset(workspace, asset_id, EventType::ReviewUpdated, id)
        .with("asset_version_id", review.asset_version_id)
        .with("status", changes.status.unwrap_or(review.status));
    change
        .record(event.with("assigned_user_id", changes.assigned_user_id.unwrap_or(review.assigned_user_id)));
    finish(change, workspace, asset_id, id).await
}

/// Whether exactly these attachments hang on the review already.
fn are_attached(review: &Review, files: &[AttachmentId]) -> bool {
    let attached: HashSet<AttachmentId> = review.attachments.iter().map(|attachment| attachment.id).collect();
    attached == files.iter().copied().collect()
}

/// Refuses what is not the caller's to change. What is given as it was is no change.
fn check_patch(
    caller: &InWorkspace,
    review: &ReviewRow,
    changes: &ReviewChanges,
    is_giving_more: bool,
) -> ApiResult<()> {
    if changes.content.is_some() || changes.viewer_metadata.is_some() || is_giving_more {
        caller.check_authored(review.user_id, None)?;
    }
    if changes.assigned_user_id.is_some() {
        caller.check_authored(review.user_id, Some(WorkspacePermission::Review))?;
    }
    changes.status.map_or(Ok(()), |status| caller.check_review(review.status, status))
}

/// Delete a review: one's own, or, as an admin of the workspace, anybody's.
#[utoipa::path(
    delete, path = "/workspaces/assets/{asset_id}/reviews/{review_id}", tag = "Reviews",
    operation_id = "delete_review",
    params(
        ("asset_id" = AssetId, Path), ("review_id" = ReviewId, Path),
        ("if-match" = Option<String>, Header, description = "The ETag last seen."),
    ),
    responses((status = 204, description = "It is deleted."))
)]
async fn delete_review(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, id)): Path<(AssetId, ReviewId)>,
    if_match: IfMatch,
) -> ApiResult<StatusCode> {
    let mut change = caller.begin(&app).await?;
    let review = get(&mut change.tx, caller.workspace_id, asset_id, id).await?;
    caller.check_authored(review.user_id, Some(WorkspacePermission::Administer))?;
    if_match.check(&show(&mut change.tx, review).await?)?;
    change.tx.delete_review(caller.workspace_id, id).await?;
    change.record(Event::of_asset(caller.workspace_id, asset_id, EventType::ReviewDeleted, id));
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
