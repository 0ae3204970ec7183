//! When a delivery is tried again: soon at first, then ever more seldom, for three days.

use mudlark_types::WebhookDeliveryId;

/// How long a delivery is tried. *Units*: milliseconds.
pub(crate) const GIVE_UP_AFTER_MS: i64 = 3 * 24 * 60 * 60 * 1000;
/// *Units*: milliseconds.
const FIRST_MS: i64 = 5_000;
/// *Units*: milliseconds.
const LONGEST_MS: i64 = 8 * 60 * 60 * 1000;

/// How long to wait after the `failed`th attempt (from 1) in a row: 5 seconds, then four times as long each time, up to
/// 8 hours. *Units*: milliseconds.
///
/// Up to a fifth more, by the delivery: a receiver that was away doesn't get all it missed in one moment.
pub(crate) fn delay_ms(failed: i64, delivery: WebhookDeliveryId) -> i64 {
    let steps = u32::try_from(failed.clamp(1, 16) - 1).unwrap_or(0);
    let delay = FIRST_MS.saturating_mul(4_i64.saturating_pow(steps)).min(LONGEST_MS);
    let spread = i64::from(delivery.as_uuid().as_bytes()[15]);
    delay + delay * spread / (5 * 256)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn attempts_become_seldom_and_go_on_for_three_days() {
        for id in [Uuid::from_u128(0), Uuid::from_u128(0xff)] {
            let delays: Vec<i64> = (1..).map(|failed| delay_ms(failed, id.into())).take(40).collect();
            assert!(delays.is_sorted() && delays[0] < 7_000, "{delays:?}");
            let mut elapsed = 0;
            let tried = delays.iter().take_while(|delay| {
                elapsed += **delay;
                elapsed < GIVE_UP_AFTER_MS
            });
            let tried = tried.count();
            assert!((13..=16).contains(&tried), "{tried}");
        }
        assert_eq!(delay_ms(i64::MAX, Uuid::nil().into()), LONGEST_MS);
    }
}
