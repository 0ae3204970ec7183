//! Which step comes next, and when; and that any number of processes may take it at once.

use std::sync::Arc;

use SigningKeyState::{Active, Next, Retired};

use super::*;

const NOW_MS: i64 = 1_800_000_000_000;
const DAYS: u32 = 60;

fn key(kid: &str, state: SigningKeyState, since_ms: i64) -> SigningKeyRow {
    SigningKeyRow {
        kid: kid.to_owned(),
        state,
        public_jwk: String::new(),
        sealed_private: None,
        created_at_ms: since_ms,
        activated_at_ms: (state != SigningKeyState::Next).then_some(since_ms),
        retired_at_ms: (state == SigningKeyState::Retired).then_some(since_ms),
    }
}

#[test]
fn without_any_key_one_begins_at_once() {
    assert_eq!(upcoming(&[], DAYS), Some((i64::MIN, Step::Begin)));
    let revoked = [key("r", SigningKeyState::Revoked, NOW_MS)];
    assert_eq!(upcoming(&revoked, DAYS), Some((i64::MIN, Step::Begin)));
}

#[test]
fn next_key_is_published_an_hour_before_the_active_one_is_too_old() {
    let keys = [key("a", SigningKeyState::Active, NOW_MS)];

    let (at_ms, step) = upcoming(&keys, DAYS).unwrap();

    assert_eq!((at_ms, step), (NOW_MS + 60 * DAY_MS - 3_600_000, Step::Announce));
}

#[test]
fn next_key_signs_an_hour_after_it_was_published() {
    let keys = [key("a", SigningKeyState::Active, NOW_MS), key("n", SigningKeyState::Next, NOW_MS + 7)];

    let step = Step::Promote { next: "n".into() };
    assert_eq!(upcoming(&keys, DAYS), Some((NOW_MS + 7 + 3_600_000, step.clone())));
    assert_eq!(upcoming(&keys[1..], DAYS), Some((i64::MIN, step)), "at once where nothing signs");
}

#[test]
fn retired_key_is_published_for_the_longest_token_and_five_minutes() {
    let retired = key("r", SigningKeyState::Retired, NOW_MS);
    let until_ms = NOW_MS + 86_400_000 + 300_000;

    assert!(is_published(&retired, until_ms - 1) && !is_published(&retired, until_ms));
    let keys = [key("a", SigningKeyState::Active, NOW_MS), retired];
    assert_eq!(upcoming(&keys, DAYS), Some((until_ms, Step::Forget { retired: "r".into() })));
}

#[test]
fn keys_are_published_in_every_state_but_revoked() {
    for (state, published) in [
        (SigningKeyState::Next, true),
        (SigningKeyState::Active, true),
        (SigningKeyState::Retired, true),
        (SigningKeyState::Revoked, false),
    ] {
        assert_eq!(is_published(&key("k", state, NOW_MS), NOW_MS), published, "{state:?}");
    }
}

async fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::TempDir::new().unwrap();
    let store = Store::open_sqlite(&folder.path().join("d.sqlite3")).await.unwrap();
    (folder, store)
}

async fn states(store: &Store) -> Vec<SigningKeyState> {
    let keys = store.read().await.unwrap().list_signing_keys().await.unwrap();
    keys.iter().map(|key| key.state).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn step_is_taken_once_however_many_take_it_together() {
    let (_folder, store) = store().await;
    let vault = Arc::new(Vault::generate());
    let together = async |now_ms| {
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let (store, vault) = (store.clone(), Arc::clone(&vault));
                tokio::spawn(async move { advance(&store, &vault, now_ms, DAYS).await.unwrap() })
            })
            .collect();
        let mut taken = 0;
        for task in tasks {
            taken += usize::from(task.await.unwrap().is_some());
        }
        taken
    };
    let hour = PUBLISHED_BEFORE_USE_MS;
    let due_ms = NOW_MS + 60 * DAY_MS;
    for (now_ms, taken, expected) in [
        (NOW_MS, 1, vec![Active]),
        (due_ms - hour - 1, 0, vec![Active]),
        (due_ms - hour, 1, vec![Active, Next]),
        (due_ms - 1, 0, vec![Active, Next]),
        (due_ms, 1, vec![Retired, Active]),
        (due_ms + PUBLISHED_AFTER_USE_MS - 1, 0, vec![Retired, Active]),
        (due_ms + PUBLISHED_AFTER_USE_MS, 1, vec![Active]),
    ] {
        assert_eq!((together(now_ms).await, states(&store).await), (taken, expected), "{now_ms}");
    }
}

#[tokio::test]
async fn private_part_of_a_retired_key_is_destroyed() {
    let (_folder, store) = store().await;
    let vault = Vault::generate();
    let first = ready(&store, &vault, NOW_MS, DAYS).await.unwrap();
    let next = announce(&store, &vault, NOW_MS).await.unwrap();
    assert_eq!(next.active_from_ms, NOW_MS + 3_600_000);
    assert_eq!(announce(&store, &vault, NOW_MS + 1).await.unwrap().kid, next.kid, "one waits, no more");

    promote(&store, &vault, &next.kid, NOW_MS + 5).await.unwrap();

    let keys = store.read().await.unwrap().list_signing_keys().await.unwrap();
    let old = keys.iter().find(|key| key.kid == first.kid()).unwrap();
    assert_eq!((old.state, &old.sealed_private), (SigningKeyState::Retired, &None));
    assert!(open(&vault, old).is_err());
    assert_eq!(ready(&store, &vault, NOW_MS + 6, DAYS).await.unwrap().kid(), next.kid);
}

#[tokio::test]
async fn revoked_key_that_signed_is_replaced_in_the_same_step() {
    let (_folder, store) = store().await;
    let vault = Vault::generate();
    let first = ready(&store, &vault, NOW_MS, DAYS).await.unwrap();

    revoke(&store, &vault, first.kid(), NOW_MS).await.unwrap();
    let second = ready(&store, &vault, NOW_MS, DAYS).await.unwrap();
    assert_ne!(second.kid(), first.kid());
    let next = announce(&store, &vault, NOW_MS).await.unwrap();
    revoke(&store, &vault, second.kid(), NOW_MS).await.unwrap();

    assert_eq!(ready(&store, &vault, NOW_MS, DAYS).await.unwrap().kid(), next.kid);
    // Of a key that signs no more, or not yet, nothing else changes.
    revoke(&store, &vault, first.kid(), NOW_MS).await.unwrap();
    let waiting = announce(&store, &vault, NOW_MS).await.unwrap();
    revoke(&store, &vault, &waiting.kid, NOW_MS).await.unwrap();
    assert_eq!(ready(&store, &vault, NOW_MS, DAYS).await.unwrap().kid(), next.kid);
}
