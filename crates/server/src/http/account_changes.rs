//! The account's own affairs: its name and picture, its subscription, its end.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use mudlark_auth::{Access, AccountPermission};
use mudlark_store::{AccountChanges, AccountRow, AuthSubject, Session};
use mudlark_types::wire::{Account, AccountSubscription};
use mudlark_types::{AuditAction, EventType, Plan, Scope, SubscriptionFrequency};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::accounts;
use crate::http::conditional::{IfMatch, Tagged};
use crate::http::extract::{Email, Input, Line, nullable};
use crate::http::guard::Authenticated;
use crate::http::pictures::{self as picture_files, WithPicture};
use crate::http::registry::{Api, Origin};
use crate::live_feed::settle;
use crate::ops::audit::{self, Entry};
use crate::ops::change::Change;
use crate::ops::event::Event;
use crate::ops::pictures;
use crate::views;

pub(crate) fn routes(api: &mut Api) {
    let see = Access::Account(Scope::AccountsRead, AccountPermission::Read);
    let administer = Access::Account(Scope::AccountsWrite, AccountPermission::Administer);
    let own = Access::Account(Scope::AccountsWrite, AccountPermission::Own);
    api.add(administer, Origin::Documented, routes!(update_account));
    api.add(own, Origin::Listed, routes!(delete_account));
    api.add(see, Origin::Mudlark, routes!(find_account_thumbnail));
    api.add(own, Origin::Documented, routes!(update_account_subscription));
}

#[derive(Deserialize, utoipa::ToSchema)]
struct AccountPatch {
    /// At most 255 bytes.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, example = "Low Tide Games")]
    name: Option<Line<255>>,
    /// A picture of it: PNG, JPEG, GIF or WebP; at most 10 MiB.
    #[schema(value_type = Option<String>, format = Binary)]
    #[expect(dead_code, reason = "for the document: the file is taken from the body as it comes")]
    file: Option<IgnoredAny>,
    /// `null` takes the picture away; anything else is ignored.
    #[schema(value_type = serde_json::Value)]
    #[serde(default, deserialize_with = "nullable")]
    thumbnail_file_id: Option<Option<IgnoredAny>>,
}

/// Change the account's name or picture.
#[utoipa::path(
    put, path = "/accounts", tag = "Accounts", operation_id = "update_account",
    params(("if-match" = Option<String>, Header, description = "The ETag last seen.")),
    request_body(content(
        (AccountPatch = "multipart/form-data"), (AccountPatch = "application/json"),
    ), description = "In multipart, the members may also be a JSON object in the part `body`."),
    responses((status = 200, description = "The account as it is now.", body = Account))
)]
async fn update_account(
    State(app): State<App>,
    caller: Authenticated,
    if_match: IfMatch,
    patch: WithPicture<AccountPatch>,
) -> ApiResult<Tagged<Account>> {
    let id = caller.account_id();
    let (patch, picture) = patch.taken(&app, id).await?;
    let mut change = caller.begin(&app).await?;
    if_match.check(&accounts::own_account_in(&app, &mut change.tx, &caller).await?)?;
    let before = get(&mut change.tx, &caller).await?;
    let picture = picture_files::or_taken_away(picture, patch.thumbnail_file_id);
    let thumbnail_file_id = pictures::keep(&app, &mut change, id, picture, before.thumbnail_file_id).await?;
    let name = patch.name.map(|Line(name)| name);
    let changes = AccountChanges { name, thumbnail_file_id, ..AccountChanges::default() };
    change.tx.update_account(id, &changes, change.now_ms).await?;
    change.record(Event::in_account(EventType::AccountUpdated, id));
    let account = accounts::own_account_in(&app, &mut change.tx, &caller).await?;
    change.commit().await?;
    Ok(Tagged(account))
}

async fn get(session: &mut Session, caller: &Authenticated) -> ApiResult<AccountRow> {
    let found = session.find_account(caller.account_id()).await?;
    found.ok_or_else(|| ApiError::internal("a token's account has no row"))
}

