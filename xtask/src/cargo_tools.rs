//! Subcommands of cargo that a command needs: finds them, or installs them. Not for programs of the machine (see
//! `programs.rs`). Called by `deny` and `fuzz`.

use std::process::Stdio;

use crate::steps::{Steps, show};
use crate::workspace::cargo;

/// Whether `cargo NAME` is there.
pub(crate) fn is_installed(name: &str) -> bool {
    let version = cargo().args([name, "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// Installs `cargo NAME`, the crate `cargo-NAME`, where it is missing; `None` where that fails.
pub(crate) fn ensure(steps: &mut Steps, name: &str) -> Option<()> {
    if is_installed(name) {
        return Some(());
    }
    let package = format!("cargo-{name}");
    steps.run(&format!("install {package} (some minutes)"), || {
        show(cargo().args(["install", "--locked", &package]))
    })
}
