//! From a key and its secret to a token: the one function behind `POST /auth/token` and `POST /oauth/token`. How the two
//! are asked, and how a refusal is worded, is theirs.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use mudlark_auth::{
    Claims, Denial, KeyId, KeyState, Secret, SigningError, StoredSecret, check_account_state, check_secret,
    new_token_id,
};
use mudlark_store::{AuthSubject, StoreError};
use mudlark_types::{AccountId, AuditAction, Scope, Scopes};

use crate::app::{AUDIENCE, App, AppState};
use crate::error::{ApiError, RefusalFacts};
use crate::live_feed;
use crate::ops::audit;
use crate::ops::audit::trail::NotWritten;
use crate::ops::limits;

/// No key or secret of ours is as long. *Units*: bytes.
const MAX_PRESENTED_BYTES: usize = 512;

/// The account that a request names, if any. A text that is no uuid names an account that can't exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamedAccount {
    None,
    Given(AccountId),
    Impossible,
}

/// What somebody presents to be given a token.
pub(crate) struct Credentials<'a> {
    pub(crate) key_id: &'a str,
    pub(crate) secret: &'a Secret,
    pub(crate) account: NamedAccount,
    /// The scopes that the token is wanted for; the key must have them.
    pub(crate) scopes: Scopes,
    pub(crate) address: Option<IpAddr>,
}

/// A token, and the key that it was made from.
pub(crate) struct Issued {
    pub(crate) token: String,
    /// *Units*: seconds.
    pub(crate) expires_in_s: u32,
    pub(crate) key: Arc<KeyState>,
}

