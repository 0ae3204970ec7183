//! SVG. Nothing that a file names outside itself is read; text is left out, for its fonts would be looked for on this machine.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{ImageHrefResolver, Options, Tree};

use crate::error::PreviewError;
use crate::source::Source;
use crate::{Facts, Media, Preview, Request};

/// The longest file that is read: what it says is unfolded many times over. *Units*: bytes.
const LONGEST: u64 = 16 << 20;
/// The longest side that is drawn. *Units*: pixels.
const LONGEST_SIDE: u32 = 4096;

/// Whether text is SVG: its first element is.
pub(crate) fn is_svg(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let may_come_before = ["<?xml", "<!--", "<!DOCTYPE svg"];
    text.starts_with("<svg")
        || (may_come_before.iter().any(|start| text.starts_with(start)) && text.contains("<svg"))
}

/// Reads one.
pub(crate) fn read(source: &mut Source, request: &Request<'_>) -> Result<Preview, PreviewError> {
    if source.size_bytes() > LONGEST {
        return Err(PreviewError::TooLarge(format!("{} bytes of SVG", source.size_bytes())));
    }
    draw(&source.bytes()?, request)
}

fn draw(bytes: &[u8], request: &Request<'_>) -> Result<Preview, PreviewError> {
    let options = Options {
        image_href_resolver: ImageHrefResolver {
            resolve_data: ImageHrefResolver::default_data_resolver(),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    };
    let tree = Tree::from_data(bytes, &options).map_err(PreviewError::broken)?;
    let (width, height) = (tree.size().width(), tree.size().height());
    #[expect(clippy::cast_precision_loss, reason = "it is at most 4096")]
    let side = request.max_side.clamp(1, LONGEST_SIDE) as f32;
    let scale = side / width.max(height);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "no side is longer than the longest"
    )]
    let length = |length: f32| (length * scale).round().max(1.0) as u32;
    let mut pixels =
        Pixmap::new(length(width), length(height)).ok_or_else(|| PreviewError::broken("it has no size"))?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    let (shown_width, shown_height) = (pixels.width(), pixels.height());
    let straight = pixels.pixels().iter().flat_map(|pixel| {
        let pixel = pixel.demultiply();
        [pixel.red(), pixel.green(), pixel.blue(), pixel.alpha()]
    });
    let picture = image::RgbaImage::from_raw(shown_width, shown_height, straight.collect());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast ends at its bounds")]
    let rounded = |length: f32| length.round().max(1.0) as u32;
    let facts = Facts {
        media: Some(Media::Picture),
        width: Some(rounded(width)),
        height: Some(rounded(height)),
        ..Facts::default()
    };
    Ok(Preview { picture, sheet: None, facts })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(text: &str) -> Result<Preview, PreviewError> {
        draw(text.as_bytes(), &Request { max_side: 64, beside: None })
    }

    #[test]
    fn drawing_fills_the_side_that_is_wanted() {
        let svg = "<svg xmlns='http://www.w3.org/2000/svg' width='4' height='2'><rect width='2' height='2' fill='#f00'/></svg>";
        assert!(is_svg(svg.as_bytes()));
        let preview = drawn(svg).unwrap();
        let picture = preview.picture.unwrap();
        assert_eq!(picture.dimensions(), (64, 32));
        assert_eq!((picture.get_pixel(9, 9).0, picture.get_pixel(50, 9).0[3]), ([255, 0, 0, 255], 0));
        assert_eq!((preview.facts.width, preview.facts.height), (Some(4), Some(2)));
    }

    #[test]
    fn drawings_that_are_broken_or_refer_to_themselves_end() {
        let head = "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' width='4' height='4'>";
        assert!(matches!(drawn(&format!("{head}<g>")), Err(PreviewError::Broken(_))));
        drawn(&format!("{head}<g id='a'><use xlink:href='#a'/></g></svg>")).unwrap();
        drawn(&format!("{head}<image xlink:href='/etc/hostname' width='4' height='4'/></svg>")).unwrap();
        let deep = format!("{head}{}{}</svg>", "<g>".repeat(5000), "</g>".repeat(5000));
        assert!(matches!(drawn(&deep), Err(PreviewError::Broken(_))));
    }
}
