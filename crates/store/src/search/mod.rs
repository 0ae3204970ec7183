//! Assets found by what is said about them, and by what they are.
//!
//! Every thing with words of its own has an entry: assets, and what stands beside them (folders, tags, comments), through
//! which they are found too. So each change touches the one entry it is about, however many assets it concerns. The
//! entries are kept by the functions that change those things, in their transactions; `index` has how, `grams` by what
//! they are found, `statement` how they are asked for.

mod grams;
mod index;
mod statement;

use mudlark_types::{
    AccountId, AssetId, LibraryId, ReviewStatus, StatusId, TagId, UserId, WorkspaceId, search_fold,
};
use uuid::Uuid;

use crate::assets::AssetRow;
use crate::error::Result;
use crate::previews::FactValue;
use crate::session::Session;
use crate::sql::{Cell, Columns, FromColumn, FromRow};
pub(crate) use index::{IndexedEntry, Subject, Words};

/// The most words that one search may have.
pub const MAX_WORDS: usize = 16;

/// Matches are counted up to this many.
pub const MAX_COUNTED: i64 = 10_000;

/// Which assets of a workspace are wanted. What is none or empty does not narrow; all that is given must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetFilter {
    /// The account that the workspace belongs to.
    pub account_id: AccountId,
    /// Where to search.
    pub workspace_id: WorkspaceId,
    /// From [`search_words`]: each stands somewhere in the asset's name, file name or description, in the path of its
    /// folder, in one of its tags or comments; or is its size in bytes, or begins its checksum.
    pub words: Vec<String>,
    /// In this folder.
    pub folder: Option<FolderFilter>,
    /// With all of these tags.
    pub tags: Vec<TagFilter>,
    /// In one of these libraries.
    pub library_ids: Vec<LibraryId>,
    /// Whose review status (that of the newest review of their current version) is one of these.
    pub review_statuses: Vec<ReviewStatus>,
    /// With one of these statuses.
    pub status_ids: Vec<StatusId>,
    /// Of one of these kinds.
    pub asset_type_ids: Vec<Uuid>,
    /// Whose file has one of these extensions, folded as words are, without the dot.
    pub extensions: Vec<String>,
    /// Of whose current version's file all of these facts hold.
    pub facts: Vec<FactFilter>,
    /// Made by one of these users.
    pub created_by_user_ids: Vec<UserId>,
    /// Locked by somebody, or not.
    pub locked: Option<bool>,
    /// When that is asked.
    pub now_ms: i64,
    /// Last changed at this time or later.
    pub updated_from_ms: Option<i64>,
    /// Last changed before this time.
    pub updated_before_ms: Option<i64>,
}

/// What is asked of a fact of a file. A file of which it is not known is not found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactFilter {
    /// The fact's name, such as `width`.
    pub name: String,
    /// How it must stand to the value.
    pub comparison: FactComparison,
    /// The value.
    pub value: FactValue,
}

/// How a fact must stand to a value. Words stand in the order of their bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactComparison {
    /// The same.
    Equal,
    /// Another.
    NotEqual,
    /// Less.
    Less,
    /// Less, or the same.
    LessOrEqual,
    /// More.
    Greater,
    /// More, or the same.
    GreaterOrEqual,
}

impl FactComparison {
    const fn operator(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

impl AssetFilter {
    /// Lets through all assets of a workspace.
    pub const fn all(account_id: AccountId, workspace_id: WorkspaceId) -> Self {
        Self {
            account_id,
            workspace_id,
            words: Vec::new(),
            folder: None,
            tags: Vec::new(),
            library_ids: Vec::new(),
            review_statuses: Vec::new(),
            status_ids: Vec::new(),
            asset_type_ids: Vec::new(),
            extensions: Vec::new(),
            facts: Vec::new(),
            created_by_user_ids: Vec::new(),
            locked: None,
            now_ms: 0,
            updated_from_ms: None,
            updated_before_ms: None,
        }
    }
}

/// A folder to search in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderFilter {
    /// Its path in the form by which paths are compared.
    pub path_key: String,
    /// Whether in all folders below it too.
    pub recursive: bool,
}

/// A tag to search for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagFilter {
    /// By its id.
    Id(TagId),
    /// By its name in the form by which names are compared.
    Name(String),
}

