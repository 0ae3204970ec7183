//! Webhooks of a workspace: made, seen, changed and deleted by its admins. What they have told is `webhook_deliveries`;
//! how they tell is the module `webhooks` of the crate. *Source*: wire contract, section 5.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use mudlark_auth::{Access, Vault, WebhookSecret, WorkspacePermission};
use mudlark_store::{Session, WebhookChanges, WebhookRow};
use mudlark_types::wire::{Webhook, WebhookWithSecret};
use mudlark_types::{ErrorCode, EventId, EventType, Scope, WebhookId, WorkspaceId};
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::conditional::{IfMatch, Tagged};
use crate::http::extract::{Input, Line, Path, Query, required};
use crate::http::guard::InWorkspace;
use crate::http::idempotency::NO_STORE;
use crate::http::key_inputs::RotateInput;
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::registry::{Api, Origin};
use crate::http::webhook_inputs::{HeadersIn, NewWebhookInput, WebhookPatch};
use crate::ops::event::Event;
use crate::ops::rotate_key::DEFAULT_OVERLAP_S;
use crate::views;
use crate::webhooks::confidential::Confidential;

/// The most webhooks of one workspace.
const MAX_WEBHOOKS: i64 = 50;

/// A webhook tells of everything in the workspace, to whomever its maker likes: that is for its admins.
pub(super) const ADMINISTER: Access =
    Access::Workspace(Scope::WebhooksAdmin, WorkspacePermission::Administer);

pub(crate) fn routes(api: &mut Api) {
    api.add(ADMINISTER, Origin::Mudlark, routes!(list_webhooks));
    api.add(ADMINISTER, Origin::Mudlark, routes!(create_webhook));
    api.add(ADMINISTER, Origin::Mudlark, routes!(find_webhook));
    api.add(ADMINISTER, Origin::Mudlark, routes!(update_webhook));
    api.add(ADMINISTER, Origin::Mudlark, routes!(delete_webhook));
    api.add(ADMINISTER, Origin::Mudlark, routes!(rotate_webhook_secret));
}

/// The workspace's webhooks, oldest first. Never their secrets.
#[utoipa::path(
    get, path = "/workspaces/webhooks", tag = "Webhooks", operation_id = "list_webhooks", params(PageQuery),
    responses((status = 200, description = "The webhooks.", body = Vec<Webhook>))
)]
async fn list_webhooks(
    State(app): State<App>,
    caller: InWorkspace,
    Query(query): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<Webhook>>> {
    let list = format!("webhooks {}", caller.workspace_id);
    let page = query.page(&list)?;
    let mut session = app.store.read().await?;
    let rows = session.list_webhooks(caller.workspace_id, page).await?;
    let total = session.count_webhooks(caller.workspace_id).await?;
    let paged = paging::finish(rows, &page, total, &list, &uri, |row| (row.created_at_ms, row.id.as_uuid()))?;
    let vault = app.vault.current();
    paged.try_map(|row| views::webhook(&vault, &row))
}

/// Make a webhook: from now on, its address is told of what happens in the workspace.
///
/// The answer shows its secret, this once; each message is signed with it as Standard Webhooks says. A message is
/// `{id, accountId, workspaceId, type, payload}`, and is sent until it is answered with a 2xx status, for three days, ever
/// more seldom. It may come more than once, then with the same `id`. Only public addresses are called, by https, unless
/// the operator has allowed others; redirects are not followed.
#[utoipa::path(
    post, path = "/workspaces/webhooks", tag = "Webhooks", operation_id = "create_webhook",
    request_body = NewWebhookInput,
    responses(
        (status = 201, description = "The webhook with its secret. `Location` is its address.", body = WebhookWithSecret),
        (status = 409, description = "The workspace has as many webhooks as it can."),
    )
)]
async fn create_webhook(
    State(app): State<App>,
    caller: InWorkspace,
    Input(input): Input<NewWebhookInput>,
) -> ApiResult<Response> {
    let Line(name) = required(input.name, "name")?;
    let url = checked(&app, &required(input.url, "url")?)?;
    let (vault, secret) = (app.vault.current(), WebhookSecret::generate());
    let HeadersIn(headers) = input.headers.flatten().unwrap_or_default();
    let mut change = caller.begin(&app).await?;
    if change.tx.count_webhooks(caller.workspace_id).await? >= MAX_WEBHOOKS {
        let full = format!("A workspace has at most {MAX_WEBHOOKS} webhooks; delete one that is not needed");
        return Err(ApiError::new(ErrorCode::Conflict, full));
    }
    let id: WebhookId = app.clock.new_id();
    let (queued_sequence, queued_event_id) = all_before(change.sequence);
    let webhook = WebhookRow {
        id,
        account_id: caller.account_id,
        workspace_id: caller.workspace_id,
        name,
        url,
        event_types: input.events.0,
        is_enabled: input.enabled.unwrap_or(true),
        allow_sensitive_data: input.allow_sensitive_data.unwrap_or(false),
        sealed: Confidential::new(&secret, headers).seal(&vault, id),
        previous_secret_until_ms: None,
        queued_sequence,
        queued_event_id,
        created_by_user_id: caller.user_id,
        sequence: change.sequence,
        created_at_ms: change.now_ms,
        updated_at_ms: change.now_ms,
    };
    change.tx.insert_webhook(&webhook).await?;
    let event = Event::in_workspace(caller.workspace_id, EventType::WebhookCreated, id);
    change.record(event.with("name", &webhook.name));
    change.commit().await?;
    let location = HeaderValue::try_from(format!("/workspaces/webhooks/{id}")).map_err(ApiError::internal)?;
    let answer = with_secret(&vault, &webhook, &secret)?;
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], NO_STORE, answer).into_response())
}

