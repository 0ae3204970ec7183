//! Assets found by their words and by what they are.

use serde_json::{Value, json};

use crate::support::{Actor, Answer, Studio};

const SEARCH: &str = "/workspaces/assets/search";

fn path(asset: &Value) -> String {
    format!("/workspaces/assets/{}", asset["id"].as_str().unwrap())
}

fn names(assets: &Value) -> Vec<&str> {
    assets.as_array().unwrap().iter().map(|asset| asset["name"].as_str().unwrap()).collect()
}

async fn search(actor: &Actor, filters: Value) -> Answer {
    actor.get(SEARCH).json(&json!({ "filters": filters })).send().await
}

/// The names of the assets that a query finds.
async fn found(actor: &Actor, query: &str) -> Vec<String> {
    let found = search(actor, json!({ "query": query })).await.ok();
    names(&found).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn search_answers_whole_assets_however_it_is_asked() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let robot = artist.put_asset("/Concepts", "robot final.png", "1").await;
    artist.put_asset("/Concepts", "drone.png", "2").await;
    artist.post(&format!("{}/tags", path(&robot))).json(&json!(["hero"])).send().await.ok();
    let expected = json!([artist.get(&path(&robot)).send().await.ok()]);
    assert_eq!(expected[0]["tags"][0]["name"], "hero");

    let body = json!({"filters": {"query": "robot"}, "sort": "name", "limit": 5, "unknown": {"a": 1}});
    let flat = json!({"query": "ROBOT", "limit": "5"});
    for answer in [
        artist.get(SEARCH).json(&body).send().await,
        artist.get(SEARCH).json(&flat).send().await,
        artist.post(SEARCH).json(&body).send().await,
        artist.post(&format!("{SEARCH}?query=robot")).send().await,
        artist.get(&format!("{SEARCH}?query=final%20robot&limit=5&sort=-size&more=1")).send().await,
        artist.get(&format!("{SEARCH}/?filters=%7B%22query%22:%22robot%22%7D")).send().await,
        artist
            .get("/v1/workspace/assets/search?query=drone")
            .json(&json!({"filters": {"query": "robot"}}))
            .send()
            .await,
        artist
            .get(SEARCH)
            .json(&json!({"filters": {"query": "robot", "status_id": null, "foo": []}}))
            .send()
            .await,
    ] {
        assert_eq!(answer.header("x-total-count"), Some("1"), "{}", answer.text());
        assert_eq!(answer.ok(), expected);
    }
    let ids = artist.get(&format!("{SEARCH}/ids?query=robot")).send().await.ok();
    assert_eq!(ids, json!([robot["id"]]));
    assert_eq!(artist.get(SEARCH).send().await.ok().as_array().unwrap().len(), 2);
    let viewer = studio.key_with(&["viewer"]).await;
    assert_eq!(search(&viewer, json!({"query": "robot"})).await.ok(), expected);
}

#[tokio::test]
async fn words_are_found_in_any_script_case_and_width_whole_or_in_part() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    for name in
        ["Робот.png", "ロボット設計.psd", "روبوت.wav", "🤖👩\u{200D}🎨.gltf", "Cafe\u{301} Straße.png"]
    {
        artist.put_asset("/", name, name).await;
    }
    for (query, name) in [
        ("робо", "Робот.png"),
        ("ОБОТ", "Робот.png"),
        ("т", "Робот.png"),
        ("ロボット", "ロボット設計.psd"),
        ("ﾛﾎﾞ", "ロボット設計.psd"),
        ("設", "ロボット設計.psd"),
        ("ト設", "ロボット設計.psd"),
        ("بوت", "روبوت.wav"),
        ("🤖", "🤖👩\u{200D}🎨.gltf"),
        ("👩🎨", "🤖👩\u{200D}🎨.gltf"),
        ("CAFÉ", "Café Straße.png"),
        ("cafe\u{301}", "Café Straße.png"),
        ("STRASSE", "Café Straße.png"),
        ("ＣＡＦ", "Café Straße.png"),
        ("straße\u{3000}png", "Café Straße.png"),
    ] {
        assert_eq!(found(&artist, query).await, [name], "{query}");
    }
    for query in ["роботы", "ロロ", "cafe", "🎨👩"] {
        assert!(found(&artist, query).await.is_empty(), "{query}");
    }
}

#[tokio::test]
async fn characters_of_query_languages_are_text() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    artist.put_asset("/", "robot's (1) -final- NEAR 100%_x.png", "1").await;
    for query in ["'", "robot's", "(1)", "-final-", "near", "%", "100%_", ".png", "-final- (1)"] {
        assert_eq!(found(&artist, query).await.len(), 1, "{query}");
    }
    for query in [
        "\"robot\"",
        "rob*",
        "-robot",
        "robot OR drone",
        "NEAR(robot)",
        "name:robot",
        "'; DROP",
        "_%",
        "^",
        "{}",
        "\\",
    ] {
        assert!(found(&artist, query).await.is_empty(), "{query}");
    }
}

