//! The queue of jobs: work that servers do beside their requests, each piece by one process at a time. What is to be done,
//! and how often it is tried, the server says; what is kept of those that wait is here, and who has taken which.
//!
//! Whoever takes a job holds it for a time by the database's clock, and may have it longer by saying so. One that was not
//! heard of in that time has lost the job to whoever takes it next: its fence is old then, and by that it can't end it.

use mudlark_types::{AccountId, JobId};
use uuid::Uuid;

use crate::error::Result;
use crate::session::{Session, Tx};
use crate::sql::{Columns, Value, params, row};

row! {
    /// A job.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct JobRow from "j" as job_columns {
        /// Its id.
        id: JobId,
        /// What is to be done.
        kind: String,
        /// What it is to be done to.
        subject: String,
        /// Whose it is.
        account_id: Option<AccountId>,
        /// What else the work needs to know, in JSON.
        payload: String,
        /// The smaller, the sooner.
        priority: i64,
        /// When it is done; while a process holds it: when that is taken to have failed.
        due_at_ms: i64,
        /// How often it was taken since it was last done.
        attempts: i64,
        /// How often of these whoever held it was not heard of again in time.
        lapses: i64,
        /// The process that does it.
        lease_holder: Option<Uuid>,
        /// Grows each time it is taken.
        fence: i64,
        /// Why it was no success the last time.
        last_error: Option<String>,
        /// When it was asked for.
        created_at_ms: i64,
        /// When it was given up.
        dead_at_ms: Option<i64>,
    } joined {
        /// Now, by the clock that the other times are of.
        now_ms: i64 = Columns::get,
    }
}

// Below the list of columns, which it uses.
mod overview;

pub use overview::{JobCounts, JobFilter};

/// What a job is made from.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Its id.
    pub id: JobId,
    /// What is to be done.
    pub kind: &'static str,
    /// What it is to be done to.
    pub subject: String,
    /// Whose it is: it goes with the account.
    pub account_id: Option<AccountId>,
    /// What else the work needs to know, in JSON; the same for each job of this kind and subject. No secret.
    pub payload: String,
    /// The smaller, the sooner.
    pub priority: i64,
    /// How long from now on it is to wait. *Units*: milliseconds.
    pub after_ms: i64,
}

/// What came of asking for a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enqueued {
    /// There is one more.
    New,
    /// There was one of this kind and subject. It is done as soon as the new one would be, unless it waits after a failure;
    /// one that is being done is done once more.
    AlreadyThere,
    /// There is one that was given up. It stays so.
    Dead,
}

/// How jobs of a kind are taken.
#[derive(Clone, Copy, Debug)]
pub struct JobClaim {
    /// The process that takes them.
    pub holder: Uuid,
    /// For how long, if it is not heard of. *Units*: milliseconds.
    pub lasts_ms: i64,
    /// How many at the most.
    pub limit: i64,
    /// After how many lapses a job is given up.
    pub max_lapses: i64,
}

/// What was taken.
#[derive(Clone, Debug, Default)]
pub struct ClaimedJobs {
    /// To be done now.
    pub taken: Vec<JobRow>,
    /// Not to be done: they have ended too many processes, or made them hang, and were given up.
    pub dead: Vec<JobRow>,
}

/// A job as it was taken: who ends it shows that it is still theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldJob {
    /// The job.
    pub id: JobId,
    /// Its fence when it was taken.
    pub fence: i64,
}

