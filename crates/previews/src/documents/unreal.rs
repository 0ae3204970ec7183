//! Packages of Unreal Engine 4 and 5, `.uasset` and `.umap`: the thumbnail that the editor saved in them, what kind of asset they
//! hold, and the packages that it refers to. To draw what is in them takes the engine.
//!
//! A reader of our own: the crate `uasset` panics on a name that is not there, takes memory by the file's numbers, and refuses
//! what Unreal Engine 5.5 and newer save; `unreal_asset` is left, and brings a tree of crates.

mod bytes;
mod summary;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::io::Read;

use image::RgbaImage;

use self::bytes::Bytes;
use self::summary::{Export, Import, Name, Summary, TAG, Table};
use crate::error::PreviewError;
use crate::pictures::embedded;
use crate::source::Source;
use crate::{Facts, Media, Preview, Request};

/// The most of a package that is read: its tables and thumbnails are before what it holds. *Units*: bytes.
const MOST_READ: u64 = 64 << 20;
/// The most names, imports or exports that are gone through.
const MOST_THINGS: usize = 2_000_000;
/// The most packages that are told.
const MOST_TOLD: usize = 1000;
/// The longest name that is told. *Units*: characters.
const LONGEST: usize = 240;
/// The most thumbnails that are looked at for one with a picture.
const MOST_THUMBNAILS: usize = 64;

/// Whether a file begins as a package.
pub(crate) fn is_package(head: &[u8]) -> bool {
    head.starts_with(&TAG)
}

/// Reads one.
pub(crate) fn read(source: &mut Source, request: &Request<'_>) -> Result<Preview, PreviewError> {
    let mut all = Vec::new();
    source.file()?.take(MOST_READ).read_to_end(&mut all)?;
    let facts = Facts { media: Some(Media::Asset), ..Facts::default() };
    let Some(summary) = Summary::read(&mut Bytes::at(&all, 0))? else {
        return Ok(Preview { facts, ..Preview::default() });
    };
    let package = Package::read(&all, summary)?;
    let main = package.main();
    let thumbnails = package.thumbnails();
    let name = main.and_then(|export| package.name(export.name));
    let asset_class = main.and_then(|export| package.class(export));
    let asset_class = asset_class.or_else(|| thumbnails.first().map(|thumbnail| thumbnail.class.clone()));
    let picture = package.picture(&thumbnails, name.as_deref(), request.max_side);
    let facts = Facts {
        asset_class,
        imports: package.references()?,
        engine_version: package.summary.engine.map(|version| version.map(|part| part.to_string()).join(".")),
        ..facts
    };
    Ok(Preview { picture, sheet: None, facts })
}

struct Package<'a> {
    all: &'a [u8],
    summary: Summary,
    /// Where each name is.
    names: Vec<usize>,
    imports: Vec<Import>,
    exports: Vec<Export>,
}

/// The picture of one of its assets.
struct Thumbnail {
    class: String,
    /// Of the asset.
    name: String,
    /// Where its picture is.
    start: usize,
}

impl<'a> Package<'a> {
    fn read(all: &'a [u8], summary: Summary) -> Result<Self, PreviewError> {
        let names_are = things(summary.names, 4, all)?;
        let mut names = Vec::with_capacity(names_are);
        let mut bytes = Bytes::at(all, summary.names.start);
        for _ in 0..names_are {
            names.push(bytes.place());
            bytes.text()?;
            bytes.skip(if summary.ue4 >= 504 { 4 } else { 0 })?;
        }
        let mut bytes = Bytes::at(all, summary.imports.start);
        let imports = (0..things(summary.imports, Import::LENGTH, all)?)
            .map(|_| Import::read(&mut bytes, &summary))
            .collect::<Result<_, _>>()?;
        let mut bytes = Bytes::at(all, summary.exports.start);
        let exports = (0..things(summary.exports, Export::LENGTH, all)?)
            .map(|_| Export::read(&mut bytes, &summary))
            .collect::<Result<_, _>>()?;
        Ok(Self { all, summary, names, imports, exports })
    }