/// The address in its one form. *Errors*: 400 for one that would not be called.
fn checked(app: &App, url: &str) -> ApiResult<String> {
    let checked = app.egress.check_url(url).map_err(|why| ApiError::invalid_field("url", why.to_string()))?;
    Ok(checked.into())
}

/// The mark behind all events of a change and of those before it.
fn all_before(sequence: i64) -> (i64, EventId) {
    (sequence, EventId::from_uuid(Uuid::max()))
}

fn with_secret(
    vault: &Vault,
    row: &WebhookRow,
    secret: &WebhookSecret,
) -> ApiResult<Json<WebhookWithSecret>> {
    let webhook = views::webhook(vault, row)?;
    Ok(Json(WebhookWithSecret { secret: secret.expose().to_owned(), webhook }))
}

/// The webhook, or 404.
pub(super) async fn get(
    session: &mut Session,
    workspace: WorkspaceId,
    id: WebhookId,
) -> ApiResult<WebhookRow> {
    session.find_webhook(workspace, id).await?.ok_or_else(|| ApiError::not_found("webhook"))
}

/// One webhook. Never its secret.
#[utoipa::path(
    get, path = "/workspaces/webhooks/{webhook_id}", tag = "Webhooks", operation_id = "find_webhook",
    params(("webhook_id" = WebhookId, Path)),
    responses((status = 200, description = "The webhook.", body = Webhook))
)]
async fn find_webhook(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<WebhookId>,
) -> ApiResult<Tagged<Webhook>> {
    let webhook = get(&mut app.store.read().await?, caller.workspace_id, id).await?;
    views::webhook(&app.vault.current(), &webhook).map(Tagged)
}

