//! One of everything that an account and a workspace can hold: for tests of what is left when they go.

use mudlark_store::{
    AfterAttempt, AssetMark, AttachedTo, LikenessRow, NewAttachment, NewComment, NewLibrary, NewReview,
    NewReviewRequest, NewStatus, NewTag, NewTask, NewUpload, NewWebhookDelivery, NotificationRow, PictureRow,
    SettingRow, Store, Tx, VersionChanges, WebhookAttemptRow, WorkspaceChanges,
};
use mudlark_types::{
    EventType, NotificationKind, ReviewStatus, TaskPriority, TaskStatus, WorkspaceRole, WorkspaceRoles,
};

use crate::previews::insert_preview;
use crate::webhooks::webhook;
use crate::world::{NOW, World, asset_id, id, sha256, version_id};

/// Fills the workspace, under ids and digests that its base sets apart: three assets in folders below each other, one of
/// them in the trash, and all that hangs on them.
pub(crate) async fn fill_workspace(store: &Store, world: &World) {
    let mut tx = store.begin().await.unwrap();
    let (account_id, workspace_id, user_id) = (world.account, world.workspace, world.user);
    let (outer, inner) = (id(0x501), id(0x502));
    tx.insert_folder(&world.folder(outer, Some(world.root), "/A/")).await.unwrap();
    tx.insert_folder(&world.folder(inner, Some(outer), "/A/B/")).await.unwrap();
    let status = NewStatus {
        id: id(0x503),
        workspace_id,
        name: "To Do".to_owned(),
        color: None,
        position: 0,
        created_at_ms: NOW,
    };
    tx.insert_asset_status(&status).await.unwrap();
    for (number, folder, name) in [(1, inner, "one"), (2, outer, "two"), (3, world.root, "three")] {
        let mut asset = world.asset(number, folder, name);
        asset.status_id = Some(status.id);
        world.insert_asset(&mut tx, &asset, number).await;
    }
    let mut second = world.version(1, 2);
    second.commit_parent_id = Some(version_id(1, 1));
    tx.insert_blob(account_id, &second.sha256, second.size_bytes, NOW).await.unwrap();
    tx.insert_version(&second).await.unwrap();
    let thumbnail_file_id = Some(Some(insert_picture(&mut tx, world, 0x518).await));
    let pictured = VersionChanges { thumbnail_file_id, ..VersionChanges::default() };
    tx.update_version(asset_id(1), version_id(1, 2), &pictured, 2, NOW).await.unwrap();
    tx.delete_asset(workspace_id, asset_id(3), user_id, 2, NOW).await.unwrap();
    say_something(&mut tx, world).await;
    let tag = NewTag {
        id: id(0x510),
        account_id,
        workspace_id,
        name: "Hero".to_owned(),
        name_key: "hero".to_owned(),
        color: None,
        created_by_user_id: user_id,
        sequence: 1,
        created_at_ms: NOW,
    };
    tx.insert_tag(&tag).await.unwrap();
    tx.insert_asset_tag(asset_id(1), tag.id, user_id, NOW).await.unwrap();
    let library = NewLibrary {
        id: id(0x511),
        account_id,
        workspace_id,
        name: "Forest".to_owned(),
        description: None,
        default_avatar: 1,
        thumbnail_file_id: Some(insert_picture(&mut tx, world, 0x517).await),
        created_by_user_id: user_id,
        sequence: 1,
        created_at_ms: NOW,
    };
    tx.insert_library(&library).await.unwrap();
    tx.insert_library_asset(workspace_id, library.id, asset_id(1), user_id, NOW).await.unwrap();
    let task = NewTask {
        id: id(0x512),
        account_id,
        workspace_id,
        creator_id: user_id,
        assignee_id: Some(user_id),
        asset_id: Some(asset_id(1)),
        title: "Paint".to_owned(),
        description: None,
        priority: TaskPriority::Low,
        status: TaskStatus::Pending,
        sequence: 1,
        created_at_ms: NOW,
    };
    tx.insert_task(&task).await.unwrap();
    let asset = tx.find_asset(workspace_id, asset_id(1)).await.unwrap().unwrap();
    tx.insert_asset_mark(&asset, user_id, AssetMark::Favorite, NOW).await.unwrap();
    fill_beside_assets(&mut tx, world).await;
    tx.commit().await.unwrap();
}

/// What a workspace has that hangs on no asset: an upload, a notification, a setting, a member, a picture.
async fn fill_beside_assets(tx: &mut Tx, world: &World) {
    let (account_id, workspace_id, user_id) = (world.account, world.workspace, world.user);
    let upload = NewUpload {
        id: id(0x513),
        account_id,
        workspace_id,
        user_id,
        name: "a".to_owned(),
        created_at_ms: NOW,
        expires_at_ms: NOW + 1,
    };
    tx.insert_upload(&upload).await.unwrap();
    let notification = NotificationRow {
        id: id(0x514),
        account_id,
        workspace_id,
        user_id,
        actor_id: user_id,
        kind: NotificationKind::TaskAssigned,
        record_id: workspace_id.as_uuid(),
        asset_id: None,
        created_at_ms: NOW,
        read_at_ms: None,
    };
    tx.insert_notifications(&[notification]).await.unwrap();
    tx.upsert_setting(&setting(world, workspace_id.as_uuid())).await.unwrap();
    let roles: WorkspaceRoles = [WorkspaceRole::Admin].into_iter().collect();
    tx.upsert_workspace_member(workspace_id, user_id, roles, NOW).await.unwrap();
    insert_webhook(tx, world).await;
    let thumbnail_file_id = Some(Some(insert_picture(tx, world, 0x515).await));
    let changes = WorkspaceChanges { thumbnail_file_id, ..WorkspaceChanges::default() };
    tx.update_workspace(workspace_id, &changes, 2, NOW).await.unwrap();
}

