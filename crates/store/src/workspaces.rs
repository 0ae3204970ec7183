//! Workspaces of accounts, and what they hold in sum.

use mudlark_types::{AccountId, PictureId, UserId, WorkspaceId};

use crate::error::Result;
use crate::paging::Page;
use crate::session::{Session, Tx};
use crate::sql::{IDS_PER_QUERY, id_placeholders, padded_ids, params, row};

row! {
    /// A workspace.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct WorkspaceRow from "w" as workspace_columns {
        /// Its id.
        id: WorkspaceId,
        /// The account it belongs to.
        account_id: AccountId,
        /// Its name, as shown.
        name: String,
        /// The number of its stock picture, 1 to 10.
        default_avatar: i64,
        /// The picture that was uploaded.
        thumbnail_file_id: Option<PictureId>,
        /// Who made it; none when the operator did.
        created_by_user_id: Option<UserId>,
        /// The account's sequence number at its last change.
        sequence: i64,
        /// When it was made.
        created_at_ms: i64,
        /// When it was last changed.
        updated_at_ms: i64,
        /// Since when it is in the trash.
        deleted_at_ms: Option<i64>,
    }
}

/// What a workspace is made from.
#[derive(Clone, Debug)]
pub struct NewWorkspace {
    /// Its id.
    pub id: WorkspaceId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// Its name, as shown.
    pub name: String,
    /// The number of its stock picture, 1 to 10.
    pub default_avatar: i64,
    /// Who makes it; none when the operator does.
    pub created_by_user_id: Option<UserId>,
    /// From [`Tx::next_sequence`].
    pub sequence: i64,
    /// When it is made.
    pub created_at_ms: i64,
}

/// What to change of a workspace; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct WorkspaceChanges {
    /// Another name.
    pub name: Option<String>,
    /// Another picture, or none.
    pub thumbnail_file_id: Option<Option<PictureId>>,
}

/// What a workspace holds in sum. Assets in the trash don't count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageRow {
    /// Users with a membership row.
    pub members: i64,
    /// Live assets.
    pub assets: i64,
    /// Bytes of all live versions and of the attachments of live assets, each as if it were kept by itself.
    pub storage_bytes: i64,
}

impl Session {
    /// The account's live workspace of this id.
    pub async fn find_workspace(
        &mut self,
        account_id: AccountId,
        id: WorkspaceId,
    ) -> Result<Option<WorkspaceRow>> {
        let sql = concat!(
            "SELECT ",
            workspace_columns!(),
            " FROM workspaces w WHERE w.id = $2 AND w.account_id = $1 AND w.deleted_at_ms IS NULL"
        );
        self.fetch_optional(sql, params![account_id, id]).await
    }

    /// The account's live workspaces.
    pub async fn list_workspaces(&mut self, account_id: AccountId, page: Page) -> Result<Vec<WorkspaceRow>> {
        let sql = concat!(
            "SELECT ",
            workspace_columns!(),
            " FROM workspaces w WHERE w.account_id = $1 AND w.deleted_at_ms IS NULL",
            " AND (w.created_at_ms, w.id) > ($2, $3) ORDER BY w.created_at_ms, w.id LIMIT $4"
        );
        let (after_ms, after_id) = page.start();
        self.fetch_many(sql, params![account_id, after_ms, after_id, page.limit]).await
    }

    /// How many live workspaces the account has.
    pub async fn count_workspaces(&mut self, account_id: AccountId) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM workspaces WHERE account_id = $1 AND deleted_at_ms IS NULL";
        let (count,) = self.fetch_one(sql, params![account_id]).await?;
        Ok(count)
    }

    /// Every live workspace: for start-up.
    pub async fn list_all_workspaces(&mut self) -> Result<Vec<WorkspaceRow>> {
        let sql = concat!(
            "SELECT ",
            workspace_columns!(),
            " FROM workspaces w WHERE w.deleted_at_ms IS NULL ORDER BY w.created_at_ms, w.id"
        );
        self.fetch_many(sql, params![]).await
    }

    /// The live workspaces of these ids, of any account, in no order; unknown ids are left out.
    pub async fn list_workspaces_by_ids(&mut self, ids: &[WorkspaceId]) -> Result<Vec<WorkspaceRow>> {
        let mut workspaces = Vec::with_capacity(ids.len());
        for ids in ids.chunks(IDS_PER_QUERY) {
            let (placeholders, count) = id_placeholders(1, ids.len());
            let sql = format!(
                "SELECT {} FROM workspaces w WHERE w.id IN ({placeholders}) AND w.deleted_at_ms IS NULL",
                workspace_columns!()
            );
            workspaces.extend(self.fetch_few(&sql, &padded_ids(ids, count)).await?);
        }
        Ok(workspaces)
    }

    /// What the workspace holds in sum, as the database counts along.
    pub async fn workspace_usage(&mut self, id: WorkspaceId) -> Result<UsageRow> {
        let sql = "SELECT (SELECT COUNT(*) FROM workspace_members WHERE workspace_id = $1), \
                   w.asset_count, w.storage_bytes FROM workspaces w WHERE w.id = $1";
        let (members, assets, storage_bytes) = self.fetch_one(sql, params![id]).await?;
        Ok(UsageRow { members, assets, storage_bytes })
    }
}

impl Tx {
    /// Makes a workspace; its root folder is made by [`Tx::insert_folder`].
    pub async fn insert_workspace(&mut self, workspace: &NewWorkspace) -> Result<()> {
        let sql = "INSERT INTO workspaces (id, account_id, name, default_avatar, created_by_user_id, sequence, \
                   created_at_ms, updated_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)";
        let params = params![
            workspace.id,
            workspace.account_id,
            &workspace.name,
            workspace.default_avatar,
            workspace.created_by_user_id,
            workspace.sequence,
            workspace.created_at_ms,
        ];
        self.execute(sql, params).await.map(drop)
    }

    /// Changes a live workspace. Answers whether there is such a workspace.
    pub async fn update_workspace(
        &mut self,
        id: WorkspaceId,
        changes: &WorkspaceChanges,
        sequence: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE workspaces SET name = COALESCE($2, name), \
                   thumbnail_file_id = CASE WHEN $3 THEN $4 ELSE thumbnail_file_id END, sequence = $5, \
                   updated_at_ms = $6 WHERE id = $1 AND deleted_at_ms IS NULL";
        let picture = changes.thumbnail_file_id;
        let params =
            params![id, changes.name.as_deref(), picture.is_some(), picture.flatten(), sequence, now_ms];
        self.execute_one(sql, params).await
    }

    /// Puts a workspace into the trash. Answers whether it was not there yet.
    pub async fn delete_workspace(
        &mut self,
        id: WorkspaceId,
        deleted_by: UserId,
        sequence: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE workspaces SET deleted_at_ms = $2, deleted_by_user_id = $3, sequence = $4, \
                   updated_at_ms = $2 WHERE id = $1 AND deleted_at_ms IS NULL";
        self.execute_one(sql, params![id, now_ms, deleted_by, sequence]).await
    }
}
