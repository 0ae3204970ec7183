//! The soft lock on guessing: a client that fails to log in again and again has to wait. Not the rate limits of requests
//! ([`super::rate_limiter`]), and never a lock on a key id alone, by which a stranger could lock a customer out.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::net::IpAddr;

use quick_cache::sync::{Cache, EntryAction, EntryResult};

use super::{AddressBlock, RetryAfter};

/// The first locks of a row; the last holds for all further ones. *Units*: milliseconds.
const LOCKS_MS: [i64; 4] = [1_000, 3_000, 5_000, 10_000];
/// A row that was left alone for so long is over. *Units*: milliseconds.
const ROW_ENDS_AFTER_MS: i64 = 15 * 60 * 1_000;

/// Counts failures in a row by client address and key id, in bounded memory.
pub struct FailureLock {
    free_failures: u32,
    /// Keyed so that nobody can aim at another's entry.
    hasher: RandomState,
    rows: Cache<(AddressBlock, u64), Row>,
}

/// The failures of one client with one key id since its last success.
#[derive(Clone, Copy)]
struct Row {
    failures: u32,
    last_failure_ms: i64,
    locked_until_ms: i64,
}

impl Row {
    const NONE: Self = Self { failures: 0, last_failure_ms: 0, locked_until_ms: 0 };

    fn after_failure(self, free_failures: u32, now_ms: i64) -> Self {
        let over = self.failures > 0 && now_ms.saturating_sub(self.last_failure_ms) >= ROW_ENDS_AFTER_MS;
        let failures = if over { 1 } else { self.failures.saturating_add(1) };
        let lock_ms = failures.checked_sub(free_failures).map_or(0, |step| {
            let step = usize::try_from(step).unwrap_or(usize::MAX);
            LOCKS_MS[step.min(LOCKS_MS.len() - 1)]
        });
        Self { failures, last_failure_ms: now_ms, locked_until_ms: now_ms.saturating_add(lock_ms) }
    }
}

impl FailureLock {
    /// A lock that closes with the `free_failures`-th failure in a row (0: never), and remembers at most `capacity`
    /// pairs of address and key id.
    pub fn new(free_failures: u32, capacity: usize) -> Self {
        Self { free_failures, hasher: RandomState::new(), rows: Cache::new(capacity) }
    }

    /// Whether the client may try now.
    ///
    /// *Errors*: how long it has to wait. Whoever is told so was not checked, and doesn't count as failed.
    pub fn check(&self, address: IpAddr, key_id: &str, now_ms: i64) -> Result<(), RetryAfter> {
        let Some(row) = self.rows.get(&self.key(address, key_id)) else { return Ok(()) };
        let wait_ms = row.locked_until_ms.saturating_sub(now_ms);
        // A longer wait than the longest lock means that the clock was set back: nobody waits for that.
        if (1..=LOCKS_MS[LOCKS_MS.len() - 1]).contains(&wait_ms) {
            Err(RetryAfter { seconds: wait_ms.unsigned_abs().div_ceil(1000) })
        } else {
            Ok(())
        }
    }

    /// Notes a failure.
    pub fn failed(&self, address: IpAddr, key_id: &str, now_ms: i64) {
        if self.free_failures == 0 {
            return;
        }
        let key = self.key(address, key_id);
        let entry = self.rows.entry(&key, None, |_, row| {
            *row = row.after_failure(self.free_failures, now_ms);
            EntryAction::Retain(())
        });
        if let EntryResult::Vacant(place) = entry {
            // Refused only if the cache was emptied meanwhile: then there is nothing to remember.
            let _ = place.insert(Row::NONE.after_failure(self.free_failures, now_ms));
        }
    }

    /// Notes a success: the row of failures is over.
    pub fn succeeded(&self, address: IpAddr, key_id: &str) {
        self.rows.remove(&self.key(address, key_id));
    }

    fn key(&self, address: IpAddr, key_id: &str) -> (AddressBlock, u64) {
        (AddressBlock::of(address), self.hasher.hash_one(key_id))
    }
}

