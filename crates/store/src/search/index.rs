//! Keeping what is searched in step with what there is. Called by the functions of `Tx` that make, change and delete things
//! with words, so that nobody else has to think of it.
//!
//! An entry of PostgreSQL is indexed as it is written: its kind of index gathers by itself. On SQLite an entry waits until
//! there are [`GATHERED`] of them, which are then indexed by one transaction; searches look at the waiting ones one by
//! one. *Why*: indexed by itself each costs seven times as much (measured: 150 µs of processor time, against 20).

use mudlark_types::{AssetId, CommentId, FolderId, TagId, WorkspaceId, search_fold};

use super::grams::{self, Scope};
use crate::error::Result;
use crate::session::Tx;
use crate::sql::{Columns, FromRow, Value, params};
use crate::store::Store;

/// How many entries are indexed at once.
const GATHERED: i64 = 64;

/// How many entries are made at once out of what was there before them.
const MADE_AT_ONCE: i64 = 500;

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Asset(AssetId),
    Folder(FolderId),
    Tag(TagId),
    Comment(CommentId),
}

impl Subject {
    /// The column of `search_entries` that names it.
    const fn column(self) -> &'static str {
        match self {
            Self::Asset(_) => "asset_id",
            Self::Folder(_) => "folder_id",
            Self::Tag(_) => "tag_id",
            Self::Comment(_) => "comment_id",
        }
    }

    const fn scope(self, workspace: WorkspaceId) -> Scope {
        scope(matches!(self, Self::Asset(_)), workspace)
    }
}

const fn scope(is_asset: bool, workspace: WorkspaceId) -> Scope {
    if is_asset { Scope::Assets(workspace) } else { Scope::Beside(workspace) }
}

impl From<Subject> for Value<'_> {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::Asset(id) => id.into(),
            Subject::Folder(id) => id.into(),
            Subject::Tag(id) => id.into(),
            Subject::Comment(id) => id.into(),
        }
    }
}

/// What is indexed of an entry: its number and workspace, whether it is an asset's, its text.
pub(crate) type IndexedEntry = (i64, WorkspaceId, bool, String);

/// What an entry is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    text: String,
    extension: Option<String>,
}

impl Words {
    /// Those of a folder (its path), a tag (its name) or a comment.
    pub(crate) fn of(text: &str) -> Self {
        Self { text: search_fold(text), extension: None }
    }

    pub(crate) fn of_asset(name: &str, file_name: &str, description: Option<&str>) -> Self {
        let file_name = search_fold(file_name);
        let extension = file_name.rsplit_once('.').map(|(_, extension)| extension.to_owned());
        let mut text = search_fold(name);
        if file_name != text {
            text.push('\n');
            text += &file_name;
        }
        if let Some(description) = description {
            text.push('\n');
            text += &search_fold(description);
        }
        Self { text, extension: extension.filter(|extension| !extension.is_empty()) }
    }
}

/// An entry whose words are still to be made, with the texts that they are made of.
struct RawEntry {
    number: i64,
    workspace_id: WorkspaceId,
    asset_name: Option<String>,
    asset_file_name: Option<String>,
    asset_description: Option<String>,
    /// Of what stands beside assets.
    beside: Option<String>,
}

impl FromRow for RawEntry {
    fn from_row(columns: &mut Columns<'_>) -> Result<Self> {
        Ok(Self {
            number: columns.get()?,
            workspace_id: columns.get()?,
            asset_name: columns.get()?,
            asset_file_name: columns.get()?,
            asset_description: columns.get()?,
            beside: columns.get()?,
        })
    }
}

impl RawEntry {
    fn scope(&self) -> Scope {
        scope(self.asset_name.is_some(), self.workspace_id)
    }

    fn words(&self) -> Words {
        match (&self.asset_name, &self.asset_file_name) {
            (Some(name), Some(file_name)) => {
                Words::of_asset(name, file_name, self.asset_description.as_deref())
            }
            _ => Words::of(self.beside.as_deref().unwrap_or_default()),
        }
    }
}

impl Tx {
    /// Makes the entry of something new.
    pub(crate) async fn insert_search_entry(
        &mut self,
        workspace_id: WorkspaceId,
        subject: Subject,
        words: &Words,
    ) -> Result<()> {
        let gathers = self.dialect().gathers_search_entries();
        let sql = format!(
            "INSERT INTO search_entries (workspace_id, {}, text, extension, state) \
             VALUES ($1, $2, $3, $4, $5) RETURNING number",
            subject.column()
        );
        let state = if gathers { "waiting" } else { "indexed" };
        let params = params![workspace_id, subject, &words.text, words.extension.as_deref(), state];
        let (number,): (i64,) = self.fetch_one(&sql, params).await?;
        if gathers {
            return self.index_search_entries().await;
        }
        self.put_search_grams(number, grams::of_text(subject.scope(workspace_id), &words.text)).await
    }

