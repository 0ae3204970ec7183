//! Ids in the path.

use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::{ApiError, ApiResult};

/// The parameters of the path; one that is not in its form is 400, naming it.
pub(crate) struct Path<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> ApiResult<Self> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(values)) => Ok(Self(values)),
            Err(PathRejection::FailedToDeserializePathParams(failed)) => {
                let key = match failed.kind() {
                    ErrorKind::DeserializeError { key, .. }
                    | ErrorKind::ParseErrorAtKey { key, .. }
                    | ErrorKind::InvalidUtf8InPathParam { key } => key.clone(),
                    _ => first_malformed(parts, state).await,
                };
                Err(ApiError::invalid_field(&key, "must be a uuid"))
            }
            Err(other) => Err(ApiError::internal(other)),
        }
    }
}

/// The name of the first parameter that is no uuid: axum does not always say which one it was.
async fn first_malformed<S: Send + Sync>(parts: &mut Parts, state: &S) -> String {
    match RawPathParams::from_request_parts(parts, state).await {
        Ok(params) => params
            .iter()
            .find(|(_, value)| uuid::Uuid::try_parse(value).is_err())
            .map_or_else(|| "path".to_owned(), |(name, _)| name.to_owned()),
        Err(_) => "path".to_owned(),
    }
}
