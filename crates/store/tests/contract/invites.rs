//! Invites: found by their token, one open an address, ended once.

use mudlark_store::{INVITE_OPEN, InviteEnd, NewInvite, Page, Store};
use mudlark_types::{AccountRole, WorkspaceRole};

use crate::on_both_databases;
use crate::world::{NOW, SECOND, World, id, person};

on_both_databases!(
    invite_is_found_by_its_token_in_its_account,
    address_has_one_open_invite_an_account,
    expired_invite_makes_way_for_another,
    invite_ends_once_and_not_after_its_time,
    invite_sent_again_is_found_by_its_new_token_alone,
    open_invites_are_listed_by_address,
    person_is_found_by_the_address_they_were_invited_under,
);

const END: i64 = NOW + 1000;

fn invite(world: &World, number: u8) -> NewInvite {
    NewInvite {
        id: id(0x50 + u128::from(number)),
        account_id: world.account,
        email: format!("U{number}@x.example"),
        email_key: format!("u{number}@x.example"),
        account_roles: [AccountRole::Member].into_iter().collect(),
        workspace_roles: [WorkspaceRole::Viewer].into_iter().collect(),
        workspace_ids: world.workspace.to_string(),
        token_sha256: vec![number; 32],
        invited_by_user_id: world.user,
        expires_at_ms: END,
        created_at_ms: NOW + i64::from(number),
    }
}

async fn invite_is_found_by_its_token_in_its_account(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    let made = invite(&world, 1);
    tx.insert_invite(&made).await.unwrap();

    let found = tx.find_invite_by_token(&[1; 32]).await.unwrap().unwrap();

    assert_eq!((found.id, &found.email, found.sent_at_ms), (made.id, &made.email, NOW + 1));
    assert_eq!((found.account_roles, found.workspace_roles), (made.account_roles, made.workspace_roles));
    assert_eq!(tx.find_invite(world.account, made.id).await.unwrap(), Some(found));
    assert_eq!(tx.find_invite(id(SECOND), made.id).await.unwrap(), None);
    assert_eq!(tx.find_invite_by_token(&[2; 32]).await.unwrap(), None);
    assert!(!tx.delete_invite(id(SECOND), made.id).await.unwrap());
    assert!(tx.delete_invite(world.account, made.id).await.unwrap());
    assert_eq!(tx.count_invites(world.account).await.unwrap(), 0);
}

async fn address_has_one_open_invite_an_account(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_invite(&invite(&world, 1)).await.unwrap();
    let elsewhere = NewInvite { id: id(0x71), token_sha256: vec![8; 32], ..invite(&other, 1) };
    tx.insert_invite(&elsewhere).await.unwrap();

    let again = NewInvite { id: id(0x70), token_sha256: vec![9; 32], ..invite(&world, 1) };
    let refused = tx.insert_invite(&again).await.unwrap_err();

    assert!(refused.is_conflict_on(INVITE_OPEN), "{refused:?}");
}

async fn expired_invite_makes_way_for_another(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_invite(&invite(&world, 1)).await.unwrap();
    let later = NewInvite {
        id: id(0x70),
        token_sha256: vec![9; 32],
        created_at_ms: END,
        expires_at_ms: END + 1,
        ..invite(&world, 1)
    };

    tx.insert_invite(&later).await.unwrap();

    assert_eq!(tx.count_invites(world.account).await.unwrap(), 1);
    assert_eq!(tx.find_invite_by_token(&[1; 32]).await.unwrap(), None);
}

async fn invite_ends_once_and_not_after_its_time(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    for number in 1..=3 {
        tx.insert_invite(&invite(&world, number)).await.unwrap();
    }
    let [first, second, third] = [1, 2, 3].map(|number| invite(&world, number).id);

    assert!(tx.end_invite(first, InviteEnd::Accepted, END - 1).await.unwrap());
    assert!(!tx.end_invite(first, InviteEnd::Accepted, END - 1).await.unwrap());
    assert!(!tx.end_invite(first, InviteEnd::Rejected, END - 1).await.unwrap());
    assert!(tx.end_invite(second, InviteEnd::Rejected, END - 1).await.unwrap());
    assert!(!tx.end_invite(third, InviteEnd::Accepted, END).await.unwrap());

    let row = tx.find_invite(world.account, first).await.unwrap().unwrap();
    assert_eq!((row.accepted_at_ms, row.rejected_at_ms), (Some(END - 1), None));
    assert_eq!(tx.count_open_invites(world.account, END - 1).await.unwrap(), 1);
    assert_eq!(tx.count_open_invites(world.account, END).await.unwrap(), 0);
}

async fn invite_sent_again_is_found_by_its_new_token_alone(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    let made = invite(&world, 1);
    tx.insert_invite(&made).await.unwrap();

    assert!(tx.update_invite_token(world.account, made.id, &[9; 32], END + 9, END).await.unwrap());

    assert_eq!(tx.find_invite_by_token(&[1; 32]).await.unwrap(), None);
    let row = tx.find_invite_by_token(&[9; 32]).await.unwrap().unwrap();
    assert_eq!((row.expires_at_ms, row.sent_at_ms, row.created_at_ms), (END + 9, END, NOW + 1));
    tx.end_invite(made.id, InviteEnd::Accepted, END).await.unwrap();
    assert!(!tx.update_invite_token(world.account, made.id, &[7; 32], END + 9, END).await.unwrap());
}

async fn open_invites_are_listed_by_address(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_invite(&invite(&world, 1)).await.unwrap();
    tx.insert_invite(&invite(&world, 2)).await.unwrap();
    let elsewhere =
        NewInvite { id: id(0x71), token_sha256: vec![8; 32], created_at_ms: NOW + 9, ..invite(&other, 1) };
    tx.insert_invite(&elsewhere).await.unwrap();

    let first = tx.list_invites_to("u1@x.example", NOW, Page::first(1)).await.unwrap();
    let after = first.last().map(|row| (row.created_at_ms, row.id.as_uuid()));
    let rest = tx.list_invites_to("u1@x.example", NOW, Page { after, limit: 9 }).await.unwrap();

    let ids: Vec<_> = first.iter().chain(&rest).map(|row| row.id).collect();
    assert_eq!(ids, [invite(&world, 1).id, elsewhere.id]);
    assert_eq!(tx.count_invites_to("u1@x.example", NOW).await.unwrap(), 2);
    assert_eq!(tx.count_invites_to("u1@x.example", END).await.unwrap(), 0);
    let listed = tx.list_invites(world.account, Page::first(9)).await.unwrap();
    assert_eq!(listed.len(), 2);
}

async fn person_is_found_by_the_address_they_were_invited_under(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&person(id(7))).await.unwrap();
    tx.update_user_invited(id(7), "mira@studio.example", Some(world.user)).await.unwrap();

    let found = tx.find_person_by_email("mira@studio.example").await.unwrap().unwrap();

    assert_eq!((found.id, found.invited_by_user_id), (id(7), Some(world.user)));
    assert_eq!(tx.find_person_by_email("other@studio.example").await.unwrap(), None);
    let refused = tx.update_user_invited(world.user, "mira@studio.example", Some(id(7))).await.unwrap_err();
    assert!(refused.is_conflict_on("users_email_key_key"), "{refused:?}");
}
