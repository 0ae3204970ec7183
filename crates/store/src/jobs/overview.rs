//! Jobs as those see them who look after the server: found, listed and counted, tried again and discarded.

use mudlark_types::{AccountId, JobId, JobState};

use super::{JobRow, kinds_after};
use crate::error::Result;
use crate::paging::Page;
use crate::session::{Session, Tx};
use crate::sql::{Columns, FromRow, params};

/// Which jobs are listed.
#[derive(Clone, Debug, Default)]
pub struct JobFilter {
    /// Only these.
    pub kind: Option<String>,
    /// Only those that were given up.
    pub only_dead: bool,
}

/// How many jobs of a kind there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// The kind.
    pub kind: String,
    /// Their time is to come.
    pub waiting: i64,
    /// Their time has come.
    pub due: i64,
    /// A process is doing them.
    pub running: i64,
    /// They were given up.
    pub dead: i64,
    /// For how long the first of those that are due has been so; 0 where none is. *Units*: milliseconds.
    pub oldest_due_ms: i64,
}

impl JobRow {
    /// How far it has come.
    pub fn state(&self) -> JobState {
        match self {
            Self { dead_at_ms: Some(_), .. } => JobState::Dead,
            job if job.due_at_ms <= job.now_ms => JobState::Due,
            Self { lease_holder: Some(_), .. } => JobState::Running,
            _ => JobState::Waiting,
        }
    }
}

/// The jobs of an account that have come so far; of all states where there is none. `$1` is the account, `$2` now.
fn of_account(state: Option<JobState>) -> String {
    let state = match state {
        None => "CAST($2 AS BIGINT) IS NOT NULL",
        Some(JobState::Waiting) => "j.dead_at_ms IS NULL AND j.due_at_ms > $2 AND j.lease_holder IS NULL",
        Some(JobState::Due) => "j.dead_at_ms IS NULL AND j.due_at_ms <= $2",
        Some(JobState::Running) => "j.dead_at_ms IS NULL AND j.due_at_ms > $2 AND j.lease_holder IS NOT NULL",
        Some(JobState::Dead) => "j.dead_at_ms IS NOT NULL AND CAST($2 AS BIGINT) IS NOT NULL",
    };
    format!("FROM jobs j WHERE j.account_id = $1 AND {state}")
}

impl Session {
    /// An account's jobs that have come so far, in the order in which they were asked for.
    pub async fn list_account_jobs(
        &mut self,
        account_id: AccountId,
        state: Option<JobState>,
        page: Page,
    ) -> Result<Vec<JobRow>> {
        let now_ms = self.job_clock_ms().await?;
        let sql = format!(
            "SELECT {}, CAST($2 AS BIGINT) {} AND (j.created_at_ms, j.id) > ($3, $4) \
             ORDER BY j.created_at_ms, j.id LIMIT $5",
            job_columns!(),
            of_account(state),
        );
        let (after_ms, after_id) = page.start();
        self.fetch_many(&sql, params![account_id, now_ms, after_ms, after_id, page.limit]).await
    }

    /// How many jobs of an account have come so far.
    pub async fn count_account_jobs(
        &mut self,
        account_id: AccountId,
        state: Option<JobState>,
    ) -> Result<i64> {
        let now_ms = self.job_clock_ms().await?;
        let sql = format!("SELECT COUNT(*) {}", of_account(state));
        let (count,) = self.fetch_scan(&sql, params![account_id, now_ms]).await?;
        Ok(count)
    }

    /// The job of this id, if it is the account's.
    pub async fn find_account_job(&mut self, account_id: AccountId, id: JobId) -> Result<Option<JobRow>> {
        Ok(self.find_job(id).await?.filter(|job| job.account_id == Some(account_id)))
    }

    /// The job of this id.
    pub async fn find_job(&mut self, id: JobId) -> Result<Option<JobRow>> {
        let now_ms = self.job_clock_ms().await?;
        let sql = concat!("SELECT ", job_columns!(), ", CAST($2 AS BIGINT) FROM jobs j WHERE j.id = $1");
        self.fetch_optional(sql, params![id, now_ms]).await
    }

