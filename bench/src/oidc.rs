//! npm's oidc-provider as the reference of another making for `/auth/token`: installed by name into a folder beside the
//! build, and run with `bench/oidc-provider/server.mjs`. Called by `rates`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::api::ask_on;
use crate::children::{Children, Server};
use crate::client::Connection;
use crate::http1;

/// The package, pinned.
const PACKAGE: &str = "oidc-provider@9.13.3";

/// The client that asks for tokens. A secret that protects nothing.
const CLIENT_ID: &str = "benchmark";
const CLIENT_SECRET: &str = "benchmark-secret-of-no-value-0123456789";

/// Installs the package into `folder`, unless it is there, with the script beside it.
///
/// # Errors
/// When node or npm are missing or too old, or the package can't be installed.
pub(crate) fn find_or_install(root: &Path, folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let version = run(folder, "node", &["--version"]).context("node is needed, version 20 or newer")?;
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    ensure!(
        major.is_some_and(|major| major >= 20),
        "node {} is too old; 20 or newer is needed",
        version.trim()
    );
    let manifest = folder.join("node_modules/oidc-provider/package.json");
    let installed = fs::read(&manifest).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let installed = installed.and_then(|package| package["version"].as_str().map(str::to_owned));
    if installed.is_none_or(|version| PACKAGE != format!("oidc-provider@{version}")) {
        eprintln!("installing {PACKAGE}, a reference for /auth/token, into {}", folder.display());
        let arguments = ["install", "--prefix", ".", "--no-save", "--no-audit", "--no-fund", PACKAGE];
        run(folder, "npm", &arguments).with_context(|| format!("{PACKAGE} can't be installed"))?;
    }
    let script = folder.join("server.mjs");
    fs::copy(root.join("bench/oidc-provider/server.mjs"), &script)?;
    Ok(script)
}

/// Runs a command in a folder, and gives what it says.
fn run(folder: &Path, program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("starting {program}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program} {}: {}", arguments.join(" "), said.trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Starts it, and waits until both its workers listen.
pub(crate) fn start(children: &Children, script: &Path, log: &Path) -> Result<Server> {
    let mut command = Command::new("node");
    command.arg(script).env("NODE_ENV", "production");
    command.env("BENCH_CLIENT_ID", CLIENT_ID).env("BENCH_CLIENT_SECRET", CLIENT_SECRET);
    children.start_server(&mut command, log)
}

/// A token request of its own kind, tried once: the answer must be a JWT signed with ES256.
pub(crate) fn token_request(runtime: &Runtime, server: &Server) -> Result<Vec<u8>> {
    let body = format!(
        "grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}&scope=api"
    );
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let request = http1::request("POST", "/token", &server.address.to_string(), &headers, body.as_bytes());
    let answer = runtime.block_on(async {
        let mut connection = Connection::open(server.address).await?;
        ask_on(&mut connection, &request).await
    })?;
    let token = answer["access_token"].as_str().context("oidc-provider gave no token")?;
    // base64url of `{"alg":"ES256"`: the member stands first.
    let is_jwt = token.starts_with("eyJhbGciOiJFUzI1NiI") && token.split('.').count() == 3;
    ensure!(is_jwt, "oidc-provider's token is not a JWT signed with ES256");
    Ok(request)
}
