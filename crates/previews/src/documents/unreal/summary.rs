//! What a package of Unreal says of itself at its beginning, and where in it what is.
//!
//! *Source*: the order of `FPackageFileSummary`, `FObjectImport` and `FObjectExport` in Unreal Engine 4.0 to 5.7. Which of their
//! fields are there is told by two versions, one of Unreal Engine 4 and one of 5.

use super::bytes::Bytes;
use crate::error::PreviewError;

/// What a package begins with.
pub(super) const TAG: [u8; 4] = [0xc1, 0x83, 0x2a, 0x9e];
/// The newest layout that is known of the numbers before the versions.
const NEWEST_LAYOUT: i32 = -9;
/// The newest version of Unreal Engine 5 that is known.
const NEWEST: i32 = 1018;
/// A package that was cooked: what only the editor needs was left out.
const IS_COOKED: u32 = 0x8000_0000;
/// A package whose properties have no names.
const IS_UNVERSIONED: u32 = 0x2000;

/// So many things from a place on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Table {
    pub(super) count: usize,
    pub(super) start: usize,
}

/// The beginning of a package.
#[derive(Debug, Default)]
pub(super) struct Summary {
    pub(super) ue4: i32,
    pub(super) ue5: i32,
    flags: u32,
    pub(super) names: Table,
    pub(super) exports: Table,
    pub(super) imports: Table,
    /// Names of packages that are loaded when they are asked for.
    pub(super) soft_references: Table,
    /// Where the table of thumbnails is; 0 without one.
    pub(super) thumbnails: usize,
    /// Major, minor and patch of the engine that saved it.
    pub(super) engine: Option<[u16; 3]>,
}

impl Summary {
    /// Reads it. None of a package without versions, or of a newer layout than is known: they hide where in it what is.
    pub(super) fn read(bytes: &mut Bytes<'_>) -> Result<Option<Self>, PreviewError> {
        bytes.skip(TAG.len())?;
        let layout = bytes.i32()?;
        if layout >= 0 {
            return Err(PreviewError::Broken("it is of an Unreal Engine before 4".to_owned()));
        }
        // The version of Unreal Engine 3.
        bytes.skip(if layout == -4 { 0 } else { 4 })?;
        let ue4 = bytes.i32()?;
        let ue5 = if layout <= -8 { bytes.i32()? } else { 0 };
        bytes.skip(4)?;
        if layout < NEWEST_LAYOUT || ue5 > NEWEST || (ue4 == 0 && ue5 == 0) {
            return Ok(None);
        }
        let mut summary = Self { ue4, ue5, ..Self::default() };
        if ue5 >= 1016 {
            bytes.skip(20 + 4)?;
        }
        Self::skip_versions(bytes, layout)?;
        bytes.skip(if ue5 >= 1016 { 0 } else { 4 })?;
        bytes.text()?;
        summary.flags = bytes.u32()?;
        summary.tables(bytes)?;
        summary.engine = summary.engine(bytes)?;
        Ok(Some(summary))
    }

    fn skip_versions(bytes: &mut Bytes<'_>, layout: i32) -> Result<(), PreviewError> {
        if layout > -2 {
            return Ok(());
        }
        // Numbers for identifiers at first, then identifiers with a name, then without.
        let length = if layout == -2 { 8 } else { 20 };
        for _ in 0..bytes.count(length)? {
            bytes.skip(length)?;
            if (-5..=-3).contains(&layout) {
                bytes.text()?;
            }
        }
        Ok(())
    }

    fn tables(&mut self, bytes: &mut Bytes<'_>) -> Result<(), PreviewError> {
        self.names = bytes.table()?;
        bytes.skip(if self.ue5 >= 1008 { 8 } else { 0 })?;
        if !self.is_cooked() && self.ue4 >= 516 {
            bytes.text()?;
        }
        bytes.skip(if self.ue4 >= 459 { 8 } else { 0 })?;
        self.exports = bytes.table()?;
        self.imports = bytes.table()?;
        bytes.skip(if self.ue5 >= 1015 { 16 } else { 0 })?;
        bytes.skip(if self.ue5 >= 1014 { 4 } else { 0 })?;
        bytes.skip(4)?;
        if self.ue4 >= 384 {
            self.soft_references = bytes.table()?;
        }
        bytes.skip(if self.ue4 >= 510 { 4 } else { 0 })?;
        self.thumbnails = usize::try_from(bytes.i32()?).unwrap_or(0);
        bytes.skip(if self.ue5 >= 1018 { 8 } else { 0 })
    }

