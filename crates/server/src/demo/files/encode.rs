//! Turns finished pixels into PNG files. The only place that knows the `png` crate; draws nothing itself.

use super::canvas::{Canvas, Colour};

fn level(share: f32) -> u8 {
    (share.clamp(0.0, 1.0) * 255.0).round() as u8
}

/// An 8-bit RGB picture; alpha is dropped.
pub(super) fn rgb_png(canvas: &Canvas) -> Vec<u8> {
    let data: Vec<u8> =
        canvas.pixels.iter().flat_map(|c| [level(c.red), level(c.green), level(c.blue)]).collect();
    write(canvas.width, canvas.height, png::ColorType::Rgb, png::BitDepth::Eight, &data)
}

/// An 8-bit RGB picture with alpha.
pub(super) fn rgba_png(canvas: &Canvas) -> Vec<u8> {
    let data: Vec<u8> = canvas
        .pixels
        .iter()
        .flat_map(|c| [level(c.red), level(c.green), level(c.blue), level(c.alpha)])
        .collect();
    write(canvas.width, canvas.height, png::ColorType::Rgba, png::BitDepth::Eight, &data)
}

/// An 8-bit greyscale picture of shares from 0 (black) to 1 (white).
pub(super) fn grey8_png(width: usize, height: usize, shares: &[f32]) -> Vec<u8> {
    let data: Vec<u8> = shares.iter().map(|share| level(*share)).collect();
    write(width, height, png::ColorType::Grayscale, png::BitDepth::Eight, &data)
}

/// A 16-bit greyscale picture of shares from 0 (black) to 1 (white).
pub(super) fn grey16_png(width: usize, height: usize, shares: &[f32]) -> Vec<u8> {
    let sixteen_bits = |share: &f32| (share.clamp(0.0, 1.0) * 65_535.0).round() as u16;
    let data: Vec<u8> = shares.iter().flat_map(|share| sixteen_bits(share).to_be_bytes()).collect();
    write(width, height, png::ColorType::Grayscale, png::BitDepth::Sixteen, &data)
}

/// A picture of palette entries, one byte a pixel; entries whose colour has alpha 0 are see-through.
pub(super) fn indexed_png(width: usize, height: usize, palette: &[Colour], indices: &[u8]) -> Vec<u8> {
    let colours: Vec<u8> =
        palette.iter().flat_map(|c| [level(c.red), level(c.green), level(c.blue)]).collect();
    let alphas: Vec<u8> = palette.iter().map(|c| level(c.alpha)).collect();
    let mut file = Vec::new();
    let mut encoder = new_encoder(&mut file, width, height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_palette(colours);
    if alphas.iter().any(|alpha| *alpha < 255) {
        encoder.set_trns(alphas);
    }
    finish(encoder, indices);
    file
}

fn write(width: usize, height: usize, colour: png::ColorType, depth: png::BitDepth, data: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = new_encoder(&mut file, width, height);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    finish(encoder, data);
    file
}

fn new_encoder(file: &mut Vec<u8>, width: usize, height: usize) -> png::Encoder<'_, &mut Vec<u8>> {
    let mut encoder = png::Encoder::new(file, width as u32, height as u32);
    encoder.set_compression(png::Compression::Balanced);
    encoder
}

fn finish(encoder: png::Encoder<'_, &mut Vec<u8>>, data: &[u8]) {
    let mut writer = encoder.write_header().expect("the header goes to memory");
    writer.write_image_data(data).expect("the data has the size the header says");
    writer.finish().expect("the end goes to memory");
}
