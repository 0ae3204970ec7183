//! Files as Photoshop writes them, made here.

use std::io::Cursor;

use super::*;

/// A file of one mode, depth and packing; the rest is what a test is about.
struct File {
    is_big: bool,
    channels: u16,
    size: (u32, u32),
    depth: u16,
    mode: u16,
    palette: Vec<u8>,
    resources: Vec<u8>,
    /// The layers' section, without its length.
    layers: Vec<u8>,
    packing: u16,
    pixels: Vec<u8>,
}

impl File {
    fn new(mode: u16, depth: u16, channels: u16, size: (u32, u32), pixels: &[u8]) -> Self {
        let (palette, resources, layers) = (Vec::new(), Vec::new(), Vec::new());
        let pixels = pixels.to_vec();
        Self { is_big: false, channels, size, depth, mode, palette, resources, layers, packing: 0, pixels }
    }

    fn length(&self, length: usize) -> Vec<u8> {
        let bytes = (length as u64).to_be_bytes();
        bytes[if self.is_big { 0 } else { 4 }..].to_vec()
    }

    fn bytes(&self) -> Vec<u8> {
        let mut file = b"8BPS".to_vec();
        file.extend([0, 1 + u8::from(self.is_big), 0, 0, 0, 0, 0, 0]);
        file.extend(self.channels.to_be_bytes());
        file.extend(self.size.1.to_be_bytes());
        file.extend(self.size.0.to_be_bytes());
        file.extend([self.depth, self.mode].map(u16::to_be_bytes).concat());
        for section in [&self.palette, &self.resources] {
            file.extend((section.len() as u32).to_be_bytes());
            file.extend(section);
        }
        file.extend(self.length(self.layers.len()));
        file.extend(&self.layers);
        file.extend(self.packing.to_be_bytes());
        file.extend(&self.pixels);
        file
    }

    fn read(&self) -> Result<Preview, PreviewError> {
        read(&self.bytes(), 512)
    }

    fn pixel(&self) -> [u8; 4] {
        self.read().unwrap().picture.unwrap().get_pixel(0, 0).0
    }
}

fn read(bytes: &[u8], max_side: u32) -> Result<Preview, PreviewError> {
    read_from(Cursor::new(bytes), &Request { max_side, beside: None })
}

fn resource(id: u16, data: &[u8]) -> Vec<u8> {
    let mut block = b"8BIM".to_vec();
    block.extend(id.to_be_bytes());
    block.extend([0, 0]);
    block.extend((data.len() as u32).to_be_bytes());
    block.extend(data);
    block.resize(block.len().next_multiple_of(2), 0);
    block
}

/// A record of a layer without channels; `kind` as in "lsct".
fn layer(name: &str, kind: u32) -> Vec<u8> {
    let mut extra = [0; 8].to_vec();
    extra.extend([1, b'?', 0, 0]);
    let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let long = [&(name.encode_utf16().count() as u32).to_be_bytes()[..], &units].concat();
    for (key, data) in [(b"luni", long), (b"lsct", kind.to_be_bytes().to_vec())] {
        extra.extend(b"8BIM");
        extra.extend(key);
        extra.extend((data.len() as u32).to_be_bytes());
        extra.extend(&data);
        extra.resize(extra.len().next_multiple_of(2), 0);
    }
    let mut record = vec![0; 18];
    record.extend(b"8BIMnorm\xff\0\0\0");
    record.extend((extra.len() as u32).to_be_bytes());
    record.extend(extra);
    record
}

fn records(count: i16, records: &[Vec<u8>]) -> Vec<u8> {
    [&count.to_be_bytes()[..], &records.concat()].concat()
}

#[test]
fn each_mode_and_depth_gives_its_color() {
    let pixel =
        |mode, depth, channels, pixels: &[u8]| File::new(mode, depth, channels, (1, 1), pixels).pixel();
    assert_eq!(pixel(3, 8, 3, &[10, 20, 30]), [10, 20, 30, 255]);
    assert_eq!(pixel(3, 16, 3, &[255, 255, 128, 0, 0, 0]), [255, 128, 0, 255]);
    let light = [1.0_f32, 0.214_041, f32::NAN].map(f32::to_be_bytes).concat();
    assert_eq!(pixel(3, 32, 3, &light), [255, 127, 0, 255]);
    assert_eq!(pixel(1, 8, 2, &[77, 5]), [77, 77, 77, 255]);
    assert_eq!(pixel(8, 8, 1, &[77]), [77, 77, 77, 255]);
    assert_eq!(pixel(7, 8, 1, &[77]), [77, 77, 77, 255]);
    assert_eq!(pixel(0, 1, 1, &[0x80]), [0, 0, 0, 255]);
    assert_eq!(pixel(0, 1, 1, &[0x7f]), [255, 255, 255, 255]);
    assert_eq!(pixel(4, 8, 4, &[255, 128, 0, 255]), [255, 128, 0, 255]);
    assert_eq!(pixel(4, 8, 4, &[255, 255, 255, 0]), [0, 0, 0, 255]);
    assert_eq!(pixel(9, 8, 3, &[255, 128, 128]), [255, 255, 255, 255]);
    // sRGB's red is L 54, a 81, b 70.
    let [red, green, blue, _] = pixel(9, 8, 3, &[138, 209, 198]);
    assert!(red > 250 && green < 12 && blue < 12, "{red} {green} {blue}");
}

