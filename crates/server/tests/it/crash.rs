//! The program is killed at random moments of 200 uploads, again and again; afterwards every acknowledged file is
//! there, whole, and no half one is shown.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Actor, Program, admin, new_key};

const UPLOADS: usize = 200;
const KILLS: usize = 8;
/// Uploads under way at the same time.
const CLIENTS: usize = 4;

/// A small generator of numbers, the same at every run: sizes and moments are random, but not from run to run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

fn content(number: usize) -> Vec<u8> {
    let mut random = Random(0x1234_5678_9abc_def1 ^ (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let size = match number % 4 {
        0 => random.below(2 << 20),
        1 => random.below(64 << 10),
        2 => random.below(2000),
        _ => 0,
    };
    (0..size).map(|_| u8::try_from(random.below(256)).unwrap_or(0)).collect()
}

/// Tries one upload; tells whether it was acknowledged. A connection that breaks is what this test is about.
async fn try_upload(actor: &Actor, number: usize) -> bool {
    // A handful of names, so that versions come into it.
    let (folder, name) = (format!("/Crash/{}", number % 3), format!("file {}.bin", number % 20));
    let bytes = content(number);
    let request = |path: &str| {
        let request =
            actor.client.post(format!("{}{path}", actor.base)).bearer_auth(actor.token.as_deref().unwrap());
        request
            .header("x-account-id", actor.account.as_deref().unwrap())
            .header("x-workspace-id", actor.workspace.as_deref().unwrap())
    };
    if number.is_multiple_of(2) {
        let part = reqwest::multipart::Part::bytes(bytes).file_name(name);
        let form = reqwest::multipart::Form::new()
            .text("file_location", folder)
            .text("description", number.to_string());
        let answer = request("/workspaces/assets").multipart(form.part("file", part)).send().await;
        return matches!(answer, Ok(answer) if answer.status() == 200);
    }
    let Ok(begun) = request("/workspaces/assets/upload").json(&json!({"name": name})).send().await else {
        return false;
    };
    let Ok(begun) = begun.json::<Value>().await else { return false };
    let Some(url) = begun["signed_url"].as_str() else { return false };
    let sent = actor.client.put(url).body(bytes).send().await;
    if !matches!(sent, Ok(sent) if sent.status() == 200) {
        return false;
    }
    let body = json!({
        "temp_file_key": begun["key"], "original_file_name": name, "file_location": folder, "description": number.to_string(),
    });
    let answer = request("/workspaces/assets/upload/assets").json(&body).send().await;
    matches!(answer, Ok(answer) if answer.status() == 200)
}

fn hex_digest(bytes: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_uploads_survive_being_killed_at_any_moment() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let account = admin(&data, &["account", "create", "--name", "S", "--plan", "pro"]);
    let account = account["id"].as_str().unwrap().to_owned();
    let workspace = admin(&data, &["workspace", "create", "--account", &account, "--name", "W"]);
    let key = new_key(&data, &account, &["manage_art"]);

    let next = Arc::new(AtomicUsize::new(0));
    let acknowledged: Arc<Mutex<Vec<usize>>> = Arc::default();
    let mut random = Random(0xfeed_beef_cafe_0001);
    for round in 0..=KILLS {
        let mut program = Program::start_on(&data, &[]);
        let actor = actor(&program, &account, &workspace, &key).await;
        // The last round is let through to its end.
        let stop_at = if round == KILLS { UPLOADS } else { (round + 1) * UPLOADS / (KILLS + 1) };
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let (actor, next, acknowledged) =
                    (actor.clone(), Arc::clone(&next), Arc::clone(&acknowledged));
                tokio::spawn(async move {
                    loop {
                        let number = next.fetch_add(1, Ordering::SeqCst);
                        if number >= UPLOADS {
                            return;
                        }
                        if try_upload(&actor, number).await {
                            acknowledged.lock().unwrap().push(number);
                        } else {
                            return;
                        }
                    }
                })
            })
            .collect();
        if round < KILLS {
            while next.load(Ordering::SeqCst) < stop_at && clients.iter().any(|client| !client.is_finished())
            {
                tokio::task::yield_now().await;
            }
            // Somewhere in the middle of what the clients are doing now.
            for _ in 0..random.below(20_000) {
                std::hint::spin_loop();
            }
            program.kill();
        }
        for client in clients {
            client.await.unwrap();
        }
    }
    let acknowledged = Arc::try_unwrap(acknowledged).unwrap().into_inner().unwrap();
    println!("{} of {UPLOADS} uploads acknowledged, {KILLS} kills", acknowledged.len());
    assert!(acknowledged.len() >= UPLOADS / 2, "only {} were acknowledged", acknowledged.len());

    let program = Program::start_on(&data, &[]);
    let actor = actor(&program, &account, &workspace, &key).await;
    let stored = read_everything(&actor).await;
    for number in &acknowledged {
        let digest = hex_digest(&content(*number));
        assert!(stored.contains_key(&digest), "upload {number} was acknowledged and is gone");
    }
}

async fn actor(program: &Program, account: &str, workspace: &Value, key: &Value) -> Actor {
    let nobody = Actor::anonymous(program.base());
    let token = nobody
        .post("/auth/token")
        .json(&json!({"key": key["key"], "secret": key["secret"]}))
        .send()
        .await
        .ok();
    nobody.with_token(token.as_str()).with_account(Some(account)).with_workspace(workspace["id"].as_str())
}

/// Downloads every version of every asset, and checks each against what is said of it: none is half, none is
/// numbered twice or out of turn. Gives them by digest.
async fn read_everything(actor: &Actor) -> HashMap<String, usize> {
    let mut stored = HashMap::new();
    for folder in 0..3 {
        let answer = actor.get(&format!("/workspaces/folders?folder=/Crash/{folder}")).send().await.ok();
        for asset in answer["assets"].as_array().unwrap() {
            let path = format!("/workspaces/assets/{}/versions", asset["id"].as_str().unwrap());
            let versions = actor.get(&path).send().await.ok();
            for (index, version) in versions.as_array().unwrap().iter().enumerate() {
                assert_eq!(version["version_number"], index + 1, "{version}");
                let bytes =
                    actor.get(&format!("{path}/{}/download", version["id"].as_str().unwrap())).send().await;
                assert_eq!(bytes.status, 200);
                assert_eq!(version["size"], bytes.body.len());
                let digest = hex_digest(&bytes.body);
                assert_eq!(version["checksum"].as_str(), Some(digest.as_str()));
                *stored.entry(digest).or_default() += 1;
            }
        }
    }
    stored
}
