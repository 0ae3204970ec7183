//! One request to S3, and trying it again: what passes by itself is waited for, a little longer each time, and no longer
//! than the patience. Not what is asked for. Used by everything in `s3`.
//!
//! *Why* each try is signed anew: a signature holds for a time, and a request that stalls may outlive it.

use std::error::Error;
use std::io;
use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use rusty_s3::S3Action;
use uuid::Uuid;

use super::S3;
use crate::BlobError;

/// How long a signature of ours holds: as long as S3 lets clocks differ. A request that arrives later does nothing.
pub(super) const SIGNED_FOR: Duration = Duration::from_mins(15);
/// Of an answer that is read whole, a listing say. *Units*: bytes.
const MAX_ANSWER_BYTES: usize = 8 << 20;
/// The longest pause between two tries.
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// Codes of servers that have no room, or of a quota that is reached.
const FULL: [&str; 3] = ["QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded"];

/// How long, and how often, S3 is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// From a request's start to its answer's head, and between two pieces of a body. Bytes that are sent get more: a
    /// second for each 256 KiB.
    pub answer: Duration,
    /// How often something is tried in all before it counts as failed.
    pub tries: u32,
    /// The pause before the second try; it doubles each time, up to five seconds, and varies by a half.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { answer: Duration::from_secs(10), tries: 4, pause: Duration::from_millis(200) }
    }
}

impl Patience {
    /// For a request with a body of this length.
    pub(super) fn with_body(&self, size_bytes: u64) -> Duration {
        self.answer + Duration::from_secs(size_bytes / (256 << 10))
    }

    /// Before the try of this number, from 1.
    pub(super) async fn pause(&self, tried: u32) {
        let longest = self.pause.saturating_mul(1 << tried.saturating_sub(1).min(16)).min(MAX_PAUSE);
        // An id's last bytes are chance enough to keep processes from trying in step.
        let chance = u32::from(Uuid::now_v7().as_bytes()[15]);
        tokio::time::sleep(longest / 2 + longest * chance / 510).await;
    }
}

/// Why a try came to nothing.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Another try may go better.
    Passing(Cause),
    /// Another try would end alike.
    Final(BlobError),
}

pub(super) type Cause = Box<dyn Error + Send + Sync>;

impl From<BlobError> for Trouble {
    fn from(error: BlobError) -> Self {
        Self::Final(error)
    }
}

/// An answer that refuses. Holds nothing of the request.
#[derive(Debug, thiserror::Error)]
#[error("S3 answered {status} {code}{}", advice(code))]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    /// S3's own code, or nothing.
    pub(super) code: String,
}

/// What an operator does about a code.
fn advice(code: &str) -> &'static str {
    match code {
        "NoSuchBucket" => ": there is no such bucket; make it, or mend the address of --storage",
        "InvalidAccessKeyId" => {
            ": the access key is not known there; check AWS_ACCESS_KEY_ID, and the endpoint"
        }
        "SignatureDoesNotMatch" => {
            ": the secret of the access key is another; check AWS_SECRET_ACCESS_KEY, and the region"
        }
        "ExpiredToken" | "InvalidToken" | "TokenRefreshRequired" => {
            ": the session token has ended; give new credentials and start again"
        }
        "RequestTimeTooSkewed" => ": this machine's clock and the storage's differ; set them by NTP",
        "AccessDenied" | "AllAccessDisabled" => {
            ": the access key may not do this; it needs to get, put, delete and list objects of the bucket, and this machine's clock to be right"
        }
        "AuthorizationHeaderMalformed"
        | "AuthorizationQueryParametersError"
        | "PermanentRedirect"
        | "IllegalLocationConstraintException" => {
            ": the bucket is in another region, or behind another endpoint; check region= and endpoint= in the address of --storage"
        }
        _ => "",
    }
}

/// Names what makes S3 refuse, for errors of ours.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Note(&'static str);

