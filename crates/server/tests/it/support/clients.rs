//! Stock clients of other languages, which the tests call the server with. Their packages are installed by name into
//! the target folder the first time, and found there from then on.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

/// Exact versions: a new one is a change of ours.
const PYTHON_PACKAGES: &[&str] =
    &["authlib==1.7.2", "requests==2.32.5", "PyJWT==2.12.1", "cryptography==46.0.5"];
/// The newest line that runs on Node.js 18, which Debian 12 has.
const NODE_PACKAGES: &[&str] = &["openid-client@5.7.1"];

/// Runs a Python script of `tests/it/clients` to its end, and reads the JSON that it prints.
pub(crate) fn run_python(script: &str, args: &[&str]) -> Value {
    let mut command = Command::new(python());
    command.arg(clients().join(script)).args(args);
    printed(command)
}

/// Runs a Node.js script of `tests/it/clients` to its end, and reads the JSON that it prints.
pub(crate) fn run_node(script: &str, args: &[&str]) -> Value {
    let packages = installed("node", NODE_PACKAGES, |folder| {
        let mut install = Command::new("npm");
        install.args(["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"]);
        run(install.arg(folder).args(NODE_PACKAGES));
    });
    let mut command = Command::new("node");
    command.env("NODE_PATH", packages.join("node_modules")).arg(clients().join(script)).args(args);
    printed(command)
}

fn clients() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/clients")
}

fn python() -> PathBuf {
    let packages = installed("python", PYTHON_PACKAGES, |folder| {
        run(Command::new("python3").args(["-m", "venv"]).arg(folder));
        let mut install = Command::new(folder.join("bin/python"));
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        run(install.args(PYTHON_PACKAGES));
    });
    packages.join("bin/python")
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

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn printed(mut command: Command) -> Value {
    let output = on_loopback(&mut command).output().expect("the client runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("the client prints JSON")
}

/// Whatever proxy the machine has for its packages is not for these.
fn on_loopback(command: &mut Command) -> &mut Command {
    command.env("NO_PROXY", "127.0.0.1,localhost").env("no_proxy", "127.0.0.1,localhost")
}

/// A verifier of another language, which knows nothing but the published keys. It runs until the value falls.
pub(crate) struct ForeignVerifier {
    process: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl ForeignVerifier {
    pub(crate) fn start(base: &str) -> Self {
        let mut command = Command::new(python());
        command.arg(clients().join("jwks_verifier.py")).arg(format!("{base}/.well-known/jwks.json"));
        let command = on_loopback(&mut command).stdin(Stdio::piped()).stdout(Stdio::piped());
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
