//! The thin layer under the areas: values in, columns out, and one adapter a database.
//! It knows no table. Only this folder names a driver; the areas hand it SQL with `$1` placeholders that both
//! databases understand.

/// Hands all ids that columns hold to a macro: they are read and written alike.
macro_rules! each_id {
    ($do:ident) => {
        $do!(
            AccountId,
            UserId,
            UserSessionId,
            InviteId,
            JobId,
            NotificationId,
            PasskeyId,
            PictureId,
            PreviewId,
            SettingId,
            WorkspaceId,
            FolderId,
            AssetId,
            AttachmentId,
            CommentId,
            EventId,
            LibraryId,
            ReviewId,
            ReviewRequestId,
            VersionId,
            StatusId,
            TagId,
            TaskId,
            UploadId,
            WebhookDeliveryId,
            WebhookId
        );
    };
}

mod catalog;
pub(crate) mod dialect;
mod migrations;
pub(crate) mod postgres;
mod row;
pub(crate) mod sqlite;
mod text_enum;
mod value;

pub(crate) use dialect::Dialect;
pub use migrations::SchemaSteps;
pub(crate) use row::{Cell, Columns, FromColumn, FromRow, row};
pub(crate) use text_enum::text_enum;
pub(crate) use value::{Value, params};

/// How many rows of an answer are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    First,
    All,
}

/// The most ids that one `IN (…)` takes. Longer lists are asked for in pieces.
pub(crate) const IDS_PER_QUERY: usize = 128;

/// The placeholders `$first, …` for a list of ids, and how many there are.
///
/// *Why* a power of two: each length is a statement of its own in the caches; the caller repeats its last id.
pub(crate) fn id_placeholders(first: usize, ids: usize) -> (String, usize) {
    let count = ids.next_power_of_two();
    let names: Vec<String> = (first..first + count).map(|number| format!("${number}")).collect();
    (names.join(", "), count)
}

/// The ids as parameters, the last one repeated until there are `count`.
pub(crate) fn padded_ids<Id: Copy + Into<Value<'static>>>(ids: &[Id], count: usize) -> Vec<Value<'static>> {
    let last = ids.last().copied();
    ids.iter().copied().chain(last.into_iter().cycle()).take(count).map(Into::into).collect()
}

/// The statement that puts so many rows into `into`, a table with its `columns` columns.
fn insert_rows(into: &str, columns: usize, rows: usize) -> String {
    let row = |row: usize| {
        let values: Vec<String> =
            (1..=columns).map(|column| format!("${}", row * columns + column)).collect();
        format!("({})", values.join(", "))
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!("INSERT INTO {into} VALUES {}", rows.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_list_of_three_is_padded_to_four() {
        assert_eq!(padded_ids(&[1_i64, 2, 3], 4), [1_i64, 2, 3, 3].map(Value::from));
        assert_eq!(id_placeholders(2, 3), ("$2, $3, $4, $5".to_owned(), 4));
    }

    #[test]
    fn each_row_has_placeholders_of_its_own() {
        assert_eq!(insert_rows("t (a, b)", 2, 2), "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4)");
    }
}
