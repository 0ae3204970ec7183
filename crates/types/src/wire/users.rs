//! Users on the wire.

use serde::Serialize;
use uuid::Uuid;

use crate::{Timestamp, UserId};

/// A person, or the service user that an API key acts as.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct User {
    /// The user's id.
    pub id: UserId,
    /// The user's id again, under the name that documented clients read.
    #[serde(rename = "auth0UserID")]
    pub auth0_user_id: UserId,
    /// A service user's name is its key's name.
    pub username: String,
    /// `null` for a service user.
    pub email: Option<String>,
    #[serde(rename = "firstName")]
    pub first_name: Option<String>,
    #[serde(rename = "lastName")]
    pub last_name: Option<String>,
    /// The picture that was uploaded, if any.
    pub avatar_file_id: Option<Uuid>,
    /// Which of the ten stock pictures stands in for a missing one.
    #[serde(rename = "defaultAvatar")]
    #[schema(minimum = 1, maximum = 10)]
    pub default_avatar: i64,
    pub industry: Option<String>,
    pub occupation: Option<String>,
    pub company: Option<String>,
    /// Whether the address was confirmed.
    #[serde(rename = "emailVerified")]
    pub email_verified: bool,
    /// Whether the user may act.
    #[serde(rename = "isActive")]
    pub is_active: bool,
    pub city: Option<String>,
    pub state: Option<String>,
    pub country: Option<String>,
    #[serde(rename = "zipCode")]
    pub zip_code: Option<String>,
    /// Who invited the user, if anybody.
    pub invited_by_user: Option<UserId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
