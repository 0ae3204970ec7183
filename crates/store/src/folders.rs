//! The folder tree of a workspace. Paths are made, checked and folded by the caller; here they are kept and compared
//! byte by byte. Those in the trash are in `trash`.

use mudlark_types::{FolderId, UserId, WorkspaceId};

use crate::error::Result;
use crate::paging::Page;
use crate::search::{Subject, Words};
use crate::session::{Session, Tx};
use crate::sql::{params, row};

/// The conflict of a second folder with the same path in any case.
pub const FOLDER_PATH_TAKEN: &str = "folders_workspace_id_path_key_key";

row! {
    /// A folder. The root is one too: path `/`, no parent.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct FolderRow from "f" as folder_columns {
        /// Its id.
        id: FolderId,
        /// The workspace it belongs to.
        workspace_id: WorkspaceId,
        /// The folder it is in; none for the root.
        parent_id: Option<FolderId>,
        /// Its name, as written.
        name: String,
        /// Its whole path, as written, `/` at both ends.
        path: String,
        /// Its path in the form by which paths are compared.
        path_key: String,
        /// Who made it; none when the server did.
        created_by_user_id: Option<UserId>,
        /// The account's sequence number at its last change.
        sequence: i64,
        /// When it was made.
        created_at_ms: i64,
        /// When it was last changed.
        updated_at_ms: i64,
    }
}

/// What a folder is made from.
#[derive(Clone, Debug)]
pub struct NewFolder {
    /// Its id.
    pub id: FolderId,
    /// The workspace it belongs to.
    pub workspace_id: WorkspaceId,
    /// The folder it is in; none for the root alone.
    pub parent_id: Option<FolderId>,
    /// Its name, as written.
    pub name: String,
    /// Its whole path, as written, `/` at both ends.
    pub path: String,
    /// The path in the form by which paths are compared, `/` at both ends.
    pub path_key: String,
    /// Who makes it; none when the server does.
    pub created_by_user_id: Option<UserId>,
    /// From [`Tx::next_sequence`].
    pub sequence: i64,
    /// When it is made.
    pub created_at_ms: i64,
}

/// What a folder holds in sum, with all below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FolderStats {
    /// Folders, the one asked for among them.
    pub folders: i64,
    /// Live assets.
    pub assets: i64,
    /// Live versions of those assets.
    pub versions: i64,
    /// Bytes of those versions.
    pub size_bytes: i64,
}

impl Session {
    /// The workspace's folder of this id.
    pub async fn find_folder(
        &mut self,
        workspace_id: WorkspaceId,
        id: FolderId,
    ) -> Result<Option<FolderRow>> {
        let sql = concat!(
            "SELECT ",
            folder_columns!(),
            " FROM folders f WHERE f.id = $2 AND f.workspace_id = $1 AND f.deleted_at_ms IS NULL"
        );
        self.fetch_optional(sql, params![workspace_id, id]).await
    }

    /// The workspace's folder with this folded path.
    pub async fn find_folder_by_path_key(
        &mut self,
        workspace_id: WorkspaceId,
        path_key: &str,
    ) -> Result<Option<FolderRow>> {
        let sql = concat!(
            "SELECT ",
            folder_columns!(),
            " FROM folders f WHERE f.workspace_id = $1 AND f.path_key = $2"
        );
        self.fetch_optional(sql, params![workspace_id, path_key]).await
    }

    /// The folders directly in a folder.
    pub async fn list_child_folders(
        &mut self,
        workspace_id: WorkspaceId,
        parent_id: FolderId,
        page: Page,
    ) -> Result<Vec<FolderRow>> {
        let sql = concat!(
            "SELECT ",
            folder_columns!(),
            " FROM folders f WHERE f.workspace_id = $1 AND f.parent_id = $2 AND f.deleted_at_ms IS NULL",
            " AND (f.created_at_ms, f.id) > ($3, $4) ORDER BY f.created_at_ms, f.id LIMIT $5"
        );
        let (after_ms, after_id) = page.start();
        self.fetch_many(sql, params![workspace_id, parent_id, after_ms, after_id, page.limit]).await
    }

