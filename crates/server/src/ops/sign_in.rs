//! From an e-mail address and a password to a session, and the end of sessions. A session is a row, known by the digest of
//! its cookie, and counts in every process when this answers.

use std::net::IpAddr;
use std::time::Instant;

use mudlark_auth::{Password, SessionToken};
use mudlark_store::{AuthSubject, Tx, UserSessionRow};
use mudlark_types::{AccountId, AuditAction, ErrorCode, UserId, UserSessionId};
use serde_json::{Value, json};

use crate::app::App;
use crate::error::{ApiError, ApiResult, RefusalFacts};
use crate::live_feed::settle;
use crate::ops::audit::{self, Actor, Entry, Origin};
use crate::ops::limits;

/// Sessions that a person may have at once; a further one ends the oldest. *Why*: each is in the memory of every process.
const MOST_SESSIONS: usize = 50;
/// What a browser calls itself is kept up to this length. *Units*: bytes.
const MAX_AGENT_BYTES: usize = 256;

/// What somebody presents to sign in.
pub(crate) struct Presented {
    /// In the form in which addresses are compared.
    pub(crate) email_key: String,
    pub(crate) password: Password,
}

/// Checks what is presented, and begins a session.
///
/// *Errors*: 401, the same for an address that nobody has and for a wrong password; 429 after failures.
pub(crate) async fn sign_in(app: &App, presented: Presented, origin: Origin) -> ApiResult<SessionToken> {
    let Presented { email_key, password } = presented;
    let who = format!("email:{email_key}");
    limits::check_failures(app, origin.address, &who, app.clock.now_ms())?;
    let place = app.passwords.place().await?;
    // Once more: of many that came at once, those that waited know now how the first have ended.
    limits::check_failures(app, origin.address, &who, app.clock.now_ms())?;
    let looked_at_since = Instant::now();
    let (person, hash) = stored(app, &email_key).await?;
    let is_right = place.check(password, hash.clone()).await?;
    drop(place);
    app.feed.check_lease()?;
    let now_ms = app.clock.now_ms();
    limits::note_outcome(app, origin.address, &who, is_right, now_ms);
    let refused = |reason| {
        wrong(RefusalFacts {
            reason: Some(reason),
            user_id: person,
            looked_at_since: Some(looked_at_since),
            ..RefusalFacts::default()
        })
    };
    let Some(user_id) = person.filter(|_| is_right) else {
        let reason = if hash.is_some() { "wrong_password" } else { "no_such_password" };
        return Err(refused(reason));
    };
    let mut tx = app.store.begin().await?;
    // From here on nobody changes the password: whoever did so meanwhile has ended all sessions, and this one is not to come after.
    tx.lock_auth_changes().await?;
    let is_still = tx.find_password(user_id).await?.map(|row| row.hash) == hash;
    if !is_still {
        return Err(refused("wrong_password"));
    }
    let (token, revision) = begin_session(app, &mut tx, user_id, origin, SignInWay::Password).await?;
    tx.commit().await?;
    settle(app, revision).await?;
    Ok(token)
}

/// Checks what a person who is signed in says is their password. Answers its hash.
///
/// *Errors*: 401 where it is wrong; 429 after failures.
pub(crate) async fn check_own(
    app: &App,
    user_id: UserId,
    password: Password,
    address: Option<IpAddr>,
) -> ApiResult<Option<String>> {
    let who = format!("user:{user_id}");
    let place = app.passwords.place().await?;
    limits::check_failures(app, address, &who, app.clock.now_ms())?;
    let hash = app.store.read().await?.find_password(user_id).await?.map(|row| row.hash);
    let is_right = place.check(password, hash.clone()).await?;
    limits::note_outcome(app, address, &who, is_right, app.clock.now_ms());
    if is_right {
        return Ok(hash);
    }
    Err(ApiError::new(ErrorCode::InvalidCredentials, "The current password is wrong").audited(RefusalFacts {
        reason: Some("wrong_password"),
        user_id: Some(user_id),
        ..RefusalFacts::default()
    }))
}

async fn stored(app: &App, email_key: &str) -> ApiResult<(Option<UserId>, Option<String>)> {
    let mut session = app.store.read().await?;
    let Some(person) = session.find_person_by_email(email_key).await? else { return Ok((None, None)) };
    let password = session.find_password(person.id).await?;
    Ok((Some(person.id), password.map(|row| row.hash)))
}

