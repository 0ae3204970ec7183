//! Leases: the right of a server's process to decide on rights, where several share a database. Not the waiting and
//! not the keeping of time, which are the server's `live_feed` and `lease`.
//!
//! The row is the lease. Whoever waits for a revision may remove the row of a process that is behind once its time
//! is over *by the database's clock*, and no earlier; a process whose row is gone finds that out when it renews, and
//! must follow the log anew before it decides again. So nobody's clock is compared with anybody else's.
//!
//! Every statement here is a transaction by itself: a process that is stopped in the middle of one holds no lock.

use uuid::Uuid;

use crate::error::Result;
use crate::session::{Session, Tx};
use crate::sql::{FromRow, Value, params};
use crate::store::Store;

/// What a process says when it takes or renews its lease.
#[derive(Clone, Copy, Debug)]
pub struct LeaseRenewal {
    /// The process.
    pub process_id: Uuid,
    /// The last revision it has taken in.
    pub applied_revision: i64,
    /// When it started, by its own clock.
    pub started_at_ms: i64,
    /// Now, by its own clock.
    pub seen_at_ms: i64,
    /// How long the lease is to last from now on. *Units*: milliseconds.
    pub lasts_ms: i64,
}

impl Store {
    /// Puts the process on the list, with a lease. It must follow the log once more before it decides anything.
    pub async fn take_lease(&self, lease: &LeaseRenewal) -> Result<()> {
        let sql = format!(
            "INSERT INTO server_processes \
             (process_id, applied_revision, started_at_ms, seen_at_ms, lease_until_ms) \
             VALUES ($1, $2, $3, $4, {now} + $5) ON CONFLICT (process_id) DO UPDATE SET \
             applied_revision = excluded.applied_revision, seen_at_ms = excluded.seen_at_ms, \
             lease_until_ms = excluded.lease_until_ms RETURNING process_id",
            now = self.dialect().now_ms()
        );
        let params = params![
            lease.process_id,
            lease.applied_revision,
            lease.started_at_ms,
            lease.seen_at_ms,
            lease.lasts_ms
        ];
        self.run_alone::<(Uuid,)>(&sql, params).await.map(drop)
    }

    /// Renews the lease and says how far the process has come. False: the lease was taken away meanwhile.
    pub async fn renew_lease(&self, lease: &LeaseRenewal) -> Result<bool> {
        let sql = format!(
            "UPDATE server_processes SET applied_revision = $2, seen_at_ms = $3, lease_until_ms = {now} + $4 \
             WHERE process_id = $1 RETURNING process_id",
            now = self.dialect().now_ms()
        );
        let params = params![lease.process_id, lease.applied_revision, lease.seen_at_ms, lease.lasts_ms];
        Ok(self.run_alone::<(Uuid,)>(&sql, params).await?.is_some())
    }

    /// How many processes but this one may still decide by what was before a revision. Takes the leases away that
    /// are over.
    pub async fn count_processes_behind(&self, revision: i64, but: Uuid) -> Result<i64> {
        let sql = format!(
            "DELETE FROM server_processes WHERE applied_revision < $1 AND process_id <> $2 \
             AND lease_until_ms < {now} RETURNING process_id",
            now = self.dialect().now_ms()
        );
        self.run_alone::<(Uuid,)>(&sql, params![revision, but]).await?;
        let sql = "SELECT COUNT(*) FROM server_processes WHERE applied_revision < $1 AND process_id <> $2";
        let (count,) = self.read().await?.fetch_one(sql, params![revision, but]).await?;
        Ok(count)
    }

    /// Runs a statement that is a transaction by itself, and answers its first row.
    async fn run_alone<T: FromRow>(&self, sql: &str, params: &[Value<'_>]) -> Result<Option<T>> {
        if self.is_shared() {
            return self.read_apart().await?.fetch_optional(sql, params).await;
        }
        let mut tx = self.begin().await?;
        let row = tx.fetch_optional(sql, params).await?;
        tx.commit().await?;
        Ok(row)
    }
}

impl Session {
    /// How many processes but this one hold a lease.
    pub async fn count_other_leases(&mut self, but: Uuid) -> Result<i64> {
        let sql = format!(
            "SELECT COUNT(*) FROM server_processes WHERE process_id <> $1 AND lease_until_ms >= {now}",
            now = self.dialect().now_ms()
        );
        let (count,) = self.fetch_one(&sql, params![but]).await?;
        Ok(count)
    }
}

impl Tx {
    /// Takes all other processes off the list whose lease is over. Answers how many.
    pub async fn delete_lapsed_processes(&mut self, but: Uuid) -> Result<u64> {
        let sql = format!(
            "DELETE FROM server_processes WHERE process_id <> $1 AND lease_until_ms < {now}",
            now = self.dialect().now_ms()
        );
        self.execute(&sql, params![but]).await
    }

    /// Forgets the changes that every process on the list has taken in. Answers how many.
    pub async fn delete_applied_auth_changes(&mut self) -> Result<u64> {
        let sql = "DELETE FROM auth_changes \
                   WHERE revision <= (SELECT COALESCE(MIN(applied_revision), 0) FROM server_processes)";
        self.execute(sql, params![]).await
    }
}
