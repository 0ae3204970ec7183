//! The database under the tests: SQLite in the test's folder, or, with `MUDLARK_TEST_DATABASE=postgres`, a schema or a
//! database of its own in the PostgreSQL server that `MUDLARK_TEST_POSTGRES_URL` names.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
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

/// The address of a schema of its own for a data folder, whichever database the suite runs on; or of the database that was
/// made for it.
pub(crate) fn schema_of(data: &Path) -> String {
    if let Ok(address) = fs::read_to_string(address_file(data)) {
        return address;
    }
    let (server, name) = (server(), name_for(data));
    wait_for(scratch::make_schema(&server, &name, owner_of(data))).expect("a schema of its own");
    note(data, format!("{server}?options=-c%20search_path%3D{name}"))
}

/// Makes a database for a data folder: a copy of another data folder's. Answers its name.
pub(crate) fn copy_database(data: &Path, template: &str) -> String {
    make_database(data, Some(template), owner_of(data))
}

/// Makes an empty database for a data folder, for others to be copied from. It is there as long as this process.
pub(crate) fn template_database(data: &Path) -> String {
    make_database(data, None, &PathBuf::from(format!("/proc/{}", std::process::id())))
}

fn make_database(data: &Path, template: Option<&str>, owner: &Path) -> String {
    let (server, name) = (server(), name_for(data));
    wait_for(scratch::make_database(&server, &name, template, owner)).expect("a database of its own");
    let mut address = reqwest::Url::parse(&server).expect("the server's address");
    address.set_path(&name);
    note(data, address.into());
    name
}

/// Keeps the address of a data folder's database beside the folder, for whoever asks next.
fn note(data: &Path, address: String) -> String {
    fs::write(address_file(data), &address).expect("a note of the database's address");
    address
}

fn address_file(data: &Path) -> PathBuf {
    data.with_extension("database-url")
}

fn server() -> String {
    std::env::var("MUDLARK_TEST_POSTGRES_URL").expect(
        "this test needs PostgreSQL: run it by `cargo xtask test`, or name a server in MUDLARK_TEST_POSTGRES_URL",
    )
}

fn name_for(data: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    data.hash(&mut hasher);
    format!("mudlark_it_{}_{:016x}", std::process::id(), hasher.finish())
}

fn owner_of(data: &Path) -> &Path {
    data.parent().expect("a data folder lies in a test's folder")
}

/// Runs work to its end on a thread of its own: also within a test's runtime.
pub(crate) fn wait_for<T: Send>(work: impl Future<Output = T> + Send) -> T {
    std::thread::scope(|threads| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        threads.spawn(move || runtime.block_on(work)).join().unwrap()
    })
}