#[tokio::test]
async fn asset_is_found_by_all_that_is_said_about_it_as_it_is_now() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/Concepts/Enemies", "robot.png", "1234567").await;
    let of = path(&asset);
    let checksum = asset["version"]["checksum"].as_str().unwrap().to_owned();
    for query in ["concepts", "/concepts/ene", "robot", ".png", "7", &checksum, &checksum[..9].to_uppercase()]
    {
        assert_eq!(found(&artist, query).await, ["robot.png"], "{query}");
    }

    artist.patch(&format!("{of}/rename")).json(&json!({"name": "drone.png"})).send().await.ok();
    artist
        .patch(&of)
        .json(&json!({"description": "The Boss\nof level two", "file_location": "/Final"}))
        .send()
        .await
        .ok();
    for query in ["robot", "concepts"] {
        assert!(found(&artist, query).await.is_empty(), "{query}");
    }
    for query in ["drone", "boss level", "final two drone"] {
        assert_eq!(found(&artist, query).await, ["drone.png"], "{query}");
    }

    let folder = artist.get("/workspaces/folders?folder=/Final").send().await.ok();
    let folder = format!("/workspaces/folders/{}", folder["id"].as_str().unwrap());
    artist.put(&folder).json(&json!({"path": "/Shipped/2026"})).send().await.ok();
    assert!(found(&artist, "final").await.is_empty());
    assert_eq!(found(&artist, "shipped/2026").await, ["drone.png"]);

    let tag = artist.post("/workspaces/tags").json(&json!({"name": "hero"})).send().await.ok();
    let tag = tag["id"].as_str().unwrap();
    artist.post(&format!("{of}/tags/{tag}")).send().await.ok();
    assert_eq!(found(&artist, "hero").await, ["drone.png"]);
    artist.patch(&format!("/workspaces/tags/{tag}")).json(&json!({"name": "villain"})).send().await.ok();
    assert!(found(&artist, "hero").await.is_empty());
    assert_eq!(found(&artist, "villain").await, ["drone.png"]);
    artist.delete(&format!("{of}/tags/{tag}")).send().await.ok_empty(204);
    assert!(found(&artist, "villain").await.is_empty());

    let comments = format!("{of}/comments");
    let comment = artist.post(&comments).json(&json!({"content": "Arms too short"})).send().await.ok();
    let comment = format!("{comments}/{}", comment["id"].as_str().unwrap());
    assert_eq!(found(&artist, "arms").await, ["drone.png"]);
    artist.patch(&comment).json(&json!({"content": "Legs too long"})).send().await.ok();
    assert!(found(&artist, "arms").await.is_empty());
    assert_eq!(found(&artist, "legs").await, ["drone.png"]);
    artist.delete(&comment).send().await.ok_empty(204);
    assert!(found(&artist, "legs").await.is_empty());

    artist.delete(&of).send().await.ok_empty(204);
    assert!(found(&artist, "drone").await.is_empty());
    artist.patch(&format!("{of}/restore")).send().await.ok();
    assert_eq!(found(&artist, "drone").await, ["drone.png"]);
}

