//! Opening databases: fresh ones, known ones, and those that can't be opened.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use mudlark_store::{Store, StoreError};

use crate::database::{Database, Kind, Place, admin, connect, run, run_alone};
use crate::on_both_databases;
use crate::postgres_cluster;
use crate::transactions::poll_once_and_drop;
use crate::world::{World, account, id, person};

on_both_databases!(
    database_opened_again_keeps_what_is_in_it,
    processes_that_open_a_fresh_database_at_once_all_succeed,
    newer_schema_is_refused,
    text_of_an_error_leaves_its_cause_out,
);

async fn database_opened_again_keeps_what_is_in_it(database: Database) {
    let world = World::make(database.store()).await;
    let steps = database.place().query_texts("SELECT name FROM schema_migrations").await;
    assert!(steps.contains(&"core".to_owned()), "{steps:?}");

    let again = database.open_again().await;

    assert!(again.read().await.unwrap().find_account(world.account).await.unwrap().is_some());
    assert_eq!(database.place().query_texts("SELECT name FROM schema_migrations").await, steps);
}

async fn processes_that_open_a_fresh_database_at_once_all_succeed(database: Database) {
    let place = Place::create(database.place().kind()).await;
    let processes: Vec<_> = (0..8)
        .map(|_| {
            let place = place.clone();
            tokio::spawn(async move { place.open().await.map(drop) })
        })
        .collect();

    for process in processes {
        process.await.unwrap().unwrap();
    }

    place.remove().await;
}

async fn newer_schema_is_refused(database: Database) {
    database.place().run_sql("INSERT INTO schema_migrations VALUES (99, 'future', 0)").await;

    let refused = database.place().open().await.unwrap_err();

    assert!(matches!(refused, StoreError::NewerSchema { found: 99, known: 1.. }), "{refused:?}");
    assert!(refused.to_string().contains("99"), "{refused}");
}

async fn text_of_an_error_leaves_its_cause_out(database: Database) {
    let drop_users = match database.place().kind() {
        Kind::Sqlite => "PRAGMA foreign_keys = OFF; DROP TABLE users",
        Kind::Postgres => "DROP TABLE users CASCADE",
    };
    database.place().run_sql(drop_users).await;

    let refused = database.store().read().await.unwrap().find_user(id(1)).await.unwrap_err();

    assert_eq!(refused.to_string(), "the database refused a statement");
    assert!(std::error::Error::source(&refused).is_some());
}

/// Opens a SQLite file and expects that to fail.
async fn refused(path: &Path) -> StoreError {
    Store::open_sqlite(path).await.unwrap_err()
}

#[test]
fn new_file_can_be_read_by_its_owner_alone() {
    run_alone(async {
        let place = Place::create(Kind::Sqlite).await;
        let store = place.open().await.unwrap();
        World::make(&store).await;

        let folder = place.file().parent().unwrap().to_owned();
        let mut modes = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            modes.push(entry.unwrap().metadata().unwrap().permissions().mode() & 0o777);
        }
        // The database, its log and the log's index.
        assert_eq!(modes, [0o600; 3]);
    });
}

#[test]
fn file_keeps_a_write_ahead_log() {
    run(Kind::Sqlite, |database| async move {
        assert_eq!(database.place().query_texts("PRAGMA journal_mode").await, ["wal"]);
    });
}

#[test]
fn absent_file_is_not_made_for_a_command() {
    run_alone(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mudlark.db");

        let refused = Store::open_existing_sqlite(&path).await.unwrap_err();

        assert!(matches!(refused, StoreError::Absent), "{refused:?}");
        assert!(!path.exists());
    });
}

#[test]
fn existing_file_is_opened_for_a_command() {
    run(Kind::Sqlite, |database| async move {
        let world = World::make(database.store()).await;

        let beside = Store::open_existing_sqlite(&database.place().file()).await.unwrap();

        assert!(beside.read().await.unwrap().find_account(world.account).await.unwrap().is_some());
    });
}

#[test]
fn file_in_a_missing_folder_is_not_writable() {
    run_alone(async {
        let folder = tempfile::tempdir().unwrap();

        let refused = refused(&folder.path().join("missing").join("mudlark.db")).await;

        assert!(matches!(refused, StoreError::NotWritable(_)), "{refused:?}");
    });
}

#[test]
fn folder_in_the_place_of_the_file_is_not_writable() {
    run_alone(async {
        let folder = tempfile::tempdir().unwrap();

        let refused = refused(folder.path()).await;

        assert!(matches!(refused, StoreError::NotWritable(_)), "{refused:?}");
    });
}

