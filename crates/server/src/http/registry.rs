//! The register of operations. A route can only be added together with the access it needs and its origin, so that
//! none can be reachable without a policy; the OpenAPI document and the table of access tests come from it as well.

mod description;
mod texts;

use axum::Router;
use axum::middleware;
use mudlark_auth::Access;
use mudlark_types::Scope;
use serde_json::json;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, License, OpenApi, OpenApiBuilder, PathsBuilder};
use utoipa_axum::router::UtoipaMethodRouter;

use crate::app::App;
use crate::http::guard::{Guard, guard};
use description::{Declaration, describe};

/// Where an operation comes from, so that users see which ones other servers of this API have too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Path and shape are documented.
    Documented,
    /// The path is documented; the shape is ours.
    Listed,
    /// Seen in a client of the API.
    Client,
    /// Ours.
    Mudlark,
}

impl Origin {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Listed => "listed",
            Self::Client => "client",
            Self::Mudlark => "mudlark",
        }
    }
}

/// One operation with what it declares.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    pub(crate) id: String,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) access: Access,
}

/// The operations added so far.
pub(crate) struct Api {
    app: App,
    router: Router<App>,
    document: OpenApi,
    declared: Vec<Declared>,
}

impl Api {
    pub(crate) fn new(app: App) -> Self {
        Self { app, router: Router::new(), document: empty_document(), declared: Vec::new() }
    }

    /// Adds one operation: what it needs, where it comes from, and `routes!(handler)`.
    pub(crate) fn add(&mut self, access: Access, origin: Origin, route: UtoipaMethodRouter<App>) {
        let (mut schemas, paths, mut methods) = route;
        for (_, schema) in &mut schemas {
            texts::narrow(schema);
        }
        for (path, mut item) in paths.paths {
            for (method, operation) in operations_of(&mut item) {
                let id = operation.operation_id.clone().unwrap_or_default();
                texts::narrow_parameters(operation);
                describe(operation, &Declaration { method, path: &path, access, origin, schemas: &schemas });
                let guarding =
                    Guard { access, operation: id.as_str().into(), metrics: self.app.metrics.operation(&id) };
                methods =
                    methods.route_layer(middleware::from_fn_with_state((self.app.clone(), guarding), guard));
                self.declared.push(Declared { id, method, path: path.clone(), access });
            }
            self.router = std::mem::take(&mut self.router).route(&path, methods.clone());
            let known = self.document.paths.paths.entry(path).or_default();
            known.merge_operations(item);
        }
        if let Some(components) = &mut self.document.components {
            components.schemas.extend(schemas);
        }
    }

    pub(crate) fn into_router(self) -> Router {
        self.router.with_state(self.app)
    }

    /// The OpenAPI document.
    pub(crate) fn document(&self) -> &OpenApi {
        &self.document
    }

    /// Every operation with its policy, in the order added.
    pub(crate) fn declared(&self) -> &[Declared] {
        &self.declared
    }
}

/// The document's groups, in reading order.
const TAGS: &[(&str, &str)] = &[
    ("Authentication", "From an API key and its secret to a token."),
    ("Sessions", "People who sign in, in a browser."),
    ("Accounts", "The caller's account."),
    ("API keys", "Who may call, what for, and for how long."),
    ("Users", "The caller as a user."),
    ("Workspaces", "Where a team works."),
    ("Folders", "Where assets lie."),
    ("Assets", "Named files with versions."),
    ("Uploads", "The three-step upload."),
    ("Downloads", "Bytes, whole or in ranges."),
    ("Versions", "An asset's content, then and now."),
    ("Tags", "What a workspace calls its assets by."),
    ("Libraries", "Collections of assets, across folders."),
    ("Favorites", "Assets that a user chose for themselves."),
    ("Reviews", "What people find of an asset, and whom they ask."),
    ("Locks", "Who works on an asset, until when."),
    ("Attachments", "Files that hang on an asset, or on what is said about it."),
    ("Comments", "What people say about an asset."),
    ("Tasks", "What somebody has to do."),
    ("Trash", "What was deleted, until it goes for good."),
    ("Histories", "Who did what, and what happened since."),
    ("Webhooks", "Whom to tell of what happens."),
    ("Operation", "For those who run the server."),
];

fn empty_document() -> OpenApi {
    let components = ComponentsBuilder::new()
        .security_scheme("token", token_scheme())
        .security_scheme("session", session_scheme())
        .schema_from::<super::error_body::ErrorBody>()
        .schema_from::<crate::error::FieldError>()
        .build();
    OpenApiBuilder::new()
        .tags(Some(TAGS.iter().map(|(name, about)| TagBuilder::new().name(*name).description(Some(*about)).build())))
        .info(
            InfoBuilder::new()
                .title("Mudlark")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(
                    "Keeps a game studio's art safe, findable and reviewable. Compatible with programs written for \
                     the Mudstack REST API: change the base address. `x-origin` on an operation says how portable it \
                     is: `documented` and `client` operations are called by such programs, `listed` ones have our \
                     own shape, `mudlark` ones are ours.",
                ))
                .license(Some(License::new("Apache-2.0")))
                .build(),
        )
        .paths(PathsBuilder::new().build())
        .components(Some(components))
        .build()
}

/// How a token is sent, and what the scopes are that operations ask for.
///
/// *Why* an extension: OpenAPI 3.1 lets an operation name what a bearer token must be good for, but has a place for the
/// meanings in OAuth schemes alone.
fn token_scheme() -> SecurityScheme {
    let scopes: serde_json::Map<_, _> =
        Scope::ALL.iter().map(|scope| (scope.as_str().to_owned(), json!(scope.meaning()))).collect();
    let mut scheme = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some(
            "From `POST /auth/token`. Each operation asks for one scope (`x-scope`). A key that is narrowed to scopes \
             has those; any other has all. A scope gives nothing that the key's roles don't.",
        ))
        .build();
    scheme.extensions = Some(ExtensionsBuilder::new().add("x-scopes", scopes).build());
    SecurityScheme::Http(scheme)
}

/// How a browser shows who is signed in.
fn session_scheme() -> SecurityScheme {
    let about = "From `POST /session`, for people in a browser. Where the server's public address is https, the cookie is \
                 called `__Host-mudlark_session`. Requests that change something also need the header `x-csrf-token` with \
                 the `csrf_token` of `GET /session`. Roles count as they do for keys; scopes narrow nobody.";
    SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description("mudlark_session", about)))
}

fn operations_of(item: &mut PathItem) -> Vec<(&'static str, &mut Operation)> {
    [
        ("GET", item.get.as_mut()),
        ("PUT", item.put.as_mut()),
        ("POST", item.post.as_mut()),
        ("DELETE", item.delete.as_mut()),
        ("PATCH", item.patch.as_mut()),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation?)))
    .collect()
}
