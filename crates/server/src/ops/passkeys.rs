//! Passkeys of people: made by those who are signed in, and signed in with. What a good answer of a device is, the `auth`
//! crate says; that none is good twice, the database.

use mudlark_auth::{Answer, PasskeyError, PasskeySite, Password, SessionToken, SignedIn, StoredKey};
use mudlark_store::PasskeyRow;
use mudlark_store::error::StoreError;
use mudlark_types::{AuditAction, ErrorCode, PasskeyId, UserId};
use serde_json::{Value, json};

use crate::app::App;
use crate::error::{ApiError, ApiResult, RefusalFacts};
use crate::live_feed::settle;
use crate::ops::audit::{Actor, Origin};
use crate::ops::limits;
use crate::ops::sign_in::{SignInWay, begin_session, check_own, leave_lines};

/// Passkeys that a person may have.
pub(crate) const MOST_PASSKEYS: usize = 20;
/// For how long a sign-in is enough to make a passkey by, without the password. *Units*: milliseconds. *Why*: whoever finds a
/// browser open could otherwise make themselves a way in that outlasts the session.
const FRESH_MS: i64 = 10 * 60 * 1000;

/// What a browser is to ask for, so that a person gets a passkey.
///
/// *Errors*: 403 where the sign-in is too long ago and no password is given; 401 for a wrong one; 409 for one too many.
pub(crate) async fn creation_options(
    app: &App,
    site: &PasskeySite,
    signed_in: &SignedIn,
    password: Option<Password>,
    origin: &Origin,
) -> ApiResult<Value> {
    let user_id = signed_in.person.user_id;
    let now_ms = app.clock.now_ms();
    match password {
        Some(password) => drop(check_own(app, user_id, password, origin.address).await?),
        None => check_fresh(app, signed_in, now_ms).await?,
    }
    let mut session = app.store.read().await?;
    let user = session.find_user(user_id).await?;
    let user = user.ok_or_else(|| ApiError::internal("a session's user has no row"))?;
    let rows = session.list_passkeys(user_id).await?;
    check_room(rows.len())?;
    let existing: Vec<StoredKey<'_>> = rows.iter().map(stored_key).collect();
    let challenge = app.challenge_signer.challenge(user_id.as_uuid().as_bytes(), now_ms);
    let email = user.email.as_deref().unwrap_or(&user.username);
    let uuid = user_id.as_uuid();
    let who = (uuid.as_bytes(), email, user.username.as_str());
    site.creation_options(who, &existing, &challenge).map_err(ApiError::internal)
}

async fn check_fresh(app: &App, signed_in: &SignedIn, now_ms: i64) -> ApiResult<()> {
    let sessions = app.store.read().await?.list_user_sessions(signed_in.person.user_id).await?;
    let began = sessions.iter().find(|row| row.id == signed_in.session_id).map(|row| row.created_at_ms);
    if began.is_some_and(|began_ms| now_ms - began_ms < FRESH_MS) {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::SignInAgain,
        "A passkey is made within ten minutes of signing in, or with `current_password`: give it, or sign in again",
    ))
}

fn check_room(count: usize) -> ApiResult<()> {
    if count < MOST_PASSKEYS {
        return Ok(());
    }
    let message =
        format!("You have {MOST_PASSKEYS} passkeys, which is the most; remove one that you no longer use");
    Err(ApiError::new(ErrorCode::Conflict, message))
}

/// Keeps the passkey that a device has made.
///
/// *Errors*: 400 where the answer is not good; 409 for a passkey that is here already, and for one too many.
pub(crate) async fn create(
    app: &App,
    site: &PasskeySite,
    user_id: UserId,
    (credential, name): (Value, String),
    origin: Origin,
) -> ApiResult<PasskeyRow> {
    let now_ms = app.clock.now_ms();
    let answer = Answer::of_creation(credential).map_err(bad_credential)?;
    let uuid = user_id.as_uuid();
    let bound_to = uuid.as_bytes();
    let challenge = app.challenge_signer.recognise(bound_to, &answer.challenge, now_ms);
    let challenge = challenge.ok_or_else(|| {
        ApiError::invalid_field(
            "credential",
            "answers no challenge of ours for you that is still good; begin again",
        )
    })?;
    let made = site.check_new(&answer, &challenge, bound_to).map_err(bad_credential)?;
    let row = PasskeyRow {
        id: app.clock.new_id(),
        user_id,
        credential_id: made.credential_id,
        public_key: made.public_key,
        algorithm: made.algorithm,
        sign_count: made.sign_count,
        transports: made.transports,
        name,
        created_at_ms: now_ms,
        last_used_at_ms: None,
    };
    let mut tx = app.store.begin().await?;
    tx.lock_auth_changes().await?;
    let known = || ApiError::new(ErrorCode::Conflict, "This passkey is here already; sign in with it");
    if !tx.answer_challenge(&challenge.digest(), challenge.expires_at_ms).await? {
        return Err(known());
    }
    check_room(tx.list_passkeys(user_id).await?.len())?;
    match tx.insert_passkey(&row).await {
        Err(StoreError::Conflict { .. }) => return Err(known()),
        other => other?,
    }
    let actor = Actor::client(None, Some(user_id), origin);
    let details = json!({ "passkey_id": row.id, "name": row.name });
    leave_lines(app, &mut tx, user_id, &actor, AuditAction::PasskeyCreated, Some(details)).await?;
    tx.commit().await?;
    Ok(row)
}

