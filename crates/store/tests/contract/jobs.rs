//! The queue of jobs: each is taken by one, lost by who is not heard of, and ended by none but who has it.

use std::collections::BTreeSet;

use mudlark_store::{
    ClaimedJobs, Enqueued, HeldJob, JobClaim, JobCounts, JobEnd, JobFilter, JobRow, NewJob, Page, Store,
};
use mudlark_types::{JobId, JobState};
use uuid::Uuid;

use crate::database::Database;
use crate::on_both_databases;
use crate::world::{World, id};

on_both_databases!(
    job_asked_for_twice_is_one,
    job_asked_for_while_it_is_being_done_is_done_once_more,
    each_job_is_taken_once_by_many_who_claim_at_once,
    jobs_are_taken_by_priority_then_by_when_they_came_due_and_none_before_its_time,
    job_whose_holder_is_not_heard_of_goes_to_another_and_the_old_fence_is_refused,
    job_that_is_renewed_is_kept,
    job_that_was_no_success_waits_and_keeps_why,
    job_that_ends_its_processes_is_given_up,
    job_that_was_given_up_stays_until_it_is_retried_or_discarded,
    job_given_back_is_due_at_once_and_counts_as_not_taken,
    regular_job_is_due_again_after_its_pause_or_at_once_if_it_was_asked_for,
    job_that_is_being_done_is_neither_retried_nor_discarded,
    jobs_go_with_their_account,
    jobs_are_counted_by_kind_and_state,
    jobs_of_an_account_are_listed_by_state_and_in_pages,
);

const OWN: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);
const MINUTE_MS: i64 = 60_000;

fn job(number: u128, subject: &str) -> NewJob {
    NewJob {
        id: id(number),
        kind: "paint",
        subject: subject.to_owned(),
        account_id: None,
        payload: "{}".to_owned(),
        priority: 100,
        after_ms: 0,
    }
}

async fn enqueue(store: &Store, job: &NewJob) -> Enqueued {
    let mut tx = store.begin().await.unwrap();
    let enqueued = tx.enqueue_job(job).await.unwrap();
    tx.commit().await.unwrap();
    enqueued
}

async fn claim_for(store: &Store, holder: Uuid, lasts_ms: i64, limit: i64) -> ClaimedJobs {
    let mut tx = store.begin().await.unwrap();
    let claim = JobClaim { holder, lasts_ms, limit, max_lapses: 3 };
    let claimed = tx.claim_jobs("paint", &claim).await.unwrap();
    tx.commit().await.unwrap();
    claimed
}

/// Takes the one job that is due.
async fn claim_one(store: &Store, holder: Uuid) -> JobRow {
    let mut taken = claim_for(store, holder, MINUTE_MS, 9).await.taken;
    assert_eq!(taken.len(), 1, "{taken:?}");
    taken.remove(0)
}

fn held(job: &JobRow) -> HeldJob {
    HeldJob { id: job.id, fence: job.fence }
}

async fn end(store: &Store, job: &JobRow, end: JobEnd<'_>) -> bool {
    let mut tx = store.begin().await.unwrap();
    let ended = tx.end_job(held(job), end).await.unwrap();
    tx.commit().await.unwrap();
    ended
}

async fn find(store: &Store, subject: &str) -> Option<JobRow> {
    store.read().await.unwrap().find_job_about("paint", subject).await.unwrap()
}

async fn all(store: &Store) -> Vec<JobRow> {
    store.read().await.unwrap().list_jobs(&JobFilter::default(), 99).await.unwrap()
}

async fn is_due(store: &Store) -> bool {
    let kinds = store.read().await.unwrap().list_due_job_kinds(&["other", "paint"]).await.unwrap();
    assert!(kinds.iter().all(|kind| kind == "paint"), "{kinds:?}");
    !kinds.is_empty()
}

