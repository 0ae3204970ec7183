//! Review requests: users asked to review a version of an asset. The answers are `reviews`.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_store::{NewReviewRequest, ReviewRequestRow, ReviewerRow, Session, VersionWithUser};
use mudlark_types::wire::ReviewRequest;
use mudlark_types::{
    AssetId, EventType, NotificationKind, ReviewRequestId, Scope, UserId, VersionId, WorkspaceId,
};
use serde::Deserialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::conditional::{IfMatch, Tagged};
use crate::http::extract::{Input, Path, Query, Text, ids, nullable, required};
use crate::http::guard::InWorkspace;
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::registry::{Api, Origin};
use crate::http::{assets, members, versions};
use crate::ops::change::Change;
use crate::ops::event::Event;
use crate::ops::notify::{self, Happening};
use crate::views;

/// The longest text. *Units*: bytes.
const MAX_CONTENT: usize = 10_000;
/// The most users that one request can ask.
const MAX_REVIEWERS: usize = 100;

pub(crate) fn routes(api: &mut Api) {
    let read = Access::Workspace(Scope::ReviewsRead, WorkspacePermission::Read);
    let write = Access::Workspace(Scope::ReviewsWrite, WorkspacePermission::Read);
    api.add(read, Origin::Mudlark, routes!(list_review_requests));
    api.add(write, Origin::Mudlark, routes!(create_review_request));
    api.add(read, Origin::Mudlark, routes!(find_review_request));
    api.add(write, Origin::Mudlark, routes!(update_review_request));
    api.add(write, Origin::Mudlark, routes!(delete_review_request));
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ReviewRequestQuery {
    /// Only those about this version.
    asset_version_id: Option<VersionId>,
}

/// The review requests about an asset, oldest first.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/reviewRequests", tag = "Reviews", operation_id = "list_review_requests",
    params(("asset_id" = AssetId, Path), ReviewRequestQuery, PageQuery),
    responses((status = 200, description = "The requests.", body = Vec<ReviewRequest>))
)]
async fn list_review_requests(
    State(app): State<App>,
    caller: InWorkspace,
    Path(asset_id): Path<AssetId>,
    Query(query): Query<ReviewRequestQuery>,
    Query(page): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<ReviewRequest>>> {
    let ReviewRequestQuery { asset_version_id } = query;
    let workspace = caller.workspace_id;
    let list = format!("review requests {asset_id} {asset_version_id:?}");
    let page = page.page(&list)?;
    let mut session = app.store.read().await?;
    assets::get(&mut session, workspace, asset_id).await?;
    let rows = session.list_review_requests(workspace, asset_id, asset_version_id, page).await?;
    let total = session.count_review_requests(workspace, asset_id, asset_version_id).await?;
    let paged = paging::finish(rows, &page, total, &list, &uri, |row| (row.created_at_ms, row.id.as_uuid()))?;
    let beside = Beside::of(&mut session, asset_id, &paged.rows).await?;
    Ok(paged.map(|row| beside.show(row)))
}

/// What is shown beside the review requests about an asset.
struct Beside {
    reviewers: HashMap<ReviewRequestId, Vec<ReviewerRow>>,
    versions: HashMap<VersionId, VersionWithUser>,
}

impl Beside {
    async fn of(session: &mut Session, asset: AssetId, rows: &[ReviewRequestRow]) -> ApiResult<Self> {
        let ids: Vec<ReviewRequestId> = rows.iter().map(|row| row.id).collect();
        let mut reviewers: HashMap<_, Vec<_>> = HashMap::new();
        for reviewer in session.list_reviewers(&ids).await? {
            reviewers.entry(reviewer.review_request_id).or_default().push(reviewer);
        }
        let versions = rows.iter().map(|row| row.asset_version_id);
        Ok(Self { reviewers, versions: versions::by_id(session, asset, versions).await? })
    }

    fn show(&self, row: ReviewRequestRow) -> ReviewRequest {
        let reviewers = self.reviewers.get(&row.id).map_or(&[][..], Vec::as_slice);
        let version = self.versions.get(&row.asset_version_id);
        views::review_request(row, reviewers, version)
    }
}

/// A review request as it goes over the wire.
async fn show(session: &mut Session, row: ReviewRequestRow) -> ApiResult<ReviewRequest> {
    Ok(Beside::of(session, row.asset_id, std::slice::from_ref(&row)).await?.show(row))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct NewReviewRequestInput {
    /// Who is asked: 1 to 100 users in the workspace.
    #[schema(value_type = Vec<uuid::Uuid>, min_items = 1, max_items = 100, required)]
    #[serde(default, deserialize_with = "ids::<MAX_REVIEWERS, _, _>")]
    user_ids: Option<Vec<UserId>>,
    /// One of the asset's versions; by default its current one.
    #[schema(value_type = Option<uuid::Uuid>)]
    #[serde(default, deserialize_with = "nullable")]
    asset_version_id: Option<Option<VersionId>>,
    /// What there is to look at; at most 10,000 bytes.
    #[schema(value_type = Option<String>, max_length = 10_000, example = "Does the left arm bend well?")]
    #[serde(default, deserialize_with = "nullable")]
    content: Option<Option<Text<MAX_CONTENT>>>,
}

/// Ask users to review a version of an asset. Their next review of it is their answer.
#[utoipa::path(
    post, path = "/workspaces/assets/{asset_id}/reviewRequests", tag = "Reviews",
    operation_id = "create_review_request",
    params(("asset_id" = AssetId, Path)),
    request_body(content = NewReviewRequestInput, description = "The same members may be given in the query."),
    responses((status = 200, description = "The request.", body = ReviewRequest))
)]
async fn create_review_request(
    State(app): State<App>,
    caller: InWorkspace,
    Path(asset_id): Path<AssetId>,
    Input(input): Input<NewReviewRequestInput>,
) -> ApiResult<Tagged<ReviewRequest>> {
    let users = some_once(required(input.user_ids, "user_ids")?)?;
    let workspace = caller.workspace_id;
    let mut change = caller.begin(&app).await?;
    let asset = assets::get(&mut change.tx, workspace, asset_id).await?;
    let version = input.asset_version_id.flatten().unwrap_or(asset.current_version_id);
    versions::check_own(&mut change.tx, workspace, asset_id, version, "asset_version_id").await?;
    members::check_in_workspace(&mut change.tx, workspace, users.iter().copied(), "user_ids").await?;
    let request = NewReviewRequest {
        id: app.clock.new_id(),
        account_id: caller.account_id,
        workspace_id: workspace,
        asset_id,
        asset_version_id: version,
        user_id: caller.user_id,
        content: input.content.flatten().map(|Text(text)| text),
        sequence: change.sequence,
        created_at_ms: change.now_ms,
    };
    change.tx.insert_review_request(&request).await?;
    change.tx.replace_reviewers(request.id, &users).await?;
    let event = Event::of_asset(workspace, asset_id, EventType::ReviewRequestCreated, request.id);
    change.record(event.with("asset_version_id", version).with("user_ids", &users));
    let happening =
        Happening { place: caller.place(), record_id: request.id.as_uuid(), asset_id: Some(asset_id) };
    notify::tell(&app, &mut change, happening, NotificationKind::ReviewRequested, users).await?;
    finish(change, workspace, asset_id, request.id).await
}

