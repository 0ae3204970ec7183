//! Webhooks and their deliveries: each event is looked at once, each delivery tried by one at a time.

use mudlark_store::{
    AfterAttempt, NewEvent, NewWebhookDelivery, Page, ReplayedDeliveries, Store, WebhookAttemptRow,
    WebhookChanges, WebhookDeliveryRow, WebhookRow,
};
use mudlark_types::{EventType, EventTypes, WebhookDeliveryState, WebhookId};

use crate::on_both_databases;
use crate::world::{NOW, World, id};

on_both_databases!(
    webhook_is_kept_changed_and_deleted_in_its_workspace,
    webhook_is_behind_until_its_events_were_looked_at,
    looking_twice_from_the_same_mark_does_nothing,
    delivery_is_tried_by_one_at_a_time_and_again_when_it_is_due,
    attempt_that_was_overtaken_leaves_the_state_alone,
    given_up_deliveries_are_replayed_and_old_ones_forgotten,
    webhook_of_a_closed_place_tells_nothing,
);

/// A webhook that tells of tags.
pub(crate) fn webhook(world: &World, number: u128) -> WebhookRow {
    WebhookRow {
        id: id(number),
        account_id: world.account,
        workspace_id: world.workspace,
        name: "bot".into(),
        url: "https://bot.example/".into(),
        event_types: EventTypes::from_iter([EventType::TagCreated, EventType::WebhookDeleted]),
        is_enabled: true,
        allow_sensitive_data: false,
        sealed: vec![1, 2, 3],
        previous_secret_until_ms: None,
        queued_sequence: 1,
        queued_event_id: id(u128::MAX),
        created_by_user_id: world.user,
        sequence: 1,
        created_at_ms: NOW,
        updated_at_ms: NOW,
    }
}

fn event(world: &World, number: u128) -> NewEvent {
    NewEvent {
        id: id(number),
        workspace_id: Some(world.workspace),
        asset_id: None,
        about_user_id: None,
        event_type: EventType::TagCreated,
        record_id: id(9),
        data: "{}".into(),
    }
}

fn told(number: u128) -> NewWebhookDelivery {
    NewWebhookDelivery {
        id: id(number),
        event_sequence: 2,
        event_id: id(number),
        event_type: EventType::TagCreated,
    }
}

fn attempt(at_ms: i64) -> WebhookAttemptRow {
    WebhookAttemptRow {
        number: 1,
        attempted_at_ms: at_ms,
        took_ms: 5,
        status: Some(500),
        error: Some("500".into()),
    }
}

/// A webhook with this many deliveries that are due.
async fn queued(store: &Store, count: u128) -> (World, WebhookRow) {
    let world = World::make(store).await;
    let webhook = webhook(&world, 0x50);
    let mut tx = store.begin().await.unwrap();
    tx.insert_webhook(&webhook).await.unwrap();
    let deliveries: Vec<_> = (0..count).map(|number| told(0x60 + number)).collect();
    assert!(tx.queue_webhook_deliveries(&webhook, (2, id(0x60)), &deliveries, NOW, NOW + 100).await.unwrap());
    tx.commit().await.unwrap();
    (world, webhook)
}

async fn due(store: &Store, webhook: &WebhookRow, now_ms: i64) -> Vec<WebhookDeliveryRow> {
    let mut session = store.read().await.unwrap();
    session.list_due_webhook_deliveries(webhook.id, now_ms, 10).await.unwrap()
}

async fn webhook_is_kept_changed_and_deleted_in_its_workspace(store: Store) {
    let (here, there) = (World::make(&store).await, World::make_at(&store, crate::world::SECOND).await);
    let kept = webhook(&here, 0x50);
    let mut tx = store.begin().await.unwrap();
    tx.insert_webhook(&kept).await.unwrap();
    tx.insert_webhook(&webhook(&there, 0x51)).await.unwrap();
    assert_eq!(tx.find_webhook(here.workspace, kept.id).await.unwrap().as_ref(), Some(&kept));
    assert_eq!(tx.find_webhook(there.workspace, kept.id).await.unwrap(), None);
    assert_eq!(tx.list_webhooks(here.workspace, Page::first(5)).await.unwrap(), std::slice::from_ref(&kept));
    assert_eq!(tx.count_webhooks(here.workspace).await.unwrap(), 1);

    let changes = WebhookChanges {
        name: Some("other".into()),
        event_types: Some(EventTypes::EMPTY),
        is_enabled: Some(false),
        previous_secret_until_ms: Some(Some(7)),
        queued: Some((5, id(6))),
        ..WebhookChanges::default()
    };
    assert!(!tx.update_webhook(there.workspace, kept.id, &changes, 2, NOW + 1).await.unwrap());
    assert!(tx.update_webhook(here.workspace, kept.id, &changes, 2, NOW + 1).await.unwrap());
    let expected = WebhookRow {
        name: "other".into(),
        event_types: EventTypes::EMPTY,
        is_enabled: false,
        previous_secret_until_ms: Some(7),
        queued_sequence: 5,
        queued_event_id: id(6),
        sequence: 2,
        updated_at_ms: NOW + 1,
        ..kept.clone()
    };
    assert_eq!(tx.find_webhook(here.workspace, kept.id).await.unwrap(), Some(expected));

    assert!(!tx.update_webhook_sealed(kept.id, &[9], &[4]).await.unwrap(), "it is not what it was");
    assert!(tx.update_webhook_sealed(kept.id, &kept.sealed, &[4]).await.unwrap());
    assert_eq!(tx.list_sealed_webhooks().await.unwrap(), [(kept.id, vec![4]), (id(0x51), kept.sealed)]);
    assert!(!tx.delete_webhook(there.workspace, kept.id).await.unwrap());
    assert!(tx.delete_webhook(here.workspace, kept.id).await.unwrap());
    assert_eq!(tx.find_webhook(here.workspace, kept.id).await.unwrap(), None);
}

