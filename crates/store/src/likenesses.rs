//! Sketches of previews' pictures, found by their bands. What a sketch says, and how alike two are, is for others.

use mudlark_types::{AccountId, AssetId, PreviewId, WorkspaceId};

use crate::error::Result;
use crate::session::{Session, Tx};
use crate::sql::{IDS_PER_QUERY, Value, id_placeholders, padded_ids, params, row};

/// The most sketches that share a band with one: very many pictures may look the same.
const MAX_CANDIDATES: i64 = 20_000;

row! {
    /// The sketch of a preview's picture.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct LikenessRow from "l" as likeness_columns {
        /// The preview.
        preview_id: PreviewId,
        /// 64 bits of structure.
        structure: i64,
        /// 48 bytes of colours.
        colors: Vec<u8>,
    }
}

impl Session {
    /// The sketch of a preview's picture, where it has one.
    pub async fn find_likeness(&mut self, preview_id: PreviewId) -> Result<Option<LikenessRow>> {
        let sql =
            concat!("SELECT ", likeness_columns!(), " FROM preview_likenesses l WHERE l.preview_id = $1");
        self.fetch_optional(sql, params![preview_id]).await
    }

    /// The account's sketches that have one of these bands: once for each that they share, at most 20,000 in all.
    pub async fn list_likenesses_with_bands(
        &mut self,
        account_id: AccountId,
        bands: &[u32],
    ) -> Result<Vec<LikenessRow>> {
        let places: Vec<String> = (3..3 + bands.len()).map(|place| format!("${place}")).collect();
        let sql = format!(
            "SELECT {} FROM preview_bands b JOIN preview_likenesses l ON l.preview_id = b.preview_id \
             WHERE b.account_id = $1 AND b.band IN ({}) LIMIT $2",
            likeness_columns!(),
            places.join(", ")
        );
        let mut params = params![account_id, MAX_CANDIDATES].to_vec();
        params.extend(bands.iter().map(|band| Value::from(i64::from(*band))));
        self.fetch_many(&sql, &params).await
    }

    /// The workspace's live assets whose current versions have one of these previews, with it; `limit` at the most.
    pub async fn list_assets_of_previews(
        &mut self,
        workspace_id: WorkspaceId,
        previews: &[PreviewId],
        limit: i64,
    ) -> Result<Vec<(AssetId, PreviewId)>> {
        let mut found = Vec::new();
        for previews in previews.chunks(IDS_PER_QUERY) {
            let (places, count) = id_placeholders(3, previews.len());
            let sql = format!(
                "SELECT a.id, v.preview_id FROM versions v JOIN assets a ON a.current_version_id = v.id \
                 WHERE v.preview_id IN ({places}) AND v.preview_id IS NOT NULL AND v.workspace_id = $1 \
                 AND a.deleted_at_ms IS NULL LIMIT $2"
            );
            let mut params = params![workspace_id, limit].to_vec();
            params.extend(padded_ids(previews, count));
            found.extend(self.fetch_many::<(AssetId, PreviewId)>(&sql, &params).await?);
        }
        Ok(found)
    }
}

impl Tx {
    /// Keeps the sketch of a preview of the account, with the bands that it is found by.
    pub async fn insert_likeness(
        &mut self,
        account_id: AccountId,
        likeness: &LikenessRow,
        bands: &[u32],
    ) -> Result<()> {
        let sql = "INSERT INTO preview_likenesses (preview_id, structure, colors) VALUES ($1, $2, $3)";
        self.execute(sql, params![likeness.preview_id, likeness.structure, &likeness.colors]).await?;
        let sql = "INSERT INTO preview_bands (preview_id, band, account_id) VALUES ($1, $2, $3)";
        for band in bands {
            self.execute(sql, params![likeness.preview_id, i64::from(*band), account_id]).await?;
        }
        Ok(())
    }
}