async fn job_asked_for_twice_is_one(store: Store) {
    assert!(!is_due(&store).await);
    assert_eq!(enqueue(&store, &NewJob { after_ms: MINUTE_MS, ..job(1, "a") }).await, Enqueued::New);
    assert!(!is_due(&store).await);
    let again = NewJob { priority: 10, ..job(2, "a") };

    assert_eq!(enqueue(&store, &again).await, Enqueued::AlreadyThere);
    assert_eq!(enqueue(&store, &NewJob { after_ms: 9, ..job(3, "a") }).await, Enqueued::AlreadyThere);

    let [row] = &all(&store).await[..] else { panic!("there is one") };
    assert_eq!((row.id, row.priority, row.attempts, row.fence), (id(1), 10, 0, 0));
    assert!(row.due_at_ms <= row.now_ms && is_due(&store).await, "as soon as either was to be: {row:?}");
    assert_eq!(enqueue(&store, &NewJob { kind: "frame", ..job(4, "a") }).await, Enqueued::New);
    let found = store.read().await.unwrap().find_job(id(1)).await.unwrap().unwrap();
    assert_eq!((found.kind.as_str(), found.subject.as_str()), ("paint", "a"));
    assert_eq!(find(&store, "b").await, None);
}

async fn job_asked_for_while_it_is_being_done_is_done_once_more(store: Store) {
    enqueue(&store, &job(1, "a")).await;
    let first = claim_one(&store, OWN).await;
    assert_eq!(enqueue(&store, &job(2, "a")).await, Enqueued::AlreadyThere);
    assert!(!is_due(&store).await, "it is being done");

    assert!(end(&store, &first, JobEnd::Done).await);

    let second = claim_one(&store, OTHER).await;
    assert_eq!((second.id, second.attempts, second.fence), (id(1), 1, 2));
    assert!(end(&store, &second, JobEnd::Done).await);
    assert_eq!(all(&store).await, []);
    assert!(!end(&store, &second, JobEnd::Done).await, "it is gone");
}

async fn each_job_is_taken_once_by_many_who_claim_at_once(database: Database) {
    const JOBS: u128 = 40;
    let store = database.store();
    let mut tx = store.begin().await.unwrap();
    for number in 0..JOBS {
        tx.enqueue_job(&job(number, &number.to_string())).await.unwrap();
    }
    tx.commit().await.unwrap();
    let claiming: Vec<_> = (0..8)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut taken = Vec::new();
                loop {
                    let claimed = claim_for(&store, Uuid::from_u128(number), MINUTE_MS, 3).await.taken;
                    if claimed.is_empty() && !is_due(&store).await {
                        return taken;
                    }
                    taken.extend(claimed.into_iter().map(|job| job.id));
                }
            })
        })
        .collect();

    let mut taken: Vec<JobId> = Vec::new();
    for claiming in claiming {
        taken.extend(claiming.await.unwrap());
    }

    let each: BTreeSet<JobId> = taken.iter().copied().collect();
    assert_eq!((taken.len(), each.len()), (40, 40));
    assert!(all(store).await.iter().all(|job| (job.attempts, job.fence) == (1, 1)));
}

async fn jobs_are_taken_by_priority_then_by_when_they_came_due_and_none_before_its_time(store: Store) {
    for (number, priority, minutes) in [(1, 100, -50), (2, 100, -70), (3, 10, -10), (4, 1, 10), (5, 200, -90)]
    {
        let after_ms = minutes * MINUTE_MS;
        enqueue(&store, &NewJob { priority, after_ms, ..job(number, &number.to_string()) }).await;
    }
    enqueue(&store, &NewJob { kind: "frame", ..job(6, "a") }).await;

    let first = claim_for(&store, OWN, MINUTE_MS, 2).await.taken;
    let rest = claim_for(&store, OWN, MINUTE_MS, 9).await.taken;

    let ids: Vec<JobId> = first.iter().chain(&rest).map(|job| job.id).collect();
    assert_eq!((first.len(), ids), (2, [3, 2, 1, 5].map(id).to_vec()));
}

