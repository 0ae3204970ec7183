//! The program is killed at random moments of 200 uploads, again and again; afterwards every acknowledged file is
//! there, whole, and no half one is shown.

use std::collections::HashMap;
use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Actor, Program, Studio, admin, content_files, eventually, new_key, staged_files};

const UPLOADS: usize = 200;
const KILLS: usize = 16;
/// Uploads under way at the same time.
const CLIENTS: usize = 4;
/// A kill comes at most so long after the acknowledgement that it waited for: about as long as an upload takes, so
/// that it meets uploads at every stage. *Units*: microseconds.
const KILL_WITHIN_US: u64 = 40_000;

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

/// Where an upload goes: a handful of names, so that versions come into it.
fn place(number: usize) -> (String, String) {
    (format!("/Crash/{}", number % 3), format!("file {}.bin", number % 20))
}

/// Tries one upload; tells whether it was acknowledged. A connection that breaks is what this test is about; a
/// refusal by a running server is a failure.
async fn try_upload(actor: &Actor, number: usize) -> bool {
    // Every size comes both ways.
    let acknowledged = if (number / 4).is_multiple_of(2) {
        by_multipart(actor, number).await
    } else {
        in_three_steps(actor, number).await
    };
    acknowledged.is_some()
}

fn request(actor: &Actor, path: &str) -> reqwest::RequestBuilder {
    let request =
        actor.client.post(format!("{}{path}", actor.base)).bearer_auth(actor.token.as_deref().unwrap());
    request
        .header("x-account-id", actor.account.as_deref().unwrap())
        .header("x-workspace-id", actor.workspace.as_deref().unwrap())
}

/// The body of a whole answer; none where the connection broke.
async fn answered(request: reqwest::RequestBuilder) -> Option<Vec<u8>> {
    let response = request.send().await.ok()?;
    let status = response.status();
    let body = response.bytes().await.ok()?.to_vec();
    assert_eq!(status, 200, "a running server refused: {}", String::from_utf8_lossy(&body));
    Some(body)
}

async fn by_multipart(actor: &Actor, number: usize) -> Option<()> {
    let (folder, name) = place(number);
    let part = reqwest::multipart::Part::bytes(content(number)).file_name(name);
    let form = reqwest::multipart::Form::new().text("file_location", folder).part("file", part);
    answered(request(actor, "/workspaces/assets").multipart(form)).await.map(drop)
}

async fn in_three_steps(actor: &Actor, number: usize) -> Option<()> {
    let (folder, name) = place(number);
    let begun = answered(request(actor, "/workspaces/assets/upload").json(&json!({"name": name}))).await?;
    let begun: Value = serde_json::from_slice(&begun).unwrap();
    answered(actor.client.put(begun["signed_url"].as_str().unwrap()).body(content(number))).await?;
    let body = json!({"temp_file_key": begun["key"], "original_file_name": name, "file_location": folder});
    answered(request(actor, "/workspaces/assets/upload/assets").json(&body)).await.map(drop)
}

