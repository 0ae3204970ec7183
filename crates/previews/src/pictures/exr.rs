//! OpenEXR, block by block: of a file of many parts and layers, the one that is the picture.
//!
//! That is the first layer of red, green and blue that has no name, or one that renderers give the finished picture; else any of
//! red, green and blue; else one of brightness, or the first channel. It is shown in the display window, and as light is:
//! see `tone`. Deep files, and colours of lower resolution than brightness, are not read.

use std::io::{BufReader, Read, Seek};

use exr::block::reader::ChunksReader;
use exr::math::Vec2;
use exr::meta::attribute::{ChannelDescription, SampleType};
use exr::meta::header::Header;
use exr::prelude::f16;

use super::tone::Light;
use crate::error::PreviewError;
use crate::source::Source;
use crate::{Facts, Media, Preview, Request, bounds};

/// Names of layers that are the finished picture, in lower case.
const BEAUTY: [&str; 7] = ["beauty", "rgba", "rgb", "combined", "color", "main", "default"];
/// Names that are listed.
const MOST_LAYERS: usize = 1000;

/// Reads one.
pub(crate) fn read(source: &mut Source, request: &Request<'_>) -> Result<Preview, PreviewError> {
    read_from(BufReader::with_capacity(1 << 18, source.file()?), request)
}

/// The channels of a part that make one picture.
#[derive(Debug)]
struct Layer {
    part: usize,
    /// With the part's name first; empty where it has none.
    name: String,
    /// Where red, green, blue and alpha lie among the channels; the same three times for gray.
    channels: [Option<usize>; 4],
    is_gray: bool,
}

fn read_from(reader: impl Read + Seek, request: &Request<'_>) -> Result<Preview, PreviewError> {
    let reader = exr::block::read(reader, false).map_err(situation)?;
    let layers: Vec<Layer> =
        reader.headers().iter().enumerate().flat_map(|(part, header)| layers(part, header)).collect();
    let chosen = layers.iter().min_by_key(|layer| rank(layer));
    let chosen = chosen.ok_or_else(|| PreviewError::broken("it has no channels"))?;
    let header = &reader.headers()[chosen.part];
    check(header)?;
    let facts = facts(reader.headers(), header, chosen, &layers);

    let window = header.shared_attributes.display_window;
    let (width, height) = (side(window.size.0)?, side(window.size.1)?);
    let mut offset = [
        i64::from(header.own_attributes.layer_position.0) - i64::from(window.position.0),
        i64::from(header.own_attributes.layer_position.1) - i64::from(window.position.1),
    ];
    let (data_width, data_height) = (side(header.layer_size.0)?, side(header.layer_size.1)?);
    let is_seen =
        |offset: i64, data: u32, shown: u32| offset < i64::from(shown) && offset + i64::from(data) > 0;
    let mut light = if is_seen(offset[0], data_width, width) && is_seen(offset[1], data_height, height) {
        Light::new(width, height, request.max_side)?
    } else {
        // Nothing of it lies in the window.
        offset = [0, 0];
        Light::new(data_width, data_height, request.max_side)?
    };

    let (part, channels) = (chosen.part, chosen.channels);
    let list = header.channels.clone();
    let blocks = reader
        .filter_chunks(false, |_, tile, block| block.layer == part && tile.level_index == Vec2(0, 0))
        .map_err(situation)?;
    let mut blocks = blocks.sequential_decompressor(false);
    while let Some(block) = blocks.decompress_next_block() {
        for line in block.map_err(situation)?.lines(&list) {
            let at = line.location;
            let place =
                |position: usize, offset: i64| i64::try_from(position).unwrap_or(i64::MAX / 2) + offset;
            let place = (place(at.position.0, offset[0]), place(at.position.1, offset[1]));
            let values = samples(line.value, list.list[at.channel].sample_type);
            for (channel, _) in channels.iter().enumerate().filter(|(_, from)| **from == Some(at.channel)) {
                light.add(channel, place, values.iter().copied());
            }
            if channels[3].is_none() && channels[0] == Some(at.channel) {
                light.add(3, place, std::iter::repeat_n(1.0, at.sample_count));
            }
        }
    }
    Ok(Preview { picture: Some(light.develop()), sheet: None, facts })
}

fn side(length: usize) -> Result<u32, PreviewError> {
    u32::try_from(length).map_err(|_| PreviewError::TooLarge(format!("{length} pixels on a side")))
}

/// Holds a part to what is read, and to the bounds.
fn check(header: &Header) -> Result<(), PreviewError> {
    if header.deep {
        return Err(PreviewError::broken("deep pixels are not known"));
    }
    super::shrink::check_size(side(header.layer_size.0)?, side(header.layer_size.1)?)?;
    let block = header.max_block_pixel_size();
    let block = block.0.saturating_mul(block.1).saturating_mul(header.channels.bytes_per_pixel);
    if block as u64 > bounds::PICTURE_IN_MEMORY {
        return Err(PreviewError::TooLarge(format!("a block of {block} bytes")));
    }
    if header.channels.list.iter().any(|channel| channel.sampling != Vec2(1, 1)) {
        return Err(PreviewError::broken("channels of a lower resolution are not known"));
    }
    Ok(())
}

