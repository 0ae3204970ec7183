//! Workspaces in the trash, and their removal for good. There may be very much in one: it goes in steps, each a
//! transaction of its own, and once the first has begun there is no way back.

use mudlark_types::{AccountId, AssetId, UserId, WorkspaceId};

use crate::error::Result;
use crate::paging::Page;
use crate::session::{Session, Tx};
use crate::sql::{Value, id_placeholders, padded_ids, params, row};

row! {
    /// A workspace that was deleted.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TrashedWorkspaceRow from "w" as trashed_workspace_columns {
        /// Its id.
        id: WorkspaceId,
        /// The account it belongs to.
        account_id: AccountId,
        /// Its name, as shown.
        name: String,
        /// Who deleted it.
        deleted_by_user_id: Option<UserId>,
        /// When.
        deleted_at_ms: i64,
    }
}

row! {
    /// A workspace whose removal for good has begun.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PurgedWorkspaceRow from "w" as purged_workspace_columns {
        /// Its id.
        id: WorkspaceId,
        /// The account it belongs to.
        account_id: AccountId,
        /// When its removal began.
        purge_started_at_ms: i64,
    }
}

/// What is left of a workspace without assets and folders, that has an id of its own: there may be many of each.
const PIECES: [&str; 5] = ["tasks", "tags", "libraries", "uploads", "notifications"];

/// The condition on workspaces that may be restored: those of `only`, if there is such a list, with ids from `$first` on.
fn restorable(only: Option<&[WorkspaceId]>, first: usize) -> (String, Vec<Value<'static>>) {
    let mut sql =
        "w.account_id = $1 AND w.deleted_at_ms IS NOT NULL AND w.purge_started_at_ms IS NULL".to_owned();
    let ids = match only {
        None => Vec::new(),
        Some([]) => {
            sql += " AND FALSE";
            Vec::new()
        }
        Some(only) => {
            let (placeholders, count) = id_placeholders(first, only.len());
            sql += &format!(" AND w.id IN ({placeholders})");
            padded_ids(only, count)
        }
    };
    (sql, ids)
}

impl Session {
    /// The account's workspaces in the trash, in the order in which they were deleted; of `only`, where that is given. The
    /// place of a page is the time of deletion.
    pub async fn list_trashed_workspaces(
        &mut self,
        account_id: AccountId,
        only: Option<&[WorkspaceId]>,
        page: Page,
    ) -> Result<Vec<TrashedWorkspaceRow>> {
        let (condition, ids) = restorable(only, 5);
        let sql = format!(
            "SELECT {} FROM workspaces w WHERE {condition} AND (w.deleted_at_ms, w.id) > ($2, $3) \
             ORDER BY w.deleted_at_ms, w.id LIMIT $4",
            trashed_workspace_columns!()
        );
        let (after_ms, after_id) = page.start();
        let mut params = vec![account_id.into(), after_ms.into(), after_id.into(), page.limit.into()];
        params.extend(ids);
        self.fetch_many(&sql, &params).await
    }

    /// How many workspaces of the account are in the trash; of `only`, where that is given.
    pub async fn count_trashed_workspaces(
        &mut self,
        account_id: AccountId,
        only: Option<&[WorkspaceId]>,
    ) -> Result<i64> {
        let (condition, ids) = restorable(only, 2);
        let sql = format!("SELECT COUNT(*) FROM workspaces w WHERE {condition}");
        let mut params = vec![account_id.into()];
        params.extend(ids);
        let (count,) = self.fetch_one(&sql, &params).await?;
        Ok(count)
    }

    /// The account's workspace of this id, if it is in the trash and may be restored.
    pub async fn find_trashed_workspace(
        &mut self,
        account_id: AccountId,
        id: WorkspaceId,
    ) -> Result<Option<TrashedWorkspaceRow>> {
        let (condition, ids) = restorable(Some(&[id]), 2);
        let sql = format!("SELECT {} FROM workspaces w WHERE {condition}", trashed_workspace_columns!());
        let mut params = vec![account_id.into()];
        params.extend(ids);
        self.fetch_optional(&sql, &params).await
    }

    /// Workspaces of any account that were put into the trash at or before a moment.
    pub async fn list_expired_workspaces(
        &mut self,
        deleted_until_ms: i64,
        limit: i64,
    ) -> Result<Vec<TrashedWorkspaceRow>> {
        let sql = concat!(
            "SELECT ",
            trashed_workspace_columns!(),
            " FROM workspaces w WHERE w.deleted_at_ms <= $1 AND w.purge_started_at_ms IS NULL",
            " ORDER BY w.deleted_at_ms, w.id LIMIT $2"
        );
        self.fetch_many(sql, params![deleted_until_ms, limit]).await
    }

