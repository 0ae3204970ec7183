//! From an identity at the studio's own provider to a session here. The provider's name for somebody is what counts; their
//! address only says, the first time, whom of those who are known here it is.

use mudlark_auth::{Identity, SessionToken};
use mudlark_store::{IdentityRow, Page, Tx};
use mudlark_types::{AuditAction, UserId};
use serde_json::json;

use crate::app::App;
use crate::error::ApiResult;
use crate::live_feed::settle;
use crate::openid_settings::OpenIdEmails;
use crate::ops::audit::{Actor, Origin};
use crate::ops::change::Change;
use crate::ops::invites::{self, Profile};
use crate::ops::people::insert_person;
use crate::ops::sign_in::{SignInWay, begin_session, leave_lines};

/// Invites that a first sign-in accepts.
const MOST_INVITES: i64 = 20;

/// Why somebody whom the provider knows does not get in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stranger {
    /// The provider gives no address, or has not made sure that it is theirs.
    Unverified,
    /// Nobody here has the address, and nobody has invited it.
    Unknown,
    /// The person with this address here is somebody else at the provider: the address may have been given on.
    Taken,
}

/// Whom the provider has named.
pub(crate) struct Named {
    pub(crate) identity: Identity,
    /// Their address as it is written and as it is compared, where it is one.
    pub(crate) email: Option<(String, String)>,
}

/// Begins a session for whom the provider has named.
pub(crate) async fn sign_in(
    app: &App,
    issuer: &str,
    named: Named,
    origin: Origin,
) -> ApiResult<Result<SessionToken, Stranger>> {
    app.feed.check_lease()?;
    let now_ms = app.clock.now_ms();
    let mut tx = app.store.begin().await?;
    // From here on nobody else ties the person to an identity.
    tx.lock_auth_changes().await?;
    let known = tx.find_identity(issuer, &named.identity.subject).await?;
    let user_id = match &known {
        Some(row) => row.user_id,
        None => match first_time(app, &mut tx, issuer, &named, &origin, now_ms).await? {
            Ok(user_id) => user_id,
            Err(stranger) => return Ok(Err(stranger)),
        },
    };
    tx.upsert_identity(&IdentityRow {
        issuer: issuer.to_owned(),
        subject: named.identity.subject.clone(),
        user_id,
        created_at_ms: known.map_or(now_ms, |row| row.created_at_ms),
        last_used_at_ms: now_ms,
    })
    .await?;
    let actor = Actor::client(None, Some(user_id), origin.clone());
    let (token, revision) = begin_session(app, &mut tx, user_id, origin, SignInWay::OpenId).await?;
    let is_nowhere = tx.list_account_roles_of_user(user_id).await?.is_empty();
    tx.commit().await?;
    settle(app, revision).await?;
    if is_nowhere && let Some((_, key)) = &named.email {
        accept_invites(app, key, &actor).await?;
    }
    Ok(Ok(token))
}

/// Who belongs to nothing yet has come for the invites to their address, which the provider has proven: they are accepted. One
/// whose account has no room for them stays open.
async fn accept_invites(app: &App, email_key: &str, actor: &Actor) -> ApiResult<()> {
    let now_ms = app.clock.now_ms();
    let open = app.store.read().await?.list_invites_to(email_key, now_ms, Page::first(MOST_INVITES)).await?;
    for invite in open {
        let mut change = Change::begin(app, invite.account_id, None, None).await?;
        match invites::accept(app, &mut change, actor.clone(), &invite, Profile::default()).await {
            Ok((_, revision)) => {
                change.commit().await?;
                settle(app, revision).await?;
            }
            Err(error) => {
                tracing::info!(code = error.code().as_str(), "an invite was not accepted by signing in");
            }
        }
    }
    Ok(())
}

/// Whom of those here the identity is, or a new person where somebody has invited them.
async fn first_time(
    app: &App,
    tx: &mut Tx,
    issuer: &str,
    Named { identity, email }: &Named,
    origin: &Origin,
    now_ms: i64,
) -> ApiResult<Result<UserId, Stranger>> {
    let is_theirs = match identity.email_verified {
        Some(verified) => verified,
        None => app.settings.openid_emails == OpenIdEmails::Unmarked,
    };
    let Some((email, key)) = email.as_ref().filter(|_| is_theirs) else {
        return Ok(Err(Stranger::Unverified));
    };
    let user_id = if let Some(person) = tx.find_person_by_email(key).await? {
        if tx.count_identities(issuer, person.id).await? > 0 {
            return Ok(Err(Stranger::Taken));
        }
        // Whoever was first to use the address here need not be whom the provider means: an invite can be accepted by
        // whoever has seen it. What they got in by ends.
        tx.delete_password(person.id).await?;
        tx.delete_sign_in_links(Some(person.id)).await?;
        tx.delete_passkeys(person.id).await?;
        tx.delete_user_sessions(person.id, None).await?;
        person.id
    } else if tx.count_invites_to(key, now_ms).await? > 0 {
        let name = identity.name.as_deref().unwrap_or(email);
        let name = name.chars().filter(|c| !c.is_control()).take(255).collect();
        let id = app.clock.new_id();
        insert_person(tx, id, name, (email, key), now_ms).await?;
        id
    } else {
        return Ok(Err(Stranger::Unknown));
    };
    let actor = Actor::client(None, Some(user_id), origin.clone());
    let details = json!({ "issuer": issuer });
    leave_lines(app, tx, user_id, &actor, AuditAction::IdentityLinked, Some(details)).await?;
    Ok(Ok(user_id))
}
