//! Assets: named files in folders. Reading one, with its folder, its current version and that version's user, is the
//! query that the server answers most. Many are read without that user: often it is the same for all of them.

use mudlark_types::{AccountId, AssetId, FolderId, StatusId, UserId, VersionId, WorkspaceId};
use uuid::Uuid;

use crate::error::Result;
use crate::paging::Page;
use crate::search::{Subject, Words};
use crate::session::{Session, Tx};
use crate::sql::{Columns, FromRow, IDS_PER_QUERY, Value, id_placeholders, padded_ids, params, row};
use crate::users::UserRow;
use crate::versions::VersionRow;

/// The conflict of a second live asset in a folder with the same name in any case.
pub const ASSET_NAME_TAKEN: &str = "assets_folder_id_name_key_key";

row! {
    /// An asset with what is shown beside it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AssetRow from "a" as asset_columns {
        /// Its id.
        id: AssetId,
        /// The account it belongs to.
        account_id: AccountId,
        /// The workspace it belongs to.
        workspace_id: WorkspaceId,
        /// The folder it is in.
        folder_id: FolderId,
        /// Its name, as written.
        name: String,
        /// Its name in the form by which names are compared.
        name_key: String,
        /// The name of the file it was made from.
        file_name: String,
        /// What is said about it.
        description: Option<String>,
        /// What kind of asset it is.
        asset_type_id: Option<Uuid>,
        /// Its status.
        status_id: Option<StatusId>,
        /// Who made it.
        created_by_user_id: UserId,
        /// The version that stands for it.
        current_version_id: VersionId,
        /// The account's sequence number at its last change.
        sequence: i64,
        /// When it was made.
        created_at_ms: i64,
        /// When it was last changed.
        updated_at_ms: i64,
        /// Since when it is in the trash.
        deleted_at_ms: Option<i64>,
        /// Who put it there.
        deleted_by_user_id: Option<UserId>,
        /// Who took the lock; see [`AssetRow::lock_at`].
        lock_user_id: Option<UserId>,
        /// Why.
        lock_reason: Option<String>,
        /// When.
        lock_acquired_at_ms: Option<i64>,
        /// Until when.
        lock_expires_at_ms: Option<i64>,
        /// How often the lock has been given to somebody; 0 when it never was.
        lock_fence: i64,
    } joined {
        /// Whether it has a tag: most have none, and then nothing more is asked.
        is_tagged: bool = Columns::get,
        /// The path of its folder, as written.
        folder_path: String = Columns::get,
        /// The version that stands for it.
        current_version: VersionRow = VersionRow::from_row,
    }
}

/// An asset and who made its current version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetWithUser {
    /// The asset.
    pub asset: AssetRow,
    /// The user of its current version.
    pub user: UserRow,
}

impl FromRow for AssetWithUser {
    fn from_row(columns: &mut Columns<'_>) -> Result<Self> {
        Ok(Self { asset: AssetRow::from_row(columns)?, user: UserRow::from_row(columns)? })
    }
}

/// What is selected of an asset `a`, its folder `f` and its version `v`.
macro_rules! shown_asset_columns {
    () => {
        concat!(
            asset_columns!(),
            ", EXISTS (SELECT 1 FROM asset_tags x WHERE x.asset_id = a.id), f.path, ",
            version_columns!()
        )
    };
}

/// The start of the queries for assets. `$further`: what is selected after an asset's columns, as `", …"`.
macro_rules! select_assets {
    () => {
        select_assets!("")
    };
    ($($further:expr),+) => {
        concat!(
            "SELECT ",
            shown_asset_columns!(),
            $($further,)+
            " FROM assets a JOIN folders f ON f.id = a.folder_id",
            " JOIN versions v ON v.id = a.current_version_id"
        )
    };
}

/// What an asset is made from. Its first version is made in the same transaction.
#[derive(Clone, Debug)]
pub struct NewAsset {
    /// Its id.
    pub id: AssetId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The workspace it belongs to.
    pub workspace_id: WorkspaceId,
    /// The folder it is in.
    pub folder_id: FolderId,
    /// Its name, as written.
    pub name: String,
    /// Its name in the form by which names are compared.
    pub name_key: String,
    /// The name of the file it is made from.
    pub file_name: String,
    /// What is said about it.
    pub description: Option<String>,
    /// What kind of asset it is.
    pub asset_type_id: Option<Uuid>,
    /// Its status.
    pub status_id: Option<StatusId>,
    /// Who makes it.
    pub created_by_user_id: UserId,
    /// Its first version, which may be inserted after it.
    pub current_version_id: VersionId,
    /// From [`Tx::next_sequence`].
    pub sequence: i64,
    /// When it is made.
    pub created_at_ms: i64,
}

