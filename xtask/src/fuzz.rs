//! `cargo xtask fuzz`: the fuzz targets, by cargo-fuzz, one after another. No part of `test`.

use std::ffi::OsStr;
use std::path::Path;
use std::process::ExitCode;
use std::{fs, io};

use kinds::KINDS;

use crate::cargo_tools;
use crate::previews::FETCHED;
use crate::programs::{Needed, ensure};
use crate::steps::{Steps, show};
use crate::workspace::cargo;

const TARGETS: &[&str] = &["token", "secret", "forwarded", "headers", "token_request", "preview"];
const USUAL_SECONDS: u32 = 60;
/// *Units*: bytes.
const LONGEST_INPUT: u32 = 16 * 1024;
const SEEDS_OF_A_KIND: usize = 20;

#[path = "../../fuzz/preview_kinds.rs"]
mod kinds;

/// Runs the targets that are asked for; stops at the first finding.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let (targets, seconds) = match read(arguments) {
        Ok(asked) => asked,
        Err(problem) => return crate::usage(&problem),
    };
    let mut steps = Steps::new();
    let _ = run_steps(&mut steps, &targets, seconds);
    steps.finish()
}

fn run_steps(steps: &mut Steps, targets: &[&str], seconds: u32) -> Option<()> {
    steps.run("programs", || ensure(&[Needed::CCompiler]))?;
    cargo_tools::ensure(steps, "fuzz")?;
    for target in targets {
        steps.run(target, || {
            sow(target)?;
            // The flags for coverage are of the nightly toolchain; this lets the pinned one take them.
            show(
                cargo()
                    .env("RUSTC_BOOTSTRAP", "1")
                    .args(["fuzz", "run", "--sanitizer", "none", target])
                    .args([
                        "--".to_owned(),
                        format!("-max_total_time={seconds}"),
                        format!("-max_len={LONGEST_INPUT}"),
                        "-timeout=5".to_owned(),
                    ]),
            )
        })?;
    }
    Some(())
}

/// A model whose buffers are packed: the first byte says that it is one.
const PACKED_MODEL: &str = "\u{8}\"asset\":{\"version\":\"2.0\"},\"extensionsUsed\":[\"EXT_meshopt_compression\"],\
    \"buffers\":[{\"byteLength\":19,\"uri\":\"data:;base64,0QAEBKEfBAUEBbCLEZMfAAAAAA==\"}],\
    \"bufferViews\":[{\"buffer\":0,\"byteLength\":40,\"extensions\":{\"EXT_meshopt_compression\":\
    {\"buffer\":0,\"byteLength\":19,\"byteStride\":4,\"count\":10,\"mode\":\"INDICES\"}}}]}";

/// A cube that is packed by Draco.
const CUBE_BY_DRACO: &str = "\u{8}\"asset\":{\"version\":\"2.0\"},\"extensionsUsed\":[\"KHR_draco_mesh_compression\"],\
    \"nodes\":[{\"mesh\":0}],\"meshes\":[{\"primitives\":[{\"attributes\":{\"POSITION\":0},\"indices\":1,\"extensions\":\
    {\"KHR_draco_mesh_compression\":{\"bufferView\":0,\"attributes\":{\"POSITION\":0}}}}]}],\
    \"accessors\":[{\"componentType\":5126,\"count\":8,\"type\":\"VEC3\"},\
    {\"componentType\":5125,\"count\":36,\"type\":\"SCALAR\"}],\"bufferViews\":[{\"buffer\":0,\"byteLength\":80}],\
    \"buffers\":[{\"byteLength\":80,\"uri\":\"data:;base64,RFJBQ08CAgEBAAAACAwACwAAA19LFQEBEAH/AAABAAkDAAACAQEBAAMDASABI\
    AMAsEIxokCEAAAAAAD/BwAAAACAvwAAgL8AAIC/AAAAQAs=\"}]}";

/// What each target begins with: an input of the form that it is about. Written anew, so that none lies in the repository.
fn sow(target: &str) -> Result<(), String> {
    let seed = match target {
        "token" => r#"{"alg":"ES256","kid":"k","typ":"at+jwt"}"#,
        "secret" => "mdl_sec_00000000000000000000000000000000000000000000APMvX",
        "forwarded" => "203.0.113.7, [2001:db8::1]:443\n10.0.0.2",
        "headers" => {
            "Bearer a.b.c\n0198c0de-0000-7000-8000-00000000dead\n\nW/\"tag\", *\nbytes=0-1\n*/*\nid\ntext/plain"
        }
        "preview" => {
            "\u{5}solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\n"
        }
        _ => r#"{"key":"mdl_key_0","secret":"mdl_sec_0","account_id":null}"#,
    };
    let folder = crate::workspace::root().join("fuzz/corpus").join(target);
    let mut written = fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join("seed"), seed));
    if target == "preview" {
        written = written
            .and_then(|()| fs::write(folder.join("packed_model"), PACKED_MODEL))
            .and_then(|()| fs::write(folder.join("cube_by_draco"), CUBE_BY_DRACO))
            .and_then(|()| sow_real_files(&folder));
    }
    written.map_err(|error| format!("{}: {error}", folder.display()))
}

/// Small files of the packages that the tests of previews have fetched, where they have run: mutations of a real file get deeper
/// into a reader than any bytes do.
fn sow_real_files(folder: &Path) -> io::Result<()> {
    let mut sown = [0; KINDS.len()];
    let mut folders = vec![crate::workspace::root().join(FETCHED)];
    while let Some(next) = folders.pop() {
        let Ok(entries) = fs::read_dir(next) else { continue };
        for entry in entries {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            if kind.is_dir() {
                folders.push(path.clone());
            }
            if !kind.is_file() || entry.metadata()?.len() >= u64::from(LONGEST_INPUT) {
                continue;
            }
            let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
            let Some(kind) = KINDS.iter().position(|(name, _)| name.strip_prefix("a.") == Some(ending))
            else {
                continue;
            };
            if sown[kind] < SEEDS_OF_A_KIND {
                let input = [&[u8::try_from(kind).expect("few kinds")], fs::read(&path)?.as_slice()].concat();
                fs::write(folder.join(format!("{ending}-{}", sown[kind])), input)?;
                sown[kind] += 1;
            }
        }
    }
    Ok(())
}

fn read(arguments: &[String]) -> Result<(Vec<&str>, u32), String> {
    let (mut targets, mut seconds) = (Vec::new(), USUAL_SECONDS);
    let mut rest = arguments.iter().map(String::as_str);
    while let Some(argument) = rest.next() {
        if argument == "--seconds" {
            let number = rest.next().and_then(|number| number.parse().ok());
            seconds = number.ok_or("`--seconds` takes a number")?;
        } else if TARGETS.contains(&argument) {
            targets.push(argument);
        } else {
            return Err(format!("there is no fuzz target `{argument}`; there are: {}", TARGETS.join(", ")));
        }
    }
    Ok((if targets.is_empty() { TARGETS.to_vec() } else { targets }, seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_those_of_the_fuzz_workspace() {
        let folder = crate::workspace::root().join("fuzz/fuzz_targets");
        let mut files: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        files.sort();
        let mut named = TARGETS.to_vec();
        named.sort_unstable();
        assert_eq!(files, named);
    }

    #[test]
    fn arguments_are_read_in_any_order() {
        let given = ["--seconds", "5", "token"].map(str::to_owned);
        assert_eq!(read(&given), Ok((vec!["token"], 5)));
        assert!(read(&["--seconds".to_owned()]).is_err() && read(&["x".to_owned()]).is_err());
    }
}
