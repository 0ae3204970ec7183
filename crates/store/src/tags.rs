//! Tags of a workspace, and which assets have them.

use mudlark_types::{AccountId, AssetId, TagId, UserId, WorkspaceId};

use crate::error::Result;
use crate::paging::Page;
use crate::search::{Subject, Words};
use crate::session::{Session, Tx};
use crate::sql::{IDS_PER_QUERY, id_placeholders, padded_ids, params, row};

/// The conflict of a second live tag in a workspace with the same name in any case.
pub const TAG_NAME_TAKEN: &str = "tags_workspace_id_name_key_key";

row! {
    /// A tag.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TagRow from "t" as tag_columns {
        /// Its id.
        id: TagId,
        /// The workspace it belongs to.
        workspace_id: WorkspaceId,
        /// Its name, as written.
        name: String,
        /// Its colour, `#rrggbb`.
        color: Option<String>,
        /// Who made it.
        created_by_user_id: UserId,
        /// The account's sequence number at its last change.
        sequence: i64,
        /// When it was made.
        created_at_ms: i64,
        /// When it was last changed.
        updated_at_ms: i64,
    }
}

row! {
    /// That an asset has a tag.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AssetTagRow from "x" as asset_tag_columns {
        /// The asset.
        asset_id: AssetId,
    } joined {
        /// The tag.
        tag: TagRow = TagRow::from_row,
    }
}

/// What a tag is made from.
#[derive(Clone, Debug)]
pub struct NewTag {
    /// Its id.
    pub id: TagId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The workspace it belongs to.
    pub workspace_id: WorkspaceId,
    /// Its name, as written.
    pub name: String,
    /// Its name in the form by which names are compared.
    pub name_key: String,
    /// Its colour.
    pub color: Option<String>,
    /// Who makes it.
    pub created_by_user_id: UserId,
    /// From [`Tx::next_sequence`].
    pub sequence: i64,
    /// When it is made.
    pub created_at_ms: i64,
}

/// What to change of a tag; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct TagChanges {
    /// Another name.
    pub name: Option<String>,
    /// That name in the form by which names are compared.
    pub name_key: Option<String>,
    /// Another colour, or none.
    pub color: Option<Option<String>>,
}

impl Session {
    /// The workspace's tag of this id.
    pub async fn find_tag(&mut self, workspace_id: WorkspaceId, id: TagId) -> Result<Option<TagRow>> {
        let sql = concat!(
            "SELECT ",
            tag_columns!(),
            " FROM tags t WHERE t.id = $2 AND t.workspace_id = $1 AND t.deleted_at_ms IS NULL"
        );
        self.fetch_optional(sql, params![workspace_id, id]).await
    }

    /// The workspace's tag of this folded name.
    pub async fn find_tag_by_name(
        &mut self,
        workspace_id: WorkspaceId,
        name_key: &str,
    ) -> Result<Option<TagRow>> {
        let sql = concat!(
            "SELECT ",
            tag_columns!(),
            " FROM tags t WHERE t.workspace_id = $1 AND t.name_key = $2 AND t.deleted_at_ms IS NULL"
        );
        self.fetch_optional(sql, params![workspace_id, name_key]).await
    }

    /// The workspace's tags, oldest first.
    pub async fn list_tags(&mut self, workspace_id: WorkspaceId, page: Page) -> Result<Vec<TagRow>> {
        let sql = concat!(
            "SELECT ",
            tag_columns!(),
            " FROM tags t WHERE t.workspace_id = $1 AND t.deleted_at_ms IS NULL",
            " AND (t.created_at_ms, t.id) > ($2, $3) ORDER BY t.created_at_ms, t.id LIMIT $4"
        );
        let (after_ms, after_id) = page.start();
        self.fetch_many(sql, params![workspace_id, after_ms, after_id, page.limit]).await
    }

