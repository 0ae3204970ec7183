//! The HTTP surface: the list of areas, and what all of them share.
//! A request passes `edge` (ids, aliases, errors, log), the router, `guard` (who may), then its handler.

mod access_log;
mod account_changes;
mod accounts;
mod admission;
mod aliases;
mod api_keys;
mod asset_facts;
mod asset_locks;
mod asset_marks;
mod asset_search;
mod asset_statuses;
mod asset_tags;
mod asset_trash;
mod assets;
mod attachments;
mod audit;
mod body;
mod changes;
mod comments;
mod conditional;
pub(crate) mod console;
mod denials;
pub(crate) mod docs;
mod document_texts;
mod downloads;
pub(crate) mod edge;
pub(crate) mod error_body;
mod example;
mod extract;
mod folders;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod guard;
mod health;
mod histories;
mod id_headers;
pub(crate) mod idempotency;
mod imports;
mod invites;
mod jobs;
mod key_inputs;
mod libraries;
mod library_assets;
mod member_changes;
mod members;
mod notifications;
mod oauth;
mod oauth_request;
mod openid;
mod paging;
#[cfg(test)]
mod parser_properties;
mod parted_uploads;
mod passkeys;
mod password_letters;
mod pictures;
mod plans;
mod public_base;
mod reference_page;
mod refusals;
pub(crate) mod registry;
mod review_requests;
mod reviews;
mod revocations;
mod session_cookie;
mod session_links;
mod sessions;
mod settings;
mod shown_path;
mod similar_assets;
mod tags;
mod tasks;
mod tokens;
mod trash;
mod upload_bound;
mod uploads;
mod used_assets;
mod user_invites;
mod users;
mod version_thumbnails;
mod versions;
mod webhook_deliveries;
mod webhook_inputs;
mod webhooks;
mod workspace_trash;
mod workspaces;
mod zip_downloads;

use axum::Router;

use crate::app::App;
use crate::error::ApiError;
use mudlark_types::ErrorCode;
use registry::Api;

/// All operations, area by area.
pub(crate) fn api(app: &App) -> Api {
    let mut api = Api::new(app.clone());
    tokens::routes(&mut api);
    sessions::routes(&mut api);
    session_links::routes(&mut api);
    passkeys::routes(&mut api);
    password_letters::routes(&mut api);
    openid::routes(&mut api);
    revocations::routes(&mut api);
    oauth::routes(&mut api);
    accounts::routes(&mut api);
    account_changes::routes(&mut api);
    api_keys::routes(&mut api);
    audit::routes(&mut api);
    members::routes(&mut api);
    member_changes::routes(&mut api);
    invites::routes(&mut api);
    jobs::routes(&mut api);
    plans::routes(&mut api);
    settings::routes(&mut api);
    notifications::routes(&mut api);
    used_assets::routes(&mut api);
    users::routes(&mut api);
    user_invites::routes(&mut api);
    workspaces::routes(&mut api);
    folders::routes(&mut api);
    asset_statuses::routes(&mut api);
    assets::routes(&mut api);
    asset_search::routes(&mut api);
    similar_assets::routes(&mut api);
    libraries::routes(&mut api);
    library_assets::routes(&mut api);
    asset_marks::routes(&mut api);
    reviews::routes(&mut api);
    review_requests::routes(&mut api);
    attachments::routes(&mut api);
    uploads::routes(&mut api);
    parted_uploads::routes(&mut api);
    versions::routes(&mut api);
    version_thumbnails::routes(&mut api);
    downloads::routes(&mut api);
    zip_downloads::routes(&mut api);
    imports::routes(&mut api);
    tags::routes(&mut api);
    asset_tags::routes(&mut api);
    asset_trash::routes(&mut api);
    asset_locks::routes(&mut api);
    trash::routes(&mut api);
    workspace_trash::routes(&mut api);
    comments::routes(&mut api);
    tasks::routes(&mut api);
    histories::routes(&mut api);
    changes::routes(&mut api);
    webhooks::routes(&mut api);
    webhook_deliveries::routes(&mut api);
    health::routes(&mut api);
    docs::routes(&mut api);
    console::routes(&mut api);
    api
}

/// The router that answers everything: the operations, and a refusal for the rest.
pub(crate) fn router(app: &App) -> Router {
    let api = api(app);
    app.reference.get_or_init(|| docs::Reference::new(api.document().clone()));
    api.into_router()
        .merge(console::router().with_state(app.clone()))
        .fallback(async || {
            ApiError::new(ErrorCode::RouteNotFound, "There is no such path; /docs lists those there are")
        })
        .method_not_allowed_fallback(async || {
            ApiError::new(
                ErrorCode::MethodNotAllowed,
                "This path has no such method; the header Allow names those it has",
            )
        })
}