/// The users in their order, without repetitions; at least one.
fn some_once(users: Vec<UserId>) -> ApiResult<Vec<UserId>> {
    if users.is_empty() {
        return Err(ApiError::invalid_field("user_ids", "must name at least one user"));
    }
    Ok(members::each_once(users))
}

/// Commits a change of a review request and answers the request as it is now.
async fn finish(
    mut change: Change,
    workspace: WorkspaceId,
    asset: AssetId,
    id: ReviewRequestId,
) -> ApiResult<Tagged<ReviewRequest>> {
    let request = get(&mut change.tx, workspace, asset, id).await?;
    let request = show(&mut change.tx, request).await?;
    change.commit().await?;
    Ok(Tagged(request))
}

/// The review request, or 404.
async fn get(
    session: &mut Session,
    workspace: WorkspaceId,
    asset: AssetId,
    id: ReviewRequestId,
) -> ApiResult<ReviewRequestRow> {
    assets::get(session, workspace, asset).await?;
    let found = session.find_review_request(workspace, asset, id).await?;
    found.ok_or_else(|| ApiError::not_found("review request"))
}

/// One review request.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/reviewRequests/{review_request_id}", tag = "Reviews",
    operation_id = "find_review_request",
    params(("asset_id" = AssetId, Path), ("review_request_id" = ReviewRequestId, Path)),
    responses((status = 200, description = "The request.", body = ReviewRequest))
)]
async fn find_review_request(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, id)): Path<(AssetId, ReviewRequestId)>,
) -> ApiResult<Tagged<ReviewRequest>> {
    let mut session = app.store.read().await?;
    let request = get(&mut session, caller.workspace_id, asset_id, id).await?;
    show(&mut session, request).await.map(Tagged)
}

