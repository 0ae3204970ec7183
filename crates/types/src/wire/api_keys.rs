//! API keys on the wire. A secret is in two of these objects alone: the answers that made it.

use serde::Serialize;

use crate::{AccountId, Scopes, Timestamp, UserId, WorkspaceId};

/// An API key, without its secrets.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ApiKey {
    /// The key's public id.
    #[schema(example = "mdl_key_0123456789ABCDEFGHIJKL")]
    pub id: String,
    /// The same: the name under which `POST /auth/token` takes it.
    #[schema(example = "mdl_key_0123456789ABCDEFGHIJKL")]
    pub key: String,
    pub account_id: AccountId,
    /// The service user that the key acts as.
    pub user_id: UserId,
    pub name: String,
    /// `active`, `expired` or `revoked`.
    #[schema(example = "active")]
    pub state: &'static str,
    /// Of the account (`owner`, `admin`, `member`) and in its workspaces (`admin`, `manage_art`, `review`, `viewer`).
    pub roles: Vec<&'static str>,
    /// What the key is narrowed to; `null` where it is not.
    #[schema(required, value_type = Option<Vec<crate::Scope>>)]
    pub scopes: Option<Scopes>,
    /// The workspaces that it may enter; `null` where it is not narrowed to some.
    #[schema(required)]
    pub workspace_ids: Option<Vec<WorkspaceId>>,
    /// The networks that it may be used from, in CIDR notation; `null` where it is not narrowed to some.
    #[schema(required, example = json!(["192.0.2.0/24"]))]
    pub cidrs: Option<Vec<String>>,
    /// When it ends by itself; `null` where it does not.
    #[schema(required)]
    pub expires_at: Option<Timestamp>,
    #[schema(required)]
    pub revoked_at: Option<Timestamp>,
    /// The service user of the key that made it; `null` where the operator did.
    #[schema(required)]
    pub created_by_user_id: Option<UserId>,
    /// When it was last used, to about a minute.
    #[schema(required)]
    pub last_used_at: Option<Timestamp>,
    /// From where it was last used.
    #[schema(required)]
    pub last_used_ip: Option<String>,
    /// Its secrets, oldest first: those that are good, and the last twenty of all.
    pub secrets: Vec<ApiKeySecret>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What is shown of a secret: never its text.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ApiKeySecret {
    /// Which of the key's secrets, counted from 1.
    pub version: i64,
    pub created_at: Timestamp,
    /// When it ends, or has ended, by itself: the end of a rotation's overlap.
    #[schema(required)]
    pub expires_at: Option<Timestamp>,
    #[schema(required)]
    pub revoked_at: Option<Timestamp>,
}

/// A new key with its secret, which is shown this once.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CreatedApiKey {
    /// Can't be shown again: keep it where secrets are kept.
    #[schema(example = "mdl_sec_…")]
    pub secret: String,
    #[serde(flatten)]
    pub key: ApiKey,
}

/// A key's new secret, which is shown this once.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RotatedApiKey {
    /// The key's public id; it stays the same.
    #[schema(example = "mdl_key_0123456789ABCDEFGHIJKL")]
    pub key: String,
    /// Can't be shown again: keep it where secrets are kept.
    #[schema(example = "mdl_sec_…")]
    pub secret: String,
    /// Which of the key's secrets this is.
    pub version: i64,
    /// Until when the secret before it is good; `null` where there was none that still was.
    #[schema(required)]
    pub previous_expires_at: Option<Timestamp>,
}