/// The values of a line, which are as this machine has them.
fn samples(bytes: &[u8], kind: SampleType) -> Vec<f32> {
    match kind {
        SampleType::F16 => {
            bytes.as_chunks::<2>().0.iter().map(|bytes| f16::from_ne_bytes(*bytes).to_f32()).collect()
        }
        SampleType::F32 => bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_ne_bytes(*bytes)).collect(),
        #[expect(clippy::cast_precision_loss, reason = "it is looked at, not counted with")]
        SampleType::U32 => {
            bytes.as_chunks::<4>().0.iter().map(|bytes| u32::from_ne_bytes(*bytes) as f32).collect()
        }
    }
}

/// The layers of a part, which are what stands before the last dot of its channels' names.
fn layers(part: usize, header: &Header) -> Vec<Layer> {
    let part_name = header.own_attributes.layer_name.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut found: Vec<(String, Layer)> = Vec::new();
    for (index, channel) in header.channels.list.iter().enumerate() {
        let (prefix, channel) = split(channel);
        let known = found.iter().position(|(name, _)| *name == prefix);
        let known = known.unwrap_or_else(|| {
            let name = [part_name.as_str(), prefix.as_str()];
            let name = name.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(".");
            found.push((prefix, Layer { part, name, channels: [None; 4], is_gray: false }));
            found.len() - 1
        });
        let channels = &mut found[known].1.channels;
        match channel.to_lowercase().as_str() {
            "r" | "red" => channels[0] = Some(index),
            "g" | "green" => channels[1] = Some(index),
            "b" | "blue" => channels[2] = Some(index),
            "a" | "alpha" => channels[3] = Some(index),
            _ => {}
        }
    }
    for (prefix, layer) in &mut found {
        if layer.channels[..3].iter().all(Option::is_none) {
            let of_layer = |channel: &&ChannelDescription| split(channel).0 == *prefix;
            let is_brightness = |channel: &ChannelDescription| split(channel).1.eq_ignore_ascii_case("y");
            let channels = &header.channels.list;
            let gray = channels.iter().position(|channel| of_layer(&channel) && is_brightness(channel));
            let gray = gray.or_else(|| channels.iter().position(|channel| of_layer(&channel)));
            layer.channels = [gray, gray, gray, layer.channels[3].filter(|alpha| Some(*alpha) != gray)];
            layer.is_gray = true;
        }
    }
    found.into_iter().map(|(_, layer)| layer).collect()
}

/// The layer's name and the channel's.
fn split(channel: &ChannelDescription) -> (String, String) {
    let name = channel.name.to_string();
    match name.rsplit_once('.') {
        Some((layer, channel)) => (layer.to_owned(), channel.to_owned()),
        None => (String::new(), name),
    }
}

/// The lower, the more it is the picture.
fn rank(layer: &Layer) -> (u8, usize) {
    let name = layer.name.to_lowercase();
    let is_beauty = name.is_empty() || name.split('.').any(|part| BEAUTY.contains(&part));
    let rank = match (layer.is_gray, is_beauty) {
        (false, true) => 0,
        (false, false) => 1,
        (true, true) => 2,
        (true, false) => 3,
    };
    (rank, layer.part)
}

fn facts(parts: &[Header], header: &Header, chosen: &Layer, layers: &[Layer]) -> Facts {
    let window = header.shared_attributes.display_window.size;
    let kind = chosen.channels[0].or(chosen.channels[1]).or(chosen.channels[2]);
    let bits = kind.map(|channel| match header.channels.list[channel].sample_type {
        SampleType::F16 => 16,
        SampleType::F32 | SampleType::U32 => 32,
    });
    let compression = header.compression.to_string();
    let compression = compression.trim_end_matches(" compression").replace(' ', "_");
    let has_alpha = chosen.channels[3].is_some();
    let is_named = layers.len() > 1 || layers.iter().any(|layer| !layer.name.is_empty());
    Facts {
        media: Some(Media::Picture),
        width: u32::try_from(window.0).ok(),
        height: u32::try_from(window.1).ok(),
        bits,
        channels: u32::try_from(header.channels.list.len()).ok(),
        has_alpha: Some(has_alpha),
        color_model: Some(if chosen.is_gray { "gray" } else { "rgb" }.to_owned()),
        compression: Some(if compression == "no" { "none".to_owned() } else { compression }),
        frames: (parts.len() > 1).then(|| u32::try_from(parts.len()).unwrap_or(u32::MAX)),
        layers: layers
            .iter()
            .filter(|_| is_named)
            .take(MOST_LAYERS)
            .map(|layer| layer.name.clone())
            .collect(),
        ..Facts::default()
    }
}

