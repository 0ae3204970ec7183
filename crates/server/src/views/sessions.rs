//! People who have signed in, as they are shown.

use std::collections::HashMap;

use mudlark_store::{AccountRow, PasskeyRow, UserRow, UserSessionRow, WorkspaceRow};
use mudlark_types::wire::{
    CurrentSession, Passkey, SessionAccount, SessionUser, SessionWorkspace, UserSession,
};
use mudlark_types::{AccountRoles, Timestamp, UserSessionId, WorkspaceId, WorkspaceRoles};

/// Who is signed in.
pub(crate) fn current_session(
    user: &UserRow,
    csrf_token: String,
    accounts: Vec<SessionAccount>,
) -> CurrentSession {
    let user = SessionUser { id: user.id, name: user.username.clone(), email: user.email.clone() };
    CurrentSession { user, csrf_token, accounts }
}

/// An account of theirs, with those of its workspaces that they are a member of.
pub(crate) fn session_account(
    account: &AccountRow,
    roles: AccountRoles,
    workspaces: &[WorkspaceRow],
    memberships: &HashMap<WorkspaceId, WorkspaceRoles>,
) -> SessionAccount {
    let open = workspaces.iter().filter_map(|row| {
        let roles = memberships.get(&row.id).copied().filter(|roles| !roles.is_empty())?;
        Some(SessionWorkspace { id: row.id, name: row.name.clone(), roles })
    });
    SessionAccount {
        id: account.id,
        name: account.name.clone(),
        roles,
        plan: account.plan,
        suspended: account.suspended_at_ms.or(account.closed_at_ms).is_some(),
        workspaces: open.collect(),
    }
}

/// A session, for whose it is.
pub(crate) fn user_session(row: &UserSessionRow, current: UserSessionId) -> UserSession {
    UserSession {
        id: row.id,
        address: row.address.clone(),
        user_agent: row.user_agent.clone(),
        current: row.id == current,
        created_at: Timestamp(row.created_at_ms),
        last_used_at: Timestamp(row.last_used_at_ms),
        expires_at: Timestamp(row.expires_at_ms),
    }
}

/// A passkey, for whose it is.
pub(crate) fn passkey(row: &PasskeyRow) -> Passkey {
    Passkey {
        id: row.id,
        name: row.name.clone(),
        created_at: Timestamp(row.created_at_ms),
        last_used_at: row.last_used_at_ms.map(Timestamp),
    }
}
