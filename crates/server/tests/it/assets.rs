//! Assets over the wire: put, read, changed, deleted, restored.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Studio, normalised};

fn path(asset: &Value, rest: &str) -> String {
    format!("/workspaces/assets/{}{rest}", asset["id"].as_str().unwrap())
}

async fn put(actor: &Actor, form: Form) -> Answer {
    actor.post("/workspaces/assets").multipart(form).send().await
}

fn file(name: &str, bytes: &str) -> Part {
    Part::bytes(bytes.as_bytes().to_vec()).file_name(name.to_owned())
}

#[tokio::test]
async fn asset_has_every_member_that_is_documented() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/Concepts/Robot", "robot.png", "pixels").await;
    insta::assert_json_snapshot!(normalised(&asset), @r#"
    {
      "asset_type_id": null,
      "created_at": "[time]",
      "created_by_user_id": "[id]",
      "currentVersion": {
        "asset_id": "[id]",
        "checksum": "6ec9c2b0eb14010746c8bce8939303b382344b296206612eb8a907a37b2b2f37",
        "commit_parent_id": null,
        "created_at": "[time]",
        "created_by_user_id": "[id]",
        "description": null,
        "facts": null,
        "id": "[id]",
        "key": "content/6ec9c2b0eb14010746c8bce8939303b382344b296206612eb8a907a37b2b2f37",
        "name": "v1",
        "preview_id": null,
        "sequence": 2,
        "size": 6,
        "thumbnail_file_id": null,
        "updated_at": "[time]",
        "user": {
          "auth0UserID": "[id]",
          "avatar_file_id": null,
          "city": null,
          "company": null,
          "country": null,
          "created_at": "[time]",
          "defaultAvatar": "[1 to 10]",
          "email": null,
          "emailVerified": false,
          "firstName": null,
          "id": "[id]",
          "industry": null,
          "invited_by_user": null,
          "isActive": true,
          "lastName": null,
          "occupation": null,
          "state": null,
          "updated_at": "[time]",
          "username": "test key",
          "zipCode": null
        },
        "version_number": 1
      },
      "current_version_id": "[id]",
      "description": null,
      "file_location": "/Concepts/Robot/",
      "file_name": "robot.png",
      "folder_id": "[id]",
      "id": "[id]",
      "isActive": true,
      "lock": null,
      "locked_by_user_id": null,
      "name": "robot.png",
      "sequence": 2,
      "status_id": "[id]",
      "tags": [],
      "updated_at": "[time]",
      "version": {
        "asset_id": "[id]",
        "checksum": "6ec9c2b0eb14010746c8bce8939303b382344b296206612eb8a907a37b2b2f37",
        "commit_parent_id": null,
        "created_at": "[time]",
        "created_by_user_id": "[id]",
        "description": null,
        "facts": null,
        "id": "[id]",
        "key": "content/6ec9c2b0eb14010746c8bce8939303b382344b296206612eb8a907a37b2b2f37",
        "name": "v1",
        "preview_id": null,
        "sequence": 2,
        "size": 6,
        "thumbnail_file_id": null,
        "updated_at": "[time]",
        "user": {
          "auth0UserID": "[id]",
          "avatar_file_id": null,
          "city": null,
          "company": null,
          "country": null,
          "created_at": "[time]",
          "defaultAvatar": "[1 to 10]",
          "email": null,
          "emailVerified": false,
          "firstName": null,
          "id": "[id]",
          "industry": null,
          "invited_by_user": null,
          "isActive": true,
          "lastName": null,
          "occupation": null,
          "state": null,
          "updated_at": "[time]",
          "username": "test key",
          "zipCode": null
        },
        "version_number": 1
      },
      "workspace_id": "[id]"
    }
    "#);
    assert_eq!(asset["currentVersion"], asset["version"]);
    assert_eq!(asset["current_version_id"], asset["currentVersion"]["id"]);
    assert_eq!(artist.get(&path(&asset, "")).send().await.ok(), asset);
}

