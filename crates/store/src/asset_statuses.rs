//! The statuses that a workspace's assets can have.

use mudlark_types::{StatusId, WorkspaceId};

use crate::error::Result;
use crate::session::{Session, Tx};
use crate::sql::{params, row};

row! {
    /// A status.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct StatusRow from "s" as status_columns {
        /// Its id.
        id: StatusId,
        /// The workspace it belongs to.
        workspace_id: WorkspaceId,
        /// Its name, as shown.
        name: String,
        /// Its colour, as the caller writes colours.
        color: Option<String>,
        /// Its place among the others.
        position: i64,
        /// When it was made.
        created_at_ms: i64,
        /// When it was last changed.
        updated_at_ms: i64,
    }
}

/// What a status is made from.
#[derive(Clone, Debug)]
pub struct NewStatus {
    /// Its id.
    pub id: StatusId,
    /// The workspace it belongs to.
    pub workspace_id: WorkspaceId,
    /// Its name, as shown.
    pub name: String,
    /// Its colour.
    pub color: Option<String>,
    /// Its place among the others.
    pub position: i64,
    /// When it is made.
    pub created_at_ms: i64,
}

/// What to change of a status; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct StatusChanges {
    /// Another name.
    pub name: Option<String>,
    /// Another colour, or none.
    pub color: Option<Option<String>>,
    /// Another place among the others.
    pub position: Option<i64>,
}

impl Session {
    /// The workspace's statuses in their order.
    pub async fn list_asset_statuses(&mut self, workspace_id: WorkspaceId) -> Result<Vec<StatusRow>> {
        let sql = concat!(
            "SELECT ",
            status_columns!(),
            " FROM asset_statuses s WHERE s.workspace_id = $1 ORDER BY s.position, s.id"
        );
        self.fetch_few(sql, params![workspace_id]).await
    }

    /// The workspace's status of this id.
    pub async fn find_asset_status(
        &mut self,
        workspace_id: WorkspaceId,
        id: StatusId,
    ) -> Result<Option<StatusRow>> {
        let sql = concat!(
            "SELECT ",
            status_columns!(),
            " FROM asset_statuses s WHERE s.id = $2 AND s.workspace_id = $1"
        );
        self.fetch_optional(sql, params![workspace_id, id]).await
    }
}

impl Tx {
    /// Makes a status.
    pub async fn insert_asset_status(&mut self, status: &NewStatus) -> Result<()> {
        let sql = "INSERT INTO asset_statuses (id, workspace_id, name, color, position, created_at_ms, \
                   updated_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $6)";
        let params = params![
            status.id,
            status.workspace_id,
            &status.name,
            status.color.as_deref(),
            status.position,
            status.created_at_ms,
        ];
        self.execute(sql, params).await.map(drop)
    }

    /// Changes a status. Answers whether the workspace has one of this id.
    pub async fn update_asset_status(
        &mut self,
        workspace_id: WorkspaceId,
        id: StatusId,
        changes: &StatusChanges,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE asset_statuses SET name = COALESCE($3, name), position = COALESCE($4, position), \
                   color = CASE WHEN $5 THEN $6 ELSE color END, updated_at_ms = $7 \
                   WHERE id = $2 AND workspace_id = $1";
        let params = params![
            workspace_id,
            id,
            changes.name.as_deref(),
            changes.position,
            changes.color.is_some(),
            changes.color.as_ref().and_then(Option::as_deref),
            now_ms,
        ];
        self.execute_one(sql, params).await
    }

    /// Deletes a status. Answers whether the workspace had one of this id.
    /// *Errors*: `Conflict` on the foreign key while an asset has it.
    pub async fn delete_asset_status(&mut self, workspace_id: WorkspaceId, id: StatusId) -> Result<bool> {
        let sql = "DELETE FROM asset_statuses WHERE id = $2 AND workspace_id = $1";
        self.execute_one(sql, params![workspace_id, id]).await
    }
}
