//! Links that are good for one password, and what is done with them. Their tokens stand behind the `#` of an address, which
//! browsers send to nobody; kept are their digests alone.

use mudlark_auth::{LinkToken, Password, SessionToken, Vault};
use mudlark_store::{AuthSubject, NewAccount, PasswordRow, SignInLinkRow, StoreError, Tx};
use mudlark_types::{AccountId, AccountRole, AuditAction, ErrorCode, Plan, UserId};
use serde_json::json;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::live_feed::settle;
use crate::ops::audit::{self, Actor, Entry, Origin};
use crate::ops::create_workspace::stock_picture;
use crate::ops::people::insert_person;
use crate::ops::sign_in::{SignInWay, begin_session, leave_lines};

/// How long a link is good. *Units*: milliseconds.
pub(crate) const GOOD_FOR_MS: i64 = 24 * 60 * 60 * 1000;
/// How long a link in a letter is good: who asked for it is waiting. *Units*: milliseconds.
const IN_LETTER_GOOD_FOR_MS: i64 = 60 * 60 * 1000;

/// A link as it is shown once.
pub(crate) struct Link {
    token: LinkToken,
    /// *Units*: Unix milliseconds.
    pub(crate) expires_at_ms: i64,
    page: &'static str,
}

impl Link {
    /// Its address. `base`: the server's own, without a slash at its end.
    pub(crate) fn address(&self, base: &str) -> String {
        format!("{base}/console/{}#{}", self.page, self.token.expose())
    }

    /// What it is recognised by.
    pub(crate) fn digest(&self) -> Vec<u8> {
        self.token.digest()
    }
}

/// Makes a link by which a person chooses a password, in place of those before it.
pub(crate) async fn password_link(
    tx: &mut Tx,
    vault: &Vault,
    user_id: UserId,
    account_id: Option<AccountId>,
    actor: Actor,
    now_ms: i64,
) -> Result<Link, StoreError> {
    let link = Link { token: LinkToken::generate(), expires_at_ms: now_ms + GOOD_FOR_MS, page: "reset" };
    tx.delete_sign_in_links(Some(user_id)).await?;
    tx.insert_sign_in_link(&row(&link, Some(user_id), now_ms)).await?;
    let entry = Entry::new(now_ms, AuditAction::PasswordLinkCreated, account_id, actor).on(user_id);
    audit::record(tx, vault, entry).await?;
    Ok(link)
}

/// Makes a link for a letter that somebody has asked for.
///
/// *Why* links before it stay: anybody can ask for a letter, and would end the link that an administrator has handed out.
pub(crate) async fn letter_link(
    tx: &mut Tx,
    vault: &Vault,
    user_id: UserId,
    now_ms: i64,
) -> Result<Link, StoreError> {
    let expires_at_ms = now_ms + IN_LETTER_GOOD_FOR_MS;
    let link = Link { token: LinkToken::generate(), expires_at_ms, page: "reset" };
    tx.insert_sign_in_link(&row(&link, Some(user_id), now_ms)).await?;
    let entry = Entry::new(now_ms, AuditAction::PasswordLinkCreated, None, Actor::server()).on(user_id);
    audit::record(tx, vault, entry).await?;
    Ok(link)
}

/// Makes a link by which the first owner comes to be; none where there is an account or somebody who can sign in.
///
/// *Why* links before it stay: of processes that start at once, each shows one.
pub(crate) async fn welcome_link(tx: &mut Tx, now_ms: i64) -> Result<Option<Link>, StoreError> {
    if tx.has_account_or_password().await? {
        return Ok(None);
    }
    let link = Link { token: LinkToken::generate(), expires_at_ms: now_ms + GOOD_FOR_MS, page: "welcome" };
    tx.insert_sign_in_link(&row(&link, None, now_ms)).await?;
    Ok(Some(link))
}

fn row(link: &Link, user_id: Option<UserId>, now_ms: i64) -> SignInLinkRow {
    SignInLinkRow {
        token_sha256: link.token.digest(),
        user_id,
        created_at_ms: now_ms,
        expires_at_ms: link.expires_at_ms,
    }
}

/// Gives the link's person this password, ends all their sessions, and begins one.
///
/// *Errors*: 404 for a link that is none (any more); 400 for a weak password, which doesn't use the link up.
pub(crate) async fn reset(app: &App, token: &str, password: &str, origin: Origin) -> ApiResult<SessionToken> {
    let digest = LinkToken::digest_of_presented(token);
    let link = app.store.read().await?.find_sign_in_link(&digest, app.clock.now_ms()).await?;
    let user_id = link.and_then(|link| link.user_id).ok_or_else(no_such_link)?;
    let user = app.store.read().await?.find_user(user_id).await?.ok_or_else(no_such_link)?;
    let hash = hashed(app, password, user.email.as_deref().unwrap_or_default()).await?;
    let mut tx = app.store.begin().await?;
    tx.lock_auth_changes().await?;
    let now_ms = app.clock.now_ms();
    if !tx.take_sign_in_link(&digest, now_ms).await? {
        return Err(no_such_link());
    }
    tx.upsert_password(&PasswordRow { user_id, hash, changed_at_ms: now_ms }).await?;
    tx.delete_sign_in_links(Some(user_id)).await?;
    tx.delete_user_sessions(user_id, None).await?;
    let (token, revision) = begin_session(app, &mut tx, user_id, origin, SignInWay::Reset).await?;
    tx.commit().await?;
    settle(app, revision).await?;
    Ok(token)
}

