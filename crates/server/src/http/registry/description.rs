//! What the document says of an operation because of what it is: origin, access, headers, and the refusals that follow.
//! Each refusal has the fact it follows from; what only the handler knows (a name that is taken) stands beside that.

use mudlark_auth::{Access, AccountPermission, WorkspacePermission};
use serde_json::json;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{Schema, SchemaType};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Content, ContentBuilder, ObjectBuilder, Ref, RefOr, Required, ResponseBuilder, Type};

use super::Origin;
use crate::http::idempotency;

const JSON: &str = "application/json";
const BYTES: &str = "application/octet-stream";
const UUID: &str = "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$";

/// How an operation was added.
pub(super) struct Declaration<'a> {
    pub(super) method: &'static str,
    pub(super) path: &'a str,
    pub(super) access: Access,
    pub(super) origin: Origin,
    /// The schemas that it brings along, by name.
    pub(super) schemas: &'a [(String, RefOr<Schema>)],
}

/// Writes into an operation what follows from its declaration.
pub(super) fn describe(operation: &mut Operation, declared: &Declaration) {
    say_whose(operation, declared);
    ask_for_headers(operation, declared);
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        for content in body.content.values_mut() {
            if let RefOr::T(content) = content {
                take_out_null(&mut content.schema);
            }
        }
        // Inputs may stand in the query as well: without one that must be there, there may be no body at all.
        let needed = body.content.values().any(|content| has_required_member(schema_of(content), declared));
        body.required = Some(if needed { Required::True } else { Required::False });
    }
    complete_answers(operation);
    for (follows, status, description) in refusals(operation, declared) {
        if follows {
            refuse(operation, status, description);
        }
    }
    refuse(operation, "default", "Any other refusal, in the same form.");
    if answers_one_object(operation, declared) {
        let about = "The ETag of the state that the client has.";
        header(operation, "if-none-match", about, Required::False, text());
        let unchanged = ResponseBuilder::new().description("The client has this state already.").build();
        operation.responses.responses.entry("304".into()).or_insert(RefOr::T(unchanged));
    }
}

/// Gives answers what their handlers need not say of them.
fn complete_answers(operation: &mut Operation) {
    for (status, answer) in &mut operation.responses.responses {
        let RefOr::T(answer) = answer else { continue };
        if answer.content.is_empty() && status.starts_with(['4', '5']) {
            // A refusal that the handler tells of has the form of all.
            answer.content.insert(JSON.into(), RefOr::T(error_body()));
        }
        // Generated clients drop an answer of a type that they don't know, unless it is bytes as well.
        let is_known = |kind: &String| {
            [JSON, BYTES].contains(&kind.as_str()) || kind.ends_with("+json") || kind.starts_with("text/")
        };
        if !answer.content.is_empty() && !answer.content.keys().any(is_known) {
            let bytes = ContentBuilder::new().schema(Some(text())).build();
            answer.content.insert(BYTES.into(), RefOr::T(bytes));
        }
    }
}

/// Origin, the role and the scope that are needed, and how the caller shows it.
fn say_whose(operation: &mut Operation, declared: &Declaration) {
    let extensions = operation.extensions.get_or_insert_with(Default::default);
    extensions.insert("x-origin".into(), json!(declared.origin.as_str()));
    extensions.insert("x-access".into(), json!(access_text(declared.access)));
    let scope = declared.access.scope();
    if let Some(scope) = scope {
        extensions.insert("x-scope".into(), json!(scope));
    }
    // OpenAPI 3.1 lets a bearer scheme list what the token must be good for.
    let token = scope.map(|scope| SecurityRequirement::new("token", [scope.as_str()]));
    let takes_session = token.is_some() || declared.access == Access::Session;
    let session = takes_session.then(|| SecurityRequirement::new::<_, [&str; 0], &str>("session", []));
    operation.security = Some(token.into_iter().chain(session).collect());
}

/// The headers that the gate reads.
fn ask_for_headers(operation: &mut Operation, declared: &Declaration) {
    let (account, workspace) = match declared.access {
        Access::Public | Access::SignedUrl | Access::Session | Access::Token(_) => (None, None),
        Access::Account(..) => (Some(Required::True), None),
        Access::AccountOrWorkspace(..) => (Some(Required::True), Some(Required::False)),
        Access::Workspace(..) => (Some(Required::True), Some(Required::True)),
    };
    // Not of format `uuid`: generated clients put their language's uuid into the header as it is, and fail.
    let id = || text().pattern(Some(UUID));
    if let Some(required) = account {
        header(operation, "x-account-id", "The token's account.", required, id());
    }
    if let Some(required) = workspace {
        let about = "A workspace of the account that is open to the caller.";
        header(operation, "x-workspace-id", about, required, id());
    }
    if is_retried_by_key(declared) {
        let key = text().min_length(Some(1)).max_length(Some(255)).pattern(Some("^[!-~]+$"));
        let about = "Names this request: sent again with the same key, it has its effect once.";
        header(operation, idempotency::HEADER, about, Required::False, key);
    }
}

