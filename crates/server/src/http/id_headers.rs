//! Headers that say for whom or under which lease a request is: each given once, and in its form.

use std::str::FromStr;

use axum::http::HeaderMap;
use mudlark_auth::Access;
use mudlark_types::{AccountId, ErrorCode, WorkspaceId};

use crate::error::{ApiError, ApiResult};

/// The account and the workspace that an access asks for.
pub(super) fn required_headers(
    access: Access,
    headers: &HeaderMap,
) -> ApiResult<(Option<AccountId>, Option<WorkspaceId>)> {
    const ACCOUNT: &str = "x-account-id";
    const WORKSPACE: &str = "x-workspace-id";
    match access {
        Access::Public | Access::SignedUrl | Access::Session | Access::Token(_) => Ok((None, None)),
        Access::Account(..) => Ok((Some(required_id(headers, ACCOUNT)?), None)),
        Access::AccountOrWorkspace(..) => {
            Ok((Some(required_id(headers, ACCOUNT)?), optional_id(headers, WORKSPACE)?))
        }
        Access::Workspace(..) => {
            Ok((Some(required_id(headers, ACCOUNT)?), Some(required_id(headers, WORKSPACE)?)))
        }
    }
}

fn required_id<T: FromStr>(headers: &HeaderMap, name: &'static str) -> ApiResult<T> {
    optional_id(headers, name)?.ok_or_else(|| {
        ApiError::new(ErrorCode::HeaderMissing, format!("The header {name} is required: a uuid"))
    })
}

/// Reads an id from a header that may be given once.
pub(crate) fn optional_id<T: FromStr>(headers: &HeaderMap, name: &'static str) -> ApiResult<Option<T>> {
    optional(headers, name, "be a uuid")
}

/// The fence of the lock that a writer believes to hold. *Source*: wire contract, section 4, "Locks".
pub(super) fn lock_fence(headers: &HeaderMap) -> ApiResult<Option<i64>> {
    optional(headers, "x-lock-fence", "be the number of a fence")
}

fn optional<T: FromStr>(headers: &HeaderMap, name: &'static str, must: &str) -> ApiResult<Option<T>> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let malformed =
        |must: &str| ApiError::new(ErrorCode::HeaderMalformed, format!("The header {name} must {must}"));
    if values.next().is_some() {
        return Err(malformed("be given once"));
    }
    value.to_str().ok().and_then(|text| text.parse().ok()).map(Some).ok_or_else(|| malformed(must))
}