/// What becomes of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobEnd<'a> {
    /// It is done, and gone; unless it was asked for meanwhile, and is due again.
    Done,
    /// It is done, and done again after this time: at once if it was asked for meanwhile. *Units*: milliseconds.
    Repeat(i64),
    /// It was no success, and is tried again after this time. *Units*: milliseconds.
    Retry(&'a str, i64),
    /// It was no success, and is given up.
    Dead(&'a str),
    /// It was not come to, and is due at once, as if it had not been taken.
    GivenBack,
}

impl Session {
    /// Now, by the clock that jobs are due by.
    ///
    /// *Why* asked for by itself: PostgreSQL takes no index for a comparison with a clock that may move while it looks, and
    /// both databases are slow to ask theirs for each row.
    async fn job_clock_ms(&mut self) -> Result<i64> {
        let sql = format!("SELECT {}", self.dialect().now_ms());
        let (now_ms,) = self.fetch_one(&sql, params![]).await?;
        Ok(now_ms)
    }

    /// Of these kinds, those of which jobs are due.
    pub async fn list_due_job_kinds(&mut self, kinds: &[&str]) -> Result<Vec<String>> {
        let now_ms = self.job_clock_ms().await?;
        let (list, params) = kinds_after(now_ms, kinds);
        // By the first that comes due: asked for any that is, PostgreSQL may read all there are.
        let sql = format!(
            "WITH k (kind) AS (VALUES {list}) SELECT k.kind FROM k WHERE \
             (SELECT MIN(j.due_at_ms) FROM jobs j WHERE j.kind = k.kind AND j.dead_at_ms IS NULL) <= $1",
        );
        let due: Vec<(String,)> = self.fetch_few(&sql, &params).await?;
        Ok(due.into_iter().map(|(kind,)| kind).collect())
    }
}

/// The rows of a table of kinds, from `$2` on, and the parameters with the time as the first.
fn kinds_after<'a>(now_ms: i64, kinds: &[&'a str]) -> (String, Vec<Value<'a>>) {
    let names: Vec<String> =
        (2..kinds.len() + 2).map(|number| format!("(CAST(${number} AS TEXT))")).collect();
    let params = std::iter::once(now_ms.into()).chain(kinds.iter().map(|kind| Value::from(*kind)));
    (names.join(", "), params.collect())
}

impl Tx {
    /// Asks for a job. There is one for each kind and subject.
    pub async fn enqueue_job(&mut self, job: &NewJob) -> Result<Enqueued> {
        let sql = format!(
            "INSERT INTO jobs (id, kind, subject, account_id, payload, priority, due_at_ms, attempts, lapses, fence, \
             is_wanted_again, created_at_ms) VALUES ($1, $2, $3, $4, $5, $6, {now} + $7, 0, 0, 0, 0, {now}) \
             ON CONFLICT (kind, subject) DO UPDATE SET \
             priority = CASE WHEN excluded.priority < jobs.priority THEN excluded.priority ELSE jobs.priority END, \
             due_at_ms = CASE WHEN jobs.attempts = 0 AND excluded.due_at_ms < jobs.due_at_ms \
             THEN excluded.due_at_ms ELSE jobs.due_at_ms END, \
             is_wanted_again = CASE WHEN jobs.lease_holder IS NULL THEN jobs.is_wanted_again ELSE 1 END \
             WHERE jobs.dead_at_ms IS NULL RETURNING id",
            now = self.dialect().now_ms()
        );
        let params = params![
            job.id,
            job.kind,
            &job.subject,
            job.account_id,
            &job.payload,
            job.priority,
            job.after_ms,
        ];
        Ok(match self.fetch_optional::<(JobId,)>(&sql, params).await? {
            Some((id,)) if id == job.id => Enqueued::New,
            Some(_) => Enqueued::AlreadyThere,
            None => Enqueued::Dead,
        })
    }

    /// Takes jobs of a kind that are due: those that nobody holds, and those whose holder was not heard of in time. Jobs
    /// that another takes at this moment are passed over.
    pub async fn claim_jobs(&mut self, kind: &str, claim: &JobClaim) -> Result<ClaimedJobs> {
        let now_ms = self.job_clock_ms().await?;
        // The sign keeps SQLite to the index that has them in this order: there may be very many that are due.
        let sql = format!(
            "SELECT {}, CAST($2 AS BIGINT) FROM jobs j WHERE j.kind = $1 AND j.dead_at_ms IS NULL AND + j.due_at_ms <= $2 \
             ORDER BY j.priority, j.due_at_ms, j.id LIMIT $3{}",
            job_columns!(),
            self.dialect().lock_row_or_skip()
        );
        let due: Vec<JobRow> = self.fetch_few(&sql, params![kind, now_ms, claim.limit]).await?;
        let mut claimed = ClaimedJobs::default();
        for mut job in due {
            job.lapses += i64::from(job.lease_holder.is_some());
            if job.lease_holder.is_some() && job.lapses >= claim.max_lapses {
                let error = format!(
                    "{} times the process that did it ended, or was not heard of in time",
                    job.lapses
                );
                let held = HeldJob { id: job.id, fence: job.fence };
                self.execute("UPDATE jobs SET lapses = $2 WHERE id = $1", params![job.id, job.lapses])
                    .await?;
                self.end_job(held, JobEnd::Dead(&error)).await?;
                claimed.dead.push(JobRow { last_error: Some(error), ..job });
                continue;
            }
            let sql = format!(
                "UPDATE jobs SET lease_holder = $2, due_at_ms = {now} + $3, lapses = $4, attempts = attempts + 1, \
                 fence = fence + 1 WHERE id = $1",
                now = self.dialect().now_ms()
            );
            self.execute(&sql, params![job.id, claim.holder, claim.lasts_ms, job.lapses]).await?;
            (job.attempts, job.fence) = (job.attempts + 1, job.fence + 1);
            job.lease_holder = Some(claim.holder);
            claimed.taken.push(job);
        }
        Ok(claimed)
    }

