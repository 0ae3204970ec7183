//! Libraries: collections of a workspace's assets, across folders. An asset can be in any number of them.

use mudlark_types::{AccountId, AssetId, LibraryId, PictureId, UserId, WorkspaceId};

use crate::assets::AssetRow;
use crate::error::Result;
use crate::paging::Page;
use crate::session::{Session, Tx};
use crate::sql::{params, row};

row! {
    /// A library.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct LibraryRow from "l" as library_columns {
        /// Its id.
        id: LibraryId,
        /// The workspace it belongs to.
        workspace_id: WorkspaceId,
        /// Its name, as written; others may have the same.
        name: String,
        /// What is said about it.
        description: Option<String>,
        /// The number of its stock picture, 1 to 10.
        default_avatar: i64,
        /// Who made it.
        created_by_user_id: UserId,
        /// The account's sequence number at its last change.
        sequence: i64,
        /// When it was made.
        created_at_ms: i64,
        /// When it was last changed.
        updated_at_ms: i64,
        /// The picture that was uploaded.
        thumbnail_file_id: Option<PictureId>,
    }
}

/// What a library is made from.
#[derive(Clone, Debug)]
pub struct NewLibrary {
    /// Its id.
    pub id: LibraryId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The workspace it belongs to.
    pub workspace_id: WorkspaceId,
    /// Its name, as written.
    pub name: String,
    /// What is said about it.
    pub description: Option<String>,
    /// The number of its stock picture, 1 to 10.
    pub default_avatar: i64,
    /// The picture that was uploaded.
    pub thumbnail_file_id: Option<PictureId>,
    /// Who makes it.
    pub created_by_user_id: UserId,
    /// From [`Tx::next_sequence`].
    pub sequence: i64,
    /// When it is made.
    pub created_at_ms: i64,
}

/// What to change of a library; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct LibraryChanges {
    /// Another name.
    pub name: Option<String>,
    /// Another description, or none.
    pub description: Option<Option<String>>,
    /// Another picture, or none.
    pub thumbnail_file_id: Option<Option<PictureId>>,
}

impl Session {
    /// The workspace's library of this id.
    pub async fn find_library(
        &mut self,
        workspace_id: WorkspaceId,
        id: LibraryId,
    ) -> Result<Option<LibraryRow>> {
        let sql = concat!(
            "SELECT ",
            library_columns!(),
            " FROM libraries l WHERE l.id = $2 AND l.workspace_id = $1"
        );
        self.fetch_optional(sql, params![workspace_id, id]).await
    }

    /// The workspace's libraries, oldest first.
    pub async fn list_libraries(&mut self, workspace_id: WorkspaceId, page: Page) -> Result<Vec<LibraryRow>> {
        let sql = concat!(
            "SELECT ",
            library_columns!(),
            " FROM libraries l WHERE l.workspace_id = $1",
            " AND (l.created_at_ms, l.id) > ($2, $3) ORDER BY l.created_at_ms, l.id LIMIT $4"
        );
        let (after_ms, after_id) = page.start();
        self.fetch_many(sql, params![workspace_id, after_ms, after_id, page.limit]).await
    }

    /// How many libraries the workspace has.
    pub async fn count_libraries(&mut self, workspace_id: WorkspaceId) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM libraries WHERE workspace_id = $1";
        let (count,) = self.fetch_scan(sql, params![workspace_id]).await?;
        Ok(count)
    }

    /// The workspace's libraries that an asset is in, oldest first.
    pub async fn list_libraries_of_asset(
        &mut self,
        workspace_id: WorkspaceId,
        asset_id: AssetId,
        page: Page,
    ) -> Result<Vec<LibraryRow>> {
        let sql = concat!(
            "SELECT ",
            library_columns!(),
            " FROM library_assets x JOIN libraries l ON l.id = x.library_id",
            " WHERE x.asset_id = $2 AND l.workspace_id = $1",
            " AND (l.created_at_ms, l.id) > ($3, $4) ORDER BY l.created_at_ms, l.id LIMIT $5"
        );
        let (after_ms, after_id) = page.start();
        self.fetch_many(sql, params![workspace_id, asset_id, after_ms, after_id, page.limit]).await
    }

    /// In how many of the workspace's libraries an asset is.
    pub async fn count_libraries_of_asset(
        &mut self,
        workspace_id: WorkspaceId,
        asset_id: AssetId,
    ) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM library_assets x JOIN libraries l ON l.id = x.library_id \
                   WHERE x.asset_id = $2 AND l.workspace_id = $1";
        let (count,) = self.fetch_scan(sql, params![workspace_id, asset_id]).await?;
        Ok(count)
    }

    /// Whether an asset is in a library.
    pub async fn is_in_library(&mut self, library_id: LibraryId, asset_id: AssetId) -> Result<bool> {
        let sql = "SELECT COUNT(*) FROM library_assets WHERE library_id = $1 AND asset_id = $2";
        let (count,): (i64,) = self.fetch_one(sql, params![library_id, asset_id]).await?;
        Ok(count > 0)
    }

    /// The live assets in a library of the workspace.
    pub async fn list_assets_in_library(
        &mut self,
        workspace_id: WorkspaceId,
        library_id: LibraryId,
        page: Page,
    ) -> Result<Vec<AssetRow>> {
        let sql = concat!(
            select_assets!(),
            " JOIN library_assets x ON x.asset_id = a.id",
            " WHERE x.library_id = $2 AND a.workspace_id = $1 AND a.deleted_at_ms IS NULL",
            " AND (x.asset_created_at_ms, x.asset_id) > ($3, $4)",
            " ORDER BY x.asset_created_at_ms, x.asset_id LIMIT $5"
        );
        let (after_ms, after_id) = page.start();
        self.fetch_many(sql, params![workspace_id, library_id, after_ms, after_id, page.limit]).await
    }

    /// How many live assets are in a library of the workspace.
    pub async fn count_assets_in_library(
        &mut self,
        workspace_id: WorkspaceId,
        library_id: LibraryId,
    ) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM library_assets x JOIN assets a ON a.id = x.asset_id \
                   WHERE x.library_id = $2 AND a.workspace_id = $1 AND a.deleted_at_ms IS NULL";
        let (count,) = self.fetch_scan(sql, params![workspace_id, library_id]).await?;
        Ok(count)
    }
}