#[tokio::test]
async fn multipart_takes_its_parts_in_any_order_and_its_facts_from_anywhere() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let statuses = artist.get("/workspaces/assetStatuses").send().await.ok();
    let names: Vec<_> =
        statuses.as_array().unwrap().iter().map(|status| status["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["To Do", "In Progress", "In Review", "Approved", "Final"]);
    let status = statuses[3]["id"].as_str().unwrap();

    let form = Form::new()
        .part("file", file("a.png", "1"))
        .text("file_location", "/Late")
        .text("description", "two\nlines")
        .text("status_id", status.to_owned())
        .text("unheard_of", "ignored");
    let first = put(&artist, form).await.ok();
    assert_eq!((&first["file_location"], &first["description"]), (&json!("/Late/"), &json!("two\nlines")));
    assert_eq!(first["status_id"], status);

    let body = json!({"file_location": "/Body", "name": "named.png"}).to_string();
    let second = put(&artist, Form::new().text("body", body).part("file", file("a.png", "1"))).await.ok();
    assert_eq!((&second["name"], &second["file_name"]), (&json!("named.png"), &json!("a.png")));
    assert_eq!(second["status_id"], statuses[0]["id"]);

    let call = artist
        .post("/workspaces/assets?file_location=/Query")
        .multipart(Form::new().part("file", file("a.png", "1")));
    assert_eq!(call.send().await.ok()["file_location"], "/Query/");

    put(&artist, Form::new().text("name", "x")).await.refused(400, "invalid_input");
    let foreign = Form::new()
        .part("file", file("b.png", "1"))
        .text("status_id", first["id"].as_str().unwrap().to_owned());
    assert_eq!(put(&artist, foreign).await.refused(400, "invalid_input")["fields"][0]["field"], "status_id");
    let two = Form::new().part("file", file("b.png", "1")).part("file", file("c.png", "1"));
    put(&artist, two).await.refused(400, "body_malformed");
}

#[tokio::test]
async fn same_folder_and_name_in_any_case_gives_the_next_version() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let first = artist.put_asset("/Concepts", "Robot.png", "1").await;
    let second = artist.put_asset("/CONCEPTS/", "rOBOT.png", "2").await;
    let third = artist.upload("/concepts", "robot.png", "3").await;
    assert_eq!((&first["id"], &first["id"]), (&second["id"], &third["id"]));
    assert_eq!(third["name"], "Robot.png", "the name stays as first written");
    assert_eq!(third["file_location"], "/Concepts/");
    assert_eq!(third["currentVersion"]["version_number"], 3);
    assert_eq!(third["currentVersion"]["commit_parent_id"], second["current_version_id"]);
}

#[tokio::test]
async fn several_assets_come_in_the_order_asked_for() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let (a, b) = (artist.put_asset("/", "a", "1").await, artist.put_asset("/", "b", "2").await);
    let (a, b) = (a["id"].as_str().unwrap(), b["id"].as_str().unwrap());
    let absent = "0198c0de-0000-7000-8000-00000000dead";
    for query in [
        format!("ids={b},{absent},{a}"),
        format!("ids={b}&ids={absent}&ids={a}"),
        format!("ids[]={b}&ids[]={a}"),
    ] {
        let found = artist.get(&format!("/workspaces/assets/getByIds?{query}")).send().await.ok();
        let ids: Vec<_> =
            found.as_array().unwrap().iter().map(|asset| asset["id"].as_str().unwrap()).collect();
        assert_eq!(ids, [b, a], "{query}");
    }
    let too_many = vec![absent; 1001].join(",");
    for query in ["", "ids=x", &format!("ids={too_many}")] {
        artist
            .get(&format!("/workspaces/assets/getByIds?{query}"))
            .send()
            .await
            .refused(400, "invalid_input");
    }
    assert_eq!(artist.get("/workspaces/assets/getByIds?ids=").send().await.ok(), json!([]));
}

