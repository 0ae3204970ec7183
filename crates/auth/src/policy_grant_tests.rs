//! Tests of what a key may give: `may_grant` against what `decide` then lets the keys do, pair by pair over a domain
//! that has every kind of right, and along sequences of requests as an attacker would make them.

use std::net::IpAddr;
use std::sync::Arc;

use mudlark_types::{Plan, UserId};
use uuid::Uuid;

use super::*;
use crate::key::KeyId;
use crate::live::{KeyState, Who, WorkspaceState};

const ACCOUNT: AccountId = AccountId::from_uuid(Uuid::from_u128(1));
const SCOPES: [Scope; 2] = [Scope::AssetsRead, Scope::KeysAdmin];
/// The last one stands for a workspace that is yet to come.
const WORKSPACES: [u128; 3] = [1, 2, 3];
const TIMES_MS: [i64; 3] = [5, 15, 25];

fn workspace(n: u128) -> WorkspaceId {
    WorkspaceId::from_uuid(Uuid::from_u128(n))
}

fn rights(account_roles: &str, workspace_roles: &str) -> KeyRights {
    KeyRights {
        account_roles: account_roles.parse().unwrap(),
        workspace_roles: workspace_roles.parse().unwrap(),
        memberships: HashMap::new(),
        limits: KeyLimits::default(),
        expires_at_ms: None,
    }
}

fn limited(limits: KeyLimits) -> KeyRights {
    KeyRights { limits, ..rights("admin", "admin") }
}

fn limits(scopes: &[Scope], workspaces: &[u128], networks: &[&str]) -> KeyLimits {
    KeyLimits {
        scopes: (!scopes.is_empty()).then(|| scopes.iter().copied().collect()),
        workspace_ids: (!workspaces.is_empty()).then(|| workspaces.iter().copied().map(workspace).collect()),
        networks: (!networks.is_empty()).then(|| networks.iter().map(|text| text.parse().unwrap()).collect()),
    }
}

/// Every right of the domain: roles × single memberships × limits × ends.
fn domain() -> Vec<KeyRights> {
    let every_limits = [
        limits(&[], &[], &[]),
        limits(&[Scope::KeysAdmin], &[], &[]),
        limits(&[], &[1], &[]),
        limits(&[], &[1, 2], &[]),
        limits(&[], &[], &["10.0.0.0/8"]),
        limits(&[Scope::KeysAdmin], &[2], &["10.1.0.0/16"]),
    ];
    let mut all = Vec::new();
    for account_roles in ["member", "admin", "owner"] {
        for workspace_roles in ["", "viewer", "manage_art,review", "admin"] {
            for membership in [None, Some((1, "admin")), Some((2, "viewer"))] {
                for limits in &every_limits {
                    for expires_at_ms in [None, Some(20), Some(10)] {
                        let mut rights = rights(account_roles, workspace_roles);
                        rights.limits = limits.clone();
                        rights.expires_at_ms = expires_at_ms;
                        rights.memberships = membership
                            .map(|(n, roles)| (workspace(n), roles.parse().unwrap()))
                            .into_iter()
                            .collect();
                        all.push(rights);
                    }
                }
            }
        }
    }
    all
}

/// What a key with these rights is let do: one bit for each moment, address, scope, place and permission.
fn power(rights: &KeyRights, live: &LiveTable) -> Vec<bool> {
    let key = KeyState {
        key_id: KeyId::generate(),
        account_id: ACCOUNT,
        user_id: UserId::from_uuid(Uuid::from_u128(1)),
        account_roles: rights.account_roles,
        workspace_roles: rights.workspace_roles,
        memberships: rights.memberships.clone(),
        limits: rights.limits.clone(),
        revoked: false,
        expires_at_ms: rights.expires_at_ms,
        live_secret_versions: Vec::new(),
    };
    assert_eq!(key.rights(), *rights);
    let account = AccountState { plan: Plan::Pro, suspended: false, token_epoch: 0 };
    let key = Arc::new(key);
    let caller = Caller { who: Who::Key(Arc::clone(&key)), account };
    let mut bits = Vec::new();
    for now_ms in TIMES_MS {
        for address in ["10.1.2.3", "10.200.0.1", "192.0.2.1"] {
            let address: IpAddr = address.parse().unwrap();
            let may_come = key.is_usable(now_ms) && key.limits.allow_address(Some(address));
            let mut ask = |access, workspace| {
                bits.push(may_come && decide(access, &caller, Some(ACCOUNT), workspace, live).is_ok());
            };
            for scope in SCOPES {
                for permission in AccountPermission::ALL {
                    ask(Access::Account(scope, *permission), None);
                }
                for n in WORKSPACES {
                    for permission in WorkspacePermission::ALL {
                        ask(Access::Workspace(scope, *permission), Some(workspace(n)));
                    }
                }
            }
        }
    }
    bits
}

