//! The trash of a workspace: assets, folders and versions that were deleted, until they are restored or purged. What is purged is gone with all
//! that hangs on it; its content goes with the next sweep that finds it named by nothing.

use mudlark_types::{AccountId, AssetId, FolderId, UserId, WorkspaceId};
use uuid::Uuid;

use crate::error::{Result, StoreError};
use crate::folders::{FolderRow, end_of_subtree};
use crate::paging::Page;
use crate::session::{Session, Tx};
use crate::sql::{IDS_PER_QUERY, Value, id_placeholders, padded_ids, params, row, text_enum};

text_enum! {
    /// What is in the trash.
    pub enum TrashedKind {
        /// An asset with its versions.
        Asset = "asset",
        /// A folder with all that lay in it and below it.
        Folder = "folder",
        /// One version of an asset that is not in the trash itself.
        Version = "version",
    }
}

row! {
    /// Something that was deleted by itself: what went with a folder is that one's, and an asset's versions are its own.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TrashRow from "t" as trash_columns {
        /// Its id.
        id: Uuid,
        /// The account it belongs to.
        account_id: AccountId,
        /// The workspace it belongs to.
        workspace_id: WorkspaceId,
        /// What it is.
        kind: TrashedKind,
        /// The asset, where it is one or a version of one.
        asset_id: Option<AssetId>,
        /// Its name, as written.
        name: String,
        /// The path of the folder that the asset lies in, or a folder's own; as written.
        path: String,
        /// Who deleted it.
        deleted_by_user_id: Option<UserId>,
        /// When.
        deleted_at_ms: i64,
    }
}

/// The trash of all workspaces, as a table `t` to select from.
macro_rules! trash {
    () => {
        "(SELECT a.id, a.account_id, a.workspace_id, 'asset' AS kind, a.id AS asset_id, a.name, f.path, \
          a.deleted_by_user_id, a.deleted_at_ms FROM assets a JOIN folders f ON f.id = a.folder_id \
          WHERE a.deleted_at_ms IS NOT NULL AND a.trash_folder_id IS NULL \
          UNION ALL \
          SELECT f.id, w.account_id, f.workspace_id, 'folder' AS kind, NULL AS asset_id, f.name, f.path, \
          f.deleted_by_user_id, f.deleted_at_ms FROM folders f JOIN workspaces w ON w.id = f.workspace_id \
          WHERE f.trash_folder_id IS NOT NULL AND f.trash_folder_id = f.id \
          UNION ALL \
          SELECT v.id, v.account_id, v.workspace_id, 'version' AS kind, v.asset_id, v.name, f.path, \
          v.deleted_by_user_id, v.deleted_at_ms FROM versions v \
          JOIN assets a ON a.id = v.asset_id AND a.deleted_at_ms IS NULL JOIN folders f ON f.id = a.folder_id \
          WHERE v.deleted_at_ms IS NOT NULL) t"
    };
}

impl Session {
    /// What is in the workspace's trash, in the order in which it was deleted. The place of a page is the time of
    /// deletion.
    pub async fn list_trash(&mut self, workspace_id: WorkspaceId, page: Page) -> Result<Vec<TrashRow>> {
        let sql = concat!(
            "SELECT ",
            trash_columns!(),
            " FROM ",
            trash!(),
            " WHERE t.workspace_id = $1 AND (t.deleted_at_ms, t.id) > ($2, $3)",
            " ORDER BY t.deleted_at_ms, t.id LIMIT $4"
        );
        let (after_ms, after_id) = page.start();
        self.fetch_many(sql, params![workspace_id, after_ms, after_id, page.limit]).await
    }

    /// How much is in the workspace's trash.
    pub async fn count_trash(&mut self, workspace_id: WorkspaceId) -> Result<i64> {
        let sql = concat!("SELECT COUNT(*) FROM ", trash!(), " WHERE t.workspace_id = $1");
        let (count,) = self.fetch_scan(sql, params![workspace_id]).await?;
        Ok(count)
    }

    /// What has this id, if it is in the workspace's trash by itself.
    pub async fn find_trash(&mut self, workspace_id: WorkspaceId, id: Uuid) -> Result<Option<TrashRow>> {
        let sql = concat!(
            "SELECT ",
            trash_columns!(),
            " FROM ",
            trash!(),
            " WHERE t.workspace_id = $1 AND t.id = $2"
        );
        self.fetch_optional(sql, params![workspace_id, id]).await
    }

