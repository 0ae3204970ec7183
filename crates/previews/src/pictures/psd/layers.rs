//! The tree of layers of a PSD file: their names, with those within a group below it.

use std::io::{Read, Seek};

use super::stream::Stream;
use crate::error::PreviewError;

/// Names that are listed, and levels that are shown: beyond, it is not a list that someone reads.
const MOST: usize = 1000;
const DEEPEST: usize = 32;
/// The longest name that Photoshop takes has 255 characters; other programs take more. *Units*: characters.
const LONGEST: u32 = 1024;
/// Blocks whose length has eight bytes in PSB files.
const LONG_BLOCKS: [&[u8; 4]; 13] = [
    b"LMsk", b"Lr16", b"Lr32", b"Layr", b"Mt16", b"Mt32", b"Mtrn", b"Alph", b"FMsk", b"lnk2", b"FEid",
    b"FXid", b"PxSD",
];

/// What the section of layers tells.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Layers {
    /// From the top one down, two spaces for each group that it is in.
    pub(super) names: Vec<String>,
    /// Whether the first channel of the merged picture beyond its colours is what is transparent in it.
    pub(super) is_merged_transparent: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Layer,
    Group,
    /// A layer without pixels, below the last of a group.
    EndOfGroup,
}

/// Reads the section, and ends behind it. A section that can't be read to its end has the layers up to there.
pub(super) fn read<R: Read + Seek>(stream: &mut Stream<R>) -> Result<Layers, PreviewError> {
    let length = stream.length()?;
    let end = stream.place()?.saturating_add(length);
    let layers = if length == 0 { Layers::default() } else { section(stream, end).unwrap_or_default() };
    stream.go_to(end)?;
    Ok(layers)
}

fn section<R: Read + Seek>(stream: &mut Stream<R>, end: u64) -> Result<Layers, PreviewError> {
    let length = stream.length()?;
    if length > 0 {
        return records(stream);
    }
    // Files of 16 and 32 bits have them in a block behind the masks.
    let masks = stream.u32()?;
    stream.skip(u64::from(masks))?;
    while stream.place()? + 12 <= end {
        let (key, length) = block(stream)?;
        if matches!(&key, b"Lr16" | b"Lr32" | b"Layr") {
            return records(stream);
        }
        // In this place, blocks begin at multiples of four.
        stream.skip(length.next_multiple_of(4))?;
    }
    Ok(Layers::default())
}

/// The key and the length of an additional block. *Units*: bytes.
fn block<R: Read + Seek>(stream: &mut Stream<R>) -> Result<([u8; 4], u64), PreviewError> {
    let signature = stream.bytes::<4>()?;
    if !matches!(&signature, b"8BIM" | b"8B64") {
        return Err(PreviewError::broken("a block of a layer has no signature"));
    }
    let key = stream.bytes::<4>()?;
    let length = if LONG_BLOCKS.contains(&&key) { stream.length()? } else { u64::from(stream.u32()?) };
    // More than a file has would make no sense, and must not overflow.
    Ok((key, length.min(u64::MAX >> 2)))
}

fn records<R: Read + Seek>(stream: &mut Stream<R>) -> Result<Layers, PreviewError> {
    let count = i16::from_be_bytes(stream.bytes()?);
    let mut found = Vec::new();
    for _ in 0..count.unsigned_abs() {
        match record(stream) {
            Ok(layer) => found.push(layer),
            Err(PreviewError::Io(error)) => return Err(PreviewError::Io(error)),
            Err(_) => break,
        }
    }
    // They lie in the file from the bottom up.
    let mut names = Vec::new();
    let mut depth = 0_usize;
    for (name, kind) in found.into_iter().rev() {
        if kind == Kind::EndOfGroup {
            depth = depth.saturating_sub(1);
            continue;
        }
        if names.len() < MOST {
            names.push(format!("{}{name}", "  ".repeat(depth.min(DEEPEST))));
        }
        depth += usize::from(kind == Kind::Group);
    }
    Ok(Layers { names, is_merged_transparent: count < 0 })
}

/// A layer's name and kind.
fn record<R: Read + Seek>(stream: &mut Stream<R>) -> Result<(String, Kind), PreviewError> {
    stream.skip(16)?;
    let channels = stream.u16()?;
    let channel_bytes = if stream.is_big { 10 } else { 6 };
    stream.skip(u64::from(channels) * channel_bytes)?;
    if &stream.bytes::<4>()? != b"8BIM" {
        return Err(PreviewError::broken("a layer has no signature"));
    }
    stream.skip(8)?;
    let extra = u64::from(stream.u32()?);
    let end = stream.place()? + extra;
    for _ in ["its mask", "what it blends"] {
        let length = stream.u32()?;
        stream.skip(u64::from(length))?;
    }
    let mut name = short_name(stream)?;
    let mut kind = Kind::Layer;
    while stream.place()? + 12 <= end {
        let Ok((key, length)) = block(stream) else { break };
        let next = stream.place()?.saturating_add(length.next_multiple_of(2));
        match &key {
            b"luni" => name = long_name(stream)?,
            b"lsct" | b"lsdk" => {
                kind = match stream.u32()? {
                    1 | 2 => Kind::Group,
                    3 => Kind::EndOfGroup,
                    _ => kind,
                };
            }
            _ => {}
        }
        stream.go_to(next)?;
    }
    stream.go_to(end)?;
    Ok((name, kind))
}

/// A name in the encoding of the machine that it was written on; where it matters, the other one follows.
fn short_name<R: Read + Seek>(stream: &mut Stream<R>) -> Result<String, PreviewError> {
    let length = stream.u8()?;
    let bytes = stream.block(u64::from(length), 255)?;
    // Length byte and name together end at a multiple of four.
    stream.skip((u64::from(length) + 1).next_multiple_of(4) - u64::from(length) - 1)?;
    Ok(bytes.iter().map(|&byte| char::from(byte)).filter(|character| !character.is_control()).collect())
}

fn long_name<R: Read + Seek>(stream: &mut Stream<R>) -> Result<String, PreviewError> {
    let length = stream.u32()?.min(LONGEST);
    let bytes = stream.block(u64::from(length) * 2, u64::from(LONGEST) * 2)?;
    let units = bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_be_bytes(*unit));
    let characters = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
    Ok(characters.filter(|character| !character.is_control()).collect())
}