fn hex_digest(bytes: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the clients have done so far.
#[derive(Default)]
struct Progress {
    next: AtomicUsize,
    acknowledged: Mutex<Vec<usize>>,
}

impl Progress {
    fn acknowledged(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }
}

/// One client: uploads until all are tried, or its connection breaks.
async fn upload_on(actor: Actor, progress: Arc<Progress>) {
    loop {
        let number = progress.next.fetch_add(1, Ordering::SeqCst);
        if number >= UPLOADS || !try_upload(&actor, number).await {
            return;
        }
        progress.acknowledged.lock().unwrap().push(number);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_uploads_survive_being_killed_at_any_moment() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let account = admin(&data, &["account", "create", "--name", "S", "--plan", "pro"]);
    let account = account["id"].as_str().unwrap().to_owned();
    let workspace = admin(&data, &["workspace", "create", "--account", &account, "--name", "W"]);
    let key = new_key(&data, &account, &["manage_art"]);

    let progress: Arc<Progress> = Arc::default();
    let mut random = Random(0xfeed_beef_cafe_0001);
    let (mut kills, mut left_in_staging) = (0, 0);
    for round in 0..=KILLS {
        let mut program = Program::start_on(&data, &[]);
        eventually("leftovers are swept at the start", || staged_files(&data) == 0);
        let actor = actor(&program, &account, &workspace, &key).await;
        let tried = progress.next.load(Ordering::SeqCst);
        // As many acknowledgements as leave every kill its share of what is still to come.
        let share = UPLOADS.saturating_sub(tried) / (KILLS + 1 - round);
        let kill_at = progress.acknowledged() + share.saturating_sub(CLIENTS).max(1);
        let clients: Vec<_> =
            (0..CLIENTS).map(|_| tokio::spawn(upload_on(actor.clone(), Arc::clone(&progress)))).collect();
        // The last round is let through to its end.
        if round < KILLS {
            while progress.acknowledged() < kill_at && clients.iter().any(|client| !client.is_finished()) {
                tokio::task::yield_now().await;
            }
            // Somewhere in the middle of what the clients are doing now.
            let (met, after) = (Instant::now(), Duration::from_micros(random.below(KILL_WITHIN_US)));
            while met.elapsed() < after {
                tokio::task::yield_now().await;
            }
            program.kill();
            kills += 1;
            left_in_staging += staged_files(&data);
        }
        for client in clients {
            client.await.unwrap();
        }
    }
    let tried = progress.next.load(Ordering::SeqCst).min(UPLOADS);
    let acknowledged = std::mem::take(&mut *progress.acknowledged.lock().unwrap());
    assert_eq!(tried, UPLOADS);
    // Each kill breaks off at most what is under way.
    assert!(acknowledged.len() >= UPLOADS - KILLS * CLIENTS, "only {} acknowledged", acknowledged.len());
    assert!(acknowledged.len() < UPLOADS, "no kill met an upload under way");

    let program = Program::start_on(&data, &[]);
    eventually("leftovers are swept at the start", || staged_files(&data) == 0);
    let actor = actor(&program, &account, &workspace, &key).await;
    let stored = read_everything(&actor).await;
    let (mut wanted, mut offered) = (HashMap::new(), HashMap::new());
    for number in 0..UPLOADS {
        let at = (place(number), hex_digest(&content(number)));
        *offered.entry(at.clone()).or_insert(0_usize) += 1;
        *wanted.entry(at).or_insert(0_usize) += usize::from(acknowledged.contains(&number));
    }
    for (at, count) in &wanted {
        let found = stored.get(at).copied().unwrap_or_default();
        assert!(found >= *count, "{at:?}: {count} uploads were acknowledged, {found} are there");
    }
    for (at, count) in &stored {
        assert!(offered.get(at).is_some_and(|most| count <= most), "{at:?} is there {count} times");
    }
    println!(
        "{} of {UPLOADS} uploads acknowledged, {} stored, {kills} kills, {left_in_staging} files left in staging \
         and swept, {} contents on disk",
        acknowledged.len(),
        stored.values().sum::<usize>(),
        content_files(&data),
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_under_way_when_the_program_is_killed_are_swept_when_it_starts_again() {
    let mut studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let data = studio.data();
    let begun = artist.post("/workspaces/assets/upload").json(&json!({"name": "a"})).send().await.ok();
    let url = begun["signed_url"].as_str().unwrap();
    let target = url.strip_prefix(&studio.base()).unwrap().to_owned();
    let mut stream = TcpStream::connect(studio.program().address()).unwrap();
    let head = format!("PUT {target} HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&vec![7; 2_000_000]).unwrap();
    eventually("bytes are being staged", || staged_files(&data) == 1);
    studio.program().kill();
    assert_eq!(staged_files(&data), 1, "a kill leaves them");

    let again = Program::start_on(&data, &[]);
    eventually("they are swept", || staged_files(&data) == 0);
    assert_eq!(content_files(&data), 0);
    let artist = Actor { base: again.base().to_owned(), ..artist };
    let body = json!({"temp_file_key": begun["key"], "original_file_name": "a", "file_location": "/"});
    let commit = artist.post("/workspaces/assets/upload/assets").json(&body).send().await;
    commit.refused(409, "upload_not_received");
    let put = artist.with_token(None).put(&target).body("whole").send().await;
    assert_eq!(put.status, 200, "the address may be tried again");
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

/// A version by where it lies and what it holds.
type Stored = ((String, String), String);

/// Downloads every version of every asset, and checks each against what is said of it: none is half, none is
/// numbered twice or out of turn, and the sums are those of what is there. Gives how often each content is where.
async fn read_everything(actor: &Actor) -> HashMap<Stored, usize> {
    let mut stored = HashMap::new();
    let (mut assets, mut size_bytes) = (0_usize, 0_usize);
    for folder in 0..3 {
        let location = format!("/Crash/{folder}");
        let answer = actor.get(&format!("/workspaces/folders?folder={location}")).send().await.ok();
        for asset in answer["assets"].as_array().unwrap() {
            assets += 1;
            let path = format!("/workspaces/assets/{}/versions", asset["id"].as_str().unwrap());
            let versions = actor.get(&path).send().await.ok();
            let versions = versions.as_array().unwrap();
            assert_eq!(Some(&asset["current_version_id"]), versions.last().map(|version| &version["id"]));
            for (index, version) in versions.iter().enumerate() {
                assert_eq!(version["version_number"], index + 1, "{version}");
                let bytes =
                    actor.get(&format!("{path}/{}/download", version["id"].as_str().unwrap())).send().await;
                assert_eq!(bytes.status, 200);
                assert_eq!(version["size"], bytes.body.len());
                let digest = hex_digest(&bytes.body);
                assert_eq!(version["checksum"].as_str(), Some(digest.as_str()));
                size_bytes += bytes.body.len();
                let name = asset["name"].as_str().unwrap().to_owned();
                *stored.entry(((location.clone(), name), digest)).or_default() += 1;
            }
        }
    }
    // The sums come from indexes, the lists from tables: in a sound database they agree.
    let stats = actor.get("/workspaces/folders/stats?folder=/Crash").send().await.ok();
    for (member, count) in
        [("assets", assets), ("versions", stored.values().sum::<usize>()), ("size", size_bytes)]
    {
        assert_eq!(stats[member], count, "{member}: {stats}");
    }
    stored
}
