//! Starting the server, accepting connections, and stopping without breaking off requests in flight.

use std::convert::Infallible;
use std::fs::File;
use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, OnceLock, RwLock};
use std::time::Duration;

use anyhow::Context;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use mudlark_auth::{ChallengeSigner, LiveTable, UploadSigner, Verifier};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing_appender::non_blocking::WorkerGuard;

use crate::app::{AUDIENCE, App, AppState};
use crate::clock::Clock;
use crate::config::Settings;
use crate::data_dir::DataDir;
use crate::followers::Followers;
use crate::http::console::Compressed;
use crate::http::edge::Edge;
use crate::jobs::Jobs;
use crate::letters::LetterBox;
use crate::openid::OpenIdProvider;
use crate::ops::audit::{self, trail::AuditTrail};
use crate::ops::hold_back::HeldBack;
use crate::ops::limits::Limits;
use crate::ops::passwords::Passwords;
use crate::ops::previews::LookedAt;
use crate::ops::search_totals::SearchTotals;
use crate::secrets_file::LiveVault;
use crate::storage::{self, StorageHealth};
use crate::telemetry::{self, Metrics};
use crate::webhooks::egress::Egress;
use crate::{followers, jobs, live_feed, ops, processes, relocation, webhooks};

/// How often leftovers are swept.
const SWEEP_EVERY: Duration = Duration::from_hours(1);
/// How many archives are unpacked at a time; more wait.
const IMPORTS: usize = 4;
/// How many pictures are converted at once for clients that accept no WebP.
const CONVERSIONS_AT_ONCE: usize = 2;
/// How long the end waits for jobs that are under way to be given back.
const JOBS_GIVEN_BACK_WITHIN: Duration = Duration::from_secs(5);
/// Tokens whose claims are kept parsed.
const TOKEN_CACHE: usize = 100_000;

/// A running server.
pub struct Server {
    address: SocketAddr,
    app: App,
    stop: CancellationToken,
    accepting: JoinHandle<()>,
    /// Gives back the jobs that it is about, at the end.
    doing_jobs: JoinHandle<()>,
    /// Goes on until the last request is answered.
    following: (CancellationToken, JoinHandle<()>),
    /// Goes on until the last line is handed in, and then writes what is queued.
    auditing: (CancellationToken, oneshot::Receiver<()>),
    /// Held for as long as the server runs, where it has the folder to itself.
    _lock: Option<File>,
    /// Writes what is still queued when it falls.
    _logging: Option<WorkerGuard>,
}

impl Server {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting, lets requests in flight finish, and returns when all have or their time is up.
    pub async fn stop(self) {
        self.app.stopping.store(true, Ordering::Relaxed);
        self.stop.cancel();
        if self.accepting.await.is_err() {
            tracing::error!("the accepting task had failed");
        }
        if tokio::time::timeout(JOBS_GIVEN_BACK_WITHIN, self.doing_jobs).await.is_err() {
            tracing::warn!("jobs were not given back; another process takes them up within a minute");
        }
        // Last of those who write lines; then what is queued goes to the disk.
        let (stop_auditing, auditing) = self.auditing;
        stop_auditing.cancel();
        if auditing.await.is_err() {
            tracing::error!("the audit trail's writer had failed");
        }
        let (stop_following, following) = self.following;
        stop_following.cancel();
        if following.await.is_err() {
            tracing::error!("the following task had failed");
        }
        if let Err(error) = processes::sign_off(&self.app).await {
            tracing::warn!(%error, "the server could not sign off");
        }
    }

    pub(crate) fn app(&self) -> &App {
        &self.app
    }
}

/// Runs a server until SIGINT or SIGTERM.
pub(crate) fn run_until_signal(settings: Settings) -> anyhow::Result<()> {
    runtime()?.block_on(async {
        let server = start(settings, Clock::system()).await?;
        show_welcome_link(&server).await?;
        announce(&server)?;
        wait_for_signal().await?;
        tracing::info!("stopping: finishing requests in flight");
        server.stop().await;
        Ok(())
    })
}

/// The runtime of the program.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime can't be started")
}

