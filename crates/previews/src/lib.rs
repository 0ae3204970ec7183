//! Reads the files that games are made of, and makes of each a picture and its facts: no program that made them is needed.
//! A file goes in, pixels and facts come out: this crate knows nothing of accounts, workspaces or the network, and writes
//! nothing. Called by the program's `preview` and `preview-worker`, the second within walls, since files may be hostile.
//!
//! # How it is put together
//! [`preview`] asks `format` which reader a file is for, by its first bytes and then by its extension, and has that read it.
//! Readers of pictures are in `pictures`, of models in `models`, of sounds in `sounds`, of fonts in `fonts`, of all else in `documents`. Each
//! answers a [`Preview`]. A reader holds the file to a bound before it takes memory for it.

mod beside;
mod bounds;
mod documents;
mod error;
mod facts;
mod fonts;
mod format;
mod icon;
mod likeness;
mod models;
mod pictures;
mod sounds;
mod source;
mod thumbnail;

use std::path::Path;

pub use error::PreviewError;
pub use facts::{Facts, Media};
pub use icon::icon;
pub use image::RgbaImage;
pub use likeness::{Likeness, MAX_DIFFERENT_BITS};
pub use source::{Source, extension_of};
pub use thumbnail::{Encoding, convert, encode, fit};

/// The version of the readers: one more for each release in which they make more of files, so that what older ones made can be made anew.
pub const READERS: i64 = 5;

/// What is wanted of a file.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The longest side that a picture is needed with. A reader may answer a larger one, but need not. *Units*: pixels.
    pub max_side: u32,
    /// The folder that other files are looked for in which this one names, such as textures. Only what lies within it is
    /// read.
    pub beside: Option<&'a Path>,
}

/// What a file looks like, and what is in it.
#[derive(Debug, Default)]
pub struct Preview {
    /// What it looks like; none where it has no look.
    pub picture: Option<RgbaImage>,
    /// More of it at a glance: eight views around a model, stills of a film; in one row.
    pub sheet: Option<RgbaImage>,
    /// What is in it.
    pub facts: Facts,
}

/// Reads a file.
///
/// *Errors*: [`PreviewError::Unknown`] where no reader takes it, [`PreviewError::Broken`] and [`PreviewError::TooLarge`]
/// where one gave it up.
pub fn preview(source: &mut Source, request: &Request<'_>) -> Result<Preview, PreviewError> {
    let format = format::of(source)?.ok_or(PreviewError::Unknown)?;
    let mut preview = format.read(source, request)?;
    preview.facts.format.get_or_insert_with(|| format.name().to_owned());
    if preview.facts.media == Some(Media::Picture) && preview.facts.role.is_none() {
        preview.facts.role = preview.picture.as_ref().and_then(pictures::role::of).map(ToOwned::to_owned);
    }
    Ok(preview)
}
