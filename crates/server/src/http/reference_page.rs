//! placeholder
pub(crate) fn reference_page(_: &utoipa::openapi::OpenApi) -> String { String::new() }
