//! `cargo xtask console`: builds the web console, which the server takes in. Also its checks, for `cargo xtask test`, its
//! tests in a browser, and the pictures of its pages.

use std::process::{Command, ExitCode};
use std::time::Duration;

use crate::programs::{Needed, ensure};
use crate::steps::{Steps, show};
use crate::time_limit::show_within;
use crate::workspace::{built_server, cargo, root};

/// How long the journeys may take: more than twice what they do on two cores.
const JOURNEYS_AT_MOST: Duration = Duration::from_mins(10);
/// What the tests in a browser and the pictures are told: the program to start.
const PROGRAM_VARIABLE: &str = "MUDLARK_PROGRAM";

pub(crate) fn run() -> ExitCode {
    let mut steps = Steps::new();
    if steps.run("programs", || ensure(&[Needed::Node])).is_some() {
        steps.run("console", build);
    }
    steps.finish()
}

/// Its packages as the lock file has them, then the build into `console/dist`.
///
/// *Errors*: one of the two failed, or the first page loads more script than it may.
pub(crate) fn build() -> Result<(), String> {
    install()?;
    show(&mut npm(&["run", "build"]))
}

/// Format and lints; the build before it has checked the types.
///
/// *Errors*: something is not as it should be; `npm run fix` puts right what can be.
pub(crate) fn check() -> Result<(), String> {
    show(&mut npm(&["run", "check"]))
}

/// The tests in a browser, against the program.
pub(crate) fn test() -> ExitCode {
    with_program("tests", "test")
}

/// Those tests that what people do most goes through, against the program that was built for the others.
///
/// *Errors*: one of them failed, or they did not end in time.
pub(crate) fn test_journeys() -> Result<(), String> {
    show_within(JOURNEYS_AT_MOST, npm(&["run", "journeys"]).env(PROGRAM_VARIABLE, built_server("debug")?))
}

/// Pictures of each page into `target/console-shots`.
pub(crate) fn shots() -> ExitCode {
    with_program("pictures", "shots")
}

/// Builds the console and the program, and runs a script of the console's against it.
fn with_program(step: &str, script: &str) -> ExitCode {
    let mut steps = Steps::new();
    let built = steps
        .run("programs", || ensure(&[Needed::CCompiler, Needed::Node, Needed::Chromium, Needed::Films]))
        .and_then(|()| steps.run("console", build))
        .and_then(|()| {
            steps.run("build", || {
                show(cargo().args(["build", "--locked", "-p", "mudlark-server", "--bin", "mudlark"]))
            })
        });
    if built.is_some() {
        steps.run(step, || show(npm(&["run", script]).env(PROGRAM_VARIABLE, built_server("debug")?)));
    }
    steps.finish()
}

/// Installs the packages, unless those of this very lock file are there.
fn install() -> Result<(), String> {
    let folder = root().join("console");
    let wanted = std::fs::read(folder.join("package-lock.json")).map_err(|error| {
        format!("console/package-lock.json cannot be read: {error}; it belongs to the repository")
    })?;
    let kept = folder.join("node_modules/.installed-lock");
    if std::fs::read(&kept).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    show(&mut npm(&["ci", "--no-audit", "--no-fund"]))?;
    std::fs::write(&kept, wanted).map_err(|error| format!("{} cannot be written: {error}", kept.display()))
}

fn npm(arguments: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(root().join("console"));
    command
}
