//! Pictures many files side by side, for people to look at: `contact_sheet OUT.png FILE|FOLDER…`. Grouped by format; below each
//! its name and what matters of its facts, or why it can't be seen. What no reader takes is left out.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use font8x8::UnicodeFonts;
use image::{Rgb, RgbImage};
use mudlark_previews::{Facts, Preview, PreviewError, Request, Source, fit, preview};

/// The side of a picture. *Units*: pixels.
const SIDE: u32 = 256;
/// What is around it, and the height of a line of text. *Units*: pixels.
const GAP: u32 = 8;
const LINE: u32 = 10;
/// Lines of text below a picture.
const LINES: u32 = 3;
const COLUMNS: u32 = 8;
/// The most of one format; those after it, by name, are left out.
const MOST_OF_ONE: usize = 40;
const PAPER: Rgb<u8> = Rgb([250; 3]);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(out), paths) = (args.next(), args.collect::<Vec<_>>()) else {
        return Err("call it as: contact_sheet OUT.png FILE|FOLDER…".into());
    };
    let mut files = Vec::new();
    for path in &paths {
        collect(path, &mut files);
    }
    files.sort();
    let mut groups: BTreeMap<String, Vec<Cell>> = BTreeMap::new();
    for file in files {
        if let Some((format, cell)) = look(&file) {
            let group = groups.entry(format).or_default();
            if group.len() < MOST_OF_ONE {
                group.push(cell);
            }
        }
    }
    draw(&groups).save(&out)?;
    let count = groups.values().map(Vec::len).sum::<usize>();
    println!("{count} files of {} formats in {}", groups.len(), out.display());
    Ok(())
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    match std::fs::read_dir(path) {
        Ok(entries) => entries.flatten().for_each(|entry| collect(&entry.path(), files)),
        Err(_) => files.push(path.to_owned()),
    }
}

/// One file of the sheet.
struct Cell {
    picture: Option<RgbImage>,
    lines: [String; LINES as usize],
}

/// What a file looks like, by its format; none where no reader takes it.
fn look(path: &Path) -> Option<(String, Cell)> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    let start = std::time::Instant::now();
    let mut source = Source::new(File::open(path).ok()?, &name).ok()?;
    let seen = match preview(&mut source, &Request { max_side: SIDE, beside: path.parent() }) {
        Err(PreviewError::Unknown) => return None,
        seen => seen,
    };
    let took = format!("{} ms", start.elapsed().as_millis());
    Some(match seen {
        Ok(Preview { picture, facts, .. }) => {
            let picture = picture.and_then(|picture| fit(&picture, SIDE).ok());
            let cell = Cell { picture, lines: [name, told(&facts), format!("{took} {}", more(&facts))] };
            (facts.format.unwrap_or_default(), cell)
        }
        Err(error) => ("broken".to_owned(), Cell { picture: None, lines: [name, error.to_string(), took] }),
    })
}

fn told(facts: &Facts) -> String {
    let mut told = Vec::new();
    if let (Some(width), Some(height)) = (facts.width, facts.height) {
        told.push(format!("{width}x{height}"));
    }
    let counts = [
        (facts.triangles, "tri"),
        (facts.meshes.map(u64::from), "mesh"),
        (facts.materials.map(u64::from), "mat"),
        (facts.textures.map(u64::from), "tex"),
        (facts.bones.map(u64::from), "bone"),
        (facts.lines, "lines"),
        (facts.entries, "entries"),
    ];
    let counts = counts.iter().filter(|(count, _)| count.is_some_and(|count| count > 0));
    told.extend(counts.map(|(count, of)| format!("{}{of}", count.unwrap_or(0))));
    told.extend(facts.color_model.clone());
    told.extend(facts.duration_s.map(|seconds| format!("{seconds:.1}s")));
    told.extend(
        [&facts.asset_class, &facts.engine_version, &facts.blender_version].into_iter().flatten().cloned(),
    );
    told.join(" ")
}

fn more(facts: &Facts) -> String {
    let size = facts.size.map(|[x, y, z]| format!("{x:.2}x{y:.2}x{z:.2}"));
    let unit = size.as_ref().and(facts.size_unit.clone());
    let missing = (!facts.missing.is_empty()).then(|| format!("{} missing", facts.missing.len()));
    [size, unit, facts.compression.clone(), missing].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn draw(groups: &BTreeMap<String, Vec<Cell>>) -> RgbImage {
    let (width, height) = (SIDE + GAP, SIDE + GAP + LINES * LINE);
    let rows_of = |cells: &Vec<Cell>| u32::try_from(cells.len()).unwrap_or(0).div_ceil(COLUMNS);
    let title = 3 * LINE;
    let total = groups.values().map(|cells| title + rows_of(cells) * height).sum::<u32>();
    let mut sheet = RgbImage::from_pixel(COLUMNS * width + GAP, total + GAP, PAPER);
    let mut top = 0;
    for (format, cells) in groups {
        write(&mut sheet, format, GAP, top + LINE, 2);
        top += title;
        for (index, cell) in (0..).zip(cells) {
            let (left, top) = (GAP + index % COLUMNS * width, top + index / COLUMNS * height);
            if let Some(picture) = &cell.picture {
                let (x, y) = (left + (SIDE - picture.width()) / 2, top + (SIDE - picture.height()) / 2);
                image::imageops::replace(&mut sheet, picture, x.into(), y.into());
            }
            for (line, text) in (0..).zip(&cell.lines) {
                write(&mut sheet, text, left, top + SIDE + 2 + line * LINE, 1);
            }
        }
        top += rows_of(cells) * height;
    }
    sheet
}

/// Letters of eight pixels, so many times as large, as far as a picture is wide.
fn write(sheet: &mut RgbImage, text: &str, left: u32, top: u32, scale: u32) {
    for (place, letter) in (0..SIDE / 8 / scale).zip(text.chars()) {
        let rows =
            font8x8::BASIC_FONTS.get(letter).or_else(|| font8x8::BASIC_FONTS.get('?')).unwrap_or_default();
        for (row, bits) in (0..).zip(rows) {
            for column in (0..8_u32).filter(|column| bits >> column & 1 == 1) {
                for (x, y) in (0..scale).flat_map(|y| (0..scale).map(move |x| (x, y))) {
                    let (x, y) = (left + (place * 8 + column) * scale + x, top + row * scale + y);
                    if let Some(pixel) = sheet.get_pixel_mut_checked(x, y) {
                        *pixel = Rgb([30; 3]);
                    }
                }
            }
        }
    }
}