    /// How many tags the workspace has.
    pub async fn count_tags(&mut self, workspace_id: WorkspaceId) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM tags WHERE workspace_id = $1 AND deleted_at_ms IS NULL";
        let (count,) = self.fetch_scan(sql, params![workspace_id]).await?;
        Ok(count)
    }

    /// The tags of these assets of the workspace, by name.
    pub async fn list_tags_of_assets(
        &mut self,
        workspace_id: WorkspaceId,
        asset_ids: &[AssetId],
    ) -> Result<Vec<AssetTagRow>> {
        let mut tags = Vec::new();
        for ids in asset_ids.chunks(IDS_PER_QUERY) {
            let (placeholders, count) = id_placeholders(2, ids.len());
            let sql = format!(
                "SELECT {}, {} FROM asset_tags x JOIN tags t ON t.id = x.tag_id \
                 WHERE x.asset_id IN ({placeholders}) AND t.workspace_id = $1 AND t.deleted_at_ms IS NULL \
                 ORDER BY t.name_key, t.id",
                asset_tag_columns!(),
                tag_columns!()
            );
            let mut params = vec![workspace_id.into()];
            params.extend(padded_ids(ids, count));
            tags.extend(self.fetch_few(&sql, &params).await?);
        }
        Ok(tags)
    }
}

impl Tx {
    /// Makes a tag. *Errors*: `Conflict` on [`TAG_NAME_TAKEN`].
    pub async fn insert_tag(&mut self, tag: &NewTag) -> Result<()> {
        let sql = "INSERT INTO tags (id, account_id, workspace_id, name, name_key, color, created_by_user_id, \
                   sequence, created_at_ms, updated_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)";
        let params = params![
            tag.id,
            tag.account_id,
            tag.workspace_id,
            &tag.name,
            &tag.name_key,
            tag.color.as_deref(),
            tag.created_by_user_id,
            tag.sequence,
            tag.created_at_ms,
        ];
        self.execute(sql, params).await?;
        self.insert_search_entry(tag.workspace_id, Subject::Tag(tag.id), &Words::of(&tag.name)).await
    }

    /// Changes a tag. Answers whether the workspace has one of this id. *Errors*: `Conflict` on [`TAG_NAME_TAKEN`].
    pub async fn update_tag(
        &mut self,
        workspace_id: WorkspaceId,
        id: TagId,
        changes: &TagChanges,
        sequence: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE tags SET name = COALESCE($3, name), name_key = COALESCE($4, name_key), \
                   color = CASE WHEN $5 THEN $6 ELSE color END, sequence = $7, updated_at_ms = $8 \
                   WHERE id = $2 AND workspace_id = $1 AND deleted_at_ms IS NULL";
        let params = params![
            workspace_id,
            id,
            changes.name.as_deref(),
            changes.name_key.as_deref(),
            changes.color.is_some(),
            changes.color.as_ref().and_then(Option::as_deref),
            sequence,
            now_ms,
        ];
        let is_there = self.execute_one(sql, params).await?;
        if is_there && changes.name.is_some() {
            self.renew_search_entry(Subject::Tag(id)).await?;
        }
        Ok(is_there)
    }

    /// Deletes a tag, and takes it off all assets. Answers whether the workspace had one of this id.
    pub async fn delete_tag(
        &mut self,
        workspace_id: WorkspaceId,
        id: TagId,
        sequence: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE tags SET deleted_at_ms = $4, sequence = $3, updated_at_ms = $4 \
                   WHERE id = $2 AND workspace_id = $1 AND deleted_at_ms IS NULL";
        let deleted = self.execute_one(sql, params![workspace_id, id, sequence, now_ms]).await?;
        if deleted {
            self.execute("DELETE FROM asset_tags WHERE tag_id = $1", params![id]).await?;
            self.delete_search_entry(Subject::Tag(id)).await?;
        }
        Ok(deleted)
    }

    /// Gives an asset a tag. Both must be the workspace's; that is for the caller to have looked at. Answers whether it had
    /// not got it yet.
    pub async fn insert_asset_tag(
        &mut self,
        asset_id: AssetId,
        tag_id: TagId,
        created_by_user_id: UserId,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "INSERT INTO asset_tags (asset_id, tag_id, created_by_user_id, created_at_ms) \
                   VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        self.execute_one(sql, params![asset_id, tag_id, created_by_user_id, now_ms]).await
    }

    /// Takes a tag off an asset. Answers whether it had it.
    pub async fn delete_asset_tag(&mut self, asset_id: AssetId, tag_id: TagId) -> Result<bool> {
        let sql = "DELETE FROM asset_tags WHERE asset_id = $1 AND tag_id = $2";
        self.execute_one(sql, params![asset_id, tag_id]).await
    }
}
