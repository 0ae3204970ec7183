//! Locks: who holds one changes the asset, and nobody else does, whatever the order in which things happen.

use std::io::Error;

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};
use mudlark_server::Clock;
use mudlark_server::config::Settings;
use reqwest::Body;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Studio, eventually, staged_files, text};

const NOW: i64 = 1_800_000_000_000;

fn path(asset: &Value, rest: &str) -> String {
    format!("/workspaces/assets/{}{rest}", text(asset, "id"))
}

async fn lock(actor: &Actor, asset: &Value, body: Value) -> Answer {
    actor.post(&path(asset, "/lock")).json(&body).send().await
}

async fn fence(actor: &Actor, asset: &Value) -> i64 {
    lock(actor, asset, json!({})).await.ok()["lock"]["fence"].as_i64().unwrap()
}

fn file(name: &str, bytes: &str) -> Form {
    Form::new().part("file", Part::bytes(bytes.as_bytes().to_vec()).file_name(name.to_owned()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lock_is_shown_renewed_released_and_its_fence_grows_with_each_lease() {
    let clock = Clock::fixed(NOW);
    let day_long_tokens = Settings { token_ttl_s: 86_400, ..Settings::default() };
    let studio = Studio::start_in_process_with(&clock, day_long_tokens).await;
    let artist = studio.key_with(&["manage_art"]).await;
    let viewer = studio.key_with(&["viewer"]).await;
    let asset = artist.put_asset("/", "a.png", "1").await;
    assert_eq!((&asset["lock"], &asset["locked_by_user_id"]), (&Value::Null, &Value::Null));
    viewer.get(&path(&asset, "/lock")).send().await.refused(404, "not_found");

    let locked = lock(&artist, &asset, json!({"reason": "Left arm", "lease_seconds": 60})).await.ok();

    let user = artist.get("/users").send().await.ok()["id"].clone();
    let mut held = json!({
        "user_id": user, "reason": "Left arm", "acquired_at": "2027-01-15T08:00:00.000Z",
        "expires_at": "2027-01-15T08:01:00.000Z", "fence": 1,
    });
    assert_eq!((&locked["lock"], &locked["locked_by_user_id"]), (&held, &user));
    assert_eq!(locked["updated_at"], asset["updated_at"], "a lock is no work on the asset");
    assert_eq!(viewer.get(&path(&asset, "/lock")).send().await.ok(), held);

    clock.advance_ms(30_000);
    let renewed = lock(&artist, &asset, json!({"lease_seconds": "3600"})).await.ok();
    held["expires_at"] = json!("2027-01-15T09:00:30.000Z");
    assert_eq!(renewed["lock"], held);

    artist.delete(&path(&asset, "/lock")).send().await.ok_empty(204);
    artist.delete(&path(&asset, "/lock")).send().await.ok_empty(204);
    assert_eq!(artist.get(&path(&asset, "")).send().await.ok()["lock"], Value::Null);
    assert_eq!(fence(&artist, &asset).await, 2);
    clock.advance_ms(8 * 3_600_000);
    assert_eq!(artist.get(&path(&asset, "")).send().await.ok()["locked_by_user_id"], Value::Null);
    assert_eq!(fence(&artist, &asset).await, 3, "the default lease is eight hours");
}

#[tokio::test]
async fn lease_and_reason_out_of_bounds_are_refused() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a", "1").await;
    for (body, field) in [
        (json!({"lease_seconds": 0}), "lease_seconds"),
        (json!({"lease_seconds": 604_801}), "lease_seconds"),
        (json!({"lease_seconds": 1.5}), "lease_seconds"),
        (json!({"lease_seconds": "soon"}), "lease_seconds"),
        (json!({"reason": "r".repeat(1001)}), "reason"),
    ] {
        let refused = lock(&artist, &asset, body).await.refused(400, "invalid_input");
        assert_eq!(refused["fields"][0]["field"], field);
    }
    let named = artist.post(&path(&asset, "/lock")).header("x-lock-fence", "one").send().await;
    named.refused(400, "header_malformed");
    let force = artist.delete(&path(&asset, "/lock?force=maybe")).send().await;
    force.refused(400, "invalid_input");
    lock(&artist, &asset, json!({"lease_seconds": 604_800})).await.ok();
}

#[tokio::test]
async fn nobody_but_the_holder_changes_what_the_asset_is() {
    let studio = Studio::start();
    let (holder, other) = (studio.key_with(&["manage_art"]).await, studio.key_with(&["admin"]).await);
    let first = holder.put_asset("/Art/Deep", "a.png", "1").await;
    let asset = holder.put_asset("/Art/Deep", "a.png", "2").await;
    let folder = holder.get("/workspaces/folders?folder=/Art").send().await.ok();
    let folder_path = format!("/workspaces/folders/{}", text(&folder, "id"));
    let begun = other.post("/workspaces/assets/upload").json(&json!({"name": "a.png"})).send().await.ok();
    other.client.put(text(&begun, "signed_url")).body("3").send().await.unwrap().error_for_status().unwrap();
    let from_upload = json!({"temp_file_key": begun["key"], "file_location": "/art/deep/"});
    let old = text(&first, "current_version_id");
    let locked = lock(&holder, &asset, json!({})).await.ok();
    let in_folder = || file("A.PNG", "3").text("file_location", "/art/deep");
    let version = |rest: &str| path(&asset, &format!("/versions/{old}{rest}"));

    let refusals = [
        lock(&other, &asset, json!({})).await,
        other.delete(&path(&asset, "/lock")).send().await,
        other.post("/workspaces/assets").multipart(in_folder()).send().await,
        other.post("/workspaces/assets/upload/assets").json(&from_upload).send().await,
        other.post(&path(&asset, "/versions")).multipart(file("b", "3")).send().await,
        other.delete(&version("")).send().await,
        other.patch(&version("/restore")).send().await,
        other.patch(&path(&asset, "")).json(&json!({"current_version_id": old})).send().await,
        other.patch(&path(&asset, "")).json(&json!({"name": "b.png"})).send().await,
        other.patch(&path(&asset, "")).json(&json!({"file_location": "/"})).send().await,
        other.patch(&path(&asset, "/rename")).json(&json!({"name": "b.png"})).send().await,
        other.delete(&path(&asset, "")).send().await,
        other.delete("/workspaces/assets").json(&json!({"ids": [asset["id"]]})).send().await,
        other.put(&folder_path).json(&json!({"name": "Arts"})).send().await,
    ];

    for (at, answer) in refusals.iter().enumerate() {
        let refused = answer.refused(423, "asset_locked");
        assert_eq!(refused["lock"], locked["lock"], "{at}");
        let message = text(&refused, "message");
        assert!(
            message.contains("test key") && message.contains(text(&locked["lock"], "expires_at")),
            "{message}"
        );
    }
    assert_eq!(holder.get(&path(&asset, "")).send().await.ok(), locked, "nothing of it has happened");
    for open in [json!({"description": "d"}), json!({"asset_type_id": null})] {
        other.patch(&path(&asset, "")).json(&open).send().await.ok();
    }
    other.post(&path(&asset, "/comments?content=Hi")).send().await.ok();
    other.post(&path(&asset, "/tags")).json(&json!(["hero"])).send().await.ok();
    holder.put(&folder_path).json(&json!({"name": "Arts"})).send().await.ok();
    holder.post(&path(&asset, "/versions")).multipart(file("b", "3")).send().await.ok();
    holder.delete(&path(&asset, "")).send().await.ok_empty(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fence_of_a_lease_that_is_over_is_refused_even_when_its_holder_has_the_lock_again() {
    let clock = Clock::fixed(NOW);
    let studio = Studio::start_in_process(&clock).await;
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a", "1").await;
    lock(&artist, &asset, json!({"lease_seconds": 10})).await.ok();
    let put = async |fence: &str| {
        let call = artist.post("/workspaces/assets").header("x-lock-fence", fence);
        call.multipart(file("a", "2")).send().await
    };
    put("1").await.ok();
    put("0").await.refused(412, "lock_fence_stale");
    clock.advance_ms(10_000);
    put("1").await.refused(412, "lock_fence_stale");
    let renewing = artist.post(&path(&asset, "/lock")).header("x-lock-fence", "1").send().await;
    renewing.refused(412, "lock_fence_stale");
    assert_eq!(fence(&artist, &asset).await, 2);
    put("1").await.refused(412, "lock_fence_stale");
    let versions = path(&asset, "/versions");
    for call in [
        artist.post(&versions).multipart(file("a", "2")),
        artist.patch(&path(&asset, "")).json(&json!({"name": "b"})),
        artist.delete(&path(&asset, "")),
        artist.delete(&path(&asset, "/lock")),
    ] {
        call.header("x-lock-fence", "1").send().await.refused(412, "lock_fence_stale");
    }
    put("2").await.ok();
    artist.delete(&path(&asset, "")).send().await.ok_empty(204);
    put("2").await.refused(412, "lock_fence_stale");
    let restored = artist.patch(&path(&asset, "/restore")).send().await.ok();
    assert_eq!(restored["currentVersion"]["version_number"], 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upload_whose_lease_runs_out_meanwhile_does_not_overwrite_the_next_holders_work() {
    let clock = Clock::fixed(NOW);
    let studio = Studio::start_in_process(&clock).await;
    let (first, second) = (studio.key_with(&["manage_art"]).await, studio.key_with(&["manage_art"]).await);
    let asset = first.put_asset("/", "a", "1").await;
    lock(&first, &asset, json!({"lease_seconds": 30})).await.ok();
    let mut uploads = Vec::new();
    for (fence, rest) in [(None, ""), (Some("1"), ""), (None, "/versions"), (Some("1"), "/versions")] {
        let (go, wait) = tokio::sync::oneshot::channel::<()>();
        let begin = stream::once(async { Ok::<_, Error>(vec![0_u8; 600_000]) });
        let end = stream::once(async move {
            wait.await.ok();
            Ok(vec![1])
        });
        let body = Body::wrap_stream(begin.chain(end).boxed());
        let form = Form::new().part("file", Part::stream(body).file_name("a"));
        let target = if rest.is_empty() { "/workspaces/assets".to_owned() } else { path(&asset, rest) };
        let mut call = first.post(&target).multipart(form);
        if let Some(fence) = fence {
            call = call.header("x-lock-fence", fence);
        }
        uploads.push((fence, go, tokio::spawn(call.send())));
    }
    eventually("all uploads are under way", || staged_files(&studio.data()) == 4);

    clock.advance_ms(30_000);
    let late = uploads.split_off(2);
    lock(&second, &asset, json!({})).await.ok();
    second.post(&path(&asset, "/versions")).multipart(file("a", "theirs")).send().await.ok();
    for (_, go, upload) in uploads {
        go.send(()).unwrap();
        upload.await.unwrap().refused(423, "asset_locked");
    }
    second.delete(&path(&asset, "/lock")).send().await.ok_empty(204);
    for (fence, go, upload) in late {
        go.send(()).unwrap();
        let answer = upload.await.unwrap();
        match fence {
            Some(_) => drop(answer.refused(412, "lock_fence_stale")),
            // Nobody holds it, and the writer has not said that it counts on a lease: an ordinary version on top.
            None => drop(answer.ok()),
        }
    }
    let versions = first.get(&path(&asset, "/versions")).send().await.ok();
    assert_eq!(versions.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn only_an_admin_releases_anothers_lock() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let other = studio.key_with(&["manage_art", "review"]).await;
    let admin = studio.key_with(&["admin"]).await;
    let asset = artist.put_asset("/", "a", "1").await;
    lock(&artist, &asset, json!({})).await.ok();
    let forced = path(&asset, "/lock?force=true");

    other.delete(&forced).send().await.refused(403, "role_missing");
    admin.delete(&path(&asset, "/lock")).send().await.refused(423, "asset_locked");
    admin.delete(&forced).send().await.ok_empty(204);

    let history = artist.get(&path(&asset, "/history")).send().await.ok();
    let (by, of) = (admin.get("/users").send().await.ok(), artist.get("/users").send().await.ok());
    let forced_out = history.as_array().unwrap().iter().find(|it| it["type"] == "asset_unlocked");
    let forced_out = forced_out.unwrap_or_else(|| panic!("{history}"));
    assert_eq!(forced_out["user_id"], by["id"]);
    assert_eq!(forced_out["data"], json!({"forced": true, "fence": 1, "holder_user_id": of["id"]}));
    assert_eq!(fence(&other, &asset).await, 2, "handed over");
    let back = artist.post("/workspaces/assets").header("x-lock-fence", "1").multipart(file("a", "2"));
    back.send().await.refused(423, "asset_locked");
    other.delete(&forced).send().await.ok_empty(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_clients_that_race_for_a_lock_one_gets_it() {
    let studio = Studio::start();
    let artists = join_all((0..4).map(|_| studio.key_with(&["manage_art"]))).await;
    let asset = artists[0].put_asset("/", "a", "1").await;
    for round in 1..=12 {
        let answers = join_all(artists.iter().map(|artist| lock(artist, &asset, json!({})))).await;
        let winner = answers.iter().position(|answer| answer.status == 200).expect("one gets it");
        for (at, answer) in answers.iter().enumerate().filter(|(at, _)| *at != winner) {
            answer.refused(423, "asset_locked");
            let put = artists[at].post("/workspaces/assets").multipart(file("a", "x")).send().await;
            put.refused(423, "asset_locked");
        }
        assert_eq!(answers[winner].json()["lock"]["fence"], round);
        artists[winner].delete(&path(&asset, "/lock")).send().await.ok_empty(204);
    }
}

#[tokio::test]
async fn one_locked_asset_keeps_all_of_a_list_out_of_the_trash() {
    let studio = Studio::start();
    let (artist, other) = (studio.key_with(&["manage_art"]).await, studio.key_with(&["manage_art"]).await);
    let assets = [artist.put_asset("/", "a", "1").await, artist.put_asset("/", "b", "1").await];
    lock(&artist, &assets[1], json!({})).await.ok();
    let ids = json!({"ids": [assets[0]["id"], assets[1]["id"]]});
    other.delete("/workspaces/assets").json(&ids).send().await.refused(423, "asset_locked");
    artist.get(&path(&assets[0], "")).send().await.ok();
    artist.delete("/workspaces/assets").json(&ids).send().await.ok_empty(204);
}
