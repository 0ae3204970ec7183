//! Previews: what files look like and what is in them, made once for each content of an account and each extension. Versions
//! name theirs. The pictures' bytes are blobs of the account.

use mudlark_types::{AccountId, AssetId, PreviewId, VersionId, WorkspaceId};

use crate::error::Result;
use crate::session::{Session, Tx};
use crate::sql::{params, row, text_enum};

text_enum! {
    /// What came of making a preview.
    pub enum PreviewOutcome {
        /// There is one.
        Made = "made",
        /// No reader takes files of this kind.
        Unknown = "unknown",
        /// The file is not what it says it is, or is cut off.
        Broken = "broken",
        /// It would take more than a preview is worth.
        TooLarge = "too_large",
        /// Its reader was ended, or ended itself.
        Crashed = "crashed",
    }
}

row! {
    /// A preview.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PreviewRow from "p" as preview_columns {
        /// Its id; made anew, it has another.
        id: PreviewId,
        /// The account whose content it is of.
        account_id: AccountId,
        /// SHA-256 of the content, 32 bytes.
        content_sha256: Vec<u8>,
        /// What follows the last dot of the file's name, in lower case.
        extension: String,
        /// What came of it.
        outcome: PreviewOutcome,
        /// Why there is none.
        reason: Option<String>,
        /// What is in the file, in JSON.
        facts: Option<String>,
        /// The version that it is of alone, since other files of its workspace show in it; none where it is of all with its
        /// content.
        version_id: Option<VersionId>,
        /// The version of the readers that made it.
        readers: i64,
        /// When it was made.
        made_at_ms: i64,
    }
}

row! {
    /// A picture of a preview.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PreviewPictureRow from "i" as preview_picture_columns {
        /// The preview it is of.
        preview_id: PreviewId,
        /// The longest side that it is for; 0 for the sheet of views or stills. *Units*: pixels.
        side: i64,
        /// The account whose blob it is.
        account_id: AccountId,
        /// SHA-256 of its bytes, 32 bytes.
        sha256: Vec<u8>,
        /// Length of its bytes.
        size_bytes: i64,
        /// *Units*: pixels.
        width: i64,
        /// *Units*: pixels.
        height: i64,
    }
}

row! {
    /// A version that a preview is made of, in the trash or not.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PreviewedVersionRow from "v" as previewed_version_columns {
        /// Its id.
        id: VersionId,
        /// Its account.
        account_id: AccountId,
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// Its asset.
        asset_id: AssetId,
        /// The name of its file.
        file_name: String,
        /// SHA-256 of its content, 32 bytes.
        sha256: Vec<u8>,
        /// Length of its content.
        size_bytes: i64,
        /// The preview it has.
        preview_id: Option<PreviewId>,
    }
}

/// A fact that searches ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewFact {
    /// Its name, such as `width`.
    pub name: String,
    /// Its value.
    pub value: FactValue,
}

/// The value of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactValue {
    /// A number. *Units*: thousandths.
    Thousandths(i64),
    /// A word, in the letters that searches fold to.
    Word(String),
}

/// Versions that a preview is to be made of, again or for the first time. All that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct PreviewFilter {
    /// Of this workspace.
    pub workspace_id: Option<WorkspaceId>,
    /// Without a preview, and without the knowledge that there can be none.
    pub is_missing: bool,
    /// Of which there is none, for another reason than that no reader takes such files.
    pub has_failed: bool,
    /// Looked at by readers before this version.
    pub readers_before: Option<i64>,
    /// Whose file's name ends with this after a dot, in lower case.
    pub extension: Option<String>,
}

impl Session {
    /// The preview of this content with this extension that any version may name.
    pub async fn find_preview_of(
        &mut self,
        account_id: AccountId,
        content_sha256: &[u8],
        extension: &str,
    ) -> Result<Option<PreviewRow>> {
        let sql = concat!(
            "SELECT ",
            preview_columns!(),
            " FROM previews p WHERE p.account_id = $1 AND p.content_sha256 = $2 AND p.extension = $3",
            " AND p.version_id IS NULL ORDER BY p.made_at_ms DESC, p.id DESC LIMIT 1"
        );
        self.fetch_optional(sql, params![account_id, content_sha256, extension]).await
    }

    /// The account's preview of this id.
    pub async fn find_preview(&mut self, account_id: AccountId, id: PreviewId) -> Result<Option<PreviewRow>> {
        let sql =
            concat!("SELECT ", preview_columns!(), " FROM previews p WHERE p.id = $2 AND p.account_id = $1");
        self.fetch_optional(sql, params![account_id, id]).await
    }

    /// The smallest picture of a preview that is for this side or a longer one, or else the largest there is. For the side 0, the
    /// sheet alone.
    pub async fn find_preview_picture(
        &mut self,
        account_id: AccountId,
        id: PreviewId,
        side: i64,
    ) -> Result<Option<PreviewPictureRow>> {
        let sql = concat!(
            "SELECT ",
            preview_picture_columns!(),
            " FROM preview_pictures i WHERE i.preview_id = $2 AND i.account_id = $1 AND (i.side = 0) = (CAST($3 AS BIGINT) = 0)",
            " ORDER BY CASE WHEN i.side >= $3 THEN i.side ELSE 1000000 - i.side END LIMIT 1"
        );
        self.fetch_optional(sql, params![account_id, id, side]).await
    }

