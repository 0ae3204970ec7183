//! Clients that put versions, hold locks and make assets without a pause, each at whichever process answers, and note what
//! they were told. Every change bears an idempotency key and is sent again under it until its outcome is known.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::history::{Held, Outcome, Put};
use crate::support::{Actor, Answer, Call, text};

/// Between two attempts of one request.
const PAUSE: Duration = Duration::from_millis(20);
/// Longer than any test of these takes.
const AT_MOST: Duration = Duration::from_mins(2);

/// What clients do, and of which each must go on whatever fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    PutVersions,
    HoldLock,
    MakeAssets,
}

const KINDS: [Work; 3] = [Work::PutVersions, Work::HoldLock, Work::MakeAssets];

#[derive(Default)]
struct Shared {
    bases: Mutex<Vec<String>>,
    stop: AtomicBool,
    done: [AtomicUsize; KINDS.len()],
    /// Answers that say that a part is gone, or a disk full.
    unavailable: AtomicUsize,
    history: Mutex<History>,
}

/// All that the clients were told.
#[derive(Default)]
pub(super) struct History {
    pub(super) puts: Vec<Put>,
    pub(super) held: Vec<Held>,
    /// How many assets the account was said to have, each time one looked.
    pub(super) counted: Vec<i64>,
    /// Answers that no client should get.
    pub(super) astonishing: Vec<String>,
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [puts, held, counted] = [self.puts.len(), self.held.len(), self.counted.len()];
        write!(f, "{puts} versions, {held} locks, {counted} looks at the limit")
    }
}