#[tokio::test]
async fn patch_changes_what_it_names_and_leaves_the_rest() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let other = artist.put_asset("/", "other.png", "x").await;
    let asset = artist.put_asset("/In", "a.png", "1").await;
    let asset = artist.put_asset("/In", "a.png", "2").await["id"].as_str().map(|_| asset).unwrap();
    let patch = async |body: Value| artist.patch(&path(&asset, "")).json(&body).send().await;

    let label = "0198c0de-0000-7000-8000-000000000abc";
    let changed = patch(json!({"description": "d", "asset_type_id": label, "status_id": null, "unknown": 1}))
        .await
        .ok();
    assert_eq!((&changed["description"], &changed["asset_type_id"]), (&json!("d"), &json!(label)));
    assert_eq!((&changed["status_id"], &changed["name"]), (&Value::Null, &json!("a.png")));
    assert!(changed["sequence"].as_i64() > asset["sequence"].as_i64());
    let cleared = patch(json!({"description": null})).await.ok();
    assert_eq!((&cleared["description"], &cleared["asset_type_id"]), (&Value::Null, &json!(label)));
    let by_query = artist.patch(&path(&asset, "?description=from%20the+query")).send().await.ok();
    assert_eq!(by_query["description"], "from the query");
    let moved = patch(json!({"file_location": "/Out/There"})).await.ok();
    assert_eq!(moved["file_location"], "/Out/There/");
    let back = patch(json!({"current_version_id": asset["current_version_id"]})).await.ok();
    assert_eq!(back["currentVersion"]["version_number"], 1);
    let bytes = artist.get(&path(&asset, "/download")).send().await;
    assert_eq!(bytes.body, b"1");

    for (body, field) in [
        (json!({"current_version_id": other["current_version_id"]}), "current_version_id"),
        (json!({"status_id": label}), "status_id"),
        (json!({"status_id": "x"}), "status_id"),
        (json!({"name": 5}), "name"),
        (json!({"file_location": "up/../down"}), "file_location"),
        (json!({"description": "x".repeat(10_001)}), "description"),
    ] {
        assert_eq!(patch(body).await.refused(400, "invalid_input")["fields"][0]["field"], field);
    }
}

#[tokio::test]
async fn rename_keeps_names_apart_and_the_file_name_with_the_asset() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a.png", "1").await;
    artist.put_asset("/", "B.png", "1").await;
    let rename =
        async |name: &str| artist.patch(&path(&asset, "/rename")).json(&json!({"name": name})).send().await;
    rename("b.PNG").await.refused(409, "name_taken");
    let renamed = rename("A.png").await.ok();
    assert_eq!((&renamed["name"], &renamed["file_name"]), (&json!("A.png"), &json!("A.png")));
    let titled = artist.patch(&path(&asset, "/rename?name=Robot")).send().await.ok();
    assert_eq!(titled["file_name"], "Robot");
    rename("").await.refused(400, "invalid_input");
    artist.patch(&path(&asset, "/rename")).send().await.refused(400, "invalid_input");
}

#[tokio::test]
async fn deleted_asset_is_gone_until_it_is_restored() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/Bin", "a.png", "1").await;
    let deleted = artist.delete(&path(&asset, "")).send().await;
    assert_eq!((deleted.status.as_u16(), deleted.body.len()), (204, 0));
    for rest in ["", "/download", "/versions"] {
        artist.get(&path(&asset, rest)).send().await.refused(404, "not_found");
    }
    artist.delete(&path(&asset, "")).send().await.refused(404, "not_found");
    let folder = artist.get("/workspaces/folders?folder=/Bin").send().await.ok();
    assert_eq!(folder["assets"], json!([]));

    let usurper = artist.put_asset("/Bin", "A.PNG", "2").await;
    assert_ne!(usurper["id"], asset["id"]);
    artist.patch(&path(&asset, "/restore")).send().await.refused(409, "name_taken");
    artist.delete(&path(&usurper, "")).send().await;
    let restored = artist.patch(&path(&asset, "/restore")).send().await.ok();
    assert_eq!((&restored["id"], &restored["isActive"]), (&asset["id"], &json!(true)));
    artist.patch(&path(&asset, "/restore")).send().await.ok();
}

#[tokio::test]
async fn names_that_no_system_can_hold_are_refused_with_the_reason() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "good.png", "1").await;
    let long = "n".repeat(300);
    for (name, reason) in [
        ("CON", "device"),
        ("com1.png", "device"),
        ("a.", "dot"),
        ("a ", "space"),
        ("..", ".."),
        ("a/b", "/"),
        ("a\\b", "\\"),
        ("a:b", ":"),
        ("a\u{7}b", "control"),
        ("a\u{0}b", "NUL"),
        ("", "empty"),
        (long.as_str(), "255"),
    ] {
        let refusal = artist.patch(&path(&asset, "/rename")).json(&json!({"name": name})).send().await;
        let refusal = refusal.refused(400, "invalid_input");
        assert!(refusal["message"].as_str().unwrap().contains(reason), "{name:?}: {refusal}");
    }
    let answer = put(&artist, Form::new().part("file", file("nul.txt", "1"))).await;
    assert_eq!(answer.refused(400, "invalid_input")["fields"][0]["field"], "file");
}

