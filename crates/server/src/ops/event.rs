//! What a change does, in words that stay: an entry of histories and of the feed of changes, before it is a row.

use mudlark_store::NewEvent;
use mudlark_types::{AssetId, EventId, EventType, UserId, WorkspaceId};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Something that a change does. [`Change::record`](super::change::Change::record) takes it.
pub(crate) struct Event {
    workspace_id: Option<WorkspaceId>,
    asset_id: Option<AssetId>,
    about_user_id: Option<UserId>,
    what: EventType,
    record_id: Uuid,
    data: Map<String, Value>,
}

impl Event {
    /// To something of the whole account.
    pub(crate) fn in_account(what: EventType, record_id: impl Into<Uuid>) -> Self {
        Self {
            workspace_id: None,
            asset_id: None,
            about_user_id: None,
            what,
            record_id: record_id.into(),
            data: Map::new(),
        }
    }

    /// To something of a workspace.
    pub(crate) fn in_workspace(
        workspace_id: WorkspaceId,
        what: EventType,
        record_id: impl Into<Uuid>,
    ) -> Self {
        Self { workspace_id: Some(workspace_id), ..Self::in_account(what, record_id) }
    }

    /// To an asset, or to something that hangs on one.
    pub(crate) fn of_asset(
        workspace_id: WorkspaceId,
        asset_id: AssetId,
        what: EventType,
        record_id: impl Into<Uuid>,
    ) -> Self {
        Self { asset_id: Some(asset_id), ..Self::in_workspace(workspace_id, what, record_id) }
    }

    /// Puts it into a user's own history too.
    pub(crate) fn about(mut self, user_id: UserId) -> Self {
        self.about_user_id = Some(user_id);
        self
    }

    /// Adds what else is to be known. A value that JSON can't hold becomes `null`.
    pub(crate) fn with(mut self, name: &str, value: impl Serialize) -> Self {
        self.data.insert(name.to_owned(), serde_json::to_value(value).unwrap_or_default());
        self
    }

    pub(super) fn into_row(self, id: EventId) -> NewEvent {
        NewEvent {
            id,
            workspace_id: self.workspace_id,
            asset_id: self.asset_id,
            about_user_id: self.about_user_id,
            event_type: self.what,
            record_id: self.record_id,
            data: Value::Object(self.data).to_string(),
        }
    }
}
