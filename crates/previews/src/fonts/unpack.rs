//! WOFF and WOFF2 back to what they were packed from, with a bound on what comes out.

use std::error::Error;
use std::io::Read;

use wuff::{decompress_woff1_with_custom_z, decompress_woff2_with_custom_brotli};

use crate::error::PreviewError;

/// The most that may come out: twice what the largest fonts have. *Units*: bytes.
const LONGEST: usize = 96 << 20;

/// Of a file in WOFF.
pub(super) fn woff(bytes: &[u8]) -> Result<Vec<u8>, PreviewError> {
    let mut left = LONGEST;
    let mut unpack =
        |packed: &[u8], length: usize| all(flate2::bufread::ZlibDecoder::new(packed), length, &mut left);
    decompress_woff1_with_custom_z(bytes, &mut unpack).map_err(|_| broken())
}

/// Of a file in WOFF2.
pub(super) fn woff2(bytes: &[u8]) -> Result<Vec<u8>, PreviewError> {
    let mut left = LONGEST;
    let mut unpack = |packed: &[u8], length: usize| {
        all(brotli_decompressor::Decompressor::new(packed, 1 << 14), length, &mut left)
    };
    decompress_woff2_with_custom_brotli(bytes, &mut unpack).map_err(|_| broken())
}

fn broken() -> PreviewError {
    PreviewError::broken("its tables can't be unpacked")
}

/// So many bytes, no less and no more; none where they are more than may still come.
fn all(packed: impl Read, length: usize, left: &mut usize) -> Result<Vec<u8>, Box<dyn Error>> {
    *left = left.checked_sub(length).ok_or("it is too large")?;
    let mut bytes = Vec::new();
    packed.take(length as u64).read_to_end(&mut bytes)?;
    if bytes.len() < length { Err("it is cut short".into()) } else { Ok(bytes) }
}