async fn job_whose_holder_is_not_heard_of_goes_to_another_and_the_old_fence_is_refused(store: Store) {
    enqueue(&store, &job(1, "a")).await;
    let [stopped] = &claim_for(&store, OWN, -1, 1).await.taken[..] else { panic!("it is due") };

    let other = claim_one(&store, OTHER).await;

    assert_eq!((other.id, other.attempts, other.lapses, other.fence), (id(1), 2, 1, 2));
    let mut tx = store.begin().await.unwrap();
    assert!(!tx.renew_job(held(stopped), MINUTE_MS).await.unwrap());
    assert!(!tx.hold_job(held(stopped)).await.unwrap());
    assert!(tx.hold_job(held(&other)).await.unwrap());
    tx.commit().await.unwrap();
    for late in
        [JobEnd::Done, JobEnd::Repeat(0), JobEnd::Retry("late", 0), JobEnd::Dead("late"), JobEnd::GivenBack]
    {
        assert!(!end(&store, stopped, late).await, "{late:?}");
    }
    let kept = find(&store, "a").await.unwrap();
    assert_eq!((kept.lease_holder, kept.fence, kept.last_error), (Some(OTHER), 2, None));
    assert!(end(&store, &other, JobEnd::Done).await);
    // Nor does it end one that was asked for since.
    enqueue(&store, &job(2, "a")).await;
    assert!(!end(&store, stopped, JobEnd::Done).await);
    assert!(!end(&store, &other, JobEnd::Done).await);
    assert_eq!(all(&store).await.len(), 1);
}

async fn job_that_is_renewed_is_kept(store: Store) {
    enqueue(&store, &job(1, "a")).await;
    let [own] = &claim_for(&store, OWN, -1, 1).await.taken[..] else { panic!("it is due") };
    let mut tx = store.begin().await.unwrap();

    assert!(tx.renew_job(held(own), MINUTE_MS).await.unwrap());

    tx.commit().await.unwrap();
    assert!(!is_due(&store).await);
    assert!(claim_for(&store, OTHER, MINUTE_MS, 1).await.taken.is_empty());
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.lapse_jobs().await.unwrap(), 1, "for who knows that its holder has ended");
    tx.commit().await.unwrap();
    assert_eq!(claim_one(&store, OTHER).await.lapses, 1);
}

async fn job_that_was_no_success_waits_and_keeps_why(store: Store) {
    enqueue(&store, &job(1, "a")).await;
    let own = claim_one(&store, OWN).await;

    assert!(end(&store, &own, JobEnd::Retry("no paint", MINUTE_MS)).await);

    let row = find(&store, "a").await.unwrap();
    assert_eq!((row.attempts, row.lapses, row.lease_holder), (1, 0, None));
    assert_eq!(row.last_error.as_deref(), Some("no paint"));
    assert!((1..=MINUTE_MS).contains(&(row.due_at_ms - row.now_ms)), "{row:?}");
    assert_eq!(enqueue(&store, &job(2, "a")).await, Enqueued::AlreadyThere);
    assert!(!is_due(&store).await, "asking for it again is no way around the pause");
    let mut tx = store.begin().await.unwrap();
    assert!(tx.retry_job(id(1)).await.unwrap(), "but the operator has one");
    tx.commit().await.unwrap();
    assert_eq!(claim_one(&store, OWN).await.attempts, 1);
}

async fn job_that_ends_its_processes_is_given_up(store: Store) {
    enqueue(&store, &job(1, "a")).await;
    for attempt in 1..=3 {
        let taken = claim_for(&store, OWN, -1, 1).await.taken;
        assert_eq!((taken[0].attempts, taken[0].lapses), (attempt, attempt - 1));
    }

    let claimed = claim_for(&store, OWN, -1, 1).await;

    assert!(claimed.taken.is_empty() && !is_due(&store).await);
    let [dead] = &claimed.dead[..] else { panic!("it is given up") };
    let row = find(&store, "a").await.unwrap();
    assert_eq!((row.attempts, row.lapses, row.lease_holder), (3, 3, None));
    assert!(row.dead_at_ms.is_some());
    assert_eq!(row.last_error, dead.last_error);
    assert!(row.last_error.unwrap().starts_with("3 times"));
}

