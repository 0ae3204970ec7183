//! The database under the tests: SQLite in the test's folder, or, with `MUDLARK_TEST_DATABASE=postgres`, a schema of its
//! own in the PostgreSQL server that `MUDLARK_TEST_POSTGRES_URL` names.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::process::Command;

use mudlark_store::scratch;

use super::storage::use_storage;

/// Whether the suite runs on PostgreSQL this time.
pub(crate) fn on_postgres() -> bool {
    match std::env::var("MUDLARK_TEST_DATABASE").as_deref() {
        Err(_) | Ok("" | "sqlite") => false,
        Ok("postgres") => true,
        Ok(other) => panic!("MUDLARK_TEST_DATABASE is {other:?}; sqlite or postgres"),
    }
}

/// Names the data folder to a command line, and its database and storage where those are elsewhere.
pub(crate) fn use_data<'a>(command: &'a mut Command, data: &Path) -> &'a mut Command {
    command.arg("--data").arg(data);
    if let Some(url) = database_of(data) {
        command.env("MUDLARK_DATABASE_URL", url);
    }
    use_storage(command, data);
    command
}

/// The address of the database that belongs to a data folder in this run; `None` on SQLite.
pub(crate) fn database_of(data: &Path) -> Option<String> {
    on_postgres().then(|| schema_of(data))
}

/// The address of a schema of its own for a data folder, whichever database the suite runs on.
pub(crate) fn schema_of(data: &Path) -> String {
    let server = std::env::var("MUDLARK_TEST_POSTGRES_URL").expect(
        "this test needs PostgreSQL: run it by `cargo xtask test`, or name a server in MUDLARK_TEST_POSTGRES_URL",
    );
    let mut hasher = DefaultHasher::new();
    data.hash(&mut hasher);
    let name = format!("mudlark_it_{}_{:016x}", std::process::id(), hasher.finish());
    let owner = data.parent().expect("a data folder lies in a test's folder");
    wait_for(scratch::make_schema(&server, &name, owner)).expect("a schema of its own");
    format!("{server}?options=-c%20search_path%3D{name}")
}

/// Runs work to its end on a thread of its own: also within a test's runtime.
pub(crate) fn wait_for<T: Send>(work: impl Future<Output = T> + Send) -> T {
    std::thread::scope(|threads| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        threads.spawn(move || runtime.block_on(work)).join().unwrap()
    })
}