#[derive(Deserialize, utoipa::ToSchema)]
struct ReviewRequestPatch {
    /// All who are asked: 1 to 100 users in the workspace.
    #[schema(value_type = Option<Vec<uuid::Uuid>>, min_items = 1, max_items = 100)]
    #[serde(default, deserialize_with = "ids::<MAX_REVIEWERS, _, _>")]
    user_ids: Option<Vec<UserId>>,
    /// `null` for none.
    #[schema(value_type = Option<String>, max_length = 10_000, example = "And the right arm?")]
    #[serde(default, deserialize_with = "nullable")]
    content: Option<Option<Text<MAX_CONTENT>>>,
}

/// Change a review request of one's own: who is asked, and what there is to look at.
#[utoipa::path(
    patch, path = "/workspaces/assets/{asset_id}/reviewRequests/{review_request_id}", tag = "Reviews",
    operation_id = "update_review_request",
    params(
        ("asset_id" = AssetId, Path), ("review_request_id" = ReviewRequestId, Path),
        ("if-match" = Option<String>, Header, description = "The ETag last seen."),
    ),
    request_body(content = ReviewRequestPatch, description = "The same members may be given in the query."),
    responses((status = 200, description = "The request as it is now.", body = ReviewRequest))
)]
async fn update_review_request(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, id)): Path<(AssetId, ReviewRequestId)>,
    if_match: IfMatch,
    Input(patch): Input<ReviewRequestPatch>,
) -> ApiResult<Tagged<ReviewRequest>> {
    let users = patch.user_ids.map(some_once).transpose()?;
    let content = patch.content.map(|given| given.map(|Text(text)| text));
    let workspace = caller.workspace_id;
    let mut change = caller.begin(&app).await?;
    let request = get(&mut change.tx, workspace, asset_id, id).await?;
    caller.check_authored(request.user_id, None)?;
    let event = Event::of_asset(workspace, asset_id, EventType::ReviewRequestUpdated, id);
    let mut event = event.with("asset_version_id", request.asset_version_id);
    if_match.check(&show(&mut change.tx, request).await?)?;
    if let Some(users) = users {
        members::check_in_workspace(&mut change.tx, workspace, users.iter().copied(), "user_ids").await?;
        change.tx.replace_reviewers(id, &users).await?;
        event = event.with("user_ids", &users);
    }
    change.record(event);
    let content = content.as_ref().map(Option::as_deref);
    change.tx.update_review_request(workspace, id, content, change.sequence, change.now_ms).await?;
    finish(change, workspace, asset_id, id).await
}

/// Delete a review request: one's own, or, as an admin of the workspace, anybody's. The reviews stay.
#[utoipa::path(
    delete, path = "/workspaces/assets/{asset_id}/reviewRequests/{review_request_id}", tag = "Reviews",
    operation_id = "delete_review_request",
    params(
        ("asset_id" = AssetId, Path), ("review_request_id" = ReviewRequestId, Path),
        ("if-match" = Option<String>, Header, description = "The ETag last seen."),
    ),
    responses((status = 204, description = "It is deleted."))
)]
async fn delete_review_request(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, id)): Path<(AssetId, ReviewRequestId)>,
    if_match: IfMatch,
) -> ApiResult<StatusCode> {
    let mut change = caller.begin(&app).await?;
    let request = get(&mut change.tx, caller.workspace_id, asset_id, id).await?;
    caller.check_authored(request.user_id, Some(WorkspacePermission::Administer))?;
    if_match.check(&show(&mut change.tx, request).await?)?;
    change.tx.delete_review_request(caller.workspace_id, id).await?;
    change.record(Event::of_asset(caller.workspace_id, asset_id, EventType::ReviewRequestDeleted, id));
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