    /// What was put into the trash of any workspace at or before a moment.
    pub async fn list_trash_of_all(&mut self, deleted_until_ms: i64, limit: i64) -> Result<Vec<TrashRow>> {
        let sql = concat!(
            "SELECT ",
            trash_columns!(),
            " FROM ",
            trash!(),
            " WHERE t.deleted_at_ms <= $1 ORDER BY t.deleted_at_ms, t.id LIMIT $2"
        );
        self.fetch_many(sql, params![deleted_until_ms, limit]).await
    }

    /// The workspace's folder of this id that was deleted by itself.
    pub async fn find_trashed_folder(
        &mut self,
        workspace_id: WorkspaceId,
        id: FolderId,
    ) -> Result<Option<FolderRow>> {
        let sql = concat!(
            "SELECT ",
            folder_columns!(),
            " FROM folders f WHERE f.id = $2 AND f.workspace_id = $1 AND f.trash_folder_id = $2"
        );
        self.fetch_optional(sql, params![workspace_id, id]).await
    }
}

/// How much a folder took with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FolderCounts {
    /// Folders, itself among them.
    pub folders: u64,
    /// Assets.
    pub assets: u64,
}

impl Tx {
    /// Puts a live folder into the trash, with all folders below it and all live assets in them. Its place is free then.
    pub async fn delete_folder(
        &mut self,
        folder: &FolderRow,
        deleted_by_user_id: UserId,
        sequence: i64,
        now_ms: i64,
    ) -> Result<FolderCounts> {
        // Under the root, since what it lay in may be gone before it is.
        let root = self.find_folder_by_path_key(folder.workspace_id, "/").await?;
        let root = root.ok_or_else(|| StoreError::internal("a workspace without a root folder"))?;
        let path_key = format!("{}{}", folder.id, folder.path_key);
        let gone = FolderRow { parent_id: Some(root.id), path_key, ..folder.clone() };
        let folders = self.update_folder_place(folder, &gone, sequence, now_ms).await?;
        let sql = "UPDATE folders SET trash_folder_id = $2, deleted_by_user_id = $3, deleted_at_ms = $4 \
                   WHERE workspace_id = $1 AND path_key >= $5 AND path_key < $6";
        let end = end_of_subtree(&gone.path_key);
        let (workspace, id) = (folder.workspace_id, folder.id);
        self.execute(sql, params![workspace, id, deleted_by_user_id, now_ms, &gone.path_key, end]).await?;
        let sql = "UPDATE assets SET trash_folder_id = $2, deleted_by_user_id = $3, deleted_at_ms = $4, \
                   updated_at_ms = $4, sequence = $5 WHERE workspace_id = $1 AND deleted_at_ms IS NULL \
                   AND folder_id IN (SELECT id FROM folders WHERE trash_folder_id = $2)";
        let params = params![workspace, id, deleted_by_user_id, now_ms, sequence];
        Ok(FolderCounts { folders, assets: self.execute(sql, params).await? })
    }

    /// Takes a folder out of the trash, with all that went there with it, to where `to` says.
    /// *Errors*: `Conflict` on [`FOLDER_PATH_TAKEN`](crate::folders::FOLDER_PATH_TAKEN).
    pub async fn restore_folder(
        &mut self,
        folder: &FolderRow,
        to: &FolderRow,
        sequence: i64,
        now_ms: i64,
    ) -> Result<FolderCounts> {
        let folders = self.update_folder_place(folder, to, sequence, now_ms).await?;
        let sql = "UPDATE assets SET trash_folder_id = NULL, deleted_by_user_id = NULL, deleted_at_ms = NULL, \
                   updated_at_ms = $3, sequence = $4 WHERE workspace_id = $1 AND trash_folder_id = $2";
        let assets = self.execute(sql, params![folder.workspace_id, folder.id, now_ms, sequence]).await?;
        let sql = "UPDATE folders SET trash_folder_id = NULL, deleted_by_user_id = NULL, deleted_at_ms = NULL \
                   WHERE workspace_id = $1 AND trash_folder_id = $2";
        self.execute(sql, params![folder.workspace_id, folder.id]).await?;
        Ok(FolderCounts { folders, assets })
    }

