//! Who belongs where, and how much there is.

use serde_json::{Value, json};

use crate::support::{Studio, normalised};

#[tokio::test]
async fn account_members_are_listed_with_their_users_in_pages() {
    let studio = Studio::start();
    let viewer = studio.key_with(&["viewer"]).await;
    let owner = studio.key_with(&["owner"]).await;

    let listed = viewer.get("/accounts/members").send().await.ok();

    let mine = viewer.get("/accounts").send().await.ok()[0]["members"].clone();
    let theirs = owner.get("/accounts").send().await.ok()[0]["members"].clone();
    assert_eq!(listed, json!([mine, theirs]));
    assert_eq!(listed[1]["roles"], json!(["owner"]));
    let first = viewer.get("/accounts/members?limit=1").send().await;
    assert_eq!(first.header("x-total-count"), Some("2"));
    let link = first.header("link").unwrap().to_owned();
    let next = link.trim_start_matches('<').split('>').next().unwrap();
    assert_eq!(viewer.get(next).send().await.ok(), json!([theirs]));
}

#[tokio::test]
async fn who_makes_a_workspace_is_its_member() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let made = admin.post("/workspaces?name=Second").send().await.ok();
    let inside = admin.with_workspace(made["id"].as_str());

    let members = inside.get("/workspaces/members").send().await.ok();

    let me = admin.get("/users").send().await.ok();
    assert_eq!(members.as_array().unwrap().len(), 1);
    assert_eq!((&members[0]["user"], &members[0]["user_id"]), (&me, &me["id"]));
    assert_eq!((&members[0]["roles"], &members[0]["workspace_id"]), (&json!(["admin"]), &made["id"]));
    assert_eq!(admin.get("/workspaces/members").send().await.ok(), json!([]));
}

#[tokio::test]
async fn account_and_workspace_say_how_much_they_hold() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    artist.put_asset("/", "a", "12345").await;
    artist.put_asset("/", "b", "12345").await;
    artist.put_asset("/", "b", "123").await;

    let limits = artist.get("/accounts/limits").send().await.ok();
    let usage = artist.get("/workspaces/usage").send().await.ok();

    let expected = json!({
        "isTemporary": false, "expiresInDays": null,
        "storage": {"current": 8, "max": null}, "assets": {"current": 2, "max": null},
        "users": {"current": 0, "max": null},
    });
    assert_eq!(limits, expected, "equal content is kept, and counted, once");
    assert_eq!(usage, json!({"members": 0, "storage": 13, "assets": 2}), "each version is counted whole");
}

#[tokio::test]
async fn subscription_tiers_and_types_are_those_of_the_account() {
    let studio = Studio::start();
    let viewer = studio.key_with(&["viewer"]).await;
    let account = viewer.get("/accounts").send().await.ok()[0].clone();

    let subscription = viewer.get("/accounts/subscriptions").send().await.ok();
    let tiers = viewer.get("/accounts/tiers").send().await.ok();
    let types = viewer.get("/accounts/types").send().await.ok();

    assert_eq!(subscription, account["subscription"]);
    insta::assert_json_snapshot!(normalised(&subscription), @r#"
    {
      "account_id": "[id]",
      "contact": null,
      "created_at": "[time]",
      "frequency": "yearly",
      "licenses": null,
      "status": "active",
      "stripe_customer_id": null,
      "updated_at": "[time]"
    }
    "#);
    let plans: Vec<&Value> = tiers.as_array().unwrap().iter().map(|tier| &tier["type"]).collect();
    assert_eq!(plans, ["personal", "team", "pro", "enterprise"]);
    assert!(tiers.as_array().unwrap().contains(&account["tier"]));
    assert_eq!(types, json!([account["type"]]));
}
