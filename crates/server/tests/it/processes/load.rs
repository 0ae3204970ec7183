//! Sixty-four clients that ask without a pause, and what each was answered when.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::Actor;

const CLIENTS: usize = 64;
/// Longer than any test of these takes.
const AT_MOST: Duration = Duration::from_mins(1);

#[derive(Clone, Copy, Debug)]
pub(super) struct Answered {
    process: usize,
    pub(super) begun: Instant,
    pub(super) ended: Instant,
    pub(super) status: u16,
}

#[derive(Default)]
struct Shared {
    answers: Mutex<Vec<Answered>>,
    stop: AtomicBool,
}

/// Clients at work, spread over the processes.
pub(super) struct Load {
    shared: Arc<Shared>,
    began: Instant,
    processes: usize,
    clients: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    /// One actor a process.
    pub(super) fn start(actors: &[Actor]) -> Self {
        let (shared, began) = (Arc::<Shared>::default(), Instant::now());
        let clients = (0..CLIENTS)
            .map(|client| {
                let process = client % actors.len();
                tokio::spawn(ask_on(actors[process].clone(), process, Arc::clone(&shared), began))
            })
            .collect();
        Self { shared, began, processes: actors.len(), clients }
    }

    pub(super) fn began(&self) -> Instant {
        self.began
    }

    /// Waits until each process has answered so many requests that were begun after a moment.
    pub(super) async fn until_each_has_answered(&self, count: usize, after: Instant) {
        for process in 0..self.processes {
            self.until(&format!("{count} answers of process {process}"), |answers| {
                answers.iter().filter(|a| a.process == process && a.begun > after).count() >= count
            })
            .await;
        }
    }

    /// Waits for an answer of a process with this status to a request that was begun after a moment.
    pub(super) async fn until_answered(&self, process: usize, status: u16, after: Instant) {
        self.until(&format!("{status} of process {process}"), |answers| {
            answers.iter().rev().any(|a| a.process == process && a.status == status && a.begun > after)
        })
        .await;
    }

    async fn until(&self, what: &str, holds: impl Fn(&[Answered]) -> bool) {
        let began = Instant::now();
        loop {
            let answered = {
                let answers = self.shared.answers.lock().unwrap();
                if holds(&answers) {
                    return;
                }
                answers.len()
            };
            assert!(began.elapsed() < AT_MOST / 2, "never: {what}");
            // Looks again once there is something new.
            while self.shared.answers.lock().unwrap().len() == answered && began.elapsed() < AT_MOST / 2 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }

    pub(super) async fn stop(self) -> Answers {
        self.shared.stop.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.await.unwrap();
        }
        Answers(std::mem::take(&mut *self.shared.answers.lock().unwrap()))
    }
}

async fn ask_on(actor: Actor, process: usize, shared: Arc<Shared>, began: Instant) {
    while !shared.stop.load(Ordering::Relaxed) && began.elapsed() < AT_MOST {
        let begun = Instant::now();
        let answer = actor.get("/users").send().await;
        let ended = Instant::now();
        let status = answer.status.as_u16();
        shared.answers.lock().unwrap().push(Answered { process, begun, ended, status });
    }
}

/// All that was answered.
pub(super) struct Answers(Vec<Answered>);

impl Answers {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn of(&self, process: usize) -> impl Iterator<Item = &Answered> + Clone {
        self.0.iter().filter(move |answer| answer.process == process)
    }

    /// What a process answered to requests that were begun after a moment.
    pub(super) fn statuses_after(&self, process: usize, moment: Instant) -> impl Iterator<Item = u16> {
        self.of(process).filter(move |answer| answer.begun > moment).map(|answer| answer.status)
    }
}
