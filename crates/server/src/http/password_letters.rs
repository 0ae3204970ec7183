//! A letter with a link for a new password, for who has forgotten theirs.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use mudlark_auth::Access;
use mudlark_types::ErrorCode;
use serde::Deserialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::extract::{Email, required};
use crate::http::registry::{Api, Origin};
use crate::http::sessions::{admit, body_alone};
use crate::ops::letters;

pub(crate) fn routes(api: &mut Api) {
    api.add(Access::Public, Origin::Mudlark, routes!(create_password_letter));
}

#[derive(Deserialize, utoipa::ToSchema)]
struct PasswordLetterInput {
    #[schema(value_type = String, format = Email, max_length = 254, required, example = "mira@studio.example")]
    email: Option<Email>,
}

/// Have a letter sent to a person with a link for a new password.
///
/// The answer is the same, and as fast, whether somebody here has the address or not. The link is good for an hour and
/// once; nobody has more than three of them.
#[utoipa::path(
    post, path = "/session/password-letter", tag = "Sessions", operation_id = "create_password_letter",
    request_body = PasswordLetterInput,
    responses(
        (status = 204, description = "If somebody here has the address, a letter is on its way."),
        (status = 403, description = "No letters are sent here, or the request comes from another site's page."),
        (status = 429, description = "Too many requests; `Retry-After` says when to try again."),
    )
)]
async fn create_password_letter(State(app): State<App>, request: Request) -> ApiResult<StatusCode> {
    let origin = admit(&app, &request)?;
    let input: PasswordLetterInput = body_alone(&app, request).await?;
    let email_key = required(input.email, "email")?.key();
    if !letters::sends_password_letters(&app) {
        return Err(ApiError::new(
            ErrorCode::SignInWayClosed,
            "No letters are sent here; ask an owner or admin of your account for a link",
        ));
    }
    // Not waited for: how long it takes would tell who is here.
    tokio::spawn(async move {
        if let Err(error) = letters::ask_for_password(&app, &email_key, origin).await {
            tracing::warn!(error = format!("{error:#}"), "a letter that was asked for is not sent");
        }
    });
    Ok(StatusCode::NO_CONTENT)
}
