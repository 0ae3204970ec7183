//! Assets whose pictures look alike: the store finds sketches that are near, `mudlark_previews` says how alike they are.

use std::collections::HashMap;

use mudlark_previews::{Likeness, MAX_DIFFERENT_BITS};
use mudlark_store::{LikenessRow, Session};
use mudlark_types::{AccountId, AssetId, PreviewId, WorkspaceId};

use crate::error::ApiResult;

/// The most pictures that are compared closely: very many may look nearly the same.
const MAX_COMPARED: i64 = 4096;
/// The most pictures whose assets are looked for: those of other workspaces of the account are among them.
const MAX_PICTURES: usize = 1024;
/// How many pictures' assets are looked for at a time, and how many of them at the most: one picture may be in very many.
const AT_A_TIME: usize = 64;
const MAX_ASSETS: i64 = 1000;

/// The workspace's assets that look like a preview, the most alike first, at most `limit`; without the asset `but`.
pub(crate) async fn find(
    session: &mut Session,
    (account_id, workspace_id): (AccountId, WorkspaceId),
    preview_id: PreviewId,
    but: AssetId,
    limit: usize,
) -> ApiResult<Vec<(AssetId, f64)>> {
    let Some(sketch) = session.find_likeness(preview_id).await? else { return Ok(Vec::new()) };
    let Some(likeness) = likeness_of(&sketch) else { return Ok(Vec::new()) };
    let rows = session.list_nearest_likenesses(account_id, &sketch, MAX_DIFFERENT_BITS, MAX_COMPARED).await?;
    let mut pictures: Vec<(PreviewId, f64)> = rows
        .iter()
        .filter_map(|row| Some((row.preview_id, likeness_of(row)?.similarity(&likeness)?)))
        .collect();
    most_alike_first(&mut pictures);
    pictures.truncate(MAX_PICTURES);
    let mut found = Vec::new();
    // The most alike first, until there are enough; the asset itself is among them.
    for pictures in pictures.chunks(AT_A_TIME) {
        if found.len() > limit {
            break;
        }
        let alike: HashMap<PreviewId, f64> = pictures.iter().copied().collect();
        let ids: Vec<PreviewId> = alike.keys().copied().collect();
        let assets = session.list_assets_of_previews(workspace_id, &ids, MAX_ASSETS).await?;
        found.extend(assets.into_iter().filter_map(|(asset, preview)| Some((asset, *alike.get(&preview)?))));
    }
    found.retain(|(asset, _)| *asset != but);
    most_alike_first(&mut found);
    found.truncate(limit);
    Ok(found)
}

/// Those that are as much alike by their ids, so that each answer has the same order.
fn most_alike_first<Id: Ord>(found: &mut [(Id, f64)]) {
    found.sort_by(|(first_id, first), (second_id, second)| {
        second.total_cmp(first).then(first_id.cmp(second_id))
    });
}

fn likeness_of(row: &LikenessRow) -> Option<Likeness> {
    Some(Likeness {
        structure: row.structure.cast_unsigned(),
        colors: row.colors.as_slice().try_into().ok()?,
    })
}