    /// A name with its number; none where there is none.
    fn name(&self, name: Name) -> Option<String> {
        let text = Bytes::at(self.all, *self.names.get(name.index)?).text().ok()?;
        let text = text.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect::<String>();
        Some(if name.number == 0 { text } else { format!("{text}_{}", name.number - 1) })
    }

    /// What the package is there for.
    fn main(&self) -> Option<&Export> {
        let outermost = self.exports.iter().filter(|export| export.is_outermost);
        let marked = outermost.clone().find(|export| export.is_asset);
        // Older versions of the engine mark none. What a blueprint is compiled to may come before itself.
        let is_made = |name: &str| name.ends_with("_C") || name.starts_with("Default__");
        let plain =
            || outermost.clone().find(|export| self.name(export.name).is_some_and(|name| !is_made(&name)));
        marked.or_else(plain).or_else(|| outermost.clone().next())
    }

    fn class(&self, export: &Export) -> Option<String> {
        let index = usize::try_from(export.class.unsigned_abs()).ok()?;
        let Some(index) = index.checked_sub(1) else { return Some("Class".to_owned()) };
        if export.class < 0 {
            self.name(self.imports.get(index)?.name)
        } else {
            self.name(self.exports.get(index)?.name)
        }
    }

    /// The packages that it refers to, but for the engine's code, sorted.
    fn references(&self) -> Result<Vec<String>, PreviewError> {
        let mut references = BTreeSet::new();
        let mut take = |name: Option<String>| {
            let is_asset = |name: &String| name.starts_with('/') && !name.starts_with("/Script/");
            references.extend(name.filter(is_asset));
        };
        for import in &self.imports {
            if self.name(import.class).as_deref() == Some("Package") {
                take(self.name(import.name));
            }
        }
        // Before, they were text.
        if self.summary.ue4 >= 514 {
            let mut bytes = Bytes::at(self.all, self.summary.soft_references.start);
            for _ in 0..things(self.summary.soft_references, 8, self.all)? {
                take(self.name(Name::read(&mut bytes)?));
            }
        }
        Ok(references.into_iter().take(MOST_TOLD).collect())
    }

    /// What is listed of thumbnails; a list that is broken is taken as far as it goes.
    fn thumbnails(&self) -> Vec<Thumbnail> {
        if self.summary.thumbnails == 0 {
            return Vec::new();
        }
        let mut bytes = Bytes::at(self.all, self.summary.thumbnails);
        let count = bytes.count(12).unwrap_or(0).min(MOST_THUMBNAILS);
        let mut next = || -> Result<Thumbnail, PreviewError> {
            let (class, name, start) = (bytes.text()?, bytes.text()?, bytes.u32()?);
            Ok(Thumbnail { class, name, start: usize::try_from(start).unwrap_or(usize::MAX) })
        };
        (0..count).map_while(|_| next().ok()).collect()
    }

    /// The picture of the asset with this name, or else the first that there is.
    fn picture(&self, thumbnails: &[Thumbnail], name: Option<&str>, side: u32) -> Option<RgbaImage> {
        let is_of = |thumbnail: &&Thumbnail| Some(thumbnail.name.as_str()) == name;
        let of_name = thumbnails.iter().filter(is_of);
        of_name.chain(thumbnails).find_map(|thumbnail| {
            let mut bytes = Bytes::at(self.all, thumbnail.start);
            // Width and height: the file in it tells them too, and is what is held to the bounds.
            bytes.skip(8).ok()?;
            let length = bytes.count(1).ok()?;
            let file = bytes.take(length).ok()?;
            let is_known = file.starts_with(b"\x89PNG") || file.starts_with(&[0xff, 0xd8, 0xff]);
            is_known.then(|| embedded::decode(file, side)).flatten()
        })
    }
}

/// How many things a table has.
///
/// *Errors*: [`PreviewError::Broken`] for more than the file could hold, [`PreviewError::TooLarge`] for more than are gone through.
fn things(table: Table, length: usize, all: &[u8]) -> Result<usize, PreviewError> {
    if table.count > MOST_THINGS {
        return Err(PreviewError::TooLarge(format!("{} names or objects", table.count)));
    }
    let room = all.len().saturating_sub(table.start) / length;
    if table.count > room {
        return Err(PreviewError::Broken("it tells of more than it has".to_owned()));
    }
    Ok(table.count)
}
