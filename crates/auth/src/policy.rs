//! The one place that decides rights: what each role allows, and in which order a request is refused. A route declares
//! its [`Access`]; nothing else in the house looks at a role to let somebody in. Not the reading of headers and not the
//! status codes, which are the server's; called once a request, after the token was believed.

use std::collections::HashMap;

use mudlark_types::{
    AccountId, AccountRole, AccountRoles, ReviewStatus, Scope, UserId, WorkspaceId, WorkspaceRole,
    WorkspaceRoles,
};

use crate::key_limits::{KeyLimits, Limit};
use crate::live::{AccountState, Caller, LiveTable};

/// What may be done in an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountPermission {
    /// See it, its members and what is in it.
    Read,
    /// Make workspaces.
    CreateWorkspaces,
    /// Change it; members, invites and keys; the audit trail.
    Administer,
    /// Change the plan; close the account.
    Own,
}

impl AccountPermission {
    /// Every permission, in declared order.
    pub const ALL: &[Self] = &[Self::Read, Self::CreateWorkspaces, Self::Administer, Self::Own];
}

/// What may be done in a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WorkspacePermission {
    /// See, download, comment.
    Read,
    /// Upload, make versions, edit, lock, tag.
    EditArt,
    /// Approve and reject.
    Review,
    /// Take part in the work: make and change tasks.
    Contribute,
    /// Change the workspace, its members and settings; delete it.
    Administer,
}

impl WorkspacePermission {
    /// Every permission, in declared order.
    pub const ALL: &[Self] = &[Self::Read, Self::EditArt, Self::Review, Self::Contribute, Self::Administer];
}

/// What a route asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Nothing: anybody.
    Public,
    /// Its own signature in the address ([`crate::upload_signature`]), and no token.
    SignedUrl,
    /// A person who has signed in: their own sessions and password. No key has that; the headers are not asked for.
    Session,
    /// Any good token with the scope: what concerns the caller. The account header is not asked for, and is ignored.
    Token(Scope),
    /// A scope, and a permission in the account that the account header names. A workspace header is ignored.
    Account(Scope, AccountPermission),
    /// A scope, and the first permission in the account, or, if a workspace header is sent, the second in that workspace.
    AccountOrWorkspace(Scope, AccountPermission, WorkspacePermission),
    /// A scope, and a permission in the workspace that the workspace header names, in the account that the account header
    /// names.
    Workspace(Scope, WorkspacePermission),
}

impl Access {
    /// The one scope that the route asks for; `None` where it asks for no token.
    pub const fn scope(self) -> Option<Scope> {
        match self {
            Self::Public | Self::SignedUrl | Self::Session => None,
            Self::Token(scope)
            | Self::Account(scope, _)
            | Self::AccountOrWorkspace(scope, _, _)
            | Self::Workspace(scope, _) => Some(scope),
        }
    }
}

/// What [`decide`] let the request do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The workspace that the request is in, and the caller's roles there; `None` outside workspaces.
    pub workspace: Option<(WorkspaceId, WorkspaceRoles)>,
}

/// Why a request with a good token or session is refused. The first two are faults of the request (400), the rest are 403.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Denial {
    /// The account header is needed and was not sent.
    #[error("no account header")]
    AccountHeaderMissing,
    /// The workspace header is needed and was not sent.
    #[error("no workspace header")]
    WorkspaceHeaderMissing,
    /// The account header names another account than the token's, or one that the person doesn't belong to.
    #[error("account header is not the caller's account")]
    OtherAccount,
    /// A key asks for what only a person who has signed in has.
    #[error("no session")]
    NoSession,
    /// The account is suspended.
    #[error("account suspended")]
    AccountSuspended,
    /// The account's plan has no API access.
    #[error("plan without API access")]
    PlanWithoutApi,
    /// The workspace is not in the account, not open to the caller, or was never there: one case, so that nobody learns
    /// which.
    #[error("workspace not open to the caller")]
    WorkspaceClosed,
    /// The caller's key is narrowed to other scopes.
    #[error("scope missing")]
    ScopeMissing(Scope),
    /// The caller's roles in the account don't allow it.
    #[error("role in the account missing")]
    AccountRoleMissing(AccountPermission),
    /// The caller's roles in the workspace don't allow it.
    #[error("role in the workspace missing")]
    WorkspaceRoleMissing(WorkspacePermission),
    /// Somebody else wrote it, and it is theirs alone to change.
    #[error("not the author")]
    NotTheAuthor,
}

