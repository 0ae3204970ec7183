//! One of each thing that a path or a body can name, made over the API: for tests that walk through all operations.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tokio::time::timeout;
use uuid::Uuid;

use super::actor::{Actor, text};
use super::studio::Studio;

/// An archive of nothing, which is as good a file as any.
const EMPTY_ZIP: &str = "PK\u{5}\u{6}\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
/// The head of a picture, which is as much as is looked at.
const PICTURE: &str = "GIF89a\x10\0\x10\0\0\0\0";

/// What stands for each parameter of a path, and for members of bodies that name something.
pub(crate) struct Things {
    in_paths: BTreeMap<&'static str, String>,
    in_bodies: BTreeMap<&'static str, Value>,
}

impl Things {
    /// Makes them, under names that nothing else has.
    pub(crate) async fn make(studio: &Studio, admin: &Actor) -> Self {
        let name = Uuid::now_v7().to_string();
        let make = async |path: &str, body: Value| admin.post(path).json(&body).send().await.ok();
        let folder = make("/workspaces/folders", json!({"path": format!("/{name}")})).await;
        let file = format!("{name}.png");
        let first = admin.put_asset(&format!("/{name}"), &file, "1").await;
        let asset = admin.put_asset(&format!("/{name}"), &file, "2").await;
        let asset_path = format!("/workspaces/assets/{}", text(&asset, "id"));
        let comment = make(&format!("{asset_path}/comments"), json!({"content": "Brighter"})).await;
        let tag = make("/workspaces/tags", json!({"name": name})).await;
        make(&format!("{asset_path}/tags/{}", text(&tag, "id")), json!({})).await;
        let task = make("/workspaces/tasks", json!({"title": "Paint it"})).await;
        let library = make("/workspaces/libraries", json!({"name": name})).await;
        let library_path = format!("/workspaces/libraries/{}", text(&library, "id"));
        make(&format!("{library_path}/assets"), json!({"ids": [asset["id"]]})).await;
        let status = make("/workspaces/assetStatuses", json!({"name": name})).await;
        let invite = json!({"email": format!("{name}@studio.example"), "roles": ["member"]});
        let invite = make("/accounts/invites", json!({"invites": [invite]})).await;
        let me = admin.get("/users").send().await.ok();
        let person = make_person(admin, &name).await;
        let notification = make_notification(studio, admin, &me).await;
        let setting = Uuid::now_v7().to_string();
        for owner in ["accounts", "workspaces"] {
            let call = admin.put(&format!("/{owner}/settings/{setting}"));
            call.json(&json!({"name": name, "value": "dark"})).send().await.ok();
        }
        let version_path = format!("{asset_path}/versions/{}", text(&first, "current_version_id"));
        admin.post(&format!("{version_path}/thumbnail")).multipart(picture()).send().await.ok();
        for pictured in ["/accounts", "/workspaces", library_path.as_str()] {
            admin.put(pictured).multipart(picture()).send().await.ok();
        }
        let review = make(&format!("{asset_path}/reviews"), json!({"content": "Almost"})).await;
        let request = make(&format!("{asset_path}/reviewRequests"), json!({"user_ids": [me["id"]]})).await;
        make(&format!("{asset_path}/lock"), json!({})).await;
        let form = Form::new().part("file", Part::bytes(b"5".to_vec()).file_name("notes.txt"));
        let attachment = admin.post(&format!("{asset_path}/attachments")).multipart(form).send().await.ok();
        let gone = admin.put_asset("/", &format!("gone {file}"), "4").await;
        admin.delete(&format!("/workspaces/assets/{}", text(&gone, "id"))).send().await.ok_empty(204);
        let trash = admin.get("/workspaces/trash").send().await.ok();
        let over = make("/workspaces", json!({"name": name})).await;
        admin.with_workspace(over["id"].as_str()).delete("/workspaces").send().await.ok_empty(204);
        let webhook =
            json!({"name": "review bot", "url": "https://bot.studio.example/", "events": ["tag_created"]});
        let webhook = make("/workspaces/webhooks", webhook).await;
        let webhook_path = format!("/workspaces/webhooks/{}", text(&webhook, "id"));
        make("/workspaces/tags", json!({"name": format!("{name} 2")})).await;
        let delivery = first_delivery(admin, &webhook_path).await;
        let jobs = admin.get("/accounts/jobs?limit=1").send().await.ok();
        let key = studio.new_key(&["viewer"]);
        make(&format!("/accounts/api-keys/{}/rotate", text(&key, "key")), json!({})).await;
        let upload = make("/workspaces/assets/upload", json!({"name": file})).await;
        let sent = admin.client.put(text(&upload, "signed_url")).body("3").send().await.expect("an answer");
        assert!(sent.status().is_success());
        let id = |thing: &Value| text(thing, "id").to_owned();
        Self {
            in_paths: BTreeMap::from([
                ("asset_id", id(&asset)),
                ("attachment_id", id(&attachment)),
                ("comment_id", id(&comment)),
                ("delivery_id", id(&delivery)),
                ("folder_id", id(&folder)),
                ("invite_id", id(&invite[0])),
                ("job_id", id(&jobs[0])),
                ("key_id", text(&key, "key").to_owned()),
                ("library_id", id(&library)),
                ("member_id", person.clone()),
                ("notification_id", id(&notification)),
                // People alone have those, and nobody has this one.
                ("passkey_id", "01900000-0000-7000-8000-000000000000".to_owned()),
                ("review_id", id(&review)),
                ("review_request_id", id(&request)),
                ("setting_id", setting),
                ("status_id", id(&status)),
                ("tag_id", id(&tag)),
                ("task_id", id(&task)),
                ("token", text(&invite[0], "token").to_owned()),
                ("trash_id", id(&trash[0])),
                ("user_id", person),
                ("version", "1".to_owned()),
                ("webhook_id", id(&webhook)),
                ("version_id", text(&first, "current_version_id").to_owned()),
                ("workspace_id", id(&over)),
            ]),
            in_bodies: BTreeMap::from([
                ("asset_id", asset["id"].clone()),
                ("client_id", key["key"].clone()),
                ("client_secret", key["secret"].clone()),
                ("file", json!(EMPTY_ZIP)),
                ("folder", json!(format!("/{name}"))),
                ("ids", json!([asset["id"]])),
                ("key", key["key"].clone()),
                ("secret", key["secret"].clone()),
                ("temp_file_key", upload["key"].clone()),
                ("user_ids", json!([me["id"]])),
                ("token", json!(studio.token_of(&key).await)),
            ]),
        }
    }

