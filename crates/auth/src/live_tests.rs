//! Tests of the live table: what makes a believed token's caller, and which workspaces are open to it.

use mudlark_types::WorkspaceRole;
use uuid::Uuid;

use super::*;
use crate::token::new_token_id;

const NOW_MS: i64 = 1_700_000_000_000;
const ADDRESS: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));

fn account_id(n: u128) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(n))
}

fn user_id(n: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(n))
}

fn workspace_id(n: u128) -> WorkspaceId {
    WorkspaceId::from_uuid(Uuid::from_u128(n))
}

fn account() -> AccountState {
    AccountState { plan: Plan::Pro, suspended: false, token_epoch: 5 }
}

fn key() -> KeyState {
    KeyState {
        key_id: KeyId::generate(),
        account_id: account_id(1),
        user_id: user_id(1),
        account_roles: AccountRoles::EMPTY,
        workspace_roles: WorkspaceRoles::EMPTY,
        memberships: HashMap::new(),
        limits: KeyLimits::default(),
        revoked: false,
        expires_at_ms: None,
        live_secret_versions: vec![LiveSecret { version: 2, expires_at_ms: None }],
    }
}

fn claims(key: &KeyState) -> Claims {
    Claims {
        iss: "http://mudlark.test".into(),
        aud: "http://mudlark.test".into(),
        sub: key.key_id.clone(),
        client_id: key.key_id.clone(),
        account_id: account_id(1),
        uid: user_id(1),
        iat: 1_700_000_000,
        exp: 1_700_003_600,
        jti: new_token_id(),
        sv: 2,
        ep: 5,
    }
}

fn table(key: KeyState) -> LiveTable {
    let table = LiveTable::new();
    table.put_account(account_id(1), account());
    table.put_key(key);
    table
}

/// What becomes of a good token once the key is as `change` makes it.
fn refusal_after(change: impl FnOnce(&mut KeyState)) -> Option<TokenRefusal> {
    let mut key = key();
    let claims = claims(&key);
    change(&mut key);
    table(key).caller(&claims, ADDRESS, NOW_MS).err()
}

#[test]
fn standing_key_is_the_caller() {
    let key = key();
    let claims = claims(&key);
    let table = table(key.clone());

    let caller = table.caller(&claims, ADDRESS, NOW_MS).unwrap();

    assert_eq!(caller.key_id(), Some(&key.key_id));
    assert_eq!(caller.account_id(), account_id(1));
    assert_eq!(caller.user_id(), user_id(1));
    assert_eq!(caller.account, account());
}

#[test]
fn unknown_and_removed_keys_are_refused() {
    let key = key();
    let (key_id, claims) = (key.key_id.clone(), claims(&key));
    let table = table(key);
    assert!(table.caller(&claims, ADDRESS, NOW_MS).is_ok());

    table.remove_key(&key_id);

    assert_eq!(table.caller(&claims, ADDRESS, NOW_MS).unwrap_err(), TokenRefusal::UnknownKey);
    assert_eq!(LiveTable::new().caller(&claims, ADDRESS, NOW_MS).unwrap_err(), TokenRefusal::UnknownKey);
}

#[test]
fn revoked_key_is_refused() {
    assert_eq!(refusal_after(|key| key.revoked = true), Some(TokenRefusal::KeyRevoked));
}

#[test]
fn key_is_good_until_the_moment_it_expires() {
    assert_eq!(refusal_after(|key| key.expires_at_ms = Some(NOW_MS + 1)), None);
    assert_eq!(refusal_after(|key| key.expires_at_ms = Some(NOW_MS)), Some(TokenRefusal::KeyExpired));
}

