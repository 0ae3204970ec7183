//! `cargo xtask test`: everything that must hold before a change goes in.
//! The tests themselves are in the crates; see `docs/testing.md`.

use std::process::{Command, ExitCode};
use std::time::Duration;

use crate::cluster::{Cluster, Purpose, URL_VARIABLE};
use crate::console;
use crate::deny;
use crate::generate;
use crate::programs::{Needed, ensure};
use crate::steps::{Steps, show};
use crate::time_limit::show_within;
use crate::workspace::cargo;

/// How long the tests may run, once or again: more than twice what they take on two cores.
const AT_MOST: Duration = Duration::from_mins(25);

/// Every check, each run even if an earlier one failed: one run tells all.
pub(crate) fn run_everything() -> ExitCode {
    let mut steps = Steps::new();
    let Some(database) = prepare(&mut steps) else { return steps.finish() };

    steps.run("console", console::build);
    steps.run("console's format and lints", console::check);
    steps.run("format", || show(cargo().args(["fmt", "--all", "--check"])));
    steps.run("build and lints", || {
        show(linted_cargo().args(["test", "--workspace", "--all-targets", "--locked", "--no-run"]))
    });
    let tests = steps.run("tests", || {
        let mut tests = linted_cargo();
        tests.args(["test", "--workspace", "--locked", "--no-fail-fast"]);
        show_within(AT_MOST, database.tell(&mut tests))
    });
    steps.run("black-box tests on PostgreSQL and S3", || {
        show_within(AT_MOST, database.tell(&mut black_box_tests_on_postgres()))
    });
    drop(database);

    // The tests have just built the program that the browser looks at, and that these files come from.
    if tests.is_some() {
        steps.run("console in a browser: the main journeys", console::test_journeys);
        steps.run("generated files", generate::check_built);
    } else {
        steps.leave_out("console in a browser: the main journeys", "the tests did not pass");
        steps.leave_out("generated files", "the tests did not pass");
    }
    steps.leave_out("console in a browser: all else", "`cargo xtask console-test` runs it");
    if deny::is_installed() {
        deny::check(&mut steps);
    } else {
        steps.leave_out(
            "dependencies",
            "cargo-deny is not installed; `cargo xtask deny` installs and runs it",
        );
    }
    steps.finish()
}

/// `cargo` with Clippy as the compiler of our own crates: what is built is linted on the way, and a warning is an error.
///
/// *Why* not `cargo clippy`: it would compile all dependencies a second time, for nothing but their types. *Source*: this is
/// how `cargo clippy` itself calls its driver.
fn linted_cargo() -> Command {
    let mut command = cargo();
    command.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver");
    command.env("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__");
    command
}

/// Tests that take long, and that try what is the same on every database, or what the store's own tests try on both.
const NO_MATTER_OF_THE_DATABASE: [&str; 8] = [
    "crash::",
    "direct_transfers::",
    "document::",
    "key_scan::",
    "previews::programs",
    "previews::surroundings",
    "secrets::",
    "storage::",
];

/// The black-box tests again, each server on PostgreSQL and on a bucket, as a publisher has it. Left out are tests of
/// SQLite's files and of the disk's, whose names say so, and those of several processes, which are on PostgreSQL in the first run already.
fn black_box_tests_on_postgres() -> Command {
    let mut command = linted_cargo();
    // Of the whole workspace, as in the first run: for one package the dependencies would be built again.
    command.args(["test", "--workspace", "--test", "it", "--locked", "--no-fail-fast", "--"]);
    for left_out in NO_MATTER_OF_THE_DATABASE.into_iter().chain(["on_sqlite", "on_disk", "processes::"]) {
        command.args(["--skip", left_out]);
    }
    command.env("MUDLARK_TEST_DATABASE", "postgres").env("MUDLARK_TEST_STORAGE", "s3");
    command
}

/// `cargo test` with these arguments and a database, nothing else.
pub(crate) fn run_filtered(arguments: &[String]) -> ExitCode {
    let mut steps = Steps::new();
    let Some(database) = prepare(&mut steps) else { return steps.finish() };

    steps.run("tests", || show(database.tell(cargo().args(["test", "--locked"]).args(arguments))));
    drop(database);
    steps.finish()
}

/// Where the tests find PostgreSQL.
enum Database {
    /// The caller's own server; the variable is set already.
    Given,
    Ours(Cluster),
}

impl Database {
    fn tell<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        match self {
            Self::Given => command,
            Self::Ours(cluster) => command.env(URL_VARIABLE, cluster.url()),
        }
    }
}

fn prepare(steps: &mut Steps) -> Option<Database> {
    let needed = [Needed::CCompiler, Needed::Python, Needed::Node, Needed::Chromium, Needed::Films];
    if std::env::var_os(URL_VARIABLE).is_some_and(|url| !url.is_empty()) {
        steps.run("programs", || ensure(&needed))?;
        steps.leave_out("PostgreSQL", &format!("the tests use the server that {URL_VARIABLE} names"));
        return Some(Database::Given);
    }
    steps.run("programs", || ensure(&[&[Needed::Postgres], needed.as_slice()].concat()))?;
    steps.run("PostgreSQL", || Cluster::start(Purpose::Tests)).map(Database::Ours)
}
