//! nginx as the reference for downloads: found on the machine, or unpacked from Debian's package beside the build.
//! It runs as one process in the foreground with everything it writes in a folder of ours. Called by `transfers`.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::children::{Children, Server};

/// Debian's and Ubuntu's packages that may hold the program, in the order they are tried.
const PACKAGES: [&str; 3] = ["nginx", "nginx-light", "nginx-core"];

/// How often a start is tried again when somebody else took the free port first.
const START_TRIES: usize = 3;

/// Finds nginx, or fetches it into `folder`.
///
/// Why unpacked and not installed: Debian's package would start a server on port 80 at once.
///
/// # Errors
/// When there is none and Debian's package can't be fetched either.
pub(crate) fn find_or_fetch(folder: &Path) -> Result<PathBuf> {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&on_path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let unpacked = folder.join("usr/sbin/nginx");
    let mut found = places.map(|place| place.join("nginx")).chain([unpacked.clone()]);
    if let Some(path) = found.find(|path| path.is_file()) {
        return Ok(path);
    }
    eprintln!(
        "fetching nginx, the reference for downloads (Debian's package, unpacked into {})",
        folder.display()
    );
    fs::create_dir_all(folder)?;
    if fetch(folder).is_err() {
        run(folder, "apt-get", &["-qq", "update"])?;
        fetch(folder)
            .context("nginx is not installed and can't be fetched; install it, or pass --no-nginx")?;
    }
    Ok(unpacked)
}

/// Downloads and unpacks the first package that holds the program.
fn fetch(folder: &Path) -> Result<()> {
    for package in PACKAGES {
        if run(folder, "apt-get", &["-qq", "download", package]).is_err() {
            continue;
        }
        for entry in fs::read_dir(folder)? {
            let file = entry?.path();
            if file.extension().is_some_and(|end| end == "deb") {
                run(folder, "dpkg-deb", &["--extract", &file.to_string_lossy(), "."])?;
                fs::remove_file(file)?;
            }
        }
        if folder.join("usr/sbin/nginx").is_file() {
            return Ok(());
        }
    }
    bail!("no package of {PACKAGES:?} holds nginx")
}

/// Runs a command in a folder; what it says is part of the error.
fn run(folder: &Path, program: &str, arguments: &[&str]) -> Result<()> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("starting {program}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program} {}: {}", arguments.join(" "), said.trim());
    Ok(())
}

/// Starts nginx on `files`, reached as `/files/…`, with its own things in `folder`.
///
/// # Errors
/// When it doesn't listen, with what it said.
pub(crate) fn start(children: &Children, program: &Path, folder: &Path, files: &Path) -> Result<Server> {
    fs::create_dir_all(folder)?;
    let mut said = String::new();
    for _ in 0..START_TRIES {
        // nginx can't be told to take any free port: one is found, freed and named.
        let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let settings = folder.join("nginx.conf");
        fs::write(&settings, settings_text(address, folder, files))?;
        let mut command = Command::new(program);
        command.arg("-p").arg(folder).arg("-c").arg(&settings).arg("-e").arg(folder.join("error.log"));
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let process = children.start(&mut command, &folder.join("stderr.log"))?;
        for _ in 0..100 {
            if TcpStream::connect(address).is_ok() && process.is_alive() {
                return Ok(Server { address, process });
            }
            if !process.is_alive() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        said = process.log_tail();
    }
    bail!("nginx does not start: {said}")
}

/// One process, sendfile, no access log, nothing written outside `folder`.
///
/// Why one process: a single download uses one worker, and a master killed hard would leave its workers behind.
fn settings_text(address: SocketAddr, folder: &Path, files: &Path) -> String {
    let folder = folder.display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("    {kind}_temp_path \"{folder}/{kind}\";\n"))
        .concat();
    format!(
        "daemon off;\nmaster_process off;\nworker_processes 1;\n\
         pid \"{folder}/nginx.pid\";\nerror_log \"{folder}/error.log\" warn;\n\
         events {{ worker_connections 256; }}\n\
         http {{\n    access_log off;\n    sendfile on;\n    tcp_nopush on;\n{temporary}    \
         server {{\n        listen {address};\n        location /files/ {{ alias \"{}/\"; }}\n    }}\n}}\n",
        files.display()
    )
}
