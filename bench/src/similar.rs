//! Copies of pictures found among a hundred thousand: how soon, and whether they are found. Sketches are those of drawn pictures; the
//! store is filled by itself, without the files' bytes. Called by `run` where it is asked for by name.

use std::fs::{self, File};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use mudlark_previews::{Encoding, Likeness, Request, RgbaImage, Source, encode, fit, preview};
use mudlark_store::{LikenessRow, PreviewOutcome, PreviewRow, Store, Tx};
use mudlark_types::AccountId;

use crate::api::{Api, ask_on};
use crate::bulk::next_random;
use crate::client::Connection;
use crate::growth::{Kind, VERSIONS, WITHOUT_BYTES, content, fill, id};
use crate::program::text;
use crate::report::{Verdict, median};
use crate::run::{Run, settle};

/// Pictures in the workspace, the copies among them.
const PICTURES: usize = 100_000;
/// Pictures that have copies, as many of each [`Subject`]; they lie evenly among the others.
const ORIGINALS: usize = 100;
/// The ways in which each was copied.
const COPIES: [&str; 4] = ["resized", "compressed", "with other channels", "painted on"];
/// What one answer may take. *Units*: milliseconds.
const BOUND_MS: f64 = 100.0;
/// How many copies of each kind may be missing among the first [`ASKED_FOR`], of those of one subject.
const MAY_MISS: usize = 1;
const ASKED_FOR: usize = 20;
/// The side that others are drawn with, and originals. *Units*: pixels.
const SMALL: u32 = 48;
const LARGE: u32 = 240;
/// Rows written in one transaction.
const TOGETHER: usize = 1_000;

/// What pictures of a studio show. Many are flat over large parts, where sketches have little to tell them apart by.
#[derive(Clone, Copy)]
enum Subject {
    /// Something everywhere.
    Painting,
    /// One thing before one colour.
    Prop,
    /// A pattern over all of it.
    Tile,
    /// Nearly one colour.
    NormalMap,
}

const SUBJECTS: [Subject; 4] = [Subject::Painting, Subject::Prop, Subject::Tile, Subject::NormalMap];

/// All of it.
pub(crate) fn measure_similar(run: &mut Run<'_>) -> Result<()> {
    let folder = run.folder("similar")?;
    let data = folder.join("data");
    let program = run.program.on(data.clone());
    let credentials = program.set_up()?;
    eprintln!("similar: filling a database with {PICTURES} pictures");
    let account = credentials.account_id.parse()?;
    run.runtime.block_on(async {
        let store = Store::open_sqlite(&data.join("mudlark.sqlite3")).await?;
        fill(run.children, &store, &credentials, PICTURES).await?;
        for first in (0..PICTURES).step_by(TOGETHER) {
            run.children.go_on()?;
            let mut tx = store.begin().await?;
            for number in first..first + TOGETHER {
                insert_preview(&mut tx, account, number, &sketch(number, &folder)?).await?;
            }
            tx.commit().await?;
        }
        anyhow::Ok(())
    })?;
    settle()?;
    let server = program.serve(run.children, &folder.join("similar.log"), WITHOUT_BYTES)?;
    let api = Api::log_in(run.runtime, server.address, &credentials)?;
    for (subject, name) in SUBJECTS.iter().zip(["paintings", "props", "tiles", "normal maps"]) {
        let seen = run.runtime.block_on(ask_for_copies(&api, *subject, run.options.rounds))?;
        let slowest = seen.times_ms.iter().copied().fold(0.0, f64::max);
        let middle = median(seen.times_ms.iter().copied());
        let of_each = ORIGINALS / SUBJECTS.len();
        let found: Vec<String> =
            COPIES.iter().zip(seen.found).map(|(how, found)| format!("{found} {how}")).collect();
        run.report.verdicts.push(Verdict {
            name: format!("similar to one of {of_each} {name}, among {PICTURES} pictures"),
            found: format!(
                "{slowest:.1} ms the slowest, {middle:.1} ms the median; copies among the first {ASKED_FOR}: {}",
                found.join(", ")
            ),
            bound: format!("each below {BOUND_MS} ms, {} copies of each kind", of_each - MAY_MISS),
            holds: slowest < BOUND_MS && seen.found.iter().all(|found| found + MAY_MISS >= of_each),
        });
    }
    Ok(())
}

/// What was answered.
struct Seen {
    times_ms: Vec<f64>,
    /// Copies of each of [`COPIES`] that were among the first answered.
    found: [usize; 4],
}

async fn ask_for_copies(api: &Api, subject: Subject, rounds: usize) -> Result<Seen> {
    let mut connection = Connection::open(api.address).await?;
    let mut seen = Seen { times_ms: Vec::new(), found: [0; 4] };
    for round in 0..rounds {
        for original in (0..ORIGINALS).filter(|original| original % SUBJECTS.len() == subject as usize) {
            let asset = id(Kind::Asset, place(original));
            let request = api.get_request(&format!("/workspaces/assets/{asset}/similar?limit={ASKED_FOR}"));
            let begin = Instant::now();
            let answer = ask_on(&mut connection, &request).await?;
            seen.times_ms.push(begin.elapsed().as_secs_f64() * 1e3);
            if round > 0 {
                continue;
            }
            let similar = answer.as_array().context("a list")?;
            let ids = similar.iter().map(|one| text(&one["asset"], "id")).collect::<Result<Vec<_>>>()?;
            for (copy, found) in seen.found.iter_mut().enumerate() {
                let copy = id(Kind::Asset, place(original) + 1 + copy).to_string();
                *found += usize::from(ids.contains(&copy));
            }
        }
    }
    Ok(seen)
}

