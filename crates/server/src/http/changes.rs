//! The feed of a workspace's changes: asked for, waited for, or streamed. Entries come in the order of the account's
//! sequence numbers, which become visible in that order and without gaps, so that nothing is passed over.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_store::{EventPlace, EventRow, Page, Session, StoreError};
use mudlark_types::wire::WorkspaceChange;
use mudlark_types::{Scope, WorkspaceId};
use serde::{Deserialize, Deserializer};
use tokio::time::{Instant, timeout, timeout_at};
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::followers::Follower;
use crate::http::extract::{Query, whole_number};
use crate::http::guard::InWorkspace;
use crate::http::paging::PageQuery;
use crate::http::registry::{Api, Origin};
use crate::views::history;

pub(crate) fn routes(api: &mut Api) {
    let read = Access::Workspace(Scope::HistoryRead, WorkspacePermission::Read);
    api.add(read, Origin::Mudlark, routes!(list_workspace_changes));
}

/// A stream that has nothing to say says so this often, so that neither end takes the other for gone; and as often looks
/// whether its caller may still listen.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// Entries read for a stream at once.
const STREAM_PAGE: i64 = 100;
const EVENT_STREAM: &str = "text/event-stream";
const LAST_EVENT_ID: &str = "last-event-id";

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ChangesQuery {
    /// The largest `sequence` seen; by default 0, for all there are.
    #[serde(default, deserialize_with = "since")]
    #[param(value_type = Option<i64>, minimum = 0)]
    since: i64,
    /// Where there is nothing new: for how many seconds to wait for something, 0 to 60 (default 0).
    #[serde(default, deserialize_with = "wait_s")]
    #[param(value_type = Option<i64>, minimum = 0, maximum = 60)]
    wait: u64,
    /// How many at about the most, 1 to 1000 (default 1000). A change is never cut in two.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
}

fn since<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    use serde::de::Error;
    let since = whole_number(deserializer)?.filter(|since| *since >= 0);
    since.ok_or_else(|| D::Error::custom("must be a sequence number: a whole number from 0 on"))
}

fn wait_s<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    use serde::de::Error;
    let wait = whole_number(deserializer)?.filter(|wait| (0..=60).contains(wait));
    let wait = wait.and_then(|wait| u64::try_from(wait).ok());
    wait.ok_or_else(|| D::Error::custom("must be a whole number of seconds from 0 to 60"))
}

/// What changed in the workspace since a sequence number, in order.
///
/// With `wait`, an answer without entries is held back until there is one or the time is up. With
/// `Accept: text/event-stream`, the entries are streamed as they come (WHATWG HTML, section 9.2): each has its place as its
/// `id`, and a client that connects again with it as `Last-Event-ID` misses nothing and sees nothing twice. A stream ends
/// when its token does.
#[utoipa::path(
    get, path = "/workspaces/changes", tag = "Histories", operation_id = "list_workspace_changes",
    params(
        ChangesQuery,
        ("last-event-id" = Option<String>, Header, description = "For a stream: the `id` of the last entry seen. It goes before `since`."),
    ),
    responses((status = 200, description = "The entries.", content(
        (Vec<WorkspaceChange> = "application/json"), (String = "text/event-stream"),
    )))
)]
async fn list_workspace_changes(
    State(app): State<App>,
    caller: InWorkspace,
    headers: HeaderMap,
    Query(query): Query<ChangesQuery>,
) -> ApiResult<Response> {
    // Before anything is read, so that what comes after the reading is not missed.
    let follower = app.followers.follow(caller.account_id);
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accepts.contains(EVENT_STREAM) {
        let after = match headers.get(LAST_EVENT_ID) {
            Some(id) => read_event_id(id)?,
            None => all_of(query.since),
        };
        return Ok(stream_of(Feed { app, caller, follower, after, is_begun: false }));
    }
    let entries = wait_for_entries(&app, &caller, follower, &query).await?;
    Ok(Json(entries).into_response())
}

/// The place behind all entries of a change.
const fn all_of(sequence: i64) -> (i64, Uuid) {
    (sequence, Uuid::max())
}

