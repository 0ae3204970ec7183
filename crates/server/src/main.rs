//! The program `mudlark`: reads its arguments and hands them to the library.

use std::process::ExitCode;

use clap::Parser;

/// *Why* not the system's: reads take a tenth less of the processor with it, and uploads are faster by an eighth (ADR 12).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    mudlark_server::run(mudlark_server::cli::Cli::parse())
}