    /// The job of this kind that is about this.
    pub async fn find_job_about(&mut self, kind: &str, subject: &str) -> Result<Option<JobRow>> {
        let now_ms = self.job_clock_ms().await?;
        let sql = concat!(
            "SELECT ",
            job_columns!(),
            ", CAST($3 AS BIGINT) FROM jobs j WHERE j.kind = $1 AND j.subject = $2"
        );
        self.fetch_optional(sql, params![kind, subject, now_ms]).await
    }

    /// Jobs in the order in which they are done, kind by kind; those that were given up come first.
    pub async fn list_jobs(&mut self, filter: &JobFilter, limit: i64) -> Result<Vec<JobRow>> {
        let now_ms = self.job_clock_ms().await?;
        let sql = concat!(
            "SELECT ",
            job_columns!(),
            ", CAST($1 AS BIGINT) FROM jobs j WHERE (NOT $2 OR j.kind = $3) AND (NOT $4 OR j.dead_at_ms IS NOT NULL) ",
            "ORDER BY CASE WHEN j.dead_at_ms IS NULL THEN 1 ELSE 0 END, j.kind, j.priority, j.due_at_ms, j.id LIMIT $5"
        );
        let kind = filter.kind.as_deref();
        self.fetch_many(sql, params![now_ms, kind.is_some(), kind, filter.only_dead, limit]).await
    }

    /// How many jobs there are of each of these kinds.
    pub async fn count_jobs(&mut self, kinds: &[&str]) -> Result<Vec<JobCounts>> {
        let now_ms = self.job_clock_ms().await?;
        let (list, params) = kinds_after(now_ms, kinds);
        let count =
            |condition| format!("(SELECT COUNT(*) FROM jobs j WHERE j.kind = k.kind AND {condition})");
        let live = "j.dead_at_ms IS NULL AND j.due_at_ms";
        let sql = format!(
            "WITH k (kind) AS (VALUES {list}) SELECT k.kind, {}, {}, {}, {}, CAST($1 AS BIGINT) - COALESCE(\
             (SELECT MIN(j.due_at_ms) FROM jobs j WHERE j.kind = k.kind AND j.dead_at_ms IS NULL), $1) FROM k",
            count(format!("{live} > $1")),
            count(format!("{live} <= $1")),
            count("j.lease_holder IS NOT NULL AND j.due_at_ms > $1".to_owned()),
            count("j.dead_at_ms IS NOT NULL".to_owned()),
        );
        self.fetch_many(&sql, &params).await
    }
}

impl FromRow for JobCounts {
    fn from_row(columns: &mut Columns<'_>) -> Result<Self> {
        let kind = columns.get()?;
        let [to_come, due, running, dead, overdue_ms]: [i64; 5] =
            [columns.get()?, columns.get()?, columns.get()?, columns.get()?, columns.get()?];
        Ok(Self { kind, waiting: to_come - running, due, running, dead, oldest_due_ms: overdue_ms.max(0) })
    }
}

impl Tx {
    /// Lets a job be due at once, as if it had never failed, also one that was given up. Answers false where there is none,
    /// or a process does it.
    pub async fn retry_job(&mut self, id: JobId) -> Result<bool> {
        let sql = self.retry("id = $1");
        self.execute_one(&sql, params![id]).await
    }

    /// The same for all that were given up, or those of a kind. Answers how many.
    pub async fn retry_dead_jobs(&mut self, kind: Option<&str>) -> Result<u64> {
        let sql = self.retry("dead_at_ms IS NOT NULL AND (NOT $1 OR kind = $2)");
        self.execute(&sql, params![kind.is_some(), kind]).await
    }

    fn retry(&self, which: &str) -> String {
        format!(
            "UPDATE jobs SET lease_holder = NULL, attempts = 0, lapses = 0, dead_at_ms = NULL, due_at_ms = {now} \
             WHERE {which} AND (lease_holder IS NULL OR due_at_ms <= {now})",
            now = self.dialect().now_ms()
        )
    }

    /// Takes a job away. Answers false where there is none, or a process does it.
    pub async fn delete_job(&mut self, id: JobId) -> Result<bool> {
        let sql = format!(
            "DELETE FROM jobs WHERE id = $1 AND (lease_holder IS NULL OR due_at_ms <= {now})",
            now = self.dialect().now_ms()
        );
        self.execute_one(&sql, params![id]).await
    }
}
