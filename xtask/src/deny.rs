//! `cargo xtask deny`: licences, advisories and bans of the dependencies, by cargo-deny and `deny.toml`.
//! Also a step of `test`, where cargo-deny is there already.

use std::process::{ExitCode, Stdio};

use crate::cargo_tools;
use crate::steps::{Steps, show};
use crate::workspace::cargo;

/// `cargo deny`.
const TOOL: &str = "deny";

/// Installs cargo-deny if need be, and runs it.
pub(crate) fn run() -> ExitCode {
    let mut steps = Steps::new();
    if cargo_tools::ensure(&mut steps, TOOL).is_some() {
        check(&mut steps);
    }
    steps.finish()
}

pub(crate) fn is_installed() -> bool {
    cargo_tools::is_installed(TOOL)
}

/// Two steps: what this repository alone decides, and what the public list of advisories says. Without a way to that
/// list the second one can't be run, which is said and is no failure of the dependencies.
pub(crate) fn check(steps: &mut Steps) {
    steps.run("dependencies", || {
        show(cargo().args(["deny", "--locked", "check", "licenses", "bans", "sources"]))
    });
    let fetched = cargo().args(["deny", "fetch", "db"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if fetched.is_ok_and(|status| status.success()) {
        steps.run("advisories", || {
            show(cargo().args(["deny", "--locked", "check", "--disable-fetch", "advisories"]))
        });
    } else {
        steps.leave_out("advisories", "the public list of advisories can't be reached from here");
    }
}
