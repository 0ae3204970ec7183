//! What holds for every operation: addresses, headers, errors, ids, times, inputs, conditions, pages.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::Studio;

#[tokio::test]
async fn aliases_lead_to_the_same_operations() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a", "1").await;
    let id = asset["id"].as_str().unwrap();
    for path in [
        "/workspaces/assets/ID",
        "/workspace/assets/ID",
        "/v1/workspaces/assets/ID",
        "/v1/workspace/assets/ID/",
    ] {
        assert_eq!(artist.get(&path.replace("ID", id)).send().await.ok(), asset, "{path}");
    }
    artist.post("/v1/workspace/folders/?folder=/a").send().await.ok();
    let task = artist.post("/tasks?title=a").send().await.ok();
    for path in ["/workspaces/tasks", "/tasks", "/workspace/tasks/", "/v1/tasks/"] {
        assert_eq!(artist.get(path).send().await.ok(), json!([task]), "{path}");
    }
}

#[tokio::test]
async fn router_refuses_in_the_form_of_every_refusal() {
    let studio = Studio::start();
    let nobody = studio.anonymous();
    let answer = nobody.get("/nowhere").send().await;
    let mut body = answer.refused(404, "route_not_found");
    body["request_id"] = Value::Null;
    let expected = json!({
        "error": "Not Found", "message": "There is no such path; /docs lists those there are",
        "code": "route_not_found", "request_id": null,
    });
    assert_eq!(body, expected);
    for (method, path, allow) in [
        (Method::DELETE, "/auth/token", "POST"),
        (Method::POST, "/accounts/members", "GET,HEAD"),
        (Method::PUT, "/workspaces/folders", "POST,GET,HEAD"),
        (Method::GET, "/workspaces/assets/upload/assets", "POST"),
    ] {
        let answer = nobody.call(method, path).send().await;
        answer.refused(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), Some(allow), "{path}");
    }
    let problem = nobody.get("/nowhere").header("accept", "application/problem+json, */*").send().await;
    assert_eq!(problem.header("content-type"), Some("application/problem+json"));
    let problem = problem.json();
    assert_eq!((&problem["status"], &problem["title"]), (&json!(404), &json!("Not Found")));
    assert_eq!((&problem["type"], &problem["code"]), (&json!("about:blank"), &json!("route_not_found")));
}

#[tokio::test]
async fn headers_are_needed_once_and_in_their_form() {
    let studio = Studio::start();
    let artist = studio.key_with(&["viewer"]).await;
    let path = "/workspaces/folders";
    let missing = artist.with_account(None).get(path).send().await.refused(400, "header_missing");
    assert!(missing["message"].as_str().unwrap().contains("x-account-id"), "{missing}");
    let missing = artist.with_workspace(None).get(path).send().await.refused(400, "header_missing");
    assert!(missing["message"].as_str().unwrap().contains("x-workspace-id"), "{missing}");
    let id = studio.workspace.clone();
    for malformed in ["", "x", &id[1..], &format!("{{{id}}}"), &id.replace('-', ""), &format!("{id},{id}")] {
        artist.with_workspace(Some(malformed)).get(path).send().await.refused(400, "header_malformed");
    }
    artist.get(path).header("x-workspace-id", &id).send().await.refused(400, "header_malformed");
    artist.get(path).header("X-Account-Id", &studio.account).send().await.refused(400, "header_malformed");
    artist.with_workspace(Some(&id.to_uppercase())).get(path).send().await.ok();
    // Headers that an operation does not need do no harm.
    artist.get("/users").send().await.ok();
}

#[tokio::test]
async fn request_ids_are_the_clients_where_they_are_plain() {
    let studio = Studio::start();
    let nobody = studio.anonymous();
    let own = nobody.get("/health/live").send().await;
    assert_eq!(own.header("x-request-id").unwrap().len(), 36);
    let given = nobody.get("/nowhere").header("x-request-id", "build-42.a_b").send().await;
    assert_eq!(given.refused(404, "route_not_found")["request_id"], "build-42.a_b");
    for insane in ["", "a b", "\"quoted\"", &"x".repeat(65)] {
        let replaced = nobody.get("/health/live").header("x-request-id", insane).send().await;
        assert_eq!(replaced.header("x-request-id").unwrap().len(), 36, "{insane:?}");
    }
}

