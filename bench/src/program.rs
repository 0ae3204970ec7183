//! The measured program: built as a release, set up through its own admin commands, then started on a free port.
//! What it is asked over HTTP is in `api`. Called by `run`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::children::{Children, Server};

/// The release program and the data directory it works on.
#[derive(Debug)]
pub(crate) struct Program {
    path: PathBuf,
    data: PathBuf,
    /// The address of the PostgreSQL database; `None` for SQLite in the data directory.
    database_url: Option<String>,
}

/// What the admin commands made: an account, a workspace in it and a key to it.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    /// The account's id.
    pub(crate) account_id: String,
    /// The workspace's id.
    pub(crate) workspace_id: String,
    /// Public id of the key.
    pub(crate) key: String,
    /// The key's secret.
    pub(crate) secret: String,
}

impl Credentials {
    /// As JSON, for a data directory that is kept.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "account_id": self.account_id, "workspace_id": self.workspace_id,
            "key": self.key, "secret": self.secret,
        })
    }

    /// Back from JSON.
    pub(crate) fn from_json(object: &Value) -> Result<Self> {
        Ok(Self {
            account_id: text(object, "account_id")?,
            workspace_id: text(object, "workspace_id")?,
            key: text(object, "key")?,
            secret: text(object, "secret")?,
        })
    }
}

/// Builds the release program and says where it is.
pub(crate) fn build(root: &Path) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--release", "--package", "mudlark-server", "--bin", "mudlark"])
        .current_dir(root)
        .status()
        .context("starting cargo")?;
    ensure!(status.success(), "the release build failed");
    Ok(target_folder(root).join("release").join("mudlark"))
}

/// Where cargo puts what it builds.
pub(crate) fn target_folder(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}

impl Program {
    /// The program at `path` on the data directory `data`.
    pub(crate) fn new(path: PathBuf, data: PathBuf) -> Self {
        Self { path, data, database_url: None }
    }

    /// Where the program is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The same program on another data directory.
    pub(crate) fn on(&self, data: PathBuf) -> Self {
        Self::new(self.path.clone(), data)
    }

    /// The same program on a PostgreSQL database.
    pub(crate) fn on_postgres(&self, data: PathBuf, url: &str) -> Self {
        Self { database_url: Some(url.to_owned()), ..self.on(data) }
    }

    /// A command of the program, with its places.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command.args(arguments).arg("--data").arg(&self.data);
        // Not among the arguments, which others on the machine may read: it has a password.
        if let Some(url) = &self.database_url {
            command.env("MUDLARK_DATABASE_URL", url);
        }
        command
    }

    /// Makes an account on plan pro, a workspace and a key, before the server starts.
    pub(crate) fn set_up(&self) -> Result<Credentials> {
        let account = self.admin(&["account", "create", "--name", "Benchmark", "--plan", "pro"])?;
        let account_id = text(&account, "id")?;
        let workspace =
            self.admin(&["workspace", "create", "--account", &account_id, "--name", "Benchmark"])?;
        let workspace_id = text(&workspace, "id")?;
        let none = Credentials { account_id, workspace_id, key: String::new(), secret: String::new() };
        self.new_key(&none, "benchmark")
    }

    /// Makes a further key of the account and workspace of `beside`. A running server knows it when this returns.
    pub(crate) fn new_key(&self, beside: &Credentials, name: &str) -> Result<Credentials> {
        let account_id = &beside.account_id;
        let key =
            self.admin(&["key", "create", "--account", account_id, "--name", name, "--role", "admin"])?;
        Ok(Credentials { key: text(&key, "key")?, secret: text(&key, "secret")?, ..beside.clone() })
    }

    /// Revokes a key. A running server refuses it when this returns.
    pub(crate) fn revoke(&self, key: &str) -> Result<()> {
        self.admin(&["key", "revoke", key]).map(drop)
    }

    /// Has a running server make all previews anew.
    pub(crate) fn rebuild_previews(&self) -> Result<()> {
        self.admin(&["previews", "rebuild", "--where", "all"]).map(drop)
    }

    /// Previews that are still to be made, or are being made.
    pub(crate) fn preview_jobs(&self) -> Result<Vec<Value>> {
        let jobs = self.admin(&["jobs", "list", "--limit", "1000"])?;
        let is_preview = |job: &&Value| job["kind"].as_str().is_some_and(|kind| kind.starts_with("preview"));
        Ok(jobs.as_array().context("a list of jobs")?.iter().filter(is_preview).cloned().collect())
    }

    /// Runs one admin command and reads the JSON that it prints.
    fn admin(&self, arguments: &[&str]) -> Result<Value> {
        let output = self
            .command(arguments)
            .arg("--json")
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("starting {}", self.path.display()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("mudlark {} failed: {}", arguments.join(" "), said.trim());
        }
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("mudlark {} printed no JSON", arguments.join(" ")))
    }

    /// Starts the server with its ordinary settings, but for limits on requests, and waits until it listens.
    ///
    /// Why: one account on one address asks here as often as a hundred do elsewhere.
    pub(crate) fn serve(&self, children: &Children, log: &Path, settings: &[&str]) -> Result<Server> {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.args(settings);
        for limit in ["token-per-minute", "issue-per-minute", "api-pro-per-second"] {
            command.arg(format!("--limit-{limit}=0"));
        }
        children.start_server(&mut command, log)
    }

    /// Deletes what lies in the data directory and is at least `size_bytes` big, to give the disk its room back.
    ///
    /// Why: a deleted asset stays in the trash for days; twenty uploads of a gigabyte should not.
    pub(crate) fn delete_big_files(&self, size_bytes: u64) -> Result<()> {
        let mut folders = vec![self.data.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder)? {
                let entry = entry?;
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    folders.push(entry.path());
                } else if kind.is_file() && is_bulk(&entry.path()) && entry.metadata()?.len() >= size_bytes {
                    std::fs::remove_file(entry.path())?;
                }
            }
        }
        Ok(())
    }
}

/// False for the database's own files.
fn is_bulk(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    !name.contains(".db") && !name.contains("sqlite")
}

/// A text member of an object. The object itself is not told when there is none: it may hold a secret.
pub(crate) fn text(object: &Value, member: &str) -> Result<String> {
    object[member]
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("no text member {member:?} in an answer"))
}
