//! The process's right to decide on rights, held in memory: until when, by two clocks. Where several processes share a
//! database, one that has not followed the log lately must decide nothing. Kept up by `processes`, asked by the guard.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long a lease lasts: the longest that a revocation waits for a process that has stopped.
pub(crate) const LEASE: Duration = Duration::from_secs(2);

/// The right, until it lapses.
#[derive(Debug)]
pub(crate) struct Lease {
    /// What the monotonic clock is counted from.
    origin: Instant,
    /// *Units*: milliseconds after `origin`.
    until: AtomicU64,
    /// *Units*: Unix milliseconds. *Why* this clock too: the monotonic one stands still while a machine is suspended.
    until_wall: AtomicU64,
}

/// A moment by both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    monotonic: Instant,
    wall_ms: u64,
}

impl Moment {
    pub(crate) fn now() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { monotonic: Instant::now(), wall_ms: milliseconds(wall) }
    }

    /// The moment this much later, by both clocks; for tests.
    #[cfg(test)]
    fn after(self, monotonic: Duration, wall: Duration) -> Self {
        Self { monotonic: self.monotonic + monotonic, wall_ms: self.wall_ms + milliseconds(wall) }
    }
}

impl Lease {
    /// One that is yet to be taken.
    pub(crate) fn lapsed() -> Self {
        Self { origin: Instant::now(), until: AtomicU64::new(0), until_wall: AtomicU64::new(0) }
    }

    /// One for a process that shares its database with no other: it lasts.
    pub(crate) fn lasting() -> Self {
        let lease = Self::lapsed();
        lease.until.store(u64::MAX, Ordering::Release);
        lease.until_wall.store(u64::MAX, Ordering::Release);
        lease
    }

    /// Holds it from the moment at which it was *asked* for: the database counts from later on.
    pub(crate) fn hold_since(&self, asked: Moment) {
        let since_origin = asked.monotonic.saturating_duration_since(self.origin);
        self.until.store(milliseconds(since_origin + LEASE), Ordering::Release);
        self.until_wall.store(asked.wall_ms.saturating_add(milliseconds(LEASE)), Ordering::Release);
    }

    /// Gives it up.
    pub(crate) fn give_up(&self) {
        self.until.store(0, Ordering::Release);
        self.until_wall.store(0, Ordering::Release);
    }

    /// Whether the process may decide at this moment.
    pub(crate) fn is_held(&self) -> bool {
        self.is_held_at(Moment::now())
    }

    fn is_held_at(&self, now: Moment) -> bool {
        milliseconds(now.monotonic.saturating_duration_since(self.origin))
            < self.until.load(Ordering::Acquire)
            && now.wall_ms < self.until_wall.load(Ordering::Acquire)
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(1_900);
    const LONG: Duration = Duration::from_millis(2_001);

    #[test]
    fn lease_is_held_from_the_moment_it_was_asked_for_until_it_lapses() {
        let lease = Lease::lapsed();
        assert!(!lease.is_held());
        let asked = Moment::now();
        lease.hold_since(asked);
        assert!(lease.is_held_at(asked) && lease.is_held_at(asked.after(SHORT, SHORT)));
        assert!(!lease.is_held_at(asked.after(LONG, LONG)));
    }

    #[test]
    fn either_clock_ends_it() {
        let lease = Lease::lapsed();
        let asked = Moment::now();
        lease.hold_since(asked);
        assert!(!lease.is_held_at(asked.after(Duration::ZERO, LONG)), "the machine was suspended");
        assert!(!lease.is_held_at(asked.after(LONG, Duration::ZERO)), "the wall clock was set back");
    }

    #[test]
    fn lease_given_up_is_over_and_a_lasting_one_is_not() {
        let lease = Lease::lapsed();
        lease.hold_since(Moment::now());
        lease.give_up();
        assert!(!lease.is_held());
        assert!(Lease::lasting().is_held());
    }
}