#[tokio::test]
async fn inputs_come_from_query_or_any_body_and_the_body_wins() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let form_type = "application/x-www-form-urlencoded";
    for (what, call) in [
        ("query", admin.post("/workspaces?name=Wanted")),
        ("JSON", admin.post("/workspaces").json(&json!({"name": "Wanted", "id": "ignored"}))),
        ("form", admin.post("/workspaces").header("content-type", form_type).body("name=Wanted")),
        ("multipart", admin.post("/workspaces").multipart(Form::new().text("name", "Wanted"))),
        (
            "multipart body",
            admin.post("/workspaces").multipart(Form::new().text("body", r#"{"name":"Wanted"}"#)),
        ),
        ("both", admin.post("/workspaces?name=Unwanted").json(&json!({"name": "Wanted"}))),
    ] {
        assert_eq!(call.send().await.ok()["name"], "Wanted", "{what}");
    }
    admin.post("/workspaces?name=%ff").send().await.refused(400, "invalid_input");
    admin.post("/workspaces?name=a%00b").send().await.refused(400, "invalid_input");
    admin.post("/workspaces").send().await.refused(400, "invalid_input");
    admin.post("/workspaces").json(&json!({"name": "  "})).send().await.refused(400, "invalid_input");
    admin
        .post("/workspaces")
        .json(&json!({"name": "n".repeat(256)}))
        .send()
        .await
        .refused(400, "invalid_input");
    let broken = "multipart/form-data; boundary=x";
    admin
        .post("/workspaces")
        .header("content-type", broken)
        .body("--x\r\nno")
        .send()
        .await
        .refused(400, "body_malformed");
    let none = "multipart/form-data";
    admin
        .post("/workspaces")
        .header("content-type", none)
        .body("a")
        .send()
        .await
        .refused(400, "body_malformed");
}

#[tokio::test]
async fn ids_in_paths_must_be_uuids() {
    let studio = Studio::start();
    let artist = studio.key_with(&["viewer"]).await;
    for id in ["x", "0198c0de", "%00", "%ff"] {
        let refusal = artist.get(&format!("/workspaces/assets/{id}")).send().await;
        let refusal = refusal.refused(400, "invalid_input");
        assert_eq!(refusal["fields"][0]["field"], "asset_id", "{id}: {refusal}");
    }
}

#[tokio::test]
async fn reads_of_one_object_can_be_conditional() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/In", "a", "1").await;
    let id = asset["id"].as_str().unwrap();
    let version = asset["current_version_id"].as_str().unwrap();
    for path in [
        format!("/workspaces/assets/{id}"),
        format!("/workspaces/assets/{id}/versions/{version}"),
        "/workspaces".to_owned(),
        "/users".to_owned(),
        "/workspaces/folders/stats".to_owned(),
        "/workspaces/folders/hierarchy".to_owned(),
    ] {
        let tag = artist.get(&path).send().await.header("etag").expect("a tag").to_owned();
        for wanted in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
            let again = artist.get(&path).header("if-none-match", &wanted).send().await;
            assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{path} {wanted}");
            assert_eq!(again.header("etag"), Some(tag.as_str()));
        }
        assert_eq!(artist.get(&path).header("if-none-match", "\"x\"").send().await.status, 200);
    }
}

#[tokio::test]
async fn writes_can_be_bound_to_the_state_last_seen() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a", "1").await;
    let path = format!("/workspaces/assets/{}", asset["id"].as_str().unwrap());
    let seen = artist.get(&path).send().await.header("etag").unwrap().to_owned();
    let write = async |name: &str, tag: &str| {
        artist.patch(&path).header("if-match", tag).json(&json!({"description": name})).send().await
    };
    let (one, other) = tokio::join!(write("one", &seen), write("other", &seen));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412], "of two who saw the same, one may write");
    let stale = write("late", &seen).await;
    stale.refused(412, "precondition_failed");
    let current = artist.get(&path).send().await.header("etag").unwrap().to_owned();
    assert_eq!(stale.header("etag"), Some(current.as_str()));
    write("any", "*").await.ok();
    artist.delete(&path).header("if-match", &seen).send().await.refused(412, "precondition_failed");
    let version = format!("{path}/versions/{}", asset["current_version_id"].as_str().unwrap());
    artist
        .patch(&version)
        .header("if-match", "\"x\"")
        .json(&json!({"name": "n"}))
        .send()
        .await
        .refused(412, "precondition_failed");
    let current = artist.get(&path).send().await.header("etag").unwrap().to_owned();
    assert_eq!(artist.delete(&path).header("if-match", &current).send().await.status, 204);
}

#[tokio::test]
async fn lists_page_through_every_row_once() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/Many", "a", "0").await;
    for index in 1..7 {
        artist.put_asset("/Many", "a", index.to_string()).await;
        artist.put_asset("/Many", &format!("b{index}"), "x").await;
    }
    let versions = format!("/workspaces/assets/{}/versions", asset["id"].as_str().unwrap());
    for (list, rows_of) in [
        (
            versions.as_str(),
            (|answer: &Value| answer.as_array().unwrap().clone()) as fn(&Value) -> Vec<Value>,
        ),
        ("/workspaces/folders?folder=/Many", |answer| answer["assets"].as_array().unwrap().clone()),
    ] {
        let all = rows_of(&artist.get(list).send().await.ok());
        assert_eq!(all.len(), 7);
        let with = |list: &str| format!("{list}{}limit=3", if list.contains('?') { "&" } else { "?" });
        let (mut next, mut walked, mut pages) = (Some(with(list)), Vec::new(), 0);
        while let Some(path) = next {
            let answer = artist.get(&path).send().await;
            assert_eq!(answer.header("x-total-count"), Some("7"));
            next = answer.header("link").map(|link| {
                assert!(link.ends_with("; rel=\"next\""), "{link}");
                link[1..link.find('>').unwrap()].to_owned()
            });
            walked.extend(rows_of(&answer.ok()));
            pages += 1;
        }
        assert_eq!((pages, &walked), (3, &all));
        for limit in ["0", "1001", "-1", "x", "", "1.5"] {
            let path = with(list).replace("limit=3", &format!("limit={limit}"));
            artist.get(&path).send().await.refused(400, "invalid_input");
        }
    }
    let link = artist.get(&format!("{versions}?limit=1")).send().await.header("link").unwrap().to_owned();
    let cursor = link.split("cursor=").nth(1).unwrap().split('>').next().unwrap().to_owned();
    for foreign in [
        format!("/workspaces/folders?cursor={cursor}"),
        format!("{versions}?cursor=x"),
        format!("{versions}?cursor={cursor}x"),
    ] {
        artist.get(&foreign).send().await.refused(400, "invalid_input");
    }
}

