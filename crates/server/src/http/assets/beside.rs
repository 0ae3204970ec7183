//! What is shown beside assets: their tags, and who made their current versions. Asked once for a whole page.

use std::collections::{HashMap, HashSet};

use mudlark_store::{AssetRow, AssetWithUser, Session, TagRow, UserRow};
use mudlark_types::wire::Asset;
use mudlark_types::{AssetId, UserId, WorkspaceId};

use crate::error::{ApiError, ApiResult};
use crate::views;

/// What is shown beside the assets of a workspace.
pub(in crate::http) struct Beside {
    tags: HashMap<AssetId, Vec<TagRow>>,
    users: HashMap<UserId, UserRow>,
}

impl Beside {
    pub(in crate::http) async fn of(
        session: &mut Session,
        workspace: WorkspaceId,
        rows: &[AssetRow],
    ) -> ApiResult<Self> {
        let users: HashSet<UserId> = rows.iter().map(|row| row.current_version.created_by_user_id).collect();
        let users: Vec<UserId> = users.into_iter().collect();
        let users = if users.is_empty() { Vec::new() } else { session.list_users_by_ids(&users).await? };
        Ok(Self {
            tags: tags(session, workspace, rows).await?,
            users: users.into_iter().map(|user| (user.id, user)).collect(),
        })
    }

    /// The asset as it goes over the wire. It must be one of those that were asked for.
    pub(in crate::http) fn show(&self, row: AssetRow, now_ms: i64) -> ApiResult<Asset> {
        let user = self.users.get(&row.current_version.created_by_user_id);
        let user = user.ok_or_else(|| ApiError::internal("a version whose user is not there"))?;
        let tags = self.tags.get(&row.id).map_or(&[][..], Vec::as_slice);
        Ok(views::asset(row, user, tags, now_ms))
    }
}

/// One asset as it goes over the wire.
pub(super) async fn show_with_user(
    session: &mut Session,
    AssetWithUser { asset, user }: AssetWithUser,
    now_ms: i64,
) -> ApiResult<Asset> {
    let mut tags = tags(session, asset.workspace_id, std::slice::from_ref(&asset)).await?;
    let tags = tags.remove(&asset.id).unwrap_or_default();
    Ok(views::asset(asset, &user, &tags, now_ms))
}

/// Tags by the assets that have them. Nothing is asked where none has any.
async fn tags(
    session: &mut Session,
    workspace: WorkspaceId,
    rows: &[AssetRow],
) -> ApiResult<HashMap<AssetId, Vec<TagRow>>> {
    let mut tags: HashMap<_, Vec<_>> = HashMap::new();
    let tagged: Vec<AssetId> = rows.iter().filter(|row| row.is_tagged).map(|row| row.id).collect();
    if !tagged.is_empty() {
        for row in session.list_tags_of_assets(workspace, &tagged).await? {
            tags.entry(row.asset_id).or_default().push(row.tag);
        }
    }
    Ok(tags)
}
