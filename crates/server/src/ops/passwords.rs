//! Hashing passwords and checking them: slow on purpose, and 19 MiB each, so off the threads that serve and few at a time.
//! What a password is, the `auth` crate says; who may try, `limits`.

use std::time::Duration;

use mudlark_auth::Password;
use mudlark_types::ErrorCode;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::error::{ApiError, ApiResult};

/// How many are worked on at once. With as many processors as there are places, each has its own.
const MOST_AT_ONCE: usize = 4;
/// How many may wait for a place: as many as are through in some seconds.
const MOST_WAITING: usize = 64;
/// How long one may wait.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// The places for work on passwords.
pub(crate) struct Passwords {
    working: Semaphore,
    waiting: Semaphore,
}

/// A place, held while a password is worked on.
pub(crate) struct Place<'a>(#[expect(dead_code, reason = "held, not read")] SemaphorePermit<'a>);

impl Passwords {
    pub(crate) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { working: Semaphore::new(processors.min(MOST_AT_ONCE)), waiting: Semaphore::new(MOST_WAITING) }
    }

    /// Waits for a place.
    ///
    /// *Errors*: 503 where too many wait, or it takes too long.
    pub(crate) async fn place(&self) -> ApiResult<Place<'_>> {
        let too_many = || {
            ApiError::new(ErrorCode::Unavailable, "Too many people sign in just now; try again")
                .retry_after_s(2)
        };
        let _waiting = self.waiting.try_acquire().map_err(|_| too_many())?;
        match tokio::time::timeout(LONGEST_WAIT, self.working.acquire()).await {
            Ok(permit) => permit.map(Place).map_err(ApiError::internal),
            Err(_) => Err(too_many()),
        }
    }
}

impl Place<'_> {
    /// Whether the password has this hash; without one it has not, and that takes as long.
    pub(crate) async fn check(&self, password: Password, hash: Option<String>) -> ApiResult<bool> {
        let checking = tokio::task::spawn_blocking(move || password.is_of(hash.as_deref()));
        checking.await.map_err(ApiError::internal)
    }

    /// The password's hash.
    pub(crate) async fn hash(&self, password: Password) -> ApiResult<String> {
        let hashing = tokio::task::spawn_blocking(move || password.hash());
        hashing.await.map_err(ApiError::internal)?.map_err(ApiError::internal)
    }
}
