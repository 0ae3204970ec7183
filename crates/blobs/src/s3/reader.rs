//! The way out: streams a range, and goes on where it broke off. It ends with the last byte asked for or with an error,
//! never short. Not the choice of the range. Called by [`crate::BlobStream`].

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt};
use reqwest::header::{CONTENT_RANGE, RANGE};
use reqwest::{Response, StatusCode};

use super::S3;
use super::call::lacking;
use crate::memory::check_range;
use crate::{BlobError, BlobKey};

/// What must have come since the last break for it to be forgotten: a connection that breaks now and then is used to the
/// end, one that gives nothing is given up.
const PROGRESS_BYTES: u64 = 1 << 20;

/// More than any object has.
const BEYOND_BYTES: u64 = 1 << 50;

struct Reading {
    s3: Arc<S3>,
    name: String,
    at: u64,
    end: u64,
    answer: Option<Response>,
    /// Breaks without progress between them.
    breaks: u32,
    since_break_bytes: u64,
}

/// Opens content.
pub(crate) async fn open(
    s3: &Arc<S3>,
    key: &BlobKey,
    range: Range<u64>,
) -> Result<BoxStream<'static, Result<Bytes, BlobError>>, BlobError> {
    let name = s3.content_name(key);
    let not_found = || BlobError::NotFound { key: *key };
    if range.start >= range.end || range.end > BEYOND_BYTES {
        // S3 knows no empty range, and servers differ on numbers that are none.
        let head = s3.head(&name).await?.ok_or_else(not_found)?;
        check_range(&range, head.size_bytes)?;
        return Ok(stream::empty().boxed());
    }
    let opened = s3.get_range(&name, range.clone()).await?;
    match opened {
        Opened::Missing => Err(not_found()),
        Opened::Shorter => {
            let size_bytes = s3.head(&name).await?.ok_or_else(not_found)?.size_bytes;
            Err(BlobError::RangeOutOfBounds { start: range.start, end: range.end, size_bytes })
        }
        Opened::Whole(answer) => Ok(stream_of(s3, name, range, answer)),
    }
}

/// Streams an object of a known length.
pub(super) async fn open_object(
    s3: &Arc<S3>,
    name: String,
    size_bytes: u64,
) -> Result<BoxStream<'static, Result<Bytes, BlobError>>, BlobError> {
    if size_bytes == 0 {
        return Ok(stream::empty().boxed());
    }
    match s3.get_range(&name, 0..size_bytes).await? {
        Opened::Whole(answer) => Ok(stream_of(s3, name, 0..size_bytes, answer)),
        Opened::Missing | Opened::Shorter => Err(BlobError::Truncated { missing_bytes: size_bytes }),
    }
}

fn stream_of(
    s3: &Arc<S3>,
    name: String,
    range: Range<u64>,
    answer: Response,
) -> BoxStream<'static, Result<Bytes, BlobError>> {
    let reading = Reading {
        s3: Arc::clone(s3),
        name,
        at: range.start,
        end: range.end,
        answer: Some(answer),
        breaks: 0,
        since_break_bytes: 0,
    };
    stream::try_unfold(reading, Reading::next).boxed()
}

enum Opened {
    Whole(Response),
    Missing,
    /// The object ends before the range does.
    Shorter,
}

impl S3 {
    async fn get_range(&self, name: &str, range: Range<u64>) -> Result<Opened, BlobError> {
        let doing = "reading content";
        let range = &range;
        self.persist(doing, || async move {
            let action = self.location.bucket.get_object(Some(&self.credentials), name);
            let request =
                self.request(action, &[]).header(RANGE, format!("bytes={}-{}", range.start, range.end - 1));
            let answer = self.answer(doing, request, self.patience.answer).await?;
            match answer.status() {
                StatusCode::NOT_FOUND => Ok(Opened::Missing),
                StatusCode::RANGE_NOT_SATISFIABLE => Ok(Opened::Shorter),
                StatusCode::PARTIAL_CONTENT => match given(&answer) {
                    Some(given) if given == *range => Ok(Opened::Whole(answer)),
                    Some(given) if given.start == range.start && given.end < range.end => Ok(Opened::Shorter),
                    _ => Err(lacking("the answer holds another range")),
                },
                _ => Err(lacking("the answer is not the range asked for")),
            }
        })
        .await
    }
}

/// The range that an answer says it holds.
fn given(answer: &Response) -> Option<Range<u64>> {
    let value = answer.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    let (first, last) = value.strip_prefix("bytes ")?.split_once('/')?.0.split_once('-')?;
    Some(first.parse().ok()?..last.parse::<u64>().ok()?.checked_add(1)?)
}

impl Reading {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, BlobError> {
        loop {
            let left = self.end - self.at;
            if left == 0 {
                return Ok(None);
            }
            let Some(answer) = &mut self.answer else {
                match self.s3.get_range(&self.name, self.at..self.end).await? {
                    Opened::Whole(answer) => self.answer = Some(answer),
                    Opened::Missing | Opened::Shorter => {
                        return Err(BlobError::Truncated { missing_bytes: left });
                    }
                }
                continue;
            };
            if let Ok(Ok(Some(mut piece))) =
                tokio::time::timeout(self.s3.patience.answer, answer.chunk()).await
            {
                piece.truncate(usize::try_from(left).unwrap_or(usize::MAX));
                self.at += piece.len() as u64;
                self.since_break_bytes += piece.len() as u64;
                return Ok(Some((piece, self)));
            }
            self.answer = None;
            if self.since_break_bytes >= PROGRESS_BYTES {
                self.breaks = 0;
            }
            self.breaks += 1;
            self.since_break_bytes = 0;
            if self.breaks >= self.s3.patience.tries {
                return Err(BlobError::Truncated { missing_bytes: left });
            }
            self.s3.patience.pause(self.breaks).await;
        }
    }
}
