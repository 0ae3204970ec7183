//! Tests of the policy: every role against every permission, and every situation against the contract's order.

use std::collections::HashMap;
use std::sync::Arc;

use mudlark_types::{Plan, ReviewStatus, Scopes, UserId};
use uuid::Uuid;

use super::*;
use crate::key::KeyId;
use crate::key_limits::KeyLimits;
use crate::live::{AccountState, KeyState, LiveSecret, Who, WorkspaceState};

fn account(n: u128) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(n))
}

fn workspace(n: u128) -> WorkspaceId {
    WorkspaceId::from_uuid(Uuid::from_u128(n))
}

const OPEN: u128 = 1;
const WITHOUT_ROLE: u128 = 2;
const FOREIGN: u128 = 3;
const DELETED: u128 = 4;
const ABSENT: u128 = 5;

fn live() -> LiveTable {
    let live = LiveTable::new();
    for (n, account_id, deleted) in [
        (OPEN, account(1), false),
        (WITHOUT_ROLE, account(1), false),
        (FOREIGN, account(2), false),
        (DELETED, account(1), true),
    ] {
        live.put_workspace(workspace(n), WorkspaceState { account_id, deleted });
    }
    live
}

/// A caller of account 1 with roles in the account, and roles in every workspace above but the one without.
fn caller(account_roles: AccountRoles, workspace_roles: WorkspaceRoles) -> Caller {
    let key = KeyState {
        key_id: KeyId::generate(),
        account_id: account(1),
        user_id: UserId::from_uuid(Uuid::from_u128(1)),
        account_roles,
        workspace_roles: WorkspaceRoles::EMPTY,
        memberships: [OPEN, FOREIGN, DELETED, ABSENT]
            .map(|n| (workspace(n), workspace_roles))
            .into_iter()
            .collect::<HashMap<_, _>>(),
        limits: KeyLimits::default(),
        revoked: false,
        expires_at_ms: None,
        live_secret_versions: vec![LiveSecret { version: 1, expires_at_ms: None }],
    };
    let account = AccountState { plan: Plan::Pro, suspended: false, token_epoch: 0 };
    Caller { who: Who::Key(Arc::new(key)), account }
}

fn every_set<R: Copy, S: FromIterator<R>>(roles: &[R]) -> Vec<S> {
    (0..1_usize << roles.len())
        .map(|bits| {
            roles
                .iter()
                .enumerate()
                .filter(|(index, _)| bits >> index & 1 == 1)
                .map(|(_, role)| *role)
                .collect()
        })
        .collect()
}

/// The scope that every access here asks for.
const SCOPE: Scope = Scope::AssetsRead;

/// No limit at all, each kind with and without what is needed.
fn every_limit() -> Vec<KeyLimits> {
    let others = Scope::ALL.iter().copied().filter(|scope| *scope != SCOPE);
    let scopes = |scopes: Scopes| KeyLimits { scopes: Some(scopes), ..KeyLimits::default() };
    let workspace = |n| KeyLimits { workspace_ids: Some([workspace(n)].into()), ..KeyLimits::default() };
    vec![
        KeyLimits::default(),
        scopes([SCOPE].into_iter().collect()),
        scopes(others.collect()),
        workspace(OPEN),
        workspace(WITHOUT_ROLE),
    ]
}

fn every_access() -> Vec<Access> {
    let account = AccountPermission::ALL.iter().copied();
    let workspace = WorkspacePermission::ALL.iter().copied();
    let both = account.clone().flat_map(|a| WorkspacePermission::ALL.iter().map(move |w| (a, *w)));
    [Access::Public, Access::SignedUrl, Access::Session, Access::Token(SCOPE)]
        .into_iter()
        .chain(account.map(|permission| Access::Account(SCOPE, permission)))
        .chain(workspace.map(|permission| Access::Workspace(SCOPE, permission)))
        .chain(both.map(|(a, w)| Access::AccountOrWorkspace(SCOPE, a, w)))
        .collect()
}

/// The published table, once more and by hand: a row a role, a column a permission in declared order.
#[test]
fn account_roles_allow_what_is_published() {
    for (roles, expected) in [
        ("", [true, false, false, false]),
        ("member", [true, false, false, false]),
        ("admin", [true, true, true, false]),
        ("owner", [true, true, true, true]),
    ] {
        let roles: AccountRoles = roles.parse().unwrap();
        let allowed = AccountPermission::ALL.iter().map(|permission| account_roles_allow(roles, *permission));
        assert!(allowed.eq(expected), "{roles}");
    }
}

