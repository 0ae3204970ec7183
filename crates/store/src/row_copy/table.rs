//! One table of one database, as far as copying its rows takes: its columns, its key, and rows in a form that is the same
//! in both kinds of databases.

use mudlark_types::WorkspaceId;
use uuid::Uuid;

use crate::error::{Result, StoreError};
use crate::search::IndexedEntry;
use crate::session::{Session, Tx};
use crate::sql::{Columns, FromRow, Value, params};

/// The table of what is searched. How far its index has come (the column) is each database's own affair.
const SEARCH_ENTRIES: &str = "search_entries";
const STATE: &str = "state";
/// The state of an entry whose text is still to be made.
const RAW: &str = "raw";
const INDEXED: &str = "indexed";

/// A table.
pub(super) struct RowTable {
    name: &'static str,
    /// In the order of their names.
    columns: Vec<Column>,
    /// The places of the key's columns, in the key's order.
    key: Vec<usize>,
}

struct Column {
    name: String,
    is_uuid: bool,
}

/// A row, or the key of one, column by column.
pub(super) struct TableRow(Vec<Value<'static>>);

impl FromRow for TableRow {
    fn from_row(columns: &mut Columns<'_>) -> Result<Self> {
        columns.rest().map(Self)
    }
}

impl TableRow {
    /// About how much memory it takes.
    pub(super) fn size_bytes(&self) -> usize {
        let size = |value: &Value<'_>| match value {
            Value::Text(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            _ => 0,
        };
        self.0.iter().map(|value| size(value) + size_of::<Value<'_>>()).sum()
    }
}

impl RowTable {
    pub(super) fn has_same_columns(&self, other: &Self) -> bool {
        let names = |table: &Self| table.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
        names(self) == names(other)
    }

    /// The key of a row.
    pub(super) fn key_of(&self, row: &TableRow) -> TableRow {
        TableRow(self.key.iter().map(|place| row.0[*place].clone()).collect())
    }

    /// A row in bytes that are the same from both kinds of databases, and others for any other row.
    pub(super) fn canonical(&self, row: &TableRow) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64 * row.0.len());
        for (column, value) in self.columns.iter().zip(&row.0) {
            if self.name == SEARCH_ENTRIES && column.name == STATE {
                continue;
            }
            let mut put = |kind: u8, content: &[u8]| {
                bytes.push(kind);
                bytes.extend_from_slice(&(content.len() as u64).to_be_bytes());
                bytes.extend_from_slice(content);
            };
            match value {
                Value::Null => put(0, &[]),
                Value::Bool(value) => put(1, &i64::from(*value).to_be_bytes()),
                Value::I64(value) => put(1, &value.to_be_bytes()),
                Value::Text(text) => put(2, text.as_bytes()),
                Value::Bytes(content) => put(3, content),
                Value::Uuid(id) => put(3, id.as_bytes()),
            }
        }
        bytes
    }

    fn names(&self) -> String {
        self.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    fn place(&self, name: &str) -> Result<usize> {
        let place = self.columns.iter().position(|column| column.name == name);
        place.ok_or_else(|| StoreError::internal(format!("there is no column {name}")))
    }

    /// Gives each value the type that this database keeps it in.
    fn fit(&self, row: &mut TableRow) -> Result<()> {
        for (column, value) in self.columns.iter().zip(&mut row.0) {
            if let (true, Value::Bytes(bytes)) = (column.is_uuid, &*value) {
                *value = Value::Uuid(Uuid::from_slice(bytes).map_err(StoreError::internal)?);
            }
        }
        Ok(())
    }

    /// Marks entries of the search as indexed, and answers what is to be indexed. Those whose text is still to be made are
    /// left for whoever opens the database.
    fn take_search_entries(&self, rows: &mut [TableRow]) -> Result<Vec<IndexedEntry>> {
        let place = |name| self.place(name);
        let (number, workspace, asset, text, state) =
            (place("number")?, place("workspace_id")?, place("asset_id")?, place("text")?, place(STATE)?);
        let mut entries = Vec::with_capacity(rows.len());
        for TableRow(values) in rows {
            if values[state] == Value::from(RAW) {
                continue;
            }
            values[state] = INDEXED.into();
            let workspace_id = match &values[workspace] {
                Value::Uuid(id) => *id,
                Value::Bytes(bytes) => Uuid::from_slice(bytes).map_err(StoreError::internal)?,
                _ => return Err(StoreError::internal("an entry of the search is in no workspace")),
            };
            let (Value::I64(number), Value::Text(text)) = (&values[number], &values[text]) else {
                return Err(StoreError::internal("an entry of the search has no number or text"));
            };
            let is_asset = values[asset] != Value::Null;
            entries.push((*number, WorkspaceId::from_uuid(workspace_id), is_asset, text.to_string()));
        }
        Ok(entries)
    }
}

impl Session {
    pub(super) async fn row_table(&mut self, name: &'static str) -> Result<RowTable> {
        let sql = self.dialect().columns_of_table();
        let mut columns: Vec<(String, String, i64)> = self.fetch_many(sql, params![name]).await?;
        columns.sort();
        let mut key: Vec<(i64, usize)> =
            columns.iter().enumerate().map(|(place, (.., in_key))| (*in_key, place)).collect();
        key.retain(|(in_key, _)| *in_key > 0);
        key.sort_unstable();
        if key.is_empty() {
            return Err(StoreError::internal("there is no such table with a primary key"));
        }
        let columns = columns.into_iter().map(|(name, kind, _)| Column { name, is_uuid: kind == "uuid" });
        let columns = columns.collect();
        Ok(RowTable { name, columns, key: key.into_iter().map(|(_, place)| place).collect() })
    }

    /// Rows in the order of their keys, after one.
    pub(super) async fn read_rows(
        &mut self,
        table: &RowTable,
        after: Option<&TableRow>,
        limit: i64,
    ) -> Result<Vec<TableRow>> {
        let mut params: Vec<Value<'static>> = after.map(|key| key.0.clone()).unwrap_or_default();
        let key: Vec<&str> = table.key.iter().map(|place| table.columns[*place].name.as_str()).collect();
        let key = key.join(", ");
        let condition = if after.is_some() {
            let placeholders: Vec<String> = (1..=params.len()).map(|number| format!("${number}")).collect();
            format!(" WHERE ({key}) > ({})", placeholders.join(", "))
        } else {
            String::new()
        };
        params.push(limit.into());
        let (names, name, limit) = (table.names(), table.name, params.len());
        let sql = format!("SELECT {names} FROM {name}{condition} ORDER BY {key} LIMIT ${limit}");
        self.fetch_many(&sql, &params).await
    }
}

impl Tx {
    /// Puts rows in, as they are.
    pub(super) async fn write_rows(&mut self, table: &RowTable, mut rows: Vec<TableRow>) -> Result<()> {
        for row in &mut rows {
            table.fit(row)?;
        }
        let is_search = table.name == SEARCH_ENTRIES;
        let entries = if is_search { table.take_search_entries(&mut rows)? } else { Vec::new() };
        let into = format!("{} ({})", table.name, table.names());
        self.insert_each(&into, &rows, |row| row.0.as_slice()).await?;
        if is_search { self.put_entries_into_index(&entries).await } else { Ok(()) }
    }
}
