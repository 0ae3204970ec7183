//! The program under test: started on a free port in a folder of its own, stopped when the test ends, however it ends.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use super::database::use_data;

/// Flags by which a server answers as often as it is asked: for tests that ask more than a person would, and are not
/// about limits.
pub(crate) const NO_LIMITS: [&str; 8] = [
    "--limit-token-per-minute",
    "0",
    "--limit-issue-per-minute",
    "0",
    "--limit-api-pro-per-second",
    "0",
    "--limit-api-enterprise-per-second",
    "0",
];

/// A command line of the program, with nothing of the caller's settings in its environment.
pub(crate) fn program_command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mudlark"));
    command.args(args);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MUDLARK_") {
            command.env_remove(name);
        }
    }
    // Each preview takes a process and a moment: tests that are about them ask for them.
    command.env("MUDLARK_PREVIEW_WORKERS", "0");
    command
}

/// The program's path, for a shell.
pub(crate) fn program_path() -> &'static str {
    env!("CARGO_BIN_EXE_mudlark")
}

/// Runs an admin command with `--json` on a data folder and reads what it prints.
pub(crate) fn admin(data: &Path, args: &[&str]) -> Value {
    let output = run_admin(data, args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("admin commands print JSON")
}

/// Runs an admin command that must fail, and gives what it says.
pub(crate) fn admin_failing(data: &Path, args: &[&str]) -> String {
    let output = run_admin(data, args);
    assert!(!output.status.success(), "{args:?} should have failed");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn run_admin(data: &Path, args: &[&str]) -> Output {
    use_data(program_command(args).arg("--json"), data).output().expect("the program runs")
}

/// Runs a prepared command line with this on its standard input, to its end.
pub(crate) fn output_with_input(mut command: Command, input: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("its input").write_all(input).expect("it reads its input");
    child.wait_with_output().expect("it ends")
}

fn serve_command(data: &Path, flags: &[&str]) -> Command {
    let mut command = program_command(&["serve", "--listen", "127.0.0.1:0", "--log", "warn"]);
    use_data(&mut command, data).args(flags);
    command
}

/// A running server.
pub(crate) struct Program {
    child: Child,
    base: String,
}

impl Program {
    /// Starts a server on this folder, with further flags.
    pub(crate) fn start_on(data: &Path, flags: &[&str]) -> Self {
        Self::spawn(serve_command(data, flags))
    }

    /// The same, with these authorities' certificates in place of the machine's.
    pub(crate) fn start_trusting(data: &Path, flags: &[&str], authorities: &Path) -> Self {
        let mut command = serve_command(data, flags);
        command.env("SSL_CERT_FILE", authorities).env_remove("SSL_CERT_DIR");
        Self::spawn(command)
    }

    /// Starts a prepared command line, and waits until it accepts.
    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let base = loop {
            match lines.next() {
                Some(Ok(line)) => {
                    if let Some(base) = line.strip_prefix("listening on ") {
                        break base.to_owned();
                    }
                }
                _ => panic!("the program ended before it listened: {:?}", child.wait()),
            }
        };
        // Whatever else it prints is read away, so that it never waits for us.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, base }
    }

    /// `http://127.0.0.1:PORT`
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// `127.0.0.1:PORT`
    pub(crate) fn address(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }

    /// Asks it to stop, as an operator would.
    pub(crate) fn terminate(&self) {
        let status = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status();
        assert!(status.expect("kill runs").success());
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> std::process::ExitStatus {
        self.child.wait().expect("it ends")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
