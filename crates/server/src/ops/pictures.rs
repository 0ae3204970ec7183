//! Pictures of accounts, workspaces, users, versions and libraries: images that are kept as they were sent, after a look at what they
//! are. Nothing is drawn or scaled here. What becomes of the one before is said here too: it is forgotten.

use imagesize::ImageType;
use mudlark_store::PictureRow;
use mudlark_types::{AccountId, PictureId};

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::ops::account_limits;
use crate::ops::change::Change;
use crate::ops::commit_content::{PublishedContent, publish};

/// The largest picture. *Units*: bytes.
pub(crate) const MAX_BYTES: u64 = 10 << 20;
/// How much of a picture is looked at to know what it is: more than comes before the size in any camera's file.
pub(crate) const LOOKED_AT_BYTES: usize = 1 << 20;
/// The most pixels on a side.
const MAX_SIDE_PX: usize = 16_384;

/// An image that has arrived, with its place on disk and no row yet.
pub(crate) struct Picture {
    content: PublishedContent,
    content_type: &'static str,
}

/// Looks at what has arrived, and gives it its place on disk.
///
/// *Errors*: 400 for `file` where it is no PNG, JPEG, GIF or WebP, is empty, or has more than 16384 pixels on a side.
pub(crate) async fn take(
    app: &App,
    account_id: AccountId,
    head: &[u8],
    content: mudlark_blobs::StagedBlob,
) -> ApiResult<Picture> {
    let content_type = content_type(head)?;
    let content = publish(app, account_id, String::new(), content).await?;
    Ok(Picture { content, content_type })
}

fn content_type(head: &[u8]) -> ApiResult<&'static str> {
    let refused = |must: &str| ApiError::invalid_field("file", must);
    let no_image = || refused("must be an image: PNG, JPEG, GIF or WebP");
    let content_type = match imagesize::image_type(head).map_err(|_| no_image())? {
        ImageType::Png => "image/png",
        ImageType::Jpeg => "image/jpeg",
        ImageType::Gif => "image/gif",
        ImageType::Webp => "image/webp",
        _ => return Err(no_image()),
    };
    let size = imagesize::blob_size(head).map_err(|_| no_image())?;
    let is_bounded = |side| (1..=MAX_SIDE_PX).contains(&side);
    if is_bounded(size.width) && is_bounded(size.height) {
        Ok(content_type)
    } else {
        Err(refused("must be an image of 1 to 16384 pixels on a side"))
    }
}

/// Keeps the picture in the change, in place of the one before; `Some(None)` takes that one away. Where nothing is said of
/// it, it stays, and the answer is none.
pub(crate) async fn keep(
    app: &App,
    change: &mut Change,
    account_id: AccountId,
    picture: Option<Option<Picture>>,
    before: Option<PictureId>,
) -> ApiResult<Option<Option<PictureId>>> {
    let Some(picture) = picture else { return Ok(None) };
    let id = match picture {
        Some(picture) => Some(insert(app, change, account_id, picture).await?),
        None => None,
    };
    if let Some(before) = before {
        change.tx.delete_picture(account_id, before).await?;
    }
    Ok(Some(id))
}

async fn insert(
    app: &App,
    change: &mut Change,
    account_id: AccountId,
    Picture { content, content_type }: Picture,
) -> ApiResult<PictureId> {
    account_limits::add_content(app, &mut change.tx, account_id, &content, change.now_ms).await?;
    let row = PictureRow {
        id: app.clock.new_id(),
        account_id,
        sha256: content.sha256,
        size_bytes: content.size_bytes,
        content_type: content_type.to_owned(),
        created_at_ms: change.now_ms,
    };
    change.tx.insert_picture(&row).await?;
    Ok(row.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_told_from_what_is_none() {
        let png = |width: u32, height: u32| {
            let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
            bytes.extend(width.to_be_bytes());
            bytes.extend(height.to_be_bytes());
            bytes.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
            bytes
        };
        assert_eq!(content_type(&png(16, 16_384)).unwrap(), "image/png");
        assert_eq!(content_type(b"GIF89a\x10\0\x10\0\0\0\0").unwrap(), "image/gif");
        for none in [
            &png(16_385, 1)[..],
            &png(0, 1),
            &png(1, 1)[..12],
            b"",
            b"<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>",
            b"<html>",
            b"\xff\xd8\xff",
            b"BM",
        ] {
            assert!(content_type(none).is_err(), "{none:?}");
        }
    }
}
