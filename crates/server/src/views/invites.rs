//! Invites as they are shown.

use mudlark_store::{AccountRow, InviteRow, UserRow};
use mudlark_types::Timestamp;
use mudlark_types::wire::{AccountInvite, InvitingAccount};

use crate::error::ApiResult;
use crate::ops::create_key::KeyRoles;
use crate::ops::invites;

/// `token`: in the answer that makes it, and in no other. *Errors*: the database holds ids that are none.
pub(crate) fn account_invite(
    row: &InviteRow,
    token: Option<&str>,
    (invited_by, account): (Option<&UserRow>, Option<&AccountRow>),
) -> ApiResult<AccountInvite> {
    Ok(AccountInvite {
        id: row.id,
        account_id: row.account_id,
        invited_by: row.invited_by_user_id,
        roles: KeyRoles { account: row.account_roles, workspace: row.workspace_roles }.names(),
        workspace_ids: invites::workspace_ids(row)?.into_iter().collect(),
        token: token.map(str::to_owned),
        email: row.email.clone(),
        expires_at: Timestamp(row.expires_at_ms),
        sent_at: Timestamp(row.sent_at_ms),
        accepted_at: row.accepted_at_ms.map(Timestamp),
        rejected_at: row.rejected_at_ms.map(Timestamp),
        invited_by_user: invited_by.map(super::user),
        account: account.map(|account| InvitingAccount {
            id: account.id,
            name: account.name.clone(),
            default_avatar: account.default_avatar,
        }),
        created_at: Timestamp(row.created_at_ms),
        updated_at: Timestamp(row.updated_at_ms),
    })
}
