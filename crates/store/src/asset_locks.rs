//! Locks on assets: who works on one, until when. They are columns of the asset, and come with it; whether a lock is over
//! by now is for the reader to see, and who may do what beside it for the caller to decide.

use mudlark_types::{AssetId, UserId, WorkspaceId};

use crate::assets::AssetRow;
use crate::error::Result;
use crate::folders::end_of_subtree;
use crate::session::{Session, Tx};
use crate::sql::params;

/// A lock on an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetLock {
    /// Who holds it.
    pub user_id: UserId,
    /// Why.
    pub reason: Option<String>,
    /// Since when.
    pub acquired_at_ms: i64,
    /// Until when.
    pub expires_at_ms: i64,
    /// Grows with each new holder, and never goes back.
    pub fence: i64,
}

impl AssetRow {
    /// The lock that holds at a moment, if one does.
    pub fn lock_at(&self, now_ms: i64) -> Option<AssetLock> {
        let expires_at_ms = self.lock_expires_at_ms.filter(|end_ms| *end_ms > now_ms)?;
        Some(AssetLock {
            user_id: self.lock_user_id?,
            reason: self.lock_reason.clone(),
            acquired_at_ms: self.lock_acquired_at_ms?,
            expires_at_ms,
            fence: self.lock_fence,
        })
    }
}

impl Session {
    /// A live asset in the folder with this folded path, or below it, whose lock somebody other than this user holds.
    pub async fn find_asset_locked_by_others(
        &mut self,
        workspace_id: WorkspaceId,
        path_key: &str,
        user_id: UserId,
        now_ms: i64,
    ) -> Result<Option<AssetId>> {
        let sql = "SELECT a.id FROM assets a JOIN folders f ON f.id = a.folder_id \
                   WHERE a.workspace_id = $1 AND a.lock_user_id IS NOT NULL AND a.lock_expires_at_ms > $5 \
                   AND a.lock_user_id <> $4 AND a.deleted_at_ms IS NULL \
                   AND f.path_key >= $2 AND f.path_key < $3 ORDER BY a.id LIMIT 1";
        let params = params![workspace_id, path_key, end_of_subtree(path_key), user_id, now_ms];
        Ok(self.fetch_optional(sql, params).await?.map(|(id,)| id))
    }
}

impl Tx {
    /// Gives a live asset this lock, whoever held it. Answers whether the workspace has one of this id.
    pub async fn lock_asset(
        &mut self,
        workspace_id: WorkspaceId,
        id: AssetId,
        lock: &AssetLock,
        sequence: i64,
    ) -> Result<bool> {
        let sql = "UPDATE assets SET lock_user_id = $3, lock_reason = $4, lock_acquired_at_ms = $5, \
                   lock_expires_at_ms = $6, lock_fence = $7, sequence = $8 \
                   WHERE id = $2 AND workspace_id = $1 AND deleted_at_ms IS NULL";
        let params = params![
            workspace_id,
            id,
            lock.user_id,
            lock.reason.as_deref(),
            lock.acquired_at_ms,
            lock.expires_at_ms,
            lock.fence,
            sequence,
        ];
        self.execute_one(sql, params).await
    }

    /// Ends a live asset's lock; its fence stays. Answers whether the workspace has one of this id.
    pub async fn unlock_asset(
        &mut self,
        workspace_id: WorkspaceId,
        id: AssetId,
        sequence: i64,
    ) -> Result<bool> {
        let sql = "UPDATE assets SET lock_user_id = NULL, lock_reason = NULL, lock_acquired_at_ms = NULL, \
                   lock_expires_at_ms = NULL, sequence = $3 \
                   WHERE id = $2 AND workspace_id = $1 AND deleted_at_ms IS NULL";
        self.execute_one(sql, params![workspace_id, id, sequence]).await
    }
}
