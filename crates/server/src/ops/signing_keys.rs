//! The life of signing keys: next → active → retired → revoked. The server takes the steps by itself as their times
//! come ([`rotate_regularly`]); the operator's commands take them out of turn. Each step is one transaction that
//! looks at the keys after all others have done theirs, so that any number of processes may take it at once.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Context;
use mudlark_auth::{SigningKey, Vault};
use mudlark_store::{AuthSubject, SigningKeyRow, SigningKeyState, Store, Tx};
use mudlark_types::AuditAction;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::ops::audit::{self, Actor};
use crate::{live_feed, processes};

/// How long verifiers may keep the published keys. *Units*: seconds.
pub(crate) const KEYS_KEPT_BY_VERIFIERS_S: u32 = 300;
/// A key is published for so long before it signs, so that verifiers have it by then.
pub(crate) const PUBLISHED_BEFORE_USE_MS: i64 = 3_600_000;
/// A key that signs no more is published until the longest token is over, and five minutes more.
pub(crate) const PUBLISHED_AFTER_USE_MS: i64 = (86_400 + 300) * 1000;
const DAY_MS: i64 = 86_400_000;

const _: () = assert!(KEYS_KEPT_BY_VERIFIERS_S as i64 * 1000 * 2 <= PUBLISHED_BEFORE_USE_MS);

/// How often the clock is looked at; the database is asked only once a step's time has come.
const LOOK_EVERY: Duration = Duration::from_millis(500);
const AFTER_FAILURE: Duration = Duration::from_secs(10);

/// A step in the life of the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// A key that signs at once: there is none.
    Begin,
    /// A new `next`.
    Announce,
    /// `next` begins to sign; the key before it retires, and its private part is destroyed.
    Promote { next: String },
    /// A retired key is published no more.
    Forget { retired: String },
}

/// The step whose time comes first, and that time.
fn upcoming(keys: &[SigningKeyRow], rotation_days: u32) -> Option<(i64, Step)> {
    let find = |state| keys.iter().find(|key| key.state == state);
    let turn = match (find(SigningKeyState::Active), find(SigningKeyState::Next)) {
        (None, None) => (i64::MIN, Step::Begin),
        (None, Some(next)) => (i64::MIN, Step::Promote { next: next.kid.clone() }),
        (Some(_), Some(next)) => (active_from_ms(next), Step::Promote { next: next.kid.clone() }),
        (Some(active), None) => {
            let in_use_since = active.activated_at_ms.unwrap_or(active.created_at_ms);
            let until = in_use_since + i64::from(rotation_days) * DAY_MS;
            (until - PUBLISHED_BEFORE_USE_MS, Step::Announce)
        }
    };
    let forgotten = keys
        .iter()
        .filter(|key| key.state == SigningKeyState::Retired)
        .map(|key| (published_until_ms(key).unwrap_or(i64::MIN), Step::Forget { retired: key.kid.clone() }));
    forgotten.chain([turn]).min_by_key(|(at_ms, _)| *at_ms)
}

/// When the next step's time comes; `i64::MAX` for never.
pub(crate) fn due_ms(keys: &[SigningKeyRow], rotation_days: u32) -> i64 {
    upcoming(keys, rotation_days).map_or(i64::MAX, |(at_ms, _)| at_ms)
}

/// From when on a key that waits for its use signs.
pub(crate) fn active_from_ms(next: &SigningKeyRow) -> i64 {
    next.created_at_ms + PUBLISHED_BEFORE_USE_MS
}

/// Until when a retired key is published and its tokens are accepted; `None` for a key in another state.
pub(crate) fn published_until_ms(key: &SigningKeyRow) -> Option<i64> {
    let retired_at_ms = key.retired_at_ms.unwrap_or(key.created_at_ms);
    (key.state == SigningKeyState::Retired).then_some(retired_at_ms + PUBLISHED_AFTER_USE_MS)
}

/// Whether a key is published, and tokens that it signed are accepted.
pub(crate) fn is_published(key: &SigningKeyRow, now_ms: i64) -> bool {
    key.state != SigningKeyState::Revoked && published_until_ms(key).is_none_or(|until_ms| now_ms < until_ms)
}

