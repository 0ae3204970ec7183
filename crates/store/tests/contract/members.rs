//! Memberships of accounts and workspaces.

use mudlark_store::error::FOREIGN_KEY;
use mudlark_store::{AccountMemberRow, NewApiKey, NewUser, Page, Store, UserKind, WorkspaceMemberRow};
use mudlark_types::{AccountRole, AccountRoles, UserId, WorkspaceRole, WorkspaceRoles};

use crate::on_both_databases;
use crate::world::{NOW, SECOND, World, api_key, id, person, workspace};

on_both_databases!(
    account_member_is_read_back_with_its_roles,
    account_member_given_other_roles_keeps_its_beginning,
    account_member_without_roles_is_read_back_without,
    stranger_is_no_account_member,
    account_members_are_listed_longest_first,
    account_member_that_is_no_user_conflicts_with_the_foreign_key,
    workspace_member_is_read_back_with_its_roles,
    workspace_member_given_other_roles_keeps_its_beginning,
    stranger_is_no_workspace_member,
    workspace_members_are_listed_longest_first,
    roles_of_a_user_are_listed_for_each_workspace,
    roles_of_keys_are_listed_and_of_nobody_else,
    member_taken_out_of_an_account_leaves_its_workspaces_alone,
    other_owner_is_a_person_or_a_key_that_stands,
    key_is_found_by_its_user_in_its_account_alone,
);

fn viewer() -> WorkspaceRoles {
    [WorkspaceRole::Viewer].into_iter().collect()
}

fn art_and_review() -> WorkspaceRoles {
    [WorkspaceRole::ManageArt, WorkspaceRole::Review].into_iter().collect()
}

fn owner_and_admin() -> AccountRoles {
    [AccountRole::Owner, AccountRole::Admin].into_iter().collect()
}

async fn account_member_is_read_back_with_its_roles(store: Store) {
    let World { account, user, .. } = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();

    tx.upsert_account_member(account, user, owner_and_admin(), NOW).await.unwrap();

    let expected = AccountMemberRow {
        account_id: account,
        user_id: user,
        roles: owner_and_admin(),
        created_at_ms: NOW,
        updated_at_ms: NOW,
    };
    assert_eq!(tx.find_account_member(account, user).await.unwrap(), Some(expected));
}

async fn account_member_given_other_roles_keeps_its_beginning(store: Store) {
    let World { account, user, .. } = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    let member = [AccountRole::Member].into_iter().collect();

    tx.upsert_account_member(account, user, owner_and_admin(), NOW).await.unwrap();
    tx.upsert_account_member(account, user, member, NOW + 1).await.unwrap();

    let found = tx.find_account_member(account, user).await.unwrap().unwrap();
    assert_eq!((found.roles, found.created_at_ms, found.updated_at_ms), (member, NOW, NOW + 1));
}

async fn account_member_without_roles_is_read_back_without(store: Store) {
    let World { account, user, .. } = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();

    tx.upsert_account_member(account, user, AccountRoles::EMPTY, NOW).await.unwrap();

    let found = tx.find_account_member(account, user).await.unwrap().unwrap();
    assert_eq!(found.roles, AccountRoles::EMPTY);
}

async fn stranger_is_no_account_member(store: Store) {
    let world = World::make(&store).await;
    let mut session = store.read().await.unwrap();
    assert_eq!(session.find_account_member(world.account, world.user).await.unwrap(), None);
}

async fn account_members_are_listed_longest_first(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    for (number, since_ms) in [(1, NOW + 1), (2, NOW)] {
        tx.insert_user(&person(id(number))).await.unwrap();
        tx.upsert_account_member(world.account, id(number), owner_and_admin(), since_ms).await.unwrap();
    }

    let first = tx.list_account_members(world.account, Page::first(1)).await.unwrap();
    let after = first.last().map(|row| (row.member.created_at_ms, row.user.id.as_uuid()));
    let rest = tx.list_account_members(world.account, Page { after, limit: 100 }).await.unwrap();

    let ids: Vec<UserId> = first.iter().chain(&rest).map(|row| row.member.user_id).collect();
    assert_eq!(ids, [id(2), id(1)]);
    assert_eq!(first[0].user.id, first[0].member.user_id);
    assert_eq!(tx.count_account_members(world.account).await.unwrap(), 2);
}

async fn account_member_that_is_no_user_conflicts_with_the_foreign_key(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();

    let refused = tx.upsert_account_member(world.account, id(9), owner_and_admin(), NOW).await.unwrap_err();

    assert!(refused.is_conflict_on(FOREIGN_KEY), "{refused:?}");
}

async fn workspace_member_is_read_back_with_its_roles(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();

    tx.upsert_workspace_member(world.workspace, world.user, art_and_review(), NOW).await.unwrap();

    let expected = WorkspaceMemberRow {
        workspace_id: world.workspace,
        user_id: world.user,
        roles: art_and_review(),
        created_at_ms: NOW,
        updated_at_ms: NOW,
    };
    assert_eq!(tx.find_workspace_member(world.workspace, world.user).await.unwrap(), Some(expected));
}

async fn workspace_member_given_other_roles_keeps_its_beginning(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();

    tx.upsert_workspace_member(world.workspace, world.user, art_and_review(), NOW).await.unwrap();
    tx.upsert_workspace_member(world.workspace, world.user, viewer(), NOW + 1).await.unwrap();

    let found = tx.find_workspace_member(world.workspace, world.user).await.unwrap().unwrap();
    assert_eq!((found.roles, found.created_at_ms, found.updated_at_ms), (viewer(), NOW, NOW + 1));
}