/// Why there is no token, with what the audit trail learns of it.
pub(crate) enum Refused {
    /// A limit was met.
    Limited(ApiError),
    /// The key, the secret or the account is wrong, or the key may not be used (any more, or from there). Which of
    /// these, nobody is told.
    Credentials(RefusalFacts),
    /// The account may not use the API just now.
    Account(Denial, RefusalFacts),
    /// The key does not have a scope that was asked for.
    Scope(Scope, RefusalFacts),
    /// This process may not decide just now.
    NoLease(ApiError),
    /// The database failed.
    Store(StoreError),
    /// The cryptography failed.
    Signing(SigningError),
    /// The token's line in the audit trail can't be written, so it isn't given out.
    Audit(NotWritten),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Checks what is presented, and makes the token. It is given to nobody before its line in the audit trail is written.
pub(crate) async fn issue_token(
    app: &App,
    credentials: &Credentials<'_>,
    origin: audit::Origin,
) -> Result<Issued, Refused> {
    let now_ms = app.clock.now_ms();
    // Not before they are all here: what a client takes its time with would be its own to choose.
    let looked_at_since = Instant::now();
    let Credentials { key_id, address, .. } = *credentials;
    let facts = |reason| facts_of(app, key_id, reason);
    let refused = |reason| {
        let looked_at_since = Some(looked_at_since);
        Refused::Credentials(RefusalFacts { looked_at_since, ..facts(reason) })
    };
    limits::check_failures(app, address, key_id, now_ms)
        .map_err(|error| Refused::Limited(error.audited(facts("too_many_failures"))))?;
    let authenticated = authenticate(app, credentials, now_ms).await;
    // A process that may not decide refuses nobody either: the key may be newer than what it knows.
    app.feed.check_lease().map_err(Refused::NoLease)?;
    let (key, version) = match authenticated {
        Ok(authenticated) => authenticated,
        Err(reason) => {
            limits::note_outcome(app, address, key_id, false, now_ms);
            app.metrics.credentials_refused.increment(1);
            return Err(refused(reason));
        }
    };
    limits::note_outcome(app, address, key_id, true, now_ms);
    let account = app.live.find_account(key.account_id);
    let account = account.ok_or_else(|| refused("wrong_account"))?;
    let facts = |reason| RefusalFacts { user_id: Some(key.user_id), ..facts(reason) };
    check_account_state(account).map_err(|denial| Refused::Account(denial, facts("account_closed")))?;
    if let Some(scope) = credentials.scopes.iter().find(|scope| !key.limits.allow_scope(*scope)) {
        return Err(Refused::Scope(scope, facts("scope_missing")));
    }
    limits::check_issue(app, &key.key_id, now_ms)
        .map_err(|error| Refused::Limited(error.audited(facts("too_many_tokens"))))?;
    let claims = claims(app, &key, version, account.token_epoch, now_ms);
    let actor = audit::Actor::client(Some(key.key_id.clone()), Some(key.user_id), origin);
    let entry = audit::Entry {
        token_id: Some(claims.jti.clone()),
        ..audit::Entry::new(now_ms, AuditAction::TokenIssued, key.account_id, actor)
    };
    // Both are worked on at once.
    let line = app.audit.put(entry).await.map_err(Refused::Audit)?;
    let signing_key = app.signing_key.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    let token = mudlark_auth::mint(&signing_key, &claims).map_err(Refused::Signing)?;
    line.written().await.map_err(Refused::Audit)?;
    app.metrics.tokens_issued.increment(1);
    Ok(Issued { token, expires_in_s: app.settings.token_ttl_s, key })
}

/// What the audit trail learns where no key was believed. A presented id is kept only where it has the shape of one: else
/// it may be anything, also a secret in the wrong place.
fn facts_of(app: &App, key_id: &str, reason: &'static str) -> RefusalFacts {
    RefusalFacts {
        reason: Some(reason),
        account_id: app.live.find_key(key_id).map(|key| key.account_id),
        key_id: KeyId::parse(key_id),
        ..RefusalFacts::default()
    }
}

/// The key that the secret opens, with the secret's version, or why there is none, for the audit trail. Every failure
/// takes the same road to its end; what its time may still tell (what was in the processor's cache), is hidden by holding
/// the answer back (`http::refusals`).
async fn authenticate(
    app: &App,
    credentials: &Credentials<'_>,
    now_ms: i64,
) -> Result<(Arc<KeyState>, i64), &'static str> {
    let Credentials { key_id, secret, account, address, .. } = *credentials;
    if key_id.len().max(secret.expose().len()) > MAX_PRESENTED_BYTES {
        return Err("too_long");
    }
    // Those that are good alone: how many there were before must not show in the time.
    let stored: Vec<StoredSecret> =
        app.live.find_secrets(key_id).iter().filter(|secret| secret.is_live(now_ms)).copied().collect();
    let matched = check_secret(&app.vault.current(), key_id, secret.expose(), &stored, now_ms);
    let key = app.live.find_key(key_id);
    let (matched, key) = match (matched, key) {
        (Some(matched), Some(key)) => (matched, key),
        (None, Some(_)) => return Err("wrong_secret"),
        (_, None) => return Err("unknown_key"),
    };
    let account_fits = match account {
        NamedAccount::None => true,
        NamedAccount::Given(id) => id == key.account_id,
        NamedAccount::Impossible => false,
    };
    if !account_fits {
        return Err("wrong_account");
    }
    if !key.is_usable(now_ms) {
        return Err(if key.revoked { "key_revoked" } else { "key_expired" });
    }
    if !key.limits.allow_address(address) {
        return Err("address_not_allowed");
    }
    if matched.needs_rehash
        && let Err(error) = rehash(app, &key, secret, matched.version).await
    {
        // The old pepper still does; the next use tries again.
        tracing::warn!(key = key_id, error = format!("{error:#}"), "a secret was not hashed anew");
    }
    Ok((key, matched.version))
}

/// Hashes the secret anew under the newest pepper, and tells all processes.
async fn rehash(app: &App, key: &KeyState, secret: &Secret, version: i64) -> anyhow::Result<()> {
    let mut tx = app.store.begin().await?;
    // Within the transaction: peppers are taken away in one, after every server has taken in the newest.
    let vault = app.vault.current();
    let (pepper_id, mac) = vault.newest_mac(&key.key_id, secret.expose());
    tx.update_api_key_secret_mac(key.key_id.as_str(), version, pepper_id, &mac).await?;
    tx.record_auth_change(AuthSubject::Key(key.key_id.to_string())).await?;
    tx.commit().await?;
    live_feed::catch_up(app).await
}

fn claims(app: &App, key: &KeyState, secret_version: i64, token_epoch: i64, now_ms: i64) -> Claims {
    let issued_at_s = now_ms / 1000;
    Claims {
        iss: AppState::issuer(&app.settings).into(),
        aud: AUDIENCE.into(),
        sub: key.key_id.clone(),
        client_id: key.key_id.clone(),
        account_id: key.account_id,
        uid: key.user_id,
        iat: issued_at_s,
        exp: issued_at_s + i64::from(app.settings.token_ttl_s),
        jti: new_token_id(),
        sv: secret_version,
        ep: token_epoch,
    }
}
