//! Who may call what: a table made from the router itself, so that a new route is in it without anybody's doing.
//! The expected status follows from the access that the route declares, in the contract's order:
//! 401, then 400 for headers, then 403.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;

use crate::support::{Actor, Studio, admin, new_key, program_command};

/// An id that never was.
const ABSENT: &str = "0198c0de-0000-7000-8000-00000000dead";

struct Operation {
    id: String,
    method: Method,
    path: String,
    access: String,
}

/// The register of operations, from the program.
fn operations() -> Vec<Operation> {
    let output = program_command(&["gen", "operations"]).output().expect("the program runs");
    let mut rows: Vec<Value> = serde_json::from_slice(&output.stdout).expect("a register");
    // This one ends the caller's own token, so it is called last.
    rows.sort_by_key(|row| row["id"] == "revoke_account_tokens");
    rows.iter()
        .map(|row| Operation {
            id: row["id"].as_str().unwrap().to_owned(),
            method: row["method"].as_str().unwrap().parse().unwrap(),
            path: row["path"].as_str().unwrap().to_owned(),
            access: row["access"].as_str().unwrap().to_owned(),
        })
        .collect()
}

impl Operation {
    fn needs_token(&self) -> bool {
        !matches!(self.access.as_str(), "Public" | "SignedUrl")
    }

    fn needs_account_header(&self) -> bool {
        self.access.contains("Account") || self.access.contains("Workspace(")
    }

    fn needs_workspace_header(&self) -> bool {
        self.access.starts_with("Workspace(")
    }

    /// Whether roles given as one list allow it: written down here once more, on purpose.
    fn is_allowed_to(&self, roles: &[&str]) -> bool {
        let has = |wanted: &[&str]| roles.iter().any(|role| wanted.contains(role));
        match self.access.as_str() {
            "Token" | "Account(Read)" => true,
            // Without x-workspace-id it asks for the account alone; these calls send one.
            "AccountOrWorkspace(Read, Read)" | "Workspace(Read)" => {
                has(&["viewer", "review", "manage_art", "admin", "owner"])
            }
            "Account(CreateWorkspaces)" | "Account(Administer)" | "Workspace(Administer)" => {
                has(&["admin", "owner"])
            }
            "Account(Own)" => has(&["owner"]),
            "Workspace(EditArt)" => has(&["manage_art", "admin", "owner"]),
            "Workspace(Review)" => has(&["review", "admin", "owner"]),
            other => panic!("{}: this table does not know the access {other}: say here who has it", self.id),
        }
    }

    /// The path with an id for each of its parameters.
    fn path_with(&self, id: &str) -> String {
        self.path
            .split('/')
            .map(|segment| if segment.starts_with('{') { id } else { segment })
            .collect::<Vec<_>>()
            .join("/")
    }
}

async fn status(actor: &Actor, operation: &Operation) -> u16 {
    actor.call(operation.method.clone(), &operation.path_with(ABSENT)).send().await.status.as_u16()
}

/// A call that was let in: whatever it is then answered, it is no refusal of the gate.
fn was_let_in(status: u16) -> bool {
    !matches!(status, 401 | 403 | 405)
}

#[tokio::test]
async fn every_operation_refuses_who_has_no_good_token() {
    let studio = Studio::start();
    let good = studio.key_with(&["admin"]).await;
    for operation in operations().iter().filter(|operation| operation.needs_token()) {
        for token in [None, Some("garbled"), Some("e30.e30.e30")] {
            // A missing token is refused before missing headers are.
            let nobody = good.with_token(token).with_account(None).with_workspace(None);
            assert_eq!(status(&nobody, operation).await, 401, "{} with {token:?}", operation.id);
        }
    }
}

#[tokio::test]
async fn every_operation_lets_in_exactly_the_roles_it_declares() {
    let studio = Studio::start();
    for roles in [
        &["viewer"][..],
        &["review"],
        &["manage_art"],
        &["member"],
        &["admin"],
        &["owner"],
        &["review", "manage_art"],
    ] {
        let actor = studio.key_with(roles).await;
        for operation in operations().iter().filter(|operation| operation.needs_token()) {
            let status = status(&actor, operation).await;
            if operation.is_allowed_to(roles) {
                assert!(was_let_in(status), "{} as {roles:?}: {status}", operation.id);
            } else {
                assert_eq!(status, 403, "{} as {roles:?}", operation.id);
            }
        }
    }
}

