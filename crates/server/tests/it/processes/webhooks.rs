//! Webhooks that two processes look after: each event is told once, and what a killed one was about is told by the other.

use std::collections::{BTreeMap, BTreeSet};

use mudlark_store::scratch;
use serde_json::{Value, json};

use super::fleet::Fleet;
use crate::support::{Actor, Receiver, text, wait_for};

const WEBHOOKS: &str = "/workspaces/webhooks";
/// Attempts at once of one webhook, in each process.
const AT_ONCE: usize = 4;
/// Longer than a delivery is kept from others. *Units*: milliseconds.
const CLAIM_MS: i64 = 61_000;

async fn make_webhook(admin: &Actor, receiver: &Receiver) -> String {
    let webhook = json!({"name": "bot", "url": receiver.url, "events": ["tag_created"]});
    let made = admin.post(WEBHOOKS).json(&webhook).send().await.ok();
    format!("{WEBHOOKS}/{}", text(&made, "id"))
}

async fn make_tags(admin: &Actor, prefix: &str, count: usize) -> BTreeSet<String> {
    let mut made = BTreeSet::new();
    for number in 0..count {
        let tag = json!({"name": format!("{prefix} {number}")});
        let tag = admin.post("/workspaces/tags").json(&tag).send().await.ok();
        made.insert(text(&tag, "id").to_owned());
    }
    made
}

/// All deliveries of the webhook, once none is pending.
async fn finished(admin: &Actor, webhook: &str) -> Vec<Value> {
    let patience = std::time::Duration::from_secs(30);
    let looking = async {
        loop {
            let listed = admin.get(&format!("{webhook}/deliveries?limit=100")).send().await.ok();
            let listed = listed.as_array().unwrap().clone();
            if listed.iter().all(|delivery| delivery["state"] == "delivered") {
                return listed;
            }
        }
    };
    tokio::time::timeout(patience, looking).await.expect("all are delivered in time")
}

/// Takes the next messages, and counts for each id how often it came, and for what.
async fn receive(receiver: &mut Receiver, count: usize, told: &mut BTreeMap<String, Vec<String>>) {
    for _ in 0..count {
        let message = receiver.next().await;
        let about = text(&message.json()["payload"], "recordId").to_owned();
        told.entry(message.header("webhook-id").to_owned()).or_default().push(about);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_event_is_told_once_by_two_processes_that_both_make_events() {
    const EACH: usize = 25;
    let fleet = Fleet::start(2);
    let (_, actors) = fleet.new_actors().await;
    let mut receiver = Receiver::start().await;
    let webhook = make_webhook(&actors[0], &receiver).await;

    let making = (make_tags(&actors[0], "one", EACH), make_tags(&actors[1], "other", EACH));
    let (mut made, others) = tokio::join!(making.0, making.1);
    made.extend(others);
    let mut told = BTreeMap::new();
    receive(&mut receiver, 2 * EACH, &mut told).await;

    let deliveries = finished(&actors[1], &webhook).await;
    assert!(!receiver.has_more(), "nothing came twice");
    assert_eq!(told.len(), 2 * EACH, "each message has an id of its own");
    let about: BTreeSet<String> = told.values().flatten().cloned().collect();
    assert_eq!(about, made);
    let listed: BTreeSet<String> =
        deliveries.iter().map(|delivery| text(delivery, "id").to_owned()).collect();
    assert_eq!(listed, told.into_keys().collect());
    assert!(deliveries.iter().all(|delivery| delivery["attempts"] == 1), "{deliveries:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_process_was_telling_is_told_by_the_other_with_the_same_ids() {
    const EVENTS: usize = 3 * AT_ONCE;
    let mut fleet = Fleet::start(2);
    let (_, actors) = fleet.new_actors().await;
    let survivor = &actors[1];
    let mut receiver = Receiver::start().await;
    receiver.hold();
    let webhook = make_webhook(survivor, &receiver).await;
    let made = make_tags(survivor, "tag", EVENTS).await;
    // Both are at it, and wait for answers.
    let mut told = BTreeMap::new();
    receive(&mut receiver, 2 * AT_ONCE, &mut told).await;

    fleet.programs[0].kill();
    receiver.release();
    // The other's own, which it was not answered before; and those that nobody had begun.
    receive(&mut receiver, EVENTS - 2 * AT_ONCE, &mut told).await;
    assert!(told.len() == EVENTS && told.values().all(|times| times.len() == 1), "{told:?}");
    // What the dead one had taken comes after its time.
    wait_for(scratch::advance_deliveries(&fleet.url, CLAIM_MS)).unwrap();
    receive(&mut receiver, AT_ONCE, &mut told).await;

    let deliveries = finished(survivor, &webhook).await;
    assert!(!receiver.has_more());
    assert_eq!(deliveries.len(), EVENTS);
    assert!(deliveries.iter().all(|delivery| delivery["attempts"] == 1), "noted once: {deliveries:?}");
    let repeated: Vec<_> = told.values().filter(|times| times.len() == 2 && times[0] == times[1]).collect();
    assert_eq!(repeated.len(), AT_ONCE, "what was under way, and no more: {told:?}");
    assert_eq!(told.into_values().flatten().collect::<BTreeSet<_>>(), made);
}
