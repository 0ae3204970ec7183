//! Radiance's pictures of light (`.hdr`), row by row.
//!
//! Our own, since the crate `image` holds them whole, and a panorama of 8192 by 4096 pixels takes 400 MB then. By "The RADIANCE
//! Picture File Format".

use std::io::{BufRead, BufReader, Read};

use super::tone::Light;
use crate::error::PreviewError;
use crate::source::Source;
use crate::{Facts, Media, Preview, Request};

/// Lines of a header, and bytes of one.
const MOST_LINES: usize = 256;
const LONGEST_LINE: u64 = 4096;

/// Reads one.
pub(crate) fn read(source: &mut Source, request: &Request<'_>) -> Result<Preview, PreviewError> {
    read_from(BufReader::with_capacity(1 << 18, source.file()?), request)
}

fn read_from(mut reader: impl BufRead, request: &Request<'_>) -> Result<Preview, PreviewError> {
    let (width, height) = header(&mut reader)?;
    let mut light = Light::new(width, height, request.max_side)?;
    let mut row = vec![[0; 4]; width as usize];
    for y in 0..height {
        fill(&mut reader, &mut row).map_err(|_| PreviewError::broken("it is cut short"))?;
        light.add_row(y, row.iter().map(|pixel| of(*pixel)));
    }
    let facts = Facts {
        media: Some(Media::Picture),
        width: Some(width),
        height: Some(height),
        // Eight for each colour and eight that they share.
        bits: Some(32),
        channels: Some(3),
        has_alpha: Some(false),
        color_model: Some("rgb".to_owned()),
        ..Facts::default()
    };
    Ok(Preview { picture: Some(light.develop()), sheet: None, facts })
}

/// Width and height. Pictures that stand on their head or on a side are not known; nobody writes them.
fn header(reader: &mut impl BufRead) -> Result<(u32, u32), PreviewError> {
    for _ in 0..MOST_LINES {
        let mut line = Vec::new();
        reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        let line = String::from_utf8_lossy(&line);
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["-Y", height, "+X", width] = words[..] {
            let number = |text: &str| text.parse().map_err(|_| PreviewError::broken("its size is no number"));
            return Ok((number(width)?, number(height)?));
        }
        if line.is_empty() || line.contains("32-bit_rle_xyze") {
            break;
        }
    }
    Err(PreviewError::broken("it has no size, or colours that are not known"))
}

fn of([red, green, blue, exponent]: [u8; 4]) -> [f32; 4] {
    let scale = if exponent == 0 { 0.0 } else { (f32::from(exponent) - 136.0).exp2() };
    [f32::from(red) * scale, f32::from(green) * scale, f32::from(blue) * scale, 1.0]
}

fn fill(reader: &mut impl Read, row: &mut [[u8; 4]]) -> std::io::Result<()> {
    let first = bytes::<4>(reader)?;
    let is_packed_by_channel =
        first[..2] == [2, 2] && usize::from(u16::from_be_bytes([first[2], first[3]])) == row.len();
    if !is_packed_by_channel {
        return fill_by_pixel(reader, first, row);
    }
    for channel in 0..4 {
        let mut x = 0;
        while x < row.len() {
            let [count] = bytes::<1>(reader)?;
            if count > 128 {
                let [value] = bytes::<1>(reader)?;
                let end = (x + usize::from(count) - 128).min(row.len());
                row[x..end].iter_mut().for_each(|pixel| pixel[channel] = value);
                x = end;
            } else {
                let end = (x + usize::from(count)).min(row.len());
                for pixel in &mut row[x..end] {
                    [pixel[channel]] = bytes::<1>(reader)?;
                }
                x = end;
            }
        }
    }
    Ok(())
}

/// Pixels as they are; one of three ones repeats the pixel before.
fn fill_by_pixel(reader: &mut impl Read, first: [u8; 4], row: &mut [[u8; 4]]) -> std::io::Result<()> {
    let (mut next, mut x, mut shift) = (first, 0, 0);
    loop {
        if next[..3] == [1, 1, 1] && x > 0 {
            let end = (x + (usize::from(next[3]) << shift)).min(row.len());
            let before = row[x - 1];
            row[x..end].fill(before);
            x = end;
            shift = (shift + 8).min(16);
        } else {
            row[x] = next;
            x += 1;
            shift = 0;
        }
        if x >= row.len() {
            return Ok(());
        }
        next = bytes(reader)?;
    }
}

fn bytes<const N: usize>(reader: &mut impl Read) -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str, pixels: &[u8]) -> Result<Preview, PreviewError> {
        let file = [header.as_bytes(), pixels].concat();
        read_from(&file[..], &Request { max_side: 512, beside: None })
    }

    #[test]
    fn packed_and_plain_rows_give_the_same_light() {
        let header = "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 8\n";
        // Half of red, a quarter of green, no blue.
        let packed = [2, 2, 0, 8, 136, 128, 136, 64, 136, 0, 3, 128, 128, 128, 133, 128];
        let plain = [[128, 64, 0, 128], [1, 1, 1, 7]].concat();
        for pixels in [&packed[..], &plain] {
            let picture = read(header, pixels).unwrap().picture.unwrap();
            assert!(
                picture.pixels().all(|pixel| pixel.0 == [188, 137, 0, 255]),
                "{:?}",
                picture.get_pixel(7, 0)
            );
        }
        assert!(matches!(read(header, &packed[..15]), Err(PreviewError::Broken(_))));
    }

    #[test]
    fn sizes_that_are_absurd_or_missing_are_refused() {
        assert!(matches!(read("#?RADIANCE\n\n-Y 60000 +X 60000\n", &[]), Err(PreviewError::TooLarge(_))));
        assert!(matches!(read("#?RADIANCE\n\n-Y x +X 5\n", &[]), Err(PreviewError::Broken(_))));
        assert!(matches!(read("#?RADIANCE\n", &[]), Err(PreviewError::Broken(_))));
    }
}
