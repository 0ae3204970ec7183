//! A studio: a running server with an account, a workspace, and keys for whoever is needed.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::LazyLock;

use mudlark_server::config::Settings;
use mudlark_server::{Clock, Server};
use mudlark_store::Store;
use serde_json::Value;
use tempfile::TempDir;

use super::actor::{Actor, text};
use super::database::{copy_database, database_of, on_postgres, template_database};
use super::program::{Program, admin};
use super::storage::storage_settings;

/// A server with one account on plan pro and one workspace.
pub(crate) struct Studio {
    /// Stopped before its folder goes.
    pub(crate) server: Running,
    pub(crate) account: String,
    pub(crate) workspace: String,
    folder: TempDir,
}

/// The server: the program itself, or, where time must be moved, the same server inside the test.
pub(crate) enum Running {
    Program(Program),
    InProcess(Server),
    /// It was stopped.
    Stopped,
}

impl Studio {
    /// A studio on the real program.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// A studio on the real program with further flags for `serve`.
    pub(crate) fn start_with(flags: &[&str]) -> Self {
        let (folder, account, workspace) = prepare();
        let server = Running::Program(Program::start_on(&folder.path().join("data"), flags));
        Self { server, account, workspace, folder }
    }

    /// The same, with these authorities' certificates in place of the machine's.
    pub(crate) fn start_trusting(flags: &[&str], authorities: &Path) -> Self {
        let (folder, account, workspace) = prepare();
        let data = folder.path().join("data");
        let server = Running::Program(Program::start_trusting(&data, flags, authorities));
        Self { server, account, workspace, folder }
    }

    /// A studio whose server runs inside the test, on a clock that the test moves.
    pub(crate) async fn start_in_process(clock: &Clock) -> Self {
        Self::start_in_process_with(clock, Settings::default()).await
    }

    /// The same with further settings.
    pub(crate) async fn start_in_process_with(clock: &Clock, settings: Settings) -> Self {
        let (folder, account, workspace) = prepare();
        let server = in_process(&folder.path().join("data"), clock, settings).await;
        Self { server, account, workspace, folder }
    }

    /// Stops the server, which runs inside the test, and starts it again.
    pub(crate) async fn restart_in_process(&mut self, clock: &Clock, settings: Settings) {
        self.stop_in_process().await;
        self.server = in_process(&self.data(), clock, settings).await;
    }

    /// Stops the server, which runs inside the test, and keeps the folder.
    pub(crate) async fn stop_in_process(&mut self) {
        let stopped = Running::Stopped;
        match std::mem::replace(&mut self.server, stopped) {
            Running::InProcess(server) => server.stop().await,
            _ => panic!("this studio's server is a program"),
        }
    }

    pub(crate) fn base(&self) -> String {
        match &self.server {
            Running::Program(program) => program.base().to_owned(),
            Running::InProcess(server) => format!("http://{}", server.address()),
            Running::Stopped => panic!("the server was stopped"),
        }
    }

    pub(crate) fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    /// The server's database, opened beside it.
    pub(crate) async fn store(&self) -> Store {
        store_of(&self.data()).await
    }

    /// The program, where it is one.
    pub(crate) fn program(&mut self) -> &mut Program {
        match &mut self.server {
            Running::Program(program) => program,
            Running::InProcess(_) | Running::Stopped => panic!("this studio's server is no program"),
        }
    }

    /// Runs an admin command on the studio's folder, beside the server.
    pub(crate) fn admin(&self, args: &[&str]) -> Value {
        admin(&self.data(), args)
    }

    /// A new key of the studio's account: `{"key","secret",…}`.
    pub(crate) fn new_key(&self, roles: &[&str]) -> Value {
        new_key(&self.data(), &self.account, roles)
    }

    /// Someone without a token.
    pub(crate) fn anonymous(&self) -> Actor {
        Actor::anonymous(&self.base())
    }

    /// Someone with a token of a new key with these roles, in the studio's workspace.
    pub(crate) async fn key_with(&self, roles: &[&str]) -> Actor {
        let key = self.new_key(roles);
        self.actor_of(&key).await
    }

