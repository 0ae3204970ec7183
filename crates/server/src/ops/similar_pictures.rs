//! Assets whose pictures look alike: the store finds sketches that share something, `mudlark_previews` says how alike they are.

use std::collections::HashMap;

use mudlark_previews::Likeness;
use mudlark_store::{LikenessRow, Session};
use mudlark_types::{AccountId, AssetId, PreviewId, WorkspaceId};

use crate::error::ApiResult;

/// The most pictures whose assets are looked for: those of other workspaces of the account are among them.
const MAX_PICTURES: usize = 1024;

/// The workspace's assets that look like a preview, the most alike first, at most `limit`; without the asset `but`.
pub(crate) async fn find(
    session: &mut Session,
    (account_id, workspace_id): (AccountId, WorkspaceId),
    preview_id: PreviewId,
    but: AssetId,
    limit: usize,
) -> ApiResult<Vec<(AssetId, f64)>> {
    let Some(likeness) = session.find_likeness(preview_id).await?.and_then(|row| likeness_of(&row)) else {
        return Ok(Vec::new());
    };
    let rows = session.list_likenesses_with_bands(account_id, &likeness.near_bands()).await?;
    let alike: HashMap<PreviewId, f64> = rows
        .iter()
        .filter_map(|row| Some((row.preview_id, likeness_of(row)?.similarity(&likeness)?)))
        .collect();
    let mut pictures: Vec<(PreviewId, f64)> =
        alike.iter().map(|(id, similarity)| (*id, *similarity)).collect();
    pictures.sort_by(|(first_id, first), (second_id, second)| {
        second.total_cmp(first).then(first_id.cmp(second_id))
    });
    pictures.truncate(MAX_PICTURES);
    let ids: Vec<PreviewId> = pictures.into_iter().map(|(id, _)| id).collect();
    // One more, since the asset itself is among them.
    let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let assets = session.list_assets_of_previews(workspace_id, &ids, most).await?;
    let mut found: Vec<(AssetId, f64)> = assets
        .into_iter()
        .filter(|(asset, _)| *asset != but)
        .filter_map(|(asset, preview)| Some((asset, *alike.get(&preview)?)))
        .collect();
    found.sort_by(|(first_id, first), (second_id, second)| {
        second.total_cmp(first).then(first_id.cmp(second_id))
    });
    found.truncate(limit);
    Ok(found)
}

fn likeness_of(row: &LikenessRow) -> Option<Likeness> {
    Some(Likeness {
        structure: row.structure.cast_unsigned(),
        colors: row.colors.as_slice().try_into().ok()?,
    })
}