#[tokio::test]
async fn names_in_every_script_survive_the_whole_way() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    for name in ["Робот.png", "ロボット.psd", "روبوت.wav", "로봇.fbx", "🤖 robot.gltf", "Žluťoučký kůň.tga"]
    {
        let asset = artist.upload("/Имена/名前", name, name.as_bytes()).await;
        assert_eq!((&asset["name"], &asset["file_location"]), (&json!(name), &json!("/Имена/名前/")));
        let bytes = artist.get(&path(&asset, "/download")).send().await;
        assert_eq!(bytes.body, name.as_bytes());
        let disposition = bytes.header("content-disposition").unwrap();
        let encoded = disposition.split("filename*=UTF-8''").nth(1).unwrap();
        assert_eq!(percent_encoding::percent_decode_str(encoded).decode_utf8().unwrap(), name);
    }
}

/// A multipart body written by hand, so that its heads are exactly these.
async fn put_raw(actor: &Actor, parts: &[(&str, &str)]) -> Answer {
    let parts = parts
        .iter()
        .map(|(head, body)| format!("--B\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n"));
    let body: String = parts.chain(["--B--\r\n".to_owned()]).collect();
    actor
        .post("/workspaces/assets")
        .header("content-type", "multipart/form-data; boundary=B")
        .body(body)
        .send()
        .await
}

#[tokio::test]
async fn bad_names_are_refused_at_every_entrance() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let long = "n".repeat(256);
    let wide = "名".repeat(86);
    for name in [
        "CON",
        "lpt9.tar.gz",
        "a.",
        "a ",
        "..",
        ".",
        "a:b",
        "a?b",
        "a\u{7f}b",
        "a\u{202e}b",
        "a\nb",
        &long,
        &wide,
    ] {
        let begun = artist.post("/workspaces/assets/upload").json(&json!({"name": name})).send().await;
        assert_eq!(begun.refused(400, "invalid_input")["fields"][0]["field"], "name", "{name:?}");
        let part =
            put_raw(&artist, &[("name=\"name\"", name), ("name=\"file\"; filename=\"good.png\"", "1")]).await;
        assert_eq!(part.refused(400, "invalid_input")["fields"][0]["field"], "name", "{name:?}");
        let file = put_raw(&artist, &[(&format!("name=\"file\"; filename=\"{name}\""), "1")]).await;
        assert!(
            ["invalid_input", "body_malformed"].contains(&file.json()["code"].as_str().unwrap()),
            "{name:?}"
        );
        assert_eq!(file.status, 400, "{name:?}: {}", file.text());
    }
    for parts in [
        [("name=\"description\"", "a\0b"), ("name=\"file\"; filename=\"a.png\"", "1")],
        [("name=\"name\"", "a\0b"), ("name=\"file\"; filename=\"a.png\"", "1")],
        [("name=\"x\"", ""), ("name=\"file\"; filename=\"a\0b.png\"", "1")],
    ] {
        assert_eq!(put_raw(&artist, &parts).await.status, 400, "{parts:?}");
    }
    let nameless = put_raw(&artist, &[("name=\"file\"", "1")]).await;
    assert_eq!(nameless.refused(400, "invalid_input")["fields"][0]["field"], "name");
    let root = artist.get("/workspaces/folders?folder=/").send().await.ok();
    assert_eq!(root["assets"], json!([]), "nothing of it was kept");
}

#[tokio::test]
async fn longest_names_and_path_like_file_names_are_taken() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    for (given, kept) in [
        ("n".repeat(255), "n".repeat(255)),
        ("名".repeat(85), "名".repeat(85)),
        ("C:\\art\\robot.png".into(), "robot.png".into()),
        ("/home/me/dog.png".into(), "dog.png".into()),
    ] {
        let asset = put_raw(&artist, &[(&format!("name=\"file\"; filename=\"{given}\""), "1")]).await.ok();
        assert_eq!((&asset["name"], &asset["file_name"]), (&json!(kept), &json!(kept)));
    }
}

#[tokio::test]
async fn one_name_in_two_unicode_forms_is_one_asset() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let decomposed = artist.put_asset("/Cafe\u{301}", "cre\u{300}me.png", "1").await;
    let composed = artist.put_asset("/Caf\u{e9}", "CR\u{c8}ME.png", "2").await;
    assert_eq!(decomposed["id"], composed["id"]);
    assert_eq!(composed["name"], "cr\u{e8}me.png");
    assert_eq!(composed["file_location"], "/Caf\u{e9}/");
    assert_eq!(composed["currentVersion"]["version_number"], 2);
}

