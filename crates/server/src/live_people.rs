//! The part of the live table that is about people who have signed in, as the database has it: read whole at start-up,
//! then person by person. `live_feed` calls this, and says when.

use std::collections::HashMap;
use std::sync::atomic::AtomicI64;

use anyhow::Context;
use mudlark_auth::{LiveSession, LiveTable, PersonState};
use mudlark_store::{Session, UserSessionRow};
use mudlark_types::UserId;

use crate::config::Settings;

/// Puts everybody who has sessions into a table.
pub(crate) async fn load(session: &mut Session, settings: &Settings, live: &LiveTable) -> anyhow::Result<()> {
    let mut people: HashMap<UserId, PersonState> = HashMap::new();
    for row in session.list_all_user_sessions().await? {
        let person = people.entry(row.user_id).or_insert_with(|| nobody_yet(row.user_id));
        person.sessions.push(live_session(&row, settings)?);
    }
    for (user_id, account_id, roles) in session.list_account_roles_of_sessions().await? {
        if let Some(person) = people.get_mut(&user_id) {
            person.account_roles.insert(account_id, roles);
        }
    }
    for (user_id, workspace_id, roles) in session.list_workspace_roles_of_sessions().await? {
        if let Some(person) = people.get_mut(&user_id) {
            person.memberships.insert(workspace_id, roles);
        }
    }
    for person in people.into_values() {
        live.put_person(person);
    }
    Ok(())
}

/// One person as the database has them.
pub(crate) async fn read(
    session: &mut Session,
    settings: &Settings,
    user_id: UserId,
) -> anyhow::Result<PersonState> {
    let rows = session.list_user_sessions(user_id).await?;
    let sessions: anyhow::Result<_> = rows.iter().map(|row| live_session(row, settings)).collect();
    Ok(PersonState {
        user_id,
        account_roles: session.list_account_roles_of_user(user_id).await?.into_iter().collect(),
        memberships: session.list_workspace_roles_of_user(user_id).await?.into_iter().collect(),
        sessions: sessions?,
    })
}

fn nobody_yet(user_id: UserId) -> PersonState {
    PersonState { user_id, account_roles: HashMap::new(), memberships: HashMap::new(), sessions: Vec::new() }
}

/// The settings of this process decide when an idle session ends: changed ones count for sessions that there are.
fn live_session(row: &UserSessionRow, settings: &Settings) -> anyhow::Result<LiveSession> {
    let digest = row.token_sha256.as_slice().try_into();
    Ok(LiveSession {
        id: row.id,
        token_sha256: digest.context("a session's digest has not 32 bytes")?,
        ends_at_ms: row.expires_at_ms.min(row.last_used_at_ms.saturating_add(settings.session_idle_ms())),
        use_noted_at_ms: AtomicI64::new(row.last_used_at_ms),
    })
}
