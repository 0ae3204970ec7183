//! All rows of a database in another one, of either kind, and back: looked at around the store, table by table.

use mudlark_store::row_copy::{COPIED, STAYING};
use mudlark_store::{
    AuditEntryRow, AuthSubject, NewEvent, RelocationRow, RowCopyError, RowsCopied, ServerProcessRow,
    SigningKeyRow, SigningKeyState, Store, copy_rows, find_difference,
};
use mudlark_types::EventType;

use crate::account_purge::fill_account;
use crate::database::{Database, Kind, Place};
use crate::everything::fill_workspace;
use crate::on_both_databases;
use crate::search::{filter, found_by};
use crate::world::{NOW, SECOND, World, asset_id, id, sha256};

on_both_databases!(
    every_table_is_copied_or_stays_for_a_reason,
    rows_that_went_to_another_database_and_back_are_those_that_were_there,
    copy_goes_on_counting_numbering_and_searching_from_there,
    rules_are_what_they_were_after_a_copy,
    copy_that_is_not_committed_leaves_nothing,
    database_that_holds_something_is_seen_to,
    changed_row_is_seen,
    whoever_wrote_too_late_sees_where_all_has_gone,
    note_of_a_relocation_is_one_and_can_be_taken_away,
);

/// Other events of one change than fit into a page.
const MANY: u128 = 700;

/// Puts something into every table.
async fn fill(store: &Store) -> World {
    let world = World::make(store).await;
    World::make_at(store, SECOND).await;
    fill_workspace(store, &world).await;
    fill_account(store, &world).await;
    let mut tx = store.begin().await.unwrap();
    // A folder below one that was made later: the order of keys is not that of references.
    let (first, later) = (id(0x3_0001), id(0x3_0002));
    tx.insert_folder(&world.folder(later, Some(world.root), "/later/")).await.unwrap();
    tx.insert_folder(&world.folder(first, Some(later), "/later/first/")).await.unwrap();
    let sequence = tx.next_sequence(world.account).await.unwrap();
    let event = |number| NewEvent {
        id: id(0x4_0000 + number),
        workspace_id: Some(world.workspace),
        asset_id: None,
        about_user_id: None,
        event_type: EventType::WorkspaceUpdated,
        record_id: world.workspace.as_uuid(),
        data: "{\"größer\": \"'\\\\\"}".to_owned(),
    };
    let events: Vec<NewEvent> = (0..MANY).map(event).collect();
    tx.insert_events(world.account, Some(world.user), &events, sequence, NOW).await.unwrap();
    let number = 0x5_0000;
    let removed = sha256(9, 9);
    assert!(tx.begin_content_removal(world.account, &removed, id(number), NOW, NOW).await.unwrap());
    fill_servers_own(&mut tx).await;
    tx.commit().await.unwrap();
    world
}

async fn fill_servers_own(tx: &mut mudlark_store::Tx) {
    tx.record_auth_change(AuthSubject::Secrets).await.unwrap();
    let key = SigningKeyRow {
        kid: "kid".to_owned(),
        state: SigningKeyState::Active,
        public_jwk: "{}".to_owned(),
        sealed_private: Some(vec![0, 255]),
        created_at_ms: NOW,
        activated_at_ms: Some(NOW),
        retired_at_ms: None,
    };
    tx.insert_signing_key(&key).await.unwrap();
    let line = AuditEntryRow {
        sequence: 1,
        at_ms: NOW,
        account_id: None,
        action: "token.issued".to_owned(),
        outcome: "allowed".to_owned(),
        reason: None,
        key_id: None,
        user_id: None,
        address: None,
        agent: None,
        request_id: None,
        token_id: None,
        subject: None,
        details: None,
        mac: vec![7; 32],
    };
    tx.insert_audit_entries(&[line]).await.unwrap();
    tx.update_audit_head(1, &[7; 32], &[8; 32]).await.unwrap();
    let process = ServerProcessRow {
        process_id: id::<mudlark_types::EventId>(0x6_0000).as_uuid(),
        applied_revision: 1,
        started_at_ms: NOW,
        seen_at_ms: NOW,
    };
    tx.upsert_server_process(&process).await.unwrap();
}

/// A fresh database of this kind, with all rows of another.
async fn copy_to(kind: Kind, source: &Store) -> (Place, Store, RowsCopied) {
    let place = Place::with_migrations(kind).await;
    let store = place.open().await.unwrap();
    let (mut from, mut to) = (source.begin().await.unwrap(), store.begin().await.unwrap());
    from.lock_for_copy().await.unwrap();
    let copied = copy_rows(&mut from, &mut to, &|_| ()).await.unwrap();
    to.commit().await.unwrap();
    assert_eq!(from.count_copied_rows().await.unwrap(), copied.rows);
    (place, store, copied)
}

async fn tables(place: &Place) -> Vec<String> {
    let tables = match place.kind() {
        Kind::Sqlite => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search_grams%'"
        }
        Kind::Postgres => {
            "SELECT table_name::TEXT FROM information_schema.tables WHERE table_schema = current_schema() \
             AND table_name <> 'search_grams'"
        }
    };
    let mut tables = place.query_texts(tables).await;
    tables.sort();
    tables
}