/// What a role in an account allows. Everybody who belongs to an account may read it, with no role at all too.
const fn account_role_allows(role: AccountRole) -> &'static [AccountPermission] {
    use AccountPermission::{Administer, CreateWorkspaces, Own, Read};
    match role {
        AccountRole::Owner => &[Read, CreateWorkspaces, Administer, Own],
        AccountRole::Admin => &[Read, CreateWorkspaces, Administer],
        AccountRole::Member => &[Read],
    }
}

/// What a role in a workspace allows. No role in the account opens a workspace.
const fn workspace_role_allows(role: WorkspaceRole) -> &'static [WorkspacePermission] {
    use WorkspacePermission::{Administer, Contribute, EditArt, Read, Review};
    match role {
        WorkspaceRole::Admin => &[Read, EditArt, Review, Contribute, Administer],
        WorkspaceRole::ManageArt => &[Read, EditArt, Contribute],
        WorkspaceRole::Review => &[Read, Review, Contribute],
        WorkspaceRole::Viewer => &[Read],
    }
}

/// Whether roles in an account hold a permission.
pub fn account_roles_allow(roles: AccountRoles, permission: AccountPermission) -> bool {
    permission == AccountPermission::Read
        || roles.iter().any(|role| account_role_allows(role).contains(&permission))
}

/// Whether roles in a workspace hold a permission.
pub fn workspace_roles_allow(roles: WorkspaceRoles, permission: WorkspacePermission) -> bool {
    roles.iter().any(|role| workspace_role_allows(role).contains(&permission))
}

/// Decides whether a caller may do what a route asks for. For [`Access::Public`] and [`Access::SignedUrl`], which have
/// no caller, it needs not be asked.
///
/// *Errors*: the first [`Denial`] that holds, in the order of the wire contract, section 1: header missing, other
/// account, account suspended, plan, workspace, scope, role.
pub fn decide(
    access: Access,
    caller: &Caller,
    account_header: Option<AccountId>,
    workspace_header: Option<WorkspaceId>,
    live: &LiveTable,
) -> Result<Grant, Denial> {
    let (account, workspace) = match access {
        Access::Public | Access::SignedUrl => return Ok(Grant { workspace: None }),
        Access::Session => {
            return caller.signed_in().map(|_| Grant { workspace: None }).ok_or(Denial::NoSession);
        }
        Access::Token(_) => (None, None),
        Access::Account(_, permission) => (Some(permission), None),
        Access::AccountOrWorkspace(_, permission, workspace_permission) => match workspace_header {
            Some(id) => (None, Some((id, workspace_permission))),
            None => (Some(permission), None),
        },
        Access::Workspace(_, permission) => {
            if account_header.is_none() {
                return Err(Denial::AccountHeaderMissing);
            }
            (None, Some((workspace_header.ok_or(Denial::WorkspaceHeaderMissing)?, permission)))
        }
    };
    if account.is_some() || workspace.is_some() {
        check_account_header(caller, account_header)?;
    }
    check_account_state(caller.account)?;
    let entered = match workspace {
        None => None,
        Some((id, permission)) => {
            let roles = live.roles_in_workspace(caller, id).ok_or(Denial::WorkspaceClosed)?;
            Some((id, roles, permission))
        }
    };
    if let Some(scope) = access.scope()
        && caller.limits().is_some_and(|limits| !limits.allow_scope(scope))
    {
        return Err(Denial::ScopeMissing(scope));
    }
    if let Some(permission) = account
        && !account_roles_allow(caller.account_roles(), permission)
    {
        return Err(Denial::AccountRoleMissing(permission));
    }
    match entered {
        Some((_, roles, permission)) if !workspace_roles_allow(roles, permission) => {
            Err(Denial::WorkspaceRoleMissing(permission))
        }
        entered => Ok(Grant { workspace: entered.map(|(id, roles, _)| (id, roles)) }),
    }
}

/// Decides whether a caller may change what somebody wrote in a workspace that the caller is in: its author may, and who
/// holds the permission, where there is one for it.
///
/// *Errors*: [`Denial::WorkspaceRoleMissing`], or [`Denial::NotTheAuthor`] where no role would do.
pub fn decide_on_authored(
    author: UserId,
    caller: UserId,
    roles: WorkspaceRoles,
    or_with: Option<WorkspacePermission>,
) -> Result<(), Denial> {
    match or_with {
        _ if author == caller => Ok(()),
        Some(permission) if workspace_roles_allow(roles, permission) => Ok(()),
        Some(permission) => Err(Denial::WorkspaceRoleMissing(permission)),
        None => Err(Denial::NotTheAuthor),
    }
}

