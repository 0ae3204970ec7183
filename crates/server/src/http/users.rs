//! The caller as a user. These operations need no `x-account-id`: the token says who is asking.

use axum::Json;
use axum::extract::State;
use mudlark_auth::Access;
use mudlark_store::{UserChanges, UserKind};
use mudlark_types::wire::{Account, User};
use mudlark_types::{ErrorCode, EventType, Scope};
use serde::Deserialize;
use serde::de::IgnoredAny;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::accounts;
use crate::http::conditional::{IfMatch, Tagged};
use crate::http::extract::{Line, nullable};
use crate::http::guard::Authenticated;
use crate::http::pictures::{self as picture_files, WithPicture};
use crate::http::registry::{Api, Origin};
use crate::ops::event::Event;
use crate::ops::pictures;
use crate::views;

pub(crate) fn routes(api: &mut Api) {
    api.add(Access::Token(Scope::UsersRead), Origin::Mudlark, routes!(find_user));
    api.add(Access::Token(Scope::UsersWrite), Origin::Documented, routes!(update_user));
    api.add(Access::Token(Scope::AccountsRead), Origin::Documented, routes!(list_user_accounts));
}

/// The caller. A caller that is an API key is a service user with the key's name.
#[utoipa::path(
    get, path = "/users", tag = "Users", operation_id = "find_user",
    responses((status = 200, description = "The caller.", body = User))
)]
async fn find_user(State(app): State<App>, caller: Authenticated) -> ApiResult<Tagged<User>> {
    let mut session = app.store.read().await?;
    Ok(Tagged(views::user(&accounts::own_user(&mut session, &caller).await?)))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct UserPatch {
    /// A key's name is changed at `/accounts/api-keys/{key_id}`.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    username: Option<Line<255>>,
    #[serde(default, alias = "first_name", deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, example = "Mira")]
    first_name: Option<Option<Line<255>>>,
    #[serde(default, alias = "last_name", deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    last_name: Option<Option<Line<255>>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    industry: Option<Option<Line<255>>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    occupation: Option<Option<Line<255>>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    company: Option<Option<Line<255>>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    city: Option<Option<Line<255>>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    state: Option<Option<Line<255>>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    country: Option<Option<Line<255>>>,
    #[serde(default, alias = "zip_code", deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    zip_code: Option<Option<Line<255>>>,
    /// A picture: PNG, JPEG, GIF or WebP; at most 10 MiB.
    #[schema(value_type = Option<String>, format = Binary)]
    #[expect(dead_code, reason = "for the document: the file is taken from the body as it comes")]
    file: Option<IgnoredAny>,
    /// `null` takes the picture away; anything else is ignored.
    #[serde(rename = "avatar_file_id", default, deserialize_with = "nullable")]
    #[schema(value_type = serde_json::Value)]
    avatar_file_id: Option<Option<IgnoredAny>>,
}

impl UserPatch {
    /// In the order of [`UserChanges::TEXTS`].
    fn texts(self) -> [Option<Option<String>>; 9] {
        let Self {
            first_name, last_name, industry, occupation, company, city, state, country, zip_code, ..
        } = self;
        [first_name, last_name, industry, occupation, company, city, state, country, zip_code]
            .map(|text| text.map(|text| text.map(|Line(text)| text)))
    }
}

/// Change what is said of the caller. What is `null` is taken away.
#[utoipa::path(
    patch, path = "/users", tag = "Users", operation_id = "update_user",
    params(("if-match" = Option<String>, Header, description = "The ETag last seen.")),
    request_body(content(
        (UserPatch = "multipart/form-data"), (UserPatch = "application/json"),
    ), description = "In multipart, the members may also be a JSON object in the part `body`."),
    responses(
        (status = 200, description = "The caller as it is now.", body = User),
        (status = 409, description = "It is a key's name that is to change."),
    )
)]
async fn update_user(
    State(app): State<App>,
    caller: Authenticated,
    if_match: IfMatch,
    patch: WithPicture<UserPatch>,
) -> ApiResult<Tagged<User>> {
    let (account_id, user_id) = (caller.account_id(), caller.user_id());
    let (mut patch, picture) = patch.taken(&app, account_id).await?;
    let mut change = caller.begin(&app).await?;
    let before = accounts::own_user(&mut change.tx, &caller).await?;
    if_match.check(&views::user(&before))?;
    if let Some(Line(username)) = patch.username.take().filter(|Line(name)| *name != before.username) {
        if before.kind == UserKind::Service {
            let message = "A key's name is changed with PATCH /accounts/api-keys/{key_id}";
            return Err(ApiError::new(ErrorCode::Conflict, message));
        }
        change.tx.update_user_username(user_id, &username, change.now_ms).await?;
    }
    let picture = picture_files::or_taken_away(picture, patch.avatar_file_id.take());
    let avatar_file_id =
        pictures::keep(&app, &mut change, account_id, picture, before.avatar_file_id).await?;
    let changes = UserChanges { avatar_file_id, texts: patch.texts() };
    change.tx.update_user(user_id, &changes, change.now_ms).await?;
    change.record(Event::in_account(EventType::UserUpdated, user_id).about(user_id));
    let user = accounts::own_user(&mut change.tx, &caller).await?;
    change.commit().await?;
    Ok(Tagged(views::user(&user)))
}

/// The accounts that the caller belongs to. A key belongs to one.
#[utoipa::path(
    get, path = "/users/accounts", tag = "Users", operation_id = "list_user_accounts",
    responses((status = 200, description = "The accounts.", body = Vec<Account>))
)]
async fn list_user_accounts(State(app): State<App>, caller: Authenticated) -> ApiResult<Json<Vec<Account>>> {
    Ok(Json(vec![accounts::own_account(&app, &caller).await?]))
}
