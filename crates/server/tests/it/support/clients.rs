//! Stock clients of other languages, which the tests call the server with. Their packages are installed by name into
//! the target folder the first time, and found there from then on.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

use super::actor::text;
use super::studio::Studio;

/// Exact versions: a new one is a change of ours.
const PYTHON_PACKAGES: &[&str] = &[
    "aiosmtpd==1.4.6",
    "authlib==1.7.2",
    "cryptography==46.0.5",
    "hypothesis==6.170.17",
    "jsonschema-rs==0.60.3",
    "openapi-python-client==0.29.1",
    "PyJWT==2.12.1",
    "requests==2.32.5",
    "ruff==0.17.6",
    "schemathesis==4.32.5",
    "standardwebhooks==1.1.0",
];
/// The newest lines that run on Node.js 18, which Debian 12 has.
const NODE_PACKAGES: &[&str] = &["oidc-provider@8.8.1", "openid-client@5.7.1"];

/// Runs a Python script of `tests/it/clients` to its end, and gives what it prints.
pub(crate) fn run_python(script: &str, args: &[&str]) -> String {
    run(python().arg(clients().join(script)).args(args))
}

/// Runs an example of `docs/examples` as the holder of this key, and gives what it prints.
pub(crate) fn run_example(studio: &Studio, key: &Value, script: &str, args: &[&str]) -> String {
    let mut command = python();
    command.arg(root().join("docs/examples").join(script)).args(args);
    command.env("MUDLARK_URL", studio.base());
    command.env("MUDLARK_ACCOUNT_ID", &studio.account).env("MUDLARK_WORKSPACE_ID", &studio.workspace);
    command.env("MUDLARK_KEY", text(key, "key")).env("MUDLARK_SECRET", text(key, "secret"));
    run(&mut command)
}

/// Runs a program of a Python package in a folder to its end, and gives what it prints.
pub(crate) fn run_python_tool(package: &str, folder: &Path, args: &[&str]) -> String {
    run(python().args(["-m", package]).args(args).current_dir(folder))
}

/// Runs a Node.js script of `tests/it/clients` to its end, and gives what it prints.
pub(crate) fn run_node(script: &str, args: &[&str]) -> String {
    let mut command = on_loopback("node");
    command.env("NODE_PATH", node_packages().join("node_modules")).arg(clients().join(script)).args(args);
    run(&mut command)
}

/// A command line for a script of `tests/it/clients` that is a module of Node.js: those look for packages beside themselves.
pub(super) fn node_module(script: &str) -> Command {
    let beside = node_packages().join(script);
    // Whoever reads it meanwhile has it whole.
    let written = tempfile::NamedTempFile::new_in(node_packages()).expect("the packages' folder");
    fs::copy(clients().join(script), written.path()).expect("the script");
    written.persist(&beside).expect("the script's place");
    let mut command = on_loopback("node");
    command.arg(beside);
    command
}

fn node_packages() -> PathBuf {
    installed("node", NODE_PACKAGES, |folder| {
        let mut install = Command::new("npm");
        install.args(["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"]);
        run(install.arg(folder).args(NODE_PACKAGES));
    })
}

/// A command line for a Python script of `tests/it/clients` that runs beside the test.
pub(super) fn python_script(script: &str) -> Command {
    let mut command = python();
    command.arg(clients().join(script));
    command
}

/// Where a script of `tests/it/clients` lies.
pub(crate) fn client_script(name: &str) -> PathBuf {
    clients().join(name)
}

fn clients() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/clients")
}

/// The repository's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The interpreter that has the packages; it finds their programs and leaves nothing beside its scripts.
fn python() -> Command {
    let packages = installed("python", PYTHON_PACKAGES, |folder| {
        run(Command::new("python3").args(["-m", "venv"]).arg(folder));
        let mut install = Command::new(folder.join("bin/python"));
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        run(install.args(PYTHON_PACKAGES));
    });
    let programs = packages.join("bin");
    let mut command = on_loopback(programs.join("python"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([programs].into_iter().chain(std::env::split_paths(&path)));
    command.env("PATH", path.expect("folders")).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// The folder of these packages; filled by whoever comes first, while the others wait.
fn installed(what: &str, packages: &[&str], install: impl FnOnce(&Path)) -> PathBuf {
    // Cargo's folder for what tests keep. Other versions are another folder.
    let place = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(place).expect("the target folder can be written");
    let folder = place.join(format!("{what}-{}", packages.join("-").replace(['=', '@', '.'], "_")));
    let lock = File::create(place.join(format!("{what}.lock"))).expect("a lock file");
    lock.lock().expect("the lock");
    let ready = folder.join("ready");
    if !ready.exists() {
        // What an installation that was broken off has left is of no use.
        fs::remove_dir_all(&folder).ok();
        fs::create_dir_all(&folder).expect("the packages' folder");
        install(&folder);
        File::create(ready).expect("the mark that all is there");
    }
    folder
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    printed
}

/// Whatever proxy the machine has for its packages is not for these.
fn on_loopback(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env("NO_PROXY", "127.0.0.1,localhost").env("no_proxy", "127.0.0.1,localhost");
    command
}

/// Who receives messages by https, on a certificate of an authority of its own. It runs until the value falls.
pub(crate) struct HttpsReceiver {
    process: Child,
    printed: BufReader<ChildStdout>,
    pub(crate) port: u16,
}

impl HttpsReceiver {
    /// Starts it; `authority.pem` is in the folder then.
    pub(crate) fn start(folder: &Path) -> Self {
        let mut command = python();
        command.arg(clients().join("https_receiver.py")).arg(folder).stdout(Stdio::piped());
        let mut process = command.spawn().expect("the receiver starts");
        let printed = BufReader::new(process.stdout.take().expect("its output"));
        let mut receiver = Self { process, printed, port: 0 };
        receiver.port = receiver.line().parse().expect("a port");
        receiver
    }

    /// The id of the next message.
    pub(crate) fn next(&mut self) -> String {
        self.line()
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.printed.read_line(&mut line).expect("the receiver prints");
        line.trim_end().to_owned()
    }
}

impl Drop for HttpsReceiver {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// A verifier of another language, which knows nothing but the published keys. It runs until the value falls.
pub(crate) struct ForeignVerifier {
    process: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl ForeignVerifier {
    pub(crate) fn start(base: &str) -> Self {
        let mut command = python();
        command.arg(clients().join("jwks_verifier.py")).arg(format!("{base}/.well-known/jwks.json"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("the verifier starts");
        let commands = process.stdin.take().expect("its input");
        let answers = BufReader::new(process.stdout.take().expect("its output"));
        Self { process, commands, answers }
    }

    /// Takes the published keys anew.
    pub(crate) fn fetch(&mut self) {
        let (outcome, _) = self.ask("fetch");
        assert_eq!(outcome, "ok");
    }

    /// What it says of a token, and how often it has taken the keys by then.
    pub(crate) fn verify(&mut self, token: &str) -> (String, u32) {
        self.ask(&format!("verify {token}"))
    }

    fn ask(&mut self, command: &str) -> (String, u32) {
        writeln!(self.commands, "{command}").expect("the verifier listens");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the verifier answers");
        let (outcome, fetches) = line.trim_end().rsplit_once(' ').expect("an outcome and a number");
        (outcome.to_owned(), fetches.parse().expect("a number"))
    }
}

impl Drop for ForeignVerifier {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
