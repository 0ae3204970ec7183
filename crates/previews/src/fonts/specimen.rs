//! A font as a picture: two letters large, the alphabet, a sentence in four sizes, and what other scripts there are. Of a font of
//! signs, as many of them as there is room for. Letters are set one after another, without what joins them in Arabic or Devanagari.

use image::RgbaImage;
use resvg::tiny_skia::{Color, FillRule, Paint, Path, PathBuilder, Pixmap, Transform};
use ttf_parser::{Face, GlyphId, OutlineBuilder};

use super::scripts::Script;

/// The picture. *Units*: of layout, of which there are as many as pixels in a picture of this size.
const WIDTH: f32 = 1024.0;
const HEIGHT: f32 = 768.0;
const MARGIN: f32 = 48.0;
/// Where the large letters end and the alphabet begins.
const SPLIT: f32 = 440.0;
/// Where the sentences begin.
const MIDDLE: f32 = 408.0;
/// Sizes of the sentence.
const SIZES: [f32; 4] = [52.0, 40.0, 29.0, 21.0];
/// Signs of a font without letters: across and down.
const GRID: (u16, u16) = (8, 6);
/// The most lines and curves of a picture.
const MOST_SEGMENTS: usize = 2_000_000;

/// What the font looks like; none where it has nothing to draw, as those have that consist of pictures.
pub(super) fn draw(face: &Face<'_>, scripts: &[&Script], max_side: u32) -> Option<RgbaImage> {
    #[expect(clippy::cast_precision_loss, reason = "it is at most 2048")]
    let scale = max_side.clamp(64, 2048) as f32 / WIDTH;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is at most 2048")]
    let mut pixels = Pixmap::new((WIDTH * scale) as u32, (HEIGHT * scale) as u32)?;
    pixels.fill(Color::from_rgba8(250, 250, 247, 255));
    let mut sheet = Sheet { face, path: PathBuilder::new(), segments: 0 };
    match scripts {
        [] => sheet.signs(),
        [main, others @ ..] => sheet.letters(main, others),
    }
    let path = sheet.path.finish()?;
    let mut paint = Paint::default();
    paint.set_color_rgba8(32, 36, 44, 255);
    pixels.fill_path(&path, &paint, FillRule::Winding, Transform::from_scale(scale, scale), None);
    let (width, height) = (pixels.width(), pixels.height());
    // Nothing of it is transparent: it is as it is stored.
    RgbaImage::from_raw(width, height, pixels.take())
}

/// What is drawn so far.
struct Sheet<'a> {
    face: &'a Face<'a>,
    path: PathBuilder,
    segments: usize,
}

