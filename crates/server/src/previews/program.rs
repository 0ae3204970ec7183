//! Programs of others that read what no reader of ours does, run within walls: found on the search path, started by `mudlark
//! preview-program`, which raises the walls and becomes the program.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context;
use tokio::process::Command;

use super::child::{self, NotMade};
use super::walls;

/// How a program names the file: it is open as its standard input, where unlike a pipe it can be read at any place.
pub(super) const INPUT: &str = "/proc/self/fd/0";

/// The program to become.
#[derive(Debug, clap::Args)]
pub(crate) struct ProgramCommand {
    /// Its path.
    program: PathBuf,
    /// What it is given.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

impl ProgramCommand {
    /// Becomes the program. Returns where that failed.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        walls::raise_for_program(&self.program)?;
        let error = std::process::Command::new(&self.program).args(&self.arguments).exec();
        Err(error).with_context(|| format!("becoming {}", self.program.display()))
    }
}

/// The program of this name on the search path, without links.
pub(super) fn find(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file());
    if found.is_none() {
        tracing::info!(
            program = name,
            "a file that this program reads has an icon only: it is not on the search path"
        );
    }
    found?.canonicalize().ok()
}

/// What the program answers about the file; none where it does not read it, which is what its last words say.
///
/// *Errors*: it could not be started or heard.
pub(super) async fn ask(
    program: &Path,
    file: &File,
    arguments: &[&str],
) -> anyhow::Result<Result<Vec<u8>, NotMade>> {
    let mut command = Command::new(child::program());
    command.arg("preview-program").arg(program).args(arguments);
    command
        .env_clear()
        .stdin(file.try_clone()?)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    child::hear(command).await
}
