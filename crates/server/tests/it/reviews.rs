//! Reviews of versions of assets: who may write one, and who may decide.

use serde_json::{Value, json};

use crate::support::{Actor, Studio};

fn reviews_of(asset: &Value) -> String {
    format!("/workspaces/assets/{}/reviews", asset["id"].as_str().unwrap())
}

fn path(review: &Value) -> String {
    let asset = review["asset_id"].as_str().unwrap();
    format!("/workspaces/assets/{asset}/reviews/{}", review["id"].as_str().unwrap())
}

fn version_path(asset: &Value) -> String {
    let version = asset["current_version_id"].as_str().unwrap();
    format!("/workspaces/assets/{}/versions/{version}", asset["id"].as_str().unwrap())
}

fn contents(reviews: &Value) -> Vec<&str> {
    reviews.as_array().unwrap().iter().map(|review| review["content"].as_str().unwrap()).collect()
}

async fn write(actor: &Actor, asset: &Value, content: &str) -> Value {
    actor.post(&reviews_of(asset)).json(&json!({"content": content})).send().await.ok()
}

async fn me(actor: &Actor) -> Value {
    actor.get("/users").send().await.ok()
}

#[tokio::test]
async fn review_is_written_with_query_parameters_alone_as_it_is_documented() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let reviewer = studio.key_with(&["review"]).await;
    let asset = artist.put_asset("/", "robot.glb", "1").await;
    let (author, other) = (me(&reviewer).await, me(&artist).await);
    let version = artist.get(&version_path(&asset)).send().await.ok();

    let query = format!(
        "?content=The+seams+show&asset_version_id={}&assigned_user_id={}&status=rejected&mentions[]={}&mentions[]={}\
         &viewer_metadata=%7B%22camera%22%3A%5B1.5%2C0%5D%7D",
        asset["current_version_id"].as_str().unwrap(),
        other["id"].as_str().unwrap(),
        other["id"].as_str().unwrap(),
        author["id"].as_str().unwrap(),
    );
    let answer = reviewer.post(&format!("{}{query}", reviews_of(&asset))).send().await;

    assert_eq!(answer.status, 200);
    let made = answer.ok();
    let expected = json!({
        "id": made["id"], "asset_id": asset["id"], "asset_version_id": asset["current_version_id"],
        "user_id": author["id"], "assigned_user_id": other["id"], "status": "rejected",
        "content": "The seams show", "mentions": [other["id"], author["id"]],
        "viewer_metadata": {"camera": [1.5, 0]}, "attachments": [], "version": version, "user": author,
        "created_at": made["created_at"], "updated_at": made["updated_at"],
    });
    assert_eq!(made, expected);
    assert_eq!(artist.get(&path(&made)).send().await.ok(), made);
    assert_eq!(artist.get(&reviews_of(&asset)).send().await.ok(), json!([made]));
}

#[tokio::test]
async fn review_is_written_in_a_body_about_the_current_version_by_anybody_in_the_workspace() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let viewer = studio.key_with(&["viewer"]).await;
    artist.put_asset("/", "robot.glb", "1").await;
    let asset = artist.put_asset("/", "robot.glb", "2").await;

    let body =
        json!({"content": "目", "viewer_metadata": {"x": 1}, "assigned_user_id": null, "mentions": []});
    let made = viewer.post(&format!("{}?content=query", reviews_of(&asset))).json(&body).send().await.ok();

    assert_eq!((&made["content"], &made["status"]), (&json!("目"), &json!("pending")));
    assert_eq!(made["asset_version_id"], asset["current_version_id"]);
    assert_eq!((&made["assigned_user_id"], &made["mentions"]), (&Value::Null, &json!([])));
    assert_eq!(made["viewer_metadata"], json!({"x": 1}));
    let form = viewer.post(&reviews_of(&asset)).header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(form.body("content=a+form&status=Pending").send().await.ok()["content"], "a form");
}

#[tokio::test]
async fn only_review_and_admin_approve_reject_and_take_it_back() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let viewer = studio.key_with(&["viewer"]).await;
    let reviewer = studio.key_with(&["review"]).await;
    let admin = studio.key_with(&["admin"]).await;
    let asset = artist.put_asset("/", "robot.glb", "1").await;
    let made = write(&artist, &asset, "Please look.").await;

    for (status, decider) in [("approved", &reviewer), ("rejected", &admin), ("pending", &reviewer)] {
        let changed = format!("{}?status={status}", path(&made));
        for stranger in [&artist, &viewer] {
            stranger.put(&changed).send().await.refused(403, "role_missing");
            if status != "pending" {
                let body = json!({"content": "a", "status": status});
                stranger.post(&reviews_of(&asset)).json(&body).send().await.refused(403, "role_missing");
            }
        }
        assert_eq!(decider.put(&changed).send().await.ok()["status"], status);
        // The author may say the same again.
        assert_eq!(artist.put(&changed).send().await.ok()["status"], status);
    }
    let body = json!({"content": "b", "status": "approved"});
    assert_eq!(reviewer.post(&reviews_of(&asset)).json(&body).send().await.ok()["status"], "approved");
    assert_eq!(contents(&admin.get(&reviews_of(&asset)).send().await.ok()), ["Please look.", "b"]);
}

