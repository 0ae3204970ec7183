//! What users are told of, until it is old.

use mudlark_types::{AccountId, AssetId, NotificationId, NotificationKind, UserId, WorkspaceId};
use uuid::Uuid;

use crate::asset_marks::AssetMark;
use crate::error::Result;
use crate::paging::Page;
use crate::session::{Session, Tx};
use crate::sql::{params, row};

row! {
    /// Something that a user is told of.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct NotificationRow from "n" as notification_columns {
        /// Its id.
        id: NotificationId,
        /// The account it belongs to.
        account_id: AccountId,
        /// Where it happened.
        workspace_id: WorkspaceId,
        /// Who is told.
        user_id: UserId,
        /// Who did it.
        actor_id: UserId,
        /// Why the user is told.
        kind: NotificationKind,
        /// What it is about.
        record_id: Uuid,
        /// The asset that it is about.
        asset_id: Option<AssetId>,
        /// When it happened.
        created_at_ms: i64,
        /// When it was marked as read.
        read_at_ms: Option<i64>,
    }
}

impl Session {
    /// The user's notification of this id.
    pub async fn find_notification(
        &mut self,
        account_id: AccountId,
        user_id: UserId,
        id: NotificationId,
    ) -> Result<Option<NotificationRow>> {
        let sql = concat!(
            "SELECT ",
            notification_columns!(),
            " FROM notifications n WHERE n.id = $3 AND n.account_id = $1 AND n.user_id = $2"
        );
        self.fetch_optional(sql, params![account_id, user_id, id]).await
    }

    /// The user's notifications, oldest first; `unread_only`: those not marked as read.
    pub async fn list_notifications(
        &mut self,
        account_id: AccountId,
        user_id: UserId,
        unread_only: bool,
        page: Page,
    ) -> Result<Vec<NotificationRow>> {
        let sql = concat!(
            "SELECT ",
            notification_columns!(),
            " FROM notifications n WHERE n.account_id = $1 AND n.user_id = $2",
            " AND (CAST($3 AS BIGINT) = 0 OR n.read_at_ms IS NULL)",
            " AND (n.created_at_ms, n.id) > ($4, $5) ORDER BY n.created_at_ms, n.id LIMIT $6"
        );
        let (after_ms, after_id) = page.start();
        let params = params![account_id, user_id, i64::from(unread_only), after_ms, after_id, page.limit];
        self.fetch_many(sql, params).await
    }

    /// How many of them there are.
    pub async fn count_notifications(
        &mut self,
        account_id: AccountId,
        user_id: UserId,
        unread_only: bool,
    ) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM notifications WHERE account_id = $1 AND user_id = $2 \
                   AND (CAST($3 AS BIGINT) = 0 OR read_at_ms IS NULL)";
        let (count,) = self.fetch_scan(sql, params![account_id, user_id, i64::from(unread_only)]).await?;
        Ok(count)
    }

    /// Who subscribes to an asset.
    pub async fn list_subscribers(&mut self, asset_id: AssetId) -> Result<Vec<UserId>> {
        let sql = "SELECT user_id FROM asset_marks WHERE asset_id = $1 AND kind = $2 ORDER BY user_id";
        let rows: Vec<(UserId,)> = self.fetch_many(sql, params![asset_id, AssetMark::Subscription]).await?;
        Ok(rows.into_iter().map(|(user_id,)| user_id).collect())
    }
}

impl Tx {
    /// Tells users of something.
    pub async fn insert_notifications(&mut self, notifications: &[NotificationRow]) -> Result<()> {
        let into = "notifications (id, account_id, workspace_id, user_id, actor_id, kind, record_id, \
                    asset_id, created_at_ms)";
        self.insert_each(into, notifications, |row| {
            [
                row.id.into(),
                row.account_id.into(),
                row.workspace_id.into(),
                row.user_id.into(),
                row.actor_id.into(),
                row.kind.as_str().into(),
                row.record_id.into(),
                row.asset_id.into(),
                row.created_at_ms.into(),
            ]
        })
        .await
    }

    /// Marks a notification as read, or as unread.
    pub async fn update_notification_read(
        &mut self,
        id: NotificationId,
        read_at_ms: Option<i64>,
    ) -> Result<bool> {
        let sql = "UPDATE notifications SET read_at_ms = $2 WHERE id = $1";
        self.execute_one(sql, params![id, read_at_ms]).await
    }

    /// Forgets what is older than this. Answers how many there were.
    pub async fn delete_old_notifications(&mut self, before_ms: i64) -> Result<u64> {
        self.execute("DELETE FROM notifications WHERE created_at_ms < $1", params![before_ms]).await
    }
}
