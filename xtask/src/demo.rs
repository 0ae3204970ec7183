//! `cargo xtask demo`: builds the server as it is shipped and becomes its `demo` command.
//! What the demo holds and prints is the server's own matter.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use crate::console;
use crate::programs::{Needed, ensure};
use crate::steps::{Steps, show};
use crate::workspace::{built_server, cargo};

/// Returns only if something failed; otherwise this process is the server from then on, so that
/// Ctrl-C and the exit code are the server's.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let mut steps = Steps::new();
    let program = steps
        .run("programs", || ensure(&[Needed::CCompiler, Needed::Node]))
        .and_then(|()| steps.run("console", console::build))
        .and_then(|()| {
            steps.run("build (some minutes the first time)", || {
                show(cargo().args([
                    "build",
                    "--release",
                    "--locked",
                    "-p",
                    "mudlark-server",
                    "--bin",
                    "mudlark",
                ]))
            })
        })
        .and_then(|()| steps.run("start", || built_server("release")));
    let Some(program) = program else { return steps.finish() };

    let error = Command::new(&program).arg("demo").args(arguments).exec();
    eprintln!("error: {} could not be started: {error}", program.display());
    ExitCode::FAILURE
}
