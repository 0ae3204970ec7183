//! The rows of a PSD file's merged picture, as bytes that are not packed any more: all of its first channel, then all of
//! the second.

use std::io::{BufReader, Read, Seek};

use flate2::bufread::ZlibDecoder;

use super::stream::{Stream, cut_short};
use crate::error::PreviewError;

/// Rows that come one after another.
pub(super) struct Rows<'a, R> {
    packing: Packing<'a, R>,
    row: Vec<u8>,
    depth: u16,
}

enum Packing<'a, R> {
    None(&'a mut Stream<R>),
    /// Runs of equal bytes; with the packed length of each row of all channels. *Units*: bytes.
    Runs {
        stream: &'a mut Stream<R>,
        lengths: std::vec::IntoIter<u32>,
        packed: Vec<u8>,
    },
    Zip {
        rows: ZlibDecoder<BufReader<&'a mut R>>,
        is_predicted: bool,
    },
}

impl<'a, R: Read + Seek> Rows<'a, R> {
    /// The rows of a picture of this many channels and rows, of so many bytes a row, behind the place where the file is.
    pub(super) fn new(
        stream: &'a mut Stream<R>,
        channels: u16,
        height: u32,
        row_bytes: usize,
        depth: u16,
    ) -> Result<(Self, &'static str), PreviewError> {
        let (packing, name) = match stream.u16()? {
            0 => (Packing::None(stream), "none"),
            1 => {
                let lengths = lengths(stream, u64::from(channels) * u64::from(height))?;
                (Packing::Runs { stream, lengths: lengths.into_iter(), packed: Vec::new() }, "rle")
            }
            packing @ (2 | 3) => {
                let rows = ZlibDecoder::new(BufReader::new(&mut stream.reader));
                (Packing::Zip { rows, is_predicted: packing == 3 }, "zip")
            }
            other => return Err(PreviewError::Broken(format!("its pixels are packed in way {other}"))),
        };
        Ok((Self { packing, row: vec![0; row_bytes], depth }, name))
    }

    /// The next row.
    pub(super) fn next(&mut self) -> Result<&[u8], PreviewError> {
        match &mut self.packing {
            Packing::None(stream) => stream.fill(&mut self.row)?,
            Packing::Runs { stream, lengths, packed } => {
                packed.resize(lengths.next().unwrap_or(0) as usize, 0);
                stream.fill(packed)?;
                unpack(packed, &mut self.row);
            }
            Packing::Zip { rows, is_predicted } => {
                rows.read_exact(&mut self.row).map_err(|error| match cut_short(error) {
                    PreviewError::Io(error) => PreviewError::broken(error),
                    broken => broken,
                })?;
                if *is_predicted {
                    add_up(&mut self.row, self.depth);
                }
            }
        }
        Ok(&self.row)
    }
}

/// The packed lengths of the rows, each no longer than what a row can make sense of. *Units*: bytes.
fn lengths<R: Read + Seek>(stream: &mut Stream<R>, rows: u64) -> Result<Vec<u32>, PreviewError> {
    let is_big = stream.is_big;
    let bytes = stream.block(rows * if is_big { 4 } else { 2 }, 64 << 20)?;
    let lengths: Vec<u32> = if is_big {
        bytes.as_chunks::<4>().0.iter().map(|length| u32::from_be_bytes(*length)).collect()
    } else {
        bytes.as_chunks::<2>().0.iter().map(|length| u32::from(u16::from_be_bytes(*length))).collect()
    };
    // A row has at most 65,535 values of four bytes, which packed take one more in each 128.
    if lengths.iter().any(|&length| length > 1 << 20) {
        return Err(PreviewError::broken("a packed row is longer than any row can be"));
    }
    Ok(lengths)
}

/// Undoes runs of equal bytes ("PackBits"). What is missing is zero, what is too much is left out.
fn unpack(packed: &[u8], row: &mut [u8]) {
    let (mut packed, mut row) = (packed, row);
    while let Some((&count, rest)) = packed.split_first() {
        let taken = match count {
            0..=127 => {
                let length = (usize::from(count) + 1).min(rest.len()).min(row.len());
                row[..length].copy_from_slice(&rest[..length]);
                packed = &rest[length..];
                length
            }
            128 => {
                packed = rest;
                0
            }
            129..=255 => {
                let Some((&value, rest)) = rest.split_first() else { break };
                let length = (257 - usize::from(count)).min(row.len());
                row[..length].fill(value);
                packed = rest;
                length
            }
        };
        row = &mut row[taken..];
        if row.is_empty() {
            return;
        }
    }
    row.fill(0);
}

/// Undoes differences between neighbours; those of 32 bits lie byte by byte, all the highest bytes of the row first.
fn add_up(row: &mut [u8], depth: u16) {
    if depth == 16 {
        let mut before = 0_u16;
        for value in row.as_chunks_mut::<2>().0 {
            before = before.wrapping_add(u16::from_be_bytes(*value));
            *value = before.to_be_bytes();
        }
        return;
    }
    let mut before = 0_u8;
    for value in row.iter_mut() {
        before = before.wrapping_add(*value);
        *value = before;
    }
    if depth == 32 {
        let apart = row.to_vec();
        let width = row.len() / 4;
        for (x, value) in row.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            *value = [0, 1, 2, 3].map(|byte| apart[byte * width + x]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_unpacked_and_held_to_the_row() {
        let mut row = [9; 6];
        unpack(&[1, 10, 20, 254, 7, 128], &mut row);
        assert_eq!(row, [10, 20, 7, 7, 7, 0]);
        unpack(&[129, 5], &mut row);
        assert_eq!(row, [5; 6]);
        unpack(&[100, 1, 2], &mut row);
        assert_eq!(row, [1, 2, 0, 0, 0, 0]);
    }

    #[test]
    fn differences_are_added_up_in_each_depth() {
        let mut row = [250, 10, 1];
        add_up(&mut row, 8);
        assert_eq!(row, [250, 4, 5]);
        let mut row = [0, 255, 0, 2];
        add_up(&mut row, 16);
        assert_eq!(row, [0, 255, 1, 1]);
        // 1.0 and 0.5: 3F800000 3F000000, as 3F 3F, 80 00, 00 00, 00 00.
        let mut row = [0x3f, 0, 0x41, 0x80, 0, 0, 0, 0];
        add_up(&mut row, 32);
        assert_eq!(row, [0x3f, 0x80, 0, 0, 0x3f, 0, 0, 0]);
    }
}
