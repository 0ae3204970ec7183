//! Assets found by their words and by what they are.

use std::fmt::Debug;

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::State;
use axum::http::Uri;
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_blobs::Sha256Digest;
use mudlark_store::search::{MAX_WORDS, search_words};
use mudlark_store::{
    AssetFilter, FactFilter, FolderFilter, FoundAsset, Session, Sort, SortBy, SortKey, TagFilter,
};
use mudlark_types::wire::Asset;
use mudlark_types::{
    AssetId, FolderPath, LibraryId, ReviewStatus, Scope, StatusId, UserId, case_fold, search_fold,
};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::asset_facts::fact_filter;
use crate::http::assets;
use crate::http::extract::{InputWithin, Text, Within, flag, ids, moment, number_text, texts};
use crate::http::guard::InWorkspace;
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::registry::{Api, Origin};

pub(crate) fn routes(api: &mut Api) {
    let read = Access::Workspace(Scope::AssetsRead, WorkspacePermission::Read);
    api.add(read, Origin::Documented, routes!(search_assets));
    api.add(read, Origin::Mudlark, routes!(search_assets_by_post));
    api.add(read, Origin::Mudlark, routes!(search_asset_ids));
}

/// The longest query. *Units*: bytes.
const MAX_QUERY: usize = 500;

/// The most values of one filter.
const MAX_VALUES: usize = 100;

/// What is searched for. All that is given must hold.
#[derive(Debug, Deserialize, utoipa::ToSchema, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Search {
    /// Words, at most 16 and 500 bytes. Each must stand somewhere, whole or as a part of a longer one, in any case and width
    /// of letters: in the asset's name, file name or description, in its folder's path, or in one of its tags or comments. A
    /// number also finds files of that size in bytes, eight or more hexadecimal digits those whose checksum begins so. No
    /// character means anything but itself.
    #[schema(value_type = Option<String>, max_length = 500, example = "robot final")]
    #[param(value_type = Option<String>, max_length = 500, example = "robot final")]
    query: Option<Text<MAX_QUERY>>,
    /// In this folder.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 4096, example = "/Concepts/")]
    #[param(value_type = Option<String>, min_length = 1, max_length = 4096, example = "/Concepts/")]
    file_location: Option<FolderPath>,
    /// Whether in the folders below it too (default false).
    #[schema(value_type = Option<bool>)]
    #[param(value_type = Option<bool>)]
    #[serde(default, deserialize_with = "flag")]
    recursive: Option<bool>,
    /// With all of these tags: ids or names, at most 100.
    #[schema(value_type = Option<Vec<String>>)]
    #[param(value_type = Option<Vec<String>>)]
    #[serde(default, deserialize_with = "values")]
    tags: Option<Vec<String>>,
    /// In one of these libraries.
    #[schema(value_type = Option<Vec<Uuid>>)]
    #[param(value_type = Option<Vec<Uuid>>)]
    #[serde(default, deserialize_with = "ids::<MAX_VALUES, _, _>")]
    library_id: Option<Vec<LibraryId>>,
    /// Whose newest review of their current version is `pending`, `approved` or `rejected`; or one of several of these.
    #[schema(value_type = Option<Vec<ReviewStatus>>, example = json!(["rejected"]))]
    #[param(value_type = Option<Vec<ReviewStatus>>, inline)]
    #[serde(default, rename = "reviewStatus", alias = "review_status", deserialize_with = "review_statuses")]
    review_status: Option<Vec<ReviewStatus>>,
    /// With one of these statuses.
    #[schema(value_type = Option<Vec<Uuid>>)]
    #[param(value_type = Option<Vec<Uuid>>)]
    #[serde(default, deserialize_with = "ids::<MAX_VALUES, _, _>")]
    status_id: Option<Vec<StatusId>>,
    /// Of one of these types.
    #[schema(value_type = Option<Vec<Uuid>>)]
    #[param(value_type = Option<Vec<Uuid>>)]
    #[serde(default, deserialize_with = "ids::<MAX_VALUES, _, _>")]
    asset_type_id: Option<Vec<Uuid>>,
    /// Whose file has one of these extensions, with or without the dot, in any case.
    #[schema(value_type = Option<Vec<String>>, example = json!(["png"]))]
    #[param(value_type = Option<Vec<String>>)]
    #[serde(default, deserialize_with = "values")]
    extension: Option<Vec<String>>,
    /// Of whose current version's file all of these facts hold, such as `width>=2048` or `format=psd`: the name of a fact, one of
    /// `=`, `!=`, `<`, `<=`, `>` and `>=`, and a number or a word. At most 100.
    #[schema(value_type = Option<Vec<String>>, example = json!(["width>=2048"]))]
    #[param(value_type = Option<Vec<String>>)]
    #[serde(default, deserialize_with = "facts")]
    facts: Option<Vec<FactFilter>>,
    /// Made by one of these users.
    #[schema(value_type = Option<Vec<Uuid>>)]
    #[param(value_type = Option<Vec<Uuid>>)]
    #[serde(default, deserialize_with = "ids::<MAX_VALUES, _, _>")]
    created_by_user_id: Option<Vec<UserId>>,
    /// Locked by somebody (`true`), or by nobody (`false`).
    #[schema(value_type = Option<bool>)]
    #[param(value_type = Option<bool>)]
    #[serde(default, deserialize_with = "flag")]
    locked: Option<bool>,
    /// Last changed after this moment.
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-11-01T00:00:00Z")]
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-01T00:00:00Z")]
    #[serde(default, deserialize_with = "moment")]
    updated_after: Option<i64>,
    /// Last changed before this moment.
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-11-15T00:00:00Z")]
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-15T00:00:00Z")]
    #[serde(default, deserialize_with = "moment")]
    updated_before: Option<i64>,
    /// `created_at` (the default), `updated_at`, `name` or `size`; with `-` before it the last first.
    #[schema(value_type = Option<String>, pattern = "^-?(created_at|updated_at|name|size)$", example = "-updated_at")]
    #[param(value_type = Option<String>, example = "-updated_at")]
    #[serde(default, deserialize_with = "sort")]
    sort: Option<Sort>,
    /// How many at the most, 1 to 1000 (default 1000).
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1000)]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 1000)]
    #[serde(default, deserialize_with = "number_text")]
    limit: Option<String>,
    /// Where the page before ended: from its header `Link`. The rest of the search must be as it was.
    cursor: Option<String>,
}