fn live() -> LiveTable {
    let live = LiveTable::new();
    for n in WORKSPACES {
        live.put_workspace(workspace(n), WorkspaceState { account_id: ACCOUNT, deleted: false });
    }
    live
}

fn exceeds(wanted: &[bool], has: &[bool]) -> bool {
    wanted.iter().zip(has).any(|(wanted, has)| *wanted && !*has)
}

#[test]
fn granted_rights_never_let_do_what_the_giver_may_not() {
    let (domain, live) = (domain(), live());
    let powers: Vec<_> = domain.iter().map(|rights| power(rights, &live)).collect();
    let mut granted = 0;
    for (has, has_power) in domain.iter().zip(&powers) {
        assert_eq!(may_grant(has, has), Ok(()), "a key may give all that it has");
        for (wanted, wanted_power) in domain.iter().zip(&powers) {
            if may_grant(has, wanted).is_ok() {
                granted += 1;
                assert!(!exceeds(wanted_power, has_power), "{has:?} gave {wanted:?}");
            }
        }
    }
    assert!(granted > 2 * domain.len(), "{granted}: the rule refuses nearly everything");
}

#[test]
fn no_sequence_of_creating_changing_and_rotating_gives_more() {
    let (domain, live) = (domain(), live());
    // Numbers that look random and are the same in each run.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    for _ in 0..200 {
        let first = next(domain.len());
        let limit = power(&domain[first], &live);
        // Keys of the account, and whether the attacker has a secret of each.
        let mut keys = vec![(domain[first].clone(), true)];
        keys.extend((0..5).map(|_| (domain[next(domain.len())].clone(), false)));
        for _ in 0..100 {
            let held: Vec<usize> = (0..keys.len()).filter(|index| keys[*index].1).collect();
            let caller = keys[held[next(held.len())]].0.clone();
            let (wanted, target) = (domain[next(domain.len())].clone(), next(keys.len()));
            match next(3) {
                0 if may_grant(&caller, &wanted).is_ok() => keys.push((wanted, true)),
                1 if may_grant(&keys[target].0, &wanted).is_ok() && may_grant(&caller, &wanted).is_ok() => {
                    keys[target].0 = wanted;
                }
                2 if may_grant(&caller, &keys[target].0).is_ok() => keys[target].1 = true,
                _ => {}
            }
        }
        for (rights, _) in keys.iter().filter(|(_, held)| *held) {
            assert!(!exceeds(&power(rights, &live), &limit), "{:?} became {rights:?}", domain[first]);
        }
    }
}

#[test]
fn excess_is_named_by_what_goes_beyond() {
    let admin = rights("admin", "admin");
    for (has, wanted, excess) in [
        (&admin, rights("owner", "admin"), Excess::AccountRole(AccountPermission::Own)),
        (
            &rights("member", "admin"),
            rights("admin", ""),
            Excess::AccountRole(AccountPermission::CreateWorkspaces),
        ),
        (
            &rights("admin", "viewer"),
            rights("member", "review"),
            Excess::WorkspaceRole(WorkspacePermission::Review),
        ),
        (
            &limited(limits(&[Scope::KeysAdmin], &[], &[])),
            limited(limits(&SCOPES, &[], &[])),
            Excess::Limit(Limit::Scopes),
        ),
        (&limited(limits(&[], &[1], &[])), limited(limits(&[], &[2], &[])), Excess::Limit(Limit::Workspaces)),
        (&limited(limits(&[], &[], &["10.0.0.0/8"])), admin.clone(), Excess::Limit(Limit::Networks)),
        (
            &KeyRights { expires_at_ms: Some(10), ..admin.clone() },
            KeyRights { expires_at_ms: Some(11), ..admin.clone() },
            Excess::Expiry,
        ),
        (&KeyRights { expires_at_ms: Some(10), ..admin.clone() }, admin.clone(), Excess::Expiry),
    ] {
        assert_eq!(may_grant(has, &wanted), Err(excess), "{has:?} {wanted:?}");
    }
}

#[test]
fn role_in_one_workspace_can_be_given_on_for_that_workspace_alone() {
    let mut has = rights("admin", "");
    has.memberships.insert(workspace(1), "admin".parse().unwrap());
    let wanted = |workspaces: &[u128]| KeyRights {
        limits: limits(&[], workspaces, &[]),
        ..rights("member", "manage_art")
    };

    assert_eq!(may_grant(&has, &wanted(&[1])), Ok(()));
    let beyond = Err(Excess::WorkspaceRole(WorkspacePermission::Read));
    assert_eq!(may_grant(&has, &wanted(&[1, 2])), beyond);
    assert_eq!(may_grant(&has, &wanted(&[])), beyond);
}