async fn webhook_is_behind_until_its_events_were_looked_at(store: Store) {
    let world = World::make(&store).await;
    let kept = webhook(&world, 0x50);
    let mut tx = store.begin().await.unwrap();
    tx.insert_webhook(&kept).await.unwrap();
    let nobody: WebhookId = id(0);
    assert!(tx.list_webhooks_behind(nobody, 5).await.unwrap().is_empty());
    tx.insert_events(world.account, None, &[event(&world, 0x70), event(&world, 0x71)], 2, NOW).await.unwrap();
    assert_eq!(tx.list_webhooks_behind(nobody, 5).await.unwrap(), std::slice::from_ref(&kept));
    assert!(tx.list_webhooks_behind(kept.id, 5).await.unwrap().is_empty());

    assert!(tx.queue_webhook_deliveries(&kept, (2, id(0x70)), &[], NOW, NOW + 9).await.unwrap());
    let behind = tx.list_webhooks_behind(nobody, 5).await.unwrap();
    assert_eq!(behind.len(), 1, "the second event of the change");
    assert!(tx.queue_webhook_deliveries(&behind[0], (2, id(0x71)), &[], NOW, NOW + 9).await.unwrap());
    assert!(tx.list_webhooks_behind(nobody, 5).await.unwrap().is_empty());
    let found = tx.find_event(world.account, 2, id(0x71)).await.unwrap().unwrap();
    assert_eq!(found.event_type, EventType::TagCreated);
    assert_eq!(tx.find_event(world.account, 3, id(0x71)).await.unwrap(), None);
}

async fn looking_twice_from_the_same_mark_does_nothing(store: Store) {
    let (_, webhook) = queued(&store, 2).await;
    let mut tx = store.begin().await.unwrap();
    let again = tx.queue_webhook_deliveries(&webhook, (3, id(3)), &[told(0x90)], NOW, NOW + 9).await.unwrap();
    assert!(!again);
    assert_eq!(tx.count_webhook_deliveries(webhook.id, None).await.unwrap(), 2);
}

async fn delivery_is_tried_by_one_at_a_time_and_again_when_it_is_due(store: Store) {
    let (_, webhook) = queued(&store, 1).await;
    assert!(due(&store, &webhook, NOW - 1).await.is_empty());
    let [mut delivery] = <[_; 1]>::try_from(due(&store, &webhook, NOW).await).unwrap();
    let mut tx = store.begin().await.unwrap();
    assert!(tx.claim_webhook_delivery(delivery.id, NOW, NOW + 60).await.unwrap());
    assert!(!tx.claim_webhook_delivery(delivery.id, NOW, NOW + 60).await.unwrap(), "somebody tries it");
    assert!(tx.list_webhooks_due(id(0), NOW, 5).await.unwrap().is_empty());
    assert_eq!(tx.list_webhooks_due(id(0), NOW + 60, 5).await.unwrap().len(), 1, "they have failed");
    delivery.due_at_ms = NOW + 60;

    let then = AfterAttempt::RetryAt(NOW + 10);
    assert!(tx.note_webhook_attempt(&delivery, &attempt(NOW), then).await.unwrap());
    let noted = tx.find_webhook_delivery(webhook.id, delivery.id).await.unwrap().unwrap();
    assert_eq!((noted.state, noted.attempts, noted.due_at_ms), (WebhookDeliveryState::Pending, 1, NOW + 10));
    assert_eq!((noted.last_status, noted.last_error.as_deref()), (Some(500), Some("500")));
    let success = WebhookAttemptRow { number: 2, status: Some(200), error: None, ..attempt(NOW + 10) };
    assert!(tx.note_webhook_attempt(&noted, &success, AfterAttempt::Delivered).await.unwrap());
    let done = tx.find_webhook_delivery(webhook.id, delivery.id).await.unwrap().unwrap();
    assert_eq!((done.state, done.finished_at_ms), (WebhookDeliveryState::Delivered, Some(NOW + 15)));
    assert_eq!(tx.list_webhook_attempts(done.id).await.unwrap(), [attempt(NOW), success]);
    assert!(tx.list_webhooks_due(id(0), i64::MAX, 5).await.unwrap().is_empty());
}