    /// Workspaces of any account whose removal has begun, in the order in which that was. The place of a page is that time.
    pub async fn list_workspaces_being_purged(&mut self, page: Page) -> Result<Vec<PurgedWorkspaceRow>> {
        let sql = concat!(
            "SELECT ",
            purged_workspace_columns!(),
            " FROM workspaces w WHERE w.purge_started_at_ms IS NOT NULL",
            " AND (w.purge_started_at_ms, w.id) > ($1, $2) ORDER BY w.purge_started_at_ms, w.id LIMIT $3"
        );
        let (after_ms, after_id) = page.start();
        self.fetch_many(sql, params![after_ms, after_id, page.limit]).await
    }

    /// The account of a workspace whose removal has begun.
    pub async fn find_account_of_purged_workspace(&mut self, id: WorkspaceId) -> Result<Option<AccountId>> {
        let sql = "SELECT account_id FROM workspaces WHERE id = $1 AND purge_started_at_ms IS NOT NULL";
        let found: Option<(AccountId,)> = self.fetch_optional(sql, params![id]).await?;
        Ok(found.map(|(account,)| account))
    }
}

impl Tx {
    /// Takes a workspace out of the trash. Answers whether the account had it there.
    pub async fn restore_workspace(
        &mut self,
        account_id: AccountId,
        id: WorkspaceId,
        sequence: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE workspaces SET deleted_at_ms = NULL, deleted_by_user_id = NULL, sequence = $3, \
                   updated_at_ms = $4 WHERE id = $2 AND account_id = $1 AND deleted_at_ms IS NOT NULL \
                   AND purge_started_at_ms IS NULL";
        self.execute_one(sql, params![account_id, id, sequence, now_ms]).await
    }

    /// Begins to remove a workspace of the trash for good. Answers whether the account had it there.
    pub async fn start_workspace_purge(
        &mut self,
        account_id: AccountId,
        id: WorkspaceId,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE workspaces SET purge_started_at_ms = $3 WHERE id = $2 AND account_id = $1 \
                   AND deleted_at_ms IS NOT NULL AND purge_started_at_ms IS NULL";
        self.execute_one(sql, params![account_id, id, now_ms]).await
    }

    /// Takes the next step of removing a workspace whose removal has begun: at most `limit` things with what hangs on
    /// them. Answers whether there may be more; at last the workspace itself goes. Its content goes with the next sweep.
    pub async fn purge_workspace_step(&mut self, id: WorkspaceId, limit: i64) -> Result<bool> {
        let sql = "SELECT id FROM assets WHERE workspace_id = $1 LIMIT $2";
        let assets: Vec<(AssetId,)> = self.fetch_many(sql, params![id, limit]).await?;
        if !assets.is_empty() {
            let ids: Vec<AssetId> = assets.into_iter().map(|(id,)| id).collect();
            self.purge_assets(&ids).await?;
            return Ok(true);
        }
        let sql = "DELETE FROM pictures WHERE id IN (SELECT thumbnail_file_id FROM libraries WHERE workspace_id = $1)";
        self.execute(sql, params![id]).await?;
        for table in PIECES {
            let sql = format!(
                "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE workspace_id = $1 LIMIT $2)"
            );
            if self.execute(&sql, params![id, limit]).await? > 0 {
                return Ok(true);
            }
        }
        let sql = "DELETE FROM webhook_deliveries WHERE id IN (SELECT d.id FROM webhook_deliveries d \
                   JOIN webhooks w ON w.id = d.webhook_id WHERE w.workspace_id = $1 LIMIT $2)";
        if self.execute(sql, params![id, limit]).await? > 0 {
            return Ok(true);
        }
        // The deepest first, so that none is taken before what lies in it.
        let sql = "DELETE FROM folders WHERE id IN (SELECT id FROM folders WHERE workspace_id = $1 \
                   ORDER BY LENGTH(path_key) DESC, id LIMIT $2)";
        if self.execute(sql, params![id, limit]).await? > 0 {
            return Ok(true);
        }
        for sql in [
            "DELETE FROM asset_statuses WHERE workspace_id = $1",
            "DELETE FROM workspace_members WHERE workspace_id = $1",
            "DELETE FROM settings WHERE owner_id = $1",
            "DELETE FROM pictures WHERE id IN (SELECT thumbnail_file_id FROM workspaces WHERE id = $1)",
            "DELETE FROM workspaces WHERE id = $1 AND purge_started_at_ms IS NOT NULL",
        ] {
            self.execute(sql, params![id]).await?;
        }
        Ok(false)
    }
}