/// What to change of an asset; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct AssetChanges {
    /// Another name.
    pub name: Option<String>,
    /// That name in the form by which names are compared.
    pub name_key: Option<String>,
    /// Another file name.
    pub file_name: Option<String>,
    /// Another description, or none.
    pub description: Option<Option<String>>,
    /// Another kind, or none.
    pub asset_type_id: Option<Option<Uuid>>,
    /// Another status, or none.
    pub status_id: Option<Option<StatusId>>,
    /// Another folder.
    pub folder_id: Option<FolderId>,
}

impl Session {
    /// The workspace's live asset of this id.
    pub async fn find_asset(&mut self, workspace_id: WorkspaceId, id: AssetId) -> Result<Option<AssetRow>> {
        let sql =
            concat!(select_assets!(), " WHERE a.id = $2 AND a.workspace_id = $1 AND a.deleted_at_ms IS NULL");
        self.fetch_optional(sql, params![workspace_id, id]).await
    }

    /// The same with who made its current version.
    pub async fn find_asset_with_user(
        &mut self,
        workspace_id: WorkspaceId,
        id: AssetId,
    ) -> Result<Option<AssetWithUser>> {
        let sql = concat!(
            select_assets!(", ", user_columns!()),
            " JOIN users u ON u.id = v.created_by_user_id",
            " WHERE a.id = $2 AND a.workspace_id = $1 AND a.deleted_at_ms IS NULL"
        );
        self.fetch_optional(sql, params![workspace_id, id]).await
    }

    /// The workspace's asset of this id, in the trash or not.
    pub async fn find_asset_any(
        &mut self,
        workspace_id: WorkspaceId,
        id: AssetId,
    ) -> Result<Option<AssetRow>> {
        let sql = concat!(select_assets!(), " WHERE a.id = $2 AND a.workspace_id = $1");
        self.fetch_optional(sql, params![workspace_id, id]).await
    }

    /// The live asset with this folded name in a folder of the workspace.
    pub async fn find_asset_by_name(
        &mut self,
        workspace_id: WorkspaceId,
        folder_id: FolderId,
        name_key: &str,
    ) -> Result<Option<AssetRow>> {
        let sql = concat!(
            select_assets!(),
            " WHERE a.folder_id = $2 AND a.name_key = $3 AND a.workspace_id = $1 AND a.deleted_at_ms IS NULL"
        );
        self.fetch_optional(sql, params![workspace_id, folder_id, name_key]).await
    }

    /// The workspace's live assets of these ids, in no order; unknown ids are left out.
    pub async fn list_assets_by_ids(
        &mut self,
        workspace_id: WorkspaceId,
        ids: &[AssetId],
    ) -> Result<Vec<AssetRow>> {
        let mut assets = Vec::with_capacity(ids.len());
        for ids in ids.chunks(IDS_PER_QUERY) {
            let (placeholders, count) = id_placeholders(2, ids.len());
            // As bare conditions, workspace and trash would make SQLite look into an index of theirs for each id first.
            let sql = format!(
                "{} WHERE a.id IN ({placeholders}) AND (a.workspace_id = $1) IS TRUE \
                 AND (a.deleted_at_ms IS NULL) IS TRUE",
                select_assets!()
            );
            let mut params = vec![Value::from(workspace_id)];
            params.extend(padded_ids(ids, count));
            assets.extend(self.fetch_many(&sql, &params).await?);
        }
        Ok(assets)
    }

    /// The live assets directly in a folder of the workspace.
    pub async fn list_assets_in_folder(
        &mut self,
        workspace_id: WorkspaceId,
        folder_id: FolderId,
        page: Page,
    ) -> Result<Vec<AssetRow>> {
        let sql = concat!(
            select_assets!(),
            " WHERE a.folder_id = $2 AND a.workspace_id = $1 AND a.deleted_at_ms IS NULL",
            " AND (a.created_at_ms, a.id) > ($3, $4) ORDER BY a.created_at_ms, a.id LIMIT $5"
        );
        let (after_ms, after_id) = page.start();
        self.fetch_many(sql, params![workspace_id, folder_id, after_ms, after_id, page.limit]).await
    }

    /// How many live assets are directly in a folder of the workspace.
    pub async fn count_assets_in_folder(
        &mut self,
        workspace_id: WorkspaceId,
        folder_id: FolderId,
    ) -> Result<i64> {
        // The folder's own row says which workspace it is in, so that the count reads an index alone.
        let sql = "SELECT COUNT(*) FROM assets WHERE deleted_at_ms IS NULL AND folder_id = \
                   (SELECT id FROM folders WHERE id = $2 AND workspace_id = $1)";
        let (count,) = self.fetch_scan(sql, params![workspace_id, folder_id]).await?;
        Ok(count)
    }
}

