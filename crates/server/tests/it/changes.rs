//! The feed of a workspace's changes: nothing missed, nothing doubled, nothing told to who may no longer listen.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Actor, Studio};

const FEED: &str = "/workspaces/changes";

async fn make_tag(artist: &Actor, name: &str) -> Value {
    artist.post("/workspaces/tags").json(&json!({"name": name})).send().await.ok()
}

/// A stream of changes, read entry by entry.
struct Listening {
    answer: reqwest::Response,
    unread: String,
}

impl Listening {
    async fn start(actor: &Actor, last_event_id: Option<&str>) -> Self {
        let mut call = actor.get(FEED).header("accept", "text/event-stream");
        if let Some(id) = last_event_id {
            call = call.header("last-event-id", id);
        }
        let answer = call.send_streaming().await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self { answer, unread: String::new() }
    }

    /// The next entry: its place and its data. None when the stream has ended.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            while let Some((event, rest)) = self.unread.split_once("\n\n") {
                let member =
                    |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                let (id, data) = (member("id: "), member("data: "));
                self.unread = String::from(rest);
                if let (Some(id), Some(data)) = (id, data) {
                    return Some((id, serde_json::from_str(&data).unwrap()));
                }
            }
            let piece = self.answer.chunk().await.unwrap()?;
            self.unread += std::str::from_utf8(&piece).unwrap();
        }
    }
}

#[tokio::test]
async fn entry_has_every_member_and_only_what_came_since_is_told() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let me = artist.get("/users").send().await.ok();
    let first = make_tag(&artist, "one").await;
    make_tag(&artist, "two").await;

    let all = artist.get(FEED).send().await.ok();
    let since = artist.get(&format!("{FEED}?since={}", first["sequence"])).send().await.ok();

    assert_eq!(all.as_array().unwrap().len(), 2);
    assert_eq!(since, json!([all[1]]));
    let entry = all[0].as_object().unwrap();
    let members: Vec<_> = entry.keys().map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect();
    let expected =
        ["asset_id", "created_at", "data", "id", "record_id", "sequence", "type", "user_id", "workspace_id"];
    assert_eq!(members, expected);
    assert_eq!((&entry["type"], &entry["data"]), (&json!("tag_created"), &json!({"name": "one"})));
    assert_eq!((&entry["record_id"], &entry["sequence"]), (&first["id"], &first["sequence"]));
    assert_eq!((&entry["user_id"], &entry["asset_id"]), (&me["id"], &Value::Null));
}

#[tokio::test]
async fn change_with_several_entries_is_never_cut() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "robot.png", *b"one").await;
    let tags = format!("/workspaces/assets/{}/tags", asset["id"].as_str().unwrap());
    artist.post(&tags).json(&json!(["a", "b", "c"])).send().await.ok();
    make_tag(&artist, "later").await;

    let entries = artist.get(&format!("{FEED}?since={}&limit=1", asset["sequence"])).send().await.ok();

    let entries = entries.as_array().unwrap();
    assert_eq!(entries.len(), 6, "three tags made and three given, and nothing of the next change");
    assert!(entries.iter().all(|entry| entry["sequence"] == entries[0]["sequence"]));
}

#[tokio::test]
async fn who_waits_is_answered_by_the_next_change_or_when_the_time_is_up() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let first = make_tag(&artist, "one").await;
    let newest = format!("{FEED}?since={}", first["sequence"]);

    let nothing = artist.get(&format!("{newest}&wait=1")).send().await.ok();
    let waiting = format!("{newest}&wait=60");
    let (told, second) = tokio::join!(artist.get(&waiting).send(), make_tag(&artist, "two"));

    assert_eq!(nothing, json!([]));
    assert_eq!(told.ok()[0]["record_id"], second["id"]);
}

#[tokio::test]
async fn streams_broken_off_anywhere_miss_and_double_nothing_under_concurrent_writers() {
    const WRITERS: usize = 6;
    const CHANGES: usize = 15;
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "robot.png", *b"one").await;
    let tags = format!("/workspaces/assets/{}/tags", asset["id"].as_str().unwrap());
    let mut listening = Listening::start(&artist, Some(&asset["sequence"].to_string())).await;
    let (artist, tags) = (&artist, &tags);
    let write = |writer: usize| async move {
        for change in 0..CHANGES {
            // Two entries: the tag is made, and given.
            artist.post(tags).json(&json!([format!("{writer} {change}")])).send().await.ok();
        }
    };
    let expected = WRITERS * CHANGES * 2;
    let read = async {
        let mut told = Vec::new();
        while told.len() < expected {
            let (place, entry) = listening.next().await.unwrap();
            told.push(entry);
            if told.len() % 7 == 0 {
                listening = Listening::start(artist, Some(&place)).await;
            }
        }
        told
    };

    let (told, _) = tokio::join!(read, join_all((0..WRITERS).map(write)));

    let all = artist.get(&format!("{FEED}?since={}", asset["sequence"])).send().await.ok();
    assert_eq!(Value::from(told), all);
}

#[tokio::test]
async fn stream_ends_with_the_right_to_listen_and_tells_nothing_more() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let key = studio.new_key(&["viewer"]);
    let viewer = studio.actor_of(&key).await;
    make_tag(&admin, "one").await;
    let mut listening = Listening::start(&viewer, None).await;
    assert_eq!(listening.next().await.unwrap().1["data"]["name"], "one");

    let revoked = admin.delete(&format!("/accounts/api-keys/{}", key["key"].as_str().unwrap())).send().await;
    assert_eq!(revoked.status, 204);
    make_tag(&admin, "two").await;

    assert_eq!(listening.next().await, None);
}

#[tokio::test]
async fn questions_out_of_range_are_refused() {
    let studio = Studio::start();
    let viewer = studio.key_with(&["viewer"]).await;

    for query in
        ["since=-1", "since=x", "since=99999999999999999999", "wait=61", "wait=-1", "limit=0", "limit=1001"]
    {
        viewer.get(&format!("{FEED}?{query}")).send().await.refused(400, "invalid_input");
    }
    for id in ["x", "1:x", ":", "1:2:3"] {
        let call = viewer.get(FEED).header("accept", "text/event-stream").header("last-event-id", id);
        call.send().await.refused(400, "invalid_input");
    }
}
