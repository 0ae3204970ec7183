//! Removals of content under way, and the last one of each: who publishes content must know whether somebody is removing
//! the same bytes. The bytes themselves are not here.

use mudlark_types::AccountId;
use uuid::Uuid;

use crate::error::Result;
use crate::session::{Session, Tx};
use crate::sql::{params, row};

row! {
    /// The last removal of content.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ContentRemovalRow from "r" as content_removal_columns {
        /// Its id; a later removal of the same content has another.
        id: Uuid,
        /// When it began.
        begun_at_ms: i64,
        /// When it was known to be over; none while it is under way, or nobody knows.
        ended_at_ms: Option<i64>,
    }
}

impl Session {
    /// The last removal of this content, where it is remembered.
    pub async fn find_content_removal(
        &mut self,
        account_id: AccountId,
        sha256: &[u8],
    ) -> Result<Option<ContentRemovalRow>> {
        let sql = concat!(
            "SELECT ",
            content_removal_columns!(),
            " FROM content_removals r WHERE r.account_id = $1 AND r.sha256 = $2"
        );
        self.fetch_optional(sql, params![account_id, sha256]).await
    }
}

impl Tx {
    /// Notes that content is about to be removed. Answers false where another removal of it is under way that began after
    /// `lapsed_before_ms`: then it may not be removed. The transaction holds the account's lock.
    pub async fn begin_content_removal(
        &mut self,
        account_id: AccountId,
        sha256: &[u8],
        id: Uuid,
        now_ms: i64,
        lapsed_before_ms: i64,
    ) -> Result<bool> {
        let sql = "INSERT INTO content_removals (account_id, sha256, id, begun_at_ms) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (account_id, sha256) DO UPDATE SET id = $3, begun_at_ms = $4, ended_at_ms = NULL \
                   WHERE content_removals.ended_at_ms IS NOT NULL OR content_removals.begun_at_ms < $5";
        self.execute_one(sql, params![account_id, sha256, id, now_ms, lapsed_before_ms]).await
    }

    /// Notes that a removal is over.
    pub async fn end_content_removal(
        &mut self,
        account_id: AccountId,
        sha256: &[u8],
        id: Uuid,
        now_ms: i64,
    ) -> Result<()> {
        let sql =
            "UPDATE content_removals SET ended_at_ms = $4 WHERE account_id = $1 AND sha256 = $2 AND id = $3";
        self.execute(sql, params![account_id, sha256, id, now_ms]).await.map(drop)
    }

    /// Forgets removals that began before. Take longer than any upload lasts. Answers how many.
    pub async fn delete_old_content_removals(&mut self, before_ms: i64) -> Result<u64> {
        self.execute("DELETE FROM content_removals WHERE begun_at_ms < $1", params![before_ms]).await
    }
}
