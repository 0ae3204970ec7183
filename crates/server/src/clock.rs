//! The server's one source of time and of new ids, so that tests can move time by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use uuid::{ContextV7, Timestamp, Uuid};

/// Tells the time and makes ids whose order is the order they were made in.
#[derive(Clone, Debug)]
pub struct Clock {
    /// Where time stands still: the moment, in Unix milliseconds. `None` for the system's clock.
    fixed_ms: Option<Arc<AtomicI64>>,
    ids: Arc<std::sync::Mutex<ContextV7>>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self { fixed_ms: None, ids: Arc::default() }
    }

    /// A clock that stands still until [`Clock::advance_ms`] moves it.
    pub fn fixed(now_ms: i64) -> Self {
        Self { fixed_ms: Some(Arc::new(AtomicI64::new(now_ms))), ids: Arc::default() }
    }

    /// Moves a fixed clock on; the system's clock can't be moved.
    pub fn advance_ms(&self, by_ms: i64) {
        if let Some(fixed) = &self.fixed_ms {
            fixed.fetch_add(by_ms, Ordering::SeqCst);
        }
    }

    /// Now. *Units*: milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        match &self.fixed_ms {
            Some(fixed) => fixed.load(Ordering::SeqCst),
            None => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX)),
        }
    }

    /// A new UUID version 7 (RFC 9562, section 5.7): later ids sort after earlier ones, within a millisecond too.
    pub(crate) fn new_id<T: From<Uuid>>(&self) -> T {
        let now_ms = u64::try_from(self.now_ms()).unwrap_or(0);
        let context = self.ids.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let timestamp = Timestamp::from_unix(
            &*context,
            now_ms / 1000,
            u32::try_from(now_ms % 1000).unwrap_or(0) * 1_000_000,
        );
        T::from(Uuid::new_v7(timestamp))
    }
}
