//! Review requests: users asked to review a version of an asset.

use serde_json::{Value, json};

use crate::support::{Actor, Studio};

fn requests_of(asset: &Value) -> String {
    format!("/workspaces/assets/{}/reviewRequests", asset["id"].as_str().unwrap())
}

fn path(request: &Value) -> String {
    let asset = request["asset_id"].as_str().unwrap();
    format!("/workspaces/assets/{asset}/reviewRequests/{}", request["id"].as_str().unwrap())
}

async fn me(actor: &Actor) -> Value {
    actor.get("/users").send().await.ok()
}

#[tokio::test]
async fn request_shows_who_was_asked_and_who_has_answered() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let (viewer, reviewer) = (studio.key_with(&["viewer"]).await, studio.key_with(&["review"]).await);
    let asset = artist.put_asset("/", "robot.glb", "1").await;
    let version = asset["current_version_id"].as_str().unwrap();
    let version = format!("/workspaces/assets/{}/versions/{version}", asset["id"].as_str().unwrap());
    let version = artist.get(&version).send().await.ok();
    let (author, first, second) = (me(&artist).await, me(&viewer).await, me(&reviewer).await);
    let reviews = requests_of(&asset).replace("reviewRequests", "reviews");
    reviewer.post(&format!("{reviews}?content=before&status=rejected")).send().await.ok();

    let input = json!({"user_ids": [first["id"], second["id"], first["id"]], "content": "Does it bend?"});
    let made = artist.post(&requests_of(&asset)).json(&input).send().await.ok();

    let waiting = |user: &Value| json!({"user_id": user["id"], "review_id": null, "status": null, "answered_at": null, "user": user});
    let expected = json!({
        "id": made["id"], "asset_id": asset["id"], "asset_version_id": asset["current_version_id"],
        "user_id": author["id"], "content": "Does it bend?", "reviewers": [waiting(&first), waiting(&second)],
        "version": version, "user": author, "created_at": made["created_at"], "updated_at": made["updated_at"],
    });
    assert_eq!(made, expected);
    let review = reviewer.post(&format!("{reviews}?content=Yes&status=approved")).send().await.ok();
    let answered = viewer.get(&path(&made)).send().await.ok();
    let answer = json!({
        "user_id": second["id"], "review_id": review["id"], "status": "approved",
        "answered_at": review["created_at"], "user": second,
    });
    assert_eq!(answered["reviewers"], json!([waiting(&first), answer]));
    assert_eq!(viewer.get(&requests_of(&asset)).send().await.ok(), json!([answered]));
}

#[tokio::test]
async fn only_the_author_changes_a_request_and_an_admin_may_delete_it() {
    let studio = Studio::start();
    let viewer = studio.key_with(&["viewer"]).await;
    let artist = studio.key_with(&["manage_art"]).await;
    let admin = studio.key_with(&["admin"]).await;
    let asset = artist.put_asset("/", "robot.glb", "1").await;
    let (one, two) = (me(&artist).await, me(&admin).await);
    let query = format!("{}?user_ids={}", requests_of(&asset), one["id"].as_str().unwrap());
    let answer = viewer.post(&query).send().await;
    let tag = answer.header("etag").unwrap().to_owned();
    let made = answer.ok();
    assert_eq!(made["content"], Value::Null);

    for stranger in [&artist, &admin] {
        stranger.patch(&path(&made)).json(&json!({"content": "x"})).send().await.refused(403, "role_missing");
    }
    artist.delete(&path(&made)).send().await.refused(403, "role_missing");
    let patch = json!({"user_ids": [two["id"], one["id"]], "content": "a"});
    let changed = viewer.patch(&path(&made)).header("if-match", &tag).json(&patch).send().await.ok();
    assert_eq!(changed["content"], "a");
    let asked = [&changed["reviewers"][0]["user_id"], &changed["reviewers"][1]["user_id"]];
    assert_eq!(asked, [&two["id"], &one["id"]]);
    let stale = viewer.patch(&path(&made)).header("if-match", &tag).json(&json!({"content": null}));
    stale.send().await.refused(412, "precondition_failed");
    let cleared = viewer.patch(&path(&made)).json(&json!({"content": null})).send().await.ok();
    assert_eq!((&cleared["content"], &cleared["reviewers"]), (&Value::Null, &changed["reviewers"]));

    admin.delete(&path(&made)).send().await.ok_empty(204);
    admin.delete(&path(&made)).send().await.refused(404, "not_found");
    assert_eq!(viewer.get(&requests_of(&asset)).send().await.ok(), json!([]));
}