impl Within for Search {
    const MEMBER: &'static str = "filters";
}

/// What goes over the wire: the filters under `filters`, or beside `sort`, `limit` and `cursor`.
#[derive(Deserialize, utoipa::ToSchema)]
#[expect(dead_code, reason = "read as Search; this is what the document shows")]
struct SearchBody {
    filters: Option<Search>,
    #[schema(pattern = "^-?(created_at|updated_at|name|size)$", example = "-updated_at")]
    sort: Option<String>,
    #[schema(minimum = 1, maximum = 1000)]
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Reads one text or a list of them.
fn values<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    use serde::de::Error;
    let given = texts(deserializer)?.ok_or_else(|| D::Error::custom("must be a text or a list of texts"))?;
    if given.len() > MAX_VALUES || given.iter().any(|text| text.len() > MAX_QUERY) {
        return Err(D::Error::custom(format!(
            "must be at most {MAX_VALUES} texts, each of at most {MAX_QUERY} bytes of UTF-8"
        )));
    }
    Ok(Some(given.into_iter().filter(|text| !text.is_empty()).collect()))
}

fn review_statuses<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<ReviewStatus>>, D::Error> {
    use serde::de::Error;
    let statuses: Option<Vec<ReviewStatus>> = texts(deserializer)?.and_then(|given| {
        let words = given.iter().flat_map(|text| text.split(',')).map(str::trim).take(MAX_VALUES);
        words.map(|word| word.parse().ok()).collect()
    });
    statuses.map(Some).ok_or_else(|| D::Error::custom("must be pending, approved or rejected"))
}

fn facts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<FactFilter>>, D::Error> {
    use serde::de::Error;
    let texts = values(deserializer)?.unwrap_or_default();
    let facts: Option<Vec<FactFilter>> = texts.iter().map(|text| fact_filter(text)).collect();
    facts.map(Some).ok_or_else(|| {
        D::Error::custom("must each be a fact, a comparison and a value, such as width>=2048 or format=psd")
    })
}

