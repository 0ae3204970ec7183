//! The statements of a search, put together from a filter.
//!
//! An asset is found by a word in several ways (its own text, its folder's, …); each is a branch of a union, and each branch
//! begins with what is rare: the entries that the index gives for the word. The union is in the order of `number`, so that
//! on SQLite a page in the order of creation ends as soon as it is full.

use mudlark_types::WorkspaceId;

use super::grams::{self, Scope};
use super::{AssetFilter, MAX_COUNTED, Sort, SortBy, SortKey, TagFilter};
use crate::folders::end_of_subtree;
use crate::sql::{Dialect, Value};

/// A statement with its parameters.
pub(super) struct Statement {
    pub(super) sql: String,
    pub(super) params: Vec<Value<'static>>,
}

/// A page: key, number and id of each asset, in the order of the first two.
pub(super) fn page(
    dialect: Dialect,
    filter: &AssetFilter,
    sort: Sort,
    after: Option<(SortKey, i64)>,
    limit: i64,
) -> Statement {
    let mut parts = Parts::new(dialect, filter.workspace_id);
    let direction = if sort.descending { "DESC" } else { "ASC" };
    let beyond = if sort.descending { "<" } else { ">" };
    let key = match sort.by {
        SortBy::Created => {
            let place = after.map(|(_, number)| format!(" {beyond} {}", parts.bind(number)));
            let found = parts.found(filter, place.as_deref());
            let limit = parts.bind(limit);
            return parts.finish(&format!(
                "SELECT e.number, e.number, e.asset_id FROM ({found} ORDER BY number {direction} LIMIT {limit}) n \
                 CROSS JOIN search_entries e WHERE e.number = n.number ORDER BY e.number {direction}"
            ));
        }
        SortBy::Updated => "a.updated_at_ms",
        SortBy::Name => "a.name_key",
        SortBy::Size => "v.size_bytes",
    };
    let versions =
        if sort.by == SortBy::Size { " JOIN versions v ON v.id = a.current_version_id" } else { "" };
    let found = parts.found(filter, None);
    let place = after.map_or_else(String::new, |(last, number)| {
        let last = match last {
            SortKey::Text(text) => parts.bind(text),
            SortKey::Number(number) => parts.bind(number),
        };
        format!(" WHERE ({key}, e.number) {beyond} ({last}, {})", parts.bind(number))
    });
    let limit = parts.bind(limit);
    parts.finish(&format!(
        "SELECT {key}, e.number, a.id FROM ({found}) n JOIN search_entries e ON e.number = n.number \
         JOIN assets a ON a.id = e.asset_id{versions}{place} \
         ORDER BY {key} {direction}, e.number {direction} LIMIT {limit}"
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

/// A live asset of the workspace.
const LIVE: &str = "a.workspace_id = $1 AND a.deleted_at_ms IS NULL";

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

    /// A query of the `number`s of all assets that the filter lets through, each once.
    /// `place`: a further condition on the number, such as ` > $2`.
    fn found(&mut self, filter: &AssetFilter, place: Option<&str>) -> String {
        let conditions = self.conditions(filter);
        // The longest word is likely to be the rarest.
        let mut words: Vec<&str> = filter.words.iter().map(String::as_str).collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
        let mut further = String::new();
        for (index, word) in words.iter().enumerate().skip(1) {
            let branches = self.branches(filter, word, index);
            let union: Vec<String> = branches.into_iter().map(|branch| branch.finish("")).collect();
            self.with.push(format!("w{index} (number) AS MATERIALIZED ({})", union.join(" UNION ")));
            further += &format!(" AND {{number}} IN (SELECT number FROM w{index})");
        }
        if let Some(place) = place {
            further += &format!(" AND {{number}}{place}");
        }
        let Some(first) = words.first() else {
            let further = further.replace("{number}", "e.number");
            return format!(
                "SELECT e.number FROM search_entries e JOIN assets a ON a.id = e.asset_id \
                 WHERE e.workspace_id = $1 AND e.asset_id IS NOT NULL AND {LIVE}{conditions}{further}"
            );
        };
        let branches = self.branches(filter, first, 0).into_iter();
        let union: Vec<String> =
            branches.map(|branch| branch.finish(&format!("{conditions}{further}"))).collect();
        union.join(" UNION ")
    }

    /// The ways in which a word finds assets.
    fn branches(&mut self, filter: &AssetFilter, word: &str, index: usize) -> Vec<Branch> {
        let assets = self.bind(grams::of_word(Scope::Assets(self.workspace), word));
        let beside = self.bind(grams::of_word(Scope::Beside(self.workspace), word));
        let held = self.bind(word.to_owned());
        let contains = self.dialect.contains("e.text", &held);
        let by_index = |grams: &str| {
            format!(
                "FROM search_grams g CROSS JOIN search_entries e{{assets}} WHERE {} AND e.number = g.rowid \
                 AND e.workspace_id = $1 AND {contains}",
                self.dialect.has_search_grams(grams)
            )
        };
        let waiting = format!(
            "FROM search_entries e{{assets}} WHERE e.workspace_id = $1 AND e.state <> 'indexed' AND {contains}"
        );
        // Entries beside assets are few, most often none: they are looked up once.
        let mut entries_beside = vec![by_index(&beside)];
        let mut branches = vec![Branch::new(
            "g.rowid",
            by_index(&assets).replace("{assets}", " CROSS JOIN assets a") + " AND a.id = e.asset_id",
        )];
        if self.dialect.gathers_search_entries() {
            entries_beside.push(waiting.clone() + " AND e.asset_id IS NULL");
            branches.push(Branch::new(
                "e.number",
                waiting.replace("{assets}", " CROSS JOIN assets a") + " AND a.id = e.asset_id",
            ));
        }
        let entries_beside: Vec<String> = entries_beside
            .iter()
            .map(|from| {
                format!("SELECT e.folder_id, e.tag_id, e.comment_id {}", from.replace("{assets}", ""))
            })
            .collect();
        self.with.push(format!(
            "b{index} (folder_id, tag_id, comment_id) AS MATERIALIZED ({})",
            entries_beside.join(" UNION ALL ")
        ));
        for (tables, conditions) in [
            ("assets a", "a.folder_id = b.folder_id"),
            ("asset_tags x CROSS JOIN assets a", "x.tag_id = b.tag_id AND a.id = x.asset_id"),
            ("comments c CROSS JOIN assets a", "c.id = b.comment_id AND a.id = c.asset_id"),
        ] {
            branches.push(Branch::through(&format!("b{index} b CROSS JOIN {tables}"), conditions));
        }
        if let Some((first, last)) = checksums_beginning_with(word) {
            let account = self.bind(filter.account_id);
            let (first, last) = (self.bind(first), self.bind(last));
            branches.push(Branch::through(
                "versions v CROSS JOIN assets a",
                &format!("v.account_id = {account} AND v.sha256 >= {first} AND v.sha256 <= {last} AND a.current_version_id = v.id"),
            ));
        }
        if let Some(size_bytes) = size(word) {
            let size_bytes = self.bind(size_bytes);
            branches.push(Branch::through(
                "versions v CROSS JOIN assets a",
                &format!(
                    "v.workspace_id = $1 AND v.size_bytes = {size_bytes} AND a.current_version_id = v.id"
                ),
            ));
        }
        branches
    }

    /// The filter's conditions on the asset `a` and its entry `e`, but for the words.
    fn conditions(&mut self, filter: &AssetFilter) -> String {
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
            ("e.extension", self.bind_all(filter.extensions.iter().cloned())),
        ] {
            if !ids.is_empty() {
                all += &format!(" AND {column} IN ({ids})");
            }
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
        all
    }
}

/// One way in which assets are found: a query of the numbers of their entries.
struct Branch {
    /// What it selects.
    number: &'static str,
    from: String,
}

impl Branch {
    fn new(number: &'static str, from: String) -> Self {
        Self { number, from }
    }

    /// A way to assets `a` from elsewhere, and on to their entries.
    fn through(tables: &str, conditions: &str) -> Self {
        let from =
            format!("FROM {tables} CROSS JOIN search_entries e WHERE {conditions} AND e.asset_id = a.id");
        Self::new("e.number", from)
    }

    fn finish(self, further: &str) -> String {
        let Self { number, from } = self;
        let further = further.replace("{number}", number);
        format!("SELECT {number} AS number {from} AND {LIVE}{further}")
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
