//! Invites on the wire.

use serde::Serialize;

use super::User;
use crate::{AccountId, InviteId, Timestamp, UserId, WorkspaceId};

/// An invite to an account.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct AccountInvite {
    pub id: InviteId,
    pub account_id: AccountId,
    pub invited_by: UserId,
    /// Of the account and of the workspaces in one list; `admin` counts on both sides.
    pub roles: Vec<&'static str>,
    /// The workspaces to become a member of.
    pub workspace_ids: Vec<WorkspaceId>,
    /// Shown in the answer that makes it, else `null`.
    #[schema(required)]
    pub token: Option<String>,
    pub email: String,
    pub expires_at: Timestamp,
    /// When the token was made.
    pub sent_at: Timestamp,
    #[schema(required)]
    pub accepted_at: Option<Timestamp>,
    #[schema(required)]
    pub rejected_at: Option<Timestamp>,
    #[schema(required)]
    pub invited_by_user: Option<User>,
    #[schema(required)]
    pub account: Option<InvitingAccount>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// An account as those see it who don't belong to it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct InvitingAccount {
    pub id: AccountId,
    pub name: String,
    /// Which of the ten stock pictures stands in for a missing one.
    #[serde(rename = "defaultAvatar")]
    #[schema(minimum = 1, maximum = 10)]
    pub default_avatar: i64,
}
