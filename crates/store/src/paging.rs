//! Pages of a list in the order of creation.

use uuid::Uuid;

/// A piece of a list that is ordered by `(created_at_ms, id)`.
///
/// *Why* no offset: a page that starts after a row costs the same wherever it is, and nothing that is made or deleted
/// meanwhile shifts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The `(created_at_ms, id)` of the last row already seen; none for the start.
    pub after: Option<(i64, Uuid)>,
    /// Rows at most.
    pub limit: i64,
}

impl Page {
    /// The first rows.
    pub const fn first(limit: i64) -> Self {
        Self { after: None, limit }
    }

    /// The place after which to begin: before everything, for the first page.
    pub(crate) fn start(self) -> (i64, Uuid) {
        self.after.unwrap_or((i64::MIN, Uuid::nil()))
    }
}
