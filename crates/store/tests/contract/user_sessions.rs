//! People who sign in: their passwords, their sessions, and links that are good for once.

use mudlark_store::{AuthSubject, PasswordRow, SignInLinkRow, Store, Tx, UserSessionRow};
use mudlark_types::{AccountRole, UserId, WorkspaceRole};

use crate::on_both_databases;
use crate::sign_in_ways::insert_sign_in_ways;
use crate::world::{FIRST, NOW, SECOND, World, id, sha256};

on_both_databases!(
    password_is_read_back_and_replaced,
    sessions_are_listed_by_user_oldest_first,
    session_is_ended_by_its_user_alone,
    all_sessions_but_one_end,
    use_of_a_session_is_noted_once_in_a_while,
    sessions_that_are_over_are_found_and_cleared_away,
    two_sessions_never_have_one_token,
    link_is_taken_once_and_never_after_its_end,
    links_of_a_user_go_together,
    installation_begins_with_an_account_or_a_password,
    roles_of_those_who_have_sessions_are_listed_alone,
    person_is_told_in_the_log_of_changes,
    user_who_goes_takes_all_that_they_sign_in_with_along,
);

fn session(number: u8, user_id: UserId) -> UserSessionRow {
    UserSessionRow {
        id: id(u128::from(number)),
        user_id,
        token_sha256: sha256(number, 0),
        address: Some("192.0.2.7".to_owned()),
        user_agent: Some("Browser".to_owned()),
        created_at_ms: NOW + i64::from(number),
        last_used_at_ms: NOW + i64::from(number),
        expires_at_ms: NOW + 1000,
    }
}

fn link(number: u8, user_id: Option<UserId>) -> SignInLinkRow {
    SignInLinkRow { token_sha256: sha256(number, 0), user_id, created_at_ms: NOW, expires_at_ms: NOW + 10 }
}

fn password(user_id: UserId, hash: &str) -> PasswordRow {
    PasswordRow { user_id, hash: hash.to_owned(), changed_at_ms: NOW }
}

/// All that somebody who signs in has, for tests of what becomes of it.
pub(crate) async fn insert_sign_in(tx: &mut Tx, user_id: UserId) {
    tx.upsert_password(&password(user_id, "a")).await.unwrap();
    tx.insert_user_session(&session(1, user_id)).await.unwrap();
    tx.insert_sign_in_link(&link(1, Some(user_id))).await.unwrap();
    insert_sign_in_ways(tx, user_id).await;
}

async fn password_is_read_back_and_replaced(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.find_password(world.user).await.unwrap(), None);

    tx.upsert_password(&password(world.user, "a")).await.unwrap();
    tx.upsert_password(&password(world.user, "b")).await.unwrap();

    assert_eq!(tx.find_password(world.user).await.unwrap(), Some(password(world.user, "b")));
    assert!(tx.delete_password(world.user).await.unwrap());
    assert!(!tx.delete_password(world.user).await.unwrap());
}

async fn sessions_are_listed_by_user_oldest_first(store: Store) {
    let (world, other) = (World::make_at(&store, FIRST).await, World::make_at(&store, SECOND).await);
    let mut tx = store.begin().await.unwrap();
    for row in [session(2, world.user), session(1, world.user), session(3, other.user)] {
        tx.insert_user_session(&row).await.unwrap();
    }

    let own = tx.list_user_sessions(world.user).await.unwrap();
    let all = tx.list_all_user_sessions().await.unwrap();

    assert_eq!(own, [session(1, world.user), session(2, world.user)]);
    assert_eq!(all, [session(1, world.user), session(2, world.user), session(3, other.user)]);
}

async fn session_is_ended_by_its_user_alone(store: Store) {
    let (world, other) = (World::make_at(&store, FIRST).await, World::make_at(&store, SECOND).await);
    let mut tx = store.begin().await.unwrap();
    tx.insert_user_session(&session(1, world.user)).await.unwrap();

    assert!(!tx.delete_user_session(other.user, id(1)).await.unwrap());
    assert!(tx.delete_user_session(world.user, id(1)).await.unwrap());
    assert!(!tx.delete_user_session(world.user, id(1)).await.unwrap());
}

async fn all_sessions_but_one_end(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    for number in 1..=3 {
        tx.insert_user_session(&session(number, world.user)).await.unwrap();
    }

    assert_eq!(tx.delete_user_sessions(world.user, Some(id(2))).await.unwrap(), 2);
    assert_eq!(tx.list_user_sessions(world.user).await.unwrap(), [session(2, world.user)]);
    assert_eq!(tx.delete_user_sessions(world.user, None).await.unwrap(), 1);
}

async fn use_of_a_session_is_noted_once_in_a_while(store: Store) {
    let (world, other) = (World::make_at(&store, FIRST).await, World::make_at(&store, SECOND).await);
    let mut tx = store.begin().await.unwrap();
    tx.insert_user_session(&session(1, world.user)).await.unwrap();

    assert!(!tx.update_user_session_last_used(other.user, id(1), NOW + 9, NOW + 5).await.unwrap());
    assert!(tx.update_user_session_last_used(world.user, id(1), NOW + 9, NOW + 5).await.unwrap());
    assert!(!tx.update_user_session_last_used(world.user, id(1), NOW + 10, NOW + 6).await.unwrap());
    assert_eq!(tx.list_user_sessions(world.user).await.unwrap()[0].last_used_at_ms, NOW + 9);
}