#[tokio::test]
async fn each_filter_narrows_by_itself_and_with_a_word() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let first = artist.put_asset("/A", "robot 1.PNG", "1").await;
    artist.put_asset("/A/B", "robot 2.fbx", "22").await;
    let third = artist.put_asset("/", "robot 3.fbx", "333").await;
    artist.post(&format!("{}/tags", path(&first))).json(&json!(["hero", "prop"])).send().await.ok();
    artist.post(&format!("{}/tags", path(&third))).json(&json!(["hero"])).send().await.ok();
    let tags = artist.get("/workspaces/tags").send().await.ok();
    let statuses = artist.get("/workspaces/assetStatuses").send().await.ok();
    let kind = "0198c0de-0000-7000-8000-000000000001";
    let library = artist.post("/workspaces/libraries?name=Best").send().await.ok();
    let of_library = format!("/workspaces/libraries/{}/assets", library["id"].as_str().unwrap());
    artist.post(&of_library).json(&json!([first["id"]])).send().await.ok();
    let reviewer = studio.key_with(&["review"]).await;
    for status in ["approved", "rejected"] {
        reviewer.post(&format!("{}/reviews?content=Look&status={status}", path(&first))).send().await.ok();
    }
    artist.post(&format!("{}/lock", path(&first))).send().await.ok();
    let patch = json!({"status_id": statuses[1]["id"], "asset_type_id": kind});
    let third = artist.patch(&path(&third)).json(&patch).send().await.ok();
    let me = artist.get("/users").send().await.ok();

    for (filters, expected) in [
        (json!({"file_location": "/a"}), vec!["robot 1.PNG"]),
        (json!({"file_location": "/A/", "recursive": true}), vec!["robot 1.PNG", "robot 2.fbx"]),
        (json!({"file_location": "/none", "recursive": true}), vec![]),
        (json!({"tags": ["HERO"]}), vec!["robot 1.PNG", "robot 3.fbx"]),
        (json!({"tags": [tags[0]["id"], "prop"]}), vec!["robot 1.PNG"]),
        (json!({"tags": "none"}), vec![]),
        (json!({"library_id": library["id"]}), vec!["robot 1.PNG"]),
        (json!({"library_id": kind}), vec![]),
        (json!({"reviewStatus": "rejected"}), vec!["robot 1.PNG"]),
        (json!({"reviewStatus": ["pending", "approved"]}), vec![]),
        (json!({"locked": true}), vec!["robot 1.PNG"]),
        (json!({"locked": "false"}), vec!["robot 2.fbx", "robot 3.fbx"]),
        (json!({"status_id": statuses[1]["id"]}), vec!["robot 3.fbx"]),
        (json!({"status_id": [statuses[0]["id"], statuses[2]["id"]]}), vec!["robot 1.PNG", "robot 2.fbx"]),
        (json!({"asset_type_id": kind}), vec!["robot 3.fbx"]),
        (json!({"extension": ".png"}), vec!["robot 1.PNG"]),
        (json!({"extension": ["FBX", "wav"]}), vec!["robot 2.fbx", "robot 3.fbx"]),
        (json!({"created_by_user_id": me["id"]}), vec!["robot 1.PNG", "robot 2.fbx", "robot 3.fbx"]),
        (json!({"created_by_user_id": kind}), vec![]),
        (json!({"updated_before": first["updated_at"]}), vec![]),
        (json!({"updated_after": third["updated_at"]}), vec![]),
        (json!({"updated_after": "2020-01-01T00:00:00+02:00", "extension": "png"}), vec!["robot 1.PNG"]),
    ] {
        assert_eq!(names(&search(&artist, filters.clone()).await.ok()), expected, "{filters}");
        let mut with_word = filters;
        with_word["query"] = json!("robot");
        assert_eq!(names(&search(&artist, with_word.clone()).await.ok()), expected, "{with_word}");
        with_word["query"] = json!("drone");
        assert!(names(&search(&artist, with_word.clone()).await.ok()).is_empty(), "{with_word}");
    }
}

fn next(answer: &Answer) -> String {
    let link = answer.header("link").expect("a next page");
    link.trim_start_matches('<').split('>').next().unwrap().to_owned()
}

#[tokio::test]
async fn pages_are_stable_while_assets_come_go_and_change() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let mut assets = Vec::new();
    for (name, bytes) in [("robot d", "1"), ("robot b", "4444"), ("robot c", "333"), ("robot a", "22")] {
        assets.push(artist.put_asset("/", name, bytes).await);
    }
    for (sort, expected) in [
        ("created_at", ["robot d", "robot b", "robot c", "robot a"]),
        ("-created_at", ["robot a", "robot c", "robot b", "robot d"]),
        ("name", ["robot a", "robot b", "robot c", "robot d"]),
        ("-name", ["robot d", "robot c", "robot b", "robot a"]),
        ("size", ["robot d", "robot a", "robot c", "robot b"]),
        ("-updated_at", ["robot a", "robot c", "robot b", "robot d"]),
    ] {
        let first = artist.get(&format!("{SEARCH}?query=robot&sort={sort}&limit=3")).send().await;
        assert_eq!(first.header("x-total-count"), Some("4"));
        let second = artist.get(&next(&first)).send().await;
        assert_eq!((second.header("link"), second.header("x-total-count")), (None, Some("4")));
        assert_eq!([names(&first.ok()), names(&second.ok())].concat(), expected, "{sort}");
    }

    let first = artist.get(&format!("{SEARCH}?query=robot&sort=name&limit=2")).send().await;
    let link = next(&first);
    assert_eq!(names(&first.ok()), ["robot a", "robot b"]);
    artist.put_asset("/", "robot aa", "5").await;
    artist.delete(&path(&assets[1])).send().await.ok_empty(204);
    artist.put_asset("/", "robot e", "6").await;
    let second = artist.get(&link).send().await;
    let link = next(&second);
    assert_eq!(names(&second.ok()), ["robot c", "robot d"]);
    assert_eq!(names(&artist.get(&link).send().await.ok()), ["robot e"]);

    // The place may be sent in the body as well, and the rest of the search in it again.
    let body = json!({"filters": {"query": "robot"}, "sort": "name", "limit": 4});
    let first = artist.post(SEARCH).json(&body).send().await;
    let cursor = next(&first).split("cursor=").nth(1).unwrap().to_owned();
    let mut body = body;
    body["cursor"] = json!(cursor);
    assert_eq!(names(&artist.get(SEARCH).json(&body).send().await.ok()), ["robot e"]);
}

