//! How much accounts may hold by their plan: one setting, written `pro.storage=500GiB,pro.users=20,enterprise.assets=1000000`.
//! What isn't named is not limited.

use std::fmt;
use std::str::FromStr;

use mudlark_types::Plan;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What an account on one plan may hold; none is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlanLimit {
    /// Content, equal content once. *Units*: bytes.
    pub storage_bytes: Option<i64>,
    /// Live assets of all its workspaces.
    pub assets: Option<i64>,
    /// People who belong to it.
    pub users: Option<i64>,
}

/// The limits of all plans.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanLimits([PlanLimit; Plan::ALL.len()]);

impl PlanLimits {
    /// The limits of a plan.
    pub fn of(&self, plan: Plan) -> PlanLimit {
        self.0[plan as usize]
    }

    /// Whether no plan has a limit.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl FromStr for PlanLimits {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut limits = Self::default();
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let refused = || {
                format!(
                    "`{entry}` is no limit; write such as pro.storage=500GiB, pro.assets=100000 or enterprise.users=50"
                )
            };
            let (name, value) = entry.split_once('=').ok_or_else(refused)?;
            let (plan, what) = name.trim().split_once('.').ok_or_else(refused)?;
            let limit = &mut limits.0[plan.parse::<Plan>().map_err(|_| refused())? as usize];
            let value = value.trim();
            match what {
                "storage" => limit.storage_bytes = Some(bytes(value).ok_or_else(refused)?),
                "assets" => limit.assets = Some(number(value).ok_or_else(refused)?),
                "users" => limit.users = Some(number(value).ok_or_else(refused)?),
                _ => return Err(refused()),
            }
        }
        Ok(limits)
    }
}

fn number(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number| *number >= 0)
}

/// A number of bytes, or of units of 1024 ones.
fn bytes(text: &str) -> Option<i64> {
    let units = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)];
    let unit = units.iter().find_map(|(name, shift)| Some((text.strip_suffix(name)?, *shift)));
    let (digits, shift) = unit.unwrap_or((text, 0));
    number(digits.trim())?.checked_mul(1 << shift)
}

impl fmt::Display for PlanLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for plan in Plan::ALL {
            let limit = self.of(*plan);
            let named = [("storage", limit.storage_bytes), ("assets", limit.assets), ("users", limit.users)];
            for (what, value) in named {
                if let Some(value) = value {
                    write!(f, "{separator}{plan}.{what}={value}")?;
                    separator = ",";
                }
            }
        }
        Ok(())
    }
}

impl Serialize for PlanLimits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PlanLimits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_survive_their_text_form() {
        let text = "pro.storage=2GiB, pro.users=20,enterprise.assets=0";
        let limits: PlanLimits = text.parse().unwrap();
        assert_eq!(limits.of(Plan::Pro).storage_bytes, Some(2 << 30));
        assert_eq!((limits.of(Plan::Pro).assets, limits.of(Plan::Enterprise).assets), (None, Some(0)));
        assert_eq!(limits.to_string().parse(), Ok(limits));
        assert!("".parse::<PlanLimits>().unwrap().is_empty());
    }

    #[test]
    fn what_is_no_limit_is_refused() {
        for text in [
            "pro",
            "pro.storage",
            "pro.storage=",
            "pro.storage=-1",
            "pro.storage=1GB",
            "gold.users=1",
            "pro.x=1",
            "pro.storage=9000000TiB",
        ] {
            assert!(text.parse::<PlanLimits>().is_err(), "{text}");
        }
    }
}