    /// Keeps a job for longer. Answers false where it is not theirs any more.
    pub async fn renew_job(&mut self, job: HeldJob, lasts_ms: i64) -> Result<bool> {
        let sql = format!(
            "UPDATE jobs SET due_at_ms = {now} + $3 WHERE id = $1 AND fence = $2 AND lease_holder IS NOT NULL",
            now = self.dialect().now_ms()
        );
        self.execute_one(&sql, params![job.id, job.fence, lasts_ms]).await
    }

    /// Whether a job still is theirs, which it then stays until the transaction ends: what is written in this transaction
    /// is written by one holder alone.
    pub async fn hold_job(&mut self, job: HeldJob) -> Result<bool> {
        let sql = format!(
            "SELECT j.fence FROM jobs j WHERE j.id = $1 AND j.fence = $2 AND j.lease_holder IS NOT NULL{}",
            self.dialect().lock_row()
        );
        let found: Option<(i64,)> = self.fetch_optional(&sql, params![job.id, job.fence]).await?;
        Ok(found.is_some())
    }

    /// Ends what was taken. Answers false, with nothing done, where it is not theirs any more.
    pub async fn end_job(&mut self, job: HeldJob, end: JobEnd<'_>) -> Result<bool> {
        const THEIRS: &str = "WHERE id = $1 AND fence = $2 AND lease_holder IS NOT NULL";
        let now = self.dialect().now_ms();
        let own = params![job.id, job.fence];
        // What was asked for meanwhile is asked for by then, whatever has come of this.
        let free = "UPDATE jobs SET lease_holder = NULL, is_wanted_again = 0";
        let fresh = "attempts = 0, lapses = 0, last_error = NULL";
        match end {
            JobEnd::Done => {
                let sql = format!("DELETE FROM jobs {THEIRS} AND is_wanted_again = 0");
                if self.execute_one(&sql, own).await? {
                    return Ok(true);
                }
                let sql = format!("{free}, {fresh}, due_at_ms = {now} {THEIRS}");
                self.execute_one(&sql, own).await
            }
            JobEnd::Repeat(after_ms) => {
                let sql = format!(
                    "{free}, {fresh}, due_at_ms = {now} + CASE is_wanted_again WHEN 1 THEN 0 ELSE CAST($3 AS BIGINT) END {THEIRS}"
                );
                self.execute_one(&sql, params![job.id, job.fence, after_ms]).await
            }
            JobEnd::Retry(error, after_ms) => {
                let sql = format!("{free}, last_error = $3, due_at_ms = {now} + $4 {THEIRS}");
                self.execute_one(&sql, params![job.id, job.fence, error, after_ms]).await
            }
            JobEnd::Dead(error) => {
                let sql = format!("{free}, last_error = $3, dead_at_ms = {now} {THEIRS}");
                self.execute_one(&sql, params![job.id, job.fence, error]).await
            }
            JobEnd::GivenBack => {
                let sql = format!("{free}, attempts = attempts - 1, due_at_ms = {now} {THEIRS}");
                self.execute_one(&sql, own).await
            }
        }
    }

    /// Lets all jobs that are held be due, for a process that knows that no other runs: whoever held them has ended.
    /// Answers how many.
    pub async fn lapse_jobs(&mut self) -> Result<u64> {
        let sql = format!(
            "UPDATE jobs SET due_at_ms = {now} WHERE lease_holder IS NOT NULL AND due_at_ms > {now}",
            now = self.dialect().now_ms()
        );
        self.execute(&sql, params![]).await
    }
}