impl Tx {
    /// Makes a library.
    pub async fn insert_library(&mut self, library: &NewLibrary) -> Result<()> {
        let sql = "INSERT INTO libraries (id, account_id, workspace_id, name, description, default_avatar, \
                   created_by_user_id, sequence, created_at_ms, updated_at_ms, thumbnail_file_id) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)";
        let params = params![
            library.id,
            library.account_id,
            library.workspace_id,
            &library.name,
            library.description.as_deref(),
            library.default_avatar,
            library.created_by_user_id,
            library.sequence,
            library.created_at_ms,
            library.thumbnail_file_id,
        ];
        self.execute(sql, params).await.map(drop)
    }

    /// Changes a library. Answers whether the workspace has one of this id.
    pub async fn update_library(
        &mut self,
        workspace_id: WorkspaceId,
        id: LibraryId,
        changes: &LibraryChanges,
        sequence: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE libraries SET name = COALESCE($3, name), \
                   description = CASE WHEN $4 THEN $5 ELSE description END, \
                   thumbnail_file_id = CASE WHEN $8 THEN $9 ELSE thumbnail_file_id END, \
                   sequence = $6, updated_at_ms = $7 \
                   WHERE id = $2 AND workspace_id = $1";
        let params = params![
            workspace_id,
            id,
            changes.name.as_deref(),
            changes.description.is_some(),
            changes.description.as_ref().and_then(Option::as_deref),
            sequence,
            now_ms,
            changes.thumbnail_file_id.is_some(),
            changes.thumbnail_file_id.flatten(),
        ];
        self.execute_one(sql, params).await
    }

    /// Deletes a library; its assets stay where they are. Answers whether the workspace had one of this id.
    pub async fn delete_library(&mut self, workspace_id: WorkspaceId, id: LibraryId) -> Result<bool> {
        let sql = "DELETE FROM libraries WHERE id = $2 AND workspace_id = $1";
        self.execute_one(sql, params![workspace_id, id]).await
    }

    /// Puts a live asset of the workspace into a library, which must be the workspace's: that is for the caller to have
    /// looked at. Answers whether the asset was not in it yet, or none where there is no such asset.
    pub async fn insert_library_asset(
        &mut self,
        workspace_id: WorkspaceId,
        library_id: LibraryId,
        asset_id: AssetId,
        created_by_user_id: UserId,
        now_ms: i64,
    ) -> Result<Option<bool>> {
        let sql =
            "SELECT created_at_ms FROM assets WHERE id = $2 AND workspace_id = $1 AND deleted_at_ms IS NULL";
        let asset: Option<(i64,)> = self.fetch_optional(sql, params![workspace_id, asset_id]).await?;
        let Some((asset_created_at_ms,)) = asset else { return Ok(None) };
        let sql = "INSERT INTO library_assets (library_id, asset_id, asset_created_at_ms, created_by_user_id, \
                   created_at_ms) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
        let params = params![library_id, asset_id, asset_created_at_ms, created_by_user_id, now_ms];
        self.execute_one(sql, params).await.map(Some)
    }

    /// Takes an asset out of a library. Answers whether it was in it.
    pub async fn delete_library_asset(&mut self, library_id: LibraryId, asset_id: AssetId) -> Result<bool> {
        let sql = "DELETE FROM library_assets WHERE library_id = $1 AND asset_id = $2";
        self.execute_one(sql, params![library_id, asset_id]).await
    }
}
