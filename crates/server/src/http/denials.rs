//! What a caller is told who may not: the refusal for each way of not being allowed. Who may is decided elsewhere.

use axum::http::{HeaderValue, header};
use mudlark_auth::Denial;
use mudlark_types::{ErrorCode, Scope};

use crate::error::ApiError;

/// The stable name of a denial in the audit trail.
pub(crate) const fn denial_reason(denial: Denial) -> &'static str {
    match denial {
        Denial::AccountHeaderMissing | Denial::WorkspaceHeaderMissing => "header_missing",
        Denial::OtherAccount => "other_account",
        Denial::NoSession => "no_session",
        Denial::AccountSuspended => "account_suspended",
        Denial::PlanWithoutApi => "plan_without_api",
        Denial::WorkspaceClosed => "workspace_closed",
        Denial::ScopeMissing(_) => "scope_missing",
        Denial::AccountRoleMissing(_) => "account_role_missing",
        Denial::WorkspaceRoleMissing(_) => "workspace_role_missing",
        Denial::NotTheAuthor => "not_the_author",
    }
}

/// The refusal for each way of not being allowed.
pub(crate) fn denied(denial: Denial) -> ApiError {
    match denial {
        Denial::AccountHeaderMissing | Denial::WorkspaceHeaderMissing => ApiError::internal(denial),
        Denial::OtherAccount => ApiError::new(
            ErrorCode::AccountMismatch,
            "The account in x-account-id is not the token's account",
        ),
        Denial::NoSession => ApiError::new(
            ErrorCode::SessionRequired,
            "This is for people who have signed in (POST /session); a key has no session and no password",
        ),
        Denial::AccountSuspended => {
            ApiError::new(ErrorCode::AccountSuspended, "The account is suspended, or closed")
        }
        Denial::PlanWithoutApi => ApiError::new(
            ErrorCode::PlanWithoutApiAccess,
            "The account's plan has no API access; pro and enterprise have",
        ),
        Denial::WorkspaceClosed => ApiError::new(
            ErrorCode::WorkspaceForbidden,
            "The workspace in x-workspace-id is not one of the account's that is open to the caller",
        ),
        Denial::ScopeMissing(scope) => scope_missing(scope),
        Denial::NotTheAuthor => role_missing("Only who wrote it may change it"),
        Denial::AccountRoleMissing(_) | Denial::WorkspaceRoleMissing(_) => {
            role_missing("The caller's roles do not allow this operation")
        }
    }
}

fn role_missing(message: &'static str) -> ApiError {
    let challenge = HeaderValue::from_static(r#"Bearer realm="mudlark""#);
    ApiError::new(ErrorCode::RoleMissing, message).with_header(header::WWW_AUTHENTICATE, challenge)
}

/// *Source*: RFC 6750, section 3.1.
fn scope_missing(scope: Scope) -> ApiError {
    let challenge = format!(r#"Bearer realm="mudlark", error="insufficient_scope", scope="{scope}""#);
    let refusal = ApiError::new(
        ErrorCode::ScopeMissing,
        format!("The key is narrowed to scopes that do not include {scope}, which this operation needs"),
    );
    match HeaderValue::from_str(&challenge) {
        Ok(challenge) => refusal.with_header(header::WWW_AUTHENTICATE, challenge),
        Err(_) => refusal,
    }
}
