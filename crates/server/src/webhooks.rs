//! Telling others of what happens in a workspace: which events are told to whom, the messages, where they may go, and
//! when they are tried again. A webhook itself is made and changed in `http::webhooks`.
//! *Source*: wire contract, section 5; Standard Webhooks 1.0.0.
//!
//! Events are read from the log that each change writes, behind a mark that each webhook has, so that a change costs
//! the same whether webhooks tell of it or not, and nothing is lost in a crash. A delivery is taken for a minute by
//! whoever tries it; several processes share the work so. What was sent and not noted before a crash is sent again:
//! at least once, with the same id.

pub(crate) mod confidential;
pub(crate) mod dispatch;
pub(crate) mod egress;
mod message;
mod send;

use crate::back_off::BackOff;

/// How long a delivery is tried. *Units*: milliseconds.
pub(crate) const GIVE_UP_AFTER_MS: i64 = 3 * 24 * 60 * 60 * 1000;
/// When a delivery is tried again.
const BACK_OFF: BackOff = BackOff { first_ms: 5_000, factor: 4, longest_ms: 8 * 60 * 60 * 1000 };

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn attempts_become_seldom_and_go_on_for_three_days() {
        for id in [Uuid::from_u128(0), Uuid::from_u128(0xff)] {
            let delays: Vec<i64> = (1..).map(|failed| BACK_OFF.delay_ms(failed, id)).take(40).collect();
            assert!(delays.is_sorted() && delays[0] < 7_000, "{delays:?}");
            let mut elapsed = 0;
            let tried = delays.iter().take_while(|delay| {
                elapsed += **delay;
                elapsed < GIVE_UP_AFTER_MS
            });
            let tried = tried.count();
            assert!((13..=16).contains(&tried), "{tried}");
        }
    }
}