impl Sheet<'_> {
    fn letters(&mut self, main: &Script, others: &[&Script]) {
        self.within(main.letters, [MARGIN, MARGIN + 16.0, SPLIT - 48.0, MIDDLE - 48.0]);
        let height = (MIDDLE - MARGIN * 1.5) / count(main.rows.len());
        for (row, baseline) in main.rows.iter().zip(steps(MARGIN, height)) {
            self.line(row, height * 0.74, [SPLIT, baseline + height * 0.74, WIDTH - MARGIN], false);
        }
        let mut top = MIDDLE;
        let sizes = &SIZES[..SIZES.len() - others.len().min(1)];
        for size in sizes {
            top += size * 1.35;
            self.line(main.sentence, *size, [MARGIN, top, WIDTH - MARGIN], main.is_right_to_left);
        }
        // The last are the ones that fewest fonts have.
        for script in &others[others.len().saturating_sub(3)..] {
            top += 48.0;
            self.line(script.sentence, 34.0, [MARGIN, top, WIDTH - MARGIN], script.is_right_to_left);
        }
    }

    /// The first glyphs that are drawn, after the one for what is missing.
    fn signs(&mut self) {
        let (across, down) = GRID;
        let (width, height) =
            ((WIDTH - MARGIN * 2.0) / f32::from(across), (HEIGHT - MARGIN * 2.0) / f32::from(down));
        let mut places = (0..down).flat_map(|row| (0..across).map(move |column| (column, row)));
        for glyph in (1..self.face.number_of_glyphs()).map(GlyphId) {
            let mut outline = Outline::default();
            if self.face.outline_glyph(glyph, &mut outline).is_none() {
                continue;
            }
            let Some(path) = outline.path.finish() else { continue };
            let Some((column, row)) = places.next() else { return };
            let (left, top) = (MARGIN + width * f32::from(column), MARGIN + height * f32::from(row));
            self.fit(path, [left + 14.0, top + 14.0, left + width - 14.0, top + height - 14.0]);
        }
    }

    /// Letters as large as a box is: left, top, right, bottom.
    fn within(&mut self, letters: &str, place: [f32; 4]) {
        let mut outline = Outline::default();
        self.set(letters.chars(), &mut outline);
        if let Some(path) = outline.path.finish() {
            self.fit(path, place);
        }
    }

    /// A line of text: from where, on which height its letters stand, and where it must end. Set smaller where it is too long.
    fn line(&mut self, text: &str, size: f32, [left, baseline, right]: [f32; 3], is_reversed: bool) {
        let mut outline = Outline::default();
        let advance = if is_reversed {
            self.set(text.chars().rev(), &mut outline)
        } else {
            self.set(text.chars(), &mut outline)
        };
        let scale = (size / f32::from(self.face.units_per_em())).min((right - left) / advance.max(1.0));
        if let Some(path) = outline.path.finish() {
            self.add(path, Transform::from_row(scale, 0.0, 0.0, -scale, left, baseline));
        }
    }

    /// Sets letters one after another, those left out that the font does not have. Answers how far they reach, in units of the font.
    fn set(&self, letters: impl Iterator<Item = char>, outline: &mut Outline) -> f32 {
        for letter in letters {
            if let Some(glyph) = self.face.glyph_index(letter) {
                self.face.outline_glyph(glyph, outline);
                let advance = self.face.glyph_hor_advance(glyph).unwrap_or(self.face.units_per_em() / 2);
                outline.left += f32::from(advance);
            }
        }
        outline.left
    }

    /// A path in the middle of a box, as large as fits.
    fn fit(&mut self, path: Path, [left, top, right, bottom]: [f32; 4]) {
        let bounds = path.bounds();
        let scale = ((right - left) / bounds.width().max(1.0)).min((bottom - top) / bounds.height().max(1.0));
        let x = f32::midpoint(left, right) - f32::midpoint(bounds.left(), bounds.right()) * scale;
        let y = f32::midpoint(top, bottom) + f32::midpoint(bounds.top(), bounds.bottom()) * scale;
        self.add(path, Transform::from_row(scale, 0.0, 0.0, -scale, x, y));
    }

    fn add(&mut self, path: Path, placed: Transform) {
        self.segments += path.len();
        if self.segments < MOST_SEGMENTS
            && let Some(path) = path.transform(placed)
        {
            self.path.push_path(&path);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a handful")]
fn count(rows: usize) -> f32 {
    rows.max(1) as f32
}

fn steps(start: f32, step: f32) -> impl Iterator<Item = f32> {
    std::iter::successors(Some(start), move |place| Some(place + step))
}

/// Outlines of glyphs in units of the font, one after another.
#[derive(Default)]
struct Outline {
    path: PathBuilder,
    left: f32,
}

impl Outline {
    fn has_room(&self) -> bool {
        self.path.len() < MOST_SEGMENTS
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.path.move_to(x + self.left, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        if self.has_room() {
            self.path.line_to(x + self.left, y);
        }
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        if self.has_room() {
            self.path.quad_to(x1 + self.left, y1, x + self.left, y);
        }
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        if self.has_room() {
            self.path.cubic_to(x1 + self.left, y1, x2 + self.left, y2, x + self.left, y);
        }
    }

    fn close(&mut self) {
        self.path.close();
    }
}
