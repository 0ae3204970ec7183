//! `cargo xtask previews`: a contact sheet of what previews look like, for people to look at, drawn by an optimised build. No part of
//! `test`.

use std::path::{Path, PathBuf, absolute};
use std::process::ExitCode;

use crate::steps::{Steps, show};
use crate::workspace::{cargo, root};

/// Where the sheet goes.
const SHEET: &str = "target/previews.png";
/// Where the tests of real files keep them.
pub(crate) const FETCHED: &str = "target/tmp/packages";

/// Draws the files and folders that are named, or else all that the tests of real files have fetched.
pub(crate) fn run(files: &[String]) -> ExitCode {
    let mut steps = Steps::new();
    let _ = steps.run("contact sheet", || draw(files));
    steps.finish()
}

fn draw(files: &[String]) -> Result<(), String> {
    let mut paths = Vec::new();
    for file in files {
        paths.push(absolute(Path::new(file)).map_err(|error| format!("{file}: {error}"))?);
    }
    if paths.is_empty() {
        let fetched: PathBuf = root().join(FETCHED);
        if !fetched.exists() {
            return Err(
                "there are no files yet: run `cargo test -p mudlark-previews`, or name some".to_owned()
            );
        }
        paths.push(fetched);
    }
    let example =
        ["run", "--release", "--locked", "--package", "mudlark-previews", "--example", "contact_sheet"];
    show(cargo().args(example).arg("--").arg(root().join(SHEET)).args(paths))
}
