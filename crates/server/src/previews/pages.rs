//! PDF: its first page, by the programs of Poppler, where the machine has them.

use std::fs::File;

use mudlark_previews::{Facts, Media};

use super::child::{self, Made, Order};
use super::program::{self, INPUT, Stopped};

/// The longest side of the page. *Units*: pixels.
const PAGE_SIDE: &str = "2048";

/// Reads a PDF.
///
/// *Errors*: as [`child::make`].
pub(super) async fn make(file: File, order: &Order<'_>) -> Result<Made, Stopped> {
    let mut facts =
        Facts { format: Some("pdf".to_owned()), media: Some(Media::Document), ..Facts::default() };
    let (Some(info), Some(draw)) = (program::find("pdfinfo"), program::find("pdftoppm")) else {
        return Ok(program::told(&facts));
    };
    let told = program::ask(&info, &file, &[INPUT], order).await?;
    facts.frames = line(&told, "Pages:").and_then(|pages| pages.parse().ok());
    let page = ["-png", "-singlefile", "-f", "1", "-scale-to", PAGE_SIDE, INPUT];
    let page = program::ask(&draw, &file, &page, order).await?;
    let order = Order { file_name: "page.png", beside: None, ..*order };
    let made = child::make(program::spool(&page)?, &order).await??;
    Ok(Made { facts: program::map(&facts), likeness: None, ..made })
}

/// What stands after a word at the beginning of a line.
fn line<'a>(told: &'a [u8], word: &str) -> Option<&'a str> {
    std::str::from_utf8(told).ok()?.lines().find_map(|line| line.strip_prefix(word)).map(str::trim)
}
