//! The audit trail: numbers without gaps, lines read back as written, filters, and the head.

use mudlark_store::{AuditEntryRow, AuditFilter, AuditHeadRow, NewApiKey, Store};
use mudlark_types::{AuditAction, AuditOutcome, WorkspaceRoles};

use crate::on_both_databases;
use crate::world::{NOW, World, id};

on_both_databases!(
    trail_begins_before_its_first_line,
    lines_are_read_back_in_both_directions_and_in_pages,
    lines_without_anything_that_may_be_missing_are_read_back,
    filters_narrow_and_combine,
    head_that_was_rolled_back_is_as_it_was,
    concurrent_writers_take_the_head_one_after_the_other,
    more_lines_than_a_statement_takes_are_written_each_as_it_is,
    line_with_a_number_that_is_taken_is_refused,
    head_is_read_back,
    expired_key_is_listed_until_its_end_has_a_line,
);

fn entry(sequence: i64) -> AuditEntryRow {
    AuditEntryRow {
        sequence,
        at_ms: NOW + sequence,
        account_id: Some(id(1)),
        action: AuditAction::TokenIssued.as_str().to_owned(),
        outcome: AuditOutcome::Allowed.as_str().to_owned(),
        reason: Some("because\r\nof".to_owned()),
        key_id: Some("mdl_key_1".to_owned()),
        user_id: Some(id(2)),
        address: Some("192.0.2.1".to_owned()),
        agent: Some("curl/8 \"ü\"".to_owned()),
        request_id: Some("r-1".to_owned()),
        token_id: Some("jti".to_owned()),
        subject: Some("mdl_key_2".to_owned()),
        details: Some("{\"a\":1}".to_owned()),
        mac: vec![7; 32],
    }
}

fn bare(sequence: i64) -> AuditEntryRow {
    AuditEntryRow {
        account_id: None,
        reason: None,
        key_id: None,
        user_id: None,
        address: None,
        agent: None,
        request_id: None,
        token_id: None,
        subject: None,
        details: None,
        ..entry(sequence)
    }
}

async fn append(store: &Store, entries: &[AuditEntryRow]) {
    let mut tx = store.begin().await.unwrap();
    tx.lock_audit_head().await.unwrap();
    tx.insert_audit_entries(entries).await.unwrap();
    tx.commit().await.unwrap();
}

async fn listed(store: &Store, filter: AuditFilter) -> Vec<i64> {
    let rows = store.read().await.unwrap().list_audit_entries(&filter, i64::MAX, 100).await.unwrap();
    rows.iter().map(|row| row.sequence).collect()
}

async fn trail_begins_before_its_first_line(store: Store) {
    let mut session = store.read().await.unwrap();
    let head = session.find_audit_head().await.unwrap();
    assert_eq!(head, Some(AuditHeadRow { sequence: 0, mac: None, seal: None }));
    assert_eq!(session.list_audit_entries_after(0, 10).await.unwrap(), []);
    assert_eq!(session.list_audit_entries(&AuditFilter::default(), i64::MAX, 10).await.unwrap(), []);
}

async fn lines_are_read_back_in_both_directions_and_in_pages(store: Store) {
    let entries: Vec<_> = (1..=60).map(entry).collect();
    append(&store, &entries).await;

    let mut session = store.read().await.unwrap();
    assert_eq!(session.list_audit_entries_after(0, 1000).await.unwrap(), entries);
    assert_eq!(session.list_audit_entries_after(58, 1).await.unwrap(), entries[58..59]);
    let all = AuditFilter::default();
    let newest = session.list_audit_entries(&all, i64::MAX, 2).await.unwrap();
    assert_eq!(newest, [entry(60), entry(59)]);
    assert_eq!(session.list_audit_entries(&all, 59, 2).await.unwrap(), [entry(58), entry(57)]);
}

async fn lines_without_anything_that_may_be_missing_are_read_back(store: Store) {
    append(&store, &[bare(1)]).await;
    assert_eq!(store.read().await.unwrap().list_audit_entries_after(0, 10).await.unwrap(), [bare(1)]);
}

