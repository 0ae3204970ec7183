//! Content that has arrived becomes a version: of a new asset, or the next one of an existing asset.
//!
//! Order: the bytes are whole, hashed and flushed (staged) → they get their name on disk, durably (published) → one
//! transaction writes blob, version and asset. Only then is the upload acknowledged. A crash before the commit leaves
//! at most a blob that no row names, for the sweeper; never a row without its bytes.

use mudlark_blobs::StagedBlob;
use mudlark_store::{AssetChanges, AssetRow, FolderRow, NewAsset, NewVersion};
use mudlark_types::{AccountId, AssetId, EventType, FileName, StatusId, UserId, VersionId, WorkspaceId};
use uuid::Uuid;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::ops::account_limits;
use crate::ops::asset_events;
use crate::ops::asset_locks::{check_open, stale_fence};
use crate::ops::change::Change;
use crate::ops::content_removals::{SeenRemoval, wait_for_none};
use crate::ops::event::Event;
use crate::ops::notify::{self, Happening};
use crate::ops::previews;

/// Content that has its durable place on disk and no row yet.
#[derive(Clone, Debug)]
pub(crate) struct PublishedContent {
    pub(crate) sha256: Vec<u8>,
    pub(crate) size_bytes: i64,
    /// What the client called the file.
    pub(crate) file_name: String,
    /// The last removal of it before it was published; none where a row has kept it since then.
    pub(crate) seen_removal: Option<SeenRemoval>,
}

/// Gives received bytes their durable place.
pub(crate) async fn publish(
    app: &App,
    account_id: AccountId,
    file_name: String,
    content: StagedBlob,
) -> ApiResult<PublishedContent> {
    app.metrics.received_bytes.increment(content.size_bytes());
    publish_uncounted(app, account_id, file_name, content).await
}

/// The same for bytes that did not come through the server.
pub(crate) async fn publish_uncounted(
    app: &App,
    account_id: AccountId,
    file_name: String,
    content: StagedBlob,
) -> ApiResult<PublishedContent> {
    let size_bytes = i64::try_from(content.size_bytes()).map_err(ApiError::internal)?;
    let seen = wait_for_none(app, account_id, content.sha256().as_bytes()).await?;
    let key = content.publish(account_id.as_uuid()).await?;
    let sha256 = key.sha256.as_bytes().to_vec();
    Ok(PublishedContent { sha256, size_bytes, file_name, seen_removal: Some(seen) })
}

/// What an upload says of the asset besides its content. The inner `None` takes a fact away.
#[derive(Debug, Default)]
pub(crate) struct AssetFacts {
    pub(crate) description: Option<Option<String>>,
    pub(crate) asset_type_id: Option<Option<Uuid>>,
    pub(crate) status_id: Option<Option<StatusId>>,
}

/// What a version is called.
#[derive(Debug, Default)]
pub(crate) struct VersionFacts {
    /// By default `v` and the version's number.
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
}

/// Where a change is made, in whose name, and under which lease.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) account: AccountId,
    pub(crate) workspace: WorkspaceId,
    pub(crate) user: UserId,
    /// The fence of the lock that the writer believes to hold.
    pub(crate) lock_fence: Option<i64>,
}

/// Makes a new asset of the content, or the next version of the asset that has this name in this folder.
pub(crate) async fn put_asset(
    app: &App,
    change: &mut Change,
    place: Place,
    folder: &FolderRow,
    name: &FileName,
    facts: AssetFacts,
    content: &PublishedContent,
) -> ApiResult<AssetId> {
    match change.tx.find_asset_by_name(place.workspace, folder.id, &name.key()).await? {
        Some(existing) => update(app, change, place, &existing, facts, content).await,
        None => create(app, change, place, folder, name, facts, content).await,
    }
}

async fn update(
    app: &App,
    change: &mut Change,
    place: Place,
    asset: &AssetRow,
    facts: AssetFacts,
    content: &PublishedContent,
) -> ApiResult<AssetId> {
    check_open(change, place, asset).await?;
    add_version(app, change, place, asset, VersionFacts::default(), content).await?;
    let changes = AssetChanges {
        description: facts.description,
        asset_type_id: facts.asset_type_id,
        status_id: facts.status_id,
        file_name: Some(content.file_name.clone()),
        ..AssetChanges::default()
    };
    change.tx.update_asset(place.workspace, asset.id, &changes, change.sequence, change.now_ms).await?;
    let status = match changes.status_id.flatten() {
        Some(status) => change.tx.find_asset_status(place.workspace, status).await?,
        None => None,
    };
    asset_events::record(change, asset, &changes, None, status.as_ref());
    Ok(asset.id)
}