#[tokio::test]
async fn names_in_every_script_survive_multipart() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    for name in [
        "Робот.png",
        "ロボット.psd",
        "روبوت.wav",
        "👩‍🎨 art.gltf",
        "100% ready; v=2, 'final'.png",
        "a+b&c#d.txt",
    ] {
        let asset = artist.put_asset("/", name, name.as_bytes()).await;
        assert_eq!(asset["name"], name);
        let bytes = artist.get(&path(&asset, "/download")).send().await;
        let encoded = bytes.header("content-disposition").unwrap().split("filename*=UTF-8''").nth(1).unwrap();
        assert_eq!(percent_encoding::percent_decode_str(encoded).decode_utf8().unwrap(), name);
    }
}

#[tokio::test]
async fn every_member_can_be_patched_by_query() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a.png", "1").await;
    artist.put_asset("/", "a.png", "2").await;
    let statuses = artist.get("/workspaces/assetStatuses").send().await.ok();
    let (status, first) =
        (statuses[4]["id"].as_str().unwrap(), asset["current_version_id"].as_str().unwrap());
    let label = "0198c0de-0000-7000-8000-000000000abc";
    let query = format!(
        "?name=b.png&description=d&status_id={status}&asset_type_id={label}&file_location=%2FIn%20Here&current_version_id={first}"
    );
    let patched = artist.patch(&path(&asset, &query)).send().await.ok();
    for (member, value) in [
        ("name", "b.png"),
        ("file_name", "b.png"),
        ("description", "d"),
        ("status_id", status),
        ("asset_type_id", label),
        ("file_location", "/In Here/"),
        ("current_version_id", first),
    ] {
        assert_eq!(patched[member], value, "{member}");
    }
    let nothing = artist.patch(&path(&asset, "")).json(&json!({})).send().await.ok();
    for (member, value) in patched.as_object().unwrap() {
        if !["sequence", "updated_at"].contains(&member.as_str()) {
            assert_eq!(nothing[member], *value, "{member}");
        }
    }
}

#[tokio::test]
async fn refused_patch_changes_nothing_at_all() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let there = artist.put_asset("/There", "A.PNG", "1").await;
    let asset = artist.put_asset("/Here", "a.png", "1").await;
    let patch = async |body: Value| artist.patch(&path(&asset, "")).json(&body).send().await;
    patch(json!({"file_location": "/There"})).await.refused(409, "name_taken");
    patch(json!({"file_location": "/There", "name": "a.PNG", "description": "x"}))
        .await
        .refused(409, "name_taken");
    let foreign =
        json!({"file_location": "/Made in passing", "current_version_id": there["current_version_id"]});
    patch(foreign).await.refused(400, "invalid_input");
    assert_eq!(artist.get(&path(&asset, "")).send().await.ok(), asset);
    artist.get("/workspaces/folders?folder=/Made%20in%20passing").send().await.refused(404, "not_found");
}

#[tokio::test]
async fn file_name_goes_its_own_way_once_it_differs() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let form = Form::new().text("name", "Hero").part("file", file("robot_v3.png", "1"));
    let asset = put(&artist, form).await.ok();
    for name in ["Villain", "robot_v4.png"] {
        let renamed = artist.patch(&path(&asset, "/rename")).json(&json!({"name": name})).send().await.ok();
        assert_eq!((&renamed["name"], &renamed["file_name"]), (&json!(name), &json!("robot_v3.png")));
    }
}

#[tokio::test]
async fn assets_that_never_were_are_not_found_by_any_operation() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = json!({"id": "0198c0de-0000-7000-8000-00000000dead"});
    let bodies = [
        artist.get(&path(&asset, "")).send().await,
        artist.patch(&path(&asset, "")).json(&json!({"name": "x"})).send().await,
        artist.patch(&path(&asset, "/rename")).json(&json!({"name": "x"})).send().await,
        artist.patch(&path(&asset, "/restore")).send().await,
        artist.delete(&path(&asset, "")).send().await,
        artist.get(&path(&asset, "/download")).send().await,
        artist.get(&path(&asset, "/versions")).send().await,
    ];
    for answer in bodies {
        answer.refused(404, "not_found");
    }
}