/// 401, the same words for all that may be wrong.
fn wrong(facts: RefusalFacts) -> ApiError {
    ApiError::new(
        ErrorCode::InvalidCredentials,
        "The e-mail address or the password is wrong. Whoever looks after this server can make you a link for a new one",
    )
    .audited(facts)
}

/// By what somebody got in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignInWay {
    Password,
    /// The link of the installation's first owner.
    Welcome,
    /// A link for a new password.
    Reset,
    Invite,
    Passkey,
    /// The studio's own provider.
    OpenId,
}

impl SignInWay {
    /// What its line in the audit trail calls it.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Welcome => "welcome",
            Self::Reset => "reset",
            Self::Invite => "invite",
            Self::Passkey => "passkey",
            Self::OpenId => "openid",
        }
    }

    const fn action(self) -> AuditAction {
        match self {
            Self::Reset => AuditAction::PasswordReset,
            _ => AuditAction::SessionCreated,
        }
    }
}

/// Begins a session inside a transaction, and leaves its lines. Answers its token, and the revision to wait for.
pub(crate) async fn begin_session(
    app: &App,
    tx: &mut Tx,
    user_id: UserId,
    origin: Origin,
    way: SignInWay,
) -> ApiResult<(SessionToken, i64)> {
    let now_ms = app.clock.now_ms();
    let token = SessionToken::generate();
    tx.delete_ended_user_sessions(user_id, now_ms - app.settings.session_idle_ms(), now_ms).await?;
    let sessions = tx.list_user_sessions(user_id).await?;
    for oldest in sessions.iter().take((sessions.len() + 1).saturating_sub(MOST_SESSIONS)) {
        tx.delete_user_session(user_id, oldest.id).await?;
    }
    let agent = origin.agent.as_deref().map(|agent| &agent[..agent.floor_char_boundary(MAX_AGENT_BYTES)]);
    let row = UserSessionRow {
        id: app.clock.new_id(),
        user_id,
        token_sha256: token.digest().to_vec(),
        address: origin.address.map(|address: IpAddr| address.to_canonical().to_string()),
        user_agent: agent.map(str::to_owned),
        created_at_ms: now_ms,
        last_used_at_ms: now_ms,
        expires_at_ms: now_ms + app.settings.session_lifetime_ms(),
    };
    tx.insert_user_session(&row).await?;
    let revision = tx.record_auth_change(AuthSubject::Person(user_id)).await?;
    let actor = Actor::client(None, Some(user_id), origin);
    let details = json!({ "session_id": row.id, "way": way.as_str() });
    leave_lines(app, tx, user_id, &actor, way.action(), Some(details)).await?;
    Ok((token, revision))
}

/// Leaves a line about a person in the trail of each account that they belong to; of none where they belong to none.
pub(crate) async fn leave_lines(
    app: &App,
    tx: &mut Tx,
    user_id: UserId,
    actor: &Actor,
    action: AuditAction,
    details: Option<Value>,
) -> ApiResult<()> {
    let now_ms = app.clock.now_ms();
    let accounts = tx.list_account_roles_of_user(user_id).await?;
    let mut accounts: Vec<Option<AccountId>> = accounts.into_iter().map(|(id, _)| Some(id)).collect();
    if accounts.is_empty() {
        accounts.push(None);
    }
    let lines = accounts.into_iter().map(|account| {
        let entry = Entry::new(now_ms, action, account, actor.clone()).on(user_id);
        match &details {
            Some(details) => entry.with(details.clone()),
            None => entry,
        }
    });
    audit::record_all(tx, &app.vault.current(), lines.collect()).await?;
    Ok(())
}

/// Ends one session of a person. True in every process when it answers.
///
/// *Errors*: 404 where there is no such session of theirs.
pub(crate) async fn end_session(
    app: &App,
    user_id: UserId,
    session_id: UserSessionId,
    origin: Origin,
) -> ApiResult<()> {
    let mut tx = app.store.begin().await?;
    if !tx.delete_user_session(user_id, session_id).await? {
        return Err(ApiError::new(ErrorCode::NotFound, "You have no such session; it may have ended"));
    }
    let revision = tx.record_auth_change(AuthSubject::Person(user_id)).await?;
    let actor = Actor::client(None, Some(user_id), origin);
    let details = json!({ "session_id": session_id });
    leave_lines(app, &mut tx, user_id, &actor, AuditAction::SessionEnded, Some(details)).await?;
    tx.commit().await?;
    settle(app, revision).await
}
