//! The versions of assets. Their bytes are blobs, named by the SHA-256 of the content.

use mudlark_types::{AccountId, AssetId, PictureId, PreviewId, UserId, VersionId, WorkspaceId};
use uuid::Uuid;

use crate::error::Result;
use crate::paging::Page;
use crate::session::{Session, Tx};
use crate::sql::{Columns, FromRow, IDS_PER_QUERY, id_placeholders, padded_ids, params, row};
use crate::users::UserRow;

/// The conflict of a second version of an asset with the same number.
pub const VERSION_NUMBER_TAKEN: &str = "versions_asset_id_version_number_key";

row! {
    /// A version of an asset.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct VersionRow from "v" as version_columns {
        /// Its id.
        id: VersionId,
        /// The asset it is a version of.
        asset_id: AssetId,
        /// The version it was made from.
        commit_parent_id: Option<VersionId>,
        /// Who made it.
        created_by_user_id: UserId,
        /// Its name, as shown.
        name: String,
        /// What its maker says about it.
        description: Option<String>,
        /// The name of the file it was made from.
        file_name: String,
        /// SHA-256 of its content, 32 bytes.
        sha256: Vec<u8>,
        /// Length of its content.
        size_bytes: i64,
        /// Its number within the asset, from 1; never used twice.
        version_number: i64,
        /// The account's sequence number at its last change.
        sequence: i64,
        /// When it was made.
        created_at_ms: i64,
        /// When it was last changed.
        updated_at_ms: i64,
        /// Since when it is in the trash.
        deleted_at_ms: Option<i64>,
        /// The picture that was uploaded.
        thumbnail_file_id: Option<PictureId>,
        /// What was made of its file to look at.
        preview_id: Option<PreviewId>,
        /// What is in its file, in JSON.
        facts: Option<String>,
    }
}

/// A version and who made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionWithUser {
    /// The version.
    pub version: VersionRow,
    /// Who made it.
    pub user: UserRow,
}

impl FromRow for VersionWithUser {
    fn from_row(columns: &mut Columns<'_>) -> Result<Self> {
        Ok(Self { version: VersionRow::from_row(columns)?, user: UserRow::from_row(columns)? })
    }
}

/// What a version is made from.
#[derive(Clone, Debug)]
pub struct NewVersion {
    /// Its id.
    pub id: VersionId,
    /// The account, as the asset's.
    pub account_id: AccountId,
    /// The workspace, as the asset's.
    pub workspace_id: WorkspaceId,
    /// The asset it is a version of.
    pub asset_id: AssetId,
    /// The version it is made from.
    pub commit_parent_id: Option<VersionId>,
    /// Who makes it.
    pub created_by_user_id: UserId,
    /// Its name, as shown.
    pub name: String,
    /// What its maker says about it.
    pub description: Option<String>,
    /// The name of the file it is made from.
    pub file_name: String,
    /// SHA-256 of its content; the blob is there already.
    pub sha256: Vec<u8>,
    /// Length of its content.
    pub size_bytes: i64,
    /// One more than [`Session::max_version_number`].
    pub version_number: i64,
    /// From [`Tx::next_sequence`].
    pub sequence: i64,
    /// When it is made.
    pub created_at_ms: i64,
}

/// What to change of a version; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct VersionChanges {
    /// Another name.
    pub name: Option<String>,
    /// Another description, or none.
    pub description: Option<Option<String>>,
    /// Another picture, or none.
    pub thumbnail_file_id: Option<Option<PictureId>>,
}

/// The start of the queries for versions with their users.
macro_rules! select_versions {
    () => {
        concat!(
            "SELECT ",
            version_columns!(),
            ", ",
            user_columns!(),
            " FROM versions v JOIN users u ON u.id = v.created_by_user_id"
        )
    };
}

impl Session {
    /// The live version of this id, of a live asset in this workspace.
    pub async fn find_version(
        &mut self,
        workspace_id: WorkspaceId,
        asset_id: AssetId,
        id: VersionId,
    ) -> Result<Option<VersionWithUser>> {
        let sql = concat!(
            select_versions!(),
            " JOIN assets a ON a.id = v.asset_id AND a.deleted_at_ms IS NULL",
            " WHERE v.id = $3 AND v.asset_id = $2 AND v.workspace_id = $1 AND v.deleted_at_ms IS NULL"
        );
        self.fetch_optional(sql, params![workspace_id, asset_id, id]).await
    }

    /// The version of this id, in the trash or not, of the asset in this workspace.
    pub async fn find_version_any(
        &mut self,
        workspace_id: WorkspaceId,
        asset_id: AssetId,
        id: VersionId,
    ) -> Result<Option<VersionWithUser>> {
        let sql = concat!(select_versions!(), " WHERE v.id = $3 AND v.asset_id = $2 AND v.workspace_id = $1");
        self.fetch_optional(sql, params![workspace_id, asset_id, id]).await
    }

