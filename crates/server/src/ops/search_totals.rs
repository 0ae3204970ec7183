//! How many assets the latest searches found, as long as nothing in their account has changed. Called by the search.
//!
//! *Why*: of a search for a word that thousands of assets have, counting them takes ten times as long as a page of them;
//! and pages are asked for one after another.

use mudlark_store::{AssetFilter, Session};
use quick_cache::sync::Cache;

use crate::error::{ApiError, ApiResult};

/// How many searches are remembered.
const SEARCHES: usize = 4096;

/// What is remembered of each search, by its digest.
pub(crate) struct SearchTotals(Cache<[u8; 32], Counted>);

#[derive(Clone, Copy)]
struct Counted {
    /// The account's sequence before it was counted: with the next change of anything it is another.
    sequence: i64,
    total: i64,
}

impl SearchTotals {
    pub(crate) fn new() -> Self {
        Self(Cache::new(SEARCHES))
    }

    /// How many assets the filter lets through now. `digest` stands for the filter.
    pub(crate) async fn count(
        &self,
        session: &mut Session,
        digest: [u8; 32],
        filter: &AssetFilter,
    ) -> ApiResult<i64> {
        // A lock ends without a change of anything.
        if filter.locked.is_some() {
            return Ok(session.count_found_assets(filter).await?);
        }
        let account = session.find_account(filter.account_id).await?;
        let sequence = account.ok_or_else(|| ApiError::not_found("account"))?.sequence;
        if let Some(counted) = self.0.get(&digest).filter(|counted| counted.sequence == sequence) {
            return Ok(counted.total);
        }
        let total = session.count_found_assets(filter).await?;
        self.0.insert(digest, Counted { sequence, total });
        Ok(total)
    }
}
