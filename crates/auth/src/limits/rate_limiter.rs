//! So many in a time, by whom: GCRA over a table that does not grow. Not the lock on failures ([`super::FailureLock`]),
//! which grows with them. Called by the server before it gives out a token, and for each request of an account.

use std::fmt;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::{Quota, RateLimiter as Gcra};
use quick_cache::sync::{Cache, EntryAction, EntryResult};

use super::RetryAfter;

/// How often something may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    quota: Quota,
    /// From nothing left to everything left. *Units*: nanoseconds.
    full_after_ns: u64,
}

impl Rate {
    /// `count` in `period` over time, and `burst` at once; `None`, no bound, where `count` or `burst` is 0.
    pub fn new(count: u32, period: Duration, burst: u32) -> Option<Self> {
        let (count, burst) = (NonZeroU32::new(count)?, NonZeroU32::new(burst)?);
        let quota = Quota::with_period(period / count.get())?.allow_burst(burst);
        let full_after_ns = u64::try_from(quota.burst_size_replenished_in().as_nanos()).ok()?;
        Some(Self { quota, full_after_ns })
    }
}

/// Holds each of many to one rate, in bounded memory.
///
/// Where more ask than are remembered, those least seen are forgotten, and begin anew with a full burst.
pub struct RateLimiter<K> {
    rate: Option<Rate>,
    /// When each will have its whole burst again. *Units*: Unix nanoseconds.
    full_at_ns: Cache<K, u64>,
}

impl<K: Clone + Eq + Hash> RateLimiter<K> {
    /// A limiter that remembers at most `capacity` of those who ask; without a rate, it lets everybody pass.
    pub fn new(rate: Option<Rate>, capacity: usize) -> Self {
        Self { rate, full_at_ns: Cache::new(if rate.is_some() { capacity } else { 0 }) }
    }

    /// Counts one, if it may happen now.
    ///
    /// *Errors*: how long `who` has to wait, if nothing else of theirs comes meanwhile. What is refused does not count.
    pub fn check(&self, who: &K, now_ms: i64) -> Result<(), RetryAfter> {
        let Some(rate) = self.rate else { return Ok(()) };
        let moment = Moment {
            table: &self.full_at_ns,
            now_ns: u64::try_from(now_ms).unwrap_or(0).saturating_mul(1_000_000),
            full_after_ns: rate.full_after_ns,
        };
        Gcra::<K, _, _, NoOpMiddleware<Here>>::new(rate.quota, moment, Standing)
            .check_key(who)
            .map_err(|refused| RetryAfter::from_ns(nanoseconds(refused.wait_time_from(Here(0)))))
    }

    /// How many are remembered.
    pub fn remembered(&self) -> usize {
        self.full_at_ns.len()
    }

    /// The size of the table. *Units*: bytes.
    pub fn memory_bytes(&self) -> usize {
        self.full_at_ns.memory_used().total()
    }
}

impl<K> fmt::Debug for RateLimiter<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimiter").field("rate", &self.rate).finish_non_exhaustive()
    }
}

/// The table as seen at the moment of one check: times in it are told from now on.
///
/// *Why*: so the time is passed in, and no clock is asked.
struct Moment<'a, K> {
    table: &'a Cache<K, u64>,
    now_ns: u64,
    full_after_ns: u64,
}

impl<K: Clone + Eq + Hash> StateStore for Moment<'_, K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let entry = self.table.entry(key, None, |_, full_at_ns| {
            let from_now = full_at_ns.saturating_sub(self.now_ns);
            // Nobody is further from full than empty: then the clock was set back, and they begin anew.
            let known = (from_now <= self.full_after_ns).then(|| from_now.into());
            let decided = decide(known);
            if let Ok((_, next)) = &decided {
                *full_at_ns = self.now_ns.saturating_add(next.as_u64());
            }
            EntryAction::Retain(decided.map(|(outcome, _)| outcome))
        });
        match entry {
            EntryResult::Retained(outcome) => outcome,
            EntryResult::Vacant(place) => decide(None).map(|(outcome, next)| {
                // Refused only if the table was emptied meanwhile: then there is nothing to remember.
                let _ = place.insert(self.now_ns.saturating_add(next.as_u64()));
                outcome
            }),
            // Neither is asked for above.
            EntryResult::Removed(..) | EntryResult::Replaced(..) | EntryResult::Timeout => {
                decide(None).map(|(outcome, _)| outcome)
            }
        }
    }
}

/// A time from the moment of the check on. *Units*: nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Here(u64);

impl std::ops::Add<Nanos> for Here {
    type Output = Self;

    fn add(self, later: Nanos) -> Self {
        Self(self.0.saturating_add(later.as_u64()))
    }
}

impl Reference for Here {
    fn duration_since(&self, earlier: Self) -> Nanos {
        self.0.saturating_sub(earlier.0).into()
    }

    fn saturating_sub(&self, duration: Nanos) -> Self {
        Self(self.0.saturating_sub(duration.as_u64()))
    }
}

/// The clock of one check: it is always the moment of the check.
struct Standing;

impl Clock for Standing {
    type Instant = Here;

    fn now(&self) -> Here {
        Here(0)
    }
}

