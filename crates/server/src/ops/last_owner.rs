//! An account keeps an owner who can act: over the API nobody takes the last one away. The operator's commands may.

use mudlark_store::Session;
use mudlark_types::{AccountId, ErrorCode, UserId};

use crate::error::{ApiError, ApiResult};

/// Refuses to take this owner away where there is no other. Asked inside the transaction of the change.
///
/// *Errors*: 409.
pub(crate) async fn check_not_last(
    session: &mut Session,
    account_id: AccountId,
    owner: UserId,
    now_ms: i64,
) -> ApiResult<()> {
    if session.has_other_owner(account_id, owner, now_ms).await? {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::Conflict,
        "This is the account's last owner; make somebody else an owner first",
    ))
}
