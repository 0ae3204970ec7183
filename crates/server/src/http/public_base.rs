//! The address that clients reach the server by, for the addresses that answers name.

use axum::http::{HeaderMap, header};
use mudlark_types::ErrorCode;

use crate::app::App;
use crate::error::{ApiError, ApiResult};

/// As configured, else as this request has it; without a slash at its end.
pub(crate) fn public_base(app: &App, headers: &HeaderMap) -> ApiResult<String> {
    if let Some(base) = app.settings.public_base() {
        return Ok(base.to_owned());
    }
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let well_formed =
        |host: &&str| host.parse::<axum::http::uri::Authority>().is_ok_and(|it| !it.as_str().contains('@'));
    match host.filter(well_formed) {
        Some(host) => Ok(format!("http://{host}")),
        None => Err(ApiError::new(
            ErrorCode::HeaderMissing,
            "The header Host is required: the server's own address",
        )),
    }
}
