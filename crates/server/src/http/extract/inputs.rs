//! A request's inputs from wherever they are given: the query, and a JSON, form or multipart body; the body wins.
//! *Source*: wire contract, section 1, "Inputs".

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};
use bytes::Bytes;
use mudlark_types::{AccountId, ErrorCode};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::multipart::{self, ReceivedFile};
use super::query;
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::body;
use crate::http::guard::Admitted;
use crate::http::upload_bound::Bound;
use crate::ops::idempotency_key::Fingerprint;

/// Everything a request gives, before it has a type.
struct Inputs {
    members: Map<String, Value>,
    file: Option<ReceivedFile>,
}

/// What becomes of a file in a multipart body.
#[derive(Clone, Copy)]
pub(super) enum Files {
    /// It goes to storage, staged, up to this size.
    Stage(Bound),
    /// As `Stage`; and a body that is an archive is the file itself.
    StageArchive(Bound),
    /// It is read past (and digested).
    Skip,
    /// As `Skip`; and a body that is an archive is the file itself.
    SkipArchive,
}

impl Files {
    /// How long a file may become that goes to storage.
    pub(super) fn bound(self) -> Option<Bound> {
        match self {
            Self::Stage(bound) | Self::StageArchive(bound) => Some(bound),
            Self::Skip | Self::SkipArchive => None,
        }
    }

    fn may_be_the_body(self) -> bool {
        matches!(self, Self::StageArchive(_) | Self::SkipArchive)
    }
}

/// The inputs of an operation that takes no file (a multipart body's file is read past).
pub(crate) struct Input<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Input<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> ApiResult<Self> {
        typed(members(app, request).await?).map(Self)
    }
}

/// The members of a request that takes no file, before they have a type.
pub(super) async fn members(app: &App, request: Request) -> ApiResult<Map<String, Value>> {
    Ok(read(app, request, Files::Skip, None).await?.members)
}

/// Inputs of which one member is a list that may also be the whole JSON body.
pub(crate) trait BareList {
    /// The member's name.
    const MEMBER: &'static str;
}

/// As [`Input`], for an operation whose body may be a bare list.
pub(crate) struct InputOrList<T>(pub(crate) T);

impl<T: DeserializeOwned + BareList> FromRequest<App> for InputOrList<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> ApiResult<Self> {
        let inputs = read(app, request, Files::Skip, Some(T::MEMBER)).await?;
        typed(inputs.members).map(Self)
    }
}

/// The inputs of an operation that takes a file.
pub(crate) struct Upload<T> {
    pub(crate) input: T,
    /// The part called `file`, wholly received and flushed; not yet published.
    pub(crate) file: Option<ReceivedFile>,
}

impl<T: DeserializeOwned> FromRequest<App> for Upload<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> ApiResult<Self> {
        let bound = Bound::of_upload(app, account_of(&request)?).await?;
        bound.check_declared(request.headers())?;
        let inputs = read(app, request, Files::Stage(bound), None).await?;
        Ok(Self { input: typed(inputs.members)?, file: inputs.file })
    }
}

fn account_of(request: &Request) -> ApiResult<AccountId> {
    let admitted = request.extensions().get::<Arc<Admitted>>();
    let caller = admitted.ok_or_else(|| ApiError::internal("a route that takes files asks for no token"))?;
    Ok(caller.caller.account_id())
}

/// Reads the inputs of an operation that takes a picture, as `file`.
pub(crate) async fn read_with_picture<T: DeserializeOwned>(
    app: &App,
    request: Request,
) -> ApiResult<(T, Option<ReceivedFile>)> {
    let inputs = read(app, request, Files::Stage(Bound::of_picture()), None).await?;
    Ok((typed(inputs.members)?, inputs.file))
}

/// The inputs of an operation that takes an archive: as a file like any other, or as the body itself.
pub(crate) struct Archive<T> {
    pub(crate) input: T,
    /// Wholly received and flushed.
    pub(crate) file: Option<ReceivedFile>,
}

impl<T: DeserializeOwned> FromRequest<App> for Archive<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> ApiResult<Self> {
        // What it unpacks to is counted as it comes out; one that is itself longer than what is left is not waited for.
        Bound::of_upload(app, account_of(&request)?).await?.check_declared(request.headers())?;
        let inputs = read(app, request, Files::StageArchive(Bound::of_server(app)), None).await?;
        Ok(Self { input: typed(inputs.members)?, file: inputs.file })
    }
}

/// The inputs of an operation whose body, if any, is not read.
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> ApiResult<Self> {
        Self::parse(&parts.uri)
    }
}

impl<T: DeserializeOwned> Query<T> {
    pub(crate) fn parse(uri: &Uri) -> ApiResult<Self> {
        let members = query::members(uri.query().unwrap_or_default())?;
        refuse_nul(&members)?;
        typed(members).map(Self)
    }
}

/// A member that must be there.
pub(crate) fn required<T>(member: Option<T>, name: &str) -> ApiResult<T> {
    member.ok_or_else(|| ApiError::invalid_field(name, "is required"))
}

/// A list that must be there and hold something.
pub(crate) fn required_list<T>(member: Option<Vec<T>>, name: &str) -> ApiResult<Vec<T>> {
    required(member.filter(|list| !list.is_empty()), name)
}

