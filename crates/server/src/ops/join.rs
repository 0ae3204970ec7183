//! An invite that is accepted by somebody who is new here, with the password that they choose. Who is known here signs in
//! and accepts as themselves: whoever made the invite has seen its token, and must not come by what the person has elsewhere.

use mudlark_auth::{InviteToken, SessionToken};
use mudlark_store::{InviteRow, PasswordRow, Session};
use mudlark_types::ErrorCode;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::live_feed::settle;
use crate::ops::audit::{Actor, Origin};
use crate::ops::change::Change;
use crate::ops::invites::{self, Profile};
use crate::ops::sign_in::{SignInWay, begin_session};
use crate::ops::sign_in_links::hashed;

/// Accepts the invite, sets the password, and begins a session.
///
/// *Errors*: 404 for a token that is none; 409 where the invite was answered or has expired, and for a person who is known;
/// 400 for a weak password, which doesn't use the invite up.
pub(crate) async fn join(
    app: &App,
    token: &str,
    name: String,
    password: &str,
    origin: Origin,
) -> ApiResult<SessionToken> {
    let digest = InviteToken::digest_of_presented(token);
    let mut session = app.store.read().await?;
    let invite = find(&mut session, &digest).await?;
    check_new(&mut session, &invite).await?;
    drop(session);
    let hash = hashed(app, password, &invite.email).await?;
    let mut change = Change::begin(app, invite.account_id, None, None).await?;
    // From here on nobody else gives the person a password or a membership.
    change.tx.lock_auth_changes().await?;
    let invite = find(&mut change.tx, &digest).await?;
    check_new(&mut change.tx, &invite).await?;
    let profile = Profile { username: Some(name), ..Profile::default() };
    let actor = Actor::client(None, None, origin.clone());
    let (user_id, _) = invites::accept(app, &mut change, actor, &invite, profile).await?;
    let changed_at_ms = change.now_ms;
    change.tx.upsert_password(&PasswordRow { user_id, hash, changed_at_ms }).await?;
    let way = SignInWay::Invite;
    let (token, revision) = begin_session(app, &mut change.tx, user_id, origin, way).await?;
    change.commit().await?;
    settle(app, revision).await?;
    Ok(token)
}

async fn find(session: &mut Session, digest: &[u8]) -> ApiResult<InviteRow> {
    let found = session.find_invite_by_token(digest).await?;
    found.ok_or_else(|| ApiError::new(ErrorCode::NotFound, "No invite has this token"))
}

async fn check_new(session: &mut Session, invite: &InviteRow) -> ApiResult<()> {
    let Some(person) = session.find_person_by_email(&invite.email_key).await? else { return Ok(()) };
    let has_password = session.find_password(person.id).await?.is_some();
    if has_password || !session.list_account_roles_of_user(person.id).await?.is_empty() {
        return Err(ApiError::new(
            ErrorCode::Conflict,
            "You are known here already: sign in (ask for a link if you have no password), then accept the invite",
        ));
    }
    Ok(())
}
