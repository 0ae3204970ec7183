//! How often somebody may ask: the soft lock on guessing, and rates of requests. All of it is kept in memory, in tables
//! that don't grow; times are passed in. Which limit stands before what is the server's matter.

mod address_block;
mod failure_lock;
mod rate_limiter;

pub use address_block::AddressBlock;
pub use failure_lock::FailureLock;
pub use rate_limiter::{Rate, RateLimiter};

/// How long a client has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter {
    /// Whole seconds, rounded up, at least 1.
    pub seconds: u64,
}

impl RetryAfter {
    /// The wait in whole seconds. *Units*: nanoseconds.
    fn from_ns(wait_ns: u64) -> Self {
        Self { seconds: wait_ns.div_ceil(1_000_000_000).max(1) }
    }
}

/// Which limit was met, for figures and the trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKind {
    /// Requests for a token, by address.
    TokenRequests,
    /// Failures in a row, by address and key.
    Failures,
    /// Tokens given out, by key.
    Issues,
    /// Requests of an account.
    Api,
}

impl LimitKind {
    /// Every limit, in declared order.
    pub const ALL: [Self; 4] = [Self::TokenRequests, Self::Failures, Self::Issues, Self::Api];

    /// A stable name in snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TokenRequests => "token_requests",
            Self::Failures => "failures",
            Self::Issues => "issues",
            Self::Api => "api",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_stands_at_its_place() {
        for (index, limit) in LimitKind::ALL.into_iter().enumerate() {
            assert_eq!(limit as usize, index);
        }
    }
}
