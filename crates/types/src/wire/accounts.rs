//! Accounts, their tiers and members on the wire.

use serde::Serialize;
use uuid::Uuid;

use super::{User, Workspace};
use crate::{AccountId, AccountRoles, PictureId, Plan, SubscriptionFrequency, Timestamp, UserId};

/// An account as the caller sees it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Account {
    pub id: AccountId,
    pub name: String,
    /// The tier the account is on; `tier` holds it whole.
    pub account_tier_id: Uuid,
    /// The picture that was uploaded, if any.
    #[schema(required)]
    pub thumbnail_file_id: Option<PictureId>,
    /// `null` where the operator made the account.
    #[schema(required)]
    pub created_by_user_id: Option<UserId>,
    /// Which of the ten stock pictures stands in for a missing one.
    #[serde(rename = "defaultAvatar")]
    #[schema(minimum = 1, maximum = 10)]
    pub default_avatar: i64,
    /// Grows with every change in the account.
    pub sequence: i64,
    pub subscription: AccountSubscription,
    /// The caller's own membership.
    #[schema(required)]
    pub members: Option<AccountMember>,
    pub tier: AccountTier,
    #[serde(rename = "type")]
    pub account_type: AccountType,
    /// Who made the account, if a user did.
    #[schema(required)]
    pub creator: Option<User>,
    /// The workspaces that the caller may enter.
    pub workspaces: Vec<Workspace>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A user's place in an account.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct AccountMember {
    pub account_id: AccountId,
    pub user_id: UserId,
    #[schema(value_type = Vec<crate::AccountRole>)]
    pub roles: AccountRoles,
    pub user: User,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What an account is subscribed to. Mudlark takes no payments: money members are fixed.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct AccountSubscription {
    pub account_id: AccountId,
    /// Always `null`: no payments here.
    #[schema(required)]
    pub stripe_customer_id: Option<String>,
    /// `active`, or `suspended`.
    pub status: String,
    /// How many people the plan covers; `null` where it is not limited.
    #[schema(required)]
    pub licenses: Option<i64>,
    pub frequency: SubscriptionFrequency,
    /// Whom to write to about the subscription.
    #[schema(required)]
    pub contact: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// How far an account has come towards what it may hold.
#[derive(Clone, Copy, Debug, Serialize, utoipa::ToSchema)]
pub struct AccountLimits {
    /// Whether the limits end by themselves: never here.
    #[serde(rename = "isTemporary")]
    pub is_temporary: bool,
    /// *Units*: days; `null` where they don't end.
    #[serde(rename = "expiresInDays")]
    #[schema(required)]
    pub expires_in_days: Option<i64>,
    /// Content of all workspaces, equal content counted once. *Units*: bytes.
    pub storage: Limit,
    /// Assets of all workspaces, without those in the trash.
    pub assets: Limit,
    /// People who belong to the account; keys are not counted.
    pub users: Limit,
}

/// A figure with its bound.
#[derive(Clone, Copy, Debug, Serialize, utoipa::ToSchema)]
pub struct Limit {
    pub current: i64,
    /// `null` where it is not limited.
    #[schema(required)]
    pub max: Option<i64>,
}

/// A plan with what it allows.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct AccountTier {
    pub id: Uuid,
    #[serde(rename = "type")]
    pub plan: Plan,
    pub name: String,
    /// *Units*: bytes; `null` where it is not limited.
    #[serde(rename = "maxStorage")]
    #[schema(required)]
    pub max_storage: Option<i64>,
    /// Always 0: no payments here.
    #[serde(rename = "costPerLicense")]
    pub cost_per_license: i64,
    /// Always 0: no payments here.
    #[serde(rename = "costPerExtraTB")]
    pub cost_per_extra_tb: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The kind of account and its bounds.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct AccountType {
    pub id: Uuid,
    pub name: String,
    /// *Units*: bytes; `null` where it is not limited.
    #[serde(rename = "maxStorage")]
    #[schema(required)]
    pub max_storage: Option<i64>,
    /// `null` where it is not limited.
    #[serde(rename = "maxAssets")]
    #[schema(required)]
    pub max_assets: Option<i64>,
    /// `null` where it is not limited.
    #[serde(rename = "maxUsers")]
    #[schema(required)]
    pub max_users: Option<i64>,
    /// Always 0: no payments here.
    #[serde(rename = "costPerUser")]
    pub cost_per_user: i64,
    /// Always 0: no payments here.
    #[serde(rename = "addStoragePrice")]
    pub add_storage_price: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