async fn filters_narrow_and_combine(store: Store) {
    let of = |sequence, action: AuditAction, outcome: AuditOutcome| AuditEntryRow {
        action: action.as_str().to_owned(),
        outcome: outcome.as_str().to_owned(),
        ..entry(sequence)
    };
    let entries = [
        entry(1),
        AuditEntryRow { account_id: Some(id(9)), ..entry(2) },
        AuditEntryRow { user_id: Some(id(99)), ..of(3, AuditAction::TokenRefused, AuditOutcome::Refused) },
        of(4, AuditAction::KeyCreated, AuditOutcome::Allowed),
        AuditEntryRow { key_id: None, subject: Some("mdl_key_1".to_owned()), ..entry(5) },
        AuditEntryRow { key_id: Some("mdl_key_9".to_owned()), ..entry(6) },
        bare(7),
    ];
    append(&store, &entries).await;

    let account_id = Some(id(1));
    let mine = || AuditFilter { account_id, ..AuditFilter::default() };
    let all = AuditFilter::default;
    let (issued, created) = (Some(AuditAction::TokenIssued), Some(AuditAction::KeyCreated));
    let key_id = Some("mdl_key_1".to_owned());
    assert_eq!(listed(&store, all()).await, [7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(listed(&store, mine()).await, [6, 5, 4, 3, 1]);
    assert_eq!(listed(&store, AuditFilter { action: issued, ..mine() }).await, [6, 5, 1]);
    assert_eq!(listed(&store, AuditFilter { action: created, ..mine() }).await, [4]);
    assert_eq!(listed(&store, AuditFilter { action: created, ..all() }).await, [4]);
    let refused = Some(AuditOutcome::Refused);
    assert_eq!(listed(&store, AuditFilter { outcome: refused, ..mine() }).await, [3]);
    assert_eq!(listed(&store, AuditFilter { outcome: refused, action: created, ..mine() }).await, [0; 0]);
    assert_eq!(listed(&store, AuditFilter { key_id: key_id.clone(), ..mine() }).await, [5, 4, 3, 1]);
    let other = AuditFilter { user_id: Some(id(99)), ..mine() };
    assert_eq!(listed(&store, other).await, [3]);
    let since = AuditFilter { since_ms: Some(NOW + 4), until_ms: Some(NOW + 6), ..mine() };
    assert_eq!(listed(&store, since).await, [5, 4]);
    assert_eq!(listed(&store, AuditFilter { account_id: Some(id(3)), ..all() }).await, [0; 0]);
}

async fn head_that_was_rolled_back_is_as_it_was(store: Store) {
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.lock_audit_head().await.unwrap().sequence, 0);
    tx.update_audit_head(5, &[1; 32], &[2; 32]).await.unwrap();
    assert_eq!(tx.lock_audit_head().await.unwrap().sequence, 5);
    drop(tx);

    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.lock_audit_head().await.unwrap(), AuditHeadRow { sequence: 0, mac: None, seal: None });
}

async fn concurrent_writers_take_the_head_one_after_the_other(store: Store) {
    let writers: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                for _ in 0..5 {
                    let mut tx = store.begin().await.unwrap();
                    let head = tx.lock_audit_head().await.unwrap();
                    let lines = [entry(head.sequence + 1), entry(head.sequence + 2)];
                    tx.insert_audit_entries(&lines).await.unwrap();
                    // Each sees what the one before it wrote.
                    let number = head.sequence.to_be_bytes();
                    let expected = (head.sequence > 0).then(|| (head.sequence - 2).to_be_bytes().to_vec());
                    assert_eq!(head.mac, expected);
                    tx.update_audit_head(head.sequence + 2, &number, &number).await.unwrap();
                    tx.commit().await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }

    let rows = store.read().await.unwrap().list_audit_entries_after(0, 1000).await.unwrap();
    assert_eq!(rows, (1..=80).map(entry).collect::<Vec<_>>());
}

async fn more_lines_than_a_statement_takes_are_written_each_as_it_is(store: Store) {
    let lines: Vec<_> =
        (1..=300).map(|number| if number % 3 == 0 { bare(number) } else { entry(number) }).collect();
    append(&store, &lines).await;
    append(&store, &[]).await;

    let rows = store.read().await.unwrap().list_audit_entries_after(0, 1000).await.unwrap();
    assert_eq!(rows, lines);
}

async fn line_with_a_number_that_is_taken_is_refused(store: Store) {
    append(&store, &[entry(1)]).await;
    let mut tx = store.begin().await.unwrap();
    let error = tx.insert_audit_entries(&[entry(2), entry(1), entry(3)]).await.unwrap_err();
    assert!(error.is_conflict_on("audit_entries_pkey"), "{error:?}");
}

async fn head_is_read_back(store: Store) {
    let mut tx = store.begin().await.unwrap();
    tx.update_audit_head(3, &[1; 32], &[2; 32]).await.unwrap();
    tx.commit().await.unwrap();

    let head = store.read().await.unwrap().find_audit_head().await.unwrap();
    assert_eq!(head, Some(AuditHeadRow { sequence: 3, mac: Some(vec![1; 32]), seal: Some(vec![2; 32]) }));
}

async fn expired_key_is_listed_until_its_end_has_a_line(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    for (key_id, expires_at_ms) in
        [("a", Some(NOW)), ("b", Some(NOW + 1)), ("c", None), ("d", Some(NOW - 1)), ("e", Some(NOW - 1))]
    {
        tx.insert_api_key(&NewApiKey {
            key_id: key_id.to_owned(),
            account_id: world.account,
            user_id: world.user,
            name: key_id.to_owned(),
            workspace_roles: WorkspaceRoles::EMPTY,
            scopes: None,
            workspace_ids: None,
            networks: None,
            created_by_user_id: None,
            expires_at_ms,
            created_at_ms: NOW - 10,
        })
        .await
        .unwrap();
    }
    tx.update_api_key_revoked("e", NOW).await.unwrap();
    let key = |name: &str, at_ms| (name.to_owned(), world.account, at_ms);
    let found = tx.list_expired_keys_without_line(NOW).await.unwrap();
    assert_eq!(found, [key("a", NOW), key("d", NOW - 1)]);

    let action = AuditAction::KeyExpired.as_str().to_owned();
    tx.insert_audit_entries(&[AuditEntryRow { action, subject: Some("a".to_owned()), ..entry(1) }])
        .await
        .unwrap();

    assert_eq!(tx.list_expired_keys_without_line(NOW).await.unwrap(), [key("d", NOW - 1)]);
}