fn sort<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Sort>, D::Error> {
    use serde::de::Error;
    let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
    let (descending, name) = match text.strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, text.as_str()),
    };
    let by = match name {
        "" => SortBy::default(),
        "created_at" => SortBy::Created,
        "updated_at" => SortBy::Updated,
        "name" => SortBy::Name,
        "size" => SortBy::Size,
        _ => {
            let names = "must be created_at, updated_at, name or size, with `-` before it for the last first";
            return Err(D::Error::custom(names));
        }
    };
    Ok(Some(Sort { by, descending }))
}

impl Search {
    fn filter(&self, caller: &InWorkspace) -> ApiResult<AssetFilter> {
        let words = self.query.as_ref().map(|Text(query)| search_words(query)).unwrap_or_default();
        if words.len() > MAX_WORDS {
            return Err(ApiError::invalid_field("query", format_args!("must be at most {MAX_WORDS} words")));
        }
        let folder = self
            .file_location
            .as_ref()
            .map(|path| FolderFilter { path_key: path.key(), recursive: self.recursive.unwrap_or_default() });
        let tag = |text: &String| {
            text.parse().map_or_else(|_| TagFilter::Name(case_fold(text.trim())), TagFilter::Id)
        };
        let extension = |text: &String| search_fold(text.trim().trim_start_matches('.'));
        Ok(AssetFilter {
            account_id: caller.account_id,
            workspace_id: caller.workspace_id,
            words,
            folder,
            tags: self.tags.iter().flatten().map(tag).collect(),
            library_ids: self.library_id.clone().unwrap_or_default(),
            review_statuses: self.review_status.clone().unwrap_or_default(),
            status_ids: self.status_id.clone().unwrap_or_default(),
            asset_type_ids: self.asset_type_id.clone().unwrap_or_default(),
            extensions: self.extension.iter().flatten().map(extension).collect(),
            facts: self.facts.clone().unwrap_or_default(),
            created_by_user_ids: self.created_by_user_id.clone().unwrap_or_default(),
            locked: self.locked,
            now_ms: 0,
            updated_from_ms: self.updated_after.map(|after_ms| after_ms.saturating_add(1)),
            updated_before_ms: self.updated_before,
        })
    }
}

/// The place of an asset in a search, as it stands in a cursor.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Place {
    Number(i64, i64),
    Text(String, i64),
}

impl Place {
    fn of(found: &FoundAsset) -> Self {
        match &found.key {
            SortKey::Number(key) => Self::Number(*key, found.number),
            SortKey::Text(key) => Self::Text(key.clone(), found.number),
        }
    }

    /// Unless it is no place in this order: then the cursor is none of ours.
    fn within(self, by: SortBy) -> Option<(SortKey, i64)> {
        let (key, number) = match self {
            Self::Number(key, number) => (SortKey::Number(key), number),
            Self::Text(key, number) if !key.contains('\0') => (SortKey::Text(key), number),
            Self::Text(..) => return None,
        };
        by.takes(&key).then_some((key, number))
    }
}

