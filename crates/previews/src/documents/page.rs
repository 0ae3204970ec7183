//! Lines of text as a picture, in letters of eight by eight pixels.

use font8x8::{BASIC_FONTS, BLOCK_FONTS, BOX_FONTS, GREEK_FONTS, HIRAGANA_FONTS, LATIN_FONTS, UnicodeFonts};
use image::{Rgba, RgbaImage};

/// What fits on a page.
pub(super) const LINES: usize = 40;
const COLUMNS: usize = 60;
/// *Units*: pixels.
const LETTER: u32 = 8;
const LINE: u32 = 12;
const MARGIN: u32 = 16;
const PAPER: Rgba<u8> = Rgba([250, 250, 247, 255]);
const INK: Rgba<u8> = Rgba([40, 44, 52, 255]);
/// What is drawn for a letter that the font does not have.
const MISSING: [u8; 8] = [0, 0x7e, 0x42, 0x42, 0x42, 0x42, 0x7e, 0];
/// Spaces that a tab is drawn as.
const TAB: usize = 4;

/// The first lines, cut off where the page ends.
pub(super) fn draw<'a>(lines: impl Iterator<Item = &'a str>) -> RgbaImage {
    let width = MARGIN * 2 + LETTER * u32::try_from(COLUMNS).unwrap_or(0);
    let height = MARGIN * 2 + LINE * u32::try_from(LINES).unwrap_or(0);
    let mut page = RgbaImage::from_pixel(width, height, PAPER);
    for (line, top) in lines.take(LINES).zip((MARGIN..).step_by(LINE as usize)) {
        let letters = line.chars().flat_map(|letter| {
            let (letter, times) = if letter == '\t' { (' ', TAB) } else { (letter, 1) };
            std::iter::repeat_n(letter, times)
        });
        for (letter, left) in letters.take(COLUMNS).zip((MARGIN..).step_by(LETTER as usize)) {
            for (y, row) in (top..).zip(rows(letter)) {
                for x in (0..LETTER).filter(|x| row >> x & 1 != 0) {
                    page.put_pixel(left + x, y, INK);
                }
            }
        }
    }
    page
}

/// The letter's rows from the top, each with its leftmost pixel in the lowest bit.
pub(crate) fn rows(letter: char) -> [u8; 8] {
    BASIC_FONTS
        .get(letter)
        .or_else(|| LATIN_FONTS.get(letter))
        .or_else(|| GREEK_FONTS.get(letter))
        .or_else(|| BOX_FONTS.get(letter))
        .or_else(|| BLOCK_FONTS.get(letter))
        .or_else(|| HIRAGANA_FONTS.get(letter))
        .unwrap_or(MISSING)
}
