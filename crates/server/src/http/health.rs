//! Whether the server lives, whether it can work, and its figures. Open to all: none of it names anything of a studio.

use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use mudlark_auth::Access;
use mudlark_types::ErrorCode;
use serde::Serialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::registry::{Api, Origin};

pub(crate) fn routes(api: &mut Api) {
    api.add(Access::Public, Origin::Mudlark, routes!(find_liveness));
    api.add(Access::Public, Origin::Mudlark, routes!(find_readiness));
    api.add(Access::Public, Origin::Mudlark, routes!(find_metrics));
}

#[derive(Serialize, utoipa::ToSchema)]
struct Health {
    /// Always `ok`; anything else is an error answer.
    status: &'static str,
}

#[derive(Serialize, utoipa::ToSchema)]
struct Readiness {
    /// Always `ok`; anything else is an error answer.
    status: &'static str,
    /// How many files are known to be lost, torn or damaged. The server works all the same; `mudlark fsck` names them.
    content_faults: i64,
    /// The server's version, which `/openapi.json` says too.
    #[schema(example = "0.1.0")]
    version: &'static str,
}

/// The process runs.
#[utoipa::path(
    get, path = "/health/live", tag = "Operation", operation_id = "find_liveness",
    responses((status = 200, description = "It runs.", body = Health))
)]
async fn find_liveness() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// The server can work: its database and its storage answer, and it is not stopping.
#[utoipa::path(
    get, path = "/health/ready", tag = "Operation", operation_id = "find_readiness",
    responses(
        (status = 200, description = "It can work.", body = Readiness),
        (status = 503, description = "Not just now."),
    )
)]
async fn find_readiness(State(app): State<App>) -> ApiResult<Json<Readiness>> {
    if app.stopping.load(Ordering::Relaxed) {
        return Err(ApiError::new(ErrorCode::Unavailable, "The server is stopping").retry_after_s(5));
    }
    let faults = app.store.read().await?.count_content_faults().await?;
    app.storage_health.check(&app.blobs).await?;
    app.feed.check_lease()?;
    Ok(Json(Readiness {
        status: "ok",
        content_faults: app.metrics.set_content_faults(&faults),
        version: env!("CARGO_PKG_VERSION"),
    }))
}

/// Figures in the Prometheus text format.
#[utoipa::path(
    get, path = "/metrics", tag = "Operation", operation_id = "find_metrics",
    responses((status = 200, description = "The figures.", body = String, content_type = "text/plain"))
)]
async fn find_metrics(State(app): State<App>) -> Response {
    let content_type = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, content_type)], app.metrics.render()).into_response()
}
