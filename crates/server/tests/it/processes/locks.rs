//! Locks on assets hold in every process.

use futures_util::future::join_all;
use reqwest::multipart::{Form, Part};
use serde_json::json;

use super::fleet::Fleet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lock_taken_at_one_process_holds_at_the_other() {
    let fleet = Fleet::start(2);
    let (_, holder) = fleet.new_actors().await;
    let (_, other) = fleet.new_actors().await;
    let asset = holder[0].put_asset("/", "a", "1").await;
    let path = format!("/workspaces/assets/{}", asset["id"].as_str().unwrap());
    let lock = format!("{path}/lock");
    let put = || Form::new().part("file", Part::bytes(b"2".to_vec()).file_name("a"));
    for round in 0..8 {
        // Each races at both processes: the two of one caller are one holder.
        let actors = [&holder[0], &holder[1], &other[0], &other[1]];
        let answers = join_all(actors.map(|actor| actor.post(&lock).json(&json!({})).send())).await;
        let got: Vec<bool> = answers.iter().map(|answer| answer.status == 200).collect();
        assert!(got == [true, true, false, false] || got == [false, false, true, true], "{got:?}");
        let (winner, loser) = if got[0] { (&holder, &other) } else { (&other, &holder) };
        for actor in loser {
            let refused = actor.post("/workspaces/assets").multipart(put()).send().await;
            assert_eq!(refused.refused(423, "asset_locked")["lock"]["fence"], round + 1);
        }
        winner[1].post("/workspaces/assets").multipart(put()).send().await.ok();
        winner[0].delete(&lock).send().await.ok_empty(204);
    }
    let versions = holder[1].get(&format!("{path}/versions")).send().await.ok();
    assert_eq!(versions.as_array().unwrap().len(), 9);
}
