//! The Mudlark server as a library: settings, state, the HTTP surface, the work behind it, and the program's
//! sub-commands. `main.rs` is its only caller besides the tests, which may run several servers in one process:
//! there is no global state here.

mod admin;
mod app;
mod back_off;
pub mod cli;
mod clock;
pub mod config;
mod configuration_page;
mod data_dir;
mod database_url;
mod demo;
mod error;
mod followers;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod http;
mod jobs;
mod lease;
mod letter_settings;
mod letters;
mod limit_flags;
mod live_feed;
mod live_people;
mod openid;
pub mod openid_settings;
mod ops;
pub mod plan_limits;
mod previews;
mod processes;
mod relocation;
mod secrets_file;
mod serve;
mod session_times;
pub mod setting_choices;
pub mod setting_secret;
pub mod settings_table;
mod sign_in_flags;
mod storage;
pub mod storage_url;
mod telemetry;
mod views;
mod webhooks;

pub use clock::Clock;
pub use serve::{Server, start};

use std::process::ExitCode;

/// Runs the program with its parsed arguments. Failures are printed as one sentence to standard error.
pub fn run(cli: cli::Cli) -> ExitCode {
    // The tokens' cryptography has one back end, chosen here before anything can sign or verify.
    mudlark_auth::install_crypto_provider();
    match cli.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<cli::ExitWith>() => {
            ExitCode::from(error.downcast_ref().map_or(1, |cli::ExitWith(code)| *code))
        }
        Err(error) => {
            eprintln!("mudlark: {error:#}");
            ExitCode::FAILURE
        }
    }
}
