//! `cargo xtask gen`: the files of this repository that the server program writes, and their check.
//! Their content comes from `mudlark gen <what>`; nothing is made up here.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use crate::programs::{Needed, ensure};
use crate::steps::{Steps, show};
use crate::workspace::{built_server, cargo, root};

/// What `mudlark gen` is asked for, and the file that keeps it.
const GENERATED: &[(&str, &str)] = &[
    ("openapi", "openapi/openapi.json"),
    ("errors", "docs/errors.md"),
    ("configuration", "docs/configuration.md"),
];

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Write,
    Check,
}

pub(crate) fn run(mode: Mode) -> ExitCode {
    let mut steps = Steps::new();
    let built = steps.run("programs", || ensure(&[Needed::CCompiler])).and_then(|()| {
        steps.run("build", || {
            show(cargo().args(["build", "--locked", "-p", "mudlark-server", "--bin", "mudlark"]))
        })
    });
    if built.is_some() {
        match mode {
            Mode::Write => steps.run("write", || write_all(&built_server("debug")?, &root())),
            Mode::Check => steps.run("check", check_built),
        };
    }
    steps.finish()
}

/// Compares the checked-in files with what the built program says now.
///
/// *Errors*: names every file that differs, with the first differing line.
pub(crate) fn check_built() -> Result<(), String> {
    check_all(&built_server("debug")?, &root())
}

fn write_all(program: &Path, root: &Path) -> Result<(), String> {
    for (what, file) in GENERATED {
        let text = generate(program, what)?;
        let path = root.join(file);
        if std::fs::read_to_string(&path).is_ok_and(|old| old == text) {
            eprintln!("{:>11}{file}: unchanged", "");
            continue;
        }
        let folder = path.parent().unwrap_or(root);
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&path, text))
            .map_err(|error| format!("{file} cannot be written: {error}"))?;
        eprintln!("{:>11}{file}: written", "");
    }
    Ok(())
}

fn check_all(program: &Path, root: &Path) -> Result<(), String> {
    let mut stale = Vec::new();
    for (what, file) in GENERATED {
        let kept = std::fs::read_to_string(root.join(file)).unwrap_or_default();
        if let Some(line) = first_difference(&kept, &generate(program, what)?) {
            stale.push(format!("{file} (from line {line})"));
        }
    }
    if stale.is_empty() {
        Ok(())
    } else {
        Err(format!("out of date: {}; run `cargo xtask gen` and commit what it writes", stale.join(", ")))
    }
}

fn generate(program: &Path, what: &str) -> Result<String, String> {
    let output = Command::new(program)
        .args(["gen", what])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("{} could not be started: {error}", program.display()))?;
    if !output.status.success() {
        return Err(format!("`mudlark gen {what}` ended with {}", output.status));
    }
    let text = String::from_utf8(output.stdout).map_err(|_| format!("`mudlark gen {what}` is not UTF-8"))?;
    if text.trim().is_empty() {
        return Err(format!("`mudlark gen {what}` printed nothing"));
    }
    Ok(text)
}

/// The number of the first line that differs, from 1.
fn first_difference(kept: &str, now: &str) -> Option<usize> {
    if kept == now {
        return None;
    }
    let (mut kept, mut now) = (kept.split('\n'), now.split('\n'));
    let mut line = 1;
    loop {
        match (kept.next(), now.next()) {
            (Some(one), Some(other)) if one == other => line += 1,
            _ => return Some(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_no_difference() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
    }

    #[test]
    fn first_difference_is_counted_from_one() {
        assert_eq!(first_difference("", "a\n"), Some(1));
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(first_difference("a\nb", "a\nb\n"), Some(3));
    }

    #[test]
    fn program_that_prints_nothing_is_an_error() {
        assert!(
            generate(Path::new("true"), "openapi").is_err_and(|problem| problem.contains("printed nothing"))
        );
        assert!(generate(Path::new("false"), "openapi").is_err_and(|problem| problem.contains("ended with")));
    }

    #[test]
    fn missing_file_is_out_of_date() {
        // `echo` answers any question with the question itself.
        let problem =
            check_all(Path::new("echo"), Path::new("/no/such/folder")).expect_err("nothing is there");

        assert!(problem.contains("openapi/openapi.json (from line 1)"), "{problem}");
        assert!(problem.contains("docs/configuration.md"), "{problem}");
        assert!(problem.contains("cargo xtask gen"), "{problem}");
    }
}
