//! The numbers that PSD files are made of: most significant byte first.

use std::io::{ErrorKind, Read, Seek, SeekFrom};

use crate::error::PreviewError;

/// A PSD or PSB file.
pub(super) struct Stream<R> {
    pub(super) reader: R,
    /// Lengths and places have eight bytes where PSD files have four, and counts of rows four instead of two.
    pub(super) is_big: bool,
    /// *Units*: bytes.
    length: u64,
}

impl<R: Read + Seek> Stream<R> {
    /// A file that is read from its beginning.
    pub(super) fn new(mut reader: R) -> Result<Self, PreviewError> {
        let length = reader.seek(SeekFrom::End(0))?;
        reader.seek(SeekFrom::Start(0))?;
        Ok(Self { reader, is_big: false, length })
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], PreviewError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn fill(&mut self, bytes: &mut [u8]) -> Result<(), PreviewError> {
        self.reader.read_exact(bytes).map_err(cut_short)
    }

    /// As many bytes as the file says, which must be there, and no more than the bound.
    pub(super) fn block(&mut self, length: u64, bound: u64) -> Result<Vec<u8>, PreviewError> {
        if length > bound {
            return Err(PreviewError::TooLarge(format!("a block of {length} bytes")));
        }
        if length > self.length.saturating_sub(self.place()?) {
            return Err(PreviewError::broken("a block is longer than the file"));
        }
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn u8(&mut self) -> Result<u8, PreviewError> {
        Ok(self.bytes::<1>()?[0])
    }

    pub(super) fn u16(&mut self) -> Result<u16, PreviewError> {
        Ok(u16::from_be_bytes(self.bytes()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32, PreviewError> {
        Ok(u32::from_be_bytes(self.bytes()?))
    }

    /// A length that is longer in PSB files.
    pub(super) fn length(&mut self) -> Result<u64, PreviewError> {
        if self.is_big { Ok(u64::from_be_bytes(self.bytes()?)) } else { Ok(u64::from(self.u32()?)) }
    }

    pub(super) fn place(&mut self) -> Result<u64, PreviewError> {
        Ok(self.reader.stream_position()?)
    }

    pub(super) fn go_to(&mut self, place: u64) -> Result<(), PreviewError> {
        if place > self.length {
            return Err(PreviewError::broken("it is cut short"));
        }
        let here = self.place()?;
        // Unlike `seek`, this keeps what is in a buffer.
        match i64::try_from(i128::from(place) - i128::from(here)) {
            Ok(way) => self.reader.seek_relative(way)?,
            Err(_) => drop(self.reader.seek(SeekFrom::Start(place))?),
        }
        Ok(())
    }

    pub(super) fn skip(&mut self, bytes: u64) -> Result<(), PreviewError> {
        let here = self.place()?;
        self.go_to(here.saturating_add(bytes))
    }
}

/// A file that ends too early is broken, one that can't be read is not.
pub(super) fn cut_short(error: std::io::Error) -> PreviewError {
    if error.kind() == ErrorKind::UnexpectedEof {
        PreviewError::broken("it is cut short")
    } else {
        PreviewError::Io(error)
    }
}
