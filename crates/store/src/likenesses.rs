//! Sketches of previews' pictures, and which of them are near one. How alike two are is for others.

use mudlark_types::{AccountId, AssetId, PreviewId, WorkspaceId};

use crate::error::Result;
use crate::session::{Session, Tx};
use crate::sql::{IDS_PER_QUERY, id_placeholders, padded_ids, params, row};

/// The most that greys of pictures that count as alike differ by: their colours do by a quarter of the range at the most.
const MAX_SHADES: i64 = 64;
/// The difference of grey that says as much as a bit of structure.
const SHADES_OF_A_BIT: i64 = 4;

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

    /// The account's sketches whose structure differs from that of `sketch` in at most `most_bits`, and whose grey does not say that
    /// they have little in common; those with the least difference of both first, `limit` at the most.
    ///
    /// *Why* all of the account's are looked at: of pictures that are flat over large parts, very many share any part of their structures,
    /// so that no index of parts leaves few of them.
    pub async fn list_nearest_likenesses(
        &mut self,
        account_id: AccountId,
        sketch: &LikenessRow,
        most_bits: u32,
        limit: i64,
    ) -> Result<Vec<LikenessRow>> {
        let bits = self.dialect().differing_bits("structure", "$2");
        let sql = format!(
            "SELECT {} FROM ( \
               SELECT n.preview_id FROM ( \
                 SELECT preview_id, {bits} AS bits, ABS(grey - CAST($3 AS BIGINT)) AS shade \
                 FROM preview_likenesses WHERE account_id = $1) n \
               WHERE n.bits <= $4 AND n.shade <= {MAX_SHADES} ORDER BY n.bits * {SHADES_OF_A_BIT} + n.shade LIMIT $5) near \
             JOIN preview_likenesses l ON l.preview_id = near.preview_id",
            likeness_columns!(),
        );
        let params = params![account_id, sketch.structure, grey(sketch), i64::from(most_bits), limit];
        self.fetch_many(&sql, params).await
    }

    /// The workspace's live assets whose current versions have one of these previews, with it; `limit` at the most of so many previews
    /// as are asked for at a time. By the previews' index alone: the workspace may have very many versions.
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
                 WHERE v.preview_id IN ({places}) AND v.preview_id IS NOT NULL AND (a.workspace_id = $1) IS TRUE \
                 AND (a.deleted_at_ms IS NULL) IS TRUE LIMIT $2"
            );
            let mut params = params![workspace_id, limit].to_vec();
            params.extend(padded_ids(previews, count));
            found.extend(self.fetch_many::<(AssetId, PreviewId)>(&sql, &params).await?);
        }
        Ok(found)
    }
}

impl Tx {
    /// Keeps the sketch of a preview of the account.
    pub async fn insert_likeness(&mut self, account_id: AccountId, likeness: &LikenessRow) -> Result<()> {
        let sql = "INSERT INTO preview_likenesses (preview_id, account_id, structure, grey, colors) VALUES ($1, $2, $3, $4, $5)";
        let params =
            params![likeness.preview_id, account_id, likeness.structure, grey(likeness), &likeness.colors];
        self.execute(sql, params).await?;
        Ok(())
    }
}

/// The mean of its colours, whatever their order: 0 to 255.
fn grey(likeness: &LikenessRow) -> i64 {
    let sum: i64 = likeness.colors.iter().copied().map(i64::from).sum();
    sum / i64::try_from(likeness.colors.len()).unwrap_or(1).max(1)
}
