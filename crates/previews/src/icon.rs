//! What stands for a file that has no picture: a sheet of paper with the file's extension on it.

use image::{Rgb, RgbImage};

use crate::documents::letter_rows;

/// The most letters of an extension that are shown.
const LETTERS: usize = 5;
const GROUND: Rgb<u8> = Rgb([236, 238, 241]);
const PAPER: Rgb<u8> = Rgb([252, 252, 250]);
const FOLD: Rgb<u8> = Rgb([206, 211, 219]);
const INK: Rgb<u8> = Rgb([92, 102, 117]);

/// The icon of an extension, square. *Units* of `side`: pixels; at least 32 are drawn.
pub fn icon(extension: &str, side: u32) -> RgbImage {
    let side = side.max(32);
    let mut icon = RgbImage::from_pixel(side, side, GROUND);
    let (left, right, top, bottom) = (side * 3 / 16, side * 13 / 16, side / 10, side - side / 10);
    let fold = side / 6;
    for y in top..bottom {
        for x in left..right {
            // The corner that is folded over, and what it has left open.
            let from_corner = (right - 1 - x) + (y - top);
            let in_corner = right - x <= fold && y - top < fold;
            let color = match (in_corner, from_corner < fold) {
                (true, true) => continue,
                (true, false) => FOLD,
                (false, _) => PAPER,
            };
            icon.put_pixel(x, y, color);
        }
    }
    let letters: Vec<char> = extension
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .take(LETTERS)
        .collect();
    let wide = u32::try_from(letters.len().max(3)).unwrap_or(3) * 8;
    let scale = ((right - left) * 7 / 8 / wide).max(1);
    let start = side.saturating_sub(u32::try_from(letters.len()).unwrap_or(0) * 8 * scale) / 2;
    for (letter, left) in letters.into_iter().zip((start..).step_by((8 * scale) as usize)) {
        for (row, y) in letter_rows(letter).into_iter().zip(0..) {
            for x in (0..8).filter(|x| row >> x & 1 != 0) {
                for (dx, dy) in (0..scale).flat_map(|dx| (0..scale).map(move |dy| (dx, dy))) {
                    let (x, y) = (left + x * scale + dx, side * 9 / 16 + y * scale + dy);
                    if x < side && y < side {
                        icon.put_pixel(x, y, INK);
                    }
                }
            }
        }
    }
    icon
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn icons_of_any_extension_and_side_have_their_letters() {
        for extension in ["", "a", "uasset", "substance", "あ", "\u{1F600}", "../"] {
            for side in [0, 1, 33, 128, 2048] {
                let icon = icon(extension, side);
                assert_eq!(icon.width(), side.max(32));
                let has_ink = icon.pixels().any(|pixel| *pixel == INK);
                assert_eq!(has_ink, extension.chars().any(char::is_alphanumeric), "{extension} {side}");
            }
        }
        assert_ne!(icon("psd", 128), icon("bin", 128));
    }
}
