//! The schema's history, built into the program. Each step is one file a database, with the same number and name;
//! a step that has been released is never changed. The adapters carry the steps out.

use crate::error::{Result, StoreError};

/// One step of the schema.
pub(crate) struct Migration {
    pub(crate) version: i64,
    pub(crate) name: &'static str,
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

macro_rules! migration {
    ($version:literal, $name:literal, $file:literal) => {
        Migration {
            version: $version,
            name: $name,
            sqlite: include_str!(concat!("../../migrations/sqlite/", $file)),
            postgres: include_str!(concat!("../../migrations/postgres/", $file)),
        }
    };
}

const MIGRATIONS: &[Migration] = &[
    migration!(1, "core", "0001_core.sql"),
    migration!(2, "key_limits", "0002_key_limits.sql"),
    migration!(3, "leases", "0003_leases.sql"),
    migration!(4, "audit", "0004_audit.sql"),
    migration!(5, "signing_key_states", "0005_signing_key_states.sql"),
    migration!(6, "tasks", "0006_tasks.sql"),
    migration!(7, "tags", "0007_tags.sql"),
    migration!(8, "comments", "0008_comments.sql"),
    migration!(9, "libraries", "0009_libraries.sql"),
    migration!(10, "reviews", "0010_reviews.sql"),
    migration!(11, "review_requests", "0011_review_requests.sql"),
    migration!(12, "asset_marks", "0012_asset_marks.sql"),
    migration!(13, "asset_locks", "0013_asset_locks.sql"),
    migration!(14, "trash", "0014_trash.sql"),
    migration!(15, "events", "0015_events.sql"),
    migration!(16, "member_keys", "0016_member_keys.sql"),
    migration!(17, "invites", "0017_invites.sql"),
    migration!(18, "pictures", "0018_pictures.sql"),
    migration!(19, "usage", "0019_usage.sql"),
    migration!(20, "settings", "0020_settings.sql"),
    migration!(21, "notifications", "0021_notifications.sql"),
    migration!(22, "search", "0022_search.sql"),
    migration!(23, "attachments", "0023_attachments.sql"),
    migration!(24, "webhooks", "0024_webhooks.sql"),
    migration!(25, "purges", "0025_purges.sql"),
    migration!(26, "long_folder_paths", "0026_long_folder_paths.sql"),
    migration!(27, "version_trash", "0027_version_trash.sql"),
    migration!(28, "attachment_usage", "0028_attachment_usage.sql"),
    migration!(29, "more_pictures", "0029_more_pictures.sql"),
    migration!(30, "quicker_search", "0030_quicker_search.sql"),
    migration!(31, "content_checks", "0031_content_checks.sql"),
    migration!(32, "content_removals", "0032_content_removals.sql"),
    migration!(33, "relocation", "0033_relocation.sql"),
    migration!(34, "jobs", "0034_jobs.sql"),
    migration!(35, "counted_jobs", "0035_counted_jobs.sql"),
    migration!(36, "previews", "0036_previews.sql"),
    migration!(37, "user_sessions", "0037_user_sessions.sql"),
    migration!(38, "looks_alike", "0038_looks_alike.sql"),
    migration!(39, "sign_in_ways", "0039_sign_in_ways.sql"),
    migration!(40, "used_assets", "0040_used_assets.sql"),
    migration!(41, "nearest_likenesses", "0041_nearest_likenesses.sql"),
];

/// The table in which each database keeps the steps it has taken; the text is the same for both.
pub(crate) const CREATE_MIGRATIONS_TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (\
     version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at_ms BIGINT NOT NULL)";

/// The newest step taken, or 0.
pub(crate) const NEWEST_VERSION: &str = "SELECT COALESCE(MAX(version), 0) FROM schema_migrations";

pub(crate) const INSERT_MIGRATION: &str =
    "INSERT INTO schema_migrations (version, name, applied_at_ms) VALUES ($1, $2, $3)";

/// The step that follows the version found, or none when the schema is the newest known.
/// *Errors*: `NewerSchema` when the database knows more than we do.
pub(crate) fn next_after(found: i64) -> Result<Option<&'static Migration>> {
    let known = MIGRATIONS.last().map_or(0, |migration| migration.version);
    if found > known {
        return Err(StoreError::NewerSchema { found, known });
    }
    Ok(MIGRATIONS.iter().find(|migration| migration.version > found))
}

/// How far a database's schema is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchemaSteps {
    /// The newest step it has taken; 0 for an empty database.
    pub taken: i64,
    /// The newest step there is.
    pub known: i64,
}

impl SchemaSteps {
    /// *Errors*: `NewerSchema`.
    pub(crate) fn of(taken: i64) -> Result<Self> {
        next_after(taken)?;
        Ok(Self { taken, known: MIGRATIONS.last().map_or(0, |migration| migration.version) })
    }
}

/// The time to note beside a step. *Units*: Unix milliseconds. *Why* read here, against the rule that time is
/// handed in: it is a note for the operator that nothing else ever reads.
pub(crate) fn applied_at_ms() -> i64 {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    /// An SQLite file as it was after a step.
    fn sqlite_after(version: i64) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        for step in MIGRATIONS.iter().filter(|step| step.version <= version) {
            connection.execute_batch(step.sqlite).unwrap_or_else(|error| panic!("{}: {error}", step.name));
        }
        connection
    }

    #[test]
    fn sketches_from_before_have_their_account_and_grey() {
        let connection = sqlite_after(40);
        connection
            .execute_batch(&format!(
                "INSERT INTO previews (id, account_id, content_sha256, extension, outcome, readers, made_at_ms)
                 VALUES (x'01', x'0a', zeroblob(32), 'png', 'made', 1, 0);
                 INSERT INTO preview_likenesses VALUES (x'01', -2, x'{}{}');",
                "00".repeat(24),
                "FF".repeat(24)
            ))
            .unwrap();
        connection.execute_batch(next_after(40).unwrap().unwrap().sqlite).unwrap();
        let found = connection.query_row(
            "SELECT account_id, structure, grey, length(colors) FROM preview_likenesses WHERE preview_id = x'01'",
            [],
            |row| <(Vec<u8>, i64, i64, i64)>::try_from(row),
        );
        assert_eq!(found.unwrap(), (vec![0x0a], -2, 127, 48));
    }
}