/// Takes the step whose time has come, if there is one, and answers the log's revision. Call it until it answers none.
async fn advance(
    store: &Store,
    vault: &Vault,
    now_ms: i64,
    rotation_days: u32,
) -> anyhow::Result<Option<i64>> {
    let mut tx = store.begin().await?;
    tx.lock_signing_keys().await?;
    let keys = tx.list_signing_keys().await?;
    let Some((_, step)) = upcoming(&keys, rotation_days).filter(|(at_ms, _)| *at_ms <= now_ms) else {
        return Ok(None);
    };
    let mut moves = Moves::by(Actor::server());
    let kid = match step {
        Step::Begin => insert(&mut tx, vault, SigningKeyState::Active, &mut moves, now_ms).await?,
        Step::Announce => insert(&mut tx, vault, SigningKeyState::Next, &mut moves, now_ms).await?,
        Step::Promote { next } => {
            move_on(&mut tx, &keys, &next, &mut moves, now_ms).await?;
            next
        }
        Step::Forget { retired } => {
            tx.delete_retired_signing_key(&retired).await?;
            retired
        }
    };
    let revision = moves.commit(tx, vault, kid, now_ms).await?;
    Ok(Some(revision))
}

/// What a transaction does to keys, for the audit trail.
struct Moves {
    by: Actor,
    made: Vec<(AuditAction, String)>,
}

impl Moves {
    fn by(actor: Actor) -> Self {
        Self { by: actor, made: Vec::new() }
    }

    fn note(&mut self, action: AuditAction, kid: &str) {
        self.made.push((action, kid.to_owned()));
    }

    /// Tells all processes of a key, writes the lines of the moves, and commits. Answers the log's revision.
    async fn commit(self, mut tx: Tx, vault: &Vault, kid: String, now_ms: i64) -> anyhow::Result<i64> {
        let revision = tx.record_auth_change(AuthSubject::SigningKey(kid)).await?;
        for (action, kid) in self.made {
            let entry = audit::Entry::new(now_ms, action, None, self.by.clone()).on(kid);
            audit::record(&mut tx, vault, entry).await?;
        }
        tx.commit().await?;
        Ok(revision)
    }
}

/// Makes a key and keeps it. Answers its id.
async fn insert(
    tx: &mut Tx,
    vault: &Vault,
    state: SigningKeyState,
    moves: &mut Moves,
    now_ms: i64,
) -> anyhow::Result<String> {
    let key = SigningKey::generate();
    tx.insert_signing_key(&SigningKeyRow {
        kid: key.kid().to_owned(),
        state,
        public_jwk: serde_json::to_string(key.public_jwk())?,
        sealed_private: Some(key.seal(vault)),
        created_at_ms: now_ms,
        activated_at_ms: (state == SigningKeyState::Active).then_some(now_ms),
        retired_at_ms: None,
    })
    .await?;
    moves.note(AuditAction::SigningKeyCreated, key.kid());
    if state == SigningKeyState::Active {
        moves.note(AuditAction::SigningKeyActivated, key.kid());
    }
    Ok(key.kid().to_owned())
}

/// The key that signs retires, and `next` takes its place.
async fn move_on(
    tx: &mut Tx,
    keys: &[SigningKeyRow],
    next: &str,
    moves: &mut Moves,
    now_ms: i64,
) -> anyhow::Result<()> {
    for active in keys.iter().filter(|key| key.state == SigningKeyState::Active) {
        tx.update_signing_key_state(&active.kid, SigningKeyState::Retired, now_ms).await?;
        moves.note(AuditAction::SigningKeyRetired, &active.kid);
    }
    activate(tx, next, moves, now_ms).await
}

async fn activate(tx: &mut Tx, next: &str, moves: &mut Moves, now_ms: i64) -> anyhow::Result<()> {
    tx.update_signing_key_state(next, SigningKeyState::Active, now_ms).await?;
    moves.note(AuditAction::SigningKeyActivated, next);
    Ok(())
}

/// The key that signs, at a server's start: what fell due while none ran is done first, and the first key is made.
pub(crate) async fn ready(
    store: &Store,
    vault: &Vault,
    now_ms: i64,
    rotation_days: u32,
) -> anyhow::Result<SigningKey> {
    while advance(store, vault, now_ms, rotation_days).await?.is_some() {}
    let keys = store.read().await?.list_signing_keys().await?;
    let active = keys.iter().find(|key| key.state == SigningKeyState::Active);
    let active = active.context("there is no key to sign with")?;
    open(vault, active).context(
        "the signing key in the database can't be opened; the secrets file is not the one it was sealed with",
    )
}

/// The private part of a key that has one.
pub(crate) fn open(vault: &Vault, key: &SigningKeyRow) -> anyhow::Result<SigningKey> {
    let sealed = key.sealed_private.as_deref().context("the key's private part is gone")?;
    Ok(SigningKey::unseal(vault, &key.kid, sealed)?)
}