#[test]
fn token_dies_with_its_secret() {
    let secret = |version, expires_at_ms| LiveSecret { version, expires_at_ms };
    let refused = Some(TokenRefusal::SecretNotLive);

    for (secrets, expected) in [
        (vec![], refused),
        (vec![secret(3, None)], refused),
        (vec![secret(3, None), secret(2, Some(NOW_MS))], refused),
        (vec![secret(3, None), secret(2, Some(NOW_MS + 1))], None),
        (vec![secret(2, None)], None),
    ] {
        assert_eq!(
            refusal_after(|key| key.live_secret_versions.clone_from(&secrets)),
            expected,
            "{secrets:?}"
        );
    }
}

#[test]
fn token_of_another_account_or_user_is_refused() {
    assert_eq!(refusal_after(|key| key.account_id = account_id(2)), Some(TokenRefusal::WrongAccount));
    assert_eq!(refusal_after(|key| key.user_id = user_id(2)), Some(TokenRefusal::WrongUser));
}

#[test]
fn token_of_a_removed_account_is_refused() {
    let key = key();
    let claims = claims(&key);
    let table = table(key);

    table.remove_account(account_id(1));

    assert_eq!(table.caller(&claims, ADDRESS, NOW_MS).unwrap_err(), TokenRefusal::WrongAccount);
}

#[test]
fn token_of_an_older_epoch_is_refused() {
    let key = key();
    let claims = claims(&key);
    let table = table(key);

    table.put_account(account_id(1), AccountState { token_epoch: 6, ..account() });

    assert_eq!(table.caller(&claims, ADDRESS, NOW_MS).unwrap_err(), TokenRefusal::EpochTooOld);
}

#[test]
fn suspension_and_plan_are_no_reason_for_a_401() {
    let key = key();
    let claims = claims(&key);
    let table = table(key);
    let state = AccountState { plan: Plan::Personal, suspended: true, ..account() };

    table.put_account(account_id(1), state);

    assert_eq!(table.caller(&claims, ADDRESS, NOW_MS).unwrap().account, state);
}

#[test]
fn workspace_is_open_by_key_wide_and_by_single_roles() {
    let (viewer, review) =
        ([WorkspaceRole::Viewer].into_iter().collect(), [WorkspaceRole::Review].into_iter().collect());
    let key = KeyState {
        workspace_roles: viewer,
        memberships: HashMap::from([(workspace_id(1), review)]),
        ..key()
    };
    let claims = claims(&key);
    let table = table(key);
    let state = WorkspaceState { account_id: account_id(1), deleted: false };
    table.put_workspace(workspace_id(1), state);
    table.put_workspace(workspace_id(2), state);

    let caller = table.caller(&claims, ADDRESS, NOW_MS).unwrap();

    assert_eq!(table.roles_in_workspace(&caller, workspace_id(1)), Some(viewer.union(review)));
    assert_eq!(table.roles_in_workspace(&caller, workspace_id(2)), Some(viewer));
}

#[test]
fn workspace_that_is_foreign_deleted_unknown_or_without_a_role_is_closed() {
    let viewer: WorkspaceRoles = [WorkspaceRole::Viewer].into_iter().collect();
    let memberships = (1..=3).map(|n| (workspace_id(n), viewer)).collect();
    let key = KeyState { memberships, ..key() };
    let claims = claims(&key);
    let table = table(key);
    let own = WorkspaceState { account_id: account_id(1), deleted: false };
    table.put_workspace(workspace_id(1), WorkspaceState { account_id: account_id(2), ..own });
    table.put_workspace(workspace_id(2), WorkspaceState { deleted: true, ..own });
    table.put_workspace(workspace_id(4), own);
    let caller = table.caller(&claims, ADDRESS, NOW_MS).unwrap();

    for n in 1..=4 {
        assert_eq!(table.roles_in_workspace(&caller, workspace_id(n)), None, "workspace {n}");
    }
    table.put_workspace(workspace_id(3), own);
    assert!(table.roles_in_workspace(&caller, workspace_id(3)).is_some());
    table.remove_workspace(workspace_id(3));
    assert_eq!(table.roles_in_workspace(&caller, workspace_id(3)), None);
}

