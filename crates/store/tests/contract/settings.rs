//! Settings: each owner's ids and names are its own.

use mudlark_store::settings::SETTING_NAME_TAKEN;
use mudlark_store::{Page, SettingRow, Store};

use crate::on_both_databases;
use crate::world::{NOW, SECOND, World, id};

on_both_databases!(
    setting_is_kept_in_place_of_the_one_before,
    owners_keep_their_settings_apart,
    name_is_taken_beside_one_owner_alone,
);

fn setting(world: &World, number: u128, name: &str) -> SettingRow {
    SettingRow {
        owner_id: world.account.as_uuid(),
        id: id(number),
        account_id: world.account,
        name: name.to_owned(),
        name_key: name.to_lowercase(),
        value: "{\"a\":[1,null]}".to_owned(),
        created_at_ms: NOW,
        updated_at_ms: NOW,
    }
}

async fn setting_is_kept_in_place_of_the_one_before(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    let first = setting(&world, 1, "Theme");
    tx.upsert_setting(&first).await.unwrap();
    let second =
        SettingRow { value: "1".to_owned(), created_at_ms: NOW + 9, updated_at_ms: NOW + 9, ..first.clone() };

    tx.upsert_setting(&second).await.unwrap();

    let expected = SettingRow { created_at_ms: NOW, ..second };
    assert_eq!(tx.find_setting(first.owner_id, first.id).await.unwrap(), Some(expected));
    assert_eq!(tx.count_settings(first.owner_id).await.unwrap(), 1);
}

async fn owners_keep_their_settings_apart(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    let of_account = setting(&world, 1, "Theme");
    let of_workspace = SettingRow { owner_id: world.workspace.as_uuid(), ..of_account.clone() };
    for row in [&of_account, &of_workspace] {
        tx.upsert_setting(row).await.unwrap();
    }

    let listed = tx.list_settings(of_workspace.owner_id, Page::first(9)).await.unwrap();

    assert_eq!(listed, [of_workspace]);
    assert_eq!(tx.find_setting(id(SECOND), of_account.id).await.unwrap(), None);
}

async fn name_is_taken_beside_one_owner_alone(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.upsert_setting(&setting(&world, 1, "Theme")).await.unwrap();

    let refused = tx.upsert_setting(&setting(&world, 2, "THEME")).await.unwrap_err();

    assert!(refused.is_conflict_on(SETTING_NAME_TAKEN), "{refused:?}");
}
