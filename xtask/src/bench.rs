//! `cargo xtask bench`: the benchmarks, smallest first. They measure, and hold the bounds themselves.

use std::process::ExitCode;

use crate::cluster::{Cluster, Purpose, URL_VARIABLE};
use crate::programs::{Needed, ensure};
use crate::steps::{Steps, show};
use crate::workspace::cargo;

/// Stops at the first failure: a figure measured after one is worth little.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let mut steps = Steps::new();
    let only_asked = arguments.iter().any(|argument| argument == "--help" || argument == "-h");
    let _ = run_steps(&mut steps, arguments, only_asked);
    steps.finish()
}

fn run_steps(steps: &mut Steps, arguments: &[String], only_asked: bool) -> Option<()> {
    // The one part that needs a PostgreSQL is named among others, as in `--only asset,databases`.
    let databases =
        arguments.iter().any(|argument| argument.split(['=', ',']).any(|part| part == "databases"));
    let mut needed = vec![Needed::CCompiler];
    needed.extend(databases.then_some(Needed::Postgres));
    steps.run("programs", || ensure(&needed))?;
    let cluster =
        if databases { Some(steps.run("PostgreSQL", || Cluster::start(Purpose::Measuring))?) } else { None };
    if !only_asked {
        steps.run("token verifier", || show(cargo().args(["bench", "--locked", "-p", "mudlark-auth"])))?;
    }
    // It builds the server itself, as shipped, before it measures.
    steps.run("whole server", || {
        let mut bench = cargo();
        bench.args(["run", "--release", "--locked", "-p", "mudlark-bench", "--"]).args(arguments);
        if let Some(cluster) = &cluster {
            bench.env(URL_VARIABLE, cluster.url());
        }
        show(&mut bench)
    })
}
