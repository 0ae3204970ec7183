//! What the benchmark asks of the measured server: a token, folders, small assets, and the three steps of an upload.
//! Requests of timed rounds are only built here; `client` and `bulk` send them.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::bulk::{self, Content};
use crate::client::Connection;
use crate::http1;
use crate::program::{Credentials, text};

/// Boundary of the multipart bodies; it occurs in none of the contents.
const BOUNDARY: &str = "benchmark-part-7d1f0a";

/// A caller with a token.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    /// Where the server listens.
    pub(crate) address: SocketAddr,
    host: String,
    credentials: Credentials,
    authorization: String,
}

/// An asset made by an upload.
#[derive(Debug)]
pub(crate) struct Uploaded {
    /// The asset's id.
    pub(crate) asset_id: String,
    /// What the server says the SHA-256 is.
    pub(crate) checksum: String,
    /// All three steps together.
    pub(crate) elapsed: Duration,
}

impl Api {
    /// Exchanges the key for a token.
    pub(crate) fn log_in(runtime: &Runtime, address: SocketAddr, credentials: &Credentials) -> Result<Self> {
        let mut api = Self {
            address,
            host: address.to_string(),
            credentials: credentials.clone(),
            authorization: String::new(),
        };
        let token = api.ask(runtime, &api.token_request())?;
        let token = token.as_str().context("the token is not a bare JSON string")?;
        ensure!(token.split('.').count() == 3, "the token is not a JWT");
        api.authorization = format!("Bearer {token}");
        Ok(api)
    }

    /// `POST /auth/token`, whole.
    pub(crate) fn token_request(&self) -> Vec<u8> {
        let Credentials { account_id, key, secret, .. } = &self.credentials;
        let body = json!({ "account_id": account_id, "key": key, "secret": secret }).to_string();
        let headers = [("content-type", "application/json")];
        http1::request("POST", "/auth/token", &self.host, &headers, body.as_bytes())
    }

    /// `GET /workspaces/assets/{id}`, whole.
    pub(crate) fn asset_request(&self, asset_id: &str) -> Vec<u8> {
        self.get_request(&format!("/workspaces/assets/{asset_id}"))
    }

    /// `GET /workspaces/assets/search` for assets with this piece in their names, whole.
    pub(crate) fn search_request(&self, piece: &str, limit: usize) -> Vec<u8> {
        self.get_request(&format!("/workspaces/assets/search?query={piece}&limit={limit}"))
    }

    /// `GET /users`, whole: the caller, which is little work beside knowing who calls.
    pub(crate) fn caller_request(&self) -> Vec<u8> {
        self.get_request("/users")
    }

    /// A GET, whole.
    pub(crate) fn get_request(&self, target: &str) -> Vec<u8> {
        http1::request("GET", target, &self.host, &self.headers(), b"")
    }

    /// `POST /workspaces/folders`, whole.
    pub(crate) fn folder_request(&self, path: &str) -> Vec<u8> {
        self.json_request("POST", "/workspaces/folders", &json!({ "path": path }))
    }

    /// `POST /workspaces/assets` with a small file, whole.
    pub(crate) fn small_asset_request(&self, folder: &str, name: &str, content: &[u8]) -> Vec<u8> {
        let head = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file_location\"\r\n\r\n{folder}\r\n\
             --{BOUNDARY}\r\ncontent-disposition: form-data; name=\"name\"\r\n\r\n{name}\r\n\
             --{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             content-type: application/octet-stream\r\n\r\n"
        );
        let body = [head.as_bytes(), content, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat();
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let [authorization, account, workspace] = self.headers();
        let headers = [authorization, account, workspace, ("content-type", &kind)];
        http1::request("POST", "/workspaces/assets", &self.host, &headers, &body)
    }

    /// The headers of every workspace-level operation.
    pub(crate) fn headers(&self) -> [(&str, &str); 3] {
        [
            ("authorization", &self.authorization),
            ("x-account-id", &self.credentials.account_id),
            ("x-workspace-id", &self.credentials.workspace_id),
        ]
    }