fn situation(error: exr::error::Error) -> PreviewError {
    match error {
        // The reader's own, of a file that is cut short.
        exr::error::Error::Io(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
            PreviewError::Io(error)
        }
        error => PreviewError::broken(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use exr::prelude::{
        AnyChannel, AnyChannels, Encoding, FlatSamples, Image, Layer, LayerAttributes, WritableImage,
    };

    use super::*;

    /// Channels of 2 by 2 pixels, each of one value.
    fn part(name: Option<&str>, channels: &[(&str, f32)]) -> Layer<AnyChannels<FlatSamples>> {
        let channels =
            channels.iter().map(|(name, value)| AnyChannel::new(*name, FlatSamples::F32(vec![*value; 4])));
        let attributes = name.map_or_else(LayerAttributes::default, LayerAttributes::named);
        Layer::new((2, 2), attributes, Encoding::FAST_LOSSLESS, AnyChannels::sort(channels.collect()))
    }

    fn file(parts: Vec<Layer<AnyChannels<FlatSamples>>>) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        let attributes = exr::meta::header::ImageAttributes::with_size((2, 2));
        let image = Image::from_layers(attributes, parts);
        image.write().non_parallel().to_buffered(&mut file).unwrap();
        file.into_inner()
    }

    fn read(bytes: &[u8]) -> Result<Preview, PreviewError> {
        read_from(Cursor::new(bytes), &Request { max_side: 512, beside: None })
    }

    #[test]
    fn finished_picture_is_shown_of_many_layers() {
        let normals = part(Some("N"), &[("R", 0.1), ("G", 0.2), ("B", 0.3)]);
        let beauty = part(Some("Beauty"), &[("R", 1.0), ("G", 0.5), ("B", 0.0), ("A", 1.0), ("spec.R", 0.2)]);
        let preview = read(&file(vec![normals, beauty])).unwrap();
        assert_eq!(preview.picture.unwrap().get_pixel(1, 1).0, [255, 188, 0, 255]);
        assert_eq!(preview.facts.layers, ["N", "Beauty", "Beauty.spec"]);
        assert_eq!((preview.facts.frames, preview.facts.bits), (Some(2), Some(32)));
        assert_eq!(preview.facts.has_alpha, Some(true));
    }

    #[test]
    fn brightness_alone_is_gray() {
        let preview = read(&file(vec![part(None, &[("Y", 0.5)])])).unwrap();
        assert_eq!(preview.picture.unwrap().get_pixel(0, 0).0, [188, 188, 188, 255]);
        assert_eq!(preview.facts.color_model.as_deref(), Some("gray"));
        assert!(preview.facts.layers.is_empty());
    }

    /// One pixel with one sample of red and its depth.
    fn deep_file() -> Vec<u8> {
        let mut file = vec![0x76, 0x2f, 0x31, 0x01, 2, 8, 0, 0];
        let mut attribute = |name: &str, kind: &str, value: &[u8]| {
            let length = u32::try_from(value.len()).unwrap().to_le_bytes();
            file.extend([name.as_bytes(), b"\0", kind.as_bytes(), b"\0", &length, value].concat());
        };
        let channel = |name: &[u8]| [name, b"\0\x02\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0"].concat();
        attribute("channels", "chlist", &[channel(b"R"), channel(b"Z"), vec![0]].concat());
        attribute("chunkCount", "int", &1_i32.to_le_bytes());
        attribute("compression", "compression", &[0]);
        attribute("dataWindow", "box2i", &[0; 16]);
        attribute("displayWindow", "box2i", &[0; 16]);
        attribute("lineOrder", "lineOrder", &[0]);
        attribute("maxSamplesPerPixel", "int", &1_i32.to_le_bytes());
        attribute("pixelAspectRatio", "float", &1.0_f32.to_le_bytes());
        attribute("screenWindowCenter", "v2f", &[0; 8]);
        attribute("screenWindowWidth", "float", &1.0_f32.to_le_bytes());
        attribute("type", "string", b"deepscanline");
        attribute("version", "int", &1_i32.to_le_bytes());
        file.push(0);
        let place = u64::try_from(file.len() + 8).unwrap();
        file.extend(place.to_le_bytes());
        // The row's place, three lengths, how many samples there are, and they.
        file.extend(0_i32.to_le_bytes());
        file.extend([4_u64, 8, 8].iter().flat_map(|length| length.to_le_bytes()));
        file.extend(1_u32.to_le_bytes());
        file.extend([0.5_f32, 2.0].iter().flat_map(|value| value.to_le_bytes()));
        file
    }

    #[test]
    fn deep_file_is_said_to_be_one() {
        let error = read(&deep_file()).unwrap_err();
        assert!(matches!(&error, PreviewError::Broken(cause) if cause.contains("deep")), "{error}");
    }

    #[test]
    fn file_that_is_cut_short_is_broken() {
        let whole = file(vec![part(None, &[("R", 0.5), ("G", 0.5), ("B", 0.5)])]);
        for end in 0..whole.len() {
            assert!(matches!(read(&whole[..end]), Err(PreviewError::Broken(_))), "{end}");
        }
    }
}