fn nanoseconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::AddressBlock;
    use super::*;

    const NOW_MS: i64 = 1_700_000_000_000;
    const MINUTE: Duration = Duration::from_mins(1);

    fn limiter(count: u32, burst: u32) -> RateLimiter<&'static str> {
        RateLimiter::new(Rate::new(count, MINUTE, burst), 100)
    }

    fn passed(limiter: &RateLimiter<&'static str>, who: &'static str, times: u32, now_ms: i64) -> usize {
        (0..times).filter(|_| limiter.check(&who, now_ms).is_ok()).count()
    }

    #[test]
    fn burst_passes_at_once_and_then_the_rate() {
        let limiter = limiter(300, 100);
        assert_eq!(passed(&limiter, "a", 1000, NOW_MS), 100);
        assert_eq!(passed(&limiter, "a", 1000, NOW_MS + 199), 0);
        assert_eq!(passed(&limiter, "a", 1000, NOW_MS + 200), 1);
        let in_the_next_minute: usize = (2..=301).map(|n| passed(&limiter, "a", 10, NOW_MS + n * 200)).sum();
        assert_eq!(in_the_next_minute, 300);
        assert_eq!(passed(&limiter, "a", 1000, NOW_MS + 3_600_000), 100, "rest fills the burst, and no more");
    }

    #[test]
    fn others_are_not_held_by_one_who_is() {
        let limiter = limiter(300, 2);
        assert_eq!(passed(&limiter, "a", 10, NOW_MS), 2);
        assert_eq!(passed(&limiter, "b", 10, NOW_MS), 2);
    }

    #[test]
    fn wait_that_was_named_is_enough_and_a_second_less_is_not() {
        for (count, burst) in [(1, 1), (7, 3), (20, 1), (300, 100), (6_000, 5), (60_000, 2_000)] {
            for offset_ms in [0, 1, 333, 999] {
                let limiter = limiter(count, burst);
                passed(&limiter, "a", burst, NOW_MS);
                let now_ms = NOW_MS + offset_ms;
                let Err(RetryAfter { seconds }) = limiter.check(&"a", now_ms) else { continue };
                assert!(seconds >= 1);
                let wait_ms = i64::try_from(seconds).unwrap() * 1000;
                assert!(
                    seconds == 1 || limiter.check(&"a", now_ms + wait_ms - 1000).is_err(),
                    "{count} {burst}: {seconds} s is longer than needed"
                );
                assert_eq!(limiter.check(&"a", now_ms + wait_ms), Ok(()), "{count} {burst}: {seconds} s");
            }
        }
    }

    #[test]
    fn refused_ones_do_not_lengthen_the_wait() {
        let limiter = limiter(60, 1);
        assert_eq!(passed(&limiter, "a", 10_000, NOW_MS), 1);
        assert_eq!(limiter.check(&"a", NOW_MS + 1000), Ok(()));
    }

    #[test]
    fn clock_set_back_holds_nobody() {
        let limiter = limiter(60, 1);
        passed(&limiter, "a", 1, NOW_MS);
        assert_eq!(limiter.check(&"a", NOW_MS - 3_600_000), Ok(()));
        assert_eq!(limiter.check(&"a", i64::MIN), Ok(()));
    }

    #[test]
    fn limiter_without_a_rate_lets_everybody_pass() {
        for rate in [Rate::new(0, MINUTE, 5), Rate::new(5, MINUTE, 0), None] {
            let limiter = RateLimiter::new(rate, 100);
            assert_eq!(passed(&limiter, "a", 10_000, NOW_MS), 10_000);
            assert_eq!(limiter.remembered(), 0);
        }
    }

    #[test]
    fn two_threads_do_not_get_more_than_the_burst() {
        let limiter = limiter(1, 1000);
        let passed: usize = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..4).map(|_| scope.spawn(|| passed(&limiter, "a", 1000, NOW_MS))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(passed, 1000);
    }

    #[test]
    fn million_addresses_do_not_grow_the_table() {
        let limiter = RateLimiter::new(Rate::new(300, MINUTE, 100), 65_536);
        let ask = |from: u128, to: u128| {
            for n in from..to {
                let address = std::net::Ipv6Addr::from(n << 64).into();
                limiter.check(&AddressBlock::of(address), NOW_MS).unwrap();
                assert!(limiter.remembered() <= 65_536);
            }
            limiter.memory_bytes()
        };
        let after_some = ask(1, 200_000);
        let after_a_million = ask(200_000, 1_000_001);
        println!("{} remembered in {after_a_million} bytes", limiter.remembered());
        assert!(after_a_million <= after_some * 5 / 4 && after_a_million < 10 << 20, "{after_a_million}");
    }

    #[test]
    fn address_that_keeps_asking_is_not_forgotten_for_new_ones() {
        let limiter = RateLimiter::new(Rate::new(60, MINUTE, 50), 1_000);
        let passed = (0..100_000_u32)
            .filter(|n| {
                limiter.check(&n.wrapping_add(1), NOW_MS).unwrap();
                n % 100 == 0 && limiter.check(&0, NOW_MS).is_ok()
            })
            .count();
        assert!(passed <= 50, "{passed} of 1000 passed while 100,000 others asked");
    }
}
