//! `mudlark key scan`: what it finds, what it says of what it can't read, and how it ends.

use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{admin, output_with_input, program_command};

struct Scanned {
    code: Option<i32>,
    out: String,
    err: String,
}

/// Scans these paths inside a folder, with this on standard input.
fn scan_with(folder: &Path, args: &[&str], input: &[u8]) -> Scanned {
    let mut command = program_command(&["key", "scan"]);
    command.args(args).current_dir(folder);
    finish(command, input)
}

fn finish(command: Command, input: &[u8]) -> Scanned {
    let output = output_with_input(command, input);
    Scanned {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn scan(folder: &Path, args: &[&str]) -> Scanned {
    scan_with(folder, args, b"")
}

/// A secret as a server makes it, and an empty folder to hide it in.
fn secret_and_folder() -> (String, TempDir) {
    let data = TempDir::new().unwrap();
    let data = data.path().join("data");
    let account = admin(&data, &["account", "create", "--name", "S", "--plan", "pro"]);
    let key = admin(&data, &["key", "create", "--account", account["id"].as_str().unwrap(), "--name", "k"]);
    (key["secret"].as_str().unwrap().to_owned(), TempDir::new().unwrap())
}

#[test]
fn secrets_are_found_in_files_and_folders_and_never_shown_whole() {
    let (secret, folder) = secret_and_folder();
    let folder = folder.path();
    std::fs::create_dir_all(folder.join("src/.hidden")).unwrap();
    std::fs::write(folder.join("src/config.py"), format!("# é\nSECRET = \"{secret}\"\n")).unwrap();
    std::fs::write(folder.join("src/.hidden/.env"), format!("A={secret}{secret}")).unwrap();
    std::fs::write(folder.join("src/clean.txt"), "mdl_sec_ and mdl_key_0123456789ABCDEFGHIJKL").unwrap();
    std::fs::write(folder.join("core"), [&[0, 0xff, 0xfe][..], secret.as_bytes(), &[0x80]].concat()).unwrap();

    let scanned = scan(folder, &["src", "core"]);

    let masked = format!("{}…", &secret[..12]);
    let expected = format!(
        "src/config.py:2:11: {masked}\nsrc/.hidden/.env:1:3: {masked}\nsrc/.hidden/.env:1:60: {masked}\ncore:1:4: {masked}\n"
    );
    assert_eq!((scanned.code, scanned.out, scanned.err), (Some(1), expected, String::new()));
    let as_json: Value =
        serde_json::from_str(&scan(folder, &["--json", "src/config.py", "core"]).out).unwrap();
    let expected = json!([
        {"file": "src/config.py", "line": 2, "column": 11, "secret": masked},
        {"file": "core", "line": 1, "column": 4, "secret": masked},
    ]);
    assert_eq!(as_json, expected);
}

#[test]
fn clean_files_end_with_0() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("a"), "nothing here").unwrap();
    let scanned = scan(folder.path(), &["."]);
    assert_eq!((scanned.code, scanned.out.as_str(), scanned.err.as_str()), (Some(0), "", ""));
    assert_eq!(scan(folder.path(), &["--json", "."]).out, "[]\n");
}

#[test]
fn standard_input_is_read_for_a_dash() {
    let (secret, folder) = secret_and_folder();
    let scanned = scan_with(folder.path(), &["-"], format!("x\n  {secret}\n").as_bytes());
    assert_eq!((scanned.code, scanned.out), (Some(1), format!("-:2:3: {}…\n", &secret[..12])));
    assert_eq!(scan_with(folder.path(), &["-"], b"clean").code, Some(0));
}

#[test]
fn what_can_not_be_read_is_named_and_ends_with_2() {
    let (secret, folder) = secret_and_folder();
    std::fs::write(folder.path().join("a"), &secret).unwrap();

    let scanned = scan(folder.path(), &["absent", "a"]);

    assert_eq!(scanned.code, Some(2));
    assert!(scanned.err.contains("absent could not be read"), "{}", scanned.err);
    assert!(
        scanned.out.starts_with("a:1:1: mdl_sec_"),
        "what was found is told all the same: {}",
        scanned.out
    );
    let closed = folder.path().join("closed");
    std::fs::write(&closed, "x").unwrap();
    std::fs::set_permissions(&closed, PermissionsExt::from_mode(0o000)).unwrap();
    // Whoever runs this as root can read it all the same.
    let is_readable = std::fs::read(&closed).is_ok();
    assert_eq!(scan(folder.path(), &["closed"]).code, Some(if is_readable { 0 } else { 2 }));
    assert_eq!(scan(folder.path(), &[]).code, Some(2), "no path is a mistake");
}

#[test]
fn links_are_followed_and_lead_in_no_circle() {
    let (secret, folder) = secret_and_folder();
    let (outside, inside) = (folder.path().join("outside"), folder.path().join("inside"));
    std::fs::create_dir_all(&outside).unwrap();
    std::fs::create_dir_all(inside.join("deep")).unwrap();
    std::fs::write(outside.join("a"), &secret).unwrap();
    symlink("../outside", inside.join("link")).unwrap();
    symlink("../..", inside.join("deep/up")).unwrap();
    symlink(".", inside.join("self")).unwrap();
    symlink("nowhere", inside.join("broken")).unwrap();
    symlink("loop", inside.join("loop")).unwrap();

    let scanned = scan(folder.path(), &["inside"]);

    assert_eq!(scanned.out.lines().count(), 1, "{}", scanned.out);
    for said in ["inside/broken leads nowhere", "under another name"] {
        assert!(scanned.err.contains(said), "{said}: {}", scanned.err);
    }
    // A link to itself can't be read: that is no file to be passed over.
    assert!(scanned.err.contains("inside/loop could not be read"), "{}", scanned.err);
    assert_eq!(scanned.code, Some(2));
}

#[test]
fn pipe_in_a_folder_is_passed_over_aloud_and_read_when_it_is_named() {
    let (secret, folder) = secret_and_folder();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());

    let scanned = scan(folder.path(), &["."]);

    assert_eq!(scanned.code, Some(0));
    assert!(scanned.err.contains("pipe is no file"), "{}", scanned.err);
    let writer = std::thread::spawn({
        let (pipe, secret) = (pipe.clone(), secret.clone());
        move || std::fs::write(pipe, secret).unwrap()
    });
    let scanned = scan(folder.path(), &["pipe"]);
    writer.join().unwrap();
    assert_eq!((scanned.code, scanned.out), (Some(1), format!("pipe:1:1: {}…\n", &secret[..12])));
}

#[test]
fn large_file_is_read_in_little_memory() {
    let (secret, folder) = secret_and_folder();
    let path = folder.path().join("large");
    let mut file = std::fs::File::create(&path).unwrap();
    // Three gigabytes that take no room on the disk, and no line break in them.
    let size = 3_u64 << 30;
    file.set_len(size).unwrap();
    std::io::Seek::seek(&mut file, std::io::SeekFrom::End(0)).unwrap();
    file.write_all(secret.as_bytes()).unwrap();
    drop(file);
    let mut command = Command::new("sh");
    // The limit is on the address space, in KiB: far below the file's size.
    command.args(["-c", "ulimit -v 1500000; exec \"$0\" key scan large"]);
    command.arg(env!("CARGO_BIN_EXE_mudlark")).current_dir(folder.path());

    let scanned = finish(command, b"");

    assert_eq!(scanned.out, format!("large:1:{}: {}…\n", size + 1, &secret[..12]), "{}", scanned.err);
    assert_eq!(scanned.code, Some(1));
}
