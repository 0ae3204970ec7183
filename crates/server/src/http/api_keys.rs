//! API keys: made, seen, narrowed, rotated and revoked by the admins of their account. A secret is in two answers,
//! those that make one, and nowhere else. *Source*: wire contract, section 3, "Accounts".

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use mudlark_auth::{Access, AccountPermission, KeyId, KeyLimits};
use mudlark_store::Session;
use mudlark_types::wire::{ApiKey, CreatedApiKey, RotatedApiKey};
use mudlark_types::{AccountId, AccountRole, AuditAction, ErrorCode, Scope, Timestamp};
use serde_json::{Value, json};
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::conditional::{IfMatch, Tagged};
use crate::http::extract::{Input, Line, Path, Query, required};
use crate::http::guard::Authenticated;
use crate::http::idempotency::NO_STORE;
use crate::http::key_inputs::{KeyPatchInput, NewKeyInput, RotateInput};
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::registry::{Api, Origin};
use crate::live_feed::settle;
use crate::ops::audit;
use crate::ops::change::Change;
use crate::ops::change_key::change_key;
use crate::ops::create_key::{KeyRequest, create_key};
use crate::ops::key_details::{self, KeyDetails};
use crate::ops::last_owner;
use crate::ops::revoke;
use crate::ops::rotate_key::{DEFAULT_OVERLAP_S, rotate_key};
use crate::views;

/// Who may look after keys.
const ADMINISTER: Access = Access::Account(Scope::KeysAdmin, AccountPermission::Administer);

pub(crate) fn routes(api: &mut Api) {
    api.add(ADMINISTER, Origin::Mudlark, routes!(list_api_keys));
    api.add(ADMINISTER, Origin::Mudlark, routes!(create_api_key));
    api.add(ADMINISTER, Origin::Mudlark, routes!(revoke_account_tokens));
    api.add(ADMINISTER, Origin::Mudlark, routes!(find_api_key));
    api.add(ADMINISTER, Origin::Mudlark, routes!(update_api_key));
    api.add(ADMINISTER, Origin::Mudlark, routes!(delete_api_key));
    api.add(ADMINISTER, Origin::Mudlark, routes!(rotate_api_key));
    api.add(ADMINISTER, Origin::Mudlark, routes!(delete_api_key_secret));
}

const LIST: &str = "api-keys";

/// The account's API keys, expired and revoked ones too, oldest first. Never their secrets.
#[utoipa::path(
    get, path = "/accounts/api-keys", tag = "API keys", operation_id = "list_api_keys", params(PageQuery),
    responses((status = 200, description = "The keys.", body = Vec<ApiKey>))
)]
async fn list_api_keys(
    State(app): State<App>,
    caller: Authenticated,
    uri: Uri,
    Query(query): Query<PageQuery>,
) -> ApiResult<Paged<Vec<ApiKey>>> {
    let page = query.page(LIST)?;
    let mut session = app.store.read().await?;
    let rows = session.list_api_keys(caller.account_id(), page).await?;
    let total = session.count_api_keys(caller.account_id()).await?;
    let keys = key_details::of_rows(&mut session, caller.account_id(), rows).await?;
    let position = |key: &KeyDetails| (key.row.created_at_ms, key.row.user_id.as_uuid());
    let now_ms = app.clock.now_ms();
    paging::finish(keys, &page, total, LIST, &uri, position)?.try_map(|key| view(&key, now_ms))
}

/// Make an API key.
///
/// The answer shows its secret, this once. A key never gives more than it has: roles, scopes, workspaces, networks
/// and end of the new one must lie within those of the caller's own. Sent again with the same `Idempotency-Key`, the
/// request makes no second key, and is answered 409 `secret_shown_once` with the key's address in `Location`.
#[utoipa::path(
    post, path = "/accounts/api-keys", tag = "API keys", operation_id = "create_api_key",
    request_body = NewKeyInput,
    responses((status = 201, description = "The key with its secret. `Location` is its address.", body = CreatedApiKey))
)]
async fn create_api_key(
    State(app): State<App>,
    caller: Authenticated,
    Input(input): Input<NewKeyInput>,
) -> ApiResult<Response> {
    let Line(name) = required(input.name, "name")?;
    let roles = required(input.roles, "roles")?.0;
    if let Some(moment) = &input.expires_at {
        moment.check_future(app.clock.now_ms())?;
    }
    let mut change = caller.begin(&app).await?;
    let request = KeyRequest {
        account_id: caller.account_id(),
        name: &name,
        roles,
        limits: KeyLimits {
            scopes: input.scopes.map(|scopes| scopes.0),
            workspace_ids: input.workspace_ids.map(|ids| ids.0),
            networks: input.cidrs.map(|networks| networks.0),
        },
        expires_at_ms: input.expires_at.map(|moment| moment.0),
        giver: caller.as_giver(&mut change, ADMINISTER).await?,
        actor: caller.actor(),
    };
    let created = create_key(&app.clock, &app.vault.current(), &mut change.tx, request).await?;
    let key = get(&mut change.tx, caller.account_id(), created.key_id.as_str()).await?;
    let key = view(&key, change.now_ms)?;
    change.commit().await?;
    settle(&app, created.revision).await?;
    let address = format!("/accounts/api-keys/{}", created.key_id);
    let answer = Json(CreatedApiKey { secret: created.secret.expose().to_owned(), key });
    let location = HeaderValue::try_from(address).map_err(ApiError::internal)?;
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], NO_STORE, answer).into_response())
}

