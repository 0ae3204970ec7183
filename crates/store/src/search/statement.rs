//! The statements of a search, put together from a filter.
//!
//! An asset is found by a word in several ways (its own text, its folder's, …); each is a branch of a union, and each branch
//! begins with what is rare: the entries that the index gives for the word. The union is in the order of `number`, so that
//! on SQLite a page in the order of creation ends as soon as it is full. An entry knows whether its asset is live, so that
//! an asset itself is looked at only where the filter asks for more than words.

use mudlark_types::WorkspaceId;

use super::grams::{self, Scope};
use super::{AssetFilter, MAX_COUNTED, Sort, SortBy, SortKey, TagFilter};
use crate::folders::end_of_subtree;
use crate::previews::FactValue;
use crate::sql::{Dialect, Value};

/// A statement with its parameters.
pub(super) struct Statement {
    pub(super) sql: String,
    pub(super) params: Vec<Value<'static>>,
}

/// A page: key, number and id of each asset, in no particular order.
pub(super) fn page(
    dialect: Dialect,
    filter: &AssetFilter,
    sort: Sort,
    after: Option<(SortKey, i64)>,
    limit: i64,
) -> Statement {
    let mut parts = Parts::new(dialect, filter.workspace_id);
    let page = parts.page(filter, sort, after, limit);
    parts.finish(&page)
}

/// The same with all that is shown of the assets.
///
/// *Why* one statement: a second one, which is given the ids, has to sort them before it looks them up.
pub(super) fn shown_page(
    dialect: Dialect,
    filter: &AssetFilter,
    sort: Sort,
    after: Option<(SortKey, i64)>,
    limit: i64,
) -> Statement {
    let mut parts = Parts::new(dialect, filter.workspace_id);
    let page = parts.page(filter, sort, after, limit);
    parts.finish(&format!(
        "SELECT p.sort_key, p.number, {} FROM ({page}) p CROSS JOIN assets a CROSS JOIN folders f CROSS JOIN versions v \
         WHERE a.id = p.asset_id AND f.id = a.folder_id AND v.id = a.current_version_id",
        shown_asset_columns!()
    ))
}

/// How many there are, up to [`MAX_COUNTED`].
pub(super) fn count(dialect: Dialect, filter: &AssetFilter) -> Statement {
    let mut parts = Parts::new(dialect, filter.workspace_id);
    let found = parts.found(filter, None);
    parts.finish(&format!("SELECT COUNT(*) FROM (SELECT number FROM ({found}) f LIMIT {MAX_COUNTED}) n"))
}

/// A statement in the making. `$1` is the workspace.
struct Parts {
    dialect: Dialect,
    workspace: WorkspaceId,
    params: Vec<Value<'static>>,
    /// What stands before the statement, as `name AS MATERIALIZED (…)`.
    with: Vec<String>,
}

/// The entry of a live asset of the workspace.
const LIVE: &str = "e.workspace_id = $1 AND e.asset_id IS NOT NULL AND e.is_live = 1";

/// What a filter asks beside its words, each as ` AND …`.
struct Conditions {
    /// Of the asset `a`. Most searches ask nothing of it, and then it is not looked at.
    on_asset: String,
    /// Of its entry `e`.
    on_entry: String,
}

impl Conditions {
    /// The asset among the tables, if it is needed. Words are the rarest condition: where there are some, it comes last.
    fn asset(&self, by_words: bool) -> &'static str {
        match (self.on_asset.is_empty(), by_words) {
            (true, _) => "",
            (false, true) => " CROSS JOIN assets a",
            (false, false) => ", assets a",
        }
    }

    fn all(&self) -> String {
        let join = if self.on_asset.is_empty() { "" } else { " AND a.id = e.asset_id" };
        format!("{join}{}{}", self.on_asset, self.on_entry)
    }
}

impl Parts {
    fn new(dialect: Dialect, workspace: WorkspaceId) -> Self {
        Self { dialect, workspace, params: vec![workspace.into()], with: Vec::new() }
    }

    fn bind(&mut self, value: impl Into<Value<'static>>) -> String {
        self.params.push(value.into());
        format!("${}", self.params.len())
    }

