//! The PostgreSQL that the suite runs on: the one that `MUDLARK_TEST_POSTGRES_URL` names, or else a throw-away
//! cluster, started once for all tests of the process and gone with it.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use tokio_postgres::Config;
use tokio_postgres::config::Host;

const VARIABLE: &str = "MUDLARK_TEST_POSTGRES_URL";

/// Set up, say so, wait for the end of our input, clean up. The input is a pipe that the test process holds: it ends
/// with the process, however that ends.
///
/// *Arguments*: folder, folder of the programs, then what runs a command as another user, if anything.
const SUPERVISOR: &str = r#"
trap '' INT TERM HUP
folder=$1; programs=$2; shift 2
settings="-k $folder -c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
settings="$settings -c max_connections=300 -c shared_buffers=32MB"
{
    "$@" "$programs/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync &&
    "$@" "$programs/pg_ctl" start -w -D "$folder/data" -l "$folder/server.log" -o "$settings"
} >"$folder/log" 2>&1 && echo ready || { cat "$folder/log" "$folder/server.log" >&2; echo failed; }
read _
"$@" "$programs/pg_ctl" stop -m immediate -D "$folder/data" >/dev/null 2>&1
rm -rf "$folder"
"#;

struct Cluster {
    settings: Config,
    /// Holds the pipe. Never waited for: statics don't fall.
    _supervisor: Option<Child>,
}

/// The address of a database of the cluster: the one named, or the one that is there to begin with.
pub(crate) fn address(database: Option<&str>) -> String {
    static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    let cluster = CLUSTER.get_or_init(cluster).as_ref();
    let settings = &cluster.unwrap_or_else(|reason| panic!("{reason}")).settings;
    let database = database.or(settings.get_dbname()).unwrap_or("postgres");
    let mut address = format!("dbname={}", quoted(database));
    for host in settings.get_hosts() {
        match host {
            Host::Tcp(name) => write!(address, " host={}", quoted(name)),
            Host::Unix(folder) => write!(address, " host={}", quoted(&folder.to_string_lossy())),
        }
        .unwrap();
    }
    for port in settings.get_ports() {
        write!(address, " port={port}").unwrap();
    }
    if let Some(user) = settings.get_user() {
        write!(address, " user={}", quoted(user)).unwrap();
    }
    if let Some(password) = settings.get_password() {
        write!(address, " password={}", quoted(&String::from_utf8_lossy(password))).unwrap();
    }
    address
}

fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}

/// Finds or starts the cluster. A failure is kept too: each test then says the same at once.
fn cluster() -> Result<Cluster, String> {
    match std::env::var(VARIABLE) {
        Ok(url) => {
            let settings = url.parse().map_err(|error| format!("{VARIABLE} is no address: {error}"))?;
            Ok(Cluster { settings, _supervisor: None })
        }
        Err(_) => start(),
    }
}

fn start() -> Result<Cluster, String> {
    let programs = programs().ok_or_else(|| {
        format!(
            "these tests need PostgreSQL 15 or newer: install it (on Debian: `apt-get install postgresql`), \
             or name a running one in {VARIABLE}"
        )
    })?;
    let folder = tempfile::Builder::new().prefix("mudlark-postgres-").tempdir().unwrap().keep();
    let mut command = Command::new("sh");
    command.arg("-c").arg(SUPERVISOR).arg("sh").arg(&folder).arg(programs);
    if is_root(&folder) {
        // PostgreSQL refuses to run as root.
        let given = Command::new("chown").arg("postgres:postgres").arg(&folder).status();
        if !given.is_ok_and(|status| status.success()) {
            return Err("there is no user `postgres` to run PostgreSQL as".to_owned());
        }
        command.args(["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]);
    } else {
        command.arg("env");
    }
    let mut supervisor = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut answer = String::new();
    BufReader::new(supervisor.stdout.take().unwrap()).read_line(&mut answer).unwrap();
    if answer.trim() != "ready" {
        drop(supervisor.stdin.take());
        supervisor.wait().unwrap();
        return Err("PostgreSQL did not start; its log is above".to_owned());
    }
    let mut settings = Config::new();
    settings.host_path(&folder).user("postgres");
    Ok(Cluster { settings, _supervisor: Some(supervisor) })
}

/// Whether we are root: what we make belongs to user 0.
fn is_root(made_by_us: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(made_by_us).unwrap().uid() == 0
}

/// The folder with `initdb`, `pg_ctl` and `postgres`: the newest of Debian's, or one on the `PATH`.
fn programs() -> Option<PathBuf> {
    let version = |folder: &PathBuf| -> u32 {
        let name = folder.parent().and_then(Path::file_name).unwrap_or_default();
        name.to_string_lossy().parse().unwrap_or_default()
    };
    let mut debian: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    debian.sort_by_key(version);
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    debian
        .into_iter()
        .rev()
        .chain(std::env::split_paths(&on_path))
        .find(|folder| ["initdb", "pg_ctl", "postgres"].iter().all(|program| folder.join(program).is_file()))
}
