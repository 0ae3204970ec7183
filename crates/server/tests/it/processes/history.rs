//! What clients were told, recorded while things failed, and whether the promises held: versions are numbered without gap
//! or double and none that was acknowledged is lost; a lock is one client's at a time, and its fence grows.

use std::collections::BTreeMap;
use std::time::Instant;

/// What a client knows of a request in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was answered: it is the version of this number.
    Done(i64),
    /// It was answered that it has no effect.
    Refused,
    /// The server itself can't say.
    Unknown,
}

/// A version put to an asset under an idempotency key, however often it had to be sent.
#[derive(Clone, Debug)]
pub(super) struct Put {
    /// Its own, which no other put has.
    pub(super) content: String,
    pub(super) begun: Instant,
    pub(super) ended: Instant,
    pub(super) outcome: Outcome,
}

/// A lock that a client held.
#[derive(Clone, Debug)]
pub(super) struct Held {
    #[expect(dead_code, reason = "shown where a promise is broken")]
    pub(super) client: usize,
    pub(super) fence: i64,
    /// When it was told that it has the lock.
    pub(super) from: Instant,
    /// When it began to give it back.
    pub(super) until: Instant,
}

/// Holds all puts to one asset against the versions that it has in the end, each with its number and content.
pub(super) fn check_versions(puts: &[Put], found: &[(i64, String)]) -> Result<(), String> {
    let mut numbers: Vec<i64> = found.iter().map(|(number, _)| *number).collect();
    numbers.sort_unstable();
    if let Some((due, number)) = (1..).zip(&numbers).find(|(due, number)| due != *number) {
        return Err(format!("version {number} stands where {due} should: a gap or a double"));
    }
    let mut by_content: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for (number, content) in found {
        by_content.entry(content).or_default().push(*number);
    }
    for put in puts {
        let effects = by_content.remove(put.content.as_str()).unwrap_or_default();
        let is_as_told = match put.outcome {
            Outcome::Done(number) => effects == [number],
            Outcome::Refused => effects.is_empty(),
            Outcome::Unknown => effects.len() <= 1,
        };
        if !is_as_told {
            return Err(format!("{put:?} is there as {effects:?}"));
        }
    }
    if let Some(stranger) = by_content.keys().next() {
        return Err(format!("nobody put {stranger}"));
    }
    let mut done: Vec<(Instant, Instant, i64)> = Vec::new();
    for put in puts {
        if let Outcome::Done(number) = put.outcome {
            done.push((put.begun, put.ended, number));
        }
    }
    for (begun, _, number) in &done {
        let later = done.iter().find(|(_, ended, other)| ended < begun && other > number);
        if let Some((_, _, other)) = later {
            return Err(format!("{other} was acknowledged before {number} was asked for"));
        }
    }
    Ok(())
}

/// Holds the times at which one lock was held against each other.
pub(super) fn check_locks(held: &[Held]) -> Result<(), String> {
    let mut held: Vec<&Held> = held.iter().collect();
    held.sort_by_key(|held| held.from);
    for pair in held.windows(2) {
        let (earlier, later) = (pair[0], pair[1]);
        if later.from < earlier.until {
            return Err(format!("two held it at once: {earlier:?} and {later:?}"));
        }
        if later.fence <= earlier.fence {
            return Err(format!("the fence did not grow: {earlier:?}, then {later:?}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(ms: u64) -> Instant {
        static ZERO: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        *ZERO.get_or_init(Instant::now) + Duration::from_millis(ms)
    }

    fn put(content: &str, begun: u64, ended: u64, outcome: Outcome) -> Put {
        Put { content: content.to_owned(), begun: at(begun), ended: at(ended), outcome }
    }

    fn held(client: usize, fence: i64, from: u64, until: u64) -> Held {
        Held { client, fence, from: at(from), until: at(until) }
    }

    fn found(versions: &[(i64, &str)]) -> Vec<(i64, String)> {
        versions.iter().map(|(number, content)| (*number, (*content).to_owned())).collect()
    }

    #[test]
    fn history_that_keeps_the_promises_passes() {
        let puts = [
            put("a", 0, 2, Outcome::Done(1)),
            put("b", 1, 3, Outcome::Done(3)),
            put("c", 1, 9, Outcome::Unknown),
            put("d", 4, 5, Outcome::Refused),
            put("e", 4, 5, Outcome::Unknown),
        ];
        assert_eq!(check_versions(&puts, &found(&[(1, "a"), (2, "c"), (3, "b")])), Ok(()));
        assert_eq!(check_locks(&[held(2, 4, 5, 6), held(1, 3, 0, 5), held(1, 7, 6, 9)]), Ok(()));
    }

    #[test]
    fn each_broken_promise_is_seen() {
        let one = [put("a", 0, 1, Outcome::Done(1))];
        for (puts, versions, says) in [
            (&one[..], &[][..], "is there as []"),
            (&one, &[(2, "a")], "a gap or a double"),
            (&one, &[(1, "a"), (1, "b")], "a gap or a double"),
            (&one, &[(1, "a"), (2, "a")], "is there as [1, 2]"),
            (&one, &[(1, "a"), (2, "b")], "nobody put b"),
            (&[put("a", 0, 1, Outcome::Refused)], &[(1, "a")], "is there as [1]"),
            (&[put("a", 0, 1, Outcome::Unknown)], &[(1, "a"), (2, "a")], "is there as [1, 2]"),
            (
                &[put("a", 0, 1, Outcome::Done(2)), put("b", 2, 3, Outcome::Done(1))],
                &[(1, "b"), (2, "a")],
                "acknowledged before",
            ),
        ] {
            let seen = check_versions(puts, &found(versions)).unwrap_err();
            assert!(seen.contains(says), "{seen}");
        }
        for (locks, says) in [
            ([held(1, 1, 0, 5), held(2, 2, 4, 6)], "at once"),
            ([held(1, 2, 0, 5), held(2, 2, 5, 6)], "did not grow"),
            ([held(1, 2, 0, 5), held(2, 1, 5, 6)], "did not grow"),
        ] {
            let seen = check_locks(&locks).unwrap_err();
            assert!(seen.contains(says), "{seen}");
        }
    }
}