async fn sessions_that_are_over_are_found_and_cleared_away(store: Store) {
    let (world, other) = (World::make_at(&store, FIRST).await, World::make_at(&store, SECOND).await);
    let mut tx = store.begin().await.unwrap();
    let ended = UserSessionRow { expires_at_ms: NOW + 5, ..session(3, world.user) };
    for row in [session(1, world.user), session(2, world.user), ended, session(4, other.user)] {
        tx.insert_user_session(&row).await.unwrap();
    }

    // Idle since before the second began, and past the end of the third.
    let users = tx.list_users_with_ended_sessions(NOW + 1, NOW + 5, 10).await.unwrap();
    let cleared = tx.delete_ended_user_sessions(world.user, NOW + 1, NOW + 5).await.unwrap();

    assert_eq!(users, [world.user]);
    assert_eq!(cleared, 2);
    assert_eq!(tx.list_user_sessions(world.user).await.unwrap(), [session(2, world.user)]);
    assert_eq!(tx.list_users_with_ended_sessions(NOW + 1, NOW + 5, 10).await.unwrap(), []);
}

async fn two_sessions_never_have_one_token(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_user_session(&session(1, world.user)).await.unwrap();

    let same = UserSessionRow { id: id(2), ..session(1, world.user) };
    let refused = tx.insert_user_session(&same).await.unwrap_err();

    assert!(refused.is_conflict_on("user_sessions_token_sha256_key"), "{refused:?}");
}

async fn link_is_taken_once_and_never_after_its_end(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_sign_in_link(&link(1, Some(world.user))).await.unwrap();

    assert_eq!(tx.find_sign_in_link(&sha256(1, 0), NOW + 10).await.unwrap(), None);
    assert!(!tx.take_sign_in_link(&sha256(1, 0), NOW + 10).await.unwrap());
    assert_eq!(tx.find_sign_in_link(&sha256(1, 0), NOW + 9).await.unwrap(), Some(link(1, Some(world.user))));
    assert!(tx.take_sign_in_link(&sha256(1, 0), NOW + 9).await.unwrap());
    assert!(!tx.take_sign_in_link(&sha256(1, 0), NOW + 9).await.unwrap());
}

async fn links_of_a_user_go_together(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    for row in [link(1, Some(world.user)), link(2, Some(world.user)), link(3, None)] {
        tx.insert_sign_in_link(&row).await.unwrap();
    }

    assert_eq!(tx.delete_sign_in_links(Some(world.user)).await.unwrap(), 2);
    assert_eq!(tx.delete_expired_sign_in_links(NOW + 9).await.unwrap(), 0);
    assert_eq!(tx.find_sign_in_link(&sha256(3, 0), NOW).await.unwrap(), Some(link(3, None)));
    assert_eq!(tx.delete_expired_sign_in_links(NOW + 10).await.unwrap(), 1);
    assert_eq!(tx.delete_sign_in_links(None).await.unwrap(), 0);
}

async fn installation_begins_with_an_account_or_a_password(store: Store) {
    assert!(!store.read().await.unwrap().has_account_or_password().await.unwrap());

    World::make(&store).await;

    assert!(store.read().await.unwrap().has_account_or_password().await.unwrap());
}

async fn roles_of_those_who_have_sessions_are_listed_alone(store: Store) {
    let (world, other) = (World::make_at(&store, FIRST).await, World::make_at(&store, SECOND).await);
    let (owner, viewer) =
        ([AccountRole::Owner].into_iter().collect(), [WorkspaceRole::Viewer].into_iter().collect());
    let mut tx = store.begin().await.unwrap();
    for world in [&world, &other] {
        tx.upsert_account_member(world.account, world.user, owner, NOW).await.unwrap();
        tx.upsert_workspace_member(world.workspace, world.user, viewer, NOW).await.unwrap();
    }
    tx.insert_user_session(&session(1, world.user)).await.unwrap();
    tx.insert_user_session(&session(2, world.user)).await.unwrap();

    let in_accounts = tx.list_account_roles_of_sessions().await.unwrap();
    let in_workspaces = tx.list_workspace_roles_of_sessions().await.unwrap();

    assert_eq!(in_accounts, [(world.user, world.account, owner)]);
    assert_eq!(in_workspaces, [(world.user, world.workspace, viewer)]);
    assert_eq!(tx.list_account_roles_of_user(other.user).await.unwrap(), [(other.account, owner)]);
}

async fn person_is_told_in_the_log_of_changes(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();

    let revision = tx.record_auth_change(AuthSubject::Person(world.user)).await.unwrap();

    let changes = tx.list_auth_changes(revision - 1, 10).await.unwrap();
    assert_eq!(
        changes.iter().map(|change| &change.subject).collect::<Vec<_>>(),
        [&AuthSubject::Person(world.user)]
    );
}

async fn user_who_goes_takes_all_that_they_sign_in_with_along(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    insert_sign_in(&mut tx, world.user).await;

    assert!(tx.delete_user_without_account(world.user).await.unwrap());

    assert_eq!(tx.find_password(world.user).await.unwrap(), None);
    assert_eq!(tx.list_user_sessions(world.user).await.unwrap(), []);
    assert_eq!(tx.list_passkeys(world.user).await.unwrap(), []);
    let revision = tx.auth_revision().await.unwrap();
    let last = tx.list_auth_changes(revision - 1, 1).await.unwrap().remove(0);
    assert_eq!(last.subject, AuthSubject::Person(world.user));
}
