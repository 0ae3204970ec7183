//! What keys, accounts and workspaces are at this moment, in memory: the part of an authorisation that no token carries,
//! so that a revocation or a changed role counts from the next request on. Not the decision on rights
//! ([`crate::policy`]) and not the truth, which is the database; the server fills it, and asks it once a request.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use mudlark_types::{AccountId, AccountRoles, Plan, UserId, WorkspaceId, WorkspaceRoles};

use crate::key::KeyId;
use crate::key_limits::KeyLimits;
use crate::people::{People, PersonState, SessionDigest, SignedIn};
use crate::policy::KeyRights;
use crate::refusal::TokenRefusal;
use crate::secret_check::StoredSecret;
use crate::token::Claims;

/// An account as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountState {
    /// What it is subscribed to.
    pub plan: Plan,
    /// Whether the operator has suspended it.
    pub suspended: bool,
    /// Tokens made at a lower epoch are revoked.
    pub token_epoch: i64,
}

/// A workspace as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkspaceState {
    /// The account that it belongs to.
    pub account_id: AccountId,
    /// Whether it is in the trash: nobody may enter.
    pub deleted: bool,
}

/// A secret of a key that is not revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveSecret {
    /// Which of its key's secrets; tokens made from it name it as `sv`.
    pub version: i64,
    /// From when on it, and every token made from it, is no longer good. *Units*: Unix milliseconds.
    pub expires_at_ms: Option<i64>,
}

/// A key as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyState {
    /// The key's public id.
    pub key_id: KeyId,
    /// The account that it belongs to.
    pub account_id: AccountId,
    /// The service user that it acts as.
    pub user_id: UserId,
    /// Its roles in the account.
    pub account_roles: AccountRoles,
    /// Its roles in every workspace of the account.
    pub workspace_roles: WorkspaceRoles,
    /// Its further roles in single workspaces.
    pub memberships: HashMap<WorkspaceId, WorkspaceRoles>,
    /// What it is narrowed to.
    pub limits: KeyLimits,
    /// Whether it was revoked.
    pub revoked: bool,
    /// From when on it is no longer good. *Units*: Unix milliseconds.
    pub expires_at_ms: Option<i64>,
    /// Its secrets that are not revoked: at most two.
    pub live_secret_versions: Vec<LiveSecret>,
}

impl KeyState {
    /// Whether the key is neither revoked nor expired.
    pub fn is_usable(&self, now_ms: i64) -> bool {
        !self.revoked && is_before(now_ms, self.expires_at_ms)
    }

    /// What it may do, as far as that can be given on.
    pub fn rights(&self) -> KeyRights {
        KeyRights {
            account_roles: self.account_roles,
            workspace_roles: self.workspace_roles,
            memberships: self.memberships.clone(),
            limits: self.limits.clone(),
            expires_at_ms: self.expires_at_ms,
        }
    }

    fn has_live_secret(&self, version: i64, now_ms: i64) -> bool {
        self.live_secret_versions
            .iter()
            .any(|secret| secret.version == version && is_before(now_ms, secret.expires_at_ms))
    }
}

/// Who makes a request, and in which account, as they were when the request came in.
#[derive(Clone, Debug)]
pub struct Caller {
    /// A key, or a person.
    pub who: Who,
    /// The account that they act in.
    pub account: AccountState,
}

/// A key, or a person who has signed in.
#[derive(Clone, Debug)]
pub enum Who {
    /// A key, which has one account.
    Key(Arc<KeyState>),
    /// A person, in one of their accounts.
    Person(SignedIn, AccountId),
}

impl Caller {
    /// The account that the caller acts in.
    pub fn account_id(&self) -> AccountId {
        match &self.who {
            Who::Key(key) => key.account_id,
            Who::Person(_, account_id) => *account_id,
        }
    }

    /// The person, or the service user that the key acts as.
    pub fn user_id(&self) -> UserId {
        match &self.who {
            Who::Key(key) => key.user_id,
            Who::Person(signed_in, _) => signed_in.person.user_id,
        }
    }

    /// The key's public id; none for a person.
    pub fn key_id(&self) -> Option<&KeyId> {
        match &self.who {
            Who::Key(key) => Some(&key.key_id),
            Who::Person(..) => None,
        }
    }

    /// The person, and by which session; none for a key.
    pub fn signed_in(&self) -> Option<&SignedIn> {
        match &self.who {
            Who::Key(_) => None,
            Who::Person(signed_in, _) => Some(signed_in),
        }
    }

    /// What the caller is narrowed to; nobody narrows a person.
    pub fn limits(&self) -> Option<&KeyLimits> {
        match &self.who {
            Who::Key(key) => Some(&key.limits),
            Who::Person(..) => None,
        }
    }

