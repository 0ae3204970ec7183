//! People who have signed in, in memory: their sessions and what their memberships let them do, so that a session that was
//! ended and a role that was taken away count from the next request on. The part of the live table ([`crate::live`]) that
//! is about people; keys are there.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use mudlark_types::{AccountId, AccountRoles, UserId, UserSessionId, WorkspaceId, WorkspaceRoles};

use crate::key_limits::KeyLimits;
use crate::policy::KeyRights;
use crate::refusal::TokenRefusal;

/// SHA-256 of a session's token.
pub type SessionDigest = [u8; 32];

/// A session as it is now.
#[derive(Debug)]
pub struct LiveSession {
    /// Its id, which opens nothing.
    pub id: UserSessionId,
    /// What it is recognised by.
    pub token_sha256: SessionDigest,
    /// From when on it is no longer good, unless it is used before. *Units*: Unix milliseconds.
    pub ends_at_ms: i64,
    /// When its last use was written down. *Units*: Unix milliseconds.
    pub use_noted_at_ms: AtomicI64,
}

impl LiveSession {
    /// Whether it is time to write down that it is used. Answers yes to one caller.
    pub fn is_note_due(&self, now_ms: i64, every_ms: i64) -> bool {
        let noted_ms = self.use_noted_at_ms.load(Ordering::Relaxed);
        let exchange =
            |old, new| self.use_noted_at_ms.compare_exchange(old, new, Ordering::Relaxed, Ordering::Relaxed);
        now_ms - noted_ms >= every_ms && exchange(noted_ms, now_ms).is_ok()
    }
}

/// A person who has sessions, as they are now.
#[derive(Debug)]
pub struct PersonState {
    /// Who it is.
    pub user_id: UserId,
    /// Their roles in every account that they belong to.
    pub account_roles: HashMap<AccountId, AccountRoles>,
    /// Their roles in workspaces, of all those accounts.
    pub memberships: HashMap<WorkspaceId, WorkspaceRoles>,
    /// Their sessions.
    pub sessions: Vec<LiveSession>,
}

impl PersonState {
    /// Whether the person belongs to an account.
    pub fn belongs_to(&self, account: AccountId) -> bool {
        self.account_roles.contains_key(&account)
    }
}

/// A person in one of their accounts, by one of their sessions.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who it is.
    pub person: Arc<PersonState>,
    /// By which session.
    pub session_id: UserSessionId,
}

impl SignedIn {
    /// The session.
    pub fn session(&self) -> Option<&LiveSession> {
        self.person.sessions.iter().find(|session| session.id == self.session_id)
    }

    /// What the person may do in an account, as far as that can be given on.
    pub fn rights(&self, account: AccountId) -> KeyRights {
        KeyRights {
            account_roles: self.person.account_roles.get(&account).copied().unwrap_or_default(),
            workspace_roles: WorkspaceRoles::EMPTY,
            memberships: self.person.memberships.clone(),
            limits: KeyLimits::default(),
            expires_at_ms: None,
        }
    }
}

/// Everybody who has sessions.
#[derive(Debug, Default)]
pub(crate) struct People {
    by_id: HashMap<UserId, Arc<PersonState>>,
    by_session: HashMap<SessionDigest, UserId>,
}

impl People {
    /// Puts a person in, or replaces them; whoever has no session is taken out.
    pub(crate) fn put(&mut self, person: PersonState) {
        if let Some(before) = self.by_id.remove(&person.user_id) {
            for session in &before.sessions {
                self.by_session.remove(&session.token_sha256);
            }
        }
        if person.sessions.is_empty() {
            return;
        }
        self.by_session.extend(person.sessions.iter().map(|session| (session.token_sha256, person.user_id)));
        self.by_id.insert(person.user_id, Arc::new(person));
    }

    /// Who has the session of this digest.
    ///
    /// *Errors*: [`TokenRefusal::UnknownSession`], [`TokenRefusal::SessionEnded`].
    pub(crate) fn find(&self, digest: &SessionDigest, now_ms: i64) -> Result<SignedIn, TokenRefusal> {
        let person = self.by_session.get(digest).and_then(|id| self.by_id.get(id));
        let person = person.ok_or(TokenRefusal::UnknownSession)?;
        let session = person.sessions.iter().find(|session| session.token_sha256 == *digest);
        let session = session.ok_or(TokenRefusal::UnknownSession)?;
        if now_ms >= session.ends_at_ms {
            return Err(TokenRefusal::SessionEnded);
        }
        Ok(SignedIn { person: Arc::clone(person), session_id: session.id })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const NOW_MS: i64 = 1_000;

    fn person(user: u128, sessions: &[u8]) -> PersonState {
        let session = |number: &u8| LiveSession {
            id: Uuid::from_u128((*number).into()).into(),
            token_sha256: [*number; 32],
            ends_at_ms: NOW_MS + i64::from(*number),
            use_noted_at_ms: AtomicI64::new(NOW_MS),
        };
        PersonState {
            user_id: Uuid::from_u128(user).into(),
            account_roles: HashMap::new(),
            memberships: HashMap::new(),
            sessions: sessions.iter().map(session).collect(),
        }
    }

    #[test]
    fn session_is_found_until_its_end_and_no_longer_once_its_person_has_it_no_more() {
        let mut people = People::default();
        people.put(person(1, &[1, 2]));
        people.put(person(2, &[3]));

        assert_eq!(people.find(&[2; 32], NOW_MS + 1).unwrap().session_id, Uuid::from_u128(2).into());
        assert_eq!(people.find(&[1; 32], NOW_MS + 1).err(), Some(TokenRefusal::SessionEnded));
        people.put(person(1, &[1]));
        assert_eq!(people.find(&[2; 32], NOW_MS).err(), Some(TokenRefusal::UnknownSession));
        people.put(person(1, &[]));

        assert_eq!(people.find(&[1; 32], NOW_MS).err(), Some(TokenRefusal::UnknownSession));
        assert!(people.find(&[3; 32], NOW_MS).is_ok());
        assert_eq!((people.by_id.len(), people.by_session.len()), (1, 1));
    }

    #[test]
    fn use_is_noted_by_one_of_those_who_come_when_it_is_time() {
        let person = person(1, &[1]);
        let session = &person.sessions[0];

        assert!(!session.is_note_due(NOW_MS + 9, 10));
        assert!(session.is_note_due(NOW_MS + 10, 10));
        assert!(!session.is_note_due(NOW_MS + 10, 10));
    }
}
