//! Reading an answer, column by column in the order of the `SELECT`. Nothing is looked up by name and nothing is
//! copied on the way: a row of the hot path has forty columns.

use mudlark_types::{
    AccountRoles, AuditAction, AuditOutcome, EventType, EventTypes, NotificationKind, Plan, ReviewStatus,
    Scopes, SubscriptionFrequency, TaskPriority, TaskStatus, WebhookDeliveryState, WorkspaceRoles,
};
use uuid::Uuid;

use crate::error::{Result, StoreError};
use crate::sql::{Value, postgres, sqlite};

/// One value as the driver lends it.
#[derive(Clone, Copy)]
pub(crate) enum Cell<'r> {
    Null,
    Bool(bool),
    I64(i64),
    Uuid(Uuid),
    Text(&'r str),
    Bytes(&'r [u8]),
}

/// A row of either database with a place in it: each `get` takes the next column.
pub(crate) struct Columns<'r> {
    row: DriverRow<'r>,
    next: usize,
}

#[derive(Clone, Copy)]
pub(crate) enum DriverRow<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

impl<'r> Columns<'r> {
    pub(crate) fn new(row: DriverRow<'r>) -> Self {
        Self { row, next: 0 }
    }

    /// Reads the next column. *Errors*: `Internal` when there is none, or it isn't of this type.
    pub(crate) fn get<T: FromColumn>(&mut self) -> Result<T> {
        let index = self.next;
        self.next += 1;
        let cell = match self.row {
            DriverRow::Sqlite(row) => sqlite::cell(row, index)?,
            DriverRow::Postgres(row) => postgres::cell(row, index)?,
        };
        T::from_cell(cell).ok_or_else(|| unreadable::<T>(index))
    }

    /// Reads all columns that are left.
    pub(crate) fn rest<T: FromColumn>(&mut self) -> Result<Vec<T>> {
        let count = match self.row {
            DriverRow::Sqlite(row) => row.as_ref().column_count(),
            DriverRow::Postgres(row) => row.len(),
        };
        (self.next..count).map(|_| self.get()).collect()
    }
}

#[cold]
fn unreadable<T>(index: usize) -> StoreError {
    StoreError::internal(format!("column {index} is no {}", std::any::type_name::<T>()))
}

/// What one column can be read as. `None`: it is something else.
pub(crate) trait FromColumn: Sized {
    fn from_cell(cell: Cell<'_>) -> Option<Self>;
}

impl FromColumn for i64 {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::I64(value) => Some(value),
            _ => None,
        }
    }
}

impl FromColumn for bool {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Bool(value) => Some(value),
            Cell::I64(0) => Some(false),
            Cell::I64(1) => Some(true),
            _ => None,
        }
    }
}

impl FromColumn for String {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Text(value) => Some(value.to_owned()),
            _ => None,
        }
    }
}

impl FromColumn for Vec<u8> {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Bytes(value) => Some(value.to_owned()),
            _ => None,
        }
    }
}

impl FromColumn for Uuid {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Uuid(value) => Some(value),
            Cell::Bytes(bytes) => Self::from_slice(bytes).ok(),
            _ => None,
        }
    }
}

/// Whatever it is, as it is.
impl FromColumn for Value<'static> {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        Some(match cell {
            Cell::Null => Self::Null,
            Cell::Bool(value) => Self::Bool(value),
            Cell::I64(value) => Self::I64(value),
            Cell::Uuid(value) => Self::Uuid(value),
            Cell::Text(value) => value.to_owned().into(),
            Cell::Bytes(value) => value.to_owned().into(),
        })
    }
}

impl<T: FromColumn> FromColumn for Option<T> {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Null => Some(None),
            cell => T::from_cell(cell).map(Some),
        }
    }
}

macro_rules! id_from_column {
    ($($id:ident),+) => {
        $(impl FromColumn for mudlark_types::$id {
            fn from_cell(cell: Cell<'_>) -> Option<Self> {
                Uuid::from_cell(cell).map(Self::from_uuid)
            }
        })+
    };
}
each_id!(id_from_column);

macro_rules! word_from_column {
    ($($word:ident),+) => {
        $(impl FromColumn for $word {
            fn from_cell(cell: Cell<'_>) -> Option<Self> {
                match cell {
                    Cell::Text(text) => text.parse().ok(),
                    _ => None,
                }
            }
        })+
    };
}
word_from_column!(
    Plan,
    ReviewStatus,
    SubscriptionFrequency,
    NotificationKind,
    AuditAction,
    AuditOutcome,
    EventType,
    EventTypes,
    AccountRoles,
    WorkspaceRoles,
    Scopes,
    TaskPriority,
    TaskStatus,
    WebhookDeliveryState
);

/// What one row can be read as.
pub(crate) trait FromRow: Sized {
    fn from_row(columns: &mut Columns<'_>) -> Result<Self>;
}

macro_rules! tuple_from_row {
    ($($column:ident),+) => {
        impl<$($column: FromColumn),+> FromRow for ($($column,)+) {
            fn from_row(columns: &mut Columns<'_>) -> Result<Self> {
                Ok(($(columns.get::<$column>()?,)+))
            }
        }
    };
}
tuple_from_row!(A);
tuple_from_row!(A, B);
tuple_from_row!(A, B, C);
tuple_from_row!(A, B, C, D);

/// Declares a row struct, the list of its columns for a `SELECT` as a macro of its own, and how it is read: all
/// from one list of fields, so that they can't come apart. What follows `joined` is selected after those columns.
macro_rules! row {
    (
        $(#[$doc:meta])*
        pub struct $name:ident from $alias:literal as $columns:ident {
            $(#[$first_doc:meta])* $first:ident: $first_type:ty,
            $($(#[$rest_doc:meta])* $rest:ident: $rest_type:ty,)*
        }
        $(joined { $($(#[$joined_doc:meta])* $joined:ident: $joined_type:ty = $read:expr,)+ })?
    ) => {
        $(#[$doc])*
        pub struct $name {
            $(#[$first_doc])* pub $first: $first_type,
            $($(#[$rest_doc])* pub $rest: $rest_type,)*
            $($($(#[$joined_doc])* pub $joined: $joined_type,)+)?
        }

        macro_rules! $columns {
            () => { concat!($alias, ".", stringify!($first) $(, ", ", $alias, ".", stringify!($rest))*) };
        }

        impl $crate::sql::FromRow for $name {
            fn from_row(columns: &mut $crate::sql::Columns<'_>) -> $crate::error::Result<Self> {
                Ok(Self {
                    $first: columns.get()?,
                    $($rest: columns.get()?,)*
                    $($($joined: $read(columns)?,)+)?
                })
            }
        }
    };
}
pub(crate) use row;