impl fmt::Debug for FailureLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FailureLock").field("free_failures", &self.free_failures).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const NOW_MS: i64 = 1_700_000_000_000;
    const KEY: &str = "mdl_key_0000000000000000000000";

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn client() -> IpAddr {
        address("192.0.2.1")
    }

    fn locked(failures: u32) -> FailureLock {
        let lock = FailureLock::new(5, 1024);
        for _ in 0..failures {
            lock.failed(client(), KEY, NOW_MS);
        }
        lock
    }

    fn wait_seconds(lock: &FailureLock, now_ms: i64) -> u64 {
        lock.check(client(), KEY, now_ms).err().map_or(0, |retry_after| retry_after.seconds)
    }

    #[test]
    fn lock_grows_with_failures_in_a_row() {
        let waits: Vec<_> = (0..=10).map(|failures| wait_seconds(&locked(failures), NOW_MS)).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 3, 5, 10, 10, 10]);
    }

    #[test]
    fn lock_opens_when_its_time_is_over() {
        let lock = locked(8);
        assert_eq!(wait_seconds(&lock, NOW_MS + 9_999), 1);
        assert_eq!(wait_seconds(&lock, NOW_MS + 10_000), 0);
    }

    #[test]
    fn row_goes_on_after_a_lock_has_opened() {
        let lock = locked(6);
        lock.failed(client(), KEY, NOW_MS + 60_000);
        assert_eq!(wait_seconds(&lock, NOW_MS + 60_000), 5);
    }

    #[test]
    fn row_ends_with_a_success() {
        let lock = locked(8);
        lock.succeeded(client(), KEY);
        assert_eq!(wait_seconds(&lock, NOW_MS), 0);
        lock.failed(client(), KEY, NOW_MS);
        assert_eq!(wait_seconds(&lock, NOW_MS), 0);
    }

    #[test]
    fn row_ends_when_left_alone() {
        let lock = locked(8);
        lock.failed(client(), KEY, NOW_MS + ROW_ENDS_AFTER_MS);
        assert_eq!(wait_seconds(&lock, NOW_MS + ROW_ENDS_AFTER_MS), 0);
    }

    #[test]
    fn other_address_and_other_key_are_not_locked() {
        let lock = locked(8);
        assert!(lock.check(address("192.0.2.2"), KEY, NOW_MS).is_ok());
        assert!(lock.check(client(), "mdl_key_1111111111111111111111", NOW_MS).is_ok());
    }

    #[test]
    fn ipv6_addresses_of_one_network_share_a_lock() {
        let lock = FailureLock::new(1, 16);
        lock.failed(address("2001:db8:1:2::1"), KEY, NOW_MS);
        assert!(lock.check(address("2001:db8:1:2:ffff::9"), KEY, NOW_MS).is_err());
        assert!(lock.check(address("2001:db8:1:3::1"), KEY, NOW_MS).is_ok());
    }

    #[test]
    fn ipv4_address_in_ipv6_clothes_is_the_same_client() {
        let lock = locked(8);
        assert!(lock.check(address("::ffff:192.0.2.1"), KEY, NOW_MS).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let lock = FailureLock::new(1, 100);
        for n in 0..10_000_u32 {
            lock.failed(IpAddr::V4(Ipv4Addr::from(n)), KEY, NOW_MS);
        }
        assert!(lock.rows.len() <= 100);
    }

    #[test]
    fn hour_of_guessing_gets_few_guesses_through() {
        let lock = FailureLock::new(5, 1024);
        let guesses = (0..36_000).filter(|tick| {
            let now_ms = NOW_MS + tick * 100;
            let passes = lock.check(client(), KEY, now_ms).is_ok();
            if passes {
                lock.failed(client(), KEY, now_ms);
            }
            passes
        });
        assert_eq!(guesses.count(), 5 + 3 + 360 - 1);
        assert!(lock.check(address("192.0.2.2"), KEY, NOW_MS + 3_600_000).is_ok(), "the owner, elsewhere");
    }

    #[test]
    fn wait_that_was_named_is_enough() {
        for failures in 5..=9 {
            let lock = locked(failures);
            let wait_ms = i64::try_from(wait_seconds(&lock, NOW_MS + 1)).unwrap() * 1000;
            assert_eq!(wait_seconds(&lock, NOW_MS + 1 + wait_ms), 0, "{failures} failures");
        }
    }

    #[test]
    fn lock_that_is_off_never_closes() {
        let lock = FailureLock::new(0, 16);
        (0..100).for_each(|_| lock.failed(client(), KEY, NOW_MS));
        assert_eq!((wait_seconds(&lock, NOW_MS), lock.rows.len()), (0, 0));
    }

    #[test]
    fn clock_set_back_leaves_nobody_locked() {
        assert_eq!(wait_seconds(&locked(8), NOW_MS - 3_600_000), 0);
    }
}