async fn create(
    app: &App,
    change: &mut Change,
    place: Place,
    folder: &FolderRow,
    name: &FileName,
    facts: AssetFacts,
    content: &PublishedContent,
) -> ApiResult<AssetId> {
    if place.lock_fence.is_some() {
        // Whoever names a fence means an asset that was there.
        return Err(stale_fence());
    }
    let (asset_id, version_id): (AssetId, VersionId) = (app.clock.new_id(), app.clock.new_id());
    let status_id = match facts.status_id {
        Some(given) => given,
        None => change.tx.list_asset_statuses(place.workspace).await?.first().map(|first| first.id),
    };
    let asset = NewAsset {
        id: asset_id,
        account_id: place.account,
        workspace_id: place.workspace,
        folder_id: folder.id,
        name: name.as_str().to_owned(),
        name_key: name.key(),
        file_name: content.file_name.clone(),
        description: facts.description.flatten(),
        asset_type_id: facts.asset_type_id.flatten(),
        status_id,
        created_by_user_id: place.user,
        current_version_id: version_id,
        sequence: change.sequence,
        created_at_ms: change.now_ms,
    };
    change.tx.insert_asset(&asset).await?;
    let event = Event::of_asset(place.workspace, asset_id, EventType::AssetCreated, asset_id);
    change.record(event.with("name", &asset.name).with("file_location", &folder.path));
    account_limits::check_assets(app, &mut change.tx, place.account).await?;
    let version = new_version(change, place, asset_id, version_id, VersionFacts::default(), content);
    insert_version(app, change, version, content).await?;
    Ok(asset_id)
}

/// Makes the content the asset's next version, and its current one.
pub(crate) async fn add_version(
    app: &App,
    change: &mut Change,
    place: Place,
    asset: &AssetRow,
    facts: VersionFacts,
    content: &PublishedContent,
) -> ApiResult<VersionId> {
    let id: VersionId = app.clock.new_id();
    let version_number = change.tx.max_version_number(asset.id).await? + 1;
    let version = NewVersion {
        name: facts.name.clone().unwrap_or_else(|| format!("v{version_number}")),
        commit_parent_id: Some(asset.current_version.id),
        version_number,
        ..new_version(change, place, asset.id, id, facts, content)
    };
    insert_version(app, change, version, content).await?;
    change.tx.update_asset_current_version(asset.id, id, change.sequence, change.now_ms).await?;
    let event = Event::of_asset(place.workspace, asset.id, EventType::VersionCreated, id);
    change.record(event.with("version_number", version_number));
    let happening = Happening { place, record_id: id.as_uuid(), asset_id: Some(asset.id) };
    notify::tell_subscribers(app, change, happening, &[]).await?;
    Ok(id)
}

/// A first version.
fn new_version(
    change: &Change,
    place: Place,
    asset_id: AssetId,
    id: VersionId,
    facts: VersionFacts,
    content: &PublishedContent,
) -> NewVersion {
    NewVersion {
        id,
        account_id: place.account,
        workspace_id: place.workspace,
        asset_id,
        commit_parent_id: None,
        created_by_user_id: place.user,
        name: facts.name.unwrap_or_else(|| "v1".into()),
        description: facts.description,
        file_name: content.file_name.clone(),
        sha256: content.sha256.clone(),
        size_bytes: content.size_bytes,
        version_number: 1,
        sequence: change.sequence,
        created_at_ms: change.now_ms,
    }
}

async fn insert_version(
    app: &App,
    change: &mut Change,
    version: NewVersion,
    content: &PublishedContent,
) -> ApiResult<()> {
    account_limits::add_content(app, &mut change.tx, version.account_id, content, change.now_ms).await?;
    change.tx.insert_version(&version).await?;
    previews::of_new_version(app, change, &version).await
}