    /// How many folders are directly in a folder.
    pub async fn count_child_folders(
        &mut self,
        workspace_id: WorkspaceId,
        parent_id: FolderId,
    ) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM folders \
                   WHERE workspace_id = $1 AND parent_id = $2 AND deleted_at_ms IS NULL";
        let (count,) = self.fetch_scan(sql, params![workspace_id, parent_id]).await?;
        Ok(count)
    }

    /// All folders of the workspace by folded path: a folder comes before what is in it.
    pub async fn list_folders(&mut self, workspace_id: WorkspaceId) -> Result<Vec<FolderRow>> {
        let sql = concat!(
            "SELECT ",
            folder_columns!(),
            " FROM folders f WHERE f.workspace_id = $1 AND f.deleted_at_ms IS NULL ORDER BY f.path_key"
        );
        self.fetch_many(sql, params![workspace_id]).await
    }

    /// The length of the longest path in a folder, its own among them; 0 when there is none. *Units*: bytes.
    pub async fn longest_path_bytes(&mut self, workspace_id: WorkspaceId, path_key: &str) -> Result<i64> {
        let sql = "SELECT CAST(COALESCE(MAX(OCTET_LENGTH(path)), 0) AS BIGINT) FROM folders \
                   WHERE workspace_id = $1 AND path_key >= $2 AND path_key < $3";
        let (bytes,) =
            self.fetch_scan(sql, params![workspace_id, path_key, end_of_subtree(path_key)]).await?;
        Ok(bytes)
    }

    /// What the folder with this folded path holds in sum, with all below it; all zero when there is none.
    pub async fn folder_stats(&mut self, workspace_id: WorkspaceId, path_key: &str) -> Result<FolderStats> {
        // `CROSS JOIN` is how SQLite is told to begin with the folders; assets and versions are then read from
        // indexes alone.
        let sql = "SELECT \
            (SELECT COUNT(*) FROM folders f \
              WHERE f.workspace_id = $1 AND f.path_key >= $2 AND f.path_key < $3), \
            (SELECT COUNT(*) FROM folders f CROSS JOIN assets a \
              WHERE f.workspace_id = $1 AND f.path_key >= $2 AND f.path_key < $3 \
              AND a.folder_id = f.id AND a.deleted_at_ms IS NULL), \
            COUNT(v.size_bytes), CAST(COALESCE(SUM(v.size_bytes), 0) AS BIGINT) \
            FROM folders f CROSS JOIN assets a CROSS JOIN versions v \
            WHERE f.workspace_id = $1 AND f.path_key >= $2 AND f.path_key < $3 \
            AND a.folder_id = f.id AND a.deleted_at_ms IS NULL \
            AND v.workspace_id = $1 AND v.asset_id = a.id AND v.deleted_at_ms IS NULL";
        let params = params![workspace_id, path_key, end_of_subtree(path_key)];
        let (folders, assets, versions, size_bytes) = self.fetch_scan(sql, params).await?;
        Ok(FolderStats { folders, assets, versions, size_bytes })
    }
}

/// The first key after those of a folder and all below it: `0` is the character after `/`.
pub(crate) fn end_of_subtree(path_key: &str) -> String {
    let mut end = path_key.trim_end_matches('/').to_owned();
    end.push('0');
    end
}

impl Tx {
    /// Makes folders, each before those in it. *Errors*: `Conflict` on [`FOLDER_PATH_TAKEN`].
    pub async fn insert_folders(&mut self, folders: &[NewFolder]) -> Result<()> {
        let into = "folders (id, workspace_id, parent_id, name, path, path_key, created_by_user_id, sequence, \
                    created_at_ms, updated_at_ms)";
        self.insert_each(into, folders, |folder| {
            [
                folder.id.into(),
                folder.workspace_id.into(),
                folder.parent_id.into(),
                folder.name.as_str().into(),
                folder.path.as_str().into(),
                folder.path_key.as_str().into(),
                folder.created_by_user_id.into(),
                folder.sequence.into(),
                folder.created_at_ms.into(),
                folder.created_at_ms.into(),
            ]
        })
        .await?;
        for NewFolder { id, workspace_id, path, .. } in folders {
            self.insert_search_entry(*workspace_id, Subject::Folder(*id), &Words::of(path)).await?;
        }
        Ok(())
    }

    /// Makes a folder. *Errors*: `Conflict` on [`FOLDER_PATH_TAKEN`].
    pub async fn insert_folder(&mut self, folder: &NewFolder) -> Result<()> {
        self.insert_folders(std::slice::from_ref(folder)).await
    }

    /// Gives a folder another parent, name and path, and all below it the paths that follow. Answers how many folders
    /// were changed. *Errors*: `Conflict` on [`FOLDER_PATH_TAKEN`].
    pub async fn update_folder_place(
        &mut self,
        from: &FolderRow,
        to: &FolderRow,
        sequence: i64,
        now_ms: i64,
    ) -> Result<u64> {
        let place = "UPDATE folders SET parent_id = $3, name = $4 WHERE id = $2 AND workspace_id = $1";
        self.execute(place, params![from.workspace_id, from.id, to.parent_id, &to.name]).await?;
        // The number's own type is said first: PostgreSQL would take it for the one that `SUBSTR` wants.
        let sql = "UPDATE folders SET path = $4 || SUBSTR(path, CAST(CAST($5 AS BIGINT) AS INTEGER)), \
                   path_key = $6 || SUBSTR(path_key, CAST(CAST($7 AS BIGINT) AS INTEGER)), sequence = $8, updated_at_ms = $9 \
                   WHERE workspace_id = $1 AND path_key >= $2 AND path_key < $3";
        let params = params![
            from.workspace_id,
            &from.path_key,
            end_of_subtree(&from.path_key),
            &to.path,
            characters_after(&from.path),
            &to.path_key,
            characters_after(&from.path_key),
            sequence,
            now_ms,
        ];
        let moved = self.execute(sql, params).await?;
        // On its way to the trash and back it keeps its path.
        if from.path != to.path {
            let end = end_of_subtree(&to.path_key);
            self.renew_search_entries_of_folders(from.workspace_id, &to.path_key, &end).await?;
        }
        Ok(moved)
    }
}

/// The place of the first character after a text, counted from 1 as SQL does.
fn characters_after(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX - 1) + 1
}

#[cfg(test)]
mod tests {
    use super::end_of_subtree;

    #[test]
    fn subtree_of_the_root_is_everything_that_begins_with_a_slash() {
        assert_eq!(end_of_subtree("/"), "0");
    }

    #[test]
    fn subtree_ends_before_a_sibling_with_a_longer_name() {
        let end = end_of_subtree("/a/");
        assert!(end.as_str() > "/a/zzz/" && end.as_str() < "/a1/" && "/a-b/" < "/a/");
    }
}