/// Shows who starts an installation without accounts the link by which its first owner comes to be. Only on a terminal:
/// elsewhere what is printed may be kept as a log, and nobody's link stands in one.
async fn show_welcome_link(server: &Server) -> anyhow::Result<()> {
    let app = server.app();
    let mut session = app.store.read().await?;
    if session.has_account_or_password().await? {
        return Ok(());
    }
    drop(session);
    let mut stdout = std::io::stdout();
    if !stdout.is_terminal() {
        tracing::info!(
            "there are no accounts yet; `mudlark user welcome` prints the link for the first owner"
        );
        return Ok(());
    }
    let mut tx = app.store.begin().await?;
    let link = ops::sign_in_links::welcome_link(&mut tx, app.clock.now_ms()).await?;
    tx.commit().await?;
    if let Some(link) = link {
        let own = format!("http://{}", server.address());
        let address = link.address(app.settings.public_base().unwrap_or(&own));
        writeln!(
            stdout,
            "\nThere are no accounts yet. Make the first here, within 24 hours:\n\n  {address}\n"
        )?;
    }
    Ok(())
}

/// Says on standard output where the server listens; scripts wait for this line.
pub(crate) fn announce(server: &Server) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "listening on http://{}", server.address())?;
    stdout.flush()?;
    Ok(())
}

pub(crate) async fn wait_for_signal() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        outcome = tokio::signal::ctrl_c() => Ok(outcome?),
    }
}

/// Starts a server. When this returns, it accepts.
pub async fn start(settings: Settings, clock: Clock) -> anyhow::Result<Server> {
    let logging = telemetry::start_logging(&settings)?;
    let data = DataDir::open(&settings).await?;
    let lock = data.lock_for_server()?;
    let listener = TcpListener::bind(settings.listen).await.with_context(|| {
        format!(
            "{} can't be listened on; is another program using it? Give another with --listen",
            settings.listen
        )
    })?;
    let address = listener.local_addr()?;
    let blobs = storage::open(&settings, &data).await?;
    let (now_ms, secrets_path) = (clock.now_ms(), settings.secrets_path());
    ops::secrets::check_fits(&mut data.store.read().await?, &data.vault, &secrets_path, now_ms).await?;
    audit::begin(&data.store, &data.vault, now_ms).await?;
    let rotation_days = settings.signing_key_rotation_days;
    let signing_key = ops::signing_keys::ready(&data.store, &data.vault, now_ms, rotation_days).await?;
    let (trail, writer) =
        AuditTrail::new(data.store.clone(), &data.vault, clock.clone(), settings.audit_durability);
    let openid = settings.openid_client()?.map(OpenIdProvider::new).transpose();
    let openid =
        openid.context("the OpenID provider can't be called: no certificates of authorities were found")?;
    let stop = CancellationToken::new();
    let app = App::new(AppState {
        audit: trail,
        verifier: Verifier::new(AppState::issuer(&settings), AUDIENCE, TOKEN_CACHE),
        live: LiveTable::new(),
        feed: live_feed::LiveFeed::new(clock.new_id(), clock.now_ms(), data.store.is_shared()),
        followers: Followers::new(stop.clone()),
        jobs: Jobs::default(),
        signing_key: RwLock::new(Arc::new(signing_key)),
        signing_keys_due_ms: AtomicI64::new(i64::MAX),
        jwks: RwLock::new(Arc::from("{\"keys\":[]}")),
        upload_signer: UploadSigner::new(&data.vault),
        challenge_signer: ChallengeSigner::new(&data.vault),
        openid,
        letters: settings.mail_server()?.map(LetterBox::new),
        limits: Limits::new(&settings),
        last_use_written: RwLock::default(),
        idempotency_in_flight: std::sync::Mutex::default(),
        passwords: Passwords::new(),
        secret_searches: Semaphore::new(1),
        imports: Semaphore::new(IMPORTS),
        looked_at: LookedAt::default(),
        conversions: Semaphore::new(CONVERSIONS_AT_ONCE),
        search_totals: SearchTotals::new(),
        console: Compressed::default(),
        egress: Egress::new(settings.webhook_networks.clone()).context("webhooks can't be sent")?,
        held_back: HeldBack::start().context("starting a thread")?,
        metrics: Metrics::new()?,
        storage_health: StorageHealth::default(),
        reference: OnceLock::new(),
        stopping: AtomicBool::new(false),
        store: data.store,
        vault: LiveVault::new(secrets_path, data.vault),
        settings,
        clock,
        blobs,
    });
    processes::join(&app).await?;
    // It may have moved while this process waited for its tables.
    if let Err(moved) = relocation::refuse_moved(&app.store).await {
        processes::sign_off(&app).await?;
        return Err(moved);
    }
    ops::previews::sweep_at_start(&app).await?;
    jobs::begin(&app).await?;
    let stop_following = CancellationToken::new();
    let following = tokio::spawn(processes::follow(app.clone(), stop_following.clone()));
    let stop_auditing = CancellationToken::new();
    let auditing = writer.start(stop_auditing.clone())?;
    tokio::spawn(followers::look_regularly(app.clone(), stop.clone()));
    tokio::spawn(webhooks::dispatch::run(app.clone(), stop.clone()));
    tokio::spawn(sweep_regularly(app.clone(), stop.clone()));
    tokio::spawn(jobs::show_figures(app.clone(), stop.clone()));
    let doing_jobs = tokio::spawn(jobs::run(app.clone(), stop.clone()));
    tokio::spawn(drop_expired_tokens(app.clone(), stop.clone()));
    tokio::spawn(ops::signing_keys::rotate_regularly(app.clone(), stop.clone()));
    let accepting = tokio::spawn(accept(listener, app.clone(), stop.clone()));
    Ok(Server {
        address,
        app,
        stop,
        accepting,
        doing_jobs,
        following: (stop_following, following),
        auditing: (stop_auditing, auditing),
        _lock: lock,
        _logging: logging,
    })
}

