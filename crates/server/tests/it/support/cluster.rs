//! A PostgreSQL server for one test that stops and starts it. It ends with the value, and with this process however
//! that ends.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Sets a cluster up, then obeys: a line `stop` or `start` each is answered by `done`. The end of the input is the
/// order to clean up.
///
/// *Arguments*: folder of the programs, port, certificate and key in one file or nothing, then what runs a command as
/// another user, if anything.
const KEEPER: &str = r#"
trap '' INT TERM HUP
programs=$1; port=$2; certificate=$3; shift 3
folder=$("$@" mktemp -d /tmp/mudlark-it-postgres.XXXXXX)
cd /
printf pw | "$@" tee "$folder/password" >/dev/null
"$@" "$programs/initdb" -D "$folder/data" -U postgres -A scram-sha-256 --pwfile "$folder/password" -E UTF8 --locale=C --no-sync >&2
settings="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories= -c fsync=off"
if [ -n "$certificate" ]; then
    "$@" tee "$folder/server.pem" < "$certificate" >/dev/null
    "$@" chmod 600 "$folder/server.pem"
    "$@" sed -i 's/^host /hostssl /' "$folder/data/pg_hba.conf"
    settings="$settings -c ssl=on -c ssl_cert_file=$folder/server.pem -c ssl_key_file=$folder/server.pem"
fi
start() { "$@" "$programs/pg_ctl" start -w -D "$folder/data" -l "$folder/log" -o "$settings" >/dev/null 2>&1 </dev/null; }
start "$@" && echo done || { "$@" cat "$folder/log" >&2; echo failed; }
while read -r order; do
    case $order in
        stop) "$@" "$programs/pg_ctl" stop -w -m fast -D "$folder/data" >/dev/null 2>&1 ;;
        start) start "$@" ;;
    esac && echo done || echo failed
done
"$@" "$programs/pg_ctl" stop -m immediate -D "$folder/data" >/dev/null 2>&1
"$@" rm -rf "$folder"
"#;

pub(crate) struct Cluster {
    keeper: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    port: u16,
}

impl Cluster {
    pub(crate) fn start_new() -> Self {
        Self::start_with(Path::new(""))
    }

    /// One that takes no connection but by TLS, with this certificate and its key.
    pub(crate) fn start_secured(certificate: &Path) -> Self {
        Self::start_with(certificate)
    }

    fn start_with(certificate: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "sh"]).arg(programs()).arg(port.to_string()).arg(certificate);
        if is_root() {
            // PostgreSQL refuses to run as root.
            command.args(["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]);
        } else {
            command.arg("env");
        }
        let mut keeper =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (orders, answers) = (keeper.stdin.take(), BufReader::new(keeper.stdout.take().unwrap()));
        let mut cluster = Self { keeper, orders, answers, port };
        cluster.expect_done("setting up");
        cluster
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres:pw@127.0.0.1:{}/postgres", self.port)
    }

    pub(crate) fn stop(&mut self) {
        self.order("stop");
    }

    pub(crate) fn start(&mut self) {
        self.order("start");
    }

    fn order(&mut self, order: &str) {
        writeln!(self.orders.as_mut().unwrap(), "{order}").unwrap();
        self.expect_done(order);
    }

    fn expect_done(&mut self, what: &str) {
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        assert_eq!(answer.trim(), "done", "{what} of a PostgreSQL server");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.orders.take());
        self.keeper.wait().ok();
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// The folder with `initdb` and `pg_ctl`: the newest of Debian's, or one on the `PATH`.
fn programs() -> PathBuf {
    let mut debian: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
        .filter_map(|path| Some((path.file_name()?.to_str()?.parse().ok()?, path.join("bin"))))
        .collect();
    debian.sort();
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    debian
        .into_iter()
        .rev()
        .map(|(_, folder)| folder)
        .chain(std::env::split_paths(&on_path))
        .find(|folder| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file())
        .expect("PostgreSQL's programs: on Debian, `apt-get install postgresql`")
}
