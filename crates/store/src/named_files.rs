//! The files that versions' files name, such as a model's textures: who must be looked at again when one of them comes.

use mudlark_types::{VersionId, WorkspaceId};

use crate::error::Result;
use crate::folders::end_of_subtree;
use crate::session::{Session, Tx};
use crate::sql::params;

impl Session {
    /// Versions of the workspace that are current and whose files name a file of this folded name.
    pub async fn list_versions_naming(
        &mut self,
        workspace_id: WorkspaceId,
        name_key: &str,
        limit: i64,
    ) -> Result<Vec<VersionId>> {
        let sql = "SELECT n.version_id FROM named_files n JOIN assets a ON a.current_version_id = n.version_id \
                   WHERE n.workspace_id = $1 AND n.name_key = $2 AND a.deleted_at_ms IS NULL \
                   ORDER BY n.version_id DESC LIMIT $3";
        let found: Vec<(VersionId,)> = self.fetch_many(sql, params![workspace_id, name_key, limit]).await?;
        Ok(found.into_iter().map(|(id,)| id).collect())
    }

    /// Versions of the workspace that are current and whose files name others, and that lie in the folder with this folded path or below
    /// it, or name what lies there.
    pub async fn list_versions_naming_below(
        &mut self,
        workspace_id: WorkspaceId,
        path_key: &str,
        limit: i64,
    ) -> Result<Vec<VersionId>> {
        // `CROSS JOIN` is how SQLite is told to begin with the folders.
        let sql = "SELECT n.version_id FROM folders f CROSS JOIN assets t CROSS JOIN named_files n CROSS JOIN assets a \
                   WHERE f.workspace_id = $1 AND f.path_key >= $2 AND f.path_key < $3 AND t.folder_id = f.id \
                   AND n.workspace_id = $1 AND n.name_key = t.name_key \
                   AND a.current_version_id = n.version_id AND a.deleted_at_ms IS NULL \
                   UNION \
                   SELECT n.version_id FROM folders f CROSS JOIN assets a CROSS JOIN named_files n \
                   WHERE f.workspace_id = $1 AND f.path_key >= $2 AND f.path_key < $3 AND a.folder_id = f.id \
                   AND a.deleted_at_ms IS NULL AND n.version_id = a.current_version_id \
                   ORDER BY version_id DESC LIMIT $4";
        let params = params![workspace_id, path_key, end_of_subtree(path_key), limit];
        let found: Vec<(VersionId,)> = self.fetch_many(sql, params).await?;
        Ok(found.into_iter().map(|(id,)| id).collect())
    }

    /// Whether a version's file names others.
    pub async fn names_files(&mut self, version_id: VersionId) -> Result<bool> {
        let sql = "SELECT COUNT(*) FROM named_files WHERE version_id = $1";
        let (count,): (i64,) = self.fetch_one(sql, params![version_id]).await?;
        Ok(count > 0)
    }
}

impl Tx {
    /// Notes which files a version's file names, in place of what was noted before.
    pub async fn replace_named_files(
        &mut self,
        workspace_id: WorkspaceId,
        version_id: VersionId,
        name_keys: &[String],
    ) -> Result<()> {
        self.execute("DELETE FROM named_files WHERE version_id = $1", params![version_id]).await?;
        let sql = "INSERT INTO named_files (version_id, name_key, workspace_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        for name_key in name_keys {
            self.execute(sql, params![version_id, name_key, workspace_id]).await?;
        }
        Ok(())
    }
}