async fn job_that_was_given_up_stays_until_it_is_retried_or_discarded(store: Store) {
    for (number, subject) in [(1, "a"), (2, "b"), (3, "c")] {
        enqueue(&store, &job(number, subject)).await;
        let own = claim_one(&store, OWN).await;
        assert!(end(&store, &own, JobEnd::Dead("no use")).await);
    }
    enqueue(&store, &NewJob { kind: "frame", ..job(4, "a") }).await;
    assert_eq!(enqueue(&store, &job(5, "a")).await, Enqueued::Dead);
    assert!(!is_due(&store).await);
    let filter = JobFilter { kind: None, only_dead: true };
    let dead = store.read().await.unwrap().list_jobs(&filter, 9).await.unwrap();
    assert_eq!(dead.iter().map(|job| job.id).collect::<Vec<_>>(), [1, 2, 3].map(id));
    let filter = JobFilter { kind: Some("frame".to_owned()), only_dead: false };
    assert_eq!(store.read().await.unwrap().list_jobs(&filter, 9).await.unwrap().len(), 1);

    let mut tx = store.begin().await.unwrap();
    assert!(tx.retry_job(id(1)).await.unwrap() && !tx.retry_job(id(99)).await.unwrap());
    assert!(tx.delete_job(id(2)).await.unwrap() && !tx.delete_job(id(2)).await.unwrap());
    tx.commit().await.unwrap();

    let retried = claim_one(&store, OTHER).await;
    assert_eq!((retried.id, retried.attempts, retried.lapses, retried.dead_at_ms), (id(1), 1, 0, None));
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.retry_dead_jobs(Some("frame")).await.unwrap(), 0);
    assert_eq!(tx.retry_dead_jobs(None).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(claim_one(&store, OTHER).await.id, id(3));
    assert_eq!(find(&store, "b").await, None);
}

async fn job_given_back_is_due_at_once_and_counts_as_not_taken(store: Store) {
    enqueue(&store, &job(1, "a")).await;
    let own = claim_one(&store, OWN).await;

    assert!(end(&store, &own, JobEnd::GivenBack).await);

    let other = claim_one(&store, OTHER).await;
    assert_eq!((other.attempts, other.lapses, other.fence), (1, 0, 2));
}

async fn regular_job_is_due_again_after_its_pause_or_at_once_if_it_was_asked_for(store: Store) {
    enqueue(&store, &job(1, "all")).await;
    let own = claim_one(&store, OWN).await;
    end(&store, &own, JobEnd::Retry("storm", -1)).await;
    let own = claim_one(&store, OWN).await;
    assert_eq!((own.attempts, own.last_error.as_deref()), (2, Some("storm")));

    assert!(end(&store, &own, JobEnd::Repeat(MINUTE_MS)).await);

    let row = find(&store, "all").await.unwrap();
    assert_eq!((row.attempts, row.last_error.as_deref(), row.lease_holder), (0, None, None));
    assert!((1..=MINUTE_MS).contains(&(row.due_at_ms - row.now_ms)), "{row:?}");
    assert_eq!(enqueue(&store, &job(2, "all")).await, Enqueued::AlreadyThere);
    let own = claim_one(&store, OWN).await;
    enqueue(&store, &job(3, "all")).await;
    assert!(end(&store, &own, JobEnd::Repeat(MINUTE_MS)).await);
    let own = claim_one(&store, OWN).await;
    assert!(end(&store, &own, JobEnd::Repeat(MINUTE_MS)).await);
    assert!(!is_due(&store).await);
}

async fn job_that_is_being_done_is_neither_retried_nor_discarded(store: Store) {
    enqueue(&store, &job(1, "a")).await;
    let own = claim_one(&store, OWN).await;
    let mut tx = store.begin().await.unwrap();

    assert!(!tx.retry_job(id(1)).await.unwrap());
    assert!(!tx.delete_job(id(1)).await.unwrap());

    assert!(tx.end_job(held(&own), JobEnd::Done).await.unwrap());
}

async fn jobs_go_with_their_account(store: Store) {
    let world = World::make(&store).await;
    enqueue(&store, &NewJob { account_id: Some(world.account), ..job(1, "a") }).await;
    enqueue(&store, &job(2, "b")).await;
    let mut tx = store.begin().await.unwrap();
    tx.update_account_closed(world.account, Some(1), 1).await.unwrap();
    tx.start_account_purge(world.account, 1, 1).await.unwrap();
    while tx.purge_workspace_step(world.workspace, 100).await.unwrap() {}
    while tx.purge_account_step(world.account, 100).await.unwrap() {}
    assert!(tx.delete_account(world.account).await.unwrap());
    tx.commit().await.unwrap();

    let left = all(&store).await;

    assert_eq!(left.iter().map(|job| job.id).collect::<Vec<_>>(), [id(2)]);
}