async fn wait_for_entries(
    app: &App,
    caller: &InWorkspace,
    mut follower: Follower,
    query: &ChangesQuery,
) -> ApiResult<Vec<WorkspaceChange>> {
    let until = Instant::now() + Duration::from_secs(query.wait);
    let limit = PageQuery { limit: query.limit.clone(), cursor: None }.limit()?;
    loop {
        let rows =
            whole_changes(&mut app.store.read().await?, caller.workspace_id, query.since, limit).await?;
        caller.check_again(app)?;
        let is_over = !rows.is_empty() || query.wait == 0;
        if is_over || !matches!(timeout_at(until, follower.changed()).await, Ok(true)) {
            return rows.into_iter().map(history::workspace_change).collect();
        }
    }
}

/// The entries after a change, up to the end of the change that the limit falls into.
async fn whole_changes(
    session: &mut Session,
    workspace: WorkspaceId,
    since: i64,
    limit: i64,
) -> Result<Vec<EventRow>, StoreError> {
    let place = EventPlace::Workspace(workspace);
    let mut rows = session.list_events(place, Page { after: Some(all_of(since)), limit }).await?;
    let mut is_cut = i64::try_from(rows.len()) == Ok(limit);
    while is_cut && let Some(last) = rows.last() {
        let (sequence, id) = (last.sequence, last.id.as_uuid());
        let more = session.list_events(place, Page { after: Some((sequence, id)), limit: 1000 }).await?;
        let read = more.len();
        let before = rows.len();
        rows.extend(more.into_iter().take_while(|row| row.sequence == sequence));
        is_cut = rows.len() - before == read && read > 0;
    }
    Ok(rows)
}

/// A stream under way.
struct Feed {
    app: App,
    caller: InWorkspace,
    follower: Follower,
    /// The place of the last entry sent.
    after: (i64, Uuid),
    is_begun: bool,
}

fn stream_of(feed: Feed) -> Response {
    let pieces = stream::unfold(feed, async |mut feed| {
        let piece = feed.next_piece().await.unwrap_or_else(|error| {
            tracing::debug!(error = error.message(), "a stream of changes ends");
            None
        })?;
        Some((Ok::<_, std::convert::Infallible>(piece), feed))
    });
    let mut response = Body::from_stream(pieces).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(EVENT_STREAM));
    response
}

impl Feed {
    /// What is sent next; none at the end.
    async fn next_piece(&mut self) -> ApiResult<Option<Bytes>> {
        if !std::mem::replace(&mut self.is_begun, true) {
            // How soon to come back after a break; and the client sees at once that it is let in.
            return Ok(Some(Bytes::from_static(b"retry: 1000\n\n")));
        }
        loop {
            let page = Page { after: Some(self.after), limit: STREAM_PAGE };
            let place = EventPlace::Workspace(self.caller.workspace_id);
            let rows = self.app.store.read().await?.list_events(place, page).await?;
            // Last, so that nothing is sent that was read before a right ended.
            self.caller.check_again(&self.app)?;
            if let Some(last) = rows.last() {
                self.after = (last.sequence, last.id.as_uuid());
                let entries = rows.into_iter().map(entry).collect::<ApiResult<Vec<_>>>()?;
                return Ok(Some(entries.concat().into()));
            }
            match timeout(HEARTBEAT, self.follower.changed()).await {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(_) => return Ok(Some(Bytes::from_static(b":\n\n"))),
            }
        }
    }
}

/// *Source*: WHATWG HTML, section 9.2.6.
fn entry(row: EventRow) -> ApiResult<String> {
    let (sequence, id) = (row.sequence, row.id);
    let change = history::workspace_change(row)?;
    let data = serde_json::to_string(&change).map_err(ApiError::internal)?;
    Ok(format!("id: {sequence}:{id}\nevent: {}\ndata: {data}\n\n", change.event_type))
}

/// Reads the place back from an entry's `id`; a sequence number alone stands for all of its change.
fn read_event_id(value: &HeaderValue) -> ApiResult<(i64, Uuid)> {
    let read = |text: &str| match text.split_once(':') {
        Some((sequence, id)) => Some((sequence.parse().ok()?, Uuid::try_parse(id).ok()?)),
        None => Some(all_of(text.parse().ok()?)),
    };
    value.to_str().ok().and_then(read).ok_or_else(|| {
        ApiError::invalid_field("last-event-id", "must be the `id` of an entry, or a sequence number")
    })
}
