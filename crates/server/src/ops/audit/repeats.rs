//! Bounds what refusals can write: of those that are alike (address block, action, reason, account) a handful a minute
//! gets a line each, the rest one line together. Without it anybody could fill the disk. Called for every refusal.

use std::collections::HashMap;
use std::net::Ipv6Addr;

use mudlark_auth::AddressBlock;
use mudlark_types::{AccountId, AuditAction, Timestamp};
use serde_json::json;

use super::{Actor, Entry};

/// Lines of their own that refusals of one kind get in a minute.
const SINGLY: u32 = 5;
/// Lines of their own that all refusals together get in a minute.
const SINGLY_IN_ALL: u32 = 600;
/// Kinds that are told apart in a minute; the rest are counted by action and reason alone.
const KINDS: usize = 1024;
/// *Units*: milliseconds.
const MINUTE_MS: i64 = 60_000;

/// What makes refusals alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Kind {
    block: Option<AddressBlock>,
    action: AuditAction,
    reason: &'static str,
    account_id: Option<AccountId>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    since_ms: i64,
    last_ms: i64,
    singly: u32,
    /// Those without a line of their own.
    together: u64,
}

/// The refusals of the last minute.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    kinds: HashMap<Kind, Seen>,
    minute_since_ms: i64,
    singly_in_minute: u32,
}

impl Repeats {
    /// Notes a refusal. Whether it gets a line of its own; if not, it is in the count that [`Repeats::take_due`] gives.
    pub(crate) fn gets_line(&mut self, refusal: &Entry) -> bool {
        let now_ms = refusal.at_ms;
        if is_over(self.minute_since_ms, now_ms) {
            (self.minute_since_ms, self.singly_in_minute) = (now_ms, 0);
        }
        let mut kind = Kind {
            block: refusal.actor.origin.address.map(AddressBlock::of),
            action: refusal.action,
            reason: refusal.refused.unwrap_or_default(),
            account_id: refusal.account_id,
        };
        if self.kinds.len() >= KINDS && !self.kinds.contains_key(&kind) {
            kind = Kind { block: None, account_id: None, ..kind };
        }
        let fresh = Seen { since_ms: now_ms, last_ms: now_ms, singly: 0, together: 0 };
        let seen = self.kinds.entry(kind).or_insert(fresh);
        seen.last_ms = now_ms;
        if seen.singly < SINGLY && self.singly_in_minute < SINGLY_IN_ALL {
            seen.singly += 1;
            self.singly_in_minute += 1;
            return true;
        }
        seen.together += 1;
        false
    }

    /// The lines that stand for many, of the minutes that are over at this time; of all minutes, at the end.
    pub(crate) fn take_due(&mut self, now_ms: i64, at_end: bool) -> Vec<Entry> {
        let mut lines = Vec::new();
        self.kinds.retain(|kind, seen| {
            let due = at_end || is_over(seen.since_ms, now_ms);
            if due && seen.together > 0 {
                lines.push(together(kind, seen, now_ms));
            }
            !due
        });
        lines
    }
}

/// Also where the clock was set back.
fn is_over(since_ms: i64, now_ms: i64) -> bool {
    !(0..MINUTE_MS).contains(&(now_ms - since_ms))
}

fn together(kind: &Kind, seen: &Seen, now_ms: i64) -> Entry {
    let details = json!({
        "count": seen.together,
        "since": Timestamp(seen.since_ms),
        "until": Timestamp(seen.last_ms),
        "block": kind.block.map(block_text),
    });
    Entry {
        refused: Some(kind.reason),
        ..Entry::new(now_ms, kind.action, kind.account_id, Actor::default()).with(details)
    }
}

fn block_text(block: AddressBlock) -> String {
    match block {
        AddressBlock::V4(address) => address.to_string(),
        AddressBlock::V6([a, b, c, d]) => format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Origin;
    use super::*;

    const NOW_MS: i64 = 1_700_000_000_000;

    fn refusal(address: &str, reason: &'static str, at_ms: i64) -> Entry {
        let origin = Origin { address: Some(address.parse().unwrap()), ..Origin::default() };
        let actor = Actor::client(None, None, origin);
        Entry { refused: Some(reason), ..Entry::new(at_ms, AuditAction::RequestRefused, None, actor) }
    }

    fn count(repeats: &mut Repeats, refusals: impl Iterator<Item = Entry>) -> usize {
        refusals.filter(|refusal| repeats.gets_line(refusal)).count()
    }

    #[test]
    fn handful_gets_lines_and_the_rest_one_line_with_their_number() {
        let mut repeats = Repeats::default();
        let alike = (0..1000).map(|n| refusal(&format!("2001:db8::{n:x}"), "expired", NOW_MS + n));

        assert_eq!(count(&mut repeats, alike), 5);

        assert_eq!(repeats.take_due(NOW_MS + MINUTE_MS - 1, false).len(), 0);
        let due = repeats.take_due(NOW_MS + MINUTE_MS, false);
        assert_eq!(due.len(), 1);
        assert_eq!((due[0].refused, due[0].action), (Some("expired"), AuditAction::RequestRefused));
        assert_eq!(due[0].details["count"], 995);
        assert_eq!(due[0].details["block"], "2001:db8::/64");
        assert_eq!(repeats.take_due(NOW_MS + MINUTE_MS, true).len(), 0);
        assert!(repeats.gets_line(&refusal("2001:db8::1", "expired", NOW_MS + MINUTE_MS)));
    }

    #[test]
    fn other_reasons_and_addresses_have_lines_of_their_own() {
        let mut repeats = Repeats::default();
        count(&mut repeats, (0..100).map(|_| refusal("192.0.2.1", "expired", NOW_MS)));

        assert!(repeats.gets_line(&refusal("192.0.2.1", "bad_signature", NOW_MS)));
        assert!(repeats.gets_line(&refusal("192.0.2.2", "expired", NOW_MS)));
        assert!(!repeats.gets_line(&refusal("::ffff:192.0.2.1", "expired", NOW_MS)));
    }

    #[test]
    fn what_a_million_addresses_can_write_is_bounded_and_all_are_counted() {
        let mut repeats = Repeats::default();
        let address = |n: u32| std::net::Ipv4Addr::from(n).to_string();

        let singly = count(&mut repeats, (0..1_000_000).map(|n| refusal(&address(n), "no_token", NOW_MS)));

        assert!(repeats.kinds.len() <= KINDS + 1);
        assert_eq!(singly, 600);
        let due = repeats.take_due(NOW_MS, true);
        let together: u64 = due.iter().map(|line| line.details["count"].as_u64().unwrap()).sum();
        assert_eq!(singly as u64 + together, 1_000_000);
        assert!(due.len() <= KINDS + 1);
    }

    #[test]
    fn clock_set_back_ends_the_minute() {
        let mut repeats = Repeats::default();
        count(&mut repeats, (0..9).map(|_| refusal("192.0.2.1", "expired", NOW_MS)));
        assert_eq!(repeats.take_due(NOW_MS - 1, false).len(), 1);
    }
}
