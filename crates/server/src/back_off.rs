//! When what has failed is tried again: soon at first, then ever more seldom. For deliveries of webhooks and for jobs.

use uuid::Uuid;

/// How the pauses grow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BackOff {
    /// The first pause. *Units*: milliseconds.
    pub(crate) first_ms: i64,
    /// How many times as long each pause is as the one before.
    pub(crate) factor: i64,
    /// The longest pause. *Units*: milliseconds.
    pub(crate) longest_ms: i64,
}

impl BackOff {
    /// How long to wait after the `failed`th attempt (from 1) in a row. *Units*: milliseconds.
    ///
    /// Up to a fifth more, by the id of what is tried: what failed in one moment isn't tried again in one moment.
    pub(crate) fn delay_ms(self, failed: i64, id: Uuid) -> i64 {
        let steps = u32::try_from(failed.clamp(1, 64) - 1).unwrap_or(0);
        let delay = self.first_ms.saturating_mul(self.factor.saturating_pow(steps)).min(self.longest_ms);
        let spread = i64::from(id.as_bytes()[15]);
        delay + delay * spread / (5 * 256)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACK_OFF: BackOff = BackOff { first_ms: 1_000, factor: 3, longest_ms: 60_000 };

    #[test]
    fn pauses_grow_up_to_the_longest() {
        let delays: Vec<i64> = (1..=7).map(|failed| BACK_OFF.delay_ms(failed, Uuid::nil())).collect();
        assert_eq!(delays, [1_000, 3_000, 9_000, 27_000, 60_000, 60_000, 60_000]);
        assert_eq!(BACK_OFF.delay_ms(i64::MAX, Uuid::nil()), 60_000);
    }

    #[test]
    fn what_failed_in_one_moment_is_spread_over_a_fifth_of_the_pause() {
        let delays = [0, 0x80, 0xff].map(|last| BACK_OFF.delay_ms(1, Uuid::from_u128(last)));
        assert_eq!(delays, [1_000, 1_100, 1_199]);
    }
}
