//! The line that each request leaves in the log. Its path is shown (but not the token of an invite in it), its
//! query, headers and body never are: an upload address carries its right in the query.

use std::net::IpAddr;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use mudlark_types::ErrorCode;

use crate::error::ApiError;
use crate::http::edge::is_read;

pub(crate) struct Line<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) status: StatusCode,
    /// The other end of the connection: the client, or the proxy before us.
    pub(crate) peer: IpAddr,
    pub(crate) client: IpAddr,
    pub(crate) elapsed: Duration,
    pub(crate) error: Option<&'a ApiError>,
    /// What was done has its own line in the audit trail, and comes as often as reads do.
    pub(crate) is_in_trail: bool,
}

/// Put into an answer's extensions, says [`Line::is_in_trail`].
#[derive(Clone, Copy)]
pub(crate) struct InTrail;

/// Writes the line under the target `mudlark::access`: failures of ours as errors, what a process may not decide just now as
/// warnings, refusals and changes at `info`, reads that were answered and tokens that were given out at `debug`. *Why*: a
/// line costs a quarter of what a read costs (measured), and programs read thousands of times a second.
pub(crate) fn write(line: &Line<'_>) {
    let Line { request_id, method, path, peer, client, .. } = line;
    let status = line.status.as_u16();
    let elapsed_ms = line.elapsed.as_secs_f64() * 1000.0;
    match line.error {
        Some(error) if error.code() == ErrorCode::Unavailable => {
            let (code, cause) = (error.code().as_str(), error.cause_chain().unwrap_or_default());
            tracing::warn!(target: "mudlark::access", request_id, %method, path, status, %peer, %client, elapsed_ms, code, cause, "not just now");
        }
        Some(error) if line.status.is_server_error() => {
            let (code, cause) = (error.code().as_str(), error.cause_chain().unwrap_or_default());
            tracing::error!(target: "mudlark::access", request_id, %method, path, status, %peer, %client, elapsed_ms, code, cause, "failed");
        }
        Some(error) => {
            let (code, cause) = (error.code().as_str(), error.cause_chain().unwrap_or_default());
            tracing::info!(target: "mudlark::access", request_id, %method, path, status, %peer, %client, elapsed_ms, code, cause, "refused");
        }
        None if is_read(method) || line.is_in_trail => {
            tracing::debug!(target: "mudlark::access", request_id, %method, path, status, %peer, %client, elapsed_ms, "answered");
        }
        None => {
            tracing::info!(target: "mudlark::access", request_id, %method, path, status, %peer, %client, elapsed_ms, "answered");
        }
    }
}
