//! The API's description: as an OpenAPI document for programs, as a page for people.

use std::sync::OnceLock;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use mudlark_auth::Access;
use utoipa::openapi::OpenApi;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::document_texts::{keep_files_to_multipart, say_bytes};
use crate::http::example::add_examples;
use crate::http::reference_page::reference_page;
use crate::http::registry::{Api, Origin};

pub(crate) fn routes(api: &mut Api) {
    api.add(Access::Public, Origin::Mudlark, routes!(find_openapi_document));
    api.add(Access::Public, Origin::Mudlark, routes!(find_reference_page));
}

/// The API's description, written out when it is first asked for.
pub(crate) struct Reference {
    document: OpenApi,
    json: OnceLock<String>,
    page: OnceLock<String>,
}

impl Reference {
    pub(crate) fn new(document: OpenApi) -> Self {
        Self { document, json: OnceLock::new(), page: OnceLock::new() }
    }

    fn json(&self) -> String {
        self.json.get_or_init(|| document_json(&self.document)).clone()
    }

    fn page(&self) -> String {
        self.page.get_or_init(|| reference_page(&self.document)).clone()
    }
}

/// The OpenAPI document as text; what `openapi/openapi.json` holds. Members are sorted, so that it stays the same
/// where the API does.
pub(crate) fn document_json(document: &OpenApi) -> String {
    let mut value = serde_json::to_value(document).unwrap_or_default();
    say_bytes(&mut value);
    keep_files_to_multipart(&mut value);
    add_examples(&mut value);
    serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
}

fn reference(app: &App) -> ApiResult<&Reference> {
    app.reference.get().ok_or_else(|| ApiError::internal("the API's description was not made"))
}

/// This document.
#[utoipa::path(
    get, path = "/openapi.json", tag = "Operation", operation_id = "find_openapi_document",
    responses((status = 200, description = "The API's description, OpenAPI 3.1.", body = serde_json::Value))
)]
async fn find_openapi_document(State(app): State<App>) -> ApiResult<Response> {
    let json = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, json)], reference(&app)?.json()).into_response())
}

/// This document as a page.
#[utoipa::path(
    get, path = "/docs", tag = "Operation", operation_id = "find_reference_page",
    responses((status = 200, description = "The API's description for people.", body = String, content_type = "text/html"))
)]
async fn find_reference_page(State(app): State<App>) -> ApiResult<Response> {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(
                "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            ),
        ),
    ];
    Ok((headers, reference(&app)?.page()).into_response())
}
