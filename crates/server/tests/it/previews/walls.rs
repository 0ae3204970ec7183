//! The walls around those who read files, and what comes of a file whose reader runs against them.

use std::process::Stdio;

use serde_json::{Value, json};

use super::{MAKING, looked_at, png};
use crate::support::{Studio, output_with_input, program_command};

/// What can be done within walls, of which one is a way to the file on the standard input alone.
fn tried(arguments: &[&str]) -> Value {
    let mut command = program_command(arguments);
    command.stdin(tempfile::tempfile().unwrap()).stderr(Stdio::inherit());
    let output = command.output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn readers_and_programs_of_others_can_read_their_file_and_do_nothing_else() {
    let program = std::fs::canonicalize("/bin/true").unwrap();
    let program = program.to_str().unwrap();
    for arguments in [
        &["preview-worker", "--file-name=a.png", "--side=64", "--try-walls"][..],
        &["preview-program", "--try-walls", program],
    ] {
        let nothing = json!({
            "opens_files": false, "lists_folders": false, "writes_files": false, "connects": false,
            "starts_programs": false, "takes_four_gib": false, "starts_threads": true,
        });
        assert_eq!(tried(arguments), nothing, "{arguments:?}");
    }
}

/// Groups within each other, each of which is drawn apart before it goes into the one around it.
fn takes_all_memory() -> Vec<u8> {
    let groups = |ending: &str| ending.repeat(150);
    let open = groups("<g opacity='.9'><rect width='9' height='9'/>");
    format!("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'>{open}{}</svg>", groups("</g>")).into()
}

/// Noise of more octaves than there is time for.
fn takes_all_time() -> Vec<u8> {
    let noise = "<filter id='a'><feTurbulence baseFrequency='.1' numOctaves='4000000000'/></filter>";
    let drawn = "<rect width='9' height='9' filter='url(#a)'/>";
    format!("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'>{noise}{drawn}</svg>").into()
}

#[tokio::test]
async fn reader_that_would_take_all_memory_is_ended_noted_and_not_tried_again() {
    let studio = Studio::start_with(&MAKING);
    let artist = studio.key_with(&["manage_art"]).await;
    let greedy = artist.put_asset("/", "greedy.svg", takes_all_memory()).await;
    let small = artist.put_asset("/", "small.png", png(9, 9, [7, 7, 7])).await;

    let facts = looked_at(&artist, &greedy).await["facts"].clone();
    let why = facts["unreadable"].as_str().unwrap_or_default();
    assert!(why.contains("ended by signal 6: memory allocation of"), "{facts}");
    assert_eq!(looked_at(&artist, &small).await["facts"]["width"], 9);
    assert_eq!(studio.admin(&["jobs", "list", "--kind", "preview"]), json!([]), "it is not tried again");
}

#[test]
fn reader_that_would_take_all_time_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("endless.svg");
    std::fs::write(&file, takes_all_time()).unwrap();
    let command = program_command(&["preview", "--json", "--seconds=1", file.to_str().unwrap()]);
    let output = output_with_input(command, b"");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    // By its limit of the processor's time; on a machine that gives it little of that, by the clock.
    let ends = [json!("its reader was ended by signal 9"), json!("it took longer than 3 s")];
    assert!(ends.contains(&report["error"]) && output.status.code() == Some(1), "{report}");
}

/// The processes that a process has started and not seen end.
fn children(pid: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}

#[tokio::test]
async fn reader_that_is_ended_is_noted_on_its_version_and_nothing_else_suffers() {
    let mut studio = Studio::start_with(&MAKING);
    let artist = studio.key_with(&["manage_art"]).await;
    let server = studio.program().pid();
    let ended = std::thread::spawn(move || {
        // As the system does with what takes too much memory or time.
        let worker =
            std::iter::repeat_with(|| children(server)).find_map(|children| children.first().copied());
        std::process::Command::new("kill")
            .args(["-KILL", &worker.unwrap().to_string()])
            .status()
            .unwrap()
            .success()
    });
    let asset = artist.put_asset("/", "large.png", png(6000, 6000, [7, 7, 7])).await;
    assert!(ended.join().unwrap());

    let version = looked_at(&artist, &asset).await;
    assert_eq!(version["facts"], json!({"unreadable": "its reader was ended by signal 9"}));
    let small = artist.put_asset("/", "small.png", png(9, 9, [7, 7, 7])).await;
    assert_eq!(looked_at(&artist, &small).await["facts"]["width"], 9);
    assert_eq!(studio.admin(&["jobs", "list", "--kind", "preview"]), json!([]), "it is not tried again");
}
