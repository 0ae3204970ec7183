//! Tells users of what concerns them, in the transaction in which it happens. Nobody is told of what they do themselves.

use std::collections::BTreeSet;

use mudlark_store::NotificationRow;
use mudlark_types::{AssetId, NotificationKind, UserId};
use uuid::Uuid;

use crate::app::App;
use crate::error::ApiResult;
use crate::ops::change::Change;
use crate::ops::commit_content::Place;

/// How long a notification is kept. *Units*: milliseconds.
pub(crate) const KEEP_MS: i64 = 90 * 24 * 60 * 60 * 1000;

/// Something that happened: where and by whom, to which record and asset.
#[derive(Clone, Copy)]
pub(crate) struct Happening {
    pub(crate) place: Place,
    pub(crate) record_id: Uuid,
    pub(crate) asset_id: Option<AssetId>,
}

/// Tells these users, each once.
pub(crate) async fn tell(
    app: &App,
    change: &mut Change,
    happening: Happening,
    kind: NotificationKind,
    users: impl IntoIterator<Item = UserId>,
) -> ApiResult<()> {
    let Happening { place, record_id, asset_id } = happening;
    let users: BTreeSet<UserId> = users.into_iter().filter(|user| *user != place.user).collect();
    let rows: Vec<NotificationRow> = users
        .into_iter()
        .map(|user_id| NotificationRow {
            id: app.clock.new_id(),
            account_id: place.account,
            workspace_id: place.workspace,
            user_id,
            actor_id: place.user,
            kind,
            record_id,
            asset_id,
            created_at_ms: change.now_ms,
            read_at_ms: None,
        })
        .collect();
    if !rows.is_empty() {
        change.tx.insert_notifications(&rows).await?;
    }
    Ok(())
}

/// Tells those who subscribe to the asset, but for users who are told for a reason of their own.
pub(crate) async fn tell_subscribers(
    app: &App,
    change: &mut Change,
    happening: Happening,
    told: &[UserId],
) -> ApiResult<()> {
    let Some(asset_id) = happening.asset_id else { return Ok(()) };
    let mut users = change.tx.list_subscribers(asset_id).await?;
    users.retain(|user| !told.contains(user));
    tell(app, change, happening, NotificationKind::AssetUpdated, users).await
}

/// Tells of a review: whom it is given to, whom it mentions, and who subscribes to the asset; each for the first of these
/// reasons.
pub(crate) async fn of_review(
    app: &App,
    change: &mut Change,
    happening: Happening,
    assigned: Option<UserId>,
    mentions: &[UserId],
) -> ApiResult<()> {
    tell(app, change, happening, NotificationKind::ReviewAssigned, assigned).await?;
    let mentioned = mentions.iter().copied().filter(|user| Some(*user) != assigned);
    tell(app, change, happening, NotificationKind::ReviewMentioned, mentioned).await?;
    let told: Vec<UserId> = mentions.iter().copied().chain(assigned).collect();
    tell_subscribers(app, change, happening, &told).await
}