    /// Makes an entry anew, after what it is about has got other words.
    pub(crate) async fn renew_search_entry(&mut self, subject: Subject) -> Result<()> {
        let sql = format!("UPDATE search_entries SET state = 'raw' WHERE {} = $1", subject.column());
        self.execute(&sql, params![subject]).await?;
        self.make_search_entries().await.map(drop)
    }

    /// Makes the entries anew of all folders whose folded path is in this range.
    pub(crate) async fn renew_search_entries_of_folders(
        &mut self,
        workspace_id: WorkspaceId,
        first_path_key: &str,
        end_path_key: &str,
    ) -> Result<()> {
        let sql = "UPDATE search_entries SET state = 'raw' WHERE folder_id IN (SELECT id FROM folders \
                   WHERE workspace_id = $1 AND path_key >= $2 AND path_key < $3)";
        self.execute(sql, params![workspace_id, first_path_key, end_path_key]).await?;
        while self.make_search_entries().await? {}
        Ok(())
    }

    /// Takes away the entry of something that is gone.
    pub(crate) async fn delete_search_entry(&mut self, subject: Subject) -> Result<()> {
        let sql = format!("DELETE FROM search_entries WHERE {} = $1", subject.column());
        self.execute(&sql, params![subject]).await.map(drop)
    }

    /// Makes the words of some of the entries that have none yet. Answers whether there were as many as it takes at once.
    async fn make_search_entries(&mut self) -> Result<bool> {
        // The index of what is not indexed is taken only where its own condition is said.
        let raw = "SELECT e.number, e.workspace_id, a.name, a.file_name, a.description, \
                   COALESCE(f.path, t.name, c.content) FROM search_entries e \
                   LEFT JOIN assets a ON a.id = e.asset_id LEFT JOIN folders f ON f.id = e.folder_id \
                   LEFT JOIN tags t ON t.id = e.tag_id LEFT JOIN comments c ON c.id = e.comment_id \
                   WHERE e.state <> 'indexed' AND e.state = 'raw' LIMIT $1";
        let entries: Vec<RawEntry> = self.fetch_many(raw, params![MADE_AT_ONCE]).await?;
        let gathers = self.dialect().gathers_search_entries();
        let state = if gathers { "waiting" } else { "indexed" };
        // Another process may have made it meanwhile, of newer words.
        let sql = "UPDATE search_entries SET text = $2, extension = $3, state = $4 WHERE number = $1 AND state = 'raw'";
        for entry in &entries {
            let words = entry.words();
            let params = params![entry.number, &words.text, words.extension.as_deref(), state];
            if self.execute_one(sql, params).await? && !gathers {
                self.put_search_grams(entry.number, grams::of_text(entry.scope(), &words.text)).await?;
            }
        }
        if gathers {
            self.index_search_entries().await?;
        }
        Ok(i64::try_from(entries.len()).is_ok_and(|count| count >= MADE_AT_ONCE))
    }

    /// Indexes the entries that wait, if there are enough of them.
    async fn index_search_entries(&mut self) -> Result<()> {
        let (waiting,): (i64,) =
            self.fetch_one("SELECT COUNT(*) FROM search_entries WHERE state <> 'indexed'", params![]).await?;
        if waiting < GATHERED {
            return Ok(());
        }
        let waiting = "SELECT number, workspace_id, asset_id IS NOT NULL, text FROM search_entries \
                       WHERE state <> 'indexed' AND state = 'waiting'";
        let entries: Vec<IndexedEntry> = self.fetch_few(waiting, params![]).await?;
        self.put_entries_into_index(&entries).await?;
        let indexed =
            "UPDATE search_entries SET state = 'indexed' WHERE state <> 'indexed' AND state = 'waiting'";
        self.execute(indexed, params![]).await.map(drop)
    }

    /// Indexes entries by their texts, many at once.
    pub(crate) async fn put_entries_into_index(&mut self, entries: &[IndexedEntry]) -> Result<()> {
        let put = self.dialect().put_search_grams();
        self.execute_each(put, entries, |(number, workspace_id, is_asset, text)| {
            [Value::from(*number), grams::of_text(scope(*is_asset, *workspace_id), text).into()]
        })
        .await?;
        match self.dialect().merge_search_grams() {
            Some(merge) => self.execute(merge, params![]).await.map(drop),
            None => Ok(()),
        }
    }

    async fn put_search_grams(&mut self, number: i64, grams: String) -> Result<()> {
        let put = self.dialect().put_search_grams();
        self.execute(put, params![number, grams]).await.map(drop)
    }
}

impl Store {
    /// Makes the entries of all that was in the database before there was a search.
    pub(crate) async fn make_search_entries(&self) -> Result<()> {
        let are_there =
            "SELECT number FROM search_entries WHERE state <> 'indexed' AND state = 'raw' LIMIT 1";
        let first: Option<(i64,)> = self.read().await?.fetch_optional(are_there, params![]).await?;
        let mut go_on = first.is_some();
        while go_on {
            let mut tx = self.begin().await?;
            go_on = tx.make_search_entries().await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
