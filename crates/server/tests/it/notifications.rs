//! Who is told of what.

use serde_json::{Value, json};

use crate::support::{Actor, Studio, text};

const LIST: &str = "/accounts/notifications";

async fn user_id(actor: &Actor) -> String {
    text(&actor.get("/users").send().await.ok(), "id").to_owned()
}

/// The kinds of what somebody is told of.
async fn told(actor: &Actor) -> Vec<(Value, Value)> {
    let listed = actor.get(LIST).send().await.ok();
    listed.as_array().unwrap().iter().map(|one| (one["type"].clone(), one["record_id"].clone())).collect()
}

#[tokio::test]
async fn people_are_told_of_what_concerns_them_and_not_of_what_they_do() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art", "review"]).await;
    let other = studio.key_with(&["manage_art", "review"]).await;
    let [me, you] = [user_id(&artist).await, user_id(&other).await];
    let asset = artist.put_asset("/", "a", "1").await;
    let path = format!("/workspaces/assets/{}", text(&asset, "id"));
    let comment = other.post(&format!("{path}/comments?content=Hm")).send().await.ok();
    assert_eq!(told(&other).await, []);

    let mine = json!({"title": "mine", "assignee_id": me});
    artist.post("/workspaces/tasks").json(&mine).send().await.ok();
    let task = json!({"title": "yours", "assignee_id": you, "asset_id": asset["id"]});
    let task = artist.post("/workspaces/tasks").json(&task).send().await.ok();
    let again = format!("/workspaces/tasks/{}", text(&task, "id"));
    artist.patch(&again).json(&json!({"assignee_id": you, "title": "still yours"})).send().await.ok();
    let assigned = format!("{path}/reviews?content=look&assigned_user_id={you}&mentions={you}&mentions={me}");
    let assigned = artist.post(&assigned).send().await.ok();
    let mentioned = artist.post(&format!("{path}/reviews?content=see&mentions={you}")).send().await.ok();
    let asked = json!({"user_ids": [you]});
    let asked = artist.post(&format!("{path}/reviewRequests")).json(&asked).send().await.ok();
    let reply = json!({"content": "Yes", "parent_id": comment["id"]});
    let reply = artist.post(&format!("{path}/comments")).json(&reply).send().await.ok();

    let expected = [
        ("task_assigned", &task),
        ("review_assigned", &assigned),
        ("review_mentioned", &mentioned),
        ("review_requested", &asked),
        ("comment_replied", &reply),
    ];
    let expected = expected.map(|(kind, record)| (json!(kind), record["id"].clone()));
    assert_eq!(told(&other).await, expected);
    assert_eq!(told(&artist).await, []);
    let first = other.get(LIST).send().await.ok()[0].clone();
    assert_eq!(
        (&first["actor_id"], &first["user_id"], &first["asset_id"]),
        (&json!(me), &json!(you), &asset["id"])
    );
}

#[tokio::test]
async fn subscribers_are_told_of_versions_reviews_and_comments() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art", "review"]).await;
    let viewer = studio.key_with(&["viewer"]).await;
    let asset = artist.put_asset("/", "a", "1").await;
    let path = format!("/workspaces/assets/{}", text(&asset, "id"));
    viewer.post(&format!("{path}/subscriptions")).send().await.ok();

    let next = artist.put_asset("/", "a", "2").await;
    let comment = artist.post(&format!("{path}/comments?content=New")).send().await.ok();
    let review = artist.post(&format!("{path}/reviews?content=Good")).send().await.ok();
    artist.put_asset("/", "b", "3").await;

    let records = [&next["current_version_id"], &comment["id"], &review["id"]];
    assert_eq!(told(&viewer).await, records.map(|record| (json!("asset_updated"), record.clone())));
    viewer.delete(&format!("{path}/subscriptions")).send().await;
    artist.put_asset("/", "a", "4").await;
    assert_eq!(told(&viewer).await.len(), 3);
}

#[tokio::test]
async fn notification_is_marked_as_read_by_whose_it_is() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let other = studio.key_with(&["viewer"]).await;
    for title in ["a", "b"] {
        let task = json!({"title": title, "assignee_id": user_id(&other).await});
        artist.post("/workspaces/tasks").json(&task).send().await.ok();
    }
    let first = other.get(&format!("{LIST}?limit=1")).send().await;
    assert_eq!(first.header("x-total-count"), Some("2"));
    let path = format!("{LIST}/{}", text(&first.ok()[0], "id"));

    artist.patch(&path).send().await.refused(404, "not_found");
    let read = other.patch(&path).send().await.ok();

    assert!(read["read_at"].is_string());
    assert_eq!(other.get(&format!("{LIST}?unread=true")).send().await.ok().as_array().unwrap().len(), 1);
    let unread = other.patch(&path).json(&json!({"read": false})).send().await.ok();
    assert_eq!(unread["read_at"], Value::Null);
    other.get(&format!("{LIST}?unread=maybe")).send().await.refused(400, "invalid_input");
}