    /// Removes an entry of the trash for good: an asset's versions, and all that hangs on it. Of a folder all assets
    /// go that lay in it and below it, those too that were deleted before it. Answers whether it was there.
    pub async fn purge(&mut self, entry: &TrashRow) -> Result<bool> {
        let scope = params![entry.workspace_id, entry.id];
        if entry.kind == TrashedKind::Version {
            return self.purge_version(scope).await;
        }
        if entry.kind == TrashedKind::Asset {
            let asset = "SELECT a.id FROM assets a WHERE a.workspace_id = $1 AND a.id = $2 \
                         AND a.deleted_at_ms IS NOT NULL";
            return Ok(self.purge_assets_of(asset, scope).await? > 0);
        }
        let assets = "SELECT a.id FROM assets a JOIN folders f ON f.id = a.folder_id \
                      WHERE f.workspace_id = $1 AND f.trash_folder_id = $2";
        self.purge_assets_of(assets, scope).await?;
        self.execute_one("DELETE FROM folders WHERE workspace_id = $1 AND trash_folder_id = $2", scope).await
    }

    /// Removes a version in the trash, `$2`, of an asset of the workspace `$1` that is not, with what was said about it.
    /// Versions made from it are then made from what it was made from; replies about other versions stay.
    async fn purge_version(&mut self, scope: &[Value<'_>]) -> Result<bool> {
        const THIS: &str = "SELECT v.id FROM versions v JOIN assets a ON a.id = v.asset_id \
                            WHERE v.workspace_id = $1 AND v.id = $2 AND v.deleted_at_ms IS NOT NULL \
                            AND a.deleted_at_ms IS NULL";
        for sql in [
            format!(
                "UPDATE comments SET parent_id = NULL WHERE asset_version_id NOT IN ({THIS}) \
                 AND parent_id IN (SELECT c.id FROM comments c WHERE c.asset_version_id IN ({THIS}))"
            ),
            format!("DELETE FROM comments WHERE asset_version_id IN ({THIS})"),
            format!(
                "UPDATE versions SET commit_parent_id = (SELECT p.commit_parent_id FROM versions p WHERE p.id = $2) \
                 WHERE commit_parent_id IN ({THIS})"
            ),
            format!(
                "UPDATE assets SET purged_version_number = (SELECT v.version_number FROM versions v WHERE v.id = $2) \
                 WHERE id IN (SELECT v.asset_id FROM versions v WHERE v.id IN ({THIS}) \
                 AND v.version_number > assets.purged_version_number)"
            ),
            format!(
                "DELETE FROM pictures WHERE id IN (SELECT v.thumbnail_file_id FROM versions v WHERE v.id IN ({THIS}))"
            ),
        ] {
            self.execute(&sql, scope).await?;
        }
        self.execute_one(&format!("DELETE FROM versions WHERE id IN ({THIS})"), scope).await
    }

    /// Removes assets for good, with their versions and all that hangs on them.
    pub(crate) async fn purge_assets(&mut self, ids: &[AssetId]) -> Result<()> {
        for ids in ids.chunks(IDS_PER_QUERY) {
            let (placeholders, count) = id_placeholders(1, ids.len());
            self.purge_assets_of(&placeholders, &padded_ids(ids, count)).await?;
        }
        Ok(())
    }

    /// The same for a list or a query of ids. Answers how many there were.
    async fn purge_assets_of(&mut self, ids: &str, params: &[Value<'_>]) -> Result<u64> {
        // Tasks stand for themselves: they lose what they were about. Everything else goes first that would hold an
        // asset back; tables that say `ON DELETE CASCADE` need not be named.
        let pictures = format!(
            "DELETE FROM pictures WHERE id IN (SELECT v.thumbnail_file_id FROM versions v WHERE v.asset_id IN ({ids}))"
        );
        self.execute(&pictures, params).await?;
        for statement in [
            "UPDATE tasks SET asset_id = NULL WHERE asset_id IN",
            "DELETE FROM comments WHERE asset_id IN",
            "DELETE FROM asset_tags WHERE asset_id IN",
            "DELETE FROM versions WHERE asset_id IN",
        ] {
            self.execute(&format!("{statement} ({ids})"), params).await?;
        }
        self.execute(&format!("DELETE FROM assets WHERE id IN ({ids})"), params).await
    }
}
