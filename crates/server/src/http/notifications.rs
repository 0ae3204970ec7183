//! What the caller is told of in the account.

use axum::extract::State;
use axum::http::Uri;
use mudlark_auth::{Access, AccountPermission};
use mudlark_store::NotificationRow;
use mudlark_types::wire::Notification;
use mudlark_types::{ErrorCode, NotificationId, Scope, Timestamp};
use serde::Deserialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::conditional::Tagged;
use crate::http::extract::{Input, Path, Query};
use crate::http::guard::Authenticated;
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::registry::{Api, Origin};

pub(crate) fn routes(api: &mut Api) {
    let see = Access::Account(Scope::UsersRead, AccountPermission::Read);
    let mark = Access::Account(Scope::UsersWrite, AccountPermission::Read);
    api.add(see, Origin::Mudlark, routes!(list_notifications));
    api.add(mark, Origin::Mudlark, routes!(update_notification));
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct NotificationQuery {
    /// `true`: only those not marked as read.
    #[param(value_type = Option<bool>)]
    unread: Option<String>,
}

/// What the caller is told of in the account, oldest first; kept for 90 days.
///
/// A task or a review given to them, a review that mentions them, a review asked for, a reply to a comment of theirs,
/// a new version, review or comment of an asset that they subscribe to.
#[utoipa::path(
    get, path = "/accounts/notifications", tag = "Accounts", operation_id = "list_notifications",
    params(NotificationQuery, PageQuery),
    responses((status = 200, description = "The notifications.", body = Vec<Notification>))
)]
async fn list_notifications(
    State(app): State<App>,
    caller: Authenticated,
    Query(query): Query<NotificationQuery>,
    Query(page): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<Notification>>> {
    let NotificationQuery { unread } = query;
    let unread = match unread.as_deref() {
        None => false,
        Some(text) => text.parse().map_err(|_| ApiError::invalid_field("unread", "must be true or false"))?,
    };
    let (account, user) = (caller.account_id(), caller.user_id());
    let list = format!("notifications {user} {unread}");
    let page = page.page(&list)?;
    let mut session = app.store.read().await?;
    let rows = session.list_notifications(account, user, unread, page).await?;
    let total = session.count_notifications(account, user, unread).await?;
    let paged = paging::finish(rows, &page, total, &list, &uri, |row| (row.created_at_ms, row.id.as_uuid()))?;
    Ok(paged.map(|row| view(&row)))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct NotificationPatch {
    /// `false` marks it as unread again.
    #[schema(default = true, example = true)]
    read: Option<bool>,
}

/// Mark a notification as read.
#[utoipa::path(
    patch, path = "/accounts/notifications/{notification_id}", tag = "Accounts",
    operation_id = "update_notification", params(("notification_id" = NotificationId, Path)),
    request_body(content = NotificationPatch, description = "May be empty."),
    responses((status = 200, description = "The notification as it is now.", body = Notification))
)]
async fn update_notification(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<NotificationId>,
    Input(patch): Input<NotificationPatch>,
) -> ApiResult<Tagged<Notification>> {
    let mut change = caller.begin(&app).await?;
    let found = change.tx.find_notification(caller.account_id(), caller.user_id(), id).await?;
    let mut row = found.ok_or_else(|| {
        ApiError::new(ErrorCode::NotFound, "There is no such notification of the caller's in this account")
    })?;
    row.read_at_ms = match patch.read {
        Some(false) => None,
        _ => Some(row.read_at_ms.unwrap_or(change.now_ms)),
    };
    change.tx.update_notification_read(id, row.read_at_ms).await?;
    change.commit().await?;
    Ok(Tagged(view(&row)))
}

fn view(row: &NotificationRow) -> Notification {
    Notification {
        id: row.id,
        account_id: row.account_id,
        workspace_id: row.workspace_id,
        user_id: row.user_id,
        actor_id: row.actor_id,
        kind: row.kind,
        record_id: row.record_id,
        asset_id: row.asset_id,
        read_at: row.read_at_ms.map(Timestamp),
        created_at: Timestamp(row.created_at_ms),
    }
}