#[test]
fn file_that_is_no_database_is_corrupt() {
    run_alone(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mudlark.db");
        std::fs::write(&path, vec![b'x'; 8192]).unwrap();

        let refused = refused(&path).await;

        assert!(matches!(refused, StoreError::Corrupt(_)), "{refused:?}");
        assert_eq!(std::fs::read(&path).unwrap(), vec![b'x'; 8192]);
    });
}

#[test]
fn write_lock_of_another_process_is_waited_for() {
    run(Kind::Sqlite, |database| async move {
        let other = rusqlite::Connection::open(database.place().file()).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let store = database.store().clone();
        let writer = tokio::spawn(async move { store.begin().await.map(drop) });
        // Lets the writer come to its wait; it has to succeed just as well when it comes later.
        tokio::task::yield_now().await;
        other.execute_batch("COMMIT").unwrap();

        writer.await.unwrap().unwrap();
    });
}

#[test]
fn session_used_after_its_future_was_dropped_is_refused() {
    // One blocking thread, and that is kept busy: so a list that is too long to be read here can't be ready at its first poll.
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).enable_all().build();
    runtime.unwrap().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_sqlite(&folder.path().join("mudlark.db")).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        for number in 1..=3000 {
            tx.insert_account(&account(id(number))).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut session = store.read().await.unwrap();
        let (end, until_end) = std::sync::mpsc::channel::<()>();
        let busy = tokio::task::spawn_blocking(move || until_end.recv());
        poll_once_and_drop(session.list_accounts()).await;

        let again = session.find_account(id(1)).await;

        assert!(matches!(again, Err(StoreError::Internal(_))), "{again:?}");
        drop(end);
        busy.await.unwrap().unwrap_err();
    });
}

#[test]
fn server_that_is_not_there_is_unavailable() {
    run_alone(async {
        for address in
            ["host=/nowhere user=nobody", "host=127.0.0.1 port=1 user=nobody", "this is no address"]
        {
            let refused = Store::open_postgres(address).await.unwrap_err();

            assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
        }
    });
}

#[test]
fn database_that_is_not_there_is_unavailable() {
    run_alone(async {
        let refused = Store::open_postgres(&postgres_cluster::address(Some("nowhere"))).await.unwrap_err();
        assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
    });
}

#[test]
fn database_in_another_encoding_is_refused() {
    run_alone(async {
        let name = format!("mudlark_test_{}_latin", std::process::id());
        admin(&format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")).await;

        let refused = Store::open_postgres(&postgres_cluster::address(Some(&name))).await.unwrap_err();

        admin(&format!("DROP DATABASE {name}")).await;
        assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
        assert!(std::error::Error::source(&refused).unwrap().to_string().contains("LATIN1"));
    });
}

#[test]
fn database_that_allows_no_writing_is_not_writable() {
    run_alone(async {
        let name = format!("mudlark_test_{}_read_only", std::process::id());
        admin(&format!("CREATE DATABASE {name}")).await;
        admin(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await;

        let refused = Store::open_postgres(&postgres_cluster::address(Some(&name))).await.unwrap_err();

        admin(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
        assert!(matches!(refused, StoreError::NotWritable(_)), "{refused:?}");
    });
}

#[test]
fn session_whose_connection_is_cut_is_unavailable_and_the_next_one_works() {
    run(Kind::Postgres, |database| async move {
        let mut session = database.store().read().await.unwrap();
        session.find_user(id(1)).await.unwrap();
        let Place::Postgres { address, name, .. } = database.place() else { unreachable!("is PostgreSQL") };
        let cut = format!(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
             WHERE application_name = '{name}' AND pid <> pg_backend_pid()"
        );
        connect(address).await.batch_execute(&cut).await.unwrap();

        let cut = session.find_user(id(1)).await.unwrap_err();

        assert!(matches!(cut, StoreError::Unavailable(_)), "{cut:?}");
        drop(session);
        let mut tx = database.store().begin().await.unwrap();
        tx.insert_user(&person(id(1))).await.unwrap();
        tx.commit().await.unwrap();
    });
}

#[test]
fn place_of_an_address_leaves_the_password_out() {
    for (address, place) in [
        ("postgres://mudlark:hunter2@db.example:6432/studio", Some("studio on db.example:6432")),
        ("postgresql://mudlark@db.example?password=hunter2", Some("mudlark on db.example:5432")),
        ("postgres://mudlark:hunter2@db.example:port/studio", None),
    ] {
        assert_eq!(mudlark_store::postgres_place(address).as_deref(), place, "{address}");
    }
    run_alone(async {
        let refused =
            Store::open_postgres("postgres://mudlark:hunter2@db.example:port/studio").await.unwrap_err();
        assert!(!format!("{refused:?}").contains("hunter2"), "{refused:?}");
    });
}