    /// The version of this id, of any account.
    pub async fn find_previewed_version(&mut self, id: VersionId) -> Result<Option<PreviewedVersionRow>> {
        let sql = concat!("SELECT ", previewed_version_columns!(), " FROM versions v WHERE v.id = $1");
        self.fetch_optional(sql, params![id]).await
    }

    /// Versions that name a preview, of any account.
    pub async fn list_versions_of_preview(&mut self, id: PreviewId) -> Result<Vec<PreviewedVersionRow>> {
        let sql = concat!(
            "SELECT ",
            previewed_version_columns!(),
            " FROM versions v WHERE v.preview_id = $1 ORDER BY v.id"
        );
        self.fetch_many(sql, params![id]).await
    }

    /// Versions that the filter lets through, of any account, in the order of their ids.
    pub async fn list_versions_to_preview(
        &mut self,
        filter: &PreviewFilter,
        after: Option<VersionId>,
        limit: i64,
    ) -> Result<Vec<PreviewedVersionRow>> {
        let mut sql = concat!(
            "SELECT ",
            previewed_version_columns!(),
            " FROM versions v LEFT JOIN previews p ON p.id = v.preview_id WHERE v.id > $1"
        )
        .to_owned();
        let mut params = params![after.unwrap_or(VersionId::from(uuid::Uuid::nil())), limit].to_vec();
        if let Some(workspace_id) = filter.workspace_id {
            params.push(workspace_id.into());
            sql += &format!(" AND v.workspace_id = ${}", params.len());
        }
        if filter.is_missing {
            sql += " AND v.preview_id IS NULL";
        }
        if filter.has_failed {
            sql += " AND p.outcome IN ('broken', 'too_large', 'crashed')";
        }
        if let Some(readers) = filter.readers_before {
            params.push(readers.into());
            sql += &format!(" AND p.readers < ${}", params.len());
        }
        let suffix = filter.extension.as_ref().map(|extension| format!(".{extension}"));
        if let Some(suffix) = &suffix {
            params.push(suffix.as_str().into());
            sql += &format!(
                " AND LOWER(SUBSTR(v.file_name, LENGTH(v.file_name) - LENGTH(${number}) + 1)) = ${number}",
                number = params.len()
            );
        }
        sql += " ORDER BY v.id LIMIT $2";
        self.fetch_few(&sql, &params).await
    }

    /// Previews made before that no version names, of any account.
    pub async fn list_unreferenced_previews(
        &mut self,
        made_before_ms: i64,
        limit: i64,
    ) -> Result<Vec<PreviewRow>> {
        let sql = concat!(
            "SELECT ",
            preview_columns!(),
            " FROM previews p WHERE p.made_at_ms < $1",
            " AND NOT EXISTS (SELECT 1 FROM versions v WHERE v.preview_id = p.id) ORDER BY p.id LIMIT $2"
        );
        self.fetch_many(sql, params![made_before_ms, limit]).await
    }
}

impl Tx {
    /// Keeps a preview, with its pictures, whose blobs must be there, and the facts that searches ask for. The transaction holds the
    /// account's lock.
    pub async fn insert_preview(
        &mut self,
        preview: &PreviewRow,
        pictures: &[PreviewPictureRow],
        facts: &[PreviewFact],
    ) -> Result<()> {
        let sql = "INSERT INTO previews (id, account_id, content_sha256, extension, outcome, reason, facts, version_id, \
                   readers, made_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let params = params![
            preview.id,
            preview.account_id,
            preview.content_sha256.as_slice(),
            &preview.extension,
            preview.outcome,
            preview.reason.as_deref(),
            preview.facts.as_deref(),
            preview.version_id,
            preview.readers,
            preview.made_at_ms,
        ];
        self.execute(sql, params).await?;
        let sql = "INSERT INTO preview_pictures (preview_id, side, account_id, sha256, size_bytes, width, height) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7)";
        for picture in pictures {
            let params = params![
                preview.id,
                picture.side,
                preview.account_id,
                picture.sha256.as_slice(),
                picture.size_bytes,
                picture.width,
                picture.height,
            ];
            self.execute(sql, params).await?;
        }
        let sql = "INSERT INTO preview_facts (preview_id, name, thousandths, word) VALUES ($1, $2, $3, $4)";
        for fact in facts {
            let (number, word) = match &fact.value {
                FactValue::Thousandths(number) => (Some(*number), None),
                FactValue::Word(word) => (None, Some(word.as_str())),
            };
            self.execute(sql, params![preview.id, &fact.name, number, word]).await?;
        }
        Ok(())
    }

    /// Lets a version name a preview. Answers whether there is such a version.
    pub async fn attach_preview(
        &mut self,
        id: VersionId,
        preview: &PreviewRow,
        sequence: i64,
    ) -> Result<bool> {
        let sql = "UPDATE versions SET preview_id = $2, facts = $3, sequence = $4 WHERE id = $1 AND account_id = $5";
        let params = params![id, preview.id, preview.facts.as_deref(), sequence, preview.account_id];
        self.execute_one(sql, params).await
    }

    /// Forgets a preview that no version names. Answers whether it did.
    pub async fn delete_unreferenced_preview(
        &mut self,
        account_id: AccountId,
        id: PreviewId,
    ) -> Result<bool> {
        let sql = "DELETE FROM previews WHERE id = $2 AND account_id = $1 \
                   AND NOT EXISTS (SELECT 1 FROM versions v WHERE v.preview_id = previews.id)";
        self.execute_one(sql, params![account_id, id]).await
    }
}
