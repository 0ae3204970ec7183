//! One throw-away PostgreSQL cluster on its own free port of 127.0.0.1, in its own temporary folder.
//! It ends with the value, and with this process however that ends (see `cluster.sh`).
//! Called by `test` and `bench`.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{postgres, programs};

/// The environment variable by which the tests learn the cluster's address.
pub(crate) const URL_VARIABLE: &str = "MUDLARK_TEST_POSTGRES_URL";

const KEEPER_SCRIPT: &str = include_str!("cluster.sh");

/// A free port may be taken by another program before PostgreSQL gets to it.
const ATTEMPTS: u32 = 3;

const STOP_TIMEOUT: Duration = Duration::from_secs(30);

/// What a cluster is for.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    /// Nothing waits for the disk.
    Tests,
    /// As a studio's would be on one machine: what is committed is on the disk, and clients come by a Unix socket.
    Measuring,
}

/// A running cluster.
pub(crate) struct Cluster {
    keeper: Child,
    /// Closing it is the order to stop.
    lifeline: Option<ChildStdin>,
    url: String,
}

impl Cluster {
    /// Makes and starts a cluster.
    ///
    /// *Errors*: PostgreSQL is missing or does not start; its own words are shown before.
    pub(crate) fn start(purpose: Purpose) -> Result<Self, String> {
        let programs = postgres::find().ok_or("PostgreSQL's programs were not found")?;
        let mut problem = String::new();
        for _ in 0..ATTEMPTS {
            match Self::try_start(&programs, purpose) {
                Ok(cluster) => return Ok(cluster),
                Err(error) => problem = error,
            }
        }
        Err(format!("{problem} ({ATTEMPTS} attempts)"))
    }

    /// The superuser's address: `postgres://postgres:<password>@<host>:<port>/postgres`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn try_start(programs: &Path, purpose: Purpose) -> Result<Self, String> {
        let password = random_password()?;
        let port = free_port()?;
        let mut keeper = keeper_command(programs, port, purpose)?
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Its own group: Ctrl-C must reach us and the tests, not the one that cleans up after us.
            .process_group(0)
            .spawn()
            .map_err(|error| format!("the cluster's keeper could not be started: {error}"))?;
        let mut lifeline = keeper.stdin.take().ok_or("the cluster's keeper has no input")?;
        let output = keeper.stdout.take().ok_or("the cluster's keeper has no output")?;

        let mut answer = String::new();
        writeln!(lifeline, "{password}")
            .and_then(|()| BufReader::new(output).read_line(&mut answer))
            .map_err(|error| format!("the cluster's keeper does not answer: {error}"))?;
        let Some(folder) = answer.trim_end().strip_prefix("ready ") else {
            drop(lifeline);
            let _ = keeper.wait();
            return Err(format!("PostgreSQL of {} did not start; see its lines above", programs.display()));
        };
        let host = match purpose {
            Purpose::Tests => "127.0.0.1".to_owned(),
            Purpose::Measuring => folder.replace('/', "%2F"),
        };
        let url = format!("postgres://postgres:{password}@{host}:{port}/postgres");
        Ok(Self { keeper, lifeline: Some(lifeline), url })
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        let asked = Instant::now();
        while asked.elapsed() < STOP_TIMEOUT {
            if !matches!(self.keeper.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        eprintln!(
            "warning: the throw-away PostgreSQL cluster is still stopping (process {})",
            self.keeper.id()
        );
    }
}

/// The keeper's command; as another user when we are root, whom PostgreSQL refuses.
fn keeper_command(programs: &Path, port: u16, purpose: Purpose) -> Result<Command, String> {
    let mut command;
    let parent: PathBuf;
    let purpose = match purpose {
        Purpose::Tests => "tests",
        Purpose::Measuring => "measuring",
    };
    if programs::is_root() {
        let user = unprivileged_user()?;
        programs::on_path("runuser").ok_or(
            "PostgreSQL does not run as root, and `runuser` (package util-linux) is not here to become \
             another user; run as an ordinary user instead",
        )?;
        command = Command::new("runuser");
        command.args(["-u", user, "--", "sh"]);
        // Root's own temporary folder may be closed to that user.
        parent = PathBuf::from("/tmp");
    } else {
        command = Command::new("sh");
        parent = std::env::temp_dir();
    }
    command
        .args(["-c", KEEPER_SCRIPT, "keeper"])
        .arg(programs)
        .arg(port.to_string())
        .arg(parent)
        .arg(purpose);
    command.current_dir("/").env("LC_ALL", "C");
    for (name, _) in std::env::vars_os() {
        // PGDATA, PGPORT and the like would change what PostgreSQL's programs do.
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
    Ok(command)
}

fn unprivileged_user() -> Result<&'static str, String> {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    ["postgres", "nobody"]
        .into_iter()
        .find(|user| users.lines().any(|line| line.split(':').next() == Some(user)))
        .ok_or_else(|| {
            "PostgreSQL does not run as root, and there is no user `postgres` to become".to_owned()
        })
}

fn free_port() -> Result<u16, String> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| format!("there is no free port on 127.0.0.1: {error}"))
}

/// 32 hexadecimal digits. *Why*: other users of the machine can reach the port too, and a superuser
/// of a database can run programs.
fn random_password() -> Result<String, String> {
    let mut bytes = [0_u8; 16];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .map_err(|error| format!("/dev/urandom cannot be read: {error}"))?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_need_no_escaping_and_differ() {
        let (one, other) =
            (random_password().expect("random bytes"), random_password().expect("random bytes"));

        assert_eq!(one.len(), 32);
        assert!(one.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(one, other);
    }

    #[test]
    fn keeper_that_cannot_make_a_cluster_ends_without_ready() {
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER_SCRIPT, "keeper", "/no/such/folder", "1"])
            .arg(std::env::temp_dir())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh starts");
        // It may have ended before it has read.
        drop(keeper.stdin.take().expect("an input").write_all(b"password\n"));

        let output = keeper.wait_with_output().expect("it ends by itself");

        assert!(!output.status.success());
        assert!(output.stdout.is_empty());
    }
}