/// What a browser is to ask for, so that somebody signs in with a passkey. Says nothing of who has one.
pub(crate) fn request_options(app: &App, site: &PasskeySite) -> ApiResult<Value> {
    let challenge = app.challenge_signer.challenge(b"", app.clock.now_ms());
    site.request_options(&challenge).map_err(ApiError::internal)
}

/// Begins a session for whose passkey has answered.
///
/// *Errors*: 400 for what is no answer; 401, the same for all that is wrong about one; 429 after failures.
pub(crate) async fn sign_in(
    app: &App,
    site: &PasskeySite,
    credential: Value,
    origin: Origin,
) -> ApiResult<SessionToken> {
    let now_ms = app.clock.now_ms();
    let answer = Answer::of_use(credential).map_err(bad_credential)?;
    let credential_id = answer.credential_id().map_err(bad_credential)?;
    let challenge = app.challenge_signer.recognise(b"", &answer.challenge, now_ms);
    let challenge = challenge.ok_or_else(|| refused("no_such_challenge", None))?;
    let row = app.store.read().await?.find_passkey_by_credential(&credential_id).await?;
    let row = row.ok_or_else(|| refused("no_such_passkey", None))?;
    let user_id = row.user_id;
    let who = format!("user:{user_id}");
    limits::check_failures(app, origin.address, &who, now_ms)?;
    let used = site.check_use(&answer, &challenge, &stored_key(&row));
    let is_right =
        used.as_ref().is_ok_and(|used| used.user_handle.as_deref() == Some(user_id.as_uuid().as_bytes()));
    app.feed.check_lease()?;
    limits::note_outcome(app, origin.address, &who, is_right, now_ms);
    let used = match used {
        Ok(used) if is_right => used,
        Err(PasskeyError::CountNotGrown) => {
            note_doubt(app, &row, origin).await?;
            return Err(refused("passkey_doubted", Some(user_id)));
        }
        _ => return Err(refused("wrong_passkey", Some(user_id))),
    };
    let mut tx = app.store.begin().await?;
    // From here on nobody forgets the passkey, or ends the sessions: whoever did so meanwhile is not undone.
    tx.lock_auth_changes().await?;
    let is_first = tx.answer_challenge(&challenge.digest(), challenge.expires_at_ms).await?;
    if !is_first || !tx.update_passkey_used(row.id, used.sign_count, now_ms).await? {
        return Err(refused("challenge_answered", Some(user_id)));
    }
    let (token, revision) = begin_session(app, &mut tx, user_id, origin, SignInWay::Passkey).await?;
    tx.commit().await?;
    settle(app, revision).await?;
    Ok(token)
}

async fn note_doubt(app: &App, row: &PasskeyRow, origin: Origin) -> ApiResult<()> {
    let actor = Actor::client(None, Some(row.user_id), origin);
    let details = json!({ "passkey_id": row.id, "name": row.name });
    let mut tx = app.store.begin().await?;
    leave_lines(app, &mut tx, row.user_id, &actor, AuditAction::PasskeyDoubted, Some(details)).await?;
    Ok(tx.commit().await?)
}

/// Forgets a passkey of a person. Sessions that it opened stay: they are ended one by one, or by a new password.
///
/// *Errors*: 404 where there is no such passkey of theirs.
pub(crate) async fn delete(app: &App, user_id: UserId, id: PasskeyId, origin: Origin) -> ApiResult<()> {
    let mut tx = app.store.begin().await?;
    tx.lock_auth_changes().await?;
    if !tx.delete_passkey(user_id, id).await? {
        return Err(no_such_passkey());
    }
    let actor = Actor::client(None, Some(user_id), origin);
    let details = json!({ "passkey_id": id });
    leave_lines(app, &mut tx, user_id, &actor, AuditAction::PasskeyDeleted, Some(details)).await?;
    Ok(tx.commit().await?)
}

/// 404 for a passkey that the caller does not have.
pub(crate) fn no_such_passkey() -> ApiError {
    ApiError::new(ErrorCode::NotFound, "You have no such passkey; it may have been removed")
}

fn stored_key(row: &PasskeyRow) -> StoredKey<'_> {
    StoredKey {
        credential_id: &row.credential_id,
        public_key: &row.public_key,
        algorithm: row.algorithm,
        sign_count: row.sign_count,
        transports: &row.transports,
    }
}

fn bad_credential(error: PasskeyError) -> ApiError {
    match error {
        PasskeyError::Malformed => ApiError::invalid_field("credential", error),
        other => ApiError::invalid_field("credential", format!("is not good: {other}")),
    }
}

/// 401, the same words for all that may be wrong.
fn refused(reason: &'static str, user_id: Option<UserId>) -> ApiError {
    ApiError::new(
        ErrorCode::InvalidCredentials,
        "This passkey opens nothing here, or took too long; try again, or sign in another way",
    )
    .audited(RefusalFacts { reason: Some(reason), user_id, ..RefusalFacts::default() })
}
