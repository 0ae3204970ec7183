//! The program `mudlark`: reads its arguments and hands them to the library.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    mudlark_server::run(mudlark_server::cli::Cli::parse())
}
