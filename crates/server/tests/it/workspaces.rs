//! Workspaces, accounts and users over the wire: their objects, and who sees which.

use serde_json::{Value, json};

use crate::support::{Studio, normalised};

#[tokio::test]
async fn objects_have_every_member_that_is_documented() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let members = |object: &Value| -> Vec<String> { object.as_object().unwrap().keys().cloned().collect() };
    let has_all = |object: &Value, documented: &[&str]| {
        let members = members(object);
        for name in documented.iter().chain(&["created_at", "updated_at"]) {
            assert!(members.iter().any(|member| member == name), "{name} is missing in {members:?}");
        }
    };
    let user = admin.get("/users").send().await.ok();
    has_all(
        &user,
        &[
            "id",
            "auth0UserID",
            "username",
            "email",
            "firstName",
            "lastName",
            "avatar_file_id",
            "defaultAvatar",
            "industry",
            "occupation",
            "company",
            "emailVerified",
            "isActive",
            "city",
            "state",
            "country",
            "zipCode",
            "invited_by_user",
        ],
    );
    assert_eq!((&user["username"], &user["id"]), (&json!("test key"), &user["auth0UserID"]));
    let accounts = admin.get("/accounts").send().await.ok();
    let account = &accounts[0];
    has_all(
        account,
        &[
            "id",
            "name",
            "account_tier_id",
            "thumbnail_file_id",
            "created_by_user_id",
            "defaultAvatar",
            "sequence",
            "subscription",
            "members",
            "tier",
            "type",
            "creator",
            "workspaces",
        ],
    );
    has_all(&account["tier"], &["id", "type", "name", "maxStorage", "costPerLicense", "costPerExtraTB"]);
    has_all(
        &account["type"],
        &["id", "name", "maxStorage", "maxAssets", "maxUsers", "costPerUser", "addStoragePrice"],
    );
    has_all(
        &account["subscription"],
        &["account_id", "stripe_customer_id", "status", "licenses", "frequency", "contact"],
    );
    has_all(&account["members"], &["account_id", "user_id", "roles", "user"]);
    assert_eq!((&account["members"]["roles"], &account["tier"]["type"]), (&json!(["admin"]), &json!("pro")));
    let workspace = admin.get("/workspaces").send().await.ok();
    insta::assert_json_snapshot!(normalised(&without(&workspace, "roles")), @r#"
    {
      "account_id": "[id]",
      "created_at": "[time]",
      "created_by_user_id": null,
      "defaultAvatar": "[1 to 10]",
      "id": "[id]",
      "name": "Game",
      "sequence": "1",
      "thumbnail_file_id": null,
      "updated_at": "[time]",
      "usage": {
        "assets": 0,
        "members": 0,
        "storage": 0
      }
    }
    "#);
    has_all(&workspace["roles"], &["workspace_id", "user_id", "roles", "user"]);
    assert_eq!(admin.get("/users/accounts").send().await.ok(), accounts);
    assert_eq!(admin.get("/accounts/workspaces").send().await.ok(), json!([workspace]));
}

fn without(object: &Value, member: &str) -> Value {
    let mut object = object.clone();
    object.as_object_mut().unwrap().remove(member);
    object
}

#[tokio::test]
async fn creator_of_a_workspace_works_in_it_at_once() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let made = admin.post("/workspaces").json(&json!({"name": "New Game"})).send().await.ok();
    assert_eq!(made["roles"]["roles"], json!(["admin"]));
    assert_eq!(made["created_by_user_id"], made["roles"]["user_id"]);
    let inside = admin.with_workspace(made["id"].as_str());
    inside.put_asset("/", "a", "1").await;
    let read = inside.get("/workspaces").send().await.ok();
    assert_eq!(
        (&read["id"], &read["usage"]["assets"], &read["usage"]["storage"]),
        (&made["id"], &json!(1), &json!(1))
    );
}

#[tokio::test]
async fn callers_see_the_workspaces_that_are_open_to_them() {
    let studio = Studio::start();
    let viewer = studio.key_with(&["viewer"]).await;
    studio.admin(&["workspace", "create", "--account", &studio.account, "--name", "Second"]);
    let listed = viewer.with_workspace(None).get("/workspaces").send().await.ok();
    let names: Vec<_> =
        listed["workspaces"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Game", "Second"]);
    let member = studio.key_with(&["member"]).await;
    let none = member.with_workspace(None).get("/workspaces").send().await.ok();
    assert_eq!(none, json!({"workspaces": []}));
    assert_eq!(member.get("/accounts/workspaces").send().await.ok(), json!([]));
    member.get("/workspaces").send().await.refused(403, "workspace_forbidden");
}
