//! Cases with a story that the table's cells can't tell: whole bodies that must be the same, and things of others that
//! must look like things that never were.

use serde_json::Value;

use super::register::{ABSENT, operations};
use crate::support::{Actor, Studio, admin, new_key};

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
            let answer = operation.call(&actor).await;
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
            let call = mine.call(operation.method.clone(), &operation.path_with(|_| id));
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