#[test]
fn workspace_roles_allow_what_is_published() {
    for (roles, expected) in [
        ("", [false, false, false, false, false]),
        ("viewer", [true, false, false, false, false]),
        ("review", [true, false, true, true, false]),
        ("manage_art", [true, true, false, true, false]),
        ("admin", [true, true, true, true, true]),
    ] {
        let roles: WorkspaceRoles = roles.parse().unwrap();
        let allowed =
            WorkspacePermission::ALL.iter().map(|permission| workspace_roles_allow(roles, *permission));
        assert!(allowed.eq(expected), "{roles}");
    }
}

#[test]
fn set_of_roles_allows_what_any_of_them_allows() {
    for roles in every_set::<AccountRole, AccountRoles>(AccountRole::ALL) {
        for permission in AccountPermission::ALL.iter().copied() {
            let any = roles.iter().any(|role| account_roles_allow([role].into_iter().collect(), permission));
            let allowed = account_roles_allow(roles, permission);
            assert_eq!(allowed, any || permission == AccountPermission::Read, "{roles} {permission:?}");
        }
    }
    for roles in every_set::<WorkspaceRole, WorkspaceRoles>(WorkspaceRole::ALL) {
        for permission in WorkspacePermission::ALL.iter().copied() {
            let any =
                roles.iter().any(|role| workspace_roles_allow([role].into_iter().collect(), permission));
            assert_eq!(workspace_roles_allow(roles, permission), any, "{roles} {permission:?}");
        }
    }
}

/// What is wrong with a request, one switch a situation, in the contract's order.
#[derive(Clone, Copy, Debug)]
struct Situation {
    account_header: Option<u128>,
    workspace_header: Option<u128>,
    suspended: bool,
    plan: Plan,
}

fn every_situation() -> Vec<Situation> {
    let mut situations = Vec::new();
    for account_header in [None, Some(1), Some(2)] {
        for workspace_header in
            [None, Some(OPEN), Some(WITHOUT_ROLE), Some(FOREIGN), Some(DELETED), Some(ABSENT)]
        {
            for suspended in [false, true] {
                for plan in Plan::ALL.iter().copied() {
                    situations.push(Situation { account_header, workspace_header, suspended, plan });
                }
            }
        }
    }
    situations
}

/// The contract's order, told a second time: each rule with whether it applies, the first that is broken wins.
fn expected(access: Access, caller: &Caller, situation: Situation) -> Result<Option<WorkspaceId>, Denial> {
    let (account, entered) = match access {
        Access::Public | Access::SignedUrl => return Ok(None),
        Access::Session => return Err(Denial::NoSession),
        Access::Token(_) => (None, None),
        Access::Workspace(_, permission) => (None, Some(permission)),
        Access::AccountOrWorkspace(_, _, permission) if situation.workspace_header.is_some() => {
            (None, Some(permission))
        }
        Access::Account(_, permission) | Access::AccountOrWorkspace(_, permission, _) => {
            (Some(permission), None)
        }
    };
    let Who::Key(key) = &caller.who else { panic!("a key calls") };
    let roles = key.memberships[&workspace(OPEN)];
    let needs_account = account.is_some() || entered.is_some();
    let limits = &key.limits;
    let narrowed = limits.workspace_ids.as_ref().is_some_and(|ids| !ids.contains(&workspace(OPEN)));
    let closed = situation.workspace_header != Some(OPEN) || roles.is_empty() || narrowed;
    let order = [
        (needs_account && situation.account_header.is_none(), Denial::AccountHeaderMissing),
        (entered.is_some() && situation.workspace_header.is_none(), Denial::WorkspaceHeaderMissing),
        (needs_account && situation.account_header != Some(1), Denial::OtherAccount),
        (situation.suspended, Denial::AccountSuspended),
        (matches!(situation.plan, Plan::Personal | Plan::Team), Denial::PlanWithoutApi),
        (entered.is_some() && closed, Denial::WorkspaceClosed),
        (limits.scopes.is_some_and(|scopes| !scopes.contains(SCOPE)), Denial::ScopeMissing(SCOPE)),
    ];
    if let Some((_, denial)) = order.into_iter().find(|(broken, _)| *broken) {
        return Err(denial);
    }
    if let Some(permission) = account.filter(|it| !account_roles_allow(key.account_roles, *it)) {
        return Err(Denial::AccountRoleMissing(permission));
    }
    if let Some(permission) = entered.filter(|it| !workspace_roles_allow(roles, *it)) {
        return Err(Denial::WorkspaceRoleMissing(permission));
    }
    Ok(entered.map(|_| workspace(OPEN)))
}