    /// Someone with a token of this key.
    pub(crate) async fn actor_of(&self, key: &Value) -> Actor {
        Actor {
            token: Some(self.token_of(key).await),
            account: Some(text(key, "account_id").to_owned()),
            workspace: Some(self.workspace.clone()),
            ..self.anonymous()
        }
    }

    /// A token of this key.
    pub(crate) async fn token_of(&self, key: &Value) -> String {
        let request = serde_json::json!({
            "account_id": key["account_id"], "key": key["key"], "secret": key["secret"],
        });
        let answer = self.anonymous().post("/auth/token").json(&request).send().await.ok();
        answer.as_str().expect("a token").to_owned()
    }
}

async fn in_process(data: &Path, clock: &Clock, settings: Settings) -> Running {
    let settings = Settings {
        data: data.to_owned(),
        database_url: database_of(data).and_then(|url| url.parse().ok()),
        listen: ([127, 0, 0, 1], 0).into(),
        log: "warn".into(),
        // Their workers are the program, which this is not.
        preview_workers: 0,
        ..settings
    };
    let settings = storage_settings(data, settings);
    Running::InProcess(mudlark_server::start(settings, clock.clone()).await.expect("the server starts"))
}

/// The database that belongs to a data folder.
pub(crate) async fn store_of(data: &Path) -> Store {
    let opened = match database_of(data) {
        Some(url) => Store::open_postgres(&url).await,
        None => Store::open_existing_sqlite(&data.join("mudlark.sqlite3")).await,
    };
    opened.expect("the folder's database")
}

/// A new key of an account: `{"key","secret",…}`.
pub(crate) fn new_key(data: &Path, account: &str, roles: &[&str]) -> Value {
    let mut args = vec!["key", "create", "--account", account, "--name", "test key"];
    for role in roles {
        args.extend(["--role", role]);
    }
    admin(data, &args)
}

/// Makes the account and the workspace before the server starts, so that nothing waits for it.
fn prepare() -> (TempDir, String, String) {
    let folder = TempDir::new().expect("a temporary folder");
    let data = folder.path().join("data");
    let (account, workspace) = Template::get().write_to(&data);
    (folder, account, workspace)
}

fn make_account(data: &Path) -> (String, String) {
    let account = admin(data, &["account", "create", "--name", "Studio", "--plan", "pro"]);
    let account = text(&account, "id").to_owned();
    let workspace = admin(data, &["workspace", "create", "--account", &account, "--name", "Game"]);
    (account, text(&workspace, "id").to_owned())
}

/// A data folder with an account and a workspace, made by the program once and then copied. *Why*: making its database
/// is a third of what a small test costs, and more on PostgreSQL.
struct Template {
    account: String,
    workspace: String,
    files: Vec<(OsString, Vec<u8>)>,
    /// The name of its database on PostgreSQL.
    database: Option<String>,
}

impl Template {
    fn get() -> &'static Self {
        static TEMPLATE: LazyLock<Template> = LazyLock::new(Template::make);
        &TEMPLATE
    }

    fn make() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let data = folder.path().join("data");
        let database = on_postgres().then(|| template_database(&data));
        let (account, workspace) = make_account(&data);
        let entries = fs::read_dir(&data).unwrap().map(Result::unwrap);
        let files = entries.map(|entry| (entry.file_name(), fs::read(entry.path()).unwrap())).collect();
        Self { account, workspace, files, database }
    }

    fn write_to(&self, data: &Path) -> (String, String) {
        DirBuilder::new().mode(0o700).create(data).unwrap();
        for (name, content) in &self.files {
            let mut options = OpenOptions::new();
            let file = options.write(true).create_new(true).mode(0o600).open(data.join(name));
            file.and_then(|mut file| file.write_all(content)).unwrap();
        }
        if let Some(template) = &self.database {
            copy_database(data, template);
        }
        (self.account.clone(), self.workspace.clone())
    }
}