#[tokio::test]
async fn cursor_of_another_list_or_search_is_refused() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    for name in ["robot 1", "robot 2", "robot 3"] {
        artist.put_asset("/", name, name).await;
        artist.post("/workspaces/tags").json(&json!({ "name": name })).send().await.ok();
    }
    let cursor = |answer: &Answer| next(answer).split("cursor=").nth(1).unwrap().to_owned();
    let of_search = cursor(&artist.get(&format!("{SEARCH}?query=robot&limit=1")).send().await);
    let of_tags = cursor(&artist.get("/workspaces/tags?limit=1").send().await);

    artist.get(&format!("{SEARCH}?query=robot&limit=2&cursor={of_search}")).send().await.ok();
    for query in [
        format!("query=rob&cursor={of_search}"),
        format!("query=robot&sort=name&cursor={of_search}"),
        format!("query=robot&sort=-created_at&cursor={of_search}"),
        format!("query=robot&extension=png&cursor={of_search}"),
        format!("query=robot&cursor={of_tags}"),
        format!("query=robot&cursor={of_search}x"),
        "cursor=x".to_owned(),
        "cursor=".to_owned(),
    ] {
        let refused = artist.get(&format!("{SEARCH}?{query}")).send().await.refused(400, "invalid_input");
        assert_eq!(refused["fields"][0]["field"], "cursor", "{query}");
    }
    let tags = artist.get(&format!("/workspaces/tags?cursor={of_search}")).send().await;
    assert_eq!(tags.refused(400, "invalid_input")["fields"][0]["field"], "cursor");
}

#[tokio::test]
async fn bad_filter_is_refused_by_its_name() {
    let studio = Studio::start();
    let viewer = studio.key_with(&["viewer"]).await;
    for (field, value) in [
        ("query", json!(7)),
        ("query", json!({"a": 1})),
        ("query", json!("x".repeat(501))),
        ("query", json!("a b c d e f g h i j k l m n o p q")),
        ("query", json!("a\u{7}b")),
        ("file_location", json!("Concepts")),
        ("file_location", json!("/a/../b")),
        ("recursive", json!("yes")),
        ("locked", json!(1)),
        ("tags", json!(7)),
        ("tags", json!([1])),
        ("tags", json!(vec!["a"; 101])),
        ("status_id", json!("x")),
        ("status_id", json!(1)),
        ("asset_type_id", json!(["x"])),
        ("library_id", json!("Best")),
        ("reviewStatus", json!("perfect")),
        ("reviewStatus", json!(1)),
        ("extension", json!({})),
        ("created_by_user_id", json!("me")),
        ("updated_after", json!("yesterday")),
        ("updated_before", json!(1)),
    ] {
        let refused = search(&viewer, json!({ field: value })).await.refused(400, "invalid_input");
        assert_eq!(refused["fields"][0]["field"], field, "{value}");
    }
    for (field, value) in [
        ("sort", json!("colour")),
        ("sort", json!(1)),
        ("limit", json!(0)),
        ("limit", json!(1001)),
        ("limit", json!(1.5)),
        ("limit", json!([])),
        ("cursor", json!(1)),
        ("filters", json!([])),
        ("filters", json!("x")),
    ] {
        let refused =
            viewer.post(SEARCH).json(&json!({ field: value })).send().await.refused(400, "invalid_input");
        assert_eq!(refused["fields"][0]["field"], field, "{value}");
    }
    viewer.get(SEARCH).body("[1]").send().await.refused(400, "body_malformed");
    viewer.delete(SEARCH).send().await.refused(405, "method_not_allowed");
}

#[tokio::test]
async fn other_workspace_is_not_searched() {
    let studio = Studio::start();
    let owner = studio.key_with(&["owner"]).await;
    owner.put_asset("/", "robot", "1").await;
    let other = owner.post("/workspaces?name=Other").send().await.ok();
    let there = owner.with_workspace(other["id"].as_str());
    there.put_asset("/", "robot there", "1").await;

    assert_eq!(found(&owner, "robot").await, ["robot"]);
    assert_eq!(found(&there, "robot").await, ["robot there"]);
    assert_eq!(found(&there, "1").await, ["robot there"]);
}
