//! Webhooks: where others are told of what happens in a workspace. What they are told, and what came of it, is
//! `webhook_deliveries`. Secrets and headers come and go sealed.

use std::fmt;

use mudlark_types::{AccountId, EventId, EventTypes, UserId, WebhookId, WorkspaceId};

use crate::error::Result;
use crate::paging::Page;
use crate::session::{Session, Tx};
use crate::sql::{params, row};

row! {
    /// A webhook.
    #[derive(Clone, PartialEq, Eq)]
    pub struct WebhookRow from "w" as webhook_columns {
        /// Its id.
        id: WebhookId,
        /// The account it belongs to.
        account_id: AccountId,
        /// The workspace whose events it tells of.
        workspace_id: WorkspaceId,
        /// Its name, as shown.
        name: String,
        /// Where it tells.
        url: String,
        /// The types of events that it tells of; empty for all.
        event_types: EventTypes,
        /// Whether it tells at all.
        is_enabled: bool,
        /// Whether it tells more than ids.
        allow_sensitive_data: bool,
        /// Its secrets and headers, encrypted.
        sealed: Vec<u8>,
        /// Until when the secret before the present one signs too.
        previous_secret_until_ms: Option<i64>,
        /// The change of the last event that was looked at for it.
        queued_sequence: i64,
        /// The last event that was looked at for it.
        queued_event_id: EventId,
        /// Who made it.
        created_by_user_id: UserId,
        /// The number of its last change.
        sequence: i64,
        /// When it was made.
        created_at_ms: i64,
        /// When it was last changed.
        updated_at_ms: i64,
    }
}

/// Leaves the address out, which may be a secret, and what is sealed.
impl fmt::Debug for WebhookRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookRow").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

/// What to change of a webhook; what is none stays.
#[derive(Clone, Default)]
pub struct WebhookChanges {
    /// Another name.
    pub name: Option<String>,
    /// Another address.
    pub url: Option<String>,
    /// Other types of events; empty for all.
    pub event_types: Option<EventTypes>,
    /// Whether it is to tell at all.
    pub is_enabled: Option<bool>,
    /// Whether it is to tell more than ids.
    pub allow_sensitive_data: Option<bool>,
    /// Other secrets or headers, encrypted.
    pub sealed: Option<Vec<u8>>,
    /// Until when the secret before the present one signs too.
    pub previous_secret_until_ms: Option<Option<i64>>,
    /// The event after which it begins to tell.
    pub queued: Option<(i64, EventId)>,
}

impl Session {
    /// The workspace's webhook of this id.
    pub async fn find_webhook(
        &mut self,
        workspace_id: WorkspaceId,
        id: WebhookId,
    ) -> Result<Option<WebhookRow>> {
        let sql = concat!(
            "SELECT ",
            webhook_columns!(),
            " FROM webhooks w WHERE w.id = $2 AND w.workspace_id = $1"
        );
        self.fetch_optional(sql, params![workspace_id, id]).await
    }

    /// The workspace's webhooks, oldest first.
    pub async fn list_webhooks(&mut self, workspace_id: WorkspaceId, page: Page) -> Result<Vec<WebhookRow>> {
        let sql = concat!(
            "SELECT ",
            webhook_columns!(),
            " FROM webhooks w WHERE w.workspace_id = $1 AND (w.created_at_ms, w.id) > ($2, $3)",
            " ORDER BY w.created_at_ms, w.id LIMIT $4"
        );
        let (after_ms, after_id) = page.start();
        self.fetch_many(sql, params![workspace_id, after_ms, after_id, page.limit]).await
    }

    /// How many webhooks the workspace has.
    pub async fn count_webhooks(&mut self, workspace_id: WorkspaceId) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM webhooks WHERE workspace_id = $1";
        let (count,) = self.fetch_one(sql, params![workspace_id]).await?;
        Ok(count)
    }

    /// What is sealed of each webhook of all accounts.
    pub async fn list_sealed_webhooks(&mut self) -> Result<Vec<(WebhookId, Vec<u8>)>> {
        self.fetch_many("SELECT w.id, w.sealed FROM webhooks w ORDER BY w.id", params![]).await
    }
}

impl Tx {
    /// Keeps a webhook as it is given.
    pub async fn insert_webhook(&mut self, webhook: &WebhookRow) -> Result<()> {
        let sql = "INSERT INTO webhooks (id, account_id, workspace_id, name, url, event_types, is_enabled, \
                   allow_sensitive_data, sealed, previous_secret_until_ms, queued_sequence, queued_event_id, \
                   created_by_user_id, sequence, created_at_ms, updated_at_ms) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
        let params = params![
            webhook.id,
            webhook.account_id,
            webhook.workspace_id,
            &webhook.name,
            &webhook.url,
            webhook.event_types,
            i64::from(webhook.is_enabled),
            i64::from(webhook.allow_sensitive_data),
            &webhook.sealed,
            webhook.previous_secret_until_ms,
            webhook.queued_sequence,
            webhook.queued_event_id,
            webhook.created_by_user_id,
            webhook.sequence,
            webhook.created_at_ms,
            webhook.updated_at_ms,
        ];
        self.execute(sql, params).await.map(drop)
    }

    /// Changes a webhook. Answers whether the workspace has one of this id.
    pub async fn update_webhook(
        &mut self,
        workspace_id: WorkspaceId,
        id: WebhookId,
        changes: &WebhookChanges,
        sequence: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE webhooks SET name = COALESCE($3, name), url = COALESCE($4, url), \
                   event_types = COALESCE($5, event_types), is_enabled = COALESCE($6, is_enabled), \
                   allow_sensitive_data = COALESCE($7, allow_sensitive_data), sealed = COALESCE($8, sealed), \
                   previous_secret_until_ms = CASE WHEN $9 THEN $10 ELSE previous_secret_until_ms END, \
                   queued_sequence = COALESCE($11, queued_sequence), \
                   queued_event_id = COALESCE($12, queued_event_id), sequence = $13, updated_at_ms = $14 \
                   WHERE id = $2 AND workspace_id = $1";
        let params = params![
            workspace_id,
            id,
            changes.name.as_deref(),
            changes.url.as_deref(),
            changes.event_types,
            changes.is_enabled.map(i64::from),
            changes.allow_sensitive_data.map(i64::from),
            changes.sealed.as_deref(),
            changes.previous_secret_until_ms.is_some(),
            changes.previous_secret_until_ms.flatten(),
            changes.queued.map(|(sequence, _)| sequence),
            changes.queued.map(|(_, id)| id),
            sequence,
            now_ms,
        ];
        self.execute_one(sql, params).await
    }

    /// Keeps what is sealed of a webhook sealed anew, unless it has changed meanwhile.
    pub async fn update_webhook_sealed(
        &mut self,
        id: WebhookId,
        before: &[u8],
        sealed: &[u8],
    ) -> Result<bool> {
        let sql = "UPDATE webhooks SET sealed = $3 WHERE id = $1 AND sealed = $2";
        self.execute_one(sql, params![id, before, sealed]).await
    }

    /// Deletes a webhook with its deliveries. Answers whether the workspace had one of this id.
    pub async fn delete_webhook(&mut self, workspace_id: WorkspaceId, id: WebhookId) -> Result<bool> {
        let sql = "DELETE FROM webhooks WHERE id = $2 AND workspace_id = $1";
        self.execute_one(sql, params![workspace_id, id]).await
    }
}