#[tokio::test]
async fn sequence_grows_with_every_change() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let mut last = 0;
    for index in 0..5 {
        let asset = artist.put_asset("/", &format!("a{index}"), "x").await;
        let sequence = asset["sequence"].as_i64().unwrap();
        assert!(sequence > last);
        last = sequence;
    }
    let account = artist.get("/accounts").send().await.ok();
    assert!(account[0]["sequence"].as_i64().unwrap() >= last);
    let workspace = artist.get("/workspaces").send().await.ok();
    assert!(workspace["sequence"].is_string(), "a string on a workspace");
}

#[tokio::test]
async fn repeated_post_has_its_effect_once() {
    let mut studio = Studio::start();
    let artist = studio.key_with(&["admin"]).await;
    let make = |name: &str, key: &str| {
        artist.post("/workspaces").header("idempotency-key", key).json(&json!({"name": name}))
    };
    let first = make("One", "k1").send().await;
    let again = make("One", "k1").send().await;
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    assert_eq!((first.header("etag"), again.header("etag")), (again.header("etag"), first.header("etag")));
    assert_eq!(
        (first.header("idempotency-replayed"), again.header("idempotency-replayed")),
        (None, Some("true"))
    );
    make("Two", "k1").send().await.refused(422, "idempotency_key_reused");
    let elsewhere = artist.post("/workspaces/folders?folder=/a").header("idempotency-key", "k1").send().await;
    elsewhere.refused(422, "idempotency_key_reused");
    for malformed in ["", "a b", &"x".repeat(256)] {
        make("One", malformed).send().await.refused(400, "header_malformed");
    }
    let at_once = futures_util::future::join_all((0..6).map(|_| make("Race", "k2").send())).await;
    for answer in &at_once {
        assert!(answer.status == 200 || answer.status == 409, "{}", answer.text());
    }
    // A refused request had no effect, and leaves the key free.
    make(" ", "k3").send().await.refused(400, "invalid_input");
    make("Three", "k3").send().await.ok();
    // Somebody else's key of the same text is another key.
    let colleague = studio.key_with(&["admin"]).await;
    let theirs =
        colleague.post("/workspaces").header("idempotency-key", "k1").json(&json!({"name": "Theirs"}));
    theirs.send().await.ok();

    let data = studio.data();
    studio.program().kill();
    *studio.program() = crate::support::Program::start_on(&data, &[]);
    let reborn = crate::support::Actor { base: studio.base(), ..artist.clone() };
    let call = reborn.post("/workspaces").header("idempotency-key", "k1").json(&json!({"name": "One"}));
    assert_eq!(call.send().await.body, first.body, "across a restart");
    let workspaces = reborn.get("/accounts/workspaces").send().await.ok();
    let mut names: Vec<_> =
        workspaces.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Game", "One", "Race", "Theirs", "Three"]);
}

#[tokio::test]
async fn repeated_upload_is_known_by_its_parts_not_by_its_boundary() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let put = async |bytes: &str, key: &str| {
        let form = Form::new()
            .text("file_location", "/a")
            .part("file", Part::bytes(bytes.as_bytes().to_vec()).file_name("a.png"));
        artist.post("/workspaces/assets").header("idempotency-key", key).multipart(form).send().await
    };
    let (first, again) = (put("1", "k").await, put("1", "k").await);
    assert_eq!(first.body, again.body);
    assert_eq!(again.json()["currentVersion"]["version_number"], 1);
    put("2", "k").await.refused(422, "idempotency_key_reused");
    assert_eq!(put("1", "other").await.json()["currentVersion"]["version_number"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idempotency_key_is_fresh_after_a_day() {
    let clock = mudlark_server::Clock::fixed(1_800_000_000_000);
    let studio = Studio::start_in_process(&clock).await;
    let key = studio.new_key(&["admin"]);
    let make = async || {
        let artist = studio.actor_of(&key).await;
        artist
            .post("/workspaces")
            .header("idempotency-key", "k")
            .json(&json!({"name": "W"}))
            .send()
            .await
            .ok()
    };
    let first = make().await;
    clock.advance_ms(24 * 3_600_000 - 1);
    assert_eq!(make().await["id"], first["id"]);
    clock.advance_ms(1);
    assert_ne!(make().await["id"], first["id"]);
}