/// The account's picture, as it was sent.
#[utoipa::path(
    get, path = "/accounts/thumbnail", tag = "Accounts", operation_id = "find_account_thumbnail",
    responses(
        (status = 200, description = "The image.", body = String, content_type = "image/*"),
        (status = 304, description = "The client has it already."),
        (status = 404, description = "It has none."),
    )
)]
async fn find_account_thumbnail(State(app): State<App>, caller: Authenticated) -> ApiResult<Response> {
    let row = get(&mut app.store.read().await?, &caller).await?;
    picture_files::send(&app, caller.account_id(), row.thumbnail_file_id).await
}

#[derive(Deserialize, utoipa::ToSchema)]
struct SubscriptionInput {
    /// The plan: `personal`, `team`, `pro` or `enterprise`; only the last two have API access.
    #[schema(value_type = Option<Plan>)]
    tier: Option<Plan>,
    #[schema(value_type = Option<SubscriptionFrequency>)]
    frequency: Option<SubscriptionFrequency>,
    /// Whom to write to about the subscription.
    #[schema(value_type = Option<String>, example = "billing@studio.example")]
    email: Option<Email>,
    /// Taken and not kept: there are no payments here.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    #[expect(dead_code, reason = "documented clients send it")]
    payment_method_id: Option<Line<255>>,
}

/// Change the subscription. Another plan counts from the next request on, also where it has no API access: then this
/// is the last one.
#[utoipa::path(
    put, path = "/accounts/subscriptions", tag = "Accounts", operation_id = "update_account_subscription",
    params(
        ("tier" = Option<Plan>, Query), ("frequency" = Option<SubscriptionFrequency>, Query),
        ("email" = Option<String>, Query), ("payment_method_id" = Option<String>, Query),
    ),
    request_body(content = SubscriptionInput, description = "The members of the query may be given here."),
    responses((status = 200, description = "The subscription as it is now.", body = AccountSubscription))
)]
async fn update_account_subscription(
    State(app): State<App>,
    caller: Authenticated,
    Input(input): Input<SubscriptionInput>,
) -> ApiResult<Tagged<AccountSubscription>> {
    let id = caller.account_id();
    let mut change = caller.begin(&app).await?;
    let before = get(&mut change.tx, &caller).await?;
    let changes = AccountChanges {
        contact: input.email.map(|email| email.as_str().to_owned()),
        frequency: input.frequency,
        ..AccountChanges::default()
    };
    change.tx.update_account(id, &changes, change.now_ms).await?;
    let mut revision = None;
    if let Some(plan) = input.tier.filter(|plan| *plan != before.plan) {
        change.tx.update_account_plan(id, plan, change.now_ms).await?;
        revision = Some(change.tx.record_auth_change(AuthSubject::Account(id)).await?);
        let details = json!({ "from": before.plan, "to": plan });
        record(&app, &mut change, &caller, AuditAction::AccountPlanChanged, details).await?;
    }
    let account = get(&mut change.tx, &caller).await?;
    change.commit().await?;
    if let Some(revision) = revision {
        settle(&app, revision).await?;
    }
    Ok(Tagged(views::subscription(&account, app.settings.plan_limits.of(account.plan))))
}

/// Close the account. Nobody gets in any more once this is answered; the operator can open it again for 30 days. Then it is
/// removed for good, with all that is in it; what the audit trail says of it stays.
#[utoipa::path(
    delete, path = "/accounts", tag = "Accounts", operation_id = "delete_account",
    responses((status = 204, description = "It is closed."))
)]
async fn delete_account(State(app): State<App>, caller: Authenticated) -> ApiResult<StatusCode> {
    let id = caller.account_id();
    let mut change = caller.begin(&app).await?;
    change.tx.update_account_closed(id, Some(change.now_ms), change.now_ms).await?;
    let revision = change.tx.record_auth_change(AuthSubject::Account(id)).await?;
    record(&app, &mut change, &caller, AuditAction::AccountClosed, Value::Null).await?;
    change.commit().await?;
    settle(&app, revision).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn record(
    app: &App,
    change: &mut Change,
    caller: &Authenticated,
    action: AuditAction,
    details: Value,
) -> ApiResult<()> {
    let id = caller.account_id();
    let entry = Entry::new(change.now_ms, action, id, caller.actor()).on(id).with(details);
    Ok(audit::record(&mut change.tx, &app.vault.current(), entry).await?)
}