    fn bind_all<T: Into<Value<'static>>>(&mut self, values: impl IntoIterator<Item = T>) -> String {
        values.into_iter().map(|value| self.bind(value)).collect::<Vec<_>>().join(", ")
    }

    fn finish(self, select: &str) -> Statement {
        let with =
            if self.with.is_empty() { String::new() } else { format!("WITH {} ", self.with.join(", ")) };
        Statement { sql: with + select, params: self.params }
    }

    /// The query of a page's keys, numbers and ids.
    fn page(
        &mut self,
        filter: &AssetFilter,
        sort: Sort,
        after: Option<(SortKey, i64)>,
        limit: i64,
    ) -> String {
        let direction = if sort.descending { "DESC" } else { "ASC" };
        let beyond = if sort.descending { "<" } else { ">" };
        let key = match sort.by {
            SortBy::Created => {
                let place = after.map(|(_, number)| format!(" {beyond} {}", self.bind(number)));
                let found = self.found(filter, place.as_deref());
                let limit = self.bind(limit);
                return format!(
                    "SELECT e.number AS sort_key, e.number AS number, e.asset_id AS asset_id \
                 FROM ({found} ORDER BY number {direction} LIMIT {limit}) n \
                 CROSS JOIN search_entries e WHERE e.number = n.number"
                );
            }
            SortBy::Updated => "a.updated_at_ms",
            SortBy::Name => "a.name_key",
            SortBy::Size => "v.size_bytes",
        };
        let versions =
            if sort.by == SortBy::Size { " JOIN versions v ON v.id = a.current_version_id" } else { "" };
        let found = self.found(filter, None);
        let place = after.map_or_else(String::new, |(last, number)| {
            let last = match last {
                SortKey::Text(text) => self.bind(text),
                SortKey::Number(number) => self.bind(number),
            };
            format!(" WHERE ({key}, e.number) {beyond} ({last}, {})", self.bind(number))
        });
        let limit = self.bind(limit);
        format!(
            "SELECT {key} AS sort_key, e.number AS number, a.id AS asset_id \
         FROM ({found}) n JOIN search_entries e ON e.number = n.number \
         JOIN assets a ON a.id = e.asset_id{versions}{place} \
         ORDER BY {key} {direction}, e.number {direction} LIMIT {limit}"
        )
    }

    /// A query of the `number`s of all assets that the filter lets through, each once.
    /// `place`: a further condition on the number, such as ` > $2`.
    fn found(&mut self, filter: &AssetFilter, place: Option<&str>) -> String {
        let conditions = self.conditions(filter);
        // The longest word is likely to be the rarest.
        let mut words: Vec<&str> = filter.words.iter().map(String::as_str).collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
        let mut further = conditions.all();
        for (index, word) in words.iter().enumerate().skip(1) {
            let branches = self.branches(filter, word, index);
            let union: Vec<String> = branches.iter().map(|branch| branch.found("", "")).collect();
            self.with.push(format!("w{index} (number) AS MATERIALIZED ({})", union.join(" UNION ")));
            further += &format!(" AND {{number}} IN (SELECT number FROM w{index})");
        }
        if let Some(place) = place {
            further += &format!(" AND {{number}}{place}");
        }
        let asset = conditions.asset(!words.is_empty());
        let Some(first) = words.first() else {
            return Branch::new("search_entries e", "TRUE").found(asset, &further);
        };
        let branches = self.branches(filter, first, 0);
        let union: Vec<String> = branches.iter().map(|branch| branch.found(asset, &further)).collect();
        union.join(" UNION ")
    }

    /// The ways in which a word finds assets.
    fn branches(&mut self, filter: &AssetFilter, word: &str, index: usize) -> Vec<Branch> {
        let assets = self.bind(grams::of_word(Scope::Assets(self.workspace), word));
        let beside = self.bind(grams::of_word(Scope::Beside(self.workspace), word));
        let held = self.bind(word.to_owned());
        let contains = self.dialect.contains("e.text", &held);
        let indexed = |grams: &str| Branch {
            number: "g.rowid",
            ..Branch::new(
                "search_grams g CROSS JOIN search_entries e",
                &format!("{} AND e.number = g.rowid AND {contains}", self.dialect.has_search_grams(grams)),
            )
        };
        let waiting = Branch::new("search_entries e", &format!("e.state <> 'indexed' AND {contains}"));
        // Entries beside assets are few, most often none: they are looked up once.
        let mut entries_beside = vec![indexed(&beside).beside()];
        let mut branches = vec![indexed(&assets)];
        if self.dialect.gathers_search_entries() {
            entries_beside.push(waiting.beside());
            branches.push(waiting);
        }
        self.with.push(format!(
            "b{index} (folder_id, tag_id, comment_id) AS MATERIALIZED ({})",
            entries_beside.join(" UNION ALL ")
        ));
        for (tables, conditions) in [
            ("assets o", "o.folder_id = b.folder_id AND e.asset_id = o.id"),
            ("asset_tags x", "x.tag_id = b.tag_id AND e.asset_id = x.asset_id"),
            ("comments c", "c.id = b.comment_id AND e.asset_id = c.asset_id"),
        ] {
            let tables = format!("b{index} b CROSS JOIN {tables} CROSS JOIN search_entries e");
            branches.push(Branch::new(&tables, conditions));
        }
        let mut of_version = |condition: &str| {
            let condition = format!("{condition} AND o.current_version_id = v.id AND e.asset_id = o.id");
            branches
                .push(Branch::new("versions v CROSS JOIN assets o CROSS JOIN search_entries e", &condition));
        };
        if let Some((first, last)) = checksums_beginning_with(word) {
            let account = self.bind(filter.account_id);
            let (first, last) = (self.bind(first), self.bind(last));
            of_version(&format!("v.account_id = {account} AND v.sha256 >= {first} AND v.sha256 <= {last}"));
        }
        if let Some(size_bytes) = size(word) {
            of_version(&format!("v.workspace_id = $1 AND v.size_bytes = {}", self.bind(size_bytes)));
        }
        branches
    }

    /// What the filter asks but for the words.
    fn conditions(&mut self, filter: &AssetFilter) -> Conditions {
        let mut all = String::new();
        if let Some(folder) = &filter.folder {
            let first = self.bind(folder.path_key.clone());
            let within = if folder.recursive {
                format!(
                    "f.path_key >= {first} AND f.path_key < {}",
                    self.bind(end_of_subtree(&folder.path_key))
                )
            } else {
                format!("f.path_key = {first}")
            };
            all += &format!(
                " AND a.folder_id IN (SELECT f.id FROM folders f WHERE f.workspace_id = $1 AND {within})"
            );
        }
        for tag in &filter.tags {
            let tag = match tag {
                TagFilter::Id(id) => format!("t.id = {}", self.bind(*id)),
                TagFilter::Name(name_key) => format!("t.name_key = {}", self.bind(name_key.clone())),
            };
            all += &format!(
                " AND a.id IN (SELECT x.asset_id FROM tags t JOIN asset_tags x ON x.tag_id = t.id \
                 WHERE t.workspace_id = $1 AND t.deleted_at_ms IS NULL AND {tag})"
            );
        }
        if !filter.library_ids.is_empty() {
            let libraries = self.bind_all(filter.library_ids.iter().copied());
            all += &format!(
                " AND a.id IN (SELECT i.asset_id FROM libraries l JOIN library_assets i ON i.library_id = l.id \
                 WHERE l.workspace_id = $1 AND l.id IN ({libraries}))"
            );
        }
        if !filter.review_statuses.is_empty() {
            let statuses = self.bind_all(filter.review_statuses.iter().copied());
            // Few assets have a review of this status at all; of which versions, is asked first.
            all += &format!(
                " AND a.current_version_id IN (SELECT w.asset_version_id FROM reviews w \
                 WHERE w.workspace_id = $1 AND w.status IN ({statuses})) AND {} IN ({statuses})",
                asset_review_status!()
            );
        }
        for (column, ids) in [
            ("a.status_id", self.bind_all(filter.status_ids.iter().copied())),
            ("a.asset_type_id", self.bind_all(filter.asset_type_ids.iter().copied())),
            ("a.created_by_user_id", self.bind_all(filter.created_by_user_ids.iter().copied())),
        ] {
            if !ids.is_empty() {
                all += &format!(" AND {column} IN ({ids})");
            }
        }
        for fact in &filter.facts {
            let name = self.bind(fact.name.clone());
            let (column, value) = match &fact.value {
                FactValue::Thousandths(number) => ("thousandths", self.bind(*number)),
                FactValue::Word(word) => ("word", self.bind(word.clone())),
            };
            all += &format!(
                " AND EXISTS (SELECT 1 FROM versions v JOIN preview_facts q ON q.preview_id = v.preview_id \
                 WHERE v.id = a.current_version_id AND q.name = {name} AND q.{column} {} {value})",
                fact.comparison.operator()
            );
        }
        if let Some(locked) = filter.locked {
            let now_ms = self.bind(filter.now_ms);
            all += &if locked {
                format!(" AND a.lock_user_id IS NOT NULL AND a.lock_expires_at_ms > {now_ms}")
            } else {
                format!(" AND (a.lock_user_id IS NULL OR a.lock_expires_at_ms <= {now_ms})")
            };
        }
        if let Some(from_ms) = filter.updated_from_ms {
            all += &format!(" AND a.updated_at_ms >= {}", self.bind(from_ms));
        }
        if let Some(before_ms) = filter.updated_before_ms {
            all += &format!(" AND a.updated_at_ms < {}", self.bind(before_ms));
        }
        let extensions = self.bind_all(filter.extensions.iter().cloned());
        let on_entry =
            if extensions.is_empty() { String::new() } else { format!(" AND e.extension IN ({extensions})") };
        Conditions { on_asset: all, on_entry }
    }
}

