//! Black-box tests: each starts the real program on a free port with a folder of its own, and speaks HTTP to it.
//! One program for all of them, one file for each resource.

#![allow(
    clippy::unwrap_used,
    clippy::similar_names,
    clippy::too_many_lines,
    clippy::format_collect,
    reason = "a test reads from top to bottom, and what it does not find is its failure"
)]

mod access;
mod account_changes;
mod account_limits;
mod account_purge;
mod admin_commands;
mod api_keys;
mod asset_locks;
mod asset_statuses;
mod asset_trash;
mod assets;
mod attachments;
mod attacks;
mod audit;
mod backups;
mod bad_requests;
mod changes;
mod clock_steps;
mod comments;
mod console;
mod content_checks;
mod contract_rules;
mod crash;
mod credentials;
mod direct_transfers;
mod disk_full;
mod document;
mod documented_examples;
mod downloads;
mod favorites;
mod folders;
mod histories;
mod imports;
mod invites;
mod jobs;
mod key_commands;
mod key_revocations;
mod key_scan;
mod libraries;
mod limits;
mod member_changes;
mod members;
mod migrate;
mod notifications;
mod oauth;
mod pictures;
mod previews;
mod processes;
mod race;
mod review_requests;
mod reviews;
mod search;
mod secrets;
mod sessions;
mod settings;
mod signing_keys;
mod smoke;
mod startup;
mod storage;
mod support;
mod tags;
mod tasks;
mod tokens;
mod trash;
mod uploads;
mod versions;
mod webhook_deliveries;
mod webhooks;
mod workspace_trash;
mod workspaces;
mod zip_downloads;