async fn sweep_regularly(app: App, stop: CancellationToken) {
    let mut is_start = true;
    loop {
        if let Err(error) = ops::sweep::sweep_own(&app).await {
            tracing::warn!(error = format!("{error:#}"), "leftovers were not swept; trying again later");
        }
        if is_start && stop.run_until_cancelled(ops::sweep::sweep_at_start(&app)).await.is_none() {
            return;
        }
        is_start = false;
        if stop.run_until_cancelled(tokio::time::sleep(SWEEP_EVERY)).await.is_none() {
            return;
        }
    }
}

/// Keys end by themselves: what nobody does, somebody must write down.
async fn note_expired_keys(app: &App) {
    if let Err(error) = audit::expired_keys::note(&app.store, &app.vault.current(), app.clock.now_ms()).await
    {
        tracing::warn!(%error, "the end of keys was not written down; trying again later");
    }
}

/// Lets go of cached and of revoked tokens whose time is over; neither is believed any more.
async fn drop_expired_tokens(app: App, stop: CancellationToken) {
    note_expired_keys(&app).await;
    while stop.run_until_cancelled(tokio::time::sleep(Duration::from_mins(1))).await.is_some() {
        let now_ms = app.clock.now_ms();
        app.verifier.drop_expired(now_ms);
        app.live.drop_expired_tokens(now_ms);
        note_expired_keys(&app).await;
    }
}

async fn accept(listener: TcpListener, app: App, stop: CancellationToken) {
    let edge = Edge::new(app.clone());
    let places = Arc::new(Semaphore::new(app.settings.max_connections));
    let graceful = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new());
    http.header_read_timeout(Duration::from_secs(app.settings.header_timeout_s.into()));
    loop {
        let Some(Ok(place)) = stop.run_until_cancelled(Arc::clone(&places).acquire_owned()).await else {
            break;
        };
        let Some(accepted) = stop.run_until_cancelled(listener.accept()).await else { break };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: those in use become free in time.
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let connection =
            http.serve_connection(TokioIo::new(without_delay(stream)), service(edge.clone(), peer));
        let connection = graceful.watch(connection);
        let open_connections = app.metrics.connections.clone();
        open_connections.increment(1.0);
        tokio::spawn(async move {
            // A connection that breaks is the client's affair; what of it matters was logged with its request.
            if let Err(error) = connection.await {
                tracing::debug!(%error, %peer, "a connection ended early");
            }
            open_connections.decrement(1.0);
            drop(place);
        });
    }
    drop(listener);
    let grace = Duration::from_secs(app.settings.shutdown_grace_s.into());
    if tokio::time::timeout(grace, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were still in flight when their time was up");
    }
}

fn without_delay(stream: TcpStream) -> TcpStream {
    // Best effort: with it small answers only go out a little later.
    stream.set_nodelay(true).ok();
    stream
}

fn service(
    edge: Edge,
    peer: SocketAddr,
) -> impl hyper::service::Service<
    hyper::Request<hyper::body::Incoming>,
    Response = axum::response::Response,
    Error = Infallible,
    Future = impl Future<Output = Result<axum::response::Response, Infallible>> + Send,
> {
    service_fn(move |request| {
        let edge = edge.clone();
        async move { Ok(edge.answer(request, peer).await) }
    })
}