#[tokio::test]
async fn what_a_review_says_is_its_authors_and_a_reviewer_may_hand_it_on() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let reviewer = studio.key_with(&["review"]).await;
    let admin = studio.key_with(&["admin"]).await;
    let asset = artist.put_asset("/", "robot.glb", "1").await;
    let answer = artist.post(&reviews_of(&asset)).json(&json!({"content": "a"})).send().await;
    let tag = answer.header("etag").unwrap().to_owned();
    let made = answer.ok();
    let someone = me(&admin).await;

    for body in
        [json!({"content": "x"}), json!({"mentions": [someone["id"]]}), json!({"viewer_metadata": {"x": 1}})]
    {
        reviewer.put(&path(&made)).json(&body).send().await.refused(403, "role_missing");
        admin.put(&path(&made)).json(&body).send().await.refused(403, "role_missing");
    }
    // What is sent back as it was is no change.
    let echo = json!({
        "content": "a", "mentions": [], "viewer_metadata": null, "assigned_user_id": someone["id"],
        "status": "approved", "user_id": "ignored",
    });
    let decided = reviewer.put(&path(&made)).header("if-match", &tag).json(&echo).send().await.ok();
    assert_eq!((&decided["status"], &decided["assigned_user_id"]), (&json!("approved"), &someone["id"]));
    let stale = artist.put(&path(&made)).header("if-match", &tag).json(&json!({"content": "x"}));
    stale.send().await.refused(412, "precondition_failed");
    let patch = json!({"content": "A", "mentions": [someone["id"]], "viewer_metadata": "{\"x\":1}"});
    let changed = artist.put(&path(&made)).json(&patch).send().await.ok();
    assert_eq!((&changed["content"], &changed["mentions"]), (&json!("A"), &json!([someone["id"]])));
    assert_eq!((&changed["viewer_metadata"], &changed["status"]), (&json!({"x": 1}), &json!("approved")));
    let cleared = json!({"mentions": [], "viewer_metadata": null, "assigned_user_id": null});
    let cleared = artist.put(&path(&made)).json(&cleared).send().await.ok();
    assert_eq!((&cleared["mentions"], &cleared["viewer_metadata"]), (&json!([]), &Value::Null));
    assert_eq!(cleared["assigned_user_id"], Value::Null);
}

#[tokio::test]
async fn review_is_deleted_by_its_author_or_an_admin() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let reviewer = studio.key_with(&["review"]).await;
    let admin = studio.key_with(&["admin"]).await;
    let asset = artist.put_asset("/", "robot.glb", "1").await;
    let (one, two) = (write(&artist, &asset, "one").await, write(&artist, &asset, "two").await);

    reviewer.delete(&path(&one)).send().await.refused(403, "role_missing");
    assert_eq!(artist.delete(&path(&one)).send().await.status, 204);
    artist.delete(&path(&one)).send().await.refused(404, "not_found");
    assert_eq!(admin.delete(&path(&two)).send().await.status, 204);
    assert_eq!(artist.get(&reviews_of(&asset)).send().await.ok(), json!([]));
}

#[tokio::test]
async fn reviews_are_narrowed_and_come_in_pages() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art", "review"]).await;
    let before = artist.put_asset("/", "robot.glb", "1").await;
    write(&artist, &before, "one").await;
    let asset = artist.put_asset("/", "robot.glb", "2").await;
    write(&artist, &asset, "two").await;
    let rejected = json!({"content": "three", "status": "rejected"});
    artist.post(&reviews_of(&asset)).json(&rejected).send().await.ok();
    let listed = async |query: &str| artist.get(&format!("{}{query}", reviews_of(&asset))).send().await;

    let of_first = format!("?asset_version_id={}", before["current_version_id"].as_str().unwrap());
    assert_eq!(contents(&listed(&of_first).await.ok()), ["one"]);
    assert_eq!(contents(&listed("?status=rejected").await.ok()), ["three"]);
    let first = listed("?limit=2").await;
    assert_eq!(first.header("x-total-count"), Some("3"));
    let link = first.header("link").unwrap().to_owned();
    assert_eq!(contents(&first.ok()), ["one", "two"]);
    let next = link.trim_start_matches('<').split('>').next().unwrap();
    assert_eq!(contents(&artist.get(next).send().await.ok()), ["three"]);
    let foreign = artist.get(&format!("{next}&status=rejected")).send().await;
    assert_eq!(foreign.refused(400, "invalid_input")["fields"][0]["field"], "cursor");
    assert_eq!(listed("?status=good").await.refused(400, "invalid_input")["fields"][0]["field"], "status");
}