    fn engine(&self, bytes: &mut Bytes<'_>) -> Result<Option<[u16; 3]>, PreviewError> {
        if self.ue4 < 336 {
            return Ok(None);
        }
        // Identifiers of the package and of its owner.
        bytes.skip(if self.ue5 >= 1016 { 0 } else { 16 })?;
        if !self.is_cooked() && self.ue4 >= 518 {
            bytes.skip(if self.ue4 < 520 { 32 } else { 16 })?;
        }
        let generations = bytes.count(8)?;
        bytes.skip(generations * 8)?;
        let version = [bytes.u16()?, bytes.u16()?, bytes.u16()?];
        Ok(Some(version).filter(|[major, ..]| *major > 0))
    }

    pub(super) const fn is_cooked(&self) -> bool {
        self.flags & IS_COOKED != 0
    }
}

/// A name: an index into the names, and a number that is put after it, less one; none where it is 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name {
    pub(super) index: usize,
    pub(super) number: u32,
}

impl Name {
    pub(super) fn read(bytes: &mut Bytes<'_>) -> Result<Self, PreviewError> {
        Ok(Self { index: usize::try_from(bytes.u32()?).unwrap_or(usize::MAX), number: bytes.u32()? })
    }
}

/// Something of another package.
#[derive(Clone, Copy, Debug)]
pub(super) struct Import {
    pub(super) class: Name,
    pub(super) name: Name,
}

impl Import {
    /// The least that one takes. *Units*: bytes.
    pub(super) const LENGTH: usize = 28;

    pub(super) fn read(bytes: &mut Bytes<'_>, summary: &Summary) -> Result<Self, PreviewError> {
        bytes.skip(8)?;
        let class = Name::read(bytes)?;
        bytes.skip(4)?;
        let name = Name::read(bytes)?;
        bytes.skip(if summary.ue4 >= 520 && !summary.is_cooked() { 8 } else { 0 })?;
        bytes.skip(if summary.ue5 >= 1003 { 4 } else { 0 })?;
        Ok(Self { class, name })
    }
}

/// Something that the package holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Export {
    /// Of an import, counted from -1 down, or of an export, counted from 1 up; 0 for a class.
    pub(super) class: i32,
    /// Whether it is within nothing else.
    pub(super) is_outermost: bool,
    pub(super) name: Name,
    pub(super) is_asset: bool,
}

impl Export {
    /// The least that one takes. *Units*: bytes.
    pub(super) const LENGTH: usize = 48;

    pub(super) fn read(bytes: &mut Bytes<'_>, summary: &Summary) -> Result<Self, PreviewError> {
        let class = bytes.i32()?;
        bytes.skip(if summary.ue4 >= 508 { 8 } else { 4 })?;
        let is_outermost = bytes.i32()? == 0;
        let name = Name::read(bytes)?;
        // Flags, length and place, and for whom it is not.
        bytes.skip(4 + if summary.ue4 >= 511 { 16 } else { 8 } + 12)?;
        bytes.skip(if summary.ue5 >= 1005 { 0 } else { 16 })?;
        bytes.skip(if summary.ue5 >= 1006 { 4 } else { 0 })?;
        bytes.skip(4)?;
        bytes.skip(if summary.ue4 >= 365 { 4 } else { 0 })?;
        let is_asset = summary.ue4 >= 485 && bytes.u32()? != 0;
        bytes.skip(if summary.ue5 >= 1003 { 4 } else { 0 })?;
        bytes.skip(if summary.ue4 >= 507 { 20 } else { 0 })?;
        let has_offsets = summary.ue5 >= 1010 && summary.flags & IS_UNVERSIONED == 0;
        bytes.skip(if has_offsets { 16 } else { 0 })?;
        Ok(Self { class, is_outermost, name, is_asset })
    }
}
