//! The reference: a bare axum server with no database, no credentials and no hashing, run as a process of its own.
//! It has the same paths as the real one, so that both are sent the same bytes. Started by `run`, never by hand.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path as UrlPath, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};
use futures_util::StreamExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio_util::io::ReaderStream;

/// Size of one read from the file that is served.
const READ_BYTES: usize = 1 << 20;

/// How much is gathered before a write to the file.
const WRITE_BYTES: usize = 2 << 20;

/// What the reference answers with.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct BareArgs {
    /// Body size of the answer to `POST /auth/token`.
    #[arg(long)]
    pub(crate) token_bytes: usize,
    /// Body size of the answer to `GET /workspaces/assets/{id}`.
    #[arg(long)]
    pub(crate) asset_bytes: usize,
    /// Folder that uploads go to and downloads come from.
    #[arg(long)]
    pub(crate) files: PathBuf,
}

/// What the handlers share.
#[derive(Debug)]
struct Constants {
    token: Bytes,
    asset: Bytes,
    files: PathBuf,
}

/// Serves until the process is stopped, or until its standard input ends (the benchmark is gone).
pub(crate) async fn serve(args: BareArgs) -> Result<()> {
    let constants = Arc::new(Constants {
        token: Bytes::from(vec![b'"'; args.token_bytes]),
        asset: Bytes::from(vec![b' '; args.asset_bytes]),
        files: args.files,
    });
    let router = Router::new()
        .route("/auth/token", post(answer_token))
        .route("/workspaces/assets/{asset_id}", get(answer_asset))
        .route("/files/{name}", put(store_file).get(send_file))
        .layer(DefaultBodyLimit::disable())
        .with_state(constants);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("listening")?;
    println!("listening on http://{}", listener.local_addr()?);
    std::thread::spawn(|| {
        let ended = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(i32::from(ended.is_err()));
    });
    axum::serve(listener, router).await.context("serving")
}

async fn answer_token(State(constants): State<Arc<Constants>>, _read_whole: Bytes) -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], constants.token.clone()).into_response()
}

async fn answer_asset(
    State(constants): State<Arc<Constants>>,
    UrlPath(_asset_id): UrlPath<String>,
) -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], constants.asset.clone()).into_response()
}

async fn store_file(
    State(constants): State<Arc<Constants>>,
    UrlPath(name): UrlPath<String>,
    body: Body,
) -> Response {
    let outcome = match file_path(&constants.files, &name) {
        Ok(path) => write_flushed(&path, body).await,
        Err(refused) => Err(refused),
    };
    match outcome {
        Ok(()) => StatusCode::OK.into_response(),
        Err(broken) => failure(&broken),
    }
}

/// Where a named file lies: never outside the folder, as others on the machine can reach the port too.
fn file_path(files: &Path, name: &str) -> Result<PathBuf> {
    ensure!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'), "no such file name");
    Ok(files.join(name))
}

/// Streams a body to a new file and flushes it.
async fn write_flushed(path: &Path, body: Body) -> Result<()> {
    let mut file = tokio::fs::File::create_new(path).await?;
    file.set_max_buf_size(WRITE_BYTES);
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        file.write_all(&chunk?).await?;
    }
    file.flush().await?;
    file.sync_all().await?;
    Ok(())
}

async fn send_file(State(constants): State<Arc<Constants>>, UrlPath(name): UrlPath<String>) -> Response {
    let outcome = match file_path(&constants.files, &name) {
        Ok(path) => open_file(&path).await,
        Err(refused) => Err(refused),
    };
    outcome.unwrap_or_else(|broken| failure(&broken))
}

async fn open_file(path: &Path) -> Result<Response> {
    let mut file = tokio::fs::File::open(path).await?;
    file.set_max_buf_size(READ_BYTES);
    let size_bytes = file.metadata().await?.len();
    let body = Body::from_stream(ReaderStream::with_capacity(file, READ_BYTES));
    Ok(([(CONTENT_LENGTH, HeaderValue::from(size_bytes))], body).into_response())
}

fn failure(broken: &anyhow::Error) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, format!("{broken:#}")).into_response()
}
