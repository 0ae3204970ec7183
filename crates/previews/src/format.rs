//! Which reader a file is for: by its first bytes where they tell, and by its extension where they do not.

use crate::error::PreviewError;
use crate::models::{self, Model};
use crate::source::Source;
use crate::{Preview, Request, documents, fonts, pictures, sounds};

/// Enough of a file to tell what it is.
const HEAD: usize = 4096;

/// A kind of file with a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Png,
    Psd,
    Exr,
    Hdr,
    Dds,
    Ktx2,
    Basis,
    Svg,
    Zip,
    Text,
    /// An archive of Substance.
    Substance,
    /// A package of the Unreal Engine.
    Unreal,
    Sound(sounds::Kind),
    Font(fonts::Kind),
    /// A picture that the crate `image` reads.
    Raster(image::ImageFormat),
    Model(Model),
}

/// The format of a file, where there is a reader for it.
pub(crate) fn of(source: &mut Source) -> Result<Option<Format>, PreviewError> {
    let head = source.head(HEAD)?;
    let extension = source.extension();
    Ok(by_first_bytes(&head)
        .or_else(|| by_extension(extension, &head))
        .or_else(|| by_nature(extension, &head)))
}

fn by_first_bytes(head: &[u8]) -> Option<Format> {
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some(Format::Png);
    }
    if head.starts_with(b"8BPS") {
        return Some(Format::Psd);
    }
    if head.starts_with(b"\x76\x2f\x31\x01") {
        return Some(Format::Exr);
    }
    if head.starts_with(b"#?RADIANCE") || head.starts_with(b"#?RGBE") {
        return Some(Format::Hdr);
    }
    if head.starts_with(b"DDS ") {
        return Some(Format::Dds);
    }
    if head.starts_with(pictures::ktx2::FIRST_BYTES) {
        return Some(Format::Ktx2);
    }
    if documents::unreal::is_package(head) {
        return Some(Format::Unreal);
    }
    if let Some(model) = models::by_first_bytes(head) {
        return Some(Format::Model(model));
    }
    if let Some(kind) = sounds::by_first_bytes(head) {
        return Some(Format::Sound(kind));
    }
    if let Some(kind) = fonts::by_first_bytes(head) {
        return Some(Format::Font(kind));
    }
    pictures::raster::by_first_bytes(head).map(Format::Raster)
}

/// Formats whose first bytes tell nothing.
fn by_extension(extension: &str, head: &[u8]) -> Option<Format> {
    match extension {
        "mp3" => Some(Format::Sound(sounds::Kind::Mp3)),
        "basis" if head.starts_with(pictures::basis::FIRST_BYTES) => Some(Format::Basis),
        "tga" => Some(Format::Raster(image::ImageFormat::Tga)),
        "sbsar" if documents::substance::is_archive(head) => Some(Format::Substance),
        _ => models::by_extension(extension, head).map(Format::Model),
    }
}

/// Archives and text, which other formats also are: theirs come first.
fn by_nature(extension: &str, head: &[u8]) -> Option<Format> {
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Some(Format::Zip);
    }
    if extension == "svg" || pictures::svg::is_svg(head) {
        return Some(Format::Svg);
    }
    documents::text::is_text(extension, head).then_some(Format::Text)
}

impl Format {
    /// Its name in facts.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Psd => "psd",
            Self::Exr => "exr",
            Self::Hdr => "hdr",
            Self::Dds => "dds",
            Self::Ktx2 => "ktx2",
            Self::Basis => "basis",
            Self::Svg => "svg",
            Self::Zip => "zip",
            Self::Text => "text",
            Self::Substance => "sbsar",
            Self::Unreal => "uasset",
            Self::Sound(kind) => kind.name(),
            Self::Font(kind) => kind.name(),
            Self::Raster(format) => pictures::raster::name(format),
            Self::Model(model) => model.name(),
        }
    }

    /// Reads a file of this format.
    pub(crate) fn read(self, source: &mut Source, request: &Request<'_>) -> Result<Preview, PreviewError> {
        match self {
            Self::Png => pictures::png::read(source, request),
            Self::Psd => pictures::psd::read(source, request),
            Self::Exr => pictures::exr::read(source, request),
            Self::Hdr => pictures::hdr::read(source, request),
            Self::Dds => pictures::dds::read(source, request),
            Self::Ktx2 => pictures::ktx2::read(source, request),
            Self::Basis => pictures::basis::read(source, request),
            Self::Svg => pictures::svg::read(source, request),
            Self::Zip => documents::zip::read(source),
            Self::Text => documents::text::read(source),
            Self::Substance => documents::substance::read(source, request),
            Self::Unreal => documents::unreal::read(source, request),
            Self::Sound(kind) => sounds::read(source, kind),
            Self::Font(kind) => fonts::read(source, kind, request),
            Self::Raster(image::ImageFormat::Jpeg) => pictures::jpeg::read(source, request),
            Self::Raster(image::ImageFormat::Tiff) => pictures::tiff::read(source, request),
            Self::Raster(format) => pictures::raster::read(source, format, request),
            Self::Model(model) => model.read(source, request),
        }
    }
}