/// What assets are sorted by; those that are equal in it, by when they were made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    /// When they were made.
    #[default]
    Created,
    /// When they were last changed.
    Updated,
    /// Their name in the form by which names are compared, character by character.
    Name,
    /// The size of their current version.
    Size,
}

/// An order of assets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub by: SortBy,
    /// The last first.
    pub descending: bool,
}

/// What an asset is sorted by. Texts stand in the order of their bytes, as in the databases.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortKey {
    /// Its name.
    Text(String),
    /// Anything else.
    Number(i64),
}

/// An asset that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundAsset {
    /// Its id.
    pub id: AssetId,
    /// What it is sorted by.
    pub key: SortKey,
    /// Grows with each asset that is made: tells those apart that are equal in `key`.
    pub number: i64,
}

/// Puts a page in its order. *Why* here: SQLite would carry all that is selected through a sorter of its own.
fn in_order<T>(mut page: Vec<T>, sort: Sort, found: impl Fn(&T) -> &FoundAsset) -> Vec<T> {
    page.sort_by(|one, other| {
        let (one, other) = (found(one), found(other));
        let order = (&one.key, one.number).cmp(&(&other.key, other.number));
        if sort.descending { order.reverse() } else { order }
    });
    page
}

struct ShownAsset(FoundAsset, AssetRow);

impl FromRow for ShownAsset {
    fn from_row(columns: &mut Columns<'_>) -> Result<Self> {
        let (key, number) = (columns.get()?, columns.get()?);
        let row = AssetRow::from_row(columns)?;
        Ok(Self(FoundAsset { id: row.id, key, number }, row))
    }
}

impl FromColumn for SortKey {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Text(text) => Some(Self::Text(text.to_owned())),
            Cell::I64(number) => Some(Self::Number(number)),
            _ => None,
        }
    }
}

/// Cuts a query into the words that are searched for, each once.
pub fn search_words(query: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let folded = search_fold(query);
    for word in folded.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    words
}

impl SortBy {
    /// Whether this is a key of the kind that it sorts by.
    pub fn takes(self, key: &SortKey) -> bool {
        matches!(key, SortKey::Text(_)) == (self == Self::Name)
    }
}

impl Session {
    /// The workspace's live assets that the filter lets through, after the one last seen (its key and number), which
    /// need not be there any more. *Errors*: `Internal` for a key that [`SortBy::takes`] refuses.
    pub async fn search_assets(
        &mut self,
        filter: &AssetFilter,
        sort: Sort,
        after: Option<(SortKey, i64)>,
        limit: i64,
    ) -> Result<Vec<FoundAsset>> {
        let statement = statement::page(self.dialect(), filter, sort, after, limit);
        let rows: Vec<(SortKey, i64, AssetId)> = self.fetch_many(&statement.sql, &statement.params).await?;
        let found = rows.into_iter().map(|(key, number, id)| FoundAsset { id, key, number });
        Ok(in_order(found.collect(), sort, |found| found))
    }

    /// [`Session::search_assets`] with all that is shown of the assets found.
    pub async fn search_shown_assets(
        &mut self,
        filter: &AssetFilter,
        sort: Sort,
        after: Option<(SortKey, i64)>,
        limit: i64,
    ) -> Result<Vec<(FoundAsset, AssetRow)>> {
        let statement = statement::shown_page(self.dialect(), filter, sort, after, limit);
        let rows: Vec<ShownAsset> = self.fetch_many(&statement.sql, &statement.params).await?;
        let found = rows.into_iter().map(|ShownAsset(found, row)| (found, row));
        Ok(in_order(found.collect(), sort, |(found, _)| found))
    }

    /// How many live assets of the workspace the filter lets through, counted up to [`MAX_COUNTED`].
    pub async fn count_found_assets(&mut self, filter: &AssetFilter) -> Result<i64> {
        let statement = statement::count(self.dialect(), filter);
        let (count,) = self.fetch_scan(&statement.sql, &statement.params).await?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_each_is_there_once() {
        assert_eq!(search_words(" Robot\u{3000}ＲＯＢＯＴ\t\"near* "), ["robot", "\"near*"]);
        assert!(search_words(" \u{200B} ").is_empty());
    }
}