#[tokio::test]
async fn requests_are_narrowed_by_version_and_come_in_pages() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let user = me(&artist).await;
    let before = artist.put_asset("/", "robot.glb", "1").await;
    let ask = async |asset: &Value| {
        artist.post(&requests_of(asset)).json(&json!({"user_ids": [user["id"]]})).send().await.ok()
    };
    let one = ask(&before).await;
    let asset = artist.put_asset("/", "robot.glb", "2").await;
    let (two, three) = (ask(&asset).await, ask(&asset).await);
    let listed = async |query: &str| artist.get(&format!("{}{query}", requests_of(&asset))).send().await;

    let of_first = format!("?asset_version_id={}", before["current_version_id"].as_str().unwrap());
    assert_eq!(listed(&of_first).await.ok(), json!([one]));
    let first = listed("?limit=2").await;
    assert_eq!(first.header("x-total-count"), Some("3"));
    let link = first.header("link").unwrap().to_owned();
    assert_eq!(first.ok(), json!([one, two]));
    let next = link.trim_start_matches('<').split('>').next().unwrap();
    assert_eq!(artist.get(next).send().await.ok(), json!([three]));
}

#[tokio::test]
async fn bad_members_are_named() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let outsider = me(&studio.key_with(&["member"]).await).await;
    let user = me(&artist).await["id"].clone();
    let before = artist.put_asset("/", "a.glb", "1").await;
    let asset = artist.put_asset("/", "a.glb", "2").await;
    let other = artist.put_asset("/", "b.glb", "1").await;
    let trashed = before["current_version_id"].as_str().unwrap();
    let trashed = format!("/workspaces/assets/{}/versions/{trashed}", asset["id"].as_str().unwrap());
    artist.delete(&trashed).send().await.ok_empty(204);
    let made = artist.post(&requests_of(&asset)).json(&json!({"user_ids": [user]})).send().await.ok();
    let both = [
        (json!({"user_ids": []}), "user_ids"),
        (json!({"user_ids": ["x"]}), "user_ids"),
        (json!({"user_ids": [outsider["id"]]}), "user_ids"),
        (json!({"user_ids": vec![user.clone(); 101]}), "user_ids"),
        (json!({"user_ids": [user], "content": "x".repeat(10_001)}), "content"),
    ];
    for (body, field) in &both {
        let refused = artist.patch(&path(&made)).json(body).send().await;
        assert_eq!(refused.refused(400, "invalid_input")["fields"][0]["field"], *field, "{body}");
    }
    let create = [
        (json!({}), "user_ids"),
        (json!({"user_ids": [user], "asset_version_id": other["current_version_id"]}), "asset_version_id"),
        (json!({"user_ids": [user], "asset_version_id": before["current_version_id"]}), "asset_version_id"),
    ];
    for (body, field) in both.iter().chain(&create) {
        let refused = artist.post(&requests_of(&asset)).json(body).send().await;
        assert_eq!(refused.refused(400, "invalid_input")["fields"][0]["field"], *field, "{body}");
    }
    let of_other = format!("{}/{}", requests_of(&other), made["id"].as_str().unwrap());
    artist.get(&of_other).send().await.refused(404, "not_found");
}

#[tokio::test]
async fn repeated_request_asks_once() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let user = me(&artist).await;
    let asset = artist.put_asset("/", "a.glb", "1").await;
    let once = || {
        let call = artist.post(&requests_of(&asset)).header("idempotency-key", "once");
        call.json(&json!({"user_ids": [user["id"]]})).send()
    };
    assert_eq!(once().await.ok(), once().await.ok());
    assert_eq!(artist.get(&requests_of(&asset)).send().await.ok().as_array().unwrap().len(), 1);
}