/// One API key. Never its secrets.
#[utoipa::path(
    get, path = "/accounts/api-keys/{key_id}", tag = "API keys", operation_id = "find_api_key",
    params(("key_id" = String, Path, description = "The key's public id.")),
    responses((status = 200, description = "The key.", body = ApiKey))
)]
async fn find_api_key(
    State(app): State<App>,
    caller: Authenticated,
    Path(key_id): Path<String>,
) -> ApiResult<Tagged<ApiKey>> {
    let key = get(&mut app.store.read().await?, caller.account_id(), &key_id).await?;
    view(&key, app.clock.now_ms()).map(Tagged)
}

/// Rename or narrow an API key.
///
/// Roles, scopes, workspaces and networks may only become fewer, and the end only earlier; it counts from the next
/// request on, tokens that were made before included. For more, make a new key.
#[utoipa::path(
    patch, path = "/accounts/api-keys/{key_id}", tag = "API keys", operation_id = "update_api_key",
    params(("key_id" = String, Path, description = "The key's public id.")), request_body = KeyPatchInput,
    responses(
        (status = 200, description = "The key.", body = ApiKey),
        (status = 409, description = "The key is revoked or expired, or would take the account's last owner away.")
    )
)]
async fn update_api_key(
    State(app): State<App>,
    caller: Authenticated,
    Path(key_id): Path<String>,
    if_match: IfMatch,
    Input(input): Input<KeyPatchInput>,
) -> ApiResult<Tagged<ApiKey>> {
    let patch = input.into_patch(app.clock.now_ms())?;
    let mut change = caller.begin(&app).await?;
    let giver = caller.as_giver(&mut change, ADMINISTER).await?;
    let key = get(&mut change.tx, caller.account_id(), &key_id).await?;
    if_match.check(&view(&key, change.now_ms)?)?;
    let disowns = patch.roles.as_ref().is_some_and(|roles| !roles.account.contains(AccountRole::Owner));
    let revision = change_key(&mut change.tx, &key, &giver, patch, change.now_ms).await?;
    if disowns {
        check_not_last_owner(&mut change, &key).await?;
    }
    let key = get(&mut change.tx, caller.account_id(), &key_id).await?;
    let details = audit::key_details(&key.row);
    let key = view(&key, change.now_ms)?;
    record(&app, &mut change, &caller, AuditAction::KeyChanged, &key_id, details).await?;
    change.commit().await?;
    settle(&app, revision).await?;
    Ok(Tagged(key))
}

/// Revoke an API key for good.
///
/// When this is answered, neither the key nor any token made from it is accepted. The account's last owner is not
/// revoked so: make another owner first, or end the secret alone.
#[utoipa::path(
    delete, path = "/accounts/api-keys/{key_id}", tag = "API keys", operation_id = "delete_api_key",
    params(("key_id" = String, Path, description = "The key's public id.")),
    responses(
        (status = 204, description = "Revoked, also where it was before."),
        (status = 409, description = "The key is the account's last owner.")
    )
)]
async fn delete_api_key(
    State(app): State<App>,
    caller: Authenticated,
    Path(key_id): Path<String>,
    if_match: IfMatch,
) -> ApiResult<StatusCode> {
    let mut change = caller.begin(&app).await?;
    let key = get(&mut change.tx, caller.account_id(), &key_id).await?;
    if_match.check(&view(&key, change.now_ms)?)?;
    check_not_last_owner(&mut change, &key).await?;
    let revision = revoke::revoke_key(&mut change.tx, &key.row.key_id, change.now_ms).await?;
    if key.row.revoked_at_ms.is_none() {
        record(&app, &mut change, &caller, AuditAction::KeyRevoked, &key_id, Value::Null).await?;
    }
    change.commit().await?;
    settle(&app, revision).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give an API key a new secret.
///
/// The answer shows it, this once. The secret before it lives on for `overlap_seconds`, and ends with its tokens; an
/// older one ends now, so that at most two are good at a time. The caller's own key must have all that the key has.
#[utoipa::path(
    post, path = "/accounts/api-keys/{key_id}/rotate", tag = "API keys", operation_id = "rotate_api_key",
    params(("key_id" = String, Path, description = "The key's public id.")),
    request_body(content = RotateInput, description = "May be empty."),
    responses((status = 200, description = "The new secret.", body = RotatedApiKey))
)]
async fn rotate_api_key(
    State(app): State<App>,
    caller: Authenticated,
    Path(key_id): Path<String>,
    Input(input): Input<RotateInput>,
) -> ApiResult<Response> {
    let overlap_s = input.overlap_seconds.map_or(DEFAULT_OVERLAP_S, |overlap| overlap.0);
    let mut change = caller.begin(&app).await?;
    let giver = caller.as_giver(&mut change, ADMINISTER).await?;
    let key = get(&mut change.tx, caller.account_id(), &key_id).await?;
    let rotated =
        rotate_key(&app.vault.current(), &mut change.tx, &key, &giver, overlap_s, change.now_ms).await?;
    let details = json!({ "version": rotated.version, "overlap_s": overlap_s });
    record(&app, &mut change, &caller, AuditAction::KeyRotated, &key_id, details).await?;
    change.commit().await?;
    settle(&app, rotated.revision).await?;
    let answer = Json(RotatedApiKey {
        key: key.row.key_id,
        secret: rotated.secret.expose().to_owned(),
        version: rotated.version,
        previous_expires_at: rotated.previous_expires_at_ms.map(Timestamp),
    });
    Ok((NO_STORE, answer).into_response())
}