async fn attempt_that_was_overtaken_leaves_the_state_alone(store: Store) {
    let (_, webhook) = queued(&store, 1).await;
    let delivery = due(&store, &webhook, NOW).await.remove(0);
    let mut tx = store.begin().await.unwrap();
    let one = ReplayedDeliveries::One(delivery.id);
    assert_eq!(tx.replay_webhook_deliveries(webhook.id, one, NOW + 1, NOW + 200).await.unwrap(), 1);
    assert!(tx.note_webhook_attempt(&delivery, &attempt(NOW), AfterAttempt::Delivered).await.unwrap());
    let still = tx.find_webhook_delivery(webhook.id, delivery.id).await.unwrap().unwrap();
    assert_eq!((still.state, still.due_at_ms), (WebhookDeliveryState::Pending, NOW + 1));
    assert_eq!((still.attempts, still.finished_at_ms), (1, None));
}

async fn given_up_deliveries_are_replayed_and_old_ones_forgotten(store: Store) {
    let (_, webhook) = queued(&store, 3).await;
    let deliveries = due(&store, &webhook, NOW).await;
    let mut tx = store.begin().await.unwrap();
    for (delivery, then) in deliveries.iter().zip([AfterAttempt::GivenUp, AfterAttempt::Delivered]) {
        assert!(tx.note_webhook_attempt(delivery, &attempt(NOW), then).await.unwrap());
    }
    let failed = Some(WebhookDeliveryState::Failed);
    assert_eq!(tx.count_webhook_deliveries(webhook.id, failed).await.unwrap(), 1);
    let listed = tx.list_webhook_deliveries(webhook.id, failed, Page::first(5)).await.unwrap();
    assert_eq!(listed[0].id, deliveries[0].id);
    let undelivered = tx.list_undelivered(false, 5).await.unwrap();
    let ids: Vec<_> = undelivered.iter().map(|delivery| delivery.id).collect();
    assert_eq!(ids, [deliveries[0].id, deliveries[2].id]);
    assert_eq!(tx.list_undelivered(false, 1).await.unwrap(), undelivered[..1]);
    assert_eq!(tx.list_undelivered(true, 5).await.unwrap(), undelivered[..1]);
    let found = tx.find_delivery_of_any_webhook(deliveries[0].id).await.unwrap();
    assert_eq!(found.as_ref(), undelivered.first());
    assert_eq!(tx.count_undelivered(NOW + 7).await.unwrap(), (0, 1, 1, NOW), "none waits, one is due");
    assert_eq!(tx.count_undelivered(NOW - 1).await.unwrap(), (1, 0, 1, NOW - 1), "one waits, none is due");
    let replay = ReplayedDeliveries::FailedSince;
    assert_eq!(tx.replay_webhook_deliveries(webhook.id, replay(NOW + 1), NOW, NOW + 9).await.unwrap(), 0);
    assert_eq!(tx.replay_webhook_deliveries(webhook.id, replay(NOW), NOW, NOW + 9).await.unwrap(), 1);
    assert_eq!(tx.count_webhook_deliveries(webhook.id, failed).await.unwrap(), 0);

    assert_eq!(tx.delete_old_webhook_deliveries(NOW + 5).await.unwrap(), 0);
    assert_eq!(tx.delete_old_webhook_deliveries(NOW + 6).await.unwrap(), 1, "what is pending stays");
    assert_eq!(tx.count_webhook_deliveries(webhook.id, None).await.unwrap(), 2);
}

async fn webhook_of_a_closed_place_tells_nothing(store: Store) {
    let (world, webhook) = queued(&store, 1).await;
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.list_webhooks_due(id(0), NOW, 5).await.unwrap().len(), 1);
    assert!(tx.disable_webhook(world.workspace, webhook.id, 3, NOW).await.unwrap());
    assert!(!tx.disable_webhook(world.workspace, webhook.id, 3, NOW).await.unwrap());
    assert!(tx.list_webhooks_due(id(0), NOW, 5).await.unwrap().is_empty());
    assert_eq!(tx.count_undelivered(NOW).await.unwrap(), (0, 0, 0, NOW));
    let on = WebhookChanges { is_enabled: Some(true), ..WebhookChanges::default() };
    assert!(tx.update_webhook(world.workspace, webhook.id, &on, 4, NOW).await.unwrap());
    tx.delete_workspace(world.workspace, world.user, 5, NOW).await.unwrap();
    assert!(tx.list_webhooks_due(id(0), NOW, 5).await.unwrap().is_empty());
    assert!(tx.list_webhooks_behind(id(0), 5).await.unwrap().is_empty());
}