/// A webhook with a delivery that was tried.
async fn insert_webhook(tx: &mut Tx, world: &World) {
    let webhook = webhook(world, 0x516);
    tx.insert_webhook(&webhook).await.unwrap();
    let delivery = NewWebhookDelivery {
        id: id(0x517),
        event_sequence: 2,
        event_id: id(0x518),
        event_type: EventType::TagCreated,
    };
    tx.queue_webhook_deliveries(&webhook, (2, id(0x518)), &[delivery], NOW, NOW + 9).await.unwrap();
    let due = tx.list_due_webhook_deliveries(webhook.id, NOW, 1).await.unwrap();
    let attempt =
        WebhookAttemptRow { number: 1, attempted_at_ms: NOW, took_ms: 1, status: Some(200), error: None };
    tx.note_webhook_attempt(&due[0], &attempt, AfterAttempt::Delivered).await.unwrap();
}

/// Comments, reviews, requests and what is attached to them, about the first asset.
async fn say_something(tx: &mut Tx, world: &World) {
    let (account_id, workspace_id, user_id) = (world.account, world.workspace, world.user);
    let comment = NewComment {
        id: id(0x504),
        account_id,
        workspace_id,
        asset_id: asset_id(1),
        asset_version_id: version_id(1, 2),
        parent_id: None,
        user_id,
        content: "Brighter".to_owned(),
        viewer_metadata: None,
        sequence: 1,
        created_at_ms: NOW,
    };
    tx.insert_comment(&comment).await.unwrap();
    let reply = NewComment {
        id: id(0x505),
        asset_version_id: version_id(1, 1),
        parent_id: Some(comment.id),
        ..comment.clone()
    };
    tx.insert_comment(&reply).await.unwrap();
    let review = NewReview {
        id: id(0x506),
        account_id,
        workspace_id,
        asset_id: asset_id(1),
        asset_version_id: version_id(1, 2),
        user_id,
        assigned_user_id: None,
        status: ReviewStatus::Pending,
        content: "Almost".to_owned(),
        viewer_metadata: None,
        sequence: 1,
        created_at_ms: NOW,
    };
    tx.insert_review(&review).await.unwrap();
    tx.replace_review_mentions(review.id, &[user_id]).await.unwrap();
    let request = NewReviewRequest {
        id: id(0x507),
        account_id,
        workspace_id,
        asset_id: asset_id(1),
        asset_version_id: version_id(1, 2),
        user_id,
        content: None,
        sequence: 1,
        created_at_ms: NOW,
    };
    tx.insert_review_request(&request).await.unwrap();
    tx.replace_reviewers(request.id, &[user_id]).await.unwrap();
    let preview = insert_preview(tx, world, 0x519, 1, &[128]).await;
    tx.attach_preview(version_id(1, 1), &preview, 2).await.unwrap();
    let likeness = LikenessRow { preview_id: preview.id, structure: 1, colors: vec![7; 48] };
    tx.insert_likeness(account_id, &likeness).await.unwrap();
    tx.replace_named_files(workspace_id, version_id(1, 1), &["skin.png".to_owned()]).await.unwrap();
    tx.replace_used_assets(workspace_id, version_id(1, 1), &[asset_id(2)]).await.unwrap();
    tx.insert_blob(account_id, &sha256(77, 1), 7, NOW).await.unwrap();
    for (number, attached_to) in
        [(0x508, AttachedTo::Review(review.id)), (0x509, AttachedTo::Comment(comment.id))]
    {
        let attachment = NewAttachment {
            id: id(number),
            account_id,
            workspace_id,
            asset_id: asset_id(1),
            attached_to,
            created_by_user_id: user_id,
            name: "Notes".to_owned(),
            description: None,
            file_name: "notes.txt".to_owned(),
            sha256: sha256(77, 1),
            size_bytes: 7,
            sequence: 1,
            created_at_ms: NOW,
        };
        tx.insert_attachment(&attachment).await.unwrap();
    }
}

fn setting(world: &World, owner_id: uuid::Uuid) -> SettingRow {
    SettingRow {
        owner_id,
        id: id(0x516),
        account_id: world.account,
        name: "Theme".to_owned(),
        name_key: "theme".to_owned(),
        value: "1".to_owned(),
        created_at_ms: NOW,
        updated_at_ms: NOW,
    }
}

/// A picture of the account, with its blob.
pub(crate) async fn insert_picture(tx: &mut Tx, world: &World, number: u128) -> mudlark_types::PictureId {
    tx.insert_blob(world.account, &sha256(78, 1), 9, NOW).await.unwrap();
    let picture = PictureRow {
        id: id(number),
        account_id: world.account,
        sha256: sha256(78, 1),
        size_bytes: 9,
        content_type: "image/png".to_owned(),
        created_at_ms: NOW,
    };
    tx.insert_picture(&picture).await.unwrap();
    picture.id
}