/// Revoke one secret of an API key, and every token made from it. The key itself can be rotated for another one.
#[utoipa::path(
    delete, path = "/accounts/api-keys/{key_id}/secrets/{version}", tag = "API keys",
    operation_id = "delete_api_key_secret",
    params(
        ("key_id" = String, Path, description = "The key's public id."),
        ("version" = i64, Path, description = "Which of the key's secrets."),
    ),
    responses((status = 204, description = "Revoked, also where it was before."))
)]
async fn delete_api_key_secret(
    State(app): State<App>,
    caller: Authenticated,
    Path((key_id, version)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    let mut change = caller.begin(&app).await?;
    let key = get(&mut change.tx, caller.account_id(), &key_id).await?;
    let version =
        version.parse().ok().filter(|version| key.secrets.iter().any(|row| row.version == *version));
    let version = version.ok_or_else(|| ApiError::new(ErrorCode::NotFound, "The key has no such secret"))?;
    let revision = revoke::revoke_secret(&mut change.tx, &key_id, version, change.now_ms).await?;
    let details = json!({ "version": version });
    record(&app, &mut change, &caller, AuditAction::SecretRevoked, &key_id, details).await?;
    change.commit().await?;
    settle(&app, revision).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Revoke every token of the account, the caller's own too. Keys and secrets stay good: new tokens can be asked for.
#[utoipa::path(
    post, path = "/accounts/api-keys/revoke-all", tag = "API keys", operation_id = "revoke_account_tokens",
    responses((status = 204, description = "No token made before this is accepted."))
)]
async fn revoke_account_tokens(State(app): State<App>, caller: Authenticated) -> ApiResult<StatusCode> {
    let mut change = caller.begin(&app).await?;
    let revision = revoke::revoke_account_tokens(&mut change.tx, caller.account_id(), change.now_ms)
        .await?
        .ok_or_else(|| ApiError::internal("a token's account has no row"))?;
    let account = caller.account_id().to_string();
    record(&app, &mut change, &caller, AuditAction::AccountTokensRevoked, &account, Value::Null).await?;
    change.commit().await?;
    settle(&app, revision).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The line of what the caller does to a key, in the change's transaction.
async fn record(
    app: &App,
    change: &mut Change,
    caller: &Authenticated,
    action: AuditAction,
    subject: &str,
    details: Value,
) -> ApiResult<()> {
    let entry = audit::Entry::new(change.now_ms, action, caller.account_id(), caller.actor());
    Ok(audit::record(&mut change.tx, &app.vault.current(), entry.on(subject).with(details)).await?)
}

/// *Errors*: 409 where the key is the account's last owner; one that is at its end is none.
async fn check_not_last_owner(change: &mut Change, key: &KeyDetails) -> ApiResult<()> {
    if !key.account_roles.contains(AccountRole::Owner) || key.check_usable(change.now_ms).is_err() {
        return Ok(());
    }
    last_owner::check_not_last(&mut change.tx, key.row.account_id, key.row.user_id, change.now_ms).await
}

/// The account's key. One of another account is answered like one that never was.
async fn get(session: &mut Session, account_id: AccountId, key_id: &str) -> ApiResult<KeyDetails> {
    // What is no key's id is not asked for: some texts are none to a database.
    let found = match KeyId::parse(key_id) {
        Some(key_id) => key_details::find(session, account_id, key_id.as_str()).await?,
        None => None,
    };
    found.ok_or_else(|| ApiError::new(ErrorCode::NotFound, "There is no such API key in this account"))
}

fn view(key: &KeyDetails, now_ms: i64) -> ApiResult<ApiKey> {
    views::api_key(key, now_ms).map_err(ApiError::internal)
}
