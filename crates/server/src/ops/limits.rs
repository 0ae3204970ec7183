//! Where each limit on requests stands: before a token is asked for, before one is given out, and after a caller is
//! known. The one place that refuses for too much; how it is counted is `mudlark_auth::limits`' matter.
//! *Source*: wire contract, section 1, "429".

use std::net::IpAddr;
use std::time::Duration;

use mudlark_auth::{AddressBlock, Caller, FailureLock, KeyId, LimitKind, Rate, RateLimiter, RetryAfter};
use mudlark_types::{AccountId, ErrorCode, Plan};

use crate::app::App;
use crate::config::Settings;
use crate::error::{ApiError, ApiResult};

/// Addresses, keys or accounts that a table remembers.
const REMEMBERED: usize = 65_536;
const MINUTE: Duration = Duration::from_mins(1);
const SECOND: Duration = Duration::from_secs(1);

/// What a server has counted, in bounded memory.
pub(crate) struct Limits {
    token_requests: RateLimiter<AddressBlock>,
    failures: FailureLock,
    issues: RateLimiter<KeyId>,
    api_pro: RateLimiter<AccountId>,
    api_enterprise: RateLimiter<AccountId>,
}

impl Limits {
    pub(crate) fn new(settings: &Settings) -> Self {
        let s = settings;
        let token = Rate::new(s.limit_token_per_minute, MINUTE, s.limit_token_burst);
        let issue = Rate::new(s.limit_issue_per_minute, MINUTE, s.limit_issue_burst);
        let pro = Rate::new(s.limit_api_pro_per_second, SECOND, s.limit_api_pro_burst);
        let enterprise = Rate::new(s.limit_api_enterprise_per_second, SECOND, s.limit_api_enterprise_burst);
        Self {
            token_requests: RateLimiter::new(token, REMEMBERED),
            failures: FailureLock::new(s.limit_failures, REMEMBERED),
            issues: RateLimiter::new(issue, REMEMBERED),
            api_pro: RateLimiter::new(pro, REMEMBERED),
            api_enterprise: RateLimiter::new(enterprise, REMEMBERED),
        }
    }
}

/// The sentence of each limit.
const fn message(limit: LimitKind) -> &'static str {
    match limit {
        LimitKind::TokenRequests => {
            "Too many requests for tokens and sessions from this address; wait and try again"
        }
        LimitKind::Failures => {
            "Too many failures with this key, or for this person, from this address; wait and try again"
        }
        LimitKind::Issues => {
            "Too many tokens for this key; a token is good until it expires, so keep it and use it again"
        }
        LimitKind::Api => "Too many requests of this account; wait and try again",
    }
}

/// The only maker of a 429: whatever is to be told of a limit that was met, is told here.
fn refuse(app: &App, limit: LimitKind, wait: RetryAfter) -> ApiError {
    app.metrics.limit_trips[limit as usize].increment(1);
    ApiError::new(ErrorCode::TooManyRequests, message(limit))
        .retry_after_s(wait.seconds)
        .because(limit.as_str())
}

/// Requests whose address is not known share one.
fn known(client: Option<IpAddr>) -> IpAddr {
    client.unwrap_or(IpAddr::from([0, 0, 0, 0]))
}

/// Before anything of a request is looked at that presents a secret or a token in its body.
///
/// *Errors*: its address asks too often.
pub(crate) fn check_address(app: &App, client: Option<IpAddr>, now_ms: i64) -> ApiResult<()> {
    let checked = app.limits.token_requests.check(&AddressBlock::of(known(client)), now_ms);
    checked.map_err(|wait| refuse(app, LimitKind::TokenRequests, wait))
}

/// Before a secret is checked. Any text may stand for the key.
///
/// *Errors*: this address has failed with this key too often.
pub(crate) fn check_failures(app: &App, client: Option<IpAddr>, key_id: &str, now_ms: i64) -> ApiResult<()> {
    let checked = app.limits.failures.check(known(client), key_id, now_ms);
    checked.map_err(|wait| refuse(app, LimitKind::Failures, wait))
}

/// After a secret was checked: notes whether it was right.
pub(crate) fn note_outcome(app: &App, client: Option<IpAddr>, key_id: &str, was_right: bool, now_ms: i64) {
    let client = known(client);
    if was_right {
        app.limits.failures.succeeded(client, key_id);
    } else {
        app.limits.failures.failed(client, key_id, now_ms);
    }
}

/// After a secret was found right, before a token is made of it: only those who have the secret come here.
///
/// *Errors*: the key was given too many tokens.
pub(crate) fn check_issue(app: &App, key_id: &KeyId, now_ms: i64) -> ApiResult<()> {
    app.limits.issues.check(key_id, now_ms).map_err(|wait| refuse(app, LimitKind::Issues, wait))
}

/// After a token was believed, before it is looked at what the caller wants.
///
/// *Errors*: the caller's account makes too many requests.
pub(crate) fn check_api(app: &App, caller: &Caller, now_ms: i64) -> ApiResult<()> {
    let by_plan = match caller.account.plan {
        Plan::Enterprise => &app.limits.api_enterprise,
        // The smaller plans are refused anyway; they are not let ask more often than pro.
        Plan::Pro | Plan::Team | Plan::Personal => &app.limits.api_pro,
    };
    by_plan.check(&caller.account_id(), now_ms).map_err(|wait| refuse(app, LimitKind::Api, wait))
}