fn digest_of(subject: &impl Debug) -> [u8; 32] {
    let digest = digest(&SHA256, format!("{subject:?}").as_bytes());
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// A search that has been read, and where its page begins.
struct Question {
    filter: AssetFilter,
    /// Names the filter, whenever it is asked.
    of_filter: [u8; 32],
    sort: Sort,
    /// Names the search, so that a cursor of another one is refused.
    list: String,
    after: Option<(SortKey, i64)>,
    /// Rows of a page.
    limit: i64,
}

impl Question {
    fn of(app: &App, caller: &InWorkspace, search: Search) -> ApiResult<Self> {
        let mut filter = search.filter(caller)?;
        let sort = search.sort.unwrap_or_default();
        let page = PageQuery { limit: search.limit, cursor: search.cursor };
        let of_filter = digest_of(&filter);
        let list = format!("search {}", Sha256Digest::from_bytes(digest_of(&(&of_filter, sort))));
        filter.now_ms = app.clock.now_ms();
        let limit = page.limit()?;
        let after =
            page.after(&list)?.map(|place: Place| place.within(sort.by).ok_or_else(paging::foreign_cursor));
        Ok(Self { filter, of_filter, sort, list, after: after.transpose()?, limit })
    }

    /// How many rows to ask for: one more than are shown tells whether there is a next page.
    const fn rows(&self) -> i64 {
        self.limit + 1
    }

    /// The page of the rows that were found, with how many there are in all.
    async fn finish<T>(
        &self,
        app: &App,
        session: &mut Session,
        rows: Vec<T>,
        uri: &Uri,
        found: impl Fn(&T) -> &FoundAsset,
    ) -> ApiResult<Paged<Vec<T>>> {
        let total = match i64::try_from(rows.len()) {
            Ok(all) if self.after.is_none() && all <= self.limit => all,
            _ => app.search_totals.count(session, self.of_filter, &self.filter).await?,
        };
        paging::finish_at(rows, self.limit, total, &self.list, uri, |row| Place::of(found(row)))
    }
}

async fn find_and_show(
    app: &App,
    caller: &InWorkspace,
    search: Search,
    uri: &Uri,
) -> ApiResult<Paged<Vec<Asset>>> {
    let question = Question::of(app, caller, search)?;
    let mut session = app.store.read().await?;
    let Question { filter, sort, after, .. } = &question;
    let rows = session.search_shown_assets(filter, *sort, after.clone(), question.rows()).await?;
    let page = question.finish(app, &mut session, rows, uri, |(found, _)| found).await?;
    let page = page.map(|(_, row)| row);
    assets::show_page(&mut session, app.clock.now_ms(), caller.workspace_id, page).await
}

/// Search assets.
///
/// The filters are taken from the query, or from a JSON body: under `filters`, or beside `sort`, `limit` and `cursor`.
/// `x-total-count` counts up to 10,000.
#[utoipa::path(
    get, path = "/workspaces/assets/search", tag = "Assets", operation_id = "search_assets",
    params(Search),
    request_body(content = Option<SearchBody>, description = "The same as in the query; it wins."),
    responses((status = 200, description = "The assets found, oldest first or as sorted.", body = Vec<Asset>))
)]
async fn search_assets(
    State(app): State<App>,
    caller: InWorkspace,
    uri: Uri,
    InputWithin(search): InputWithin<Search>,
) -> ApiResult<Paged<Vec<Asset>>> {
    find_and_show(&app, &caller, search, &uri).await
}

/// Search assets, for clients that can't send a body with a GET.
#[utoipa::path(
    post, path = "/workspaces/assets/search", tag = "Assets", operation_id = "search_assets_by_post",
    request_body(content = Option<SearchBody>, description = "The same members may be given in the query."),
    responses((status = 200, description = "The assets found, oldest first or as sorted.", body = Vec<Asset>))
)]
async fn search_assets_by_post(
    State(app): State<App>,
    caller: InWorkspace,
    uri: Uri,
    InputWithin(search): InputWithin<Search>,
) -> ApiResult<Paged<Vec<Asset>>> {
    find_and_show(&app, &caller, search, &uri).await
}

/// Search assets for their ids alone.
#[utoipa::path(
    get, path = "/workspaces/assets/search/ids", tag = "Assets", operation_id = "search_asset_ids",
    params(Search),
    request_body(content = Option<SearchBody>, description = "The same as in the query; it wins."),
    responses((status = 200, description = "The ids of the assets found, in the order of the search.", body = Vec<AssetId>))
)]
async fn search_asset_ids(
    State(app): State<App>,
    caller: InWorkspace,
    uri: Uri,
    InputWithin(search): InputWithin<Search>,
) -> ApiResult<Paged<Vec<AssetId>>> {
    let question = Question::of(&app, &caller, search)?;
    let mut session = app.store.read().await?;
    let Question { filter, sort, after, .. } = &question;
    let rows = session.search_assets(filter, *sort, after.clone(), question.rows()).await?;
    let page = question.finish(&app, &mut session, rows, &uri, |found| found).await?;
    Ok(page.map(|asset| asset.id))
}
