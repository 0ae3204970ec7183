//! What every request may need, in one cheap handle. There is one for each server; nothing is global.

use std::collections::{HashMap, HashSet};
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::sync::{Arc, Mutex, OnceLock, RwLock};

use mudlark_auth::{ChallengeSigner, KeyId, LiveTable, SigningKey, UploadSigner, Verifier};
use mudlark_blobs::Blobs;
use mudlark_store::Store;
use mudlark_types::UserId;

use crate::clock::Clock;
use crate::config::Settings;
use crate::followers::Followers;
use crate::http::console::Compressed;
use crate::http::docs::Reference;
use crate::jobs::Jobs;
use crate::letters::LetterBox;
use crate::live_feed::LiveFeed;
use crate::openid::OpenIdProvider;
use crate::ops::audit::trail::AuditTrail;
use crate::ops::hold_back::HeldBack;
use crate::ops::limits::Limits;
use crate::ops::passwords::Passwords;
use crate::ops::previews::LookedAt;
use crate::ops::search_totals::SearchTotals;
use crate::secrets_file::LiveVault;
use crate::storage::StorageHealth;
use crate::telemetry::Metrics;
use crate::webhooks::egress::Egress;

/// A handle to the server's state.
#[derive(Clone)]
pub(crate) struct App(Arc<AppState>);

impl Deref for App {
    type Target = AppState;

    fn deref(&self) -> &AppState {
        &self.0
    }
}

impl App {
    pub(crate) fn new(state: AppState) -> Self {
        Self(Arc::new(state))
    }
}

/// The server's state.
pub(crate) struct AppState {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) blobs: Blobs,
    /// Whether `blobs` can be reached.
    pub(crate) storage_health: StorageHealth,
    pub(crate) vault: LiveVault,
    pub(crate) verifier: Verifier,
    /// Who may do what, as of the last change; `feed` keeps it so.
    pub(crate) live: LiveTable,
    pub(crate) feed: LiveFeed,
    /// Who waits for the next change of an account.
    pub(crate) followers: Followers,
    /// Wakes whoever does jobs.
    pub(crate) jobs: Jobs,
    /// The key that new tokens are signed with.
    pub(crate) signing_key: RwLock<Arc<SigningKey>>,
    /// When the next step in the life of the signing keys is to be taken. *Units*: Unix milliseconds.
    pub(crate) signing_keys_due_ms: AtomicI64,
    /// The public keys, as `/.well-known/jwks.json` shows them.
    pub(crate) jwks: RwLock<Arc<str>>,
    pub(crate) upload_signer: UploadSigner,
    pub(crate) challenge_signer: ChallengeSigner,
    /// The OpenID provider that people may sign in by.
    pub(crate) openid: Option<OpenIdProvider>,
    /// Where letters to people are handed over.
    pub(crate) letters: Option<LetterBox>,
    /// Who asks too often.
    pub(crate) limits: Limits,
    /// When each key's last use was last written down. *Units*: Unix milliseconds.
    pub(crate) last_use_written: RwLock<HashMap<KeyId, AtomicI64>>,
    /// Idempotency keys whose requests are being worked on.
    pub(crate) idempotency_in_flight: Mutex<HashSet<(UserId, String)>>,
    /// Places for work on passwords.
    pub(crate) passwords: Passwords,
    /// Lets one search through all secrets run at a time.
    pub(crate) secret_searches: tokio::sync::Semaphore,
    /// Lets a few archives be unpacked at a time.
    pub(crate) imports: tokio::sync::Semaphore,
    /// Versions whose previews were lately asked for by those who look.
    pub(crate) looked_at: LookedAt,
    /// Lets a few pictures be converted at a time.
    pub(crate) conversions: tokio::sync::Semaphore,
    /// How many assets the latest searches found.
    pub(crate) search_totals: SearchTotals,
    /// The console's files, made smaller for the way.
    pub(crate) console: Compressed,
    /// What webhooks go out by.
    pub(crate) egress: Egress,
    /// Where tokens and refusals leave their lines.
    pub(crate) audit: AuditTrail,
    /// Refusals of credentials that wait for their moment.
    pub(crate) held_back: HeldBack,
    pub(crate) metrics: Metrics,
    /// The API's description; made with the router.
    pub(crate) reference: OnceLock<Reference>,
    /// Set when the server has begun to stop.
    pub(crate) stopping: AtomicBool,
}

impl AppState {
    /// The token's `iss`: the public address, or a fixed name where none is configured.
    pub(crate) fn issuer(settings: &Settings) -> String {
        settings.public_base().unwrap_or("mudlark").to_owned()
    }
}

/// The token's `aud`: every Mudlark API.
pub(crate) const AUDIENCE: &str = "mudlark";