#[test]
fn workspace_that_the_key_is_not_narrowed_to_is_closed() {
    let limits = KeyLimits { workspace_ids: Some([workspace_id(1)].into()), ..KeyLimits::default() };
    let viewer = [WorkspaceRole::Viewer].into_iter().collect();
    let key = KeyState { workspace_roles: viewer, limits, ..key() };
    let claims = claims(&key);
    let table = table(key);
    let state = WorkspaceState { account_id: account_id(1), deleted: false };
    table.put_workspace(workspace_id(1), state);
    table.put_workspace(workspace_id(2), state);

    let caller = table.caller(&claims, ADDRESS, NOW_MS).unwrap();

    assert_eq!(table.roles_in_workspace(&caller, workspace_id(1)), Some(viewer));
    assert_eq!(table.roles_in_workspace(&caller, workspace_id(2)), None);
}

#[test]
fn token_from_an_address_that_the_key_is_not_narrowed_to_is_refused() {
    let networks = Some(vec!["192.0.2.0/24".parse().unwrap()]);
    let key = KeyState { limits: KeyLimits { networks, ..KeyLimits::default() }, ..key() };
    let claims = claims(&key);
    let table = table(key);

    assert!(table.caller(&claims, ADDRESS, NOW_MS).is_ok());
    for elsewhere in ["198.51.100.1".parse().ok(), None] {
        let refusal = table.caller(&claims, elsewhere, NOW_MS).unwrap_err();
        assert_eq!(refusal, TokenRefusal::AddressNotAllowed, "{elsewhere:?}");
    }
}

#[test]
fn revoked_token_is_refused_and_another_of_the_same_key_is_not() {
    let key = key();
    let (revoked, other) = (claims(&key), claims(&key));
    let table = table(key);
    table.revoke_token(revoked.jti.clone(), NOW_MS + 1);

    assert_eq!(table.caller(&revoked, ADDRESS, NOW_MS).unwrap_err(), TokenRefusal::TokenRevoked);
    assert!(table.caller(&other, ADDRESS, NOW_MS).is_ok());

    table.drop_expired_tokens(NOW_MS);
    assert!(table.caller(&revoked, ADDRESS, NOW_MS).is_err(), "it is remembered until it would have expired");
    table.drop_expired_tokens(NOW_MS + 1);
    assert!(table.caller(&revoked, ADDRESS, NOW_MS).is_ok(), "the verifier refuses it as expired by then");
}

#[test]
fn key_is_found_by_any_text() {
    let key = key();
    let key_id = key.key_id.clone();
    let table = table(key);

    assert_eq!(table.find_key(key_id.as_str()).unwrap().key_id, key_id);
    assert!(table.find_key("'; drop table keys").is_none());
}

#[test]
fn secrets_are_found_by_their_keys_id_until_the_key_is_removed() {
    let key = key();
    let key_id = key.key_id.clone();
    let table = table(key);
    let secret =
        StoredSecret { version: 2, pepper_id: 1, mac: [7; 32], expires_at_ms: None, revoked_at_ms: None };

    table.put_secrets(key_id.clone(), vec![secret]);

    assert_eq!(*table.find_secrets(key_id.as_str()), [secret]);
    assert!(table.find_secrets("no key at all").is_empty());
    table.put_secrets(key_id.clone(), vec![secret, StoredSecret { version: 3, ..secret }]);
    assert_eq!(table.find_secrets(key_id.as_str()).len(), 2);
    table.remove_key(&key_id);
    assert!(table.find_secrets(key_id.as_str()).is_empty());
}

#[test]
fn code_of_a_secret_is_not_shown_by_debug() {
    let secret =
        StoredSecret { version: 2, pepper_id: 1, mac: [77; 32], expires_at_ms: None, revoked_at_ms: None };
    assert!(!format!("{secret:?}").contains("77"));
}
