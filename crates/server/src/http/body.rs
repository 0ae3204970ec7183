//! How a request's body is read: it may not come too slowly, and small ones not be too large.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::Request;
use axum::http::header;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use mudlark_types::ErrorCode;
use tokio::time::{Instant, Sleep};

use crate::error::{ApiError, ApiResult};

/// A client must send at least so much in each window, or it is cut off. *Units*: bytes.
/// *Why*: without it a client that sends a byte now and then would hold its connection for ever.
const WINDOW_MIN_BYTES: u64 = 1024;
/// *Units*: seconds.
const WINDOW_S: u64 = 60;

/// The client paused for too long in the middle of its body, or sends too slowly.
#[derive(Debug)]
pub(crate) struct TooSlow;

impl fmt::Display for TooSlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body came too slowly")
    }
}

impl std::error::Error for TooSlow {}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A body that fails with [`TooSlow`] instead of waiting for ever.
pub(crate) struct Paced<B> {
    inner: B,
    idle: Duration,
    /// Set while the body is being waited for. It is not moved at each piece that comes, only looked at when it
    /// rings: a large upload has many pieces.
    alarm: Option<Pin<Box<Sleep>>>,
    last_piece: Instant,
    window_began: Instant,
    window_bytes: u64,
}

impl<B> Paced<B> {
    pub(crate) fn new(inner: B, idle: Duration) -> Self {
        let now = Instant::now();
        Self { inner, idle, alarm: None, last_piece: now, window_began: now, window_bytes: 0 }
    }

    fn is_too_slow(&mut self, now: Instant) -> bool {
        if now.duration_since(self.last_piece) >= self.idle {
            return true;
        }
        if now.duration_since(self.window_began) < Duration::from_secs(WINDOW_S) {
            return false;
        }
        let too_little = self.window_bytes < WINDOW_MIN_BYTES;
        (self.window_began, self.window_bytes) = (now, 0);
        too_little
    }
}

impl<B> HttpBody for Paced<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(context) {
            this.last_piece = Instant::now();
            if let Some(Ok(frame)) = &frame {
                this.window_bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        loop {
            let last_piece = this.last_piece;
            let idle = this.idle;
            let alarm =
                this.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(last_piece + idle)));
            if alarm.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            let now = Instant::now();
            if this.is_too_slow(now) {
                return Poll::Ready(Some(Err(Box::new(TooSlow))));
            }
            if let Some(alarm) = &mut this.alarm {
                alarm.as_mut().reset(this.last_piece + idle);
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// A body that the handler reads, and whose rest `edge` can still read past when the handler has refused it.
pub(crate) struct Shared<B>(Arc<Mutex<Paced<B>>>);

impl<B> Shared<B> {
    pub(crate) fn new(body: Paced<B>) -> Self {
        Self(Arc::new(Mutex::new(body)))
    }
}

impl<B> Clone for Shared<B> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<B> HttpBody for Shared<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut *body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).size_hint()
    }
}

/// How much of a refused body is still read past. *Units*: bytes.
const DRAIN_MAX_BYTES: usize = 64 << 20;
/// For how long.
const DRAIN_MAX_TIME: Duration = Duration::from_secs(10);

/// Reads past the rest of a body. *Why*: most clients send their whole body before they look for the answer; closing
/// the connection meanwhile would break it off, and the refusal would never be seen.
pub(crate) async fn drain<B>(mut body: Shared<B>)
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    let reading = async {
        let mut drained_bytes = 0;
        while let Some(Ok(frame)) = body.frame().await {
            drained_bytes += frame.data_ref().map_or(0, Bytes::len);
            if drained_bytes > DRAIN_MAX_BYTES {
                return;
            }
        }
    };
    // Whether it was read to its end is for the connection to find out.
    tokio::time::timeout(DRAIN_MAX_TIME, reading).await.ok();
}

/// Reads a whole body of at most `max_bytes`.
pub(crate) async fn read_whole(request: Request, max_bytes: usize) -> ApiResult<Bytes> {
    let too_large = || {
        ApiError::new(
            ErrorCode::BodyTooLarge,
            format!("The body must be at most {max_bytes} bytes for this operation"),
        )
    };
    let declared =
        request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length: u64| length > max_bytes as u64) {
        return Err(too_large());
    }
    match Limited::new(request.into_body(), max_bytes).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(error) => Err(broken(error)),
    }
}

/// What a body that broke off means for the client, if it still listens.
pub(crate) fn broken(error: impl Into<BoxError>) -> ApiError {
    let error = error.into();
    if is_too_slow(&*error) {
        return ApiError::new(
            ErrorCode::RequestTimeout,
            "The body came too slowly; nothing was kept of this request",
        )
        .with_header(header::CONNECTION, header::HeaderValue::from_static("close"));
    }
    ApiError::new(
        ErrorCode::BodyMalformed,
        "The body broke off before its end; nothing was kept of this request",
    )
    .with_cause(error)
}

fn is_too_slow(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<TooSlow>() {
            return true;
        }
        next = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use http_body_util::StreamBody;

    use super::*;

    /// A body that sends `bytes` bytes every `every`.
    fn dripping(every: Duration, bytes: usize) -> impl HttpBody<Data = Bytes, Error = BoxError> + Unpin {
        let stream = futures_util::stream::unfold((), move |()| async move {
            tokio::time::sleep(every).await;
            Some((Ok(Frame::data(Bytes::from(vec![0; bytes]))), ()))
        });
        StreamBody::new(Box::pin(stream))
    }

    async fn fails_after(body: impl HttpBody<Data = Bytes, Error = BoxError> + Unpin) -> Option<Duration> {
        let started = Instant::now();
        let mut body = Paced::new(body, Duration::from_secs(30));
        while started.elapsed() < Duration::from_mins(10) {
            match body.frame().await {
                Some(Ok(_)) => {}
                Some(Err(error)) => return error.is::<TooSlow>().then(|| started.elapsed()),
                None => return None,
            }
        }
        None
    }

    #[tokio::test(start_paused = true)]
    async fn client_that_sends_a_byte_an_hour_is_cut_off_after_the_idle_time() {
        assert_eq!(fails_after(dripping(Duration::from_hours(1), 1)).await.unwrap().as_secs(), 30);
    }

    #[tokio::test(start_paused = true)]
    async fn client_that_sends_a_byte_every_20_s_is_cut_off_for_its_rate() {
        let after = fails_after(dripping(Duration::from_secs(20), 1)).await.unwrap();
        assert!(after.as_secs() <= 130, "{after:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn client_on_a_slow_line_is_served() {
        assert_eq!(fails_after(dripping(Duration::from_secs(10), 512)).await, None);
    }
}