    /// The caller's roles in the account.
    pub fn account_roles(&self) -> AccountRoles {
        match &self.who {
            Who::Key(key) => key.account_roles,
            Who::Person(signed_in, account_id) => {
                signed_in.person.account_roles.get(account_id).copied().unwrap_or_default()
            }
        }
    }

    /// What the caller may do, as far as that can be given on.
    pub fn rights(&self) -> KeyRights {
        match &self.who {
            Who::Key(key) => key.rights(),
            Who::Person(signed_in, account_id) => signed_in.rights(*account_id),
        }
    }

    /// The caller's roles in a workspace, wherever it is.
    fn roles_in(&self, workspace: WorkspaceId) -> WorkspaceRoles {
        let (everywhere, memberships) = match &self.who {
            Who::Key(key) => (key.workspace_roles, &key.memberships),
            Who::Person(signed_in, _) => (WorkspaceRoles::EMPTY, &signed_in.person.memberships),
        };
        everywhere.union(memberships.get(&workspace).copied().unwrap_or(WorkspaceRoles::EMPTY))
    }
}

/// The live state of all accounts, keys and workspaces. Shared by all requests of a process.
#[derive(Debug, Default)]
pub struct LiveTable {
    accounts: RwLock<HashMap<AccountId, AccountState>>,
    keys: RwLock<HashMap<KeyId, Arc<KeyState>>>,
    /// What each key's secrets are recognised by.
    secrets: RwLock<HashMap<KeyId, Arc<[StoredSecret]>>>,
    workspaces: RwLock<HashMap<WorkspaceId, WorkspaceState>>,
    people: RwLock<People>,
    /// Tokens that were revoked one by one, with the time from when on they would have expired anyway.
    revoked_tokens: RwLock<HashMap<String, i64>>,
}

impl LiveTable {
    /// An empty table, by which nobody is let in.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes over what another table holds, in place of what is here.
    pub fn replace_with(&self, other: Self) {
        let Self { accounts, keys, secrets, workspaces, people, revoked_tokens } = other;
        // Refusals first, so that at no moment between more is let in than before or after.
        *write(&self.revoked_tokens) = into_inner(revoked_tokens);
        *write(&self.secrets) = into_inner(secrets);
        *write(&self.keys) = into_inner(keys);
        *write(&self.people) = into_inner(people);
        *write(&self.accounts) = into_inner(accounts);
        *write(&self.workspaces) = into_inner(workspaces);
    }

    /// Puts an account in, or replaces it.
    pub fn put_account(&self, id: AccountId, state: AccountState) {
        write(&self.accounts).insert(id, state);
    }

    /// Puts a key in, or replaces it.
    pub fn put_key(&self, state: KeyState) {
        write(&self.keys).insert(state.key_id.clone(), Arc::new(state));
    }

    /// Puts in what a key's secrets are recognised by, or replaces it. Whether a token of a secret is still good is not
    /// read from here, but from the key's [`KeyState::live_secret_versions`].
    pub fn put_secrets(&self, key_id: KeyId, secrets: Vec<StoredSecret>) {
        write(&self.secrets).insert(key_id, secrets.into());
    }

    /// Puts a workspace in, or replaces it.
    pub fn put_workspace(&self, id: WorkspaceId, state: WorkspaceState) {
        write(&self.workspaces).insert(id, state);
    }

    /// Puts a person in, or replaces them; whoever has no session is taken out.
    pub fn put_person(&self, person: PersonState) {
        write(&self.people).put(person);
    }

    /// Who has the session of this digest.
    ///
    /// *Errors*: [`TokenRefusal::UnknownSession`], [`TokenRefusal::SessionEnded`].
    pub fn signed_in(&self, digest: &SessionDigest, now_ms: i64) -> Result<SignedIn, TokenRefusal> {
        read(&self.people).find(digest, now_ms)
    }

    /// A person who has signed in, as a caller in one of their accounts.
    ///
    /// *Errors*: [`TokenRefusal::WrongAccount`] where they don't belong to it (any more).
    pub fn person_in(&self, signed_in: SignedIn, account_id: AccountId) -> Result<Caller, TokenRefusal> {
        if !signed_in.person.belongs_to(account_id) {
            return Err(TokenRefusal::WrongAccount);
        }
        let account = self.find_account(account_id).ok_or(TokenRefusal::WrongAccount)?;
        Ok(Caller { who: Who::Person(signed_in, account_id), account })
    }

