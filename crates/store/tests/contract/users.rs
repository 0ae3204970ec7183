//! Users.

use mudlark_store::{NewUser, Store, UserKind, UserRow};
use mudlark_types::UserId;

use crate::on_both_databases;
use crate::world::{NOW, id, person};

on_both_databases!(
    person_is_read_back_with_every_member,
    service_user_is_read_back_without_what_it_lacks,
    unknown_user_is_not_found,
    users_are_listed_by_ids_without_the_unknown,
    more_users_than_one_query_takes_are_listed,
    empty_list_of_ids_answers_no_user,
    second_user_with_the_same_id_conflicts_with_the_primary_key,
);

async fn person_is_read_back_with_every_member(store: Store) {
    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&person(id(1))).await.unwrap();
    tx.commit().await.unwrap();

    let found = store.read().await.unwrap().find_user(id(1)).await.unwrap();

    let expected = UserRow {
        id: id(1),
        kind: UserKind::Person,
        username: "Mira".to_owned(),
        email: Some("mira@studio.example".to_owned()),
        first_name: Some("Mira".to_owned()),
        last_name: Some("Ünal".to_owned()),
        default_avatar: 7,
        avatar_file_id: None,
        industry: None,
        occupation: None,
        company: None,
        city: None,
        state: None,
        country: None,
        zip_code: None,
        invited_by_user_id: None,
        created_at_ms: NOW,
        updated_at_ms: NOW,
    };
    assert_eq!(found, Some(expected));
}

async fn service_user_is_read_back_without_what_it_lacks(store: Store) {
    let mut tx = store.begin().await.unwrap();
    let service = NewUser {
        kind: UserKind::Service,
        username: "Build farm".to_owned(),
        email: None,
        first_name: None,
        last_name: None,
        ..person(id(1))
    };
    tx.insert_user(&service).await.unwrap();

    let found = tx.find_user(id(1)).await.unwrap().unwrap();

    assert_eq!(found.kind, UserKind::Service);
    assert_eq!((found.email, found.first_name, found.last_name), (None, None, None));
}

async fn unknown_user_is_not_found(store: Store) {
    assert_eq!(store.read().await.unwrap().find_user(id(1)).await.unwrap(), None);
}

async fn users_are_listed_by_ids_without_the_unknown(store: Store) {
    let mut tx = store.begin().await.unwrap();
    for number in 1..=3 {
        tx.insert_user(&person(id(number))).await.unwrap();
    }

    let mut listed = tx.list_users_by_ids(&[id(3), id(9), id(1)]).await.unwrap();

    listed.sort_by_key(|row| row.id);
    assert_eq!(listed.iter().map(|row| row.id).collect::<Vec<UserId>>(), [id(1), id(3)]);
}

async fn more_users_than_one_query_takes_are_listed(store: Store) {
    let mut tx = store.begin().await.unwrap();
    let ids: Vec<UserId> = (1..=300).map(id).collect();
    for user_id in &ids {
        tx.insert_user(&person(*user_id)).await.unwrap();
    }

    let mut listed: Vec<UserId> =
        tx.list_users_by_ids(&ids).await.unwrap().into_iter().map(|row| row.id).collect();

    listed.sort();
    assert_eq!(listed, ids);
}

async fn empty_list_of_ids_answers_no_user(store: Store) {
    assert_eq!(store.read().await.unwrap().list_users_by_ids(&[]).await.unwrap(), []);
}

async fn second_user_with_the_same_id_conflicts_with_the_primary_key(store: Store) {
    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&person(id(1))).await.unwrap();

    let refused = tx.insert_user(&person(id(1))).await.unwrap_err();

    assert!(refused.is_conflict_on("users_pkey"), "{refused:?}");
}
