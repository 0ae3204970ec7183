//! Plans, what accounts on them may hold, and what is subscribed to, as they are shown.

use mudlark_store::{AccountRow, AccountUsageRow};
use mudlark_types::wire::{AccountLimits, AccountSubscription, AccountTier, AccountType, Limit};
use mudlark_types::{Plan, Timestamp};
use uuid::Uuid;

use crate::plan_limits::PlanLimit;

/// The tiers and types are fixed, so their ids and dates are as well.
const TIER_IDS: [Uuid; 4] = [
    Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0001),
    Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0002),
    Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0003),
    Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0004),
];
const TYPE_ID: Uuid = Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0010);
const FIXED_SINCE: Timestamp = Timestamp(1_767_225_600_000);

/// `limit`: what accounts on the plan may hold.
pub(crate) fn tier(plan: Plan, limit: PlanLimit) -> AccountTier {
    let name = match plan {
        Plan::Personal => "Personal",
        Plan::Team => "Team",
        Plan::Pro => "Pro",
        Plan::Enterprise => "Enterprise",
    };
    AccountTier {
        id: TIER_IDS[plan as usize],
        plan,
        name: name.into(),
        max_storage: limit.storage_bytes,
        cost_per_license: 0,
        cost_per_extra_tb: 0,
        created_at: FIXED_SINCE,
        updated_at: FIXED_SINCE,
    }
}

pub(crate) fn account_type() -> AccountType {
    AccountType {
        id: TYPE_ID,
        name: "Studio".into(),
        max_storage: None,
        max_assets: None,
        max_users: None,
        cost_per_user: 0,
        add_storage_price: 0,
        created_at: FIXED_SINCE,
        updated_at: FIXED_SINCE,
    }
}

pub(crate) fn subscription(row: &AccountRow, limit: PlanLimit) -> AccountSubscription {
    AccountSubscription {
        account_id: row.id,
        stripe_customer_id: None,
        status: if row.suspended_at_ms.is_some() { "suspended" } else { "active" }.into(),
        licenses: limit.users,
        frequency: row.frequency,
        contact: row.contact.clone(),
        created_at: Timestamp(row.created_at_ms),
        updated_at: Timestamp(row.updated_at_ms),
    }
}

pub(crate) fn account_limits(usage: &AccountUsageRow, limit: PlanLimit) -> AccountLimits {
    AccountLimits {
        is_temporary: false,
        expires_in_days: None,
        storage: Limit { current: usage.storage_bytes, max: limit.storage_bytes },
        assets: Limit { current: usage.assets, max: limit.assets },
        users: Limit { current: usage.people, max: limit.users },
    }
}
