//! From a key and its secret to a token: the one function behind `POST /auth/token` and `POST /oauth/token`. How the two
//! are asked, and how a refusal is worded, is theirs.

use std::net::IpAddr;
use std::sync::Arc;

use mudlark_auth::{
    Claims, Denial, KeyState, Secret, SigningError, StoredSecret, check_account_state, check_secret,
    new_token_id,
};
use mudlark_store::StoreError;
use mudlark_types::{AccountId, Scope, Scopes};

use crate::app::{AUDIENCE, App, AppState};
use crate::ops::revoke::stored_secret;

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

/// Why there is no token.
pub(crate) enum Refused {
    /// Too many failures with this key from this address. *Units*: seconds.
    TooManyFailures { retry_after_s: u64 },
    /// The key, the secret or the account is wrong, or the key may not be used (any more, or from there). Which of
    /// these, nobody is told.
    Credentials,
    /// The account may not use the API just now.
    Account(Denial),
    /// The key does not have a scope that was asked for.
    Scope(Scope),
    /// The database failed.
    Store(StoreError),
    /// The cryptography failed.
    Signing(SigningError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Checks what is presented, and makes the token.
pub(crate) async fn issue_token(app: &App, credentials: &Credentials<'_>) -> Result<Issued, Refused> {
    let now_ms = app.clock.now_ms();
    let peer = credentials.address.unwrap_or(IpAddr::from([0, 0, 0, 0]));
    app.failures
        .check(peer, credentials.key_id, now_ms)
        .map_err(|wait| Refused::TooManyFailures { retry_after_s: wait.seconds })?;
    let Some((key, version)) = authenticate(app, credentials, now_ms).await? else {
        app.failures.failed(peer, credentials.key_id, now_ms);
        app.metrics.credentials_refused.increment(1);
        return Err(Refused::Credentials);
    };
    app.failures.succeeded(peer, credentials.key_id);
    let account = app.live.find_account(key.account_id).ok_or(Refused::Credentials)?;
    check_account_state(account).map_err(Refused::Account)?;
    if let Some(scope) = credentials.scopes.iter().find(|scope| !key.limits.allow_scope(*scope)) {
        return Err(Refused::Scope(scope));
    }
    let token = mint(app, &key, version, account.token_epoch, now_ms).map_err(Refused::Signing)?;
    app.metrics.tokens_issued.increment(1);
    Ok(Issued { token, expires_in_s: app.settings.token_ttl_s, key })
}

/// The key that the secret opens, with the secret's version. Every failure takes the same road to its end, so that
/// neither the answer nor its time tells them apart.
async fn authenticate(
    app: &App,
    credentials: &Credentials<'_>,
    now_ms: i64,
) -> Result<Option<(Arc<KeyState>, i64)>, Refused> {
    let Credentials { key_id, secret, account, address, .. } = *credentials;
    // No key of ours holds a NUL, and not every database takes one in a text.
    if key_id.len().max(secret.expose().len()) > MAX_PRESENTED_BYTES || key_id.contains('\0') {
        return Ok(None);
    }
    // Those that are good alone: how many there were before must not show in the time.
    let rows = app.store.read().await?.list_live_api_key_secrets(key_id, now_ms).await?;
    let stored: Vec<StoredSecret> = rows.iter().filter_map(stored_secret).collect();
    let matched = check_secret(&app.vault.current(), key_id, secret.expose(), &stored, now_ms);
    let key = app.live.find_key(key_id);
    let (Some(matched), Some(key)) = (matched, key) else { return Ok(None) };
    let account_fits = match account {
        NamedAccount::None => true,
        NamedAccount::Given(id) => id == key.account_id,
        NamedAccount::Impossible => false,
    };
    if !account_fits || !key.is_usable(now_ms) || !key.limits.allow_address(address) {
        return Ok(None);
    }
    if matched.needs_rehash
        && let Err(error) = rehash(app, &key, secret, matched.version).await
    {
        // The old pepper still does; the next use tries again.
        tracing::warn!(key = key_id, %error, "a secret was not hashed anew");
    }
    Ok(Some((key, matched.version)))
}

/// Hashes the secret anew under the newest pepper.
async fn rehash(app: &App, key: &KeyState, secret: &Secret, version: i64) -> Result<(), StoreError> {
    let mut tx = app.store.begin().await?;
    // Within the transaction: peppers are taken away in one, after every server has taken in the newest.
    let vault = app.vault.current();
    let (pepper_id, mac) = vault.newest_mac(&key.key_id, secret.expose());
    tx.update_api_key_secret_mac(key.key_id.as_str(), version, pepper_id, &mac).await?;
    tx.commit().await
}

fn mint(
    app: &App,
    key: &KeyState,
    secret_version: i64,
    token_epoch: i64,
    now_ms: i64,
) -> Result<String, SigningError> {
    let issued_at_s = now_ms / 1000;
    let signing_key = app.signing_key.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    let claims = Claims {
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
    };
    mudlark_auth::mint(&signing_key, &claims)
}
