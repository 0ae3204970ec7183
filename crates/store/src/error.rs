//! What can go wrong in the database, by situation. Callers branch on the variant; nobody outside this crate sees
//! a driver's error. Turning a situation into an answer is the server's work, not this module's.

/// The private cause of an error: for the log, never for a client.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// What a store function answers.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The constraint that is reported for a broken foreign key.
///
/// *Why* one name for all: SQLite doesn't say which key was broken, and callers must not come to depend on what
/// only PostgreSQL tells.
pub const FOREIGN_KEY: &str = "foreign_key";

/// A situation in which the database could not do what was asked.
///
/// `Display` never shows the cause; it is in `source()`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A row with the same unique value exists, or a row that is pointed at doesn't.
    #[error("the change conflicts with `{constraint}`")]
    Conflict {
        /// The unique index or primary key by its PostgreSQL name on both databases, or [`FOREIGN_KEY`].
        constraint: String,
    },
    /// Another writer, here or in another process, held the database for too long. Trying again may help.
    #[error("the database is busy")]
    Busy,
    /// The disk is full.
    #[error("the database's disk is full")]
    Full,
    /// The database can't be reached, or the connection was lost; whether a commit took place is then unknown.
    #[error("the database can't be reached")]
    Unavailable(#[source] Source),
    /// The database was last written by a newer version of this program.
    #[error("the database has schema version {found}, but this program knows versions up to {known}")]
    NewerSchema {
        /// The version in the database.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// The database file can't be made, opened or written: rights, a read-only file system, a missing folder.
    #[error("the database can't be opened for writing")]
    NotWritable(#[source] Source),
    /// There is no database at the place named.
    #[error("there is no database at this place")]
    Absent,
    /// The file is not a database, or is damaged.
    #[error("the database file is damaged, or is not a database")]
    Corrupt(#[source] Source),
    /// A fault of this program, or one that has no name yet.
    #[error("the database refused a statement")]
    Internal(#[source] Source),
}

impl StoreError {
    /// Whether the change was refused by the constraint of this name.
    pub fn is_conflict_on(&self, name: &str) -> bool {
        matches!(self, Self::Conflict { constraint } if constraint == name)
    }

    pub(crate) fn internal(cause: impl Into<Source>) -> Self {
        Self::Internal(cause.into())
    }
}