#[tokio::test]
async fn version_in_the_trash_is_not_reviewed() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art", "review"]).await;
    let before = artist.put_asset("/", "robot.glb", "1").await;
    let made = write(&artist, &before, "one").await;
    let asset = artist.put_asset("/", "robot.glb", "2").await;
    assert_eq!(artist.delete(&version_path(&before)).send().await.status, 204);

    let body = json!({"content": "a", "asset_version_id": before["current_version_id"]});
    let refused = artist.post(&reviews_of(&asset)).json(&body).send().await.refused(400, "invalid_input");
    assert_eq!(refused["fields"][0]["field"], "asset_version_id");
    assert!(refused["message"].as_str().unwrap().contains("trash"), "{refused}");
    let approve = json!({"status": "approved"});
    artist.put(&path(&made)).json(&approve).send().await.refused(409, "conflict");
    assert_eq!(artist.get(&path(&made)).send().await.ok()["version"], Value::Null);
    artist.patch(&format!("{}/restore", version_path(&before))).send().await.ok();
    assert_eq!(artist.put(&path(&made)).json(&approve).send().await.ok()["status"], "approved");
}

#[tokio::test]
async fn bad_members_are_named() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let outsider = me(&studio.key_with(&["member"]).await).await;
    let asset = artist.put_asset("/", "a.glb", "1").await;
    let other = artist.put_asset("/", "b.glb", "1").await;
    let made = write(&artist, &asset, "a").await;
    let many = vec![me(&artist).await["id"].clone(); 101];
    let both = [
        (json!({"content": " \n"}), "content"),
        (json!({"content": "x".repeat(10_001)}), "content"),
        (json!({"content": "a\u{7}"}), "content"),
        (json!({"content": "a", "status": "good"}), "status"),
        (json!({"content": "a", "assigned_user_id": outsider["id"]}), "assigned_user_id"),
        (json!({"content": "a", "assigned_user_id": asset["id"]}), "assigned_user_id"),
        (json!({"content": "a", "mentions": [outsider["id"]]}), "mentions"),
        (json!({"content": "a", "mentions": ["x"]}), "mentions"),
        (json!({"content": "a", "mentions": many}), "mentions"),
        (json!({"content": "a", "viewer_metadata": [1]}), "viewer_metadata"),
        (json!({"content": "a", "viewer_metadata": "{"}), "viewer_metadata"),
        (json!({"content": "a", "viewer_metadata": {"x": "y".repeat(16_384)}}), "viewer_metadata"),
    ];
    for (body, field) in &both {
        let refused = artist.put(&path(&made)).json(body).send().await;
        assert_eq!(refused.refused(400, "invalid_input")["fields"][0]["field"], *field, "{body}");
    }
    let create = [
        (json!({}), "content"),
        (json!({"content": "a", "asset_version_id": other["current_version_id"]}), "asset_version_id"),
    ];
    for (body, field) in both.iter().chain(&create) {
        let refused = artist.post(&reviews_of(&asset)).json(body).send().await;
        assert_eq!(refused.refused(400, "invalid_input")["fields"][0]["field"], *field, "{body}");
    }
    let of_other = format!("{}/{}", reviews_of(&other), made["id"].as_str().unwrap());
    artist.get(&of_other).send().await.refused(404, "not_found");
    artist.delete(&format!("/workspaces/assets/{}", asset["id"].as_str().unwrap())).send().await;
    artist.get(&path(&made)).send().await.refused(404, "not_found");
    artist.post(&reviews_of(&asset)).json(&json!({"content": "a"})).send().await.refused(404, "not_found");
}

#[tokio::test]
async fn repeated_request_makes_one_review() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a.glb", "1").await;
    let once = || {
        let call = artist.post(&reviews_of(&asset)).header("idempotency-key", "once");
        call.json(&json!({"content": "a"})).send()
    };
    assert_eq!(once().await.ok(), once().await.ok());
    assert_eq!(artist.get(&reviews_of(&asset)).send().await.ok().as_array().unwrap().len(), 1);
}
