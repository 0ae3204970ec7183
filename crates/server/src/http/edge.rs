//! The outermost step of every request, and the only one that sees all of them: it gives the request its id and its
//! canonical path, bounds how slowly its body may come, and gives the answer its error body, its headers and its
//! line in the log. Nothing here knows an operation.

use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http_body::Body as _;
use mudlark_types::ErrorCode;
use tower::ServiceExt;
use uuid::Uuid;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::{access_log, aliases, body, conditional, error_body, shown_path};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The request's id, for whoever needs it on the way.
#[derive(Clone)]
pub(crate) struct RequestId(pub(crate) Arc<str>);
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Where a request comes from: the one address that limits, keys and the trail go by. The connection's own address is
/// for the log alone, so that nothing can take one for the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

/// Answers requests, each from beginning to end.
#[derive(Clone)]
pub(crate) struct Edge {
    app: App,
    router: Router,
}

impl Edge {
    pub(crate) fn new(app: App) -> Self {
        let router = super::router(&app);
        Self { app, router }
    }

    /// Answers one request. Never fails, also where a handler panics.
    pub(crate) async fn answer<B>(&self, request: Request<B>, peer: SocketAddr) -> Response
    where
        B: http_body::Body<Data = bytes::Bytes> + Send + Unpin + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let started = Instant::now();
        let request_id: Arc<str> = request_id(request.headers(), || self.app.clock.new_id()).into();
        let as_problem = error_body::wants_problem(request.headers());
        let method = request.method().clone();
        let condition = conditional::if_none_match(&method, request.headers());
        let idle = Duration::from_secs(self.app.settings.body_idle_timeout_s.into());

        // A client that waits for `100 Continue` sends nothing more once it is refused.
        let waits_to_send = request.headers().contains_key(header::EXPECT);
        let is_chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
        let mut unread = None;
        let mut request = request.map(|incoming| {
            if incoming.is_end_stream() {
                return Body::empty();
            }
            let shared = body::Shared::new(body::Paced::new(incoming, idle));
            unread = Some(shared.clone());
            Body::new(shared)
        });
        *request.uri_mut() = aliases::canonical(std::mem::take(request.uri_mut()));
        request.extensions_mut().insert(RequestId(Arc::clone(&request_id)));
        let forwarded = request.headers().get_all(&FORWARDED_FOR).iter().map(HeaderValue::as_bytes);
        let client = self.app.settings.trusted_proxies.client_address(peer.ip(), forwarded);
        request.extensions_mut().insert(ClientAddress(client));
        let path = shown_path::shown(request.uri().path()).into_owned();

        let mut response = match check_host(request.headers()) {
            Ok(()) => self.route(request).await,
            Err(error) => error.into_response(),
        };
        let error = response.extensions_mut().remove::<Arc<ApiError>>();
        let is_in_trail = response.extensions_mut().remove::<access_log::InTrail>().is_some();
        if let Some(unread) = unread.filter(|body| error.is_some() && !waits_to_send && !body.is_end_stream())
        {
            body::drain(unread).await;
        }
        if let Some(error) = &error {
            error_body::write(&mut response, error, &request_id, as_problem);
        } else if let Some(condition) = condition {
            conditional::apply(&condition, &mut response);
        }
        add_headers(response.headers_mut(), &request_id);
        if is_chunked {
            // A `Content-Length` beside it was dropped before we could see it. A proxy that went by that one thinks that
            // the request ends elsewhere: nothing more may be read from this connection. *Source*: RFC 9112, section 6.1.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        access_log::write(&access_log::Line {
            request_id: &request_id,
            method: &method,
            path: &path,
            status: response.status(),
            peer: peer.ip(),
            client,
            elapsed: started.elapsed(),
            error: error.as_deref(),
            is_in_trail,
        });
        response
    }

    async fn route(&self, request: Request) -> Response {
        match AssertUnwindSafe(self.router.clone().oneshot(request)).catch_unwind().await {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(_panic) => {
                ApiError::internal("a handler panicked; the panic's own line is above").into_response()
            }
        }
    }
}

/// *Source*: RFC 9112, section 3.2: two hosts are two readers' chance to disagree.
fn check_host(headers: &HeaderMap) -> ApiResult<()> {
    if headers.get_all(header::HOST).iter().nth(1).is_some() {
        return Err(ApiError::new(ErrorCode::HeaderMalformed, "The header host must be given once"));
    }
    Ok(())
}

/// The client's own id, where it is short and plain enough to be shown in a log; else a new one.
pub(super) fn request_id(headers: &HeaderMap, new_id: impl FnOnce() -> Uuid) -> String {
    let plain = |text: &&str| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    match headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok()).filter(plain) {
        Some(given) => given.to_owned(),
        None => new_id().to_string(),
    }
}

fn add_headers(headers: &mut HeaderMap, request_id: &str) {
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Answers are one caller's: no shared cache may keep them, and a private one must ask again (which ETag makes cheap).
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
}

/// Whether a method only reads.
pub(crate) fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}
