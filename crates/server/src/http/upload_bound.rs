//! How long a file may become while it is being received: what the server takes at all, and what the account has room for.
//! A long file that can't be kept is refused before its bytes come, or as soon as there are too many of them. The last
//! word is the transaction's (`ops::account_limits`): it knows what has come in meanwhile, and which content is there already.

use axum::http::{HeaderMap, header};
use mudlark_types::{AccountId, ErrorCode};

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::ops::{account_limits, pictures};

/// What a multipart body holds besides its file, at most, where its length is looked at as a whole. *Units*: bytes.
const OTHER_PARTS_BYTES: u64 = 64 << 10;
/// A file up to this size is read in any case: it costs little, and may turn out to be content that is there already,
/// which takes no room. *Units*: bytes.
const SHORT_BYTES: u64 = 1 << 20;

/// The bounds of one file.
#[derive(Clone, Copy)]
pub(crate) struct Bound {
    /// *Units*: bytes.
    largest: u64,
    /// *Units*: bytes.
    room: u64,
    /// How many of its first bytes are kept in memory. *Units*: bytes.
    pub(crate) head: usize,
}

impl Bound {
    /// Of a file that is read past.
    pub(crate) fn of_server(app: &App) -> Self {
        Self { largest: app.settings.max_upload_bytes, room: u64::MAX, head: 0 }
    }

    /// Of a file that an account is to keep.
    pub(crate) async fn of_upload(app: &App, account_id: AccountId) -> ApiResult<Self> {
        let room = account_limits::room_bytes(app, account_id).await?.max(SHORT_BYTES);
        Ok(Self { room, ..Self::of_server(app) })
    }

    /// Of a picture.
    pub(crate) fn of_picture() -> Self {
        Self { largest: pictures::MAX_BYTES, room: u64::MAX, head: pictures::LOOKED_AT_BYTES }
    }

    /// The most bytes that `check` lets pass.
    pub(crate) fn most_bytes(&self) -> u64 {
        self.largest.min(self.room)
    }

    /// What is said of more than that.
    pub(crate) fn refusal(&self) -> ApiError {
        if self.room < self.largest { account_limits::no_room() } else { self.too_large() }
    }

    fn too_large(&self) -> ApiError {
        let message = format!("A file must be at most {} bytes here", self.largest);
        ApiError::new(ErrorCode::BodyTooLarge, message)
    }

    /// *Errors*: 413 or 403 where so many bytes are too many.
    pub(crate) fn check(&self, size_bytes: u64) -> ApiResult<()> {
        if size_bytes > self.largest {
            return Err(self.too_large());
        }
        if size_bytes > self.room {
            return Err(account_limits::no_room());
        }
        Ok(())
    }

    /// The same for the length that a request's head says, of a file among other parts.
    pub(crate) fn check_declared(&self, headers: &HeaderMap) -> ApiResult<()> {
        match declared(headers) {
            // Whether the file alone is too large for the server shows when it comes.
            Some(length) if length.saturating_sub(OTHER_PARTS_BYTES) > self.room => {
                Err(account_limits::no_room())
            }
            _ => Ok(()),
        }
    }
}

/// How long the body says it is.
pub(crate) fn declared(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
