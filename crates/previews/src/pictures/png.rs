//! PNG, row by row: one of 16384 pixels on a side takes no more memory than a small one.

use std::io::BufReader;

use image::metadata::Orientation;
use png::{ColorType, Transformations};

use super::color::to_srgb;
use super::raster;
use super::shrink::{Shrink, check_size};
use crate::error::PreviewError;
use crate::source::Source;
use crate::{Facts, Preview, Request, bounds};

/// Reads one.
pub(crate) fn read(source: &mut Source, request: &Request<'_>) -> Result<Preview, PreviewError> {
    let file = BufReader::with_capacity(1 << 18, source.file()?);
    let mut decoder = png::Decoder::new_with_limits(file, png::Limits { bytes: 64 << 20 });
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(situation)?;
    let info = reader.info();
    let (width, height) = info.size();
    check_size(width, height)?;
    let facts = facts(info);
    let orientation = info.exif_metadata.as_deref().and_then(raster::orientation_of);
    let profile = info.icc_profile.as_deref().map(<[u8]>::to_vec);
    let picture = if info.interlaced {
        // Its rows come in seven passes over the whole.
        let size = reader.output_buffer_size().filter(|size| *size as u64 <= bounds::PICTURE_IN_MEMORY);
        let size =
            size.ok_or_else(|| PreviewError::TooLarge(format!("{width} × {height} pixels, interlaced")))?;
        let mut bytes = vec![0; size];
        let frame = reader.next_frame(&mut bytes).map_err(situation)?;
        let mut shrink = Shrink::new(width, height, request.max_side)?;
        bytes.chunks_exact(frame.line_size).for_each(|row| push(&mut shrink, row, frame.color_type));
        shrink.finish()
    } else {
        let color_type = reader.output_color_type().0;
        let mut shrink = Shrink::new(width, height, request.max_side)?;
        while let Some(row) = reader.next_row().map_err(situation)? {
            push(&mut shrink, row.data(), color_type);
        }
        shrink.finish()
    };
    let mut picture = picture;
    let color_profile = profile.and_then(|profile| to_srgb(&mut picture, &profile));
    let orientation = orientation.unwrap_or(Orientation::NoTransforms);
    Ok(raster::turned(picture, orientation, (width, height), Facts { color_profile, ..facts }))
}

fn push(shrink: &mut Shrink, row: &[u8], color_type: ColorType) {
    match color_type {
        ColorType::Grayscale | ColorType::Indexed => {
            shrink.push(row.iter().map(|&gray| [gray, gray, gray, u8::MAX]));
        }
        ColorType::GrayscaleAlpha => {
            shrink.push(row.as_chunks::<2>().0.iter().map(|&[gray, alpha]| [gray, gray, gray, alpha]));
        }
        ColorType::Rgb => {
            shrink.push(row.as_chunks::<3>().0.iter().map(|&[red, green, blue]| [red, green, blue, u8::MAX]));
        }
        ColorType::Rgba => shrink.push(row.as_chunks::<4>().0.iter().copied()),
    }
}

fn facts(info: &png::Info<'_>) -> Facts {
    let is_indexed = info.color_type == ColorType::Indexed;
    let has_alpha =
        matches!(info.color_type, ColorType::GrayscaleAlpha | ColorType::Rgba) || info.trns.is_some();
    let color_model = match info.color_type {
        ColorType::Indexed => "indexed",
        ColorType::Grayscale | ColorType::GrayscaleAlpha => "gray",
        ColorType::Rgb | ColorType::Rgba => "rgb",
    };
    Facts {
        bits: Some(if is_indexed { 8 } else { info.bit_depth as u32 }),
        channels: Some(if is_indexed {
            3 + u32::from(has_alpha)
        } else {
            u32::try_from(info.color_type.samples()).unwrap_or(0)
        }),
        has_alpha: Some(has_alpha),
        color_model: Some(color_model.to_owned()),
        frames: info.animation_control().map(|animation| animation.num_frames),
        ..Facts::default()
    }
}

fn situation(error: png::DecodingError) -> PreviewError {
    match error {
        png::DecodingError::LimitsExceeded => PreviewError::TooLarge(error.to_string()),
        error => PreviewError::broken(error),
    }
}