#[test]
fn indexed_picture_has_the_colors_of_its_palette_and_one_that_is_transparent() {
    let mut file = File::new(2, 8, 1, (2, 1), &[1, 2]);
    file.palette =
        [[0, 11, 12], [0, 21, 22], [0, 31, 32]].iter().flat_map(|channel| channel.iter().copied()).collect();
    file.resources = resource(1047, &[0, 2]);
    let picture = file.read().unwrap().picture.unwrap();
    assert_eq!(picture.get_pixel(0, 0).0, [11, 21, 31, 255]);
    assert_eq!(picture.get_pixel(1, 0).0[3], 0);
}

#[test]
fn packed_rows_are_unpacked_in_both_versions() {
    for is_big in [false, true] {
        let mut file = File::new(3, 8, 3, (4, 1), &[]);
        (file.is_big, file.packing) = (is_big, 1);
        let lengths = [2_u32, 2, 5].map(|length| length.to_be_bytes()[if is_big { 0 } else { 2 }..].to_vec());
        file.pixels = lengths.concat();
        file.pixels.extend([253, 9, 253, 8, 3, 1, 2, 3, 4]);
        let preview = file.read().unwrap();
        let picture = preview.picture.unwrap();
        assert_eq!(picture.pixels().map(|pixel| pixel.0[2]).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(picture.get_pixel(3, 0).0, [9, 8, 4, 255]);
        assert_eq!(preview.facts.format.as_deref(), Some(if is_big { "psb" } else { "psd" }));
        assert_eq!(preview.facts.compression.as_deref(), Some("rle"));
    }
}

#[test]
fn layers_are_listed_from_the_top_with_groups_above_what_is_in_them() {
    let tree = [layer("Hintergrund", 0), layer("</Layer group>", 3), layer("Fläche ✎", 0), layer("Group", 1)];
    let expected = ["Group", "  Fläche ✎", "Hintergrund"];
    for (is_big, depth) in [(false, 8_u16), (true, 8), (false, 16), (true, 16)] {
        let mut file = File::new(1, depth, 1, (1, 1), &[0, 0]);
        file.is_big = is_big;
        let records = records(4, &tree);
        let length = file.length(records.len());
        file.layers = if depth == 8 {
            [&length[..], &records].concat()
        } else {
            [&file.length(0)[..], &[0; 4], b"8BIMLr16", &length, &records].concat()
        };
        assert_eq!(file.read().unwrap().facts.layers, expected);
    }
}

#[test]
fn transparency_is_the_fourth_channel_only_where_layers_say_so_and_white_is_taken_out() {
    // Half of a pure red over white.
    let mut file = File::new(3, 8, 4, (1, 1), &[255, 127, 127, 128]);
    assert_eq!(file.pixel(), [255, 127, 127, 255]);
    let records = records(-1, &[layer("A", 0)]);
    file.layers = [&file.length(records.len())[..], &records].concat();
    assert_eq!(file.pixel(), [255, 0, 0, 128]);
    // Darker than anything over white: not merged with it.
    file.pixels = vec![100, 0, 0, 128];
    assert_eq!(file.pixel(), [100, 0, 0, 128]);
}

#[test]
fn thumbnail_takes_the_place_of_a_picture_that_is_blank_or_cut_off() {
    let mut jpeg = Vec::new();
    let blue = image::RgbImage::from_pixel(16, 16, image::Rgb([0, 0, 255]));
    blue.write_to(&mut Cursor::new(&mut jpeg), ImageFormat::Jpeg).unwrap();
    let mut file = File::new(3, 8, 3, (2, 1), &[255; 6]);
    let thumbnail = resource(1036, &[&[0; 28][..], &jpeg].concat());
    file.resources = [resource(1057, &[0, 0, 0, 1, 0]), thumbnail.clone()].concat();
    let [red, _, blue, _] = file.pixel();
    assert!(red < 10 && blue > 245);
    file.resources = thumbnail;
    assert_eq!(file.pixel(), [255; 4]);
    file.pixels.pop();
    assert!(file.pixel()[0] < 10);
}

#[test]
fn files_that_are_cut_short_or_absurd_are_refused() {
    let records = records(4, &[layer("A", 0), layer("B", 0)]);
    let mut file = File::new(3, 8, 3, (2, 2), &[]);
    file.resources = resource(1039, &[1, 2, 3]);
    file.layers = [&file.length(records.len())[..], &records].concat();
    (file.packing, file.pixels) = (1, [[0, 2].repeat(6), [255, 7].repeat(6)].concat());
    let whole = file.bytes();
    assert_eq!(read(&whole, 512).unwrap().facts.layers, ["B", "A"]);
    for end in 0..whole.len() {
        assert!(matches!(read(&whole[..end], 512), Err(PreviewError::Broken(_))), "{end}");
    }
    file.size = (60_000, 60_000);
    assert!(matches!(file.read(), Err(PreviewError::TooLarge(_))));
    file.size = (2, 0);
    assert!(matches!(file.read(), Err(PreviewError::Broken(_))));
    (file.size, file.channels) = ((2, 2), 2);
    assert!(matches!(file.read(), Err(PreviewError::Broken(_))));
}