/// Change a webhook. What is waiting to be sent goes out by what it is then.
#[utoipa::path(
    patch, path = "/workspaces/webhooks/{webhook_id}", tag = "Webhooks", operation_id = "update_webhook",
    params(
        ("webhook_id" = WebhookId, Path),
        ("if-match" = Option<String>, Header, description = "The ETag last seen."),
    ),
    request_body = WebhookPatch,
    responses((status = 200, description = "The webhook as it is now.", body = Webhook))
)]
async fn update_webhook(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<WebhookId>,
    if_match: IfMatch,
    Input(patch): Input<WebhookPatch>,
) -> ApiResult<Tagged<Webhook>> {
    let url = patch.url.map(|url| checked(&app, &url)).transpose()?;
    let (vault, workspace) = (app.vault.current(), caller.workspace_id);
    let mut change = caller.begin(&app).await?;
    let webhook = get(&mut change.tx, workspace, id).await?;
    if_match.check(&views::webhook(&vault, &webhook)?)?;
    let sealed = match patch.headers {
        Some(headers) => {
            let mut confidential = open(&vault, &webhook)?;
            confidential.set_headers(headers.unwrap_or_default().0);
            Some(confidential.seal(&vault, id))
        }
        None => None,
    };
    let is_turned_on = patch.enabled == Some(true) && !webhook.is_enabled;
    let changes = WebhookChanges {
        name: patch.name.map(|Line(name)| name),
        url,
        event_types: patch.events.map(|events| events.0),
        is_enabled: patch.enabled,
        allow_sensitive_data: patch.allow_sensitive_data,
        sealed,
        queued: is_turned_on.then(|| all_before(change.sequence)),
        ..WebhookChanges::default()
    };
    change.tx.update_webhook(workspace, id, &changes, change.sequence, change.now_ms).await?;
    let webhook = get(&mut change.tx, workspace, id).await?;
    let event = Event::in_workspace(workspace, EventType::WebhookUpdated, id);
    change.record(event.with("name", &webhook.name).with("enabled", webhook.is_enabled));
    change.commit().await?;
    views::webhook(&vault, &webhook).map(Tagged)
}

fn open(vault: &Vault, webhook: &WebhookRow) -> ApiResult<Confidential> {
    Confidential::open(vault, webhook.id, &webhook.sealed).map_err(ApiError::internal)
}

/// Delete a webhook, with all that is known of its deliveries. Nothing that waits is sent any more.
#[utoipa::path(
    delete, path = "/workspaces/webhooks/{webhook_id}", tag = "Webhooks", operation_id = "delete_webhook",
    params(
        ("webhook_id" = WebhookId, Path),
        ("if-match" = Option<String>, Header, description = "The ETag last seen."),
    ),
    responses((status = 204, description = "It is deleted."))
)]
async fn delete_webhook(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<WebhookId>,
    if_match: IfMatch,
) -> ApiResult<StatusCode> {
    let mut change = caller.begin(&app).await?;
    let webhook = get(&mut change.tx, caller.workspace_id, id).await?;
    if_match.check(&views::webhook(&app.vault.current(), &webhook)?)?;
    change.tx.delete_webhook(caller.workspace_id, id).await?;
    let event = Event::in_workspace(caller.workspace_id, EventType::WebhookDeleted, id);
    change.record(event.with("name", &webhook.name));
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give a webhook a new secret.
///
/// The answer shows it, this once. For `overlap_seconds`, messages are signed with the secret before it as well, so that
/// their receiver can change over without refusing one.
#[utoipa::path(
    post, path = "/workspaces/webhooks/{webhook_id}/rotate", tag = "Webhooks", operation_id = "rotate_webhook_secret",
    params(("webhook_id" = WebhookId, Path)),
    request_body(content = RotateInput, description = "May be empty."),
    responses((status = 200, description = "The webhook with its new secret.", body = WebhookWithSecret))
)]
async fn rotate_webhook_secret(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<WebhookId>,
    Input(input): Input<RotateInput>,
) -> ApiResult<Response> {
    let overlap_s = input.overlap_seconds.map_or(DEFAULT_OVERLAP_S, |overlap| overlap.0);
    let (vault, secret, workspace) = (app.vault.current(), WebhookSecret::generate(), caller.workspace_id);
    let mut change = caller.begin(&app).await?;
    let webhook = get(&mut change.tx, workspace, id).await?;
    let mut confidential = open(&vault, &webhook)?;
    confidential.rotate(&secret, overlap_s > 0);
    let changes = WebhookChanges {
        sealed: Some(confidential.seal(&vault, id)),
        previous_secret_until_ms: Some((overlap_s > 0).then(|| change.now_ms + overlap_s * 1000)),
        ..WebhookChanges::default()
    };
    change.tx.update_webhook(workspace, id, &changes, change.sequence, change.now_ms).await?;
    let webhook = get(&mut change.tx, workspace, id).await?;
    let event = Event::in_workspace(workspace, EventType::WebhookSecretRotated, id);
    change.record(event.with("name", &webhook.name).with("overlap_seconds", overlap_s));
    change.commit().await?;
    Ok((NO_STORE, with_secret(&vault, &webhook, &secret)?).into_response())
}
