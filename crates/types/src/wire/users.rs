//! Users on the wire.

use serde::Serialize;

use crate::{PictureId, Timestamp, UserId};

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
    #[schema(required)]
    pub email: Option<String>,
    #[serde(rename = "firstName")]
    #[schema(required)]
    pub first_name: Option<String>,
    #[serde(rename = "lastName")]
    #[schema(required)]
    pub last_name: Option<String>,
    /// The picture that was uploaded, if any.
    #[schema(required)]
    pub avatar_file_id: Option<PictureId>,
    /// Which of the ten stock pictures stands in for a missing one.
    #[serde(rename = "defaultAvatar")]
    #[schema(minimum = 1, maximum = 10)]
    pub default_avatar: i64,
    #[schema(required)]
    pub industry: Option<String>,
    #[schema(required)]
    pub occupation: Option<String>,
    #[schema(required)]
    pub company: Option<String>,
    /// Whether the address was confirmed.
    #[serde(rename = "emailVerified")]
    pub email_verified: bool,
    /// Whether the user may act.
    #[serde(rename = "isActive")]
    pub is_active: bool,
    #[schema(required)]
    pub city: Option<String>,
    #[schema(required)]
    pub state: Option<String>,
    #[schema(required)]
    pub country: Option<String>,
    #[serde(rename = "zipCode")]
    #[schema(required)]
    pub zip_code: Option<String>,
    /// Who invited the user, if anybody.
    #[schema(required)]
    pub invited_by_user: Option<UserId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