/// The one scope that each operation asks for: written down here once more, on purpose.
const SCOPES: &[(&str, &[&str])] = &[
    ("accounts:read", &["list_accounts", "list_user_accounts"]),
    ("users:read", &["find_user"]),
    ("workspaces:read", &["find_workspace", "list_account_workspaces"]),
    ("workspaces:write", &["create_workspace"]),
    ("folders:read", &["find_folder", "find_folder_by_id", "find_folder_hierarchy", "find_folder_stats"]),
    ("folders:write", &["create_folder"]),
    (
        "assets:read",
        &["find_asset", "find_version", "list_asset_statuses", "list_assets_by_ids", "list_versions"],
    ),
    ("assets:download", &["download_asset", "download_version"]),
    (
        "assets:write",
        &[
            "create_asset",
            "create_asset_from_upload",
            "create_upload",
            "create_version",
            "delete_asset",
            "delete_version",
            "rename_asset",
            "restore_asset",
            "restore_version",
            "update_asset",
            "update_version",
        ],
    ),
    (
        "keys:admin",
        &[
            "create_api_key",
            "delete_api_key",
            "delete_api_key_secret",
            "find_api_key",
            "list_api_keys",
            "revoke_account_tokens",
            "rotate_api_key",
            "update_api_key",
        ],
    ),
    ("audit:read", &[]),
];

