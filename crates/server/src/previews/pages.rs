//! PDF: its first page, by the programs of Poppler, where the machine has them.

use std::fs::File;

use mudlark_previews::{Facts, Media};

use super::child::{self, Made, NotMade, Order};
use super::film::{broken, map, spool};
use super::program::{self, INPUT};

/// The longest side of the page. *Units*: pixels.
const PAGE_SIDE: &str = "2048";

/// Reads a PDF.
///
/// *Errors*: as [`child::make`].
pub(super) async fn make(file: File, order: &Order<'_>) -> anyhow::Result<Result<Made, NotMade>> {
    let mut facts =
        Facts { format: Some("pdf".to_owned()), media: Some(Media::Document), ..Facts::default() };
    let (Some(info), Some(draw)) = (program::find("pdfinfo"), program::find("pdftoppm")) else {
        return Ok(Ok(Made { facts: map(&facts), likeness: None, pictures: Vec::new() }));
    };
    match program::ask(&info, &file, &[INPUT]).await? {
        Ok(told) => facts.frames = line(&told, "Pages:").and_then(|pages| pages.parse().ok()),
        Err(not_made) => return Ok(Err(broken(not_made))),
    }
    let page = ["-png", "-singlefile", "-f", "1", "-scale-to", PAGE_SIDE, INPUT];
    let page = match program::ask(&draw, &file, &page).await? {
        Ok(page) => page,
        Err(not_made) => return Ok(Err(broken(not_made))),
    };
    let made = child::make(spool(&page)?, &Order { file_name: "page.png", beside: None, ..*order }).await?;
    Ok(made.map(|made| Made { facts: map(&facts), likeness: None, ..made }))
}

/// What stands after a word at the beginning of a line.
fn line<'a>(told: &'a [u8], word: &str) -> Option<&'a str> {
    std::str::from_utf8(told).ok()?.lines().find_map(|line| line.strip_prefix(word)).map(str::trim)
}