/// Each refusal that may follow from what an operation is: whether it does, its status, and what it means.
fn refusals(operation: &Operation, declared: &Declaration) -> [(bool, &'static str, &'static str); 13] {
    let takes = |name: &str| parameters(operation).any(|parameter| parameter.name == name);
    let has_token = declared.access.scope().is_some();
    let has_session = declared.access == Access::Session;
    let is_signed = matches!(declared.access, Access::SignedUrl);
    let has_body = operation.request_body.is_some();
    let has_inputs = has_body || parameters(operation).next().is_some();
    let by_key = is_retried_by_key(declared);
    [
        (
            has_inputs,
            "400",
            "A header, a parameter or the body is missing or malformed; the message names it.",
        ),
        (has_token, "401", "The token is absent, garbled, forged, expired or revoked."),
        (has_token, "403", "The account, the workspace or the operation is not open to the caller."),
        (has_session, "401", "Nobody is signed in, or the session has ended."),
        (
            has_session,
            "403",
            "A key asks, or another site's page, or `x-csrf-token` is missing where something is changed.",
        ),
        (is_signed, "403", "The address is altered, expired, or was never given out."),
        (
            has_token && declared.path.contains('{'),
            "404",
            "What the path names is not there, or not for this caller.",
        ),
        (
            by_key,
            "409",
            "A request with the same idempotency key is under way, or something is in the way; `code` says which.",
        ),
        (takes("if-match"), "412", "The object has changed since the state that If-Match names."),
        (has_body, "413", "The body is too large."),
        (has_body && !is_signed, "415", "The body is of a type that is not read here."),
        (by_key, "422", "The idempotency key was used for another request."),
        (
            has_token,
            "429",
            "The account calls more often than its plan allows; Retry-After says when to try again.",
        ),
    ]
}

/// `Idempotency-Key` counts on every POST with a token.
fn is_retried_by_key(declared: &Declaration) -> bool {
    declared.method == "POST" && declared.access.scope().is_some()
}

/// Whether it is a read of one object of the API, which comes with an ETag.
fn answers_one_object(operation: &Operation, declared: &Declaration) -> bool {
    let Some(RefOr::T(answer)) = operation.responses.responses.get("200") else { return false };
    let json = answer.content.get(JSON).and_then(schema_of);
    declared.method == "GET" && declared.access.scope().is_some() && matches!(json, Some(RefOr::Ref(_)))
}

fn schema_of(content: &RefOr<Content>) -> Option<&RefOr<Schema>> {
    match content {
        RefOr::T(content) => content.schema.as_ref(),
        RefOr::Ref(_) => None,
    }
}

/// A body that may be left out is no body of `null`.
fn take_out_null(schema: &mut Option<RefOr<Schema>>) {
    let Some(RefOr::T(Schema::OneOf(choice))) = schema else { return };
    if let Some(given) = choice.items.iter().find(|item| matches!(item, RefOr::Ref(_)))
        && choice.items.len() == 2
        && choice.items.iter().any(is_null)
    {
        *schema = Some(given.clone());
    }
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null))
}

fn has_required_member(schema: Option<&RefOr<Schema>>, declared: &Declaration) -> bool {
    match schema {
        Some(RefOr::T(Schema::Object(object))) => {
            // What is no object has no members, and is needed as it is.
            object.properties.is_empty() || !object.required.is_empty()
        }
        Some(RefOr::Ref(named)) => {
            let name = named.ref_location.rsplit('/').next().unwrap_or_default();
            let found = declared.schemas.iter().find(|(known, _)| known == name);
            found.is_none_or(|(_, schema)| has_required_member(Some(schema), declared))
        }
        _ => true,
    }
}

fn parameters(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    })
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn header(operation: &mut Operation, name: &str, about: &str, required: Required, schema: ObjectBuilder) {
    let header = ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(required)
        .description(Some(about))
        .schema(Some(schema))
        .build();
    operation.parameters.get_or_insert_default().push(RefOr::T(header));
}

fn error_body() -> Content {
    ContentBuilder::new().schema(Some(Ref::from_schema_name("ErrorBody"))).build()
}

/// Documents a refusal, unless the handler has said more of it.
fn refuse(operation: &mut Operation, status: &str, description: &str) {
    let error = ResponseBuilder::new().description(description).content(JSON, error_body()).build();
    operation.responses.responses.entry(status.to_owned()).or_insert(RefOr::T(error));
}

fn access_text(access: Access) -> &'static str {
    match access {
        Access::Public => "nobody in particular: open to all",
        Access::SignedUrl => "the signed address itself",
        Access::Session => "a person who has signed in",
        Access::Token(_) => "a token",
        Access::Account(_, AccountPermission::Read) => "a member of the account",
        Access::Account(_, AccountPermission::CreateWorkspaces | AccountPermission::Administer) => {
            "an admin or owner of the account"
        }
        Access::Account(_, AccountPermission::Own) => "an owner of the account",
        Access::AccountOrWorkspace(..) => "a member of the account; with x-workspace-id, of the workspace",
        Access::Workspace(_, WorkspacePermission::Read) => "anybody in the workspace",
        Access::Workspace(_, WorkspacePermission::EditArt) => "manage_art or admin in the workspace",
        Access::Workspace(_, WorkspacePermission::Review) => "review or admin in the workspace",
        Access::Workspace(_, WorkspacePermission::Contribute) => {
            "manage_art, review or admin in the workspace"
        }
        Access::Workspace(_, WorkspacePermission::Administer) => "admin in the workspace",
    }
}