    /// Uploads a file in the three steps: ask for an address, send the bytes there, make the asset.
    ///
    /// Why all three are timed: only after the last is the file there for others, and all that is durable is owed by then.
    pub(crate) fn upload(&self, runtime: &Runtime, name: &str, content: &Content) -> Result<Uploaded> {
        let begin = Instant::now();
        let place = self.ask(
            runtime,
            &self.json_request("POST", "/workspaces/assets/upload", &json!({ "name": name })),
        )?;
        let target = self.target_of(&text(&place, "signed_url")?)?;
        bulk::upload(self.address, &target, &[], content)?;
        let commit = json!({
            "temp_file_key": text(&place, "key")?,
            "original_file_name": name,
            "file_location": "/uploads/",
        });
        let asset =
            self.ask(runtime, &self.json_request("POST", "/workspaces/assets/upload/assets", &commit))?;
        let elapsed = begin.elapsed();
        let version = &asset["currentVersion"];
        let size_bytes = version["size"].as_u64().context("the asset's version has no size")?;
        ensure!(size_bytes == content.size_bytes(), "the server counts {size_bytes} bytes");
        Ok(Uploaded { asset_id: text(&asset, "id")?, checksum: text(version, "checksum")?, elapsed })
    }

    /// Path and query of a signed address, which must be on this server.
    fn target_of(&self, signed_url: &str) -> Result<String> {
        let target = signed_url.strip_prefix("http://").and_then(|rest| rest.strip_prefix(&self.host));
        Ok(target.context("the signed address is not on the measured server")?.to_owned())
    }

    /// A request with a JSON body, whole.
    pub(crate) fn json_request(&self, method: &str, target: &str, body: &Value) -> Vec<u8> {
        let [authorization, account, workspace] = self.headers();
        let headers = [authorization, account, workspace, ("content-type", "application/json")];
        http1::request(method, target, &self.host, &headers, body.to_string().as_bytes())
    }

    /// Revokes a key over the API. When this returns, the server has answered.
    pub(crate) fn revoke(&self, runtime: &Runtime, key: &str) -> Result<()> {
        let target = format!("/accounts/api-keys/{key}");
        let request = http1::request("DELETE", &target, &self.host, &self.headers(), b"");
        self.exchange(runtime, &request, 204).map(drop)
    }

    /// Sends one request on a connection of its own and reads the JSON of a 200.
    pub(crate) fn ask(&self, runtime: &Runtime, request: &[u8]) -> Result<Value> {
        runtime.block_on(async {
            let mut connection = Connection::open(self.address).await?;
            ask_on(&mut connection, request).await
        })
    }

    /// The length of the body that answers a request with a 200.
    pub(crate) fn answer_bytes(&self, runtime: &Runtime, request: &[u8]) -> Result<usize> {
        self.exchange(runtime, request, 200)
    }

    /// Sends one request on a connection of its own; the length of the answer's body, if it has this status.
    fn exchange(&self, runtime: &Runtime, request: &[u8], status: u16) -> Result<usize> {
        runtime.block_on(async {
            let mut connection = Connection::open(self.address).await?;
            let answer = connection.exchange(request).await?;
            ensure!(answer.status == status, "answered {}: {}", answer.status, http1::excerpt(answer.body));
            Ok(answer.body.len())
        })
    }
}

/// Sends one request and reads the JSON of a 200.
pub(crate) async fn ask_on(connection: &mut Connection, request: &[u8]) -> Result<Value> {
    let answer = connection.exchange(request).await?;
    if answer.status != 200 {
        let line = request.split(|byte| *byte == b'\r').next().unwrap_or_default();
        let line = String::from_utf8_lossy(line);
        // A signed address is a secret of sorts: only the path is told.
        let path = line.split('?').next().unwrap_or_default();
        anyhow::bail!("{path} was answered {}: {}", answer.status, http1::excerpt(answer.body));
    }
    serde_json::from_slice(answer.body).context("the answer is not JSON")
}