#[test]
fn every_access_role_and_situation_is_decided_in_the_contracts_order() {
    let live = live();
    let mut decided = 0;
    let limits = every_limit();
    for account_roles in every_set(AccountRole::ALL) {
        for workspace_roles in every_set(WorkspaceRole::ALL) {
            let mut caller = caller(account_roles, workspace_roles);
            for (limits, situation) in
                limits.iter().flat_map(|limits| every_situation().into_iter().map(move |it| (limits, it)))
            {
                if let Who::Key(key) = &mut caller.who {
                    Arc::make_mut(key).limits = limits.clone();
                }
                caller.account.plan = situation.plan;
                caller.account.suspended = situation.suspended;
                for access in every_access() {
                    let grant = decide(
                        access,
                        &caller,
                        situation.account_header.map(account),
                        situation.workspace_header.map(workspace),
                        &live,
                    );
                    let entered = grant.map(|grant| grant.workspace.map(|(id, _)| id));
                    let expected = expected(access, &caller, situation);
                    assert_eq!(
                        entered, expected,
                        "{access:?} {account_roles} {workspace_roles} {limits:?} {situation:?}"
                    );
                    decided += 1;
                }
            }
        }
    }
    assert_eq!(decided, 8 * 16 * 5 * (3 * 6 * 2 * 4) * (4 + 4 + 5 + 20));
}

#[test]
fn grant_names_the_workspace_and_the_callers_roles_there() {
    let roles: WorkspaceRoles = "manage_art,review".parse().unwrap();
    let caller = caller(AccountRoles::EMPTY, roles);

    let grant = decide(
        Access::Workspace(SCOPE, WorkspacePermission::EditArt),
        &caller,
        Some(account(1)),
        Some(workspace(OPEN)),
        &live(),
    );

    assert_eq!(grant, Ok(Grant { workspace: Some((workspace(OPEN), roles)) }));
}

#[test]
fn account_owner_does_not_enter_a_workspace_without_a_role_there() {
    let caller = caller("owner".parse().unwrap(), WorkspaceRoles::EMPTY);
    let access = Access::Workspace(SCOPE, WorkspacePermission::Read);

    let denied = decide(access, &caller, Some(account(1)), Some(workspace(OPEN)), &live());

    assert_eq!(denied, Err(Denial::WorkspaceClosed));
}

#[test]
fn closed_workspaces_cannot_be_told_apart() {
    let caller = caller("owner".parse().unwrap(), "admin".parse().unwrap());
    let access = Access::Workspace(SCOPE, WorkspacePermission::Read);
    for n in [WITHOUT_ROLE, FOREIGN, DELETED, ABSENT] {
        let denied = decide(access, &caller, Some(account(1)), Some(workspace(n)), &live());
        assert_eq!(denied, Err(Denial::WorkspaceClosed), "workspace {n}");
    }
}

#[test]
fn new_workspace_is_made_whatever_workspace_header_is_sent() {
    let caller = caller("admin".parse().unwrap(), WorkspaceRoles::EMPTY);
    let access = Access::Account(SCOPE, AccountPermission::CreateWorkspaces);
    for n in [OPEN, FOREIGN, ABSENT] {
        let granted = decide(access, &caller, Some(account(1)), Some(workspace(n)), &live());
        assert_eq!(granted, Ok(Grant { workspace: None }), "workspace {n}");
    }
}

#[test]
fn only_review_and_admin_move_a_review_from_one_status_to_another() {
    use ReviewStatus::{Approved, Pending, Rejected};
    for (role, may_decide) in [("viewer", false), ("manage_art", false), ("review", true), ("admin", true)] {
        let roles = role.parse().unwrap();
        for from in [Pending, Approved, Rejected] {
            for to in [Pending, Approved, Rejected] {
                let decided = decide_on_review(roles, from, to);
                assert_eq!(decided.is_ok(), may_decide || from == to, "{role}: {from} to {to}");
            }
        }
    }
}