/// Takes each step when its time has come, until the server stops.
pub(crate) async fn rotate_regularly(app: App, stop: CancellationToken) {
    let mut pause = LOOK_EVERY;
    while stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
        pause = match take_due_steps(&app).await {
            Ok(()) => LOOK_EVERY,
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "signing keys were not moved on; trying again");
                AFTER_FAILURE
            }
        };
    }
}

async fn take_due_steps(app: &App) -> anyhow::Result<()> {
    loop {
        let now_ms = app.clock.now_ms();
        if now_ms < app.signing_keys_due_ms.load(Ordering::Relaxed) {
            return Ok(());
        }
        let days = app.settings.signing_key_rotation_days;
        match advance(&app.store, &app.vault.current(), now_ms, days).await? {
            Some(revision) => processes::settle_for_task(app, revision).await?,
            // Another process has taken it already.
            None => return live_feed::catch_up(app).await,
        }
    }
}

/// A key that waits to sign, and when it will.
pub(crate) struct Announced {
    pub(crate) kid: String,
    pub(crate) active_from_ms: i64,
    pub(crate) revision: i64,
}

/// Makes the next key, or takes the one that waits already.
pub(crate) async fn announce(store: &Store, vault: &Vault, now_ms: i64) -> anyhow::Result<Announced> {
    let mut tx = store.begin().await?;
    tx.lock_signing_keys().await?;
    let keys = tx.list_signing_keys().await?;
    let next = keys.into_iter().find(|key| key.state == SigningKeyState::Next);
    let mut moves = Moves::by(Actor::operator());
    let (kid, active_from_ms) = if let Some(next) = next {
        let from_ms = active_from_ms(&next);
        (next.kid, from_ms)
    } else {
        let kid = insert(&mut tx, vault, SigningKeyState::Next, &mut moves, now_ms).await?;
        (kid, now_ms + PUBLISHED_BEFORE_USE_MS)
    };
    // Also where nothing is new: the command promises that servers have followed.
    let revision = moves.commit(tx, vault, kid.clone(), now_ms).await?;
    Ok(Announced { kid, active_from_ms, revision })
}

/// Lets the key that waits sign at once, however long it has been published. Answers the revision.
pub(crate) async fn promote(store: &Store, vault: &Vault, next: &str, now_ms: i64) -> anyhow::Result<i64> {
    let mut moves = Moves::by(Actor::operator());
    let mut tx = store.begin().await?;
    tx.lock_signing_keys().await?;
    let keys = tx.list_signing_keys().await?;
    // A server may have done it in the meantime: then it is done.
    if keys.iter().any(|key| key.kid == next && key.state == SigningKeyState::Next) {
        move_on(&mut tx, &keys, next, &mut moves, now_ms).await?;
    }
    moves.commit(tx, vault, next.to_owned(), now_ms).await
}

/// The state of a key, if there is such a key.
pub(crate) async fn state_of(store: &Store, kid: &str) -> anyhow::Result<Option<SigningKeyState>> {
    let keys = store.read().await?.list_signing_keys().await?;
    Ok(keys.into_iter().find(|key| key.kid == kid).map(|key| key.state))
}

/// Ends a key for good; where it was the one that signs, the next one takes its place in the same transaction.
/// Answers the revision by which nothing accepts its tokens.
pub(crate) async fn revoke(store: &Store, vault: &Vault, kid: &str, now_ms: i64) -> anyhow::Result<i64> {
    let mut tx = store.begin().await?;
    tx.lock_signing_keys().await?;
    let keys = tx.list_signing_keys().await?;
    let find = |state| keys.iter().find(|key| key.state == state && key.kid != kid);
    tx.update_signing_key_state(kid, SigningKeyState::Revoked, now_ms).await?;
    let mut moves = Moves::by(Actor::operator());
    moves.note(AuditAction::SigningKeyRevoked, kid);
    if find(SigningKeyState::Active).is_none() {
        match find(SigningKeyState::Next) {
            Some(next) => activate(&mut tx, &next.kid, &mut moves, now_ms).await?,
            None => drop(insert(&mut tx, vault, SigningKeyState::Active, &mut moves, now_ms).await?),
        }
    }
    moves.commit(tx, vault, kid.to_owned(), now_ms).await
}

#[cfg(test)]
#[path = "signing_keys_tests.rs"]
mod tests;