impl S3 {
    /// A request, signed, with its `x-amz-…` headers signed too.
    pub(super) fn request<'a, A: S3Action<'a>>(
        &self,
        mut action: A,
        headers: &[(&'static str, String)],
    ) -> RequestBuilder {
        for (name, value) in headers {
            action.headers_mut().insert(*name, value.clone());
        }
        let url = action.sign(SIGNED_FOR);
        let method = Method::from_bytes(A::METHOD.to_str().as_bytes()).expect("a method of HTTP");
        headers
            .iter()
            .fold(self.http.request(method, url), |request, (name, value)| request.header(*name, value))
    }

    /// Does something until it works, or the patience is at its end.
    pub(super) async fn persist<T, F>(
        &self,
        doing: &'static str,
        attempt: impl Fn() -> F,
    ) -> Result<T, BlobError>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        let mut tried = 1;
        loop {
            match attempt().await {
                Ok(done) => return Ok(done),
                Err(Trouble::Final(error)) => return Err(error),
                Err(Trouble::Passing(source)) if tried >= self.patience.tries => {
                    return Err(BlobError::Unavailable { doing, source });
                }
                Err(Trouble::Passing(_)) => self.patience.pause(tried).await,
            }
            tried += 1;
        }
    }

    /// Sends a request and waits for the answer's head. Given out are answers of success, and those that say something of
    /// the object: 404, 412, 416.
    pub(super) async fn answer(
        &self,
        doing: &'static str,
        request: RequestBuilder,
        within: Duration,
    ) -> Result<Response, Trouble> {
        let mut answer = match tokio::time::timeout(within, request.send()).await {
            Err(_) => return Err(Trouble::Passing(Box::new(Note("no answer came in time")))),
            // Without the address, which holds the signature.
            Ok(Err(error)) => return Err(Trouble::Passing(Box::new(error.without_url()))),
            Ok(Ok(answer)) => answer,
        };
        let status = answer.status();
        if status.is_success()
            || matches!(status, StatusCode::PRECONDITION_FAILED | StatusCode::RANGE_NOT_SATISFIABLE)
        {
            return Ok(answer);
        }
        let code = match tokio::time::timeout(within, body_start(&mut answer)).await {
            Ok(body) => code_of(&body).to_owned(),
            Err(_) => String::new(),
        };
        if status == StatusCode::NOT_FOUND && code != "NoSuchBucket" {
            return Ok(answer);
        }
        let passes = status.is_server_error()
            || matches!(
                status,
                StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS | StatusCode::CONFLICT
            )
            || matches!(
                code.as_str(),
                "RequestTimeout"
                    | "BadDigest"
                    | "XAmzContentChecksumMismatch"
                    | "IncompleteBody"
                    | "SlowDown"
            );
        let is_full = status == StatusCode::INSUFFICIENT_STORAGE || FULL.contains(&code.as_str());
        let refusal = Box::new(Refusal { status, code });
        if is_full {
            return Err(Trouble::Final(BlobError::Full { source: io::Error::other(refusal) }));
        }
        if passes {
            return Err(Trouble::Passing(refusal));
        }
        Err(Trouble::Final(BlobError::Unavailable { doing, source: refusal }))
    }

    /// The same, and reads the answer whole. An error that comes under a 200 is told as one.
    pub(super) async fn text(
        &self,
        doing: &'static str,
        request: RequestBuilder,
        within: Duration,
    ) -> Result<(StatusCode, String), Trouble> {
        let mut answer = self.answer(doing, request, within).await?;
        let status = answer.status();
        let reading = async {
            let mut text = Vec::new();
            while let Some(piece) = answer.chunk().await? {
                text.extend_from_slice(&piece);
                if text.len() > MAX_ANSWER_BYTES {
                    break;
                }
            }
            Ok::<_, reqwest::Error>(text)
        };
        let text = match tokio::time::timeout(within, reading).await {
            Err(_) => return Err(Trouble::Passing(Box::new(Note("the answer broke off")))),
            Ok(text) => text.map_err(|error| Trouble::Passing(Box::new(error.without_url())))?,
        };
        let text = String::from_utf8_lossy(&text).into_owned();
        if status.is_success() && text.contains("<Error>") {
            return Err(Trouble::Passing(Box::new(Refusal { status, code: code_of(&text).to_owned() })));
        }
        Ok((status, text))
    }
}

/// An answer that can't be read, though it came whole.
pub(super) fn unreadable(error: impl Error + Send + Sync + 'static) -> Trouble {
    Trouble::Passing(Box::new(error))
}

/// Something that an answer lacks.
pub(super) fn lacking(what: &'static str) -> Trouble {
    Trouble::Passing(Box::new(Note(what)))
}

/// The first of a body, where the code of an error is.
async fn body_start(answer: &mut Response) -> String {
    let mut start = Vec::new();
    while let Ok(Some(piece)) = answer.chunk().await {
        start.extend_from_slice(&piece);
        if start.len() >= 16 << 10 {
            break;
        }
    }
    String::from_utf8_lossy(&start).into_owned()
}

/// S3's code in an answer: plain letters, or nothing.
fn code_of(body: &str) -> &str {
    let code = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    let is_code = |code: &str| code.len() <= 100 && code.bytes().all(|b| b.is_ascii_alphanumeric());
    code.map(|(code, _)| code).filter(|code| is_code(code)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_say_what_to_do() {
        for (code, word) in [
            ("NoSuchBucket", "make it"),
            ("InvalidAccessKeyId", "AWS_ACCESS_KEY_ID"),
            ("SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY"),
            ("RequestTimeTooSkewed", "NTP"),
            ("PermanentRedirect", "region="),
        ] {
            let refusal = Refusal { status: StatusCode::FORBIDDEN, code: code.to_owned() };
            assert!(refusal.to_string().contains(word), "{refusal}");
        }
    }

    #[test]
    fn code_of_an_answer_is_plain_or_nothing() {
        let body = "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>x</Message></Error>";
        assert_eq!(code_of(body), "SlowDown");
        for body in ["", "<Code>", "<Code>a b</Code>", "<html>503</html>"] {
            assert_eq!(code_of(body), "", "{body}");
        }
    }

    #[test]
    fn bodies_get_a_second_for_each_quarter_mebibyte() {
        let patience = Patience::default();
        assert_eq!(patience.with_body(1 << 20), patience.answer + Duration::from_secs(4));
    }
}
