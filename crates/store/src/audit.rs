//! The audit trail: lines that are only ever appended, and the head that numbers them. The codes that chain the lines
//! are made by the caller, who has the key; nothing here can tell a good one from a bad one.

use mudlark_types::{AccountId, AuditAction, AuditOutcome, UserId};

use crate::error::Result;
use crate::session::{Session, Tx};
use crate::sql::{params, row};

row! {
    /// A line of the trail.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AuditEntryRow from "e" as audit_entry_columns {
        /// Its number, from 1 and without gaps.
        sequence: i64,
        /// When it happened.
        at_ms: i64,
        /// The account it concerns, where one is known.
        account_id: Option<AccountId>,
        /// What happened. A text: also a line that somebody has spoilt must be read.
        action: String,
        /// `allowed` or `refused`.
        outcome: String,
        /// Why it was refused.
        reason: Option<String>,
        /// The public id of the key that was used.
        key_id: Option<String>,
        /// The user that did it.
        user_id: Option<UserId>,
        /// From where.
        address: Option<String>,
        /// What the client called itself.
        agent: Option<String>,
        /// The request's id.
        request_id: Option<String>,
        /// A token's id; never the token.
        token_id: Option<String>,
        /// What it was done to.
        subject: Option<String>,
        /// What else is known: a JSON object.
        details: Option<String>,
        /// The code over this line and the one before.
        mac: Vec<u8>,
    }
}

row! {
    /// Where the trail ends.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AuditHeadRow from "h" as audit_head_columns {
        /// The number of the last line; 0 before the first.
        sequence: i64,
        /// The code of the last line.
        mac: Option<Vec<u8>>,
        /// The code over both.
        seal: Option<Vec<u8>>,
    }
}

/// Which lines are wanted. What is `None` narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// The account that they concern.
    pub account_id: Option<AccountId>,
    /// What happened.
    pub action: Option<AuditAction>,
    /// How it went.
    pub outcome: Option<AuditOutcome>,
    /// The key that was used, or that something was done to.
    pub key_id: Option<String>,
    /// The person, or the key's user, that did it.
    pub user_id: Option<UserId>,
    /// From when on. *Units*: Unix milliseconds.
    pub since_ms: Option<i64>,
    /// Before when. *Units*: Unix milliseconds.
    pub until_ms: Option<i64>,
}

impl AuditFilter {
    /// Whether a line of a token that was given out can't be wanted.
    fn leaves_out_tokens(&self) -> bool {
        self.action.is_some_and(|action| action != AuditAction::TokenIssued)
            || self.outcome == Some(AuditOutcome::Refused)
    }
}

/// The typed use of each placeholder stands first: PostgreSQL learns its type there.
macro_rules! newest_first {
    ($by:literal) => {
        concat!(
            "SELECT ",
            audit_entry_columns!(),
            " FROM audit_entries e WHERE ",
            $by,
            " AND e.sequence < $2 AND (e.action = $3 OR $3 IS NULL) AND (e.outcome = $4 OR $4 IS NULL) \
             AND (e.key_id = $5 OR e.subject = $5 OR $5 IS NULL) AND (e.at_ms >= $6 OR $6 IS NULL) \
             AND (e.at_ms < $7 OR $7 IS NULL) AND (e.user_id = $8 OR $8 IS NULL) ORDER BY e.sequence DESC LIMIT $9"
        )
    };
}

impl Session {
    /// Where the trail ends; `None` where somebody has taken the row away.
    pub async fn find_audit_head(&mut self) -> Result<Option<AuditHeadRow>> {
        let sql = concat!("SELECT ", audit_head_columns!(), " FROM audit_head h WHERE h.id = 1");
        self.fetch_optional(sql, params![]).await
    }

    /// The lines wanted whose numbers are below one, newest first.
    pub async fn list_audit_entries(
        &mut self,
        filter: &AuditFilter,
        before_sequence: i64,
        limit: i64,
    ) -> Result<Vec<AuditEntryRow>> {
        let sql = match (filter.account_id, filter.leaves_out_tokens()) {
            (Some(_), true) => newest_first!("e.account_id = $1 AND e.action <> 'token.issued'"),
            (Some(_), false) => newest_first!("e.account_id = $1"),
            (None, _) => newest_first!("(e.account_id = $1 OR $1 IS NULL)"),
        };
        let params = params![
            filter.account_id,
            before_sequence,
            filter.action,
            filter.outcome,
            filter.key_id.as_deref(),
            filter.since_ms,
            filter.until_ms,
            filter.user_id,
            limit,
        ];
        // Always off the runtime's threads: a narrow filter reads far more than it answers.
        self.fetch_many(sql, params).await
    }

    /// The keys that have ended by themselves and whose end has no line yet: key, account, and when it ended.
    pub async fn list_expired_keys_without_line(
        &mut self,
        now_ms: i64,
    ) -> Result<Vec<(String, AccountId, i64)>> {
        let sql = "SELECT k.key_id, k.account_id, k.expires_at_ms FROM api_keys k \
                   WHERE k.expires_at_ms <= $1 AND k.revoked_at_ms IS NULL AND NOT EXISTS (SELECT 1 \
                   FROM audit_entries e WHERE e.action = 'key.expired' AND e.subject = k.key_id) ORDER BY k.key_id";
        self.fetch_many(sql, params![now_ms]).await
    }

    /// The lines whose numbers are above one, oldest first: for checking and for copying out.
    pub async fn list_audit_entries_after(
        &mut self,
        after_sequence: i64,
        limit: i64,
    ) -> Result<Vec<AuditEntryRow>> {
        let sql = concat!(
            "SELECT ",
            audit_entry_columns!(),
            " FROM audit_entries e WHERE e.sequence > $1 ORDER BY e.sequence LIMIT $2"
        );
        self.fetch_many(sql, params![after_sequence, limit]).await
    }
}

impl Tx {
    /// The head, whose row stays locked until the transaction ends, so that lines are chained one after the other: take
    /// it last in a transaction, and not for long.
    pub async fn lock_audit_head(&mut self) -> Result<AuditHeadRow> {
        let columns = concat!("SELECT ", audit_head_columns!(), " FROM audit_head h WHERE h.id = 1");
        let sql = format!("{columns}{}", self.dialect().lock_row());
        self.fetch_one(&sql, params![]).await
    }

    /// Appends lines.
    pub async fn insert_audit_entries(&mut self, entries: &[AuditEntryRow]) -> Result<()> {
        let into = "audit_entries (sequence, at_ms, account_id, action, outcome, reason, key_id, user_id, \
                    address, agent, request_id, token_id, subject, details, mac)";
        self.insert_each(into, entries, |entry| {
            [
                entry.sequence.into(),
                entry.at_ms.into(),
                entry.account_id.into(),
                (&entry.action).into(),
                (&entry.outcome).into(),
                entry.reason.as_deref().into(),
                entry.key_id.as_deref().into(),
                entry.user_id.into(),
                entry.address.as_deref().into(),
                entry.agent.as_deref().into(),
                entry.request_id.as_deref().into(),
                entry.token_id.as_deref().into(),
                entry.subject.as_deref().into(),
                entry.details.as_deref().into(),
                (&entry.mac).into(),
            ]
        })
        .await
    }

    /// Writes down the number of the last line, its code, and the seal over both. That it failed may be told by the commit.
    pub async fn update_audit_head(&mut self, sequence: i64, mac: &[u8], seal: &[u8]) -> Result<()> {
        let sql = "UPDATE audit_head SET sequence = $1, mac = $2, seal = $3 WHERE id = 1";
        self.execute_with_next(sql, params![sequence, mac, seal]).await
    }
}
