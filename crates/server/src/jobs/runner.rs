//! The task of a process that takes jobs as they come due, no more than it has places for, and sees each to its end.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use futures_util::FutureExt;
use mudlark_store::{HeldJob, JobClaim, JobEnd, JobRow, StoreError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::JobKind;
use super::work::{Then, work};
use crate::app::App;
use crate::back_off::BackOff;
use crate::telemetry::JobOutcome;

/// How often the database is looked into where nothing has told of a job: others may have asked for one, and jobs come due.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a process that is not heard of holds a job.
const LEASE: Duration = Duration::from_mins(1);
/// How often a process says that it still has a job.
const RENEW_EVERY: Duration = Duration::from_secs(15);
/// How long the end of a job is tried to be written down, where the database is away. After that it is begun anew.
const END_WITHIN: Duration = Duration::from_secs(30);
/// When a job that was no success is tried again.
const BACK_OFF: BackOff = BackOff { first_ms: 5_000, factor: 3, longest_ms: 60 * 60 * 1000 };
/// The longest text kept of why a job was no success. *Units*: bytes.
const MAX_ERROR: usize = 1_000;

/// Does jobs until the server stops, and then gives back those that are under way.
pub(crate) async fn run(app: App, stop: CancellationToken) {
    let places = JobKind::ALL.map(|kind| (kind, Arc::new(Semaphore::new(kind.places(&app.settings)))));
    let mut runner = Runner { app: app.clone(), stop: stop.clone(), places, under_way: JoinSet::new() };
    let mut failing = false;
    while !stop.is_cancelled() {
        let looked = runner.look().await;
        if let (Err(error), false) = (&looked, failing) {
            tracing::warn!(%error, "jobs were not looked for; trying again");
        }
        failing = looked.is_err();
        tokio::select! {
            () = stop.cancelled() => {}
            Some(_) = runner.under_way.join_next() => while runner.under_way.try_join_next().is_some() {},
            () = app.jobs.wanted() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
    while runner.under_way.join_next().await.is_some() {}
}

struct Runner {
    app: App,
    stop: CancellationToken,
    places: [(JobKind, Arc<Semaphore>); JobKind::ALL.len()],
    under_way: JoinSet<()>,
}

impl Runner {
    /// Takes what is due and begins it.
    async fn look(&mut self) -> Result<(), StoreError> {
        let free = self.places.iter().filter(|(_, places)| places.available_permits() > 0);
        let free: Vec<&str> = free.map(|(kind, _)| kind.as_str()).collect();
        if free.is_empty() {
            return Ok(());
        }
        let due = self.app.store.read().await?.list_due_job_kinds(&free).await?;
        if due.is_empty() {
            return Ok(());
        }
        let mut tx = self.app.store.begin().await?;
        let (mut taken, mut dead) = (Vec::new(), Vec::new());
        for kind in due.iter().filter_map(|name| JobKind::of(name)) {
            let Some((_, places)) = self.places.iter().find(|(of, _)| *of == kind) else { continue };
            let claim = JobClaim {
                holder: self.app.feed.process_id,
                lasts_ms: milliseconds(LEASE),
                limit: i64::try_from(places.available_permits()).unwrap_or(0),
                max_lapses: kind.plan().max_lapses,
            };
            let claimed = tx.claim_jobs(kind.as_str(), &claim).await?;
            // There is a place for each: this task alone takes them.
            let with_place =
                claimed.taken.into_iter().map(|job| (job, Arc::clone(places).try_acquire_owned()));
            taken.extend(with_place.map(|(job, place)| (kind, job, place)));
            dead.extend(claimed.dead.into_iter().map(|job| (kind, job)));
        }
        tx.commit().await?;
        for (kind, job) in dead {
            self.app.metrics.job_ended(kind, JobOutcome::Dead);
            let error = job.last_error.unwrap_or_default();
            tracing::error!(job = %job.id, kind = kind.as_str(), subject = job.subject, error, "{GIVEN_UP}");
        }
        for (kind, job, place) in taken {
            let (app, stop) = (self.app.clone(), self.stop.clone());
            self.under_way.spawn(async move {
                see_through(&app, kind, &job, &stop).await;
                drop::<Option<OwnedSemaphorePermit>>(place.ok());
            });
        }
        Ok(())
    }
}

const GIVEN_UP: &str =
    "a job was given up; see `mudlark jobs list --dead`, and `mudlark jobs retry` when its cause is mended";

/// Does a job that was taken, and writes down what has come of it.
async fn see_through(app: &App, kind: JobKind, job: &JobRow, stop: &CancellationToken) {
    let held = HeldJob { id: job.id, fence: job.fence };
    let working = Box::pin(bounded(kind.plan().longest, work(app, kind, job)));
    let worked = tokio::select! {
        biased;
        worked = working => worked,
        () = keep(app, held) => {
            overtaken(app, kind, job);
            return;
        }
        () = stop.cancelled() => {
            if end(app, held, JobEnd::GivenBack).await {
                app.metrics.job_ended(kind, JobOutcome::GivenBack);
            }
            return;
        }
    };
    let error = worked.as_ref().err().map(|error| shortened(format!("{error:#}")));
    let (job_end, outcome) = match (&worked, &error) {
        (Ok(Then::Done), _) => (JobEnd::Done, JobOutcome::Done),
        (Ok(Then::Again(after)), _) => (JobEnd::Repeat(milliseconds(*after)), JobOutcome::Done),
        (Err(_), error) => after_failure(kind, job, error.as_deref().unwrap_or_default()),
    };
    if !end(app, held, job_end).await {
        overtaken(app, kind, job);
        return;
    }
    app.metrics.job_ended(kind, outcome);
    let (kind, subject) = (kind.as_str(), &job.subject);
    match (outcome, error) {
        (JobOutcome::Dead, Some(error)) => tracing::error!(job = %job.id, kind, subject, error, "{GIVEN_UP}"),
        (_, Some(error)) => {
            tracing::warn!(job = %job.id, kind, subject, error, "a job was no success; trying again later");
        }
        (_, None) => tracing::debug!(job = %job.id, kind, subject, "a job was done"),
    }
}

/// Waits for work no longer than this, and makes an error of its panic.
async fn bounded<T>(longest: Duration, work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    match tokio::time::timeout(longest, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(worked)) => worked,
        Ok(Err(panic)) => Err(anyhow!("it panicked: {}", text_of(&*panic))),
        Err(_) => Err(anyhow!("it took longer than {} s and was broken off", longest.as_secs())),
    }
}

fn after_failure<'a>(kind: JobKind, job: &JobRow, error: &'a str) -> (JobEnd<'a>, JobOutcome) {
    if kind.plan().max_attempts.is_some_and(|max| job.attempts >= max) {
        return (JobEnd::Dead(error), JobOutcome::Dead);
    }
    (JobEnd::Retry(error, BACK_OFF.delay_ms(job.attempts, job.id.as_uuid())), JobOutcome::Failed)
}

fn overtaken(app: &App, kind: JobKind, job: &JobRow) {
    app.metrics.job_ended(kind, JobOutcome::Overtaken);
    tracing::warn!(
        job = %job.id, kind = kind.as_str(), subject = job.subject,
        "a job was taken over by another process, or taken away: this one was not heard of in time"
    );
}

/// Holds a job for as long as this is waited for. Returns when it is lost.
async fn keep(app: &App, job: HeldJob) {
    let mut heard = Instant::now();
    loop {
        tokio::time::sleep(RENEW_EVERY).await;
        let asked = Instant::now();
        match renew(app, job).await {
            Ok(true) => heard = asked,
            Ok(false) => return,
            Err(error) => {
                tracing::debug!(%error, "a job was not renewed; trying again");
                if heard.elapsed() > LEASE {
                    return;
                }
            }
        }
    }
}

async fn renew(app: &App, job: HeldJob) -> Result<bool, StoreError> {
    let mut tx = app.store.begin().await?;
    let renewed = tx.renew_job(job, milliseconds(LEASE)).await?;
    tx.commit().await?;
    Ok(renewed)
}

/// Ends a job. Answers whether it was still this process's.
async fn end(app: &App, job: HeldJob, job_end: JobEnd<'_>) -> bool {
    let began = Instant::now();
    loop {
        let ending = async {
            let mut tx = app.store.begin().await?;
            let ended = tx.end_job(job, job_end).await?;
            tx.commit().await?;
            Ok::<bool, StoreError>(ended)
        };
        match ending.await {
            Ok(ended) => return ended,
            Err(error) if began.elapsed() > END_WITHIN => {
                tracing::warn!(job = %job.id, %error, "the end of a job was not written down; it is done again");
                return false;
            }
            Err(_) => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn shortened(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(MAX_ERROR));
    text
}

/// What a panic says.
fn text_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn failed(kind: JobKind, attempts: i64) -> Option<i64> {
        let job = JobRow {
            id: Uuid::nil().into(),
            kind: kind.as_str().to_owned(),
            subject: String::new(),
            account_id: None,
            payload: "{}".to_owned(),
            priority: 1,
            due_at_ms: 0,
            attempts,
            lapses: 0,
            lease_holder: None,
            fence: attempts,
            last_error: None,
            created_at_ms: 0,
            dead_at_ms: None,
            now_ms: 0,
        };
        match after_failure(kind, &job, "no use") {
            (JobEnd::Retry("no use", after_ms), JobOutcome::Failed) => Some(after_ms),
            (JobEnd::Dead("no use"), JobOutcome::Dead) => None,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn job_that_fails_waits_longer_each_time_and_is_given_up_after_half_a_day() {
        let delays: Vec<i64> =
            (1..15).map_while(|attempts| failed(JobKind::WorkspacePurge, attempts)).collect();
        assert_eq!(delays[..4], [5_000, 15_000, 45_000, 135_000]);
        assert_eq!((delays.len(), delays.is_sorted(), delays.last()), (14, true, Some(&3_600_000)));
        let hours = delays.iter().sum::<i64>() / 3_600_000;
        assert!((8..=12).contains(&hours), "{hours}");
        assert_eq!(failed(JobKind::WorkspacePurge, 15), None);
    }

    #[test]
    fn regular_work_that_fails_goes_on_each_hour() {
        assert_eq!(failed(JobKind::Trash, 1_000_000), Some(3_600_000));
    }

    #[tokio::test]
    async fn panic_is_told_in_its_own_words() {
        let panic = bounded::<()>(Duration::from_mins(1), async { panic!("no {}", "paint") });
        assert_eq!(panic.await.unwrap_err().to_string(), "it panicked: no paint");
    }

    #[tokio::test]
    async fn work_that_hangs_is_broken_off() {
        let hung = bounded::<()>(Duration::ZERO, std::future::pending()).await;
        assert_eq!(hung.unwrap_err().to_string(), "it took longer than 0 s and was broken off");
    }
}
