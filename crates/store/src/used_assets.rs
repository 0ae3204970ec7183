//! Which assets a version's file was seen with, such as a model's textures, and so where an asset is used.

use mudlark_types::{AssetId, VersionId, WorkspaceId};

use crate::assets::AssetRow;
use crate::error::Result;
use crate::paging::Page;
use crate::session::{Session, Tx};
use crate::sql::params;

/// Which way to look from an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// What its current version was seen with.
    Of,
    /// What was seen with it.
    By,
}

/// Tables and conditions of the assets `a` that an asset ($2) of the workspace ($1) uses.
macro_rules! used {
    () => {
        " JOIN used_assets x ON x.asset_id = a.id JOIN assets o ON o.current_version_id = x.version_id \
         WHERE o.id = $2 AND o.workspace_id = $1 AND a.workspace_id = $1 AND a.deleted_at_ms IS NULL"
    };
}

/// The same of those that use it: by their current versions.
macro_rules! users {
    () => {
        " JOIN used_assets x ON x.version_id = a.current_version_id \
         WHERE x.asset_id = $2 AND a.workspace_id = $1 AND a.deleted_at_ms IS NULL"
    };
}

impl Session {
    /// The live assets that an asset of the workspace uses, or that use it.
    pub async fn list_used_assets(
        &mut self,
        workspace_id: WorkspaceId,
        id: AssetId,
        way: Use,
        page: Page,
    ) -> Result<Vec<AssetRow>> {
        const PAGE: &str = " AND (a.created_at_ms, a.id) > ($3, $4) ORDER BY a.created_at_ms, a.id LIMIT $5";
        let found = match way {
            Use::Of => concat!(select_assets!(), used!()),
            Use::By => concat!(select_assets!(), users!()),
        };
        let (after_ms, after_id) = page.start();
        let params = params![workspace_id, id, after_ms, after_id, page.limit];
        self.fetch_many(&format!("{found}{PAGE}"), params).await
    }

    /// How many these are.
    pub async fn count_used_assets(
        &mut self,
        workspace_id: WorkspaceId,
        id: AssetId,
        way: Use,
    ) -> Result<i64> {
        let sql = match way {
            Use::Of => concat!("SELECT COUNT(*) FROM assets a", used!()),
            Use::By => concat!("SELECT COUNT(*) FROM assets a", users!()),
        };
        let (count,) = self.fetch_scan(sql, params![workspace_id, id]).await?;
        Ok(count)
    }
}

impl Tx {
    /// Notes which assets a version's file was seen with, in place of what was noted before.
    pub async fn replace_used_assets(
        &mut self,
        workspace_id: WorkspaceId,
        version_id: VersionId,
        assets: &[AssetId],
    ) -> Result<()> {
        self.execute("DELETE FROM used_assets WHERE version_id = $1", params![version_id]).await?;
        // One that was purged meanwhile is used no more.
        let sql = "INSERT INTO used_assets (version_id, asset_id, workspace_id) SELECT $1, a.id, a.workspace_id FROM assets a \
                   WHERE a.id = $2 AND a.workspace_id = $3 ON CONFLICT DO NOTHING";
        self.execute_each(sql, assets, |asset| [version_id.into(), (*asset).into(), workspace_id.into()])
            .await
    }
}