/// One way in which entries `e` are found.
struct Branch {
    /// Their number. *Why* not always the entry's: SQLite has to see that the index gives them in this order.
    number: &'static str,
    tables: String,
    conditions: String,
}

impl Branch {
    fn new(tables: &str, conditions: &str) -> Self {
        Self { number: "e.number", tables: tables.to_owned(), conditions: conditions.to_owned() }
    }

    /// The numbers of the live assets found. `asset` and `further` are of [`Conditions`].
    fn found(&self, asset: &str, further: &str) -> String {
        let Self { number, tables, conditions } = self;
        let further = further.replace("{number}", number);
        format!("SELECT {number} AS number FROM {tables}{asset} WHERE {conditions} AND {LIVE}{further}")
    }

    /// What stands beside assets and is found.
    fn beside(&self) -> String {
        let Self { tables, conditions, .. } = self;
        format!(
            "SELECT e.folder_id, e.tag_id, e.comment_id FROM {tables} \
             WHERE {conditions} AND e.workspace_id = $1 AND e.asset_id IS NULL"
        )
    }
}

/// The fewest digits by which a checksum is found: fewer are a word or a number like any other.
const FEWEST_DIGITS: usize = 8;

/// The SHA-256 sums that begin with these hexadecimal digits: the first and the last.
fn checksums_beginning_with(word: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let digits: Option<Vec<u8>> =
        word.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| (FEWEST_DIGITS..=64).contains(&digits.len()))?;
    let filled = |with: u8| {
        let all: Vec<u8> = digits.iter().copied().chain(std::iter::repeat(with)).take(64).collect();
        all.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    };
    Some((filled(0), filled(15)))
}

/// The size in bytes that a word is.
fn size(word: &str) -> Option<i64> {
    word.bytes().all(|digit| digit.is_ascii_digit()).then(|| word.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_is_found_by_its_first_digits_however_many() {
        let (first, last) = checksums_beginning_with("abcdef012").unwrap();
        assert_eq!(
            (&first[..5], &last[..5]),
            (&[0xab, 0xcd, 0xef, 0x01, 0x20][..], &[0xab, 0xcd, 0xef, 0x01, 0x2f][..])
        );
        assert_eq!((first.len(), last.len(), first[31], last[31]), (32, 32, 0, 0xff));
        assert_eq!(checksums_beginning_with(&"0".repeat(64)).map(|(first, last)| first == last), Some(true));
        for word in ["cafe", "abcdefg0", &"0".repeat(65)] {
            assert_eq!(checksums_beginning_with(word), None, "{word}");
        }
    }

    #[test]
    fn size_is_a_whole_number() {
        assert_eq!(size("204800"), Some(204_800));
        for word in ["", "2k", "-1", "99999999999999999999", "٣"] {
            assert_eq!(size(word), None, "{word}");
        }
    }
}