/// Where an original is; its copies are the next ones.
fn place(original: usize) -> usize {
    original * (PICTURES / ORIGINALS)
}

/// The sketch of the picture with this number.
fn sketch(number: usize, folder: &Path) -> Result<Likeness> {
    let original = number / (PICTURES / ORIGINALS);
    let is_copy = number - place(original) <= COPIES.len();
    if !is_copy {
        return Ok(Likeness::of(&draw(SUBJECTS[number % SUBJECTS.len()], number, SMALL))?);
    }
    let mut picture = draw(SUBJECTS[original % SUBJECTS.len()], place(original), LARGE);
    match number - place(original) {
        0 => {}
        1 => picture = read_again(&picture, LARGE / 3, Encoding::Png, "png", folder)?,
        2 => picture = read_again(&picture, LARGE, Encoding::Jpeg, "jpg", folder)?,
        3 => picture.pixels_mut().for_each(|pixel| pixel.0.swap(0, 2)),
        _ => {
            let (from, to) = (LARGE / 3, LARGE / 2);
            for (x, y) in (from..to).flat_map(|x| (from..to).map(move |y| (x, y))) {
                picture.get_pixel_mut(x, y).0 = [250, 20, 20, 255];
            }
        }
    }
    Ok(Likeness::of(&picture)?)
}

/// A picture as it is read from a file that was written of it.
fn read_again(
    picture: &RgbaImage,
    side: u32,
    encoding: Encoding,
    ending: &str,
    folder: &Path,
) -> Result<RgbaImage> {
    let name = format!("copy.{ending}");
    let file = folder.join(&name);
    fs::write(&file, encode(&fit(picture, side)?, encoding)?)?;
    let mut source = Source::new(File::open(&file)?, &name)?;
    let read = preview(&mut source, &Request { max_side: side, beside: None })?;
    read.picture.context("a picture")
}

/// A picture of a subject, another for each number, and the same at each size.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "the numbers are small"
)]
fn draw(subject: Subject, number: usize, side: u32) -> RgbaImage {
    let mut state = number as u64 + 1;
    let mut next = || (next_random(&mut state) >> 40) as f32 / (1 << 24) as f32;
    let ground: [f32; 3] = match subject {
        Subject::NormalMap => [0.5, 0.5, 1.0],
        _ => std::array::from_fn(|_| next()),
    };
    let [across, down, lean] = std::array::from_fn(|_| 8.0 + 30.0 * next());
    let spots: Vec<[f32; 6]> = (0..12).map(|_| std::array::from_fn(|_| next())).collect();
    RgbaImage::from_fn(side, side, |x, y| {
        let (x, y) = ((x as f32 + 0.5) / side as f32, (y as f32 + 0.5) / side as f32);
        let from_middle = (x - 0.5).powi(2) + (y - 0.5).powi(2);
        let strength = match subject {
            Subject::Painting => 1.0,
            Subject::Prop => f32::from(u8::from(from_middle < 0.08)),
            Subject::Tile => 0.5 + 0.5 * (x * across + y * lean).sin() * (y * down).cos(),
            Subject::NormalMap => 0.06,
        };
        let mut color = ground;
        for [left, top, size, red, green, blue] in &spots {
            let distance = ((x - left).powi(2) + (y - top).powi(2)) / (0.004 + size * 0.03);
            let weight = strength / (1.0 + distance * distance);
            for (channel, spot) in color.iter_mut().zip([red, green, blue]) {
                *channel += weight * (spot - *channel);
            }
        }
        let [red, green, blue] = color.map(|channel| (channel.clamp(0.0, 1.0) * 255.0) as u8);
        [red, green, blue, 255].into()
    })
}

/// The preview of the current version of an asset that [`fill`] has made.
async fn insert_preview(tx: &mut Tx, account: AccountId, number: usize, likeness: &Likeness) -> Result<()> {
    let preview = PreviewRow {
        id: id(Kind::Preview, number).into(),
        account_id: account,
        content_sha256: content(number * VERSIONS + VERSIONS - 1),
        extension: "png".to_owned(),
        outcome: PreviewOutcome::Made,
        reason: None,
        facts: Some(r#"{"format":"png","media":"picture"}"#.to_owned()),
        version_id: None,
        readers: mudlark_previews::READERS,
        made_at_ms: i64::try_from(number)?,
    };
    tx.insert_preview(&preview, &[], &[]).await?;
    tx.attach_preview(id(Kind::Version, number * VERSIONS + VERSIONS - 1).into(), &preview, 1).await?;
    let row = LikenessRow {
        preview_id: preview.id,
        structure: likeness.structure.cast_signed(),
        colors: likeness.colors.to_vec(),
    };
    tx.insert_likeness(account, &row).await?;
    Ok(())
}
