//! Assets that users chose for themselves: their favorites, and those they want to hear of.

use mudlark_types::{UserId, WorkspaceId};

use crate::assets::AssetRow;
use crate::error::Result;
use crate::paging::Page;
use crate::session::{Session, Tx};
use crate::sql::{params, text_enum};

text_enum! {
    /// What a user chose an asset for.
    pub enum AssetMark {
        /// To find it again.
        Favorite = "favorite",
        /// To hear of what happens to it.
        Subscription = "subscription",
    }
}

impl Session {
    /// The live assets of the workspace that the user has marked so.
    pub async fn list_marked_assets(
        &mut self,
        workspace_id: WorkspaceId,
        user_id: UserId,
        mark: AssetMark,
        page: Page,
    ) -> Result<Vec<AssetRow>> {
        let sql = concat!(
            select_assets!(),
            " JOIN asset_marks x ON x.asset_id = a.id",
            " WHERE x.user_id = $2 AND x.kind = $3 AND x.workspace_id = $1 AND a.workspace_id = $1",
            " AND a.deleted_at_ms IS NULL AND (x.asset_created_at_ms, x.asset_id) > ($4, $5)",
            " ORDER BY x.asset_created_at_ms, x.asset_id LIMIT $6"
        );
        let (after_ms, after_id) = page.start();
        let params = params![workspace_id, user_id, mark, after_ms, after_id, page.limit];
        self.fetch_many(sql, params).await
    }

    /// How many live assets of the workspace the user has marked so.
    pub async fn count_marked_assets(
        &mut self,
        workspace_id: WorkspaceId,
        user_id: UserId,
        mark: AssetMark,
    ) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM asset_marks x JOIN assets a ON a.id = x.asset_id \
                   WHERE x.user_id = $2 AND x.kind = $3 AND x.workspace_id = $1 AND a.deleted_at_ms IS NULL";
        let (count,) = self.fetch_scan(sql, params![workspace_id, user_id, mark]).await?;
        Ok(count)
    }
}

impl Tx {
    /// Marks an asset for a user. Answers whether it was not marked so yet.
    pub async fn insert_asset_mark(
        &mut self,
        asset: &AssetRow,
        user_id: UserId,
        mark: AssetMark,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "INSERT INTO asset_marks (asset_id, kind, user_id, workspace_id, asset_created_at_ms, \
                   created_at_ms) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        let params = params![asset.id, mark, user_id, asset.workspace_id, asset.created_at_ms, now_ms];
        self.execute_one(sql, params).await
    }

    /// Takes a user's mark off an asset. Answers whether there was one.
    pub async fn delete_asset_mark(
        &mut self,
        asset: &AssetRow,
        user_id: UserId,
        mark: AssetMark,
    ) -> Result<bool> {
        let sql = "DELETE FROM asset_marks WHERE asset_id = $1 AND kind = $2 AND user_id = $3";
        self.execute_one(sql, params![asset.id, mark, user_id]).await
    }
}
