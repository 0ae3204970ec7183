//! The register of operations, printed by the program from its own router, held to the policy of these tests and to
//! the published description.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use super::policy::POLICY;
use crate::support::{Actor, Studio, program_command};

/// An id that never was.
pub(super) const ABSENT: &str = "0198c0de-0000-7000-8000-00000000dead";

/// One operation as the router declares it.
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: Method,
    pub(super) path: String,
    /// What it asks for beside its scope.
    pub(super) access: String,
    pub(super) scope: Option<String>,
}

/// The register of operations, from the program.
pub(super) fn operations() -> Vec<Operation> {
    let output = program_command(&["gen", "operations"]).output().expect("the program runs");
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).expect("a register");
    rows.iter()
        .map(|row| Operation {
            id: row["id"].as_str().unwrap().to_owned(),
            method: row["method"].as_str().unwrap().parse().unwrap(),
            path: row["path"].as_str().unwrap().to_owned(),
            access: row["access"].as_str().unwrap().to_owned(),
            scope: row["scope"].as_str().map(str::to_owned),
        })
        .collect()
}

impl Operation {
    pub(super) fn needs_account_header(&self) -> bool {
        self.access.contains("Account") || self.access.contains("Workspace(")
    }

    pub(super) fn needs_workspace_header(&self) -> bool {
        self.access.starts_with("Workspace(")
    }

    /// The path with an id for each of its parameters, which are told by name without their braces.
    pub(super) fn path_with<'a>(&'a self, id: impl Fn(&str) -> &'a str) -> String {
        self.path
            .split('/')
            .map(|segment| {
                segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')).map_or(segment, &id)
            })
            .collect::<Vec<_>>()
            .join("/")
    }

    /// Calls it without query and body, with ids that never were.
    pub(super) async fn call(&self, actor: &Actor) -> crate::support::Answer {
        actor.call(self.method.clone(), &self.path_with(|_| ABSENT)).send().await
    }
}

#[test]
fn policy_and_router_name_the_same_operations_with_the_same_access() {
    let mut differences = Vec::new();
    let operations = operations();
    for operation in &operations {
        let told = (operation.scope.as_deref(), operation.access.as_str());
        match POLICY.iter().find(|row| row.0 == operation.id) {
            None => differences.push(format!(
                "{} ({} {}) has no row. Decide who may call it, and add: (\"{0}\", {:?}, \"{}\", <status of a bare call>)",
                operation.id, operation.method, operation.path, told.0, told.1
            )),
            Some((id, scope, needs, _)) if (*scope, *needs) != told => differences.push(format!(
                "{id}: the router declares {told:?}, the policy {:?}. If the router is right, change the row; if not, \
                 the route's `api.add`",
                (scope, needs)
            )),
            Some(_) => {}
        }
    }
    for (id, ..) in POLICY {
        if !operations.iter().any(|operation| operation.id == *id) {
            differences.push(format!("{id}: the router has no such operation any more. Strike its row"));
        }
    }
    let ids: BTreeSet<_> = POLICY.iter().map(|row| row.0).collect();
    assert_eq!(ids.len(), POLICY.len(), "an operation has two rows in policy.rs");
    assert!(
        differences.is_empty(),
        "crates/server/tests/it/access/policy.rs and the router differ:\n  {}",
        differences.join("\n  ")
    );
}

#[tokio::test]
async fn register_and_openapi_document_name_the_same_operations_with_their_scopes() {
    let studio = Studio::start();
    let document = studio.anonymous().get("/openapi.json").send().await.ok();
    let mut documented = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let origin = operation["x-origin"].as_str().unwrap();
            assert!(["documented", "listed", "client", "mudlark"].contains(&origin), "{path}: {origin}");
            let scope = operation["x-scope"].as_str().map(str::to_owned);
            let id = operation["operationId"].as_str().unwrap();
            let security = match &scope {
                Some(scope) => json!([{ "token": [scope] }, { "session": [] }]),
                None if POLICY.iter().any(|row| row.0 == id && row.2 == "Session") => {
                    json!([{ "session": [] }])
                }
                None => json!([]),
            };
            assert_eq!(operation["security"], security, "{method} {path}");
            documented.insert((method.to_uppercase(), path.clone(), scope));
        }
    }
    let registered: BTreeSet<_> = operations()
        .into_iter()
        .map(|operation| (operation.method.to_string(), operation.path, operation.scope))
        .collect();
    assert_eq!(documented, registered);
}

#[tokio::test]
async fn openapi_document_and_reference_page_tell_every_scope_and_its_meaning() {
    let studio = Studio::start();
    let document = studio.anonymous().get("/openapi.json").send().await.ok();
    let page = studio.anonymous().get("/docs").send().await.text();
    let listed =
        document["components"]["securitySchemes"]["token"]["x-scopes"].as_object().expect("x-scopes");
    assert_eq!(document["openapi"], "3.1.0");
    for (scope, meaning) in listed {
        let meaning = meaning.as_str().unwrap();
        assert!(!meaning.is_empty(), "{scope}");
        assert!(
            page.contains(&format!("<code>{scope}</code>")) && page.contains(meaning),
            "{scope} at /docs"
        );
    }
    for (id, scope, ..) in POLICY {
        assert!(scope.is_none_or(|scope| listed.contains_key(scope)), "{id}: {scope:?} is not listed");
    }
    // Each operation of the page names the scope it asks for.
    for operation in operations() {
        let article = page.split(&format!("id=\"operation-{}\"", operation.id)).nth(1);
        let article = article.unwrap_or_else(|| panic!("{} is not at /docs", operation.id));
        let article = article.split("</article>").next().unwrap();
        match &operation.scope {
            Some(scope) => {
                assert!(article.contains(&format!("<b>Scope</b> <code>{scope}</code>")), "{}", operation.id);
            }
            None => assert!(!article.contains("<b>Scope</b>"), "{}", operation.id),
        }
    }
}
