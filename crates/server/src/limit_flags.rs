//! The flags of `serve` and `demo` that say how often somebody may ask, which proxies are believed about who asks, and
//! where webhooks may go.
//! The settings themselves are in `config.rs`.

use clap::Args;
use mudlark_auth::Networks;
use serde::Serialize;

use crate::plan_limits::PlanLimits;

/// Limits on requests and on what accounts hold; each is also a variable `MUDLARK_…` and a member of the settings file.
#[derive(Debug, Default, Args, Serialize)]
pub(crate) struct LimitFlags {
    /// Networks of the proxies in front, between commas, whose X-Forwarded-For is believed [default: none].
    #[arg(long, value_name = "NETWORKS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    trusted_proxies: Option<Networks>,
    /// Networks that webhooks may reach though they are not public, between commas [default: none].
    #[arg(long, value_name = "NETWORKS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook_networks: Option<Networks>,
    /// Requests for a token a minute from one address; 0 is no limit [default: 300].
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_token_per_minute: Option<u32>,
    /// How many of them at once [default: 100].
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_token_burst: Option<u32>,
    /// Tokens a minute to one key; 0 is no limit [default: 600].
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_issue_per_minute: Option<u32>,
    /// How many of them at once [default: 120].
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_issue_burst: Option<u32>,
    /// Failures in a row with one key before its address must wait; 0 is never [default: 5].
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_failures: Option<u32>,
    /// Requests a second of an account on plan pro; 0 is no limit [default: 1000].
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_api_pro_per_second: Option<u32>,
    /// How many of them at once [default: 2000].
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_api_pro_burst: Option<u32>,
    /// Requests a second of an account on plan enterprise; 0 is no limit [default: 5000].
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_api_enterprise_per_second: Option<u32>,
    /// How many of them at once [default: 10000].
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_api_enterprise_burst: Option<u32>,
    /// What accounts may hold by plan, such as pro.storage=500GiB,pro.users=20 [default: anything].
    #[arg(long, value_name = "LIMITS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    plan_limits: Option<PlanLimits>,
}
