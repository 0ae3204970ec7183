//! Lists in pages: `limit` and `cursor` in, `Link` and `x-total-count` out; the body stays a bare array.
//! *Source*: wire contract, section 1, "Lists"; RFC 8288 for `Link`.

use axum::http::{HeaderName, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use mudlark_store::Page;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{ApiError, ApiResult};
use crate::http::conditional::{JSON, written};

const MAX_LIMIT: i64 = 1000;

/// Room for a page of some tens of assets at once. *Units*: bytes.
const USUAL_LIST_BYTES: usize = 64 * 1024;

const TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");

/// The parameters of every list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// How many at the most, 1 to 1000 (default 1000).
    #[param(value_type = Option<i64>, minimum = 1, maximum = 1000)]
    pub(crate) limit: Option<String>,
    /// Where the page before ended: from its header `Link`.
    #[param(max_length = 1000)]
    pub(crate) cursor: Option<String>,
}

/// What is inside a cursor: its list's name, so that the cursor of another one is refused, and a place in its order.
#[derive(Serialize, Deserialize)]
struct Cursor<L, P>(L, P);

impl PageQuery {
    /// The page asked for, of the list called `list`. One more row than shown is fetched, to know of a next page.
    pub(crate) fn page(&self, list: &str) -> ApiResult<Page> {
        Ok(Page { after: self.after(list)?, limit: self.limit()? + 1 })
    }

    /// How many rows are asked for.
    pub(crate) fn limit(&self) -> ApiResult<i64> {
        let Some(text) = &self.limit else { return Ok(MAX_LIMIT) };
        let limit = text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
        limit.ok_or_else(|| ApiError::invalid_field("limit", "must be a whole number from 1 to 1000"))
    }

    /// The place after which the rows begin, in the order of the list called `list`.
    pub(crate) fn after<P: DeserializeOwned>(&self, list: &str) -> ApiResult<Option<P>> {
        self.cursor.as_deref().map(|cursor| read_cursor(cursor, list)).transpose()
    }
}

fn read_cursor<P: DeserializeOwned>(text: &str, list: &str) -> ApiResult<P> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| foreign_cursor())?;
    let Cursor(name, place): Cursor<String, P> =
        serde_json::from_slice(&bytes).map_err(|_| foreign_cursor())?;
    if name == list { Ok(place) } else { Err(foreign_cursor()) }
}

/// The refusal of a cursor that this list did not give.
pub(crate) fn foreign_cursor() -> ApiError {
    ApiError::invalid_field("cursor", "must be one that this very list gave in its header Link")
}

/// A page of a list on its way out.
pub(crate) struct Paged<T> {
    pub(crate) rows: T,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
}

/// Cuts the extra row off and says in headers how the list goes on. `position` gives a row's place in the order.
pub(crate) fn finish<R>(
    rows: Vec<R>,
    page: &Page,
    total: i64,
    list: &str,
    uri: &Uri,
    position: impl Fn(&R) -> (i64, Uuid),
) -> ApiResult<Paged<Vec<R>>> {
    finish_at(rows, page.limit - 1, total, list, uri, position)
}

/// The same for a list in an order of its own, of which at most `limit` rows are shown.
pub(crate) fn finish_at<R, P: Serialize>(
    mut rows: Vec<R>,
    limit: i64,
    total: i64,
    list: &str,
    uri: &Uri,
    position: impl Fn(&R) -> P,
) -> ApiResult<Paged<Vec<R>>> {
    let mut headers = vec![(TOTAL_COUNT, HeaderValue::from(total))];
    let shown = usize::try_from(limit).unwrap_or(0);
    if rows.len() > shown {
        rows.truncate(shown);
        if let Some(last) = rows.last() {
            headers.push((header::LINK, next_link(uri, list, position(last))?));
        }
    }
    Ok(Paged { rows, headers })
}

fn next_link(uri: &Uri, list: &str, place: impl Serialize) -> ApiResult<HeaderValue> {
    let cursor = serde_json::to_vec(&Cursor(list, place)).map_err(ApiError::internal)?;
    let cursor = BASE64_URL_SAFE_NO_PAD.encode(cursor);
    let kept = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let mut query = String::new();
    for pair in kept {
        query += pair;
        query.push('&');
    }
    HeaderValue::try_from(format!("<{}?{query}cursor={cursor}>; rel=\"next\"", uri.path()))
        .map_err(ApiError::internal)
}

impl<R> Paged<Vec<R>> {
    /// The same page with each row as it goes over the wire, unless one can't.
    pub(crate) fn try_map<W>(self, to_wire: impl FnMut(R) -> ApiResult<W>) -> ApiResult<Paged<Vec<W>>> {
        let rows = self.rows.into_iter().map(to_wire).collect::<ApiResult<_>>()?;
        Ok(Paged { rows, headers: self.headers })
    }

    /// The same page with each row as it goes over the wire.
    pub(crate) fn map<W>(self, to_wire: impl FnMut(R) -> W) -> Paged<Vec<W>> {
        Paged { rows: self.rows.into_iter().map(to_wire).collect(), headers: self.headers }
    }
}

impl<T> Paged<T> {
    /// The same page inside a larger body.
    pub(crate) fn within<W>(self, body: impl FnOnce(T) -> W) -> Paged<W> {
        Paged { rows: body(self.rows), headers: self.headers }
    }
}

impl<T: Serialize> IntoResponse for Paged<T> {
    fn into_response(self) -> Response {
        match written(&self.rows, USUAL_LIST_BYTES) {
            Ok(body) => {
                let mut response = ([(header::CONTENT_TYPE, JSON)], body).into_response();
                response.headers_mut().extend(self.headers);
                response
            }
            Err(error) => error.into_response(),
        }
    }
}
