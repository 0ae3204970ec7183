//! What an account, a workspace and a user say of themselves; the plan; the end.

use reqwest::multipart::{Form, Part};
use serde_json::json;

use crate::support::{Studio, text};

/// A picture of one pixel, and more than one kind of it.
const GIF: &[u8] = b"GIF89a\x01\0\x01\0\0\0\0!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

fn picture(bytes: &[u8]) -> Form {
    Form::new().part("file", Part::bytes(bytes.to_vec()).file_name("picture"))
}

#[tokio::test]
async fn account_workspace_and_user_get_names_and_pictures_kept_as_sent() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let body = json!({"name": "Lark Studio", "plan": "enterprise", "id": "x"}).to_string();

    admin.get("/accounts/thumbnail").send().await.refused(404, "not_found");
    admin.get("/workspaces/thumbnail").send().await.refused(404, "not_found");
    let account = admin.put("/accounts").multipart(picture(GIF).text("body", body)).send().await.ok();
    let workspace =
        admin.put("/workspaces").multipart(picture(GIF).text("name", "Second Game")).send().await.ok();
    let user = json!({"firstName": "Build", "city": "Bern", "zipCode": "3000"}).to_string();
    let user = admin.patch("/users").multipart(picture(GIF).text("body", user)).send().await.ok();

    assert_eq!((&account["name"], &account["tier"]["type"]), (&json!("Lark Studio"), &json!("pro")));
    assert_eq!(workspace["name"], "Second Game");
    assert_eq!(
        (&user["firstName"], &user["city"], &user["zipCode"]),
        (&json!("Build"), &json!("Bern"), &json!("3000"))
    );
    for file in [&account["thumbnail_file_id"], &workspace["thumbnail_file_id"], &user["avatar_file_id"]] {
        assert!(file.is_string());
    }
    assert_eq!(
        admin.get("/accounts").send().await.ok()[0]["thumbnail_file_id"],
        account["thumbnail_file_id"]
    );
    for path in ["/accounts/thumbnail", "/workspaces/thumbnail"] {
        let shown = admin.get(path).send().await;
        assert_eq!((shown.header("content-type"), shown.body.as_slice()), (Some("image/gif"), GIF));
        let tag = shown.header("etag").unwrap().to_owned();
        assert_eq!(admin.get(path).header("if-none-match", &tag).send().await.status, 304);
    }
    let renamed = admin.patch("/users").json(&json!({"city": null})).send().await.ok();
    assert_eq!((&renamed["city"], &renamed["avatar_file_id"]), (&json!(null), &user["avatar_file_id"]));
    admin.patch("/users").json(&json!({"username": "other"})).send().await.refused(409, "conflict");
    admin
        .put("/workspaces")
        .header("if-match", "\"old\"")
        .json(&json!({"name": "x"}))
        .send()
        .await
        .refused(412, "precondition_failed");
}

#[tokio::test]
async fn what_is_no_picture_or_name_is_refused() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    for bytes in [&b""[..], b"<svg/>", b"<html>", &GIF[..7], b"\x89PNG\r\n\x1a\n"] {
        for path in ["/accounts", "/workspaces"] {
            let refused =
                admin.put(path).multipart(picture(bytes)).send().await.refused(400, "invalid_input");
            assert_eq!(refused["fields"][0]["field"], "file");
        }
        admin.patch("/users").multipart(picture(bytes)).send().await.refused(400, "invalid_input");
    }
    let large = [GIF, &vec![0; 10 << 20]].concat();
    admin.put("/accounts").multipart(picture(&large)).send().await.refused(413, "body_too_large");
    for name in [json!(""), json!("a\nb"), json!("x".repeat(256)), json!(7)] {
        admin.put("/accounts").json(&json!({"name": name})).send().await.refused(400, "invalid_input");
        admin.put("/workspaces").json(&json!({"name": name})).send().await.refused(400, "invalid_input");
    }
    assert_eq!(admin.get("/accounts").send().await.ok()[0]["name"], "Studio");
}

#[tokio::test]
async fn another_plan_counts_from_the_next_request_on() {
    let studio = Studio::start();
    let owner = studio.key_with(&["owner"]).await;
    let admin = studio.key_with(&["admin"]).await;
    let path = "/accounts/subscriptions?tier=Enterprise&frequency=monthly&email=pay@x.example&payment_method_id=pm_1";

    admin.put(path).send().await.refused(403, "role_missing");
    let changed = owner.put(path).send().await.ok();

    assert_eq!((&changed["frequency"], &changed["contact"]), (&json!("monthly"), &json!("pay@x.example")));
    assert_eq!(owner.get("/accounts").send().await.ok()[0]["tier"]["type"], "enterprise");
    owner.put("/accounts/subscriptions?tier=gold").send().await.refused(400, "invalid_input");
    owner.put("/accounts/subscriptions?email=x").send().await.refused(400, "invalid_input");
    owner.put("/accounts/subscriptions?tier=team").send().await.ok();
    owner.get("/accounts").send().await.refused(403, "plan_without_api_access");
    admin.get("/users").send().await.refused(403, "plan_without_api_access");
}

#[tokio::test]
async fn closed_account_lets_nobody_in_until_the_operator_opens_it_again() {
    let studio = Studio::start();
    let owner = studio.key_with(&["owner"]).await;
    let viewer = studio.key_with(&["viewer"]).await;
    viewer.delete("/accounts").send().await.refused(403, "role_missing");

    owner.delete("/accounts").send().await.ok_empty(204);

    owner.get("/accounts").send().await.refused(403, "account_suspended");
    viewer.get("/workspaces").send().await.refused(403, "account_suspended");
    let listed = studio.admin(&["account", "list"]);
    assert_eq!(listed[0]["status"], "closed");
    studio.admin(&["account", "resume", &studio.account]);
    viewer.get("/workspaces").send().await.ok();
}

#[tokio::test]
async fn deleted_workspace_is_entered_by_nobody() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let artist = studio.key_with(&["manage_art"]).await;
    artist.put_asset("/", "a", "1").await;
    artist.delete("/workspaces").send().await.refused(403, "role_missing");

    admin.delete("/workspaces").send().await.ok_empty(204);

    artist.get("/workspaces").send().await.refused(403, "workspace_forbidden");
    admin.delete("/workspaces").send().await.refused(403, "workspace_forbidden");
    assert_eq!(admin.get("/accounts/workspaces").send().await.ok(), json!([]));
    assert_eq!(admin.get("/accounts/limits").send().await.ok()["assets"]["current"], 0);
    let trail = admin.get("/accounts/audit?action=workspace.deleted").send().await.ok();
    assert_eq!(text(&trail[0], "subject"), studio.workspace);
}