async fn jobs_are_counted_by_kind_and_state(store: Store) {
    let count = async |kinds: &[&str]| store.read().await.unwrap().count_jobs(kinds).await.unwrap();
    assert_eq!(count(&["frame"]).await, [JobCounts { kind: "frame".to_owned(), ..JobCounts::default() }]);
    for (number, after_ms) in [(1, -9 * MINUTE_MS), (2, 0), (3, 0), (4, -5 * MINUTE_MS), (5, MINUTE_MS)] {
        enqueue(&store, &NewJob { after_ms, ..job(number, &number.to_string()) }).await;
    }
    enqueue(&store, &NewJob { kind: "frame", after_ms: MINUTE_MS, ..job(6, "a") }).await;
    let dead = claim_for(&store, OWN, MINUTE_MS, 1).await.taken;
    end(&store, &dead[0], JobEnd::Dead("no use")).await;
    // The next to come due is being done.
    claim_for(&store, OWN, MINUTE_MS, 1).await;

    let mut counts = count(&["frame", "paint"]).await;

    let oldest_due_ms = std::mem::take(&mut counts[1].oldest_due_ms);
    assert!((0..MINUTE_MS).contains(&oldest_due_ms), "{oldest_due_ms}");
    let frame = JobCounts { kind: "frame".to_owned(), waiting: 1, ..JobCounts::default() };
    let paint =
        JobCounts { kind: "paint".to_owned(), waiting: 1, due: 2, running: 1, dead: 1, oldest_due_ms: 0 };
    assert_eq!(counts, [frame, paint]);
}

async fn jobs_of_an_account_are_listed_by_state_and_in_pages(store: Store) {
    let world = World::make(&store).await;
    for (number, after_ms) in [(1, -3 * MINUTE_MS), (2, -2 * MINUTE_MS), (3, 0), (4, 0), (5, MINUTE_MS)] {
        let own = NewJob { account_id: Some(world.account), ..job(number, &number.to_string()) };
        enqueue(&store, &NewJob { after_ms, ..own }).await;
    }
    enqueue(&store, &NewJob { after_ms: MINUTE_MS, ..job(6, "of nobody") }).await;
    let dead = claim_for(&store, OWN, MINUTE_MS, 1).await.taken;
    end(&store, &dead[0], JobEnd::Dead("no use")).await;
    claim_for(&store, OWN, MINUTE_MS, 1).await;
    let mut session = store.read().await.unwrap();

    for (state, expected) in [
        (None, vec![1, 2, 3, 4, 5]),
        (Some(JobState::Dead), vec![1]),
        (Some(JobState::Running), vec![2]),
        (Some(JobState::Due), vec![3, 4]),
        (Some(JobState::Waiting), vec![5]),
    ] {
        let rows = session.list_account_jobs(world.account, state, Page::first(9)).await.unwrap();
        let ids: BTreeSet<JobId> = rows.iter().map(|row| row.id).collect();
        assert_eq!(ids, expected.iter().map(|number| id(*number)).collect(), "{state:?}");
        assert!(rows.iter().all(|row| state.is_none_or(|state| row.state() == state)), "{rows:?}");
        let count = session.count_account_jobs(world.account, state).await.unwrap();
        assert_eq!(usize::try_from(count), Ok(expected.len()), "{state:?}");
    }
    let all = session.list_account_jobs(world.account, None, Page::first(9)).await.unwrap();
    let after = Some((all[1].created_at_ms, all[1].id.as_uuid()));
    let rest = session.list_account_jobs(world.account, None, Page { after, limit: 2 }).await.unwrap();
    let ids = |rows: &[JobRow]| rows.iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(ids(&rest), ids(&all[2..4]));
    assert_eq!(session.list_account_jobs(id(77), None, Page::first(9)).await.unwrap(), []);
    assert_eq!(session.find_account_job(world.account, id(6)).await.unwrap(), None);
    assert!(session.find_account_job(world.account, id(5)).await.unwrap().is_some());
}
