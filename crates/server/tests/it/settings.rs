//! Settings: what programs keep beside accounts and workspaces.

use serde_json::{Value, json};

use crate::support::{Studio, text};

const FIRST: &str = "0198c0de-0000-7000-8000-000000000001";
const SECOND: &str = "0198c0de-0000-7000-8000-000000000002";

#[tokio::test]
async fn settings_of_account_and_workspace_are_kept_apart() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let viewer = studio.key_with(&["viewer"]).await;
    for (base, workspace) in
        [("/accounts/settings", Value::Null), ("/workspaces/settings", json!(studio.workspace))]
    {
        let path = format!("{base}/{FIRST}");
        assert_eq!(viewer.get(base).send().await.ok(), json!([]));

        let made =
            admin.put(&path).json(&json!({"name": "theme", "value": {"dark": [1, null]}})).send().await;
        let tag = made.header("etag").unwrap().to_owned();
        let made = made.ok();
        let changed = admin.put(&format!("{path}?value=light")).header("if-match", &tag).send().await.ok();

        assert_eq!((&made["id"], &made["value"]), (&json!(FIRST), &json!({"dark": [1, null]})));
        assert_eq!((&made["account_id"], &made["workspace_id"]), (&json!(studio.account), &workspace));
        assert_eq!(
            (&changed["name"], &changed["value"], &changed["created_at"]),
            (&json!("theme"), &json!("light"), &made["created_at"])
        );
        assert_eq!(viewer.get(base).send().await.ok(), json!([changed]));
        admin
            .put(&path)
            .header("if-match", &tag)
            .json(&json!({"value": 1}))
            .send()
            .await
            .refused(412, "precondition_failed");
        let taken =
            admin.put(&format!("{base}/{SECOND}")).json(&json!({"name": "THEME", "value": 1})).send().await;
        assert!(text(&taken.refused(409, "name_taken"), "message").contains("THEME"));
        viewer.put(&path).json(&json!({"value": 1})).send().await.refused(403, "role_missing");
        admin.put(&path).json(&json!({"value": null})).send().await.ok();
    }
}

#[tokio::test]
async fn settings_that_are_too_long_too_many_or_without_a_name_are_refused() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let path = |n: u32| format!("/accounts/settings/0198c0de-0000-7000-8000-{n:012}");
    for (body, field) in [
        (json!({"value": 1}), "name"),
        (json!({"name": "a"}), "value"),
        (json!({"name": "", "value": 1}), "name"),
        (json!({"name": "x".repeat(256), "value": 1}), "name"),
        (json!({"name": "a", "value": "x".repeat(16 * 1024)}), "value"),
    ] {
        let refused = admin.put(&path(1)).json(&body).send().await.refused(400, "invalid_input");
        assert_eq!(refused["fields"][0]["field"], field);
    }
    admin
        .put("/accounts/settings/x")
        .json(&json!({"name": "a", "value": 1}))
        .send()
        .await
        .refused(400, "invalid_input");
    for n in 0..200 {
        admin.put(&path(n)).json(&json!({"name": format!("s{n}"), "value": n})).send().await.ok();
    }
    admin
        .put(&path(200))
        .json(&json!({"name": "one more", "value": 1}))
        .send()
        .await
        .refused(403, "limit_reached");
    admin.put(&path(7)).json(&json!({"value": "changed"})).send().await.ok();
}