    /// The asset's live versions of these ids, in no order; unknown ids are left out.
    pub async fn list_versions_by_ids(
        &mut self,
        asset_id: AssetId,
        ids: &[VersionId],
    ) -> Result<Vec<VersionWithUser>> {
        let mut versions = Vec::with_capacity(ids.len());
        for ids in ids.chunks(IDS_PER_QUERY) {
            let (placeholders, count) = id_placeholders(2, ids.len());
            let sql = format!(
                "{} WHERE v.asset_id = $1 AND v.id IN ({placeholders}) AND v.deleted_at_ms IS NULL",
                select_versions!()
            );
            let mut params = vec![asset_id.into()];
            params.extend(padded_ids(ids, count));
            versions.extend(self.fetch_few(&sql, &params).await?);
        }
        Ok(versions)
    }

    /// The asset's live versions.
    pub async fn list_versions(&mut self, asset_id: AssetId, page: Page) -> Result<Vec<VersionWithUser>> {
        let sql = concat!(
            select_versions!(),
            " WHERE v.asset_id = $1 AND v.deleted_at_ms IS NULL",
            " AND (v.created_at_ms, v.id) > ($2, $3) ORDER BY v.created_at_ms, v.id LIMIT $4"
        );
        let (after_ms, after_id) = page.start();
        self.fetch_many(sql, params![asset_id, after_ms, after_id, page.limit]).await
    }

    /// How many live versions the asset has.
    pub async fn count_versions(&mut self, asset_id: AssetId) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM versions WHERE asset_id = $1 AND deleted_at_ms IS NULL";
        let (count,) = self.fetch_one(sql, params![asset_id]).await?;
        Ok(count)
    }

    /// The asset's live version with the highest number, other than `excluding`.
    pub async fn newest_live_version(
        &mut self,
        asset_id: AssetId,
        excluding: Option<VersionId>,
    ) -> Result<Option<VersionRow>> {
        let sql = concat!(
            "SELECT ",
            version_columns!(),
            " FROM versions v WHERE v.asset_id = $1 AND v.deleted_at_ms IS NULL AND v.id <> $2",
            " ORDER BY v.version_number DESC LIMIT 1"
        );
        let excluding = excluding.map_or(Uuid::nil(), |id| id.as_uuid());
        self.fetch_optional(sql, params![asset_id, excluding]).await
    }

    /// The highest number that a version of the asset ever had, purged ones too; 0 when it had none.
    pub async fn max_version_number(&mut self, asset_id: AssetId) -> Result<i64> {
        let sql = "SELECT COALESCE(MAX(version_number), 0), \
                   COALESCE((SELECT purged_version_number FROM assets WHERE id = $1), 0) \
                   FROM versions WHERE asset_id = $1";
        let (kept, purged): (i64, i64) = self.fetch_one(sql, params![asset_id]).await?;
        Ok(kept.max(purged))
    }
}

impl Tx {
    /// Makes a version. *Errors*: `Conflict` on [`VERSION_NUMBER_TAKEN`], and on the foreign key when the blob isn't
    /// there.
    pub async fn insert_version(&mut self, version: &NewVersion) -> Result<()> {
        let sql = "INSERT INTO versions (id, account_id, workspace_id, asset_id, commit_parent_id, \
                   created_by_user_id, name, description, file_name, sha256, size_bytes, version_number, \
                   sequence, created_at_ms, updated_at_ms) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)";
        let params = params![
            version.id,
            version.account_id,
            version.workspace_id,
            version.asset_id,
            version.commit_parent_id,
            version.created_by_user_id,
            &version.name,
            version.description.as_deref(),
            &version.file_name,
            &version.sha256,
            version.size_bytes,
            version.version_number,
            version.sequence,
            version.created_at_ms,
        ];
        self.execute(sql, params).await.map(drop)
    }

    /// Changes a live version. Answers whether the asset has one of this id.
    pub async fn update_version(
        &mut self,
        asset_id: AssetId,
        id: VersionId,
        changes: &VersionChanges,
        sequence: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE versions SET name = COALESCE($3, name), \
                   description = CASE WHEN $4 THEN $5 ELSE description END, \
                   thumbnail_file_id = CASE WHEN $8 THEN $9 ELSE thumbnail_file_id END, \
                   sequence = $6, updated_at_ms = $7 \
                   WHERE id = $2 AND asset_id = $1 AND deleted_at_ms IS NULL";
        let params = params![
            asset_id,
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

    /// Puts a live version into the trash. Answers whether the asset had one of this id.
    pub async fn delete_version(
        &mut self,
        asset_id: AssetId,
        id: VersionId,
        deleted_by_user_id: UserId,
        sequence: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE versions SET deleted_at_ms = $5, deleted_by_user_id = $3, updated_at_ms = $5, \
                   sequence = $4 WHERE id = $2 AND asset_id = $1 AND deleted_at_ms IS NULL";
        self.execute_one(sql, params![asset_id, id, deleted_by_user_id, sequence, now_ms]).await
    }

    /// Takes a version out of the trash. Answers whether it was there.
    pub async fn restore_version(
        &mut self,
        asset_id: AssetId,
        id: VersionId,
        sequence: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE versions SET deleted_at_ms = NULL, deleted_by_user_id = NULL, updated_at_ms = $4, \
                   sequence = $3 WHERE id = $2 AND asset_id = $1 AND deleted_at_ms IS NOT NULL";
        self.execute_one(sql, params![asset_id, id, sequence, now_ms]).await
    }
}
