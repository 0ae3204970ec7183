//! The whole-server benchmark: the real release program over HTTP on this machine, beside references in the same run.
//! Not a micro-benchmark (those are in the crates' `benches/`). Called as `cargo xtask bench`; see `bench/README.md`.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::{Context, Result};
use clap::Parser;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::bare::BareArgs;
use crate::children::Children;
use crate::machine::Machine;

mod api;
mod bare;
mod bulk;
mod children;
mod client;
mod databases;
mod growth;
mod http1;
mod machine;
mod nginx;
mod oidc;
mod previews;
mod program;
mod rates;
mod report;
mod revocation;
mod run;
mod seed;
mod similar;
mod statistics;
mod timing;
mod transfers;
mod words;
mod writes;

/// Measures a whole Mudlark server on this machine, beside references in the same run.
///
/// Ends with 0 when every bound holds, 1 when one is missed, 2 when something could not be measured.
#[derive(Debug, Parser)]
#[command(name = "mudlark-bench", version, args_conflicts_with_subcommands = true)]
struct CommandLine {
    #[command(subcommand)]
    own: Option<Own>,
    #[command(flatten)]
    options: Options,
}

/// What the benchmark starts of itself.
#[derive(Debug, clap::Subcommand)]
enum Own {
    /// The bare reference server.
    #[command(hide = true)]
    Bare(BareArgs),
}

/// A part of the benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// `POST /auth/token`.
    Token,
    /// What the time of a refused `POST /auth/token` tells.
    Timing,
    /// Revoking a key while it is used.
    Revocation,
    /// `GET /workspaces/assets/{id}` in a full database.
    Asset,
    /// `GET /workspaces/assets/search` in a full database.
    Search,
    /// Comments, tags and statuses in a full database.
    Write,
    /// A big upload.
    Upload,
    /// A big download.
    Download,
    /// Pictures of files.
    Previews,
    /// PostgreSQL beside SQLite, and three processes beside one; only when it is named.
    Databases,
    /// Copies found among a hundred thousand pictures; only when it is named.
    Similar,
    /// Databases of up to a million assets; only when it is named.
    Growth,
}

/// What to measure, and how long.
#[derive(Debug, clap::Args)]
struct Options {
    /// Measure only these parts; all of them but `databases`, `similar` and `growth` otherwise.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Part>,
    /// Rounds of each part; each measures ours and the reference, and the median round counts.
    #[arg(long, default_value_t = 5, value_parser = parse_rounds)]
    rounds: usize,
    /// Length of a round of requests, for each side, in seconds.
    #[arg(long, default_value_t = 3.0, value_parser = parse_seconds)]
    seconds: f64,
    /// Keep-alive clients at a time.
    #[arg(long, default_value_t = 16, value_parser = parse_clients)]
    clients: usize,
    /// Assets in the database.
    #[arg(long, default_value_t = 100_000)]
    assets: usize,
    /// How many of the assets are asked for, picked at random.
    #[arg(long, default_value_t = 1_000)]
    ids: usize,
    /// Clients at a time that fill the database.
    #[arg(long, default_value_t = 16, value_parser = parse_clients)]
    seed_clients: usize,
    /// Size of the upload and the download, in MiB.
    #[arg(long, default_value_t = 1024, value_parser = clap::value_parser!(u64).range(1..=65_536))]
    size_mib: u64,
    /// Send 4 GiB and a byte up and down too, and compare their SHA-256.
    #[arg(long)]
    four_gib: bool,
    /// Leave nginx out: a download is then judged by the bare server alone.
    #[arg(long)]
    no_nginx: bool,
    /// Leave oidc-provider out: `/auth/token` is then judged by the bare server alone.
    #[arg(long)]
    no_oidc_provider: bool,
    /// Write the figures, with every round, to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Keep the data in this directory, and use what an earlier run left there; a temporary one otherwise.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Measure this program instead of building the workspace's.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

fn parse_rounds(text: &str) -> Result<usize, String> {
    in_range(text, &(1..=1_000))
}

fn parse_clients(text: &str) -> Result<usize, String> {
    in_range(text, &(1..=1_000))
}

fn parse_seconds(text: &str) -> Result<f64, String> {
    in_range(text, &(0.05..=600.0))
}

/// Reads a number that must lie in a range.
fn in_range<N: FromStr + PartialOrd + Display>(text: &str, range: &RangeInclusive<N>) -> Result<N, String> {
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("must be a number from {} to {}", range.start(), range.end()))
}

fn main() -> ExitCode {
    let CommandLine { own, options } = CommandLine::parse();
    let outcome = match own {
        Some(Own::Bare(answers)) => serve_bare(answers),
        None => measure(&options),
    };
    outcome.unwrap_or_else(|broken| {
        eprintln!("error: {broken:#}");
        ExitCode::from(2)
    })
}

/// The bare server, on as many threads as the measured one has by default: one a core.
fn serve_bare(answers: BareArgs) -> Result<ExitCode> {
    Runtime::new()?.block_on(bare::serve(answers))?;
    Ok(ExitCode::SUCCESS)
}

fn measure(options: &Options) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let children = Children::default();
    stop_on_signal(&runtime, &children)?;
    let machine = Machine::look(run::root(), &run::base_folder(options));
    let report = run::run(options, &runtime, &children)?;
    println!("{}", report.to_text(&machine).trim_end());
    if let Some(file) = &options.json {
        let json = serde_json::to_string_pretty(&report.to_json(&machine))?;
        std::fs::write(file, json + "\n").with_context(|| format!("writing {}", file.display()))?;
    }
    Ok(match (report.holds(), report.not_measured.is_empty()) {
        (false, _) => ExitCode::from(1),
        (true, false) => ExitCode::from(2),
        (true, true) => ExitCode::SUCCESS,
    })
}

/// On an interrupt the servers are stopped: the run then fails at what it waits for and tidies up in the ordinary way.
fn stop_on_signal(runtime: &Runtime, children: &Children) -> Result<()> {
    let children = children.clone();
    let _context = runtime.enter();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    runtime.spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => (),
            _ = terminate.recv() => (),
        }
        children.interrupt();
    });
    Ok(())
}