    /// The path with each parameter filled in.
    pub(crate) fn in_path(&self, path: &str) -> String {
        let filled = self.in_paths.iter().fold(path.to_owned(), |path, (parameter, thing)| {
            path.replace(&format!("{{{parameter}}}"), thing)
        });
        assert!(!filled.contains('{'), "{path}: say in support/things.rs what stands for its parameter");
        filled
    }

    /// What stands for each parameter of a path.
    pub(crate) fn parameters(&self) -> &BTreeMap<&'static str, String> {
        &self.in_paths
    }

    /// An example of a body in which these things stand for what it names.
    pub(crate) fn in_body(&self, path: &str, example: &Value) -> Value {
        let Some(members) = example.as_object() else { return example.clone() };
        let member = |(name, value): (&String, &Value)| {
            let thing = match name.as_str() {
                "ids" if path.ends_with("/libraries") => Some(json!([self.in_paths["library_id"]])),
                "file" if path.ends_with("/thumbnail") => Some(json!(PICTURE)),
                name => self.in_bodies.get(name).cloned(),
            };
            (name.clone(), thing.unwrap_or_else(|| value.clone()))
        };
        members.iter().map(member).collect()
    }
}

fn picture() -> Form {
    Form::new().part("file", Part::bytes(PICTURE.as_bytes()).file_name("picture.gif"))
}

/// A person who is in the account and in the workspace. Gives their id.
async fn make_person(admin: &Actor, name: &str) -> String {
    let email = format!("person-{name}@studio.example");
    let invite =
        json!([{"email": email, "roles": ["member", "manage_art"], "workspace_ids": [admin.workspace]}]);
    let invite = admin.post("/accounts/invites").json(&invite).send().await.ok();
    let accept = format!("/users/invites/{}/accept", text(&invite[0], "token"));
    admin.post(&accept).send().await.ok();
    let members = admin.get("/workspaces/members").send().await.ok();
    let person = members.as_array().unwrap().iter().find(|member| member["user"]["email"] == *email);
    text(person.expect("a member with this address"), "user_id").to_owned()
}

/// Something that the caller is told of: a task from somebody else.
async fn make_notification(studio: &Studio, admin: &Actor, me: &Value) -> Value {
    let other = studio.key_with(&["manage_art"]).await.with_workspace(admin.workspace.as_deref());
    let task = json!({"title": "Paint it", "assignee_id": me["id"]});
    other.post("/workspaces/tasks").json(&task).send().await.ok();
    let told = admin.get("/accounts/notifications?unread=true").send().await.ok();
    told.as_array().unwrap().last().expect("a notification").clone()
}

/// The first thing that a webhook has to tell; the server makes it a moment after the change.
async fn first_delivery(admin: &Actor, webhook_path: &str) -> Value {
    let looking = async {
        loop {
            let deliveries = admin.get(&format!("{webhook_path}/deliveries")).send().await.ok();
            if let Some(first) = deliveries.get(0) {
                return first.clone();
            }
        }
    };
    timeout(Duration::from_mins(1), looking).await.expect("a delivery is made in time")
}
