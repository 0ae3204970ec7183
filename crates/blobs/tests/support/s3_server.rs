//! A real S3 server on a folder, in this process, on a port of its own; and a proxy in front of it that does what networks
//! and servers do on bad days. Also used by the server's black-box tests.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, BodyStream, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

/// Names the key that opens every bucket here.
pub(crate) const ACCESS_KEY: &str = "AKIATESTONLY";
/// Opens them; no secret of anybody's.
pub(crate) const SECRET_KEY: &str = "not-a-secret-of-anybody";
/// The one bucket.
pub(crate) const BUCKET: &str = "art";

/// Servers outlive the tests' own runtimes.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
    })
}

fn listen() -> (TcpListener, SocketAddr) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let _inside = runtime().enter();
    (TcpListener::from_std(listener).unwrap(), address)
}

/// Starts a server on a folder, with the bucket in it, and answers where it listens.
pub(crate) fn start(folder: &Path) -> SocketAddr {
    std::fs::create_dir_all(folder.join(BUCKET)).unwrap();
    let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).unwrap());
    service.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
    let service = service.build();
    let (listener, address) = listen();
    runtime().spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                let http = hyper::server::conn::http1::Builder::new();
                // A connection that breaks is the test's wish, or its end.
                drop(http.serve_connection(TokioIo::new(socket), service).await);
            });
        }
    });
    address
}

/// The bucket's address as an operator would write it.
pub(crate) fn address_of(server: SocketAddr, prefix: &str) -> String {
    format!("s3://{BUCKET}/{prefix}?endpoint=http://{server}&region=us-east-1")
}

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug)]
#[allow(dead_code, reason = "not every suite needs each")]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// It is answered with this status and never reaches the server.
    Status(u16),
    /// It is never answered.
    Hang,
    /// The server does it, and the answer never comes.
    LoseAnswer,
    /// The answer's body breaks off after so many bytes.
    Cut(usize),
}

/// A proxy, and what it does to the next requests.
#[derive(Clone)]
pub(crate) struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    plan: Arc<Mutex<Plan>>,
}

#[derive(Default)]
struct Plan {
    next: VecDeque<Fault>,
    always: Option<Fault>,
    /// Methods and targets, without the signature.
    seen: Vec<String>,
}

impl Proxy {
    /// Starts one in front of a server.
    pub(crate) fn start(server: SocketAddr) -> Self {
        let (listener, address) = listen();
        let proxy = Self { address, plan: Arc::default() };
        let serving = proxy.clone();
        runtime().spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let proxy = serving.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| proxy.clone().pass(server, request));
                    let http = hyper::server::conn::http1::Builder::new();
                    drop(http.serve_connection(TokioIo::new(socket), service).await);
                });
            }
        });
        proxy
    }

    /// What happens to the next requests, in order; to those after, nothing.
    pub(crate) fn next(&self, faults: impl IntoIterator<Item = Fault>) {
        self.plan.lock().unwrap().next.extend(faults);
    }

    /// What happens to every request from now on.
    pub(crate) fn always(&self, fault: Fault) {
        self.plan.lock().unwrap().always = Some(fault);
    }

    /// The requests since the last call.
    pub(crate) fn seen(&self) -> Vec<String> {
        std::mem::take(&mut self.plan.lock().unwrap().seen)
    }

    fn take(&self, request: &Request<Incoming>) -> Fault {
        let mut plan = self.plan.lock().unwrap();
        plan.seen.push(format!("{} {}", request.method(), request.uri().path()));
        plan.next.pop_front().or(plan.always).unwrap_or(Fault::None)
    }

    async fn pass(
        self,
        server: SocketAddr,
        request: Request<Incoming>,
    ) -> Result<Response<UnsyncBoxBody<Bytes, String>>, String> {
        let told = |error: &dyn std::fmt::Display| error.to_string();
        let fault = self.take(&request);
        match fault {
            Fault::Hang => return std::future::pending().await,
            Fault::Status(status) => {
                // What is sent is taken first: a client in the middle of it would see a broken connection instead.
                drop(request.into_body().collect().await);
                let body = Full::new(Bytes::from_static(b"<Error><Code>SlowDown</Code></Error>"));
                let mut answer = Response::new(body.map_err(|never| match never {}).boxed_unsync());
                *answer.status_mut() = StatusCode::from_u16(status).unwrap();
                return Ok(answer);
            }
            Fault::None | Fault::LoseAnswer | Fault::Cut(_) => {}
        }
        let socket = TcpStream::connect(server).await.map_err(|error| told(&error))?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(socket))
            .await
            .map_err(|error| told(&error))?;
        tokio::spawn(connection);
        let answer = sender.send_request(request).await.map_err(|error| told(&error))?;
        match fault {
            Fault::LoseAnswer => {
                drop(answer.into_body().collect().await);
                std::future::pending().await
            }
            Fault::Cut(length) => Ok(answer.map(|body| cut(body, length))),
            _ => Ok(answer.map(|body| body.map_err(|error| error.to_string()).boxed_unsync())),
        }
    }
}

/// The first of a body, then a break.
fn cut(body: Incoming, length: usize) -> UnsyncBoxBody<Bytes, String> {
    let mut left = length;
    let frames = BodyStream::new(body).map(move |frame| {
        let mut bytes = frame.map_err(|error| error.to_string())?.into_data().unwrap_or_default();
        if left == 0 {
            return Err("broken off".to_owned());
        }
        bytes.truncate(left);
        left -= bytes.len();
        Ok(Frame::data(bytes))
    });
    let end = stream::once(async { Err("broken off".to_owned()) });
    BodyExt::boxed_unsync(StreamBody::new(frames.chain(end)))
}