async fn stranger_is_no_workspace_member(store: Store) {
    let world = World::make(&store).await;
    let mut session = store.read().await.unwrap();
    assert_eq!(session.find_workspace_member(world.workspace, world.user).await.unwrap(), None);
}

async fn workspace_members_are_listed_longest_first(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    for (number, since_ms) in [(1, NOW + 1), (2, NOW)] {
        tx.insert_user(&person(id(number))).await.unwrap();
        tx.upsert_workspace_member(world.workspace, id(number), viewer(), since_ms).await.unwrap();
    }

    let first = tx.list_workspace_members(world.workspace, Page::first(1)).await.unwrap();
    let after = first.last().map(|row| (row.member.created_at_ms, row.user.id.as_uuid()));
    let rest = tx.list_workspace_members(world.workspace, Page { after, limit: 100 }).await.unwrap();

    let ids: Vec<UserId> = first.iter().chain(&rest).map(|row| row.member.user_id).collect();
    assert_eq!(ids, [id(2), id(1)]);
    assert_eq!(first[0].user.id, first[0].member.user_id);
    assert_eq!(tx.count_workspace_members(world.workspace).await.unwrap(), 2);
}

async fn roles_of_a_user_are_listed_for_each_workspace(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_workspace(&workspace(id(9), world.account, NOW)).await.unwrap();
    tx.upsert_workspace_member(world.workspace, world.user, viewer(), NOW).await.unwrap();
    tx.upsert_workspace_member(id(9), world.user, art_and_review(), NOW).await.unwrap();

    let listed = tx.list_workspace_roles_of_user(world.user).await.unwrap();

    assert_eq!(listed, [(id(9), art_and_review()), (world.workspace, viewer())]);
}

async fn roles_of_keys_are_listed_and_of_nobody_else(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&person(id(8))).await.unwrap();
    tx.insert_api_key(&api_key(world.account, world.user, "k1", NOW)).await.unwrap();
    for user in [world.user, id(8)] {
        tx.upsert_account_member(world.account, user, owner_and_admin(), NOW).await.unwrap();
        tx.upsert_workspace_member(world.workspace, user, viewer(), NOW).await.unwrap();
    }

    let of_account = tx.list_account_roles_of_keys().await.unwrap();
    let of_workspaces = tx.list_workspace_roles_of_keys().await.unwrap();

    assert_eq!(of_account, [(world.user, owner_and_admin())]);
    assert_eq!(of_workspaces, [(world.user, world.workspace, viewer())]);
}

async fn member_taken_out_of_an_account_leaves_its_workspaces_alone(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();
    for place in [world, other] {
        tx.upsert_account_member(place.account, world.user, owner_and_admin(), NOW).await.unwrap();
        tx.upsert_workspace_member(place.workspace, world.user, viewer(), NOW).await.unwrap();
    }

    assert!(tx.delete_account_member(world.account, world.user).await.unwrap());

    assert!(!tx.delete_account_member(world.account, world.user).await.unwrap());
    assert_eq!(tx.list_workspace_roles_of_user(world.user).await.unwrap(), [(other.workspace, viewer())]);
    assert!(tx.find_account_member(other.account, world.user).await.unwrap().is_some());
    assert!(tx.delete_workspace_member(other.workspace, world.user).await.unwrap());
    assert!(!tx.delete_workspace_member(other.workspace, world.user).await.unwrap());
}

async fn other_owner_is_a_person_or_a_key_that_stands(store: Store) {
    let World { account, user, .. } = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    let service = NewUser { kind: UserKind::Service, ..person(id(7)) };
    tx.insert_user(&service).await.unwrap();
    tx.upsert_account_member(account, user, owner_and_admin(), NOW).await.unwrap();
    tx.upsert_account_member(account, id(7), owner_and_admin(), NOW).await.unwrap();

    assert!(!tx.has_other_owner(account, user, NOW).await.unwrap(), "a service user without a key");
    let key = NewApiKey { expires_at_ms: Some(NOW + 1), ..api_key(account, id(7), "k1", NOW) };
    tx.insert_api_key(&key).await.unwrap();
    assert!(tx.has_other_owner(account, user, NOW).await.unwrap());
    assert!(!tx.has_other_owner(account, user, NOW + 1).await.unwrap(), "the key has ended");
    assert!(tx.has_other_owner(account, id(7), NOW).await.unwrap(), "a person");
    assert_eq!(tx.count_usable_api_keys(account, NOW).await.unwrap(), 1);
    tx.update_api_key_revoked("k1", NOW).await.unwrap();
    assert!(!tx.has_other_owner(account, user, NOW).await.unwrap(), "the key is revoked");
    assert_eq!(tx.count_usable_api_keys(account, NOW).await.unwrap(), 0);
}

async fn key_is_found_by_its_user_in_its_account_alone(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_api_key(&api_key(world.account, world.user, "k1", NOW)).await.unwrap();

    let found = tx.find_api_key_of_user(world.account, world.user).await.unwrap();

    assert_eq!(found.map(|row| row.key_id).as_deref(), Some("k1"));
    assert_eq!(tx.find_api_key_of_user(id(SECOND), world.user).await.unwrap(), None);
}