/// The hash of a password that somebody chose.
///
/// *Errors*: 400, the field `password`, for a weak one.
pub(crate) async fn hashed(app: &App, password: &str, email: &str) -> ApiResult<String> {
    let password =
        Password::choose(password, email).map_err(|weak| ApiError::invalid_field("password", weak))?;
    app.passwords.place().await?.hash(password).await
}

fn no_such_link() -> ApiError {
    ApiError::new(
        ErrorCode::NotFound,
        "The link was used before, or has expired; ask whoever made it for another one",
    )
}

/// The first owner, as they say of themselves.
pub(crate) struct FirstOwner<'a> {
    pub(crate) name: String,
    pub(crate) email: String,
    /// In the form in which addresses are compared.
    pub(crate) email_key: String,
    pub(crate) password: &'a str,
    pub(crate) account_name: String,
}

/// Makes the first account and its owner, by a link for that, and begins a session.
///
/// *Errors*: 404 for a link that is none (any more), 409 where somebody was first; 400 for a weak password.
pub(crate) async fn welcome(
    app: &App,
    token: &str,
    owner: FirstOwner<'_>,
    origin: Origin,
) -> ApiResult<SessionToken> {
    let digest = LinkToken::digest_of_presented(token);
    let link = app.store.read().await?.find_sign_in_link(&digest, app.clock.now_ms()).await?;
    if link.is_none_or(|link| link.user_id.is_some()) {
        return Err(no_such_link());
    }
    let hash = hashed(app, owner.password, &owner.email).await?;
    let mut tx = app.store.begin().await?;
    tx.lock_auth_changes().await?;
    let now_ms = app.clock.now_ms();
    if !tx.take_sign_in_link(&digest, now_ms).await? {
        return Err(no_such_link());
    }
    if tx.has_account_or_password().await? {
        return Err(ApiError::new(
            ErrorCode::Conflict,
            "This installation has accounts already; ask an owner for an invite, or the operator for a link",
        ));
    }
    tx.delete_sign_in_links(None).await?;
    let (user_id, account_id) = (app.clock.new_id(), app.clock.new_id());
    insert_person(&mut tx, user_id, owner.name, (&owner.email, &owner.email_key), now_ms).await?;
    tx.insert_account(&NewAccount {
        id: account_id,
        name: owner.account_name.clone(),
        plan: Plan::Enterprise,
        created_by_user_id: Some(user_id),
        default_avatar: stock_picture(account_id),
        created_at_ms: now_ms,
    })
    .await?;
    let roles = [AccountRole::Owner].into_iter().collect();
    tx.upsert_account_member(account_id, user_id, roles, now_ms).await?;
    tx.upsert_password(&PasswordRow { user_id, hash, changed_at_ms: now_ms }).await?;
    tx.record_auth_change(AuthSubject::Account(account_id)).await?;
    let actor = Actor::client(None, Some(user_id), origin.clone());
    let details = json!({ "name": owner.account_name, "plan": Plan::Enterprise });
    let entry =
        Entry::new(now_ms, AuditAction::AccountCreated, account_id, actor).on(account_id).with(details);
    audit::record(&mut tx, &app.vault.current(), entry).await?;
    let (token, revision) = begin_session(app, &mut tx, user_id, origin, SignInWay::Welcome).await?;
    tx.commit().await?;
    settle(app, revision).await?;
    Ok(token)
}

/// Gives a person who is signed in another password, in place of the one that they say; their other sessions end.
///
/// *Errors*: 401 where the password said is wrong, 429 after failures; 400 for a weak one.
pub(crate) async fn change_password(
    app: &App,
    signed_in: &mudlark_auth::SignedIn,
    (current, new): (Password, &str),
    origin: Origin,
) -> ApiResult<()> {
    let user_id = signed_in.person.user_id;
    let user = app.store.read().await?.find_user(user_id).await?;
    let email = user.and_then(|user| user.email).unwrap_or_default();
    let new = Password::choose(new, &email).map_err(|weak| ApiError::invalid_field("new_password", weak))?;
    let before = crate::ops::sign_in::check_own(app, user_id, current, origin.address).await?;
    let hash = app.passwords.place().await?.hash(new).await?;
    let mut tx = app.store.begin().await?;
    tx.lock_auth_changes().await?;
    let now_ms = app.clock.now_ms();
    if tx.find_password(user_id).await?.map(|row| row.hash) != before {
        return Err(ApiError::new(ErrorCode::Conflict, "The password was changed meanwhile; sign in again"));
    }
    tx.upsert_password(&PasswordRow { user_id, hash, changed_at_ms: now_ms }).await?;
    tx.delete_sign_in_links(Some(user_id)).await?;
    tx.delete_user_sessions(user_id, Some(signed_in.session_id)).await?;
    let revision = tx.record_auth_change(AuthSubject::Person(user_id)).await?;
    let actor = Actor::client(None, Some(user_id), origin);
    leave_lines(app, &mut tx, user_id, &actor, AuditAction::PasswordChanged, None).await?;
    tx.commit().await?;
    settle(app, revision).await
}