#[tokio::test]
async fn every_operation_lets_in_its_own_scope_and_no_other() {
    let studio = Studio::start();
    let operations = operations();
    let guarded: Vec<_> = operations.iter().filter(|operation| operation.needs_token()).collect();
    let scope_of = |id: &str| {
        let row = SCOPES.iter().find(|(_, ids)| ids.contains(&id));
        row.unwrap_or_else(|| panic!("{id}: this table does not know its scope: say here which it is")).0
    };
    let listed: usize = SCOPES.iter().map(|(_, ids)| ids.len()).sum();
    assert_eq!(listed, guarded.len(), "an operation that is gone is listed still");
    for (scope, _) in SCOPES {
        let create = ["key", "create", "--account", &studio.account, "--name", "narrow", "--role", "owner"];
        let key = studio.admin(&[&create[..], &["--scope", scope]].concat());
        let actor = studio.actor_of(&key).await;
        for operation in &guarded {
            let needed = scope_of(&operation.id);
            let answer = actor.call(operation.method.clone(), &operation.path_with(ABSENT)).send().await;
            if needed == *scope {
                assert!(
                    was_let_in(answer.status.as_u16()),
                    "{} with {scope}: {}",
                    operation.id,
                    answer.text()
                );
            } else {
                answer.refused(403, "scope_missing");
                let challenge =
                    format!(r#"Bearer realm="mudlark", error="insufficient_scope", scope="{needed}""#);
                assert_eq!(answer.header("www-authenticate"), Some(&*challenge), "{}", operation.id);
            }
        }
    }
}

#[tokio::test]
async fn every_operation_asks_for_its_headers_before_it_looks_at_rights() {
    let studio = Studio::start();
    // A viewer: a header that is missing is said even where the role would not do.
    let actor = studio.key_with(&["viewer"]).await;
    for operation in operations() {
        if operation.needs_account_header() {
            assert_eq!(
                status(&actor.with_account(None), &operation).await,
                400,
                "{} no account",
                operation.id
            );
            assert_eq!(
                status(&actor.with_account(Some("x")), &operation).await,
                400,
                "{} bad account",
                operation.id
            );
        }
        if operation.needs_workspace_header() {
            assert_eq!(
                status(&actor.with_workspace(None), &operation).await,
                400,
                "{} no workspace",
                operation.id
            );
            assert_eq!(
                status(&actor.with_workspace(Some("x")), &operation).await,
                400,
                "{} bad workspace",
                operation.id
            );
            let neither = actor.with_account(Some(ABSENT)).with_workspace(None);
            assert_eq!(status(&neither, &operation).await, 400, "{}: 400 goes before 403", operation.id);
        }
    }
}

#[tokio::test]
async fn every_operation_refuses_other_accounts_and_workspaces_alike_whether_they_exist_or_not() {
    let studio = Studio::start();
    let other = admin(&studio.data(), &["account", "create", "--name", "Other", "--plan", "pro"]);
    let other = other["id"].as_str().unwrap();
    let others_workspace =
        admin(&studio.data(), &["workspace", "create", "--account", other, "--name", "Theirs"]);
    let others_workspace = others_workspace["id"].as_str().unwrap();
    let actor = studio.key_with(&["owner"]).await;
    for operation in operations() {
        let refusal = async |actor: Actor| {
            let answer = actor.call(operation.method.clone(), &operation.path_with(ABSENT)).send().await;
            let mut body = answer.json();
            body["request_id"] = Value::Null;
            (answer.status.as_u16(), body)
        };
        if operation.needs_account_header() {
            let theirs = refusal(actor.with_account(Some(other))).await;
            assert_eq!(theirs.0, 403, "{}", operation.id);
            assert_eq!(theirs, refusal(actor.with_account(Some(ABSENT))).await, "{}", operation.id);
        }
        if operation.needs_workspace_header() {
            let theirs = refusal(actor.with_workspace(Some(others_workspace))).await;
            assert_eq!(theirs.0, 403, "{}", operation.id);
            assert_eq!(theirs, refusal(actor.with_workspace(Some(ABSENT))).await, "{}", operation.id);
        }
    }
}

#[tokio::test]
async fn things_of_other_workspaces_and_accounts_look_like_things_that_never_were() {
    let studio = Studio::start();
    let mine = studio.key_with(&["admin"]).await;
    let second = studio.admin(&["workspace", "create", "--account", &studio.account, "--name", "Second"]);
    let elsewhere = mine.with_workspace(second["id"].as_str());
    let other = studio.admin(&["account", "create", "--name", "Other", "--plan", "pro"]);
    let other_id = other["id"].as_str().unwrap();
    let theirs = studio.admin(&["workspace", "create", "--account", other_id, "--name", "Theirs"]);
    let stranger = studio.actor_of(&new_key(&studio.data(), other_id, &["admin"])).await;
    let stranger = stranger.with_workspace(theirs["id"].as_str());
    let foreign =
        [elsewhere.put_asset("/There", "a.txt", "a").await, stranger.put_asset("/There", "a.txt", "a").await];
    for operation in operations().iter().filter(|row| row.needs_workspace_header() && row.path.contains('{'))
    {
        let answer = async |id: &str| {
            let call = mine.call(operation.method.clone(), &operation.path_with(id));
            let answer = call.json(&serde_json::json!({ "name": "b.txt" })).send().await;
            let mut body = answer.json();
            body["request_id"] = Value::Null;
            (answer.status.as_u16(), body)
        };
        let absent = answer(ABSENT).await;
        assert!(absent.0 == 404 || absent.0 == 400, "{}: {absent:?}", operation.id);
        for asset in &foreign {
            for id in ["id", "folder_id", "current_version_id"] {
                assert_eq!(
                    answer(asset[id].as_str().unwrap()).await,
                    absent,
                    "{} with a foreign {id}",
                    operation.id
                );
            }
        }
    }
}

#[tokio::test]
async fn every_operation_refuses_an_account_that_is_suspended_or_lost_its_plan() {
    let studio = Studio::start();
    let actor = studio.key_with(&["owner"]).await;
    for (command, code) in [
        (vec!["account", "suspend", &studio.account], "account_suspended"),
        (vec!["account", "resume", &studio.account], ""),
        (vec!["account", "set-plan", &studio.account, "team"], "plan_without_api_access"),
    ] {
        studio.admin(&command);
        for operation in operations().iter().filter(|operation| operation.needs_token() && !code.is_empty()) {
            let answer = actor.call(operation.method.clone(), &operation.path_with(ABSENT)).send().await;
            answer.refused(403, code);
        }
    }
}

#[tokio::test]
async fn register_and_openapi_document_name_the_same_operations() {
    let studio = Studio::start();
    let document = studio.anonymous().get("/openapi.json").send().await.ok();
    let mut documented = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            documented.insert(format!("{} {path}", method.to_uppercase()));
            let origin = operation["x-origin"].as_str().unwrap();
            assert!(["documented", "listed", "client", "mudlark"].contains(&origin), "{path}: {origin}");
        }
    }
    let registered: BTreeSet<_> =
        operations().iter().map(|operation| format!("{} {}", operation.method, operation.path)).collect();
    assert_eq!(documented, registered);
}
