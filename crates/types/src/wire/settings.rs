//! Settings on the wire.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::{AccountId, SettingId, Timestamp, WorkspaceId};

/// What programs keep of their own beside an account or a workspace.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Setting {
    pub id: SettingId,
    pub account_id: AccountId,
    /// `null` for a setting of the account.
    #[schema(required)]
    pub workspace_id: Option<WorkspaceId>,
    pub name: String,
    /// Any JSON.
    #[schema(value_type = Value)]
    pub value: Box<RawValue>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
