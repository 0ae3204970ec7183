//! The log of what changed about keys, tokens, accounts, workspaces, signing keys, secrets and people, which the live tables of all processes
//! follow, and the list of those processes.

use mudlark_types::{AccountId, UserId, WorkspaceId};
use uuid::Uuid;

use crate::error::{Result, StoreError};
use crate::session::{Session, Tx};
use crate::sql::{Columns, FromRow, params, row, text_enum};

/// What has to be read anew.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AuthSubject {
    /// An account: its plan, suspension or epoch.
    Account(AccountId),
    /// An API key, by its public id: the key, its secrets, its roles.
    Key(String),
    /// A workspace.
    Workspace(WorkspaceId),
    /// A signing key, by its `kid`.
    SigningKey(String),
    /// A token that was revoked, by its id.
    Token(String),
    /// The file of secrets outside the database.
    Secrets,
    /// A person who signs in: their sessions and their roles.
    Person(UserId),
}

text_enum! {
    /// The kind of a subject, as the database keeps it.
    enum AuthSubjectKind {
        /// [`AuthSubject::Account`].
        Account = "account",
        /// [`AuthSubject::Key`].
        Key = "key",
        /// [`AuthSubject::Workspace`].
        Workspace = "workspace",
        /// [`AuthSubject::SigningKey`].
        SigningKey = "signing_key",
        /// [`AuthSubject::Token`].
        Token = "token",
        /// [`AuthSubject::Secrets`].
        Secrets = "secrets",
        /// [`AuthSubject::Person`].
        Person = "person",
    }
}

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthChangeRow {
    /// Its number; they have no gaps.
    pub revision: i64,
    /// What changed.
    pub subject: AuthSubject,
}

impl FromRow for AuthChangeRow {
    fn from_row(columns: &mut Columns<'_>) -> Result<Self> {
        let revision = columns.get()?;
        let kind: AuthSubjectKind = columns.get()?;
        let id: String = columns.get()?;
        let subject = match kind {
            AuthSubjectKind::Account => AuthSubject::Account(id.parse().map_err(StoreError::internal)?),
            AuthSubjectKind::Key => AuthSubject::Key(id),
            AuthSubjectKind::Workspace => AuthSubject::Workspace(id.parse().map_err(StoreError::internal)?),
            AuthSubjectKind::SigningKey => AuthSubject::SigningKey(id),
            AuthSubjectKind::Token => AuthSubject::Token(id),
            AuthSubjectKind::Secrets => AuthSubject::Secrets,
            AuthSubjectKind::Person => AuthSubject::Person(id.parse().map_err(StoreError::internal)?),
        };
        Ok(Self { revision, subject })
    }
}

row! {
    /// A process of the server, and how far it has followed the log.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ServerProcessRow from "p" as server_process_columns {
        /// The id it gave itself at its start.
        process_id: Uuid,
        /// The last revision it has taken in.
        applied_revision: i64,
        /// When it started.
        started_at_ms: i64,
        /// When it last said so.
        seen_at_ms: i64,
    }
}

impl Session {
    /// The newest revision of the log; 0 when nothing has changed yet.
    pub async fn auth_revision(&mut self) -> Result<i64> {
        let (revision,) =
            self.fetch_one("SELECT revision FROM auth_revision WHERE id = 1", params![]).await?;
        Ok(revision)
    }

    /// The entries after a revision, in order.
    pub async fn list_auth_changes(&mut self, after_revision: i64, limit: i64) -> Result<Vec<AuthChangeRow>> {
        let sql =
            "SELECT revision, kind, subject FROM auth_changes WHERE revision > $1 ORDER BY revision LIMIT $2";
        self.fetch_few(sql, params![after_revision, limit]).await
    }

    /// All processes that have said they run, in the order of their start.
    pub async fn list_server_processes(&mut self) -> Result<Vec<ServerProcessRow>> {
        let sql = concat!(
            "SELECT ",
            server_process_columns!(),
            " FROM server_processes p ORDER BY p.started_at_ms, p.process_id"
        );
        self.fetch_few(sql, params![]).await
    }
}

impl Tx {
    /// Puts a change into the log and answers its revision. The counter's row stays locked until the transaction
    /// ends, so revisions become visible in order.
    pub async fn record_auth_change(&mut self, subject: AuthSubject) -> Result<i64> {
        let (kind, id) = match subject {
            AuthSubject::Account(id) => (AuthSubjectKind::Account, id.to_string()),
            AuthSubject::Key(id) => (AuthSubjectKind::Key, id),
            AuthSubject::Workspace(id) => (AuthSubjectKind::Workspace, id.to_string()),
            AuthSubject::SigningKey(id) => (AuthSubjectKind::SigningKey, id),
            AuthSubject::Token(id) => (AuthSubjectKind::Token, id),
            AuthSubject::Secrets => (AuthSubjectKind::Secrets, String::new()),
            AuthSubject::Person(id) => (AuthSubjectKind::Person, id.to_string()),
        };
        let next = "UPDATE auth_revision SET revision = revision + 1 WHERE id = 1 RETURNING revision";
        let (revision,): (i64,) = self.fetch_one(next, params![]).await?;
        let insert = "INSERT INTO auth_changes (revision, kind, subject) VALUES ($1, $2, $3)";
        self.execute(insert, params![revision, kind, id]).await?;
        if let Some(notify) = self.dialect().notify_auth_change() {
            self.execute(notify, params![]).await?;
        }
        Ok(revision)
    }

    /// Lets one transaction at a time go on from here to its end, of all that change rights.
    pub async fn lock_auth_changes(&mut self) -> Result<()> {
        let sql = format!("SELECT revision FROM auth_revision WHERE id = 1{}", self.dialect().lock_row());
        self.fetch_one::<(i64,)>(&sql, params![]).await.map(drop)
    }

    /// Notes that a process runs and how far it has come.
    pub async fn upsert_server_process(&mut self, process: &ServerProcessRow) -> Result<()> {
        let sql = "INSERT INTO server_processes (process_id, applied_revision, started_at_ms, seen_at_ms) \
                   VALUES ($1, $2, $3, $4) ON CONFLICT (process_id) DO UPDATE SET \
                   applied_revision = excluded.applied_revision, seen_at_ms = excluded.seen_at_ms";
        let params =
            params![process.process_id, process.applied_revision, process.started_at_ms, process.seen_at_ms];
        self.execute(sql, params).await.map(drop)
    }

    /// Forgets a process. Answers whether it was known.
    pub async fn delete_server_process(&mut self, process_id: Uuid) -> Result<bool> {
        self.execute_one("DELETE FROM server_processes WHERE process_id = $1", params![process_id]).await
    }
}
