//! Temporary: compiles one writer's modules apart from the rest.
#![allow(dead_code, unused_imports)]
#![allow(
    clippy::unwrap_used,
    clippy::similar_names,
    clippy::too_many_lines,
    clippy::format_collect,
    reason = "a test reads from top to bottom, and what it does not find is its failure"
)]

#[path = "it/assets.rs"]
mod assets;
#[path = "it/crash.rs"]
mod crash;
#[path = "it/disk_full.rs"]
mod disk_full;
#[path = "it/downloads.rs"]
mod downloads;
#[path = "it/race.rs"]
mod race;
#[path = "it/support/mod.rs"]
mod support;
#[path = "it/uploads.rs"]
mod uploads;
#[path = "it/versions.rs"]
mod versions;