/// Every row of every table that is copied, as text, in order.
async fn dump(place: &Place) -> Vec<String> {
    let mut dump = Vec::new();
    for table in COPIED {
        let columns = match place.kind() {
            Kind::Sqlite => format!("SELECT name FROM pragma_table_info('{table}')"),
            Kind::Postgres => format!(
                "SELECT column_name::TEXT FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name = '{table}'"
            ),
        };
        let mut columns = place.query_texts(&columns).await;
        columns.retain(|column| (table, column.as_str()) != ("search_entries", "state"));
        columns.sort();
        let quoted = columns.iter().map(|column| match place.kind() {
            Kind::Sqlite => format!("quote({column})"),
            Kind::Postgres => format!("quote_nullable({column}::TEXT)"),
        });
        let row = quoted.collect::<Vec<_>>().join(" || ' ' || ");
        let mut rows = place.query_texts(&format!("SELECT '{table} ' || {row} FROM {table}")).await;
        assert!(!rows.is_empty(), "{table}: nothing here puts anything into it");
        rows.sort();
        dump.append(&mut rows);
    }
    dump
}

async fn every_table_is_copied_or_stays_for_a_reason(database: Database) {
    let mut known: Vec<&str> = COPIED.into_iter().chain(STAYING).collect();
    known.sort_unstable();
    let what_to_do =
        "add a new table to COPIED in crates/store/src/row_copy.rs, after those that it refers to";
    assert_eq!(tables(database.place()).await, known, "{what_to_do}");
}

async fn rows_that_went_to_another_database_and_back_are_those_that_were_there(database: Database) {
    fill(database.store()).await;
    let before = dump(database.place()).await;

    for kind in [Kind::Sqlite, Kind::Postgres] {
        let (there, store, copied) = copy_to(kind, database.store()).await;
        let (back, ..) = copy_to(database.place().kind(), &store).await;

        assert_eq!((copied.tables, copied.rows), (COPIED.len() as u64, before.len() as u64));
        assert_eq!(dump(&there).await.len(), before.len());
        assert_eq!(dump(&back).await, before);
        let processes = "SELECT CAST(COUNT(*) AS TEXT) FROM server_processes";
        assert_eq!(there.query_texts(processes).await, ["0"]);
        there.remove().await;
        back.remove().await;
    }
    assert_eq!(dump(database.place()).await, before, "the source is as it was");
}

async fn copy_goes_on_counting_numbering_and_searching_from_there(database: Database) {
    let world = fill(database.store()).await;
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let (place, store, _) = copy_to(kind, database.store()).await;

        let mut tx = store.begin().await.unwrap();
        let usage = tx.workspace_usage(world.workspace).await.unwrap();
        let mut session = database.store().read().await.unwrap();
        assert_eq!(usage, session.workspace_usage(world.workspace).await.unwrap());
        for (query, found) in [("brighter", vec![1]), ("two", vec![2]), ("three", vec![]), ("hero", vec![1])]
        {
            let expected: Vec<_> = found.into_iter().map(asset_id).collect();
            assert_eq!(found_by(&mut tx, &filter(&world, query)).await, expected, "{query}");
        }
        world.insert_asset(&mut tx, &world.asset(4, world.root, "four"), 4).await;
        assert_eq!(found_by(&mut tx, &filter(&world, "four")).await, [asset_id(4)]);
        tx.delete_asset(world.workspace, asset_id(4), world.user, 9, NOW).await.unwrap();
        tx.restore_asset(world.workspace, asset_id(4), world.root, 9, NOW).await.unwrap();
        assert!(found_by(&mut tx, &filter(&world, "four")).await.contains(&asset_id(4)));
        let more = tx.workspace_usage(world.workspace).await.unwrap();
        assert_eq!((more.assets, more.storage_bytes), (usage.assets + 1, usage.storage_bytes + 10));
        assert_eq!(tx.record_auth_change(AuthSubject::Secrets).await.unwrap(), {
            session.auth_revision().await.unwrap() + 1
        });
        tx.commit().await.unwrap();
        place.remove().await;
    }
}

/// Everything in a schema that keeps rows in order.
async fn rules(place: &Place) -> Vec<String> {
    let mut rules = match place.kind() {
        Kind::Sqlite => {
            place.query_texts("SELECT type || name || COALESCE(sql, '') FROM sqlite_schema").await
        }
        Kind::Postgres => {
            let constraints = "SELECT conrelid::REGCLASS || conname || pg_get_constraintdef(oid) || condeferrable \
                               || condeferred || convalidated FROM pg_constraint \
                               WHERE connamespace = current_schema()::REGNAMESPACE";
            let triggers = "SELECT tgrelid::REGCLASS || regexp_replace(t.tgname, '[0-9]+', '', 'g') || t.tgenabled::TEXT \
                            || t.tgdeferrable || t.tginitdeferred || t.tgfoid::REGPROC FROM pg_trigger t \
                            JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = current_schema()::REGNAMESPACE";
            let mut rules = place.query_texts(constraints).await;
            let schema = place.query_texts("SELECT current_schema()::TEXT").await.remove(0);
            rules.extend(place.query_texts(triggers).await);
            rules.into_iter().map(|rule| rule.replace(&format!("{schema}."), "")).collect()
        }
    };
    rules.sort();
    rules
}