/// Decides whether roles in a workspace may take a review from one status to another; a new one comes from
/// [`ReviewStatus::Pending`]. To approve, to reject and to take either back is a decision; to leave it as it is, is none.
///
/// *Errors*: [`Denial::WorkspaceRoleMissing`].
pub fn decide_on_review(roles: WorkspaceRoles, from: ReviewStatus, to: ReviewStatus) -> Result<(), Denial> {
    if from == to || workspace_roles_allow(roles, WorkspacePermission::Review) {
        Ok(())
    } else {
        Err(Denial::WorkspaceRoleMissing(WorkspacePermission::Review))
    }
}

fn check_account_header(caller: &Caller, header: Option<AccountId>) -> Result<(), Denial> {
    match header {
        None => Err(Denial::AccountHeaderMissing),
        Some(id) if id != caller.account_id() => Err(Denial::OtherAccount),
        Some(_) => Ok(()),
    }
}

/// The gates that hold for every use of a token, and for handing one out.
///
/// *Errors*: [`Denial::AccountSuspended`], [`Denial::PlanWithoutApi`].
pub fn check_account_state(account: AccountState) -> Result<(), Denial> {
    if account.suspended {
        Err(Denial::AccountSuspended)
    } else if !account.plan.has_api_access() {
        Err(Denial::PlanWithoutApi)
    } else {
        Ok(())
    }
}

/// All that a key may do, as far as one key can give it to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRights {
    /// Its roles in the account.
    pub account_roles: AccountRoles,
    /// Its roles in every workspace of the account, those to come as well.
    pub workspace_roles: WorkspaceRoles,
    /// Its further roles in single workspaces.
    pub memberships: HashMap<WorkspaceId, WorkspaceRoles>,
    /// What it is narrowed to.
    pub limits: KeyLimits,
    /// From when on it is no longer good. *Units*: Unix milliseconds.
    pub expires_at_ms: Option<i64>,
}

impl KeyRights {
    fn roles_in(&self, workspace: WorkspaceId) -> WorkspaceRoles {
        self.workspace_roles.union(self.memberships.get(&workspace).copied().unwrap_or_default())
    }
}

/// By what the rights wanted go beyond those there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Excess {
    /// A role in the account that allows this.
    #[error("roles in the account")]
    AccountRole(AccountPermission),
    /// A role in a workspace that allows this.
    #[error("roles in workspaces")]
    WorkspaceRole(WorkspacePermission),
    /// More scopes, workspaces or networks.
    #[error("limits")]
    Limit(Limit),
    /// A later end.
    #[error("expiry")]
    Expiry,
}

/// Whether a key that has some rights may give others to a key: make one with them, leave one with them, or hand out a
/// secret of one that has them. Everything that puts rights into somebody's hands asks this, and nothing else decides it.
///
/// Roles count by what they allow, not by their names.
///
/// *Errors*: the first [`Excess`]; never give rights then.
pub fn may_grant(has: &KeyRights, wanted: &KeyRights) -> Result<(), Excess> {
    for permission in AccountPermission::ALL {
        if account_roles_allow(wanted.account_roles, *permission)
            && !account_roles_allow(has.account_roles, *permission)
        {
            return Err(Excess::AccountRole(*permission));
        }
    }
    if let Some(limit) = wanted.limits.first_beyond(&has.limits) {
        return Err(Excess::Limit(limit));
    }
    // Where the workspaces are named, only what holds in those counts; else what holds in all that are and will be.
    let named: Vec<WorkspaceId> = if let Some(ids) = &wanted.limits.workspace_ids {
        ids.iter().copied().collect()
    } else {
        check_workspace_roles(has.workspace_roles, wanted.workspace_roles)?;
        wanted.memberships.keys().copied().collect()
    };
    for workspace in named {
        check_workspace_roles(has.roles_in(workspace), wanted.roles_in(workspace))?;
    }
    match (has.expires_at_ms, wanted.expires_at_ms) {
        (None, _) => Ok(()),
        (Some(end), Some(wanted_end)) if wanted_end <= end => Ok(()),
        (Some(_), _) => Err(Excess::Expiry),
    }
}

fn check_workspace_roles(has: WorkspaceRoles, wanted: WorkspaceRoles) -> Result<(), Excess> {
    let beyond = WorkspacePermission::ALL.iter().find(|permission| {
        workspace_roles_allow(wanted, **permission) && !workspace_roles_allow(has, **permission)
    });
    beyond.map_or(Ok(()), |permission| Err(Excess::WorkspaceRole(*permission)))
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "policy_grant_tests.rs"]
mod grant_tests;
