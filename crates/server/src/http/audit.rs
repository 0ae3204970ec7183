//! The account's part of the audit trail.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use mudlark_auth::{Access, AccountPermission};
use mudlark_store::{AuditEntryRow, AuditFilter};
use mudlark_types::wire::AuditEntry;
use mudlark_types::{AuditAction, AuditOutcome, Scope, UserId};
use serde::Deserialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::extract::Query;
use crate::http::guard::Authenticated;
use crate::http::registry::{Api, Origin};
use crate::views;

/// *Why* fewer than other lists: a line is long.
const MAX_LIMIT: i64 = 1000;

pub(crate) fn routes(api: &mut Api) {
    let access = Access::Account(Scope::AuditRead, AccountPermission::Administer);
    api.add(access, Origin::Mudlark, routes!(list_audit));
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// Only this action.
    #[param(value_type = Option<AuditAction>)]
    action: Option<String>,
    /// Only what was allowed, or refused.
    #[param(value_type = Option<AuditOutcome>)]
    outcome: Option<String>,
    /// Only what was done with this key, or to it.
    key: Option<String>,
    /// Only what this user has done.
    user_id: Option<UserId>,
    /// From this moment on (RFC 3339).
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<String>,
    /// Before this moment (RFC 3339).
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<String>,
    /// How many at the most, 1 to 1000 (default 1000).
    #[param(value_type = Option<i64>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
    /// Where the page before ended: from its header `Link`.
    #[param(max_length = 19)]
    cursor: Option<String>,
}

/// The account's audit trail, newest first: who did what, from where, with which key; allowed or refused, and why.
///
/// A header `Link` tells of more. There is no `x-total-count`: counting would read the whole trail.
#[utoipa::path(
    get, path = "/accounts/audit", tag = "Accounts", operation_id = "list_audit",
    params(AuditQuery),
    responses((status = 200, description = "The lines, newest first.", body = Vec<AuditEntry>))
)]
async fn list_audit(
    State(app): State<App>,
    caller: Authenticated,
    uri: Uri,
    Query(query): Query<AuditQuery>,
) -> ApiResult<Response> {
    let filter = AuditFilter {
        account_id: Some(caller.account_id()),
        action: parsed(query.action.as_deref(), "action", "must be one of those that docs/audit.md lists")?,
        outcome: parsed(query.outcome.as_deref(), "outcome", "must be allowed or refused")?,
        key_id: query.key,
        user_id: query.user_id,
        since_ms: moment(query.since.as_deref(), "since")?,
        until_ms: moment(query.until.as_deref(), "until")?,
    };
    let limit = parsed(query.limit.as_deref(), "limit", LIMIT_MUST)?.unwrap_or(MAX_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(ApiError::invalid_field("limit", LIMIT_MUST));
    }
    let before = parsed(query.cursor.as_deref(), "cursor", CURSOR_MUST)?;
    if query.cursor.is_some_and(|cursor| cursor.len() > MAX_CURSOR_LENGTH) {
        return Err(ApiError::invalid_field("cursor", CURSOR_MUST));
    }
    let mut session = app.store.read().await?;
    let mut rows = session.list_audit_entries(&filter, before.unwrap_or(i64::MAX), limit + 1).await?;
    drop(session);
    let has_more = i64::try_from(rows.len()).is_ok_and(|found| found > limit);
    rows.truncate(usize::try_from(limit).unwrap_or(0));
    let next = rows.last().filter(|_| has_more).map(|last| next_link(&uri, last)).transpose()?;
    let entries: Vec<AuditEntry> = rows.into_iter().map(views::audit_entry).collect::<Result<_, _>>()?;
    let mut response = Json(entries).into_response();
    if let Some(link) = next {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

const CURSOR_MUST: &str = "must be one from this list's header Link";
/// *Units*: bytes, as many as the greatest number of a line has digits.
const MAX_CURSOR_LENGTH: usize = 19;
const LIMIT_MUST: &str = "must be a whole number from 1 to 1000";

fn parsed<T: std::str::FromStr>(text: Option<&str>, field: &str, must: &str) -> ApiResult<Option<T>> {
    text.map(|text| text.parse().map_err(|_| ApiError::invalid_field(field, must))).transpose()
}

/// *Units*: Unix milliseconds.
fn moment(text: Option<&str>, field: &str) -> ApiResult<Option<i64>> {
    let moment: Option<jiff::Timestamp> =
        parsed(text, field, "must be a moment such as 2026-11-22T10:15:00Z")?;
    Ok(moment.map(jiff::Timestamp::as_millisecond))
}

/// The rest of the list begins below the last line shown.
fn next_link(uri: &Uri, last: &AuditEntryRow) -> ApiResult<HeaderValue> {
    let kept = uri.query().unwrap_or_default().split('&');
    let mut query = String::new();
    for pair in kept.filter(|pair| !pair.is_empty() && !pair.starts_with("cursor=")) {
        query += pair;
        query.push('&');
    }
    HeaderValue::try_from(format!("<{}?{query}cursor={}>; rel=\"next\"", uri.path(), last.sequence))
        .map_err(ApiError::internal)
}
