//! `cargo xtask deny`: licences, advisories and bans of the dependencies, by cargo-deny and `deny.toml`.
//! Also a step of `test`, where cargo-deny is there already.

use std::process::{ExitCode, Stdio};

use crate::steps::{Steps, show};
use crate::workspace::cargo;

/// Installs cargo-deny if need be, and runs it.
pub(crate) fn run() -> ExitCode {
    let mut steps = Steps::new();
    if !is_installed() {
        let installed = steps.run("install cargo-deny (some minutes)", || {
            show(cargo().args(["install", "--locked", "cargo-deny"]))
        });
        if installed.is_none() {
            return steps.finish();
        }
    }
    steps.run("dependencies", check);
    steps.finish()
}

pub(crate) fn is_installed() -> bool {
    let version = cargo().args(["deny", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

pub(crate) fn check() -> Result<(), String> {
    show(cargo().args(["deny", "--locked", "check"]))
}
