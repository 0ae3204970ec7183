//! Lets answers go at a given moment: a thread that does nothing but wait for it.
//!
//! *Why* not tokio's timer: it counts whole milliseconds from when its worker has nothing more to do. What the work before
//! took would show in when it ends (measured).

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use tokio::sync::oneshot;

/// Answers that wait for their moment.
pub(crate) struct HeldBack {
    queue: Sender<Waiting>,
}

struct Waiting {
    until: Instant,
    go: oneshot::Sender<()>,
}

impl HeldBack {
    /// Starts the thread; it ends with what is returned.
    pub(crate) fn start() -> std::io::Result<Self> {
        let (queue, waiting) = channel();
        std::thread::Builder::new().name("held back".to_owned()).spawn(move || release(&waiting))?;
        Ok(Self { queue })
    }

    /// Waits until the moment. All are to wait equally long: they go in the order in which they came.
    pub(crate) async fn until(&self, until: Instant) {
        let (go, gone) = oneshot::channel();
        if self.queue.send(Waiting { until, go }).is_ok() {
            // Fails only where the thread is gone with the server.
            let _ = gone.await;
        }
    }
}

fn release(waiting: &Receiver<Waiting>) {
    for Waiting { until, go } in waiting {
        std::thread::sleep(until.saturating_duration_since(Instant::now()));
        // Whoever has gone away meanwhile waits no more.
        let _ = go.send(());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn nobody_goes_before_their_moment_and_all_go() {
        let held_back = HeldBack::start().unwrap();
        let began = Instant::now();
        let past = held_back.until(began);
        let moments = [2, 3, 3, 5].map(|ms| began + Duration::from_millis(ms));
        let waits = moments.map(|moment| {
            let gone = held_back.until(moment);
            async move {
                gone.await;
                Instant::now() >= moment
            }
        });
        past.await;
        for waited in waits {
            assert!(waited.await);
        }
    }
}
