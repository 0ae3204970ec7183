//! The program `mudlark`: reads its arguments and hands them to the library.

use std::process::ExitCode;

use clap::Parser;

/// Requests make many small allocations on several threads: the system's allocator took a tenth of the time of a read.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    mudlark_server::run(mudlark_server::cli::Cli::parse())
}
