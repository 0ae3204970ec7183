//! Files that are lost, torn or damaged on the disk are found, by the operator's command and by the server itself, and
//! brought back where they can be.

use std::path::{Path, PathBuf};

use mudlark_server::Clock;
use mudlark_server::config::Settings;
use serde_json::{Value, json};

use crate::support::{Studio, admin, content_file, new_key, program_command, text, use_data};

const NOW: i64 = 1_800_000_000_000;
const DAY_MS: i64 = 86_400_000;

/// What `fsck --json` prints, and whether it says that all is whole.
fn fsck(data: &Path, flags: &[&str]) -> (Value, bool) {
    let mut command = program_command(&["fsck", "--json"]);
    let output = use_data(command.args(flags), data).output().unwrap();
    let report = serde_json::from_slice(&output.stdout);
    (
        report.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr))),
        output.status.success(),
    )
}

/// The file in which an account's content lies.
fn file_of(data: &Path, account: &str, asset: &Value) -> PathBuf {
    content_file(data, account, text(&asset["version"], "checksum"))
}

fn faults(report: &Value) -> Vec<(&str, bool, &Value)> {
    let faults = report["faults"].as_array().unwrap().iter();
    let mut faults: Vec<_> = faults
        .map(|it| (it["fault"].as_str().unwrap(), it["repaired"].as_bool().unwrap(), &it["places"]))
        .collect();
    faults.sort_by_key(|(fault, ..)| *fault);
    faults
}

#[tokio::test]
async fn fsck_names_files_that_are_lost_torn_or_damaged_and_what_has_them() {
    let studio = Studio::start();
    let (artist, data) = (studio.key_with(&["manage_art"]).await, studio.data());
    artist.put_asset("/Art", "whole.png", "whole").await;
    let lost = artist.put_asset("/Art", "lost.png", "lost").await;
    let torn = artist.put_asset("/", "torn.png", "torn").await;
    let damaged = artist.put_asset("/Art", "damaged.png", "damaged").await;
    assert_eq!(
        fsck(&data, &[]),
        (json!({"checked": 4, "checked_bytes": 20, "faults": [], "orphans": 0, "orphan_bytes": 0}), true)
    );
    std::fs::remove_file(file_of(&data, &studio.account, &lost)).unwrap();
    std::fs::write(file_of(&data, &studio.account, &torn), "tor").unwrap();
    std::fs::write(file_of(&data, &studio.account, &damaged), "DAMAGED").unwrap();

    let (report, is_whole) = fsck(&data, &[]);

    let places = [json!(["/Art/damaged.png v1"]), json!(["/Art/lost.png v1"]), json!(["/torn.png v1"])];
    let expected = [("damaged", false, &places[0]), ("lost", false, &places[1]), ("torn", false, &places[2])];
    assert_eq!((faults(&report), is_whole), (expected.to_vec(), false));
    let (report, is_whole) = fsck(&data, &["--quick"]);
    assert_eq!((faults(&report), is_whole), (expected[1..].to_vec(), false));
    let output = use_data(&mut program_command(&["fsck"]), &data).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("4 files checked, 3 at fault, 3 not repaired"), "{printed}");
    assert!(printed.contains("fsck --repair"), "{printed}");
}

#[tokio::test]
async fn lost_file_is_brought_back_where_another_account_has_the_same() {
    let studio = Studio::start();
    let (artist, data) = (studio.key_with(&["manage_art"]).await, studio.data());
    let account = admin(&data, &["account", "create", "--name", "Other", "--plan", "pro"]);
    let account = text(&account, "id").to_owned();
    let workspace = admin(&data, &["workspace", "create", "--account", &account, "--name", "Main"]);
    let other = studio.actor_of(&new_key(&data, &account, &["manage_art"])).await;
    let other = other.with_account(Some(&account)).with_workspace(Some(text(&workspace, "id")));
    let asset = artist.put_asset("/Art", "robot.png", "the same bytes").await;
    let alone = artist.put_asset("/Art", "alone.png", "of nobody else").await;
    other.put_asset("/", "robot.png", "the same bytes").await;
    std::fs::remove_file(file_of(&data, &studio.account, &asset)).unwrap();
    std::fs::remove_file(file_of(&data, &studio.account, &alone)).unwrap();

    let (report, is_whole) = fsck(&data, &["--repair"]);

    let places = [json!(["/Art/alone.png v1"]), json!(["/Art/robot.png v1"])];
    let mut found = faults(&report);
    found.sort_by_key(|(_, is_repaired, _)| *is_repaired);
    assert_eq!((found, is_whole), (vec![("lost", false, &places[0]), ("lost", true, &places[1])], false));
    let path = format!("/workspaces/assets/{}/download", text(&asset, "id"));
    assert_eq!(artist.get(&path).send().await.text(), "the same bytes");
    let ready = studio.anonymous().get("/health/ready").send().await.ok();
    assert_eq!((&ready["status"], &ready["content_faults"]), (&json!("ok"), &json!(1)));

    // Whoever uploads it again has repaired it.
    artist.put_asset("/Art", "alone.png", "of nobody else").await;
    assert!(fsck(&data, &[]).1);
    let ready = studio.anonymous().get("/health/ready").send().await.ok();
    assert_eq!(ready["content_faults"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn server_finds_damage_by_itself_once_content_has_not_been_read_for_long() {
    let clock = Clock::fixed(NOW);
    let settings = Settings { content_check_days: 7, ..Settings::default() };
    let mut studio = Studio::start_in_process_with(&clock, settings.clone()).await;
    let artist = studio.key_with(&["manage_art"]).await;
    let damaged = artist.put_asset("/Art", "damaged.png", "damaged").await;
    artist.put_asset("/Art", "whole.png", "whole").await;
    std::fs::write(file_of(&studio.data(), &studio.account, &damaged), "DAMAGED").unwrap();
    let ready = studio.anonymous().get("/health/ready").send().await.ok();
    assert_eq!(ready["content_faults"], 0);

    clock.advance_ms(7 * DAY_MS + 1);
    studio.restart_in_process(&clock, settings).await;

    let anonymous = studio.anonymous();
    let began = std::time::Instant::now();
    while anonymous.get("/health/ready").send().await.ok()["content_faults"] != 1 {
        assert!(began.elapsed().as_secs() < 20, "the damage was never found");
    }
    let metrics = anonymous.get("/metrics").send().await;
    let metrics = metrics.text();
    assert!(metrics.contains("mudlark_content_faults{fault=\"damaged\"} 1"), "{metrics}");
    assert!(metrics.contains("mudlark_content_faults{fault=\"lost\"} 0"), "{metrics}");
}