async fn rules_are_what_they_were_after_a_copy(database: Database) {
    fill(database.store()).await;
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let fresh = Place::with_migrations(kind).await;
        drop(fresh.open().await.unwrap());

        let (copy, ..) = copy_to(kind, database.store()).await;

        let expected = rules(&fresh).await;
        assert!(expected.len() > 50);
        assert_eq!(rules(&copy).await, expected);
        copy.remove().await;
        fresh.remove().await;
    }
}

async fn copy_that_is_not_committed_leaves_nothing(database: Database) {
    fill(database.store()).await;
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let place = Place::with_migrations(kind).await;
        let store = place.open().await.unwrap();
        let before = rules(&place).await;
        if kind == Kind::Postgres {
            place.run_sql("CREATE RULE lossy AS ON INSERT TO review_mentions DO INSTEAD NOTHING").await;
        }
        let (mut from, mut to) = (database.store().begin().await.unwrap(), store.begin().await.unwrap());

        let outcome = copy_rows(&mut from, &mut to, &|_| ()).await;
        drop(to);

        if kind == Kind::Postgres {
            let error = outcome.unwrap_err();
            assert!(matches!(error, RowCopyError::Differs { table: "review_mentions" }), "{error:?}");
            place.run_sql("DROP RULE lossy ON review_mentions").await;
        }
        assert_eq!(store.begin().await.unwrap().find_filled_table().await.unwrap(), None);
        assert_eq!(rules(&place).await, before);
        place.remove().await;
    }
}

async fn database_that_holds_something_is_seen_to(store: Store) {
    assert_eq!(store.read().await.unwrap().find_filled_table().await.unwrap(), None);
    let mut tx = store.begin().await.unwrap();
    tx.record_auth_change(AuthSubject::Secrets).await.unwrap();
    assert_eq!(tx.find_filled_table().await.unwrap(), Some("auth_revision"));
    drop(tx);
    World::make(&store).await;
    assert_eq!(store.read().await.unwrap().find_filled_table().await.unwrap(), Some("users"));
}

async fn changed_row_is_seen(database: Database) {
    fill(database.store()).await;
    let (place, store, _) = copy_to(Kind::Sqlite, database.store()).await;
    let difference = async || {
        let mut source = database.store().begin().await.unwrap();
        let mut copy = store.begin().await.unwrap();
        find_difference(&mut source, &mut copy).await.unwrap()
    };
    assert_eq!(difference().await, None);

    place.run_sql("UPDATE webhook_attempts SET error = ''").await;
    assert_eq!(difference().await, Some("webhook_attempts"), "an empty text is not none");
    place.run_sql("DELETE FROM review_mentions").await;
    assert_eq!(difference().await, Some("review_mentions"));
}

async fn whoever_wrote_too_late_sees_where_all_has_gone(database: Database) {
    let (store, other) = (database.store(), database.open_again().await);
    World::make(store).await;
    let mut source = store.begin().await.unwrap();
    source.lock_for_copy().await.unwrap();
    let late = tokio::spawn(async move {
        let mut tx = other.begin().await.unwrap();
        tx.record_auth_change(AuthSubject::Secrets).await.unwrap();
        tx.find_relocation().await.unwrap()
    });
    if database.place().kind() == Kind::Postgres {
        let waiting = "SELECT 'x' FROM pg_locks l JOIN pg_class c ON c.oid = l.relation \
                       WHERE NOT l.granted AND c.relnamespace = current_schema()::REGNAMESPACE";
        while database.place().query_texts(waiting).await.is_empty() {
            assert!(!late.is_finished(), "it did not wait");
        }
    }
    let row =
        RelocationRow { at_ms: NOW, database_place: None, storage_place: "s3://art/ at s3.lan".to_owned() };
    source.put_relocation(&row).await.unwrap();
    source.commit().await.unwrap();

    assert_eq!(late.await.unwrap(), Some(row));
}

async fn note_of_a_relocation_is_one_and_can_be_taken_away(store: Store) {
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.find_relocation().await.unwrap(), None);
    assert!(!tx.delete_relocation().await.unwrap());
    for place in ["a", "b"] {
        let database_place = (place == "b").then(|| "art on db.lan:5432".to_owned());
        let row = RelocationRow { at_ms: NOW, database_place, storage_place: place.to_owned() };
        tx.put_relocation(&row).await.unwrap();
        assert_eq!(tx.find_relocation().await.unwrap(), Some(row));
    }
    assert!(tx.delete_relocation().await.unwrap());
    assert_eq!(tx.find_relocation().await.unwrap(), None);
}
