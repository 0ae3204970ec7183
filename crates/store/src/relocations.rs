//! The note that an installation has gone to another database or storage, left where it was. Not the moving itself: rows
//! go by `row_copy`, files by the server's own work.

use crate::error::Result;
use crate::session::{Session, Tx};
use crate::sql::{params, row};

row! {
    /// Where an installation has gone.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RelocationRow from "r" as relocation_columns {
        /// When.
        at_ms: i64,
        /// Where its database is now, without the password; none where it is this one still.
        database_place: Option<String>,
        /// Where its files are now, without credentials.
        storage_place: String,
    }
}

impl Session {
    /// Where the installation of this database has gone, if it has.
    pub async fn find_relocation(&mut self) -> Result<Option<RelocationRow>> {
        let sql = concat!("SELECT ", relocation_columns!(), " FROM relocation r");
        self.fetch_optional(sql, params![]).await
    }
}

impl Tx {
    /// Notes where the installation has gone, in place of an earlier note.
    pub async fn put_relocation(&mut self, row: &RelocationRow) -> Result<()> {
        let sql = "INSERT INTO relocation (id, at_ms, database_place, storage_place) VALUES (1, $1, $2, $3) \
                   ON CONFLICT (id) DO UPDATE SET at_ms = EXCLUDED.at_ms, \
                   database_place = EXCLUDED.database_place, storage_place = EXCLUDED.storage_place";
        let params = params![row.at_ms, row.database_place.as_deref(), row.storage_place.as_str()];
        self.execute(sql, params).await.map(drop)
    }

    /// Takes the note away. Answers whether there was one.
    pub async fn delete_relocation(&mut self) -> Result<bool> {
        self.execute_one("DELETE FROM relocation", params![]).await
    }
}
