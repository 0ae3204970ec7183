//! What becomes of each refusal for want of rights, 401, 403 and 429 of every operation, in one place, after the answer is
//! made: its line in the audit trail, and how long it is held back. Why, and who, comes with the error itself
//! (`ApiError::audited`).

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::http::{Extensions, HeaderMap, HeaderValue, header};
use axum::response::Response;
use mudlark_auth::Access;
use mudlark_types::{AuditAction, ErrorCode};

use crate::app::App;
use crate::error::ApiError;
use crate::http::edge::RequestId;
use crate::http::guard::client_of;
use crate::ops::audit::{Actor, Entry, Origin};

/// Where a request came from, taken before the request is used up. Cheap: texts are made only where a line is.
pub(crate) struct Seen {
    address: Option<IpAddr>,
    agent: Option<HeaderValue>,
    request_id: Option<RequestId>,
}

impl Seen {
    pub(crate) fn of(request: &Request) -> Self {
        Self {
            address: client_of(request),
            agent: request.headers().get(header::USER_AGENT).cloned(),
            request_id: request.extensions().get::<RequestId>().cloned(),
        }
    }

    fn into_origin(self) -> Origin {
        Origin {
            address: self.address,
            agent: self.agent.as_ref().map(agent_text),
            request_id: self.request_id.map(|RequestId(id)| id),
        }
    }
}

/// Where a request came from, for a line of what it did.
pub(crate) fn origin(address: Option<IpAddr>, headers: &HeaderMap, extensions: &Extensions) -> Origin {
    Origin {
        address,
        agent: headers.get(header::USER_AGENT).map(agent_text),
        request_id: extensions.get::<RequestId>().map(|RequestId(id)| Arc::clone(id)),
    }
}

fn agent_text(agent: &HeaderValue) -> String {
    String::from_utf8_lossy(agent.as_bytes()).into_owned()
}

/// The time that every refusal of credentials takes, from when they are looked at. Far above what the work takes (some
/// 20 µs, nothing of which waits), so that the answer's time tells nothing of it: not whether there is such a key, and not
/// how much of a secret is right.
///
/// *Why* not by even work alone: a key that is asked for again and again is in the processor's cache, one that is not
/// there isn't, and ten thousand samples tell half a microsecond (measured).
const HELD_BACK: Duration = Duration::from_millis(2);

/// Notes the answer in the audit trail if it refuses for want of rights. Answers until when it is to be held back, if it
/// refuses credentials.
pub(crate) fn note(
    app: &App,
    access: Access,
    operation: &str,
    seen: Seen,
    response: &Response,
) -> Option<Instant> {
    // Most answers are none; the look at the status costs them nothing.
    if !matches!(response.status().as_u16(), 401 | 403 | 429) {
        return None;
    }
    let error = response.extensions().get::<Arc<ApiError>>()?;
    write_line(app, access, operation, seen, error);
    error.facts().looked_at_since.map(|since| since + HELD_BACK)
}

fn write_line(app: &App, access: Access, operation: &str, seen: Seen, error: &ApiError) {
    let facts = error.facts();
    let action = match (error.code(), access) {
        (ErrorCode::TooManyRequests, _) => AuditAction::LimitTripped,
        (_, Access::Public) if operation.ends_with("_session") => AuditAction::SessionRefused,
        // Of the operations that need no token, those that refuse credentials give out tokens.
        (_, Access::Public) => AuditAction::TokenRefused,
        _ => AuditAction::RequestRefused,
    };
    let actor = Actor::client(facts.key_id.clone(), facts.user_id, seen.into_origin());
    app.audit.refused(Entry {
        refused: Some(facts.reason.unwrap_or(error.code().as_str())),
        token_id: facts.token_id.clone(),
        ..Entry::new(app.clock.now_ms(), action, facts.account_id, actor).on(operation)
    });
}
