//! The store's contract: what holds for every query, on SQLite and on PostgreSQL. One file an area; each test is an
//! async function of a fresh store and is run on both databases.

#![allow(clippy::unwrap_used, reason = "in a test a failure is a panic")]

mod account_purge;
mod accounts;
mod api_key_changes;
mod api_keys;
mod asset_changes;
mod asset_locks;
mod asset_marks;
mod asset_statuses;
mod assets;
mod attachments;
mod audit;
mod auth_changes;
mod blobs;
mod comments;
mod content_checks;
mod content_removals;
mod database;
mod events;
mod everything;
mod folder_stats;
mod folders;
mod idempotency;
mod invites;
mod jobs;
mod leases;
mod libraries;
mod likenesses;
mod members;
mod notifications;
mod opening;
mod postgres_cluster;
mod previews;
mod review_requests;
mod reviews;
mod revoked_tokens;
mod row_copy;
mod schema;
mod search;
mod search_scan;
mod settings;
mod sign_in_ways;
mod signing_keys;
mod tags;
mod tasks;
mod transactions;
mod trash;
mod upgrade;
mod uploads;
mod usage;
mod used_assets;
mod user_sessions;
mod users;
mod versions;
mod webhooks;
mod workspace_trash;
mod workspaces;
mod world;

/// Registers tests for both databases. Each is an async function of a fresh `Database`; most take its `Store`.
macro_rules! on_both_databases {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $test() {
                crate::database::run(crate::database::Kind::Sqlite, |database| super::$test(database.into()));
            })+
        }

        mod postgres {
            $(#[test]
            fn $test() {
                crate::database::run(crate::database::Kind::Postgres, |database| super::$test(database.into()));
            })+
        }
    };
}
pub(crate) use on_both_databases;
