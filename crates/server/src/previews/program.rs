//! Programs of others that read what no reader of ours does, run within walls: found on the search path, started by `mudlark
//! preview-program`, which raises the walls and becomes the program.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Seek, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context;
use mudlark_previews::Facts;
use serde_json::{Map, Value};
use tokio::process::Command;

use super::answer::Outcome;
use super::child::{self, Made, NotMade, Order};
use super::walls;

/// How a program names the file: it is open as its standard input, where unlike a pipe it can be read at any place.
pub(super) const INPUT: &str = "/proc/self/fd/0";

/// The program to become.
#[derive(Debug, clap::Args)]
pub(crate) struct ProgramCommand {
    /// How long it may compute.
    #[arg(long, default_value_t = walls::PROCESSOR_SECONDS)]
    processor_seconds: u64,
    /// Become nothing; answer, as JSON, what can be done within the walls, all of which should be false.
    #[arg(long)]
    try_walls: bool,
    /// Its path.
    program: PathBuf,
    /// What it is given.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

impl ProgramCommand {
    /// Becomes the program. Returns where that failed.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        walls::raise_for_program(&self.program, self.processor_seconds)?;
        if self.try_walls {
            println!("{}", walls::tried());
            return Ok(());
        }
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

/// Why there is no more to come of a file.
#[derive(Debug)]
pub(super) enum Stopped {
    /// It has no preview, and would have none the next time either.
    NotMade(NotMade),
    /// Somebody could not be started or heard: not the file's fault, and to be tried again.
    Failed(anyhow::Error),
}

impl Stopped {
    /// Goes on without what the file does not give.
    pub(super) fn without<T>(self) -> Result<Option<T>, Self> {
        match self {
            Self::NotMade(_) => Ok(None),
            Self::Failed(_) => Err(self),
        }
    }
}

impl From<NotMade> for Stopped {
    fn from(not_made: NotMade) -> Self {
        Self::NotMade(not_made)
    }
}

impl From<anyhow::Error> for Stopped {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

/// What the program answers about the file. One that it refuses is broken, as its last words say; one that ends it otherwise has
/// crashed it.
pub(super) async fn ask(
    program: &Path,
    file: &File,
    arguments: &[&str],
    order: &Order<'_>,
) -> Result<Vec<u8>, Stopped> {
    let mut command = Command::new(child::program());
    command.arg("preview-program").arg(format!("--processor-seconds={}", order.processor_seconds));
    command.arg(program).args(arguments);
    command
        .env_clear()
        .stdin(file.try_clone().context("sharing a file")?)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let answer = child::hear(command, order.processor_seconds).await?;
    Ok(answer.map_err(|not_made| match not_made {
        NotMade::Crashed(words) if words.contains("ended with") => NotMade::Refused(Outcome::Broken, words),
        other => other,
    })?)
}

/// Facts alone, of a file that is not seen.
pub(super) fn told(facts: &Facts) -> Made {
    Made { facts: map(facts), likeness: None, pictures: Vec::new() }
}

/// Facts as they are answered.
pub(super) fn map(facts: &Facts) -> Map<String, Value> {
    match serde_json::to_value(facts) {
        Ok(Value::Object(facts)) => facts,
        _ => Map::new(),
    }
}

/// A file without a name that holds this.
pub(super) fn spool(bytes: &[u8]) -> anyhow::Result<File> {
    let mut file = tempfile::tempfile()?;
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(file)
}
