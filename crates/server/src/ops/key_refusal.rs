//! Why a change of a key is refused, for the API and the operator's commands alike, and who makes it.

use mudlark_auth::{Excess, KeyRights, Limit, may_grant};
use mudlark_store::StoreError;
use mudlark_types::{ErrorCode, UserId, WorkspaceId};

use crate::error::ApiError;

/// Who makes, changes or rotates a key.
#[derive(Clone, Debug)]
pub(crate) enum Giver {
    /// The operator, on the server's machine: may give anything.
    Operator,
    /// A key, with what it may do at this moment: gives no more than that.
    Key { user_id: UserId, rights: KeyRights },
}

impl Giver {
    /// *Errors*: [`KeyRefusal::ExceedsGiver`] where it may not give these rights.
    pub(crate) fn check(&self, wanted: &KeyRights) -> Result<(), KeyRefusal> {
        match self {
            Self::Operator => Ok(()),
            Self::Key { rights, .. } => may_grant(rights, wanted).map_err(KeyRefusal::ExceedsGiver),
        }
    }

    /// The user that the new key is noted as made by.
    pub(crate) fn user_id(&self) -> Option<UserId> {
        match self {
            Self::Operator => None,
            Self::Key { user_id, .. } => Some(*user_id),
        }
    }
}

/// Why a key is not made, changed or rotated.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyRefusal {
    /// The rights would go beyond the giver's own.
    #[error("{} would go beyond the caller's own", field_of(*.0))]
    ExceedsGiver(Excess),
    /// The rights would go beyond what the key has.
    #[error("{} would go beyond what the key has; a change may only take away", field_of(*.0))]
    Widens(Excess),
    /// No live workspace of the account has this id.
    #[error("{0} is no workspace of the account")]
    UnknownWorkspace(WorkspaceId),
    /// The key is revoked.
    #[error("the key is revoked; make a new one")]
    Revoked,
    /// The key has expired.
    #[error("the key has expired; make a new one")]
    Expired,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the database holds of the key can't be read.
    #[error("the key is damaged in the database")]
    Damaged(#[source] anyhow::Error),
}

/// The member of the input that an excess is about.
fn field_of(excess: Excess) -> &'static str {
    match excess {
        Excess::AccountRole(_) | Excess::WorkspaceRole(_) => "roles",
        Excess::Limit(Limit::Scopes) => "scopes",
        Excess::Limit(Limit::Workspaces) => "workspace_ids",
        Excess::Limit(Limit::Networks) => "cidrs",
        Excess::Expiry => "expires_at",
    }
}

impl From<KeyRefusal> for ApiError {
    fn from(refusal: KeyRefusal) -> Self {
        match refusal {
            KeyRefusal::ExceedsGiver(excess) => {
                let field = field_of(excess);
                let message = format!(
                    "A key never gives more than it has: `{field}` would go beyond the caller's own key"
                );
                Self::new(ErrorCode::ExceedsCaller, message)
                    .with_field(field, "must be within what the caller's own key has")
            }
            KeyRefusal::Widens(excess) => Self::invalid_field(
                field_of(excess),
                "must be within what the key has now; a change only takes away, and a new key gives more",
            ),
            KeyRefusal::UnknownWorkspace(_) => {
                Self::invalid_field("workspace_ids", "must be workspaces of the account")
            }
            KeyRefusal::Revoked => Self::new(ErrorCode::Conflict, "The key is revoked; make a new one"),
            KeyRefusal::Expired => Self::new(ErrorCode::Conflict, "The key has expired; make a new one"),
            KeyRefusal::Store(error) => Self::from_store(error),
            KeyRefusal::Damaged(error) => Self::internal(error),
        }
    }
}
