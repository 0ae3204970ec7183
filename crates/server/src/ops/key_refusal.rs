//! Why a change of a key's or a person's rights is refused, for the API and the operator's commands alike, and who makes
//! it.

use std::collections::HashMap;

use mudlark_auth::{Excess, KeyLimits, KeyRights, Limit, may_grant};
use mudlark_store::StoreError;
use mudlark_types::{AccountRoles, ErrorCode, UserId, WorkspaceId, WorkspaceRoles};

use crate::error::ApiError;

/// The most usable keys of an account. *Why*: each is in the memory of every process.
pub(crate) const MAX_KEYS: i64 = 10_000;

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

    /// The same for what a person is to have: these roles in the account, and those in these workspaces.
    ///
    /// *Why* the giver's other limits don't count: scopes, networks and an end say how a key is used; a person has none.
    pub(crate) fn check_person(
        &self,
        account_roles: AccountRoles,
        memberships: HashMap<WorkspaceId, WorkspaceRoles>,
    ) -> Result<(), KeyRefusal> {
        let Self::Key { rights, .. } = self else { return Ok(()) };
        let workspace_ids = Some(memberships.keys().copied().collect());
        self.check(&KeyRights {
            account_roles,
            workspace_roles: WorkspaceRoles::EMPTY,
            memberships,
            limits: KeyLimits { workspace_ids, ..rights.limits.clone() },
            expires_at_ms: rights.expires_at_ms,
        })
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
    /// The account has as many keys as there may be.
    #[error("the account has {MAX_KEYS} keys that are neither revoked nor expired; revoke one first")]
    TooMany,
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
            KeyRefusal::TooMany => Self::new(
                ErrorCode::LimitReached,
                format!(
                    "An account has at most {MAX_KEYS} keys that are neither revoked nor expired; revoke one first"
                ),
            ),
            KeyRefusal::Revoked => Self::new(ErrorCode::Conflict, "The key is revoked; make a new one"),
            KeyRefusal::Expired => Self::new(ErrorCode::Conflict, "The key has expired; make a new one"),
            KeyRefusal::Store(error) => Self::from_store(error),
            KeyRefusal::Damaged(error) => Self::internal(error),
        }
    }
}