    /// Revokes one token by its id (`jti`). It is remembered until `expires_at_ms`, its own expiry, is over.
    pub fn revoke_token(&self, token_id: String, expires_at_ms: i64) {
        write(&self.revoked_tokens).insert(token_id, expires_at_ms);
    }

    /// Whether this one token was revoked.
    pub fn is_token_revoked(&self, token_id: &str) -> bool {
        read(&self.revoked_tokens).contains_key(token_id)
    }

    /// Forgets the revoked tokens that have expired by themselves.
    pub fn drop_expired_tokens(&self, now_ms: i64) {
        write(&self.revoked_tokens).retain(|_, expires_at_ms| now_ms < *expires_at_ms);
    }

    /// Takes an account out; its keys are refused from now on.
    pub fn remove_account(&self, id: AccountId) {
        write(&self.accounts).remove(&id);
    }

    /// Takes a key out; it is refused from now on.
    pub fn remove_key(&self, id: &KeyId) {
        write(&self.keys).remove(id);
        write(&self.secrets).remove(id);
    }

    /// Takes a workspace out; nobody may enter from now on.
    pub fn remove_workspace(&self, id: WorkspaceId) {
        write(&self.workspaces).remove(&id);
    }

    /// The account, if it is known.
    pub fn find_account(&self, id: AccountId) -> Option<AccountState> {
        read(&self.accounts).get(&id).copied()
    }

    /// The key with this public id, if it is known. Any text may be asked for.
    pub fn find_key(&self, id: &str) -> Option<Arc<KeyState>> {
        read(&self.keys).get(id).cloned()
    }

    /// What the secrets of the key with this public id are recognised by; nothing for a key that is not known. Any text
    /// may be asked for, and known and unknown ones cost the same.
    pub fn find_secrets(&self, id: &str) -> Arc<[StoredSecret]> {
        read(&self.secrets).get(id).cloned().unwrap_or_default()
    }

    /// The workspace, if it is known.
    pub fn find_workspace(&self, id: WorkspaceId) -> Option<WorkspaceState> {
        read(&self.workspaces).get(&id).copied()
    }

    /// The caller that believed claims speak of, if token, key, secret and account still stand, and the key may be
    /// used from where the request came.
    ///
    /// A suspended account or a plan without API access is not refused here: that is a 403, by [`crate::policy`].
    ///
    /// *Errors*: the reasons of [`TokenRefusal`] from [`TokenRefusal::UnknownKey`] on.
    pub fn caller(
        &self,
        claims: &Claims,
        address: Option<IpAddr>,
        now_ms: i64,
    ) -> Result<Caller, TokenRefusal> {
        let key = self.find_key(claims.sub.as_str()).ok_or(TokenRefusal::UnknownKey)?;
        if key.revoked {
            return Err(TokenRefusal::KeyRevoked);
        }
        if !is_before(now_ms, key.expires_at_ms) {
            return Err(TokenRefusal::KeyExpired);
        }
        if self.is_token_revoked(&claims.jti) {
            return Err(TokenRefusal::TokenRevoked);
        }
        if !key.limits.allow_address(address) {
            return Err(TokenRefusal::AddressNotAllowed);
        }
        if !key.has_live_secret(claims.sv, now_ms) {
            return Err(TokenRefusal::SecretNotLive);
        }
        if key.account_id != claims.account_id {
            return Err(TokenRefusal::WrongAccount);
        }
        if key.user_id != claims.uid {
            return Err(TokenRefusal::WrongUser);
        }
        let account = self.find_account(key.account_id).ok_or(TokenRefusal::WrongAccount)?;
        if claims.ep < account.token_epoch {
            return Err(TokenRefusal::EpochTooOld);
        }
        Ok(Caller { who: Who::Key(key), account })
    }

    /// The caller's roles in a workspace; `None` if it is not in the caller's account, is deleted, was never there, or
    /// the caller has no role in it or is narrowed to others. Which of these it is, nobody may learn.
    pub fn roles_in_workspace(&self, caller: &Caller, workspace: WorkspaceId) -> Option<WorkspaceRoles> {
        let state = self.find_workspace(workspace)?;
        let roles = caller.roles_in(workspace);
        let open = state.account_id == caller.account_id()
            && !state.deleted
            && !roles.is_empty()
            && caller.limits().is_none_or(|limits| limits.allow_workspace(workspace));
        open.then_some(roles)
    }
}

fn is_before(now_ms: i64, end_ms: Option<i64>) -> bool {
    end_ms.is_none_or(|end_ms| now_ms < end_ms)
}

// A panic while a lock is held leaves a map whole (each change is one insert or remove), so that a poisoned lock may be
// used on: better than a server that refuses everybody from then on.

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn into_inner<T>(lock: RwLock<T>) -> T {
    lock.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
