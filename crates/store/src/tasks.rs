//! Tasks of a workspace. Who may be given one is asked in `members`.

use mudlark_types::{AccountId, AssetId, TaskId, TaskPriority, TaskStatus, UserId, WorkspaceId};

use crate::error::Result;
use crate::paging::Page;
use crate::session::{Session, Tx};
use crate::sql::{params, row};

row! {
    /// A task.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TaskRow from "t" as task_columns {
        /// Its id.
        id: TaskId,
        /// The account it belongs to.
        account_id: AccountId,
        /// The workspace it belongs to.
        workspace_id: WorkspaceId,
        /// Who made it.
        creator_id: UserId,
        /// Who has to do it.
        assignee_id: Option<UserId>,
        /// What it is about.
        asset_id: Option<AssetId>,
        /// What there is to do, in a line.
        title: String,
        /// What there is to do, in full.
        description: Option<String>,
        /// How urgent it is.
        priority: TaskPriority,
        /// How far it is.
        status: TaskStatus,
        /// When it was made.
        created_at_ms: i64,
        /// When it was last changed.
        updated_at_ms: i64,
    }
}

/// What a task is made from.
#[derive(Clone, Debug)]
pub struct NewTask {
    /// Its id.
    pub id: TaskId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The workspace it belongs to.
    pub workspace_id: WorkspaceId,
    /// Who makes it.
    pub creator_id: UserId,
    /// Who has to do it.
    pub assignee_id: Option<UserId>,
    /// What it is about.
    pub asset_id: Option<AssetId>,
    /// What there is to do, in a line.
    pub title: String,
    /// What there is to do, in full.
    pub description: Option<String>,
    /// How urgent it is.
    pub priority: TaskPriority,
    /// How far it is.
    pub status: TaskStatus,
    /// From [`Tx::next_sequence`].
    pub sequence: i64,
    /// When it is made.
    pub created_at_ms: i64,
}

/// What to change of a task; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct TaskChanges {
    /// Another title.
    pub title: Option<String>,
    /// Another description, or none.
    pub description: Option<Option<String>>,
    /// Another priority.
    pub priority: Option<TaskPriority>,
    /// Another status.
    pub status: Option<TaskStatus>,
    /// Another assignee, or nobody.
    pub assignee_id: Option<Option<UserId>>,
    /// Another asset, or none.
    pub asset_id: Option<Option<AssetId>>,
}

/// Which tasks of a workspace are wanted; what is none doesn't narrow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// Those of this asset.
    pub asset_id: Option<AssetId>,
    /// Those that this user has to do.
    pub assignee_id: Option<UserId>,
    /// Those that are so far.
    pub status: Option<TaskStatus>,
}

/// The condition of a [`TaskFilter`], with the workspace as `$1` and its members from `$2` on.
macro_rules! filtered {
    () => {
        " FROM tasks t WHERE t.workspace_id = $1 AND t.deleted_at_ms IS NULL \
         AND (NOT $2 OR t.asset_id = $3) AND (NOT $4 OR t.assignee_id = $5) AND (NOT $6 OR t.status = $7)"
    };
}

impl Session {
    /// The workspace's task of this id.
    pub async fn find_task(&mut self, workspace_id: WorkspaceId, id: TaskId) -> Result<Option<TaskRow>> {
        let sql = concat!(
            "SELECT ",
            task_columns!(),
            " FROM tasks t WHERE t.id = $2 AND t.workspace_id = $1 AND t.deleted_at_ms IS NULL"
        );
        self.fetch_optional(sql, params![workspace_id, id]).await
    }

    /// The workspace's tasks that pass the filter, oldest first.
    pub async fn list_tasks(
        &mut self,
        workspace_id: WorkspaceId,
        filter: TaskFilter,
        page: Page,
    ) -> Result<Vec<TaskRow>> {
        let sql = concat!(
            "SELECT ",
            task_columns!(),
            filtered!(),
            " AND (t.created_at_ms, t.id) > ($8, $9) ORDER BY t.created_at_ms, t.id LIMIT $10"
        );
        let (after_ms, after_id) = page.start();
        let params = params![
            workspace_id,
            filter.asset_id.is_some(),
            filter.asset_id,
            filter.assignee_id.is_some(),
            filter.assignee_id,
            filter.status.is_some(),
            filter.status,
            after_ms,
            after_id,
            page.limit,
        ];
        self.fetch_many(sql, params).await
    }

    /// How many of the workspace's tasks pass the filter.
    pub async fn count_tasks(&mut self, workspace_id: WorkspaceId, filter: TaskFilter) -> Result<i64> {
        let sql = concat!("SELECT COUNT(*)", filtered!());
        let params = params![
            workspace_id,
            filter.asset_id.is_some(),
            filter.asset_id,
            filter.assignee_id.is_some(),
            filter.assignee_id,
            filter.status.is_some(),
            filter.status,
        ];
        let (count,) = self.fetch_scan(sql, params).await?;
        Ok(count)
    }
}

impl Tx {
    /// Makes a task. *Errors*: `Conflict` on the foreign key for a workspace, user or asset that is not there.
    pub async fn insert_task(&mut self, task: &NewTask) -> Result<()> {
        let sql = "INSERT INTO tasks (id, account_id, workspace_id, creator_id, assignee_id, asset_id, title, \
                   description, priority, status, sequence, created_at_ms, updated_at_ms) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)";
        let params = params![
            task.id,
            task.account_id,
            task.workspace_id,
            task.creator_id,
            task.assignee_id,
            task.asset_id,
            &task.title,
            task.description.as_deref(),
            task.priority,
            task.status,
            task.sequence,
            task.created_at_ms,
        ];
        self.execute(sql, params).await.map(drop)
    }

    /// Changes a task. Answers whether the workspace has one of this id.
    /// *Errors*: `Conflict` on the foreign key for a user or asset that is not there.
    pub async fn update_task(
        &mut self,
        workspace_id: WorkspaceId,
        id: TaskId,
        changes: &TaskChanges,
        sequence: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE tasks SET title = COALESCE($3, title), priority = COALESCE($4, priority), \
                   status = COALESCE($5, status), \
                   description = CASE WHEN $6 THEN $7 ELSE description END, \
                   assignee_id = CASE WHEN $8 THEN $9 ELSE assignee_id END, \
                   asset_id = CASE WHEN $10 THEN $11 ELSE asset_id END, \
                   sequence = $12, updated_at_ms = $13 \
                   WHERE id = $2 AND workspace_id = $1 AND deleted_at_ms IS NULL";
        let params = params![
            workspace_id,
            id,
            changes.title.as_deref(),
            changes.priority,
            changes.status,
            changes.description.is_some(),
            changes.description.as_ref().and_then(Option::as_deref),
            changes.assignee_id.is_some(),
            changes.assignee_id.flatten(),
            changes.asset_id.is_some(),
            changes.asset_id.flatten(),
            sequence,
            now_ms,
        ];
        self.execute_one(sql, params).await
    }

    /// Deletes a task. Answers whether the workspace had one of this id.
    pub async fn delete_task(
        &mut self,
        workspace_id: WorkspaceId,
        id: TaskId,
        sequence: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE tasks SET deleted_at_ms = $4, sequence = $3, updated_at_ms = $4 \
                   WHERE id = $2 AND workspace_id = $1 AND deleted_at_ms IS NULL";
        self.execute_one(sql, params![workspace_id, id, sequence, now_ms]).await
    }
}
