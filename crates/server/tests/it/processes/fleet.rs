//! Several servers on one database and one data folder.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Actor, NO_LIMITS, Program, program_command, schema_of};

pub(super) struct Fleet {
    /// Stopped before their folder goes.
    pub(super) programs: Vec<Program>,
    pub(super) url: String,
    pub(super) data: PathBuf,
    flags: Vec<String>,
    account: String,
    workspace: String,
    _folder: TempDir,
}

impl Fleet {
    /// Servers on a database of their own.
    pub(super) fn start(count: usize) -> Self {
        Self::start_with(count, &[])
    }

    /// The same with further flags for `serve`.
    pub(super) fn start_with(count: usize, flags: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let url = schema_of(&folder.path().join("data"));
        Self::start_in(folder, count, url, flags)
    }

    /// Servers on a database that is there, and empty.
    pub(super) fn start_on(count: usize, url: String) -> Self {
        Self::start_on_with(count, url, &[])
    }

    /// The same with further flags for `serve`.
    pub(super) fn start_on_with(count: usize, url: String, flags: &[&str]) -> Self {
        Self::start_in(TempDir::new().unwrap(), count, url, flags)
    }

    /// All at once, as an orchestrator does: they make the schema, the secrets and the signing key against each other.
    fn start_in(folder: TempDir, count: usize, url: String, flags: &[&str]) -> Self {
        let data = folder.path().join("data");
        let mut fleet = Self {
            programs: Vec::new(),
            url,
            data,
            flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
            account: String::new(),
            workspace: String::new(),
            _folder: folder,
        };
        fleet.programs = std::thread::scope(|threads| {
            let starting: Vec<_> = (0..count).map(|_| threads.spawn(|| fleet.spawn())).collect();
            starting.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let text = |value: &Value| value["id"].as_str().unwrap().to_owned();
        fleet.account = text(&fleet.admin(&["account", "create", "--name", "S", "--plan", "pro"]));
        fleet.workspace =
            text(&fleet.admin(&["workspace", "create", "--account", &fleet.account, "--name", "W"]));
        fleet
    }

    /// Starts one more.
    pub(super) fn add(&mut self) {
        let program = self.spawn();
        self.programs.push(program);
    }

    /// What one more says that does not start.
    pub(super) fn refused_start(&self) -> String {
        let output = self.serve().output().unwrap();
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    fn spawn(&self) -> Program {
        Program::spawn(self.serve())
    }

    fn serve(&self) -> Command {
        // Webhooks may reach the tests' receivers.
        let receivers = ["--webhook-networks", "127.0.0.0/8"];
        let serve = [&["serve", "--listen", "127.0.0.1:0", "--log", "warn"][..], &receivers].concat();
        let mut command = self.command(&[&serve[..], &NO_LIMITS].concat());
        command.args(&self.flags);
        command
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = program_command(args);
        command.arg("--data").arg(&self.data).env("MUDLARK_DATABASE_URL", &self.url);
        command
    }

    pub(super) fn admin(&self, args: &[&str]) -> Value {
        let output = self.command(args).arg("--json").output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Revokes a key by the operator's command, while the test's other tasks go on.
    pub(super) async fn revoke_in_background(&self, key: &Value) {
        let mut command = self.command(&["key", "revoke", key["key"].as_str().unwrap()]);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// A new key, and someone with a token of it at each process; the token is of the first.
    pub(super) async fn new_actors(&self) -> (Value, Vec<Actor>) {
        self.new_actors_at(&(0..self.programs.len()).collect::<Vec<_>>()).await
    }

    /// The same at some of the processes.
    pub(super) async fn new_actors_at(&self, processes: &[usize]) -> (Value, Vec<Actor>) {
        let key =
            self.admin(&["key", "create", "--account", &self.account, "--name", "k", "--role", "admin"]);
        let credentials = serde_json::json!({"key": key["key"], "secret": key["secret"]});
        let nobody = Actor::anonymous(self.programs[processes[0]].base());
        let token = nobody.post("/auth/token").json(&credentials).send().await.ok();
        let actor = nobody
            .with_token(token.as_str())
            .with_account(Some(&self.account))
            .with_workspace(Some(&self.workspace));
        (key, processes.iter().map(|process| self.at(*process, &actor)).collect())
    }

    /// So many with a key of their own, at the first process.
    pub(super) async fn callers(&self, count: usize) -> Vec<Actor> {
        let mut callers = Vec::new();
        for _ in 0..count {
            callers.push(self.new_actors_at(&[0]).await.1.remove(0));
        }
        callers
    }

    /// Where the processes are.
    pub(super) fn bases(&self) -> Vec<String> {
        self.programs.iter().map(|program| program.base().to_owned()).collect()
    }

    /// The same caller at another process.
    pub(super) fn at(&self, process: usize, actor: &Actor) -> Actor {
        Actor { base: self.programs[process].base().to_owned(), ..actor.clone() }
    }
}