impl Tx {
    /// Makes an asset. *Errors*: `Conflict` on [`ASSET_NAME_TAKEN`]; on the foreign key when folder, status or
    /// workspace don't fit together, and at the commit when its version was not made.
    pub async fn insert_asset(&mut self, asset: &NewAsset) -> Result<()> {
        let sql = "INSERT INTO assets (id, account_id, workspace_id, folder_id, name, name_key, file_name, \
                   description, asset_type_id, status_id, created_by_user_id, current_version_id, sequence, \
                   created_at_ms, updated_at_ms) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)";
        let params = params![
            asset.id,
            asset.account_id,
            asset.workspace_id,
            asset.folder_id,
            &asset.name,
            &asset.name_key,
            &asset.file_name,
            asset.description.as_deref(),
            asset.asset_type_id,
            asset.status_id,
            asset.created_by_user_id,
            asset.current_version_id,
            asset.sequence,
            asset.created_at_ms,
        ];
        self.execute(sql, params).await?;
        let words = Words::of_asset(&asset.name, &asset.file_name, asset.description.as_deref());
        self.insert_search_entry(asset.workspace_id, Subject::Asset(asset.id), &words).await
    }

    /// Changes a live asset. Answers whether the workspace has one of this id.
    /// *Errors*: `Conflict` on [`ASSET_NAME_TAKEN`], and on the foreign key for a folder or status of another
    /// workspace.
    pub async fn update_asset(
        &mut self,
        workspace_id: WorkspaceId,
        id: AssetId,
        changes: &AssetChanges,
        sequence: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE assets SET name = COALESCE($3, name), name_key = COALESCE($4, name_key), \
                   file_name = COALESCE($5, file_name), folder_id = COALESCE($6, folder_id), \
                   description = CASE WHEN $7 THEN $8 ELSE description END, \
                   asset_type_id = CASE WHEN $9 THEN $10 ELSE asset_type_id END, \
                   status_id = CASE WHEN $11 THEN $12 ELSE status_id END, \
                   sequence = $13, updated_at_ms = $14 \
                   WHERE id = $2 AND workspace_id = $1 AND deleted_at_ms IS NULL";
        let has_other_words = self.gives_other_words(id, changes).await?;
        let params = params![
            workspace_id,
            id,
            changes.name.as_deref(),
            changes.name_key.as_deref(),
            changes.file_name.as_deref(),
            changes.folder_id,
            changes.description.is_some(),
            changes.description.as_ref().and_then(Option::as_deref),
            changes.asset_type_id.is_some(),
            changes.asset_type_id.flatten(),
            changes.status_id.is_some(),
            changes.status_id.flatten(),
            sequence,
            now_ms,
        ];
        let is_there = self.execute_one(sql, params).await?;
        if is_there && has_other_words {
            self.renew_search_entry(Subject::Asset(id)).await?;
        }
        Ok(is_there)
    }

    /// Whether a change gives an asset words that it is not found by yet.
    async fn gives_other_words(&mut self, id: AssetId, changes: &AssetChanges) -> Result<bool> {
        let AssetChanges { name, file_name, description, .. } = changes;
        if name.is_none() && file_name.is_none() && description.is_none() {
            return Ok(false);
        }
        let sql = "SELECT sequence FROM assets WHERE id = $1 \
                   AND ($4 OR name <> COALESCE($2, name) OR file_name <> COALESCE($3, file_name))";
        let params = params![id, name.as_deref(), file_name.as_deref(), description.is_some()];
        let found: Option<(i64,)> = self.fetch_optional(sql, params).await?;
        Ok(found.is_some())
    }

    /// Lets another version stand for the asset. Answers false when there is no such asset, or the version is not
    /// one of its own.
    pub async fn update_asset_current_version(
        &mut self,
        id: AssetId,
        version_id: VersionId,
        sequence: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE assets SET current_version_id = $2, sequence = $3, updated_at_ms = $4 WHERE id = $1 \
                   AND EXISTS (SELECT 1 FROM versions v WHERE v.id = $2 AND v.asset_id = $1)";
        self.execute_one(sql, params![id, version_id, sequence, now_ms]).await
    }

    /// Puts a live asset into the trash. Answers whether the workspace had one of this id.
    pub async fn delete_asset(
        &mut self,
        workspace_id: WorkspaceId,
        id: AssetId,
        deleted_by_user_id: UserId,
        sequence: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE assets SET deleted_at_ms = $5, deleted_by_user_id = $3, sequence = $4, \
                   updated_at_ms = $5 WHERE id = $2 AND workspace_id = $1 AND deleted_at_ms IS NULL";
        self.execute_one(sql, params![workspace_id, id, deleted_by_user_id, sequence, now_ms]).await
    }

    /// Takes an asset out of the trash, into a live folder. Answers whether it was there.
    /// *Errors*: `Conflict` on [`ASSET_NAME_TAKEN`] when its name was taken meanwhile.
    pub async fn restore_asset(
        &mut self,
        workspace_id: WorkspaceId,
        id: AssetId,
        folder_id: FolderId,
        sequence: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE assets SET deleted_at_ms = NULL, deleted_by_user_id = NULL, trash_folder_id = NULL, \
                   folder_id = $3, sequence = $4, updated_at_ms = $5 WHERE id = $2 AND workspace_id = $1 AND deleted_at_ms IS NOT NULL";
        self.execute_one(sql, params![workspace_id, id, folder_id, sequence, now_ms]).await
    }
}
