//! Numbers and text as Unreal writes them. Nothing is read beyond the end, and no count is taken that the rest could not hold.

use super::summary::Table;
use crate::error::PreviewError;

/// Bytes and a place in them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes<'a> {
    all: &'a [u8],
    place: usize,
}

impl<'a> Bytes<'a> {
    /// From a place on.
    pub(super) const fn at(all: &'a [u8], place: usize) -> Self {
        Self { all, place }
    }

    pub(super) const fn place(&self) -> usize {
        self.place
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], PreviewError> {
        let end = self.place.checked_add(length);
        let bytes = end.and_then(|end| self.all.get(self.place..end)).ok_or_else(ends)?;
        self.place += length;
        Ok(bytes)
    }

    pub(super) fn skip(&mut self, length: usize) -> Result<(), PreviewError> {
        self.take(length).map(|_| ())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], PreviewError> {
        self.take(N)?.try_into().map_err(|_| ends())
    }

    pub(super) fn u16(&mut self) -> Result<u16, PreviewError> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, PreviewError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn i32(&mut self) -> Result<i32, PreviewError> {
        self.array().map(i32::from_le_bytes)
    }

    /// How many things follow, each at least so long.
    pub(super) fn count(&mut self, length: usize) -> Result<usize, PreviewError> {
        let count = usize::try_from(self.i32()?).map_err(|_| ends())?;
        let most = (self.all.len() - self.place) / length;
        if count > most { Err(ends()) } else { Ok(count) }
    }

    /// How many things are where.
    pub(super) fn table(&mut self) -> Result<Table, PreviewError> {
        let (count, start) = (self.i32()?, self.i32()?);
        // Without any, where they are may be anything.
        let start = if count == 0 { 0 } else { usize::try_from(start).map_err(|_| ends())? };
        Ok(Table { count: usize::try_from(count).map_err(|_| ends())?, start })
    }

    /// Text: its length with the zero at its end, less than zero for UTF-16, and then itself.
    pub(super) fn text(&mut self) -> Result<String, PreviewError> {
        let length = self.i32()?;
        let letters = usize::try_from(length.unsigned_abs()).map_err(|_| ends())?;
        if length < 0 {
            let bytes = self.take(letters.checked_mul(2).ok_or_else(ends)?)?;
            let units: Vec<u16> =
                bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
            return Ok(String::from_utf16_lossy(units.strip_suffix(&[0]).unwrap_or(&units)));
        }
        let bytes = self.take(letters)?;
        Ok(String::from_utf8_lossy(bytes.strip_suffix(&[0]).unwrap_or(bytes)).into_owned())
    }
}

fn ends() -> PreviewError {
    PreviewError::Broken("it tells of more than it has".to_owned())
}