/// Clients at work.
pub(super) struct Clients {
    shared: Arc<Shared>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Clients {
    /// Puts them to work, and answers the asset that gets their versions. `bases`: the processes; `patience`: until a client
    /// asks another.
    pub(super) async fn start(bases: Vec<String>, patience: Duration, actors: &[Actor]) -> (Self, Value) {
        let versioned = actors[0].put_asset("/", "versioned", "first").await;
        let locked = actors[0].put_asset("/", "locked", "first").await;
        let shared = Arc::new(Shared { bases: Mutex::new(bases), ..Shared::default() });
        let client = reqwest::Client::builder().timeout(patience).build().unwrap();
        let tasks = actors.iter().enumerate().map(|(number, actor)| {
            let work = KINDS[number % KINDS.len()];
            let asset = if work == Work::HoldLock { &locked } else { &versioned };
            let one = Client {
                number,
                actor: Actor { client: client.clone(), ..actor.clone() },
                asset: format!("/workspaces/assets/{}", text(asset, "id")),
                shared: Arc::clone(&shared),
                sent: AtomicUsize::new(0),
                began: Instant::now(),
            };
            tokio::spawn(async move { one.work(work).await })
        });
        let tasks = tasks.collect();
        (Self { shared, tasks }, versioned)
    }

    /// From now on a process is to be found elsewhere.
    pub(super) fn replace(&self, process: usize, base: &str) {
        base.clone_into(&mut self.shared.bases.lock().unwrap()[process]);
    }

    /// Waits until each kind of work was done so many times more. Answers how long that took.
    pub(super) async fn until_more(&self, count: usize) -> Duration {
        let counts = || KINDS.map(|work| self.shared.done[work as usize].load(Ordering::Relaxed));
        let (began, before) = (Instant::now(), counts());
        while counts().iter().zip(before).any(|(now, before)| *now < before + count) {
            assert!(began.elapsed() < AT_MOST / 4, "{before:?} became {:?}", counts());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        began.elapsed()
    }

    /// Waits until so many more were told that a part is gone.
    pub(super) async fn until_unavailable(&self, count: usize) {
        let unavailable = || self.shared.unavailable.load(Ordering::Relaxed);
        let (began, before) = (Instant::now(), unavailable());
        while unavailable() < before + count {
            assert!(began.elapsed() < AT_MOST / 4, "{} were", unavailable() - before);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Lets each finish what it is at.
    pub(super) async fn stop(self) -> History {
        self.shared.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.unwrap();
        }
        std::mem::take(&mut *self.shared.history.lock().unwrap())
    }
}

/// One client.
struct Client {
    number: usize,
    actor: Actor,
    asset: String,
    shared: Arc<Shared>,
    sent: AtomicUsize,
    began: Instant,
}

impl Client {
    async fn work(&self, work: Work) {
        let mut turn = 0;
        while !self.shared.stop.load(Ordering::Relaxed) {
            match work {
                Work::PutVersions => self.put_version(turn).await,
                Work::HoldLock => self.hold_lock(turn).await,
                Work::MakeAssets => self.make_asset(turn).await,
            }
            turn += 1;
        }
    }

    fn note(&self, note: impl FnOnce(&mut History)) {
        note(&mut self.shared.history.lock().unwrap());
    }

    fn count(&self, work: Work) {
        self.shared.done[work as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Asks one process after the other until one answers what is done, what is not, or that it can't be known.
    async fn ask(&self, call: impl Fn(&Actor) -> Call) -> Answer {
        loop {
            assert!(self.began.elapsed() < AT_MOST, "client {} comes to no end", self.number);
            let process = self.number + self.sent.fetch_add(1, Ordering::Relaxed);
            let base = {
                let bases = self.shared.bases.lock().unwrap();
                bases[process % bases.len()].clone()
            };
            let actor = Actor { base, ..self.actor.clone() };
            let Some(answer) = call(&actor).try_send().await else {
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            match answer.status.as_u16() {
                503 => {
                    self.shared.unavailable.fetch_add(1, Ordering::Relaxed);
                    if answer.header("retry-after").is_none() {
                        self.note(|history| history.astonishing.push("503 without Retry-After".to_owned()));
                    }
                }
                // It is tried again until there is room.
                507 if answer.json()["code"] == "storage_full" => {
                    self.shared.unavailable.fetch_add(1, Ordering::Relaxed);
                }
                409 if answer.json()["code"] == "idempotency_in_progress" => {}
                200..=299 | 403 | 404 | 409 | 423 => return answer,
                _ => {
                    self.note(|history| {
                        history.astonishing.push(format!("{}: {}", answer.status, answer.text()));
                    });
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn put_version(&self, turn: usize) {
        let content = format!("{}-{turn}", self.number);
        let begun = Instant::now();
        let answer = self
            .ask(|actor| {
                let file = Part::bytes(content.clone().into_bytes()).file_name(content.clone());
                let put = actor.post(&format!("{}/versions", self.asset));
                let form = Form::new().text("description", content.clone()).part("file", file);
                put.header("idempotency-key", &content).multipart(form)
            })
            .await;
        let outcome = match answer.status.as_u16() {
            200..=299 => {
                self.count(Work::PutVersions);
                Outcome::Done(answer.json()["version_number"].as_i64().unwrap())
            }
            409 if answer.json()["code"] == "idempotency_outcome_unknown" => Outcome::Unknown,
            _ => Outcome::Refused,
        };
        let put = Put { content, begun, ended: Instant::now(), outcome };
        self.note(|history| history.puts.push(put));
    }

    async fn hold_lock(&self, turn: usize) {
        let path = format!("{}/lock", self.asset);
        let lease = json!({"lease_seconds": 600, "reason": turn.to_string()});
        let answer = self.ask(|actor| actor.post(&path).json(&lease)).await;
        if !answer.status.is_success() {
            return;
        }
        let from = Instant::now();
        let fence = answer.json()["lock"]["fence"].as_i64().unwrap();
        // Somebody's lock for as long as a request takes.
        self.ask(|actor| actor.get(&path)).await;
        let held = Held { client: self.number, fence, from, until: Instant::now() };
        self.note(|history| history.held.push(held));
        self.ask(|actor| actor.delete(&path)).await;
        self.count(Work::HoldLock);
    }

    /// Makes an asset; where there is no room for one more, takes one away.
    async fn make_asset(&self, turn: usize) {
        let name = format!("{}-{turn}", self.number);
        let made = self
            .ask(|actor| {
                let file = Part::bytes(name.clone().into_bytes()).file_name(name.clone());
                let put = actor.post("/workspaces/assets").header("idempotency-key", &name);
                put.multipart(Form::new().text("file_location", "/made").part("file", file))
            })
            .await;
        let limits = self.ask(|actor| actor.get("/accounts/limits")).await.ok();
        let counted = limits["assets"]["current"].as_i64().unwrap();
        self.note(|history| history.counted.push(counted));
        if made.status == 403 {
            let listed = self.ask(|actor| actor.get("/workspaces/folders?folder=/made&limit=1")).await.ok();
            if let Some(asset) = listed["assets"].as_array().and_then(|assets| assets.first()) {
                let path = format!("/workspaces/assets/{}", text(asset, "id"));
                self.ask(|actor| actor.delete(&path)).await;
            }
        }
        self.count(Work::MakeAssets);
    }
}
