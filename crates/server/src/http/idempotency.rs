//! `Idempotency-Key`: a POST that is sent again has its effect once, and its first answer again.
//!
//! The key is written down in the very transaction of the effect (`ops::change`), so there are three states, and no
//! crash can make a fourth: no row (nothing happened: go on), a row with an answer (give it again), a row without
//! (it happened, and its answer was lost: say so). Two requests at once with one key: the second is told to wait.
//! *Source*: wire contract, section 1, "Retries"; the IETF draft `idempotency-key-header`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use mudlark_store::{IdempotencyKeyRow, IdempotentAnswer};
use mudlark_types::{ErrorCode, UserId};

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::extract::fingerprint_only;
use crate::http::guard::Admitted;
use crate::http::shown_path;
use crate::ops::idempotency_key::{Fingerprint, IdempotencyKey, in_progress};

pub(crate) const HEADER: &str = "idempotency-key";

/// Marks an answer that is not kept: its request has no effect, so that it can be made again, and its body may be of any
/// length.
#[derive(Clone, Copy)]
pub(crate) struct NotKept;

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Runs a POST that carries a key.
pub(crate) async fn run_once(app: &App, admitted: &Admitted, request: Request, next: Next) -> Response {
    match try_run_once(app, admitted, request, next).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn try_run_once(
    app: &App,
    admitted: &Admitted,
    mut request: Request,
    next: Next,
) -> ApiResult<Response> {
    let slot = Arc::new(IdempotencyKey {
        account_id: admitted.caller.account_id(),
        user_id: admitted.caller.user_id(),
        key: read_key(request.headers())?,
        operation: operation(&request),
        fingerprint: Fingerprint::new(),
    });
    let _in_flight = InFlight::enter(app, &slot)?;
    request.extensions_mut().insert(slot.fingerprint.clone());
    let now_ms = app.clock.now_ms();
    let known = app.store.read().await?.find_idempotency_key(slot.user_id, &slot.key, now_ms).await?;
    if let Some(row) = known {
        if row.operation != slot.operation {
            return Err(reused());
        }
        fingerprint_only(app, request).await?;
        return replay(row, &slot);
    }
    request.extensions_mut().insert(Arc::clone(&slot));
    keep_answer(app, &slot, next.run(request).await).await
}

/// Method and address, without the secret that a path may hold.
fn operation(request: &Request) -> String {
    let (uri, path) = (request.uri(), shown_path::digested(request.uri().path()));
    match uri.query() {
        Some(query) => format!("{} {path}?{query}", request.method()),
        None => format!("{} {path}", request.method()),
    }
}

fn read_key(headers: &HeaderMap) -> ApiResult<String> {
    let malformed = |must: &str| {
        ApiError::new(ErrorCode::HeaderMalformed, format!("The header Idempotency-Key must {must}"))
    };
    let mut values = headers.get_all(HEADER).iter();
    let value = values.next().ok_or_else(|| malformed("be given"))?;
    if values.next().is_some() {
        return Err(malformed("be given once"));
    }
    let text = value.to_str().unwrap_or_default();
    if (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(text.to_owned())
    } else {
        Err(malformed("be 1 to 255 visible ASCII characters"))
    }
}

fn reused() -> ApiError {
    ApiError::new(
        ErrorCode::IdempotencyKeyReused,
        "This Idempotency-Key was used with another request; a new request needs a new key",
    )
}

fn replay(row: IdempotencyKeyRow, slot: &IdempotencyKey) -> ApiResult<Response> {
    if row.fingerprint != Some(slot.fingerprint.digest()) {
        return Err(reused());
    }
    let (Some(status), Some(body)) = (row.status, row.body) else {
        return Err(ApiError::new(
            ErrorCode::IdempotencyOutcomeUnknown,
            "The request with this Idempotency-Key was carried out, but its answer was lost; read what it changed",
        ));
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or_default();
    let headers = row.headers.unwrap_or_default();
    if headers.lines().any(|line| line == SECRET_MARK) {
        return Err(secret_shown_once(&headers));
    }
    for line in headers.lines() {
        if let Some((name, value)) = line.split_once(": ")
            && let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value))
        {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

/// Of an answer with a secret: it is kept nowhere on its way, and not here.
pub(crate) const NO_STORE: [(HeaderName, HeaderValue); 1] =
    [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];

/// Stands among the kept headers of an answer that is not kept itself.
const SECRET_MARK: &str = "cache-control: no-store";

/// The refusal to show a secret again; `Location`, where the answer had one, says what was made.
fn secret_shown_once(headers: &str) -> ApiError {
    let refusal = ApiError::new(
        ErrorCode::SecretShownOnce,
        "The request with this Idempotency-Key was carried out, and its answer held a secret, which is not kept; \
         rotate the key for another one, or send the invite again",
    );
    let location = headers.lines().find_map(|line| line.strip_prefix("location: "));
    match location.map(HeaderValue::try_from) {
        Some(Ok(location)) => refusal.with_header(header::LOCATION, location),
        _ => refusal,
    }
}

/// Keeps the answer of an effect with its key. One that may not be stored (`Cache-Control: no-store`: it holds a secret)
/// is not; only that it was given is. A request that had none (refused, say) leaves no row: tried again, it
/// is looked at afresh.
async fn keep_answer(app: &App, slot: &IdempotencyKey, response: Response) -> ApiResult<Response> {
    if !response.status().is_success() || response.extensions().get::<NotKept>().is_some() {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(ApiError::internal)?.to_bytes();
    let kept = [header::CONTENT_TYPE, header::ETAG, header::LOCATION];
    let is_secret = parts.headers.get(header::CACHE_CONTROL).is_some_and(|value| value == "no-store");
    let mut headers: Vec<String> = kept
        .iter()
        .filter_map(|name| Some(format!("{name}: {}", parts.headers.get(name)?.to_str().ok()?)))
        .collect();
    if is_secret {
        headers.push(SECRET_MARK.to_owned());
    }
    let answer = IdempotentAnswer {
        fingerprint: None,
        status: parts.status.as_u16().into(),
        headers: &headers.join("\n"),
        body: if is_secret { &[] } else { &body },
    };
    let mut tx = app.store.begin().await?;
    tx.complete_idempotency_key(slot.user_id, &slot.key, &answer).await?;
    tx.commit().await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

/// The mark that a key is being worked on; taken away however the work ends.
struct InFlight<'a> {
    app: &'a App,
    mark: (UserId, String),
}

impl<'a> InFlight<'a> {
    fn enter(app: &'a App, slot: &IdempotencyKey) -> ApiResult<Self> {
        let mark = (slot.user_id, slot.key.clone());
        let mut marks = app.idempotency_in_flight.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if marks.insert(mark.clone()) {
            return Ok(Self { app, mark });
        }
        Err(in_progress())
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let mut marks =
            self.app.idempotency_in_flight.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        marks.remove(&self.mark);
    }
}
