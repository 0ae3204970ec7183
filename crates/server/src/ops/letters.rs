//! The letters that go to people, where the operator has set a mail server: a link for a new password to who asks for one, and
//! an invite to who is invited. Each is a job, so that a mail server that is away for an hour loses none.

use anyhow::{Context, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use mudlark_auth::{InviteToken, Vault};
use mudlark_store::{Enqueued, InviteRow, NewJob, Session, StoreError, UserRow};
use mudlark_types::{AuditAction, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::config::PasswordSignIn;
use crate::jobs::JobKind;
use crate::letters::Letter;
use crate::ops::audit::{self, Actor, Entry, Origin};
use crate::ops::sign_in_links::letter_link;

/// How many links for a new password somebody may have at once by asking for letters. *Why*: more would fill their post,
/// and each is a way in.
const MAX_LINKS: i64 = 3;

/// Whether letters with links for a new password are sent.
pub(crate) fn sends_password_letters(app: &App) -> bool {
    app.letters.is_some() && app.settings.password_sign_in == PasswordSignIn::On
}

/// Has a letter with a link for a new password be sent to the person with this address. Nothing says whether there is one.
pub(crate) async fn ask_for_password(app: &App, email_key: &str, origin: Origin) -> anyhow::Result<()> {
    // Whoever is not here is asked for by anybody, and keeps no writer waiting.
    let mut session = app.store.read().await?;
    let now_ms = app.clock.now_ms();
    let Some(person) = session.find_person_by_email(email_key).await? else { return Ok(()) };
    if !may_have_link(app, &mut session, person.id, now_ms).await? {
        return Ok(());
    }
    drop(session);
    let mut tx = app.store.begin().await?;
    let job = JobKind::PasswordLetter.about(&app.clock, person.id, None);
    if tx.enqueue_job(&job).await? == Enqueued::Dead
        && let Some(dead) = tx.find_job_about(JobKind::PasswordLetter.as_str(), &job.subject).await?
    {
        tx.retry_job(dead.id).await?;
    }
    let actor = Actor::client(None, None, origin);
    let entry = Entry::new(now_ms, AuditAction::PasswordLetterAsked, None, actor).on(person.id);
    audit::record(&mut tx, &app.vault.current(), entry).await?;
    tx.commit().await?;
    app.jobs.wake();
    Ok(())
}

/// Whether somebody gets one more link by letter: not beyond a few, and not who signs in by the studio's provider, whose
/// rules a letter would get around.
async fn may_have_link(
    app: &App,
    session: &mut Session,
    user_id: UserId,
    now_ms: i64,
) -> Result<bool, StoreError> {
    if let Some(issuer) = &app.settings.openid_issuer
        && session.count_identities(issuer, user_id).await? > 0
    {
        return Ok(false);
    }
    Ok(session.count_sign_in_links(user_id, now_ms).await? < MAX_LINKS)
}

/// Sends somebody a link for a new password.
///
/// *Errors*: the letter was not taken; its link is good for nothing then.
pub(crate) async fn send_password_letter(app: &App, user_id: UserId) -> anyhow::Result<()> {
    let Some(letters) = app.letters.as_ref().filter(|_| sends_password_letters(app)) else { return Ok(()) };
    let mut tx = app.store.begin().await?;
    let now_ms = app.clock.now_ms();
    let Some(UserRow { email: Some(to), .. }) = tx.find_user(user_id).await? else { return Ok(()) };
    if !may_have_link(app, &mut tx, user_id, now_ms).await? {
        return Ok(());
    }
    let link = letter_link(&mut tx, &app.vault.current(), user_id, now_ms).await?;
    tx.commit().await?;
    let text = format!(
        "Somebody, most likely you, has asked for a new password at {base}\n\n\
         Choose it here, within an hour:\n\n  {link}\n\n\
         If it was not you, do nothing: your password stays as it is.\n",
        base = letters.base(),
        link = link.address(letters.base()),
    );
    let letter = Letter { id: app.clock.new_id(), to, subject: "Your new password".to_owned(), text };
    let sent = letters.send(letter).await;
    if sent.is_err() {
        let mut tx = app.store.begin().await?;
        tx.take_sign_in_link(&link.digest(), app.clock.now_ms()).await?;
        tx.commit().await?;
    }
    sent
}

/// What the job of an invite's letter keeps. The token is sealed: jobs are shown, and lie in backups.
#[derive(Serialize, Deserialize)]
struct InvitePayload {
    sealed_token: String,
}

/// The job that sends an invite, with its token; none where no letters are sent.
pub(crate) fn invite_job(
    app: &App,
    vault: &Vault,
    invite: &InviteRow,
    token: &InviteToken,
) -> Option<NewJob> {
    app.letters.as_ref()?;
    let subject = BASE64_STANDARD.encode(token.digest());
    let sealed = vault.seal(&sealed_for(&subject), token.expose().as_bytes());
    let payload = InvitePayload { sealed_token: BASE64_STANDARD.encode(sealed) };
    Some(NewJob {
        payload: serde_json::to_string(&payload).ok()?,
        ..JobKind::InviteLetter.about(&app.clock, subject, Some(invite.account_id))
    })
}

fn sealed_for(subject: &str) -> Vec<u8> {
    format!("mudlark invite letter {subject}").into_bytes()
}

/// Sends an invite to whom it is for, if it is still open. `subject`: the token's digest.
///
/// *Errors*: the letter was not taken.
pub(crate) async fn send_invite_letter(app: &App, subject: &str, payload: &str) -> anyhow::Result<()> {
    let Some(letters) = &app.letters else { return Ok(()) };
    let digest = BASE64_STANDARD.decode(subject).context("the subject is no digest")?;
    let mut session = app.store.read().await?;
    let Some(invite) = session.find_invite_by_token(&digest).await? else { return Ok(()) };
    let is_open = invite.accepted_at_ms.is_none() && invite.rejected_at_ms.is_none();
    if !is_open || invite.expires_at_ms <= app.clock.now_ms() {
        return Ok(());
    }
    let account = session.find_account(invite.account_id).await?.context("the invite's account is gone")?;
    let inviter = session.find_user(invite.invited_by_user_id).await?;
    drop(session);
    let payload: InvitePayload = serde_json::from_str(payload).context("the payload is not in its form")?;
    let sealed = BASE64_STANDARD.decode(payload.sealed_token).context("the payload is not in its form")?;
    let token =
        app.vault.current().open(&sealed_for(subject), &sealed).context("the token can't be opened")?;
    let token = std::str::from_utf8(&token).context("the token is no text")?;
    ensure!(InviteToken::digest_of_presented(token) == digest, "the token is another invite's");
    let inviter = inviter.as_ref().map_or_else(|| "Somebody".to_owned(), name_of);
    let account = on_one_line(&account.name);
    let text = format!(
        "{inviter} invites you to {account}.\n\n\
         Come in here, until {until}:\n\n  {base}/console/join#{token}\n\n\
         You know nothing of it? Then do nothing.\n",
        base = letters.base(),
        until = day_of(invite.expires_at_ms),
    );
    let subject = format!("Your invite to {account}");
    letters.send(Letter { id: app.clock.new_id(), to: invite.email, subject, text }).await
}

/// What people call a person.
fn name_of(user: &UserRow) -> String {
    let names: Vec<&str> =
        [&user.first_name, &user.last_name].into_iter().flatten().map(String::as_str).collect();
    let name = if names.is_empty() { user.username.clone() } else { names.join(" ") };
    on_one_line(&name)
}

/// Somebody's own words, so that they can't add lines to a letter.
fn on_one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn day_of(ms: i64) -> String {
    let text = Timestamp(ms).to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}