/// Reads a request only for its fingerprint: what a repeated request is compared by.
pub(crate) async fn fingerprint_only(app: &App, request: Request) -> ApiResult<()> {
    read(app, request, Files::SkipArchive, Some("list")).await.map(drop)
}

/// `bare_list`: the member that a JSON body stands for which is a list.
async fn read(
    app: &App,
    request: Request,
    files: Files,
    bare_list: Option<&'static str>,
) -> ApiResult<Inputs> {
    let mut members = query::members(request.uri().query().unwrap_or_default())?;
    let fingerprint = request.extensions().get::<Fingerprint>().cloned();
    let mut file = None;
    let from_body = match content_type(request.headers())? {
        ContentType::Multipart(boundary) => {
            let form = multipart::read(app, request, boundary, files, fingerprint.as_ref()).await?;
            file = form.file;
            form.members
        }
        ContentType::Archive if files.may_be_the_body() => {
            file = multipart::read_body(app, request, files, fingerprint.as_ref()).await?;
            Map::new()
        }
        ContentType::Archive => return Err(unsupported()),
        plain => {
            let whole = body::read_whole(request, app.settings.max_body_bytes).await?;
            if let Some(fingerprint) = fingerprint.filter(|_| !whole.is_empty()) {
                fingerprint.add(&whole);
            }
            match plain {
                _ if whole.is_empty() => Map::new(),
                ContentType::Form => query::members(utf8(&whole)?)?,
                _ => json_members(&whole, bare_list)?,
            }
        }
    };
    members.extend(from_body);
    refuse_nul(&members)?;
    Ok(Inputs { members, file })
}

enum ContentType {
    Archive,
    Json,
    Form,
    Multipart(String),
}

/// A body without a type is taken for JSON.
fn content_type(headers: &HeaderMap) -> ApiResult<ContentType> {
    let Some(value) = headers.get(header::CONTENT_TYPE).filter(|value| !value.is_empty()) else {
        return Ok(ContentType::Json);
    };
    let text = value.to_str().unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "application/x-www-form-urlencoded" => Ok(ContentType::Form),
        "multipart/form-data" => multer::parse_boundary(text).map(ContentType::Multipart).map_err(|_| {
            ApiError::new(ErrorCode::BodyMalformed, "The multipart body's Content-Type names no boundary")
        }),
        json if json == "application/json" || json.ends_with("+json") => Ok(ContentType::Json),
        "application/zip"
        | "application/x-zip-compressed"
        | "application/x-tar"
        | "application/gzip"
        | "application/x-gzip"
        | "application/octet-stream" => Ok(ContentType::Archive),
        _ => Err(unsupported()),
    }
}

fn unsupported() -> ApiError {
    ApiError::new(
        ErrorCode::UnsupportedMediaType,
        "The body must be application/json, application/x-www-form-urlencoded or multipart/form-data",
    )
}

pub(super) fn utf8(bytes: &[u8]) -> ApiResult<&str> {
    std::str::from_utf8(bytes).map_err(|_| ApiError::new(ErrorCode::BodyMalformed, "The body must be UTF-8"))
}

/// The members of a JSON object; of a list, if that stands for a member, this one alone.
pub(super) fn json_members(body: &Bytes, bare_list: Option<&'static str>) -> ApiResult<Map<String, Value>> {
    utf8(body)?;
    match (serde_json::from_slice(body), bare_list) {
        (Ok(Value::Object(members)), _) => Ok(members),
        (Ok(list @ Value::Array(_)), Some(member)) => Ok(Map::from_iter([(member.to_owned(), list)])),
        (Ok(_), _) => Err(ApiError::new(ErrorCode::BodyMalformed, "The body must be a JSON object")),
        (Err(error), _) => Err(ApiError::new(
            ErrorCode::BodyMalformed,
            format!("The body must be a JSON object; it is not JSON: {error}"),
        )),
    }
}

/// A body as an operation reads it that takes no file.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn parse_plain_body<T: DeserializeOwned>(body: &Bytes, is_form: bool) -> ApiResult<T> {
    let members = if is_form { query::members(utf8(body)?)? } else { json_members(body, None)? };
    refuse_nul(&members)?;
    typed(members)
}

/// NUL ends a text in many a program and database: nothing of ours may hold one.
pub(super) fn refuse_nul(members: &Map<String, Value>) -> ApiResult<()> {
    fn holds_nul(value: &Value) -> bool {
        match value {
            Value::String(text) => text.contains('\0'),
            Value::Array(values) => values.iter().any(holds_nul),
            Value::Object(members) => {
                members.iter().any(|(name, value)| name.contains('\0') || holds_nul(value))
            }
            _ => false,
        }
    }
    match members.iter().find(|(name, value)| name.contains('\0') || holds_nul(value)) {
        Some((name, _)) => Err(ApiError::invalid_field(
            &name.replace('\0', "\u{2400}"),
            "must not contain the character NUL",
        )),
        None => Ok(()),
    }
}

pub(super) fn typed<T: DeserializeOwned>(members: Map<String, Value>) -> ApiResult<T> {
    serde_path_to_error::deserialize(Value::Object(members)).map_err(|error| {
        let field = error.path().to_string();
        let message = error.inner().to_string();
        if message.starts_with("must ") {
            ApiError::invalid_field(&field, message)
        } else {
            ApiError::invalid_field(&field, format_args!("is not acceptable: {message}"))
        }
    })
}
