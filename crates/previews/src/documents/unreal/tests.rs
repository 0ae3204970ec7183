//! Packages as four versions of the engine write them, made here: none that has a picture in it, or is newer than 4.26, is to be had as a published file.

use std::io::Write;

use super::*;

/// The versions of Unreal Engine 4.10, 4.27, 5.3 and 5.6: the layout, then of 4 and of 5.
const VERSIONS: [(i32, i32, i32, [u16; 3]); 4] = [
    (-5, 482, 0, [4, 10, 4]),
    (-7, 522, 0, [4, 27, 2]),
    (-8, 522, 1009, [5, 3, 2]),
    (-9, 522, 1018, [5, 7, 0]),
];
const NAMES: [&str; 8] = [
    "Package",
    "/Script/Engine",
    "StaticMesh",
    "SM_Chair",
    "/Game/Materials/M_Wood",
    "Class",
    "/Game/Textures/T_Ä",
    "None",
];

/// A file that grows, with places whose numbers come later.
#[derive(Default)]
struct Out(Vec<u8>);

impl Out {
    fn numbers(&mut self, numbers: &[i32]) {
        for number in numbers {
            self.0.extend(number.to_le_bytes());
        }
    }

    fn text(&mut self, text: &str) {
        if text.is_ascii() {
            self.numbers(&[i32::try_from(text.len()).unwrap() + 1]);
            self.0.extend(text.as_bytes());
            self.0.push(0);
        } else {
            let units: Vec<u16> = text.encode_utf16().chain([0]).collect();
            self.numbers(&[-i32::try_from(units.len()).unwrap()]);
            self.0.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        }
    }

    fn place(&self) -> i32 {
        i32::try_from(self.0.len()).unwrap()
    }

    /// A number that is told by `tell` once it is known.
    fn later(&mut self) -> usize {
        self.numbers(&[0]);
        self.0.len() - 4
    }

    fn tell(&mut self, place: usize) {
        let value = self.place().to_le_bytes();
        self.0[place..place + 4].copy_from_slice(&value);
    }

    fn zeros(&mut self, length: usize, is_there: bool) {
        self.0.resize(self.0.len() + if is_there { length } else { 0 }, 0);
    }
}

/// Where the numbers are of what comes later: names, exports, imports, soft references and thumbnails.
fn begun(out: &mut Out, (layout, ue4, ue5, engine): (i32, i32, i32, [u16; 3])) -> [usize; 5] {
    out.0.extend(TAG);
    out.numbers(&[layout, 864, ue4]);
    out.zeros(4, false);
    if layout <= -8 {
        out.numbers(&[ue5]);
    }
    out.numbers(&[0]);
    out.zeros(24, ue5 >= 1016);
    out.numbers(&[1]);
    out.zeros(20, true);
    if layout == -5 {
        out.text("Dev-Physics");
    }
    out.zeros(4, ue5 < 1016);
    out.text("None");
    out.numbers(&[0, 8]);
    let names = out.later();
    out.zeros(8, ue5 >= 1008);
    if ue4 >= 516 {
        out.text("4F6A");
    }
    out.zeros(8, ue4 >= 459);
    out.numbers(&[2]);
    let exports = out.later();
    out.numbers(&[3]);
    let imports = out.later();
    out.zeros(16, ue5 >= 1015);
    out.zeros(4, ue5 >= 1014);
    out.numbers(&[0, 1]);
    let soft_references = out.later();
    out.zeros(4, ue4 >= 510);
    let thumbnails = out.later();
    out.zeros(8, ue5 >= 1018);
    out.zeros(16, ue5 < 1016);
    out.zeros(16, ue4 >= 518);
    out.numbers(&[1, 2, 8]);
    out.0.extend(engine.iter().flat_map(|part| part.to_le_bytes()));
    out.zeros(64, true);
    [names, exports, imports, soft_references, thumbnails]
}

fn package(version: (i32, i32, i32, [u16; 3])) -> Vec<u8> {
    let (_, ue4, ue5, _) = version;
    let mut out = Out::default();
    let [names, exports, imports, soft_references, thumbnails] = begun(&mut out, version);
    out.tell(names);
    for name in NAMES {
        out.text(name);
        out.zeros(4, ue4 >= 504);
    }
    out.tell(imports);
    // A class, the package that it is of, and a material's package.
    for (class, name) in [(5, 2), (0, 1), (0, 4)] {
        out.numbers(&[1, 0, class, 0, 0, name, 0]);
        out.zeros(8, ue4 >= 520);
        out.zeros(4, ue5 >= 1003);
    }
    out.tell(exports);
    for (outer, is_asset, number) in [(2, 0, 0), (0, 1, 3)] {
        out.numbers(&[-1, 0]);
        out.zeros(4, ue4 >= 508);
        out.numbers(&[outer, 3, number, 0]);
        out.zeros(if ue4 >= 511 { 16 } else { 8 }, true);
        out.zeros(12, true);
        out.zeros(16, ue5 < 1005);
        out.zeros(4, ue5 >= 1006);
        out.zeros(8, true);
        if ue4 >= 485 {
            out.numbers(&[is_asset]);
        }
        out.zeros(4, ue5 >= 1003);
        out.zeros(20, ue4 >= 507);
        out.zeros(16, ue5 >= 1010);
    }
    out.tell(soft_references);
    out.numbers(&[6, 0]);
    let mut files = Vec::new();
    for color in [[200, 0, 0], [0, 200, 0]] {
        files.push(out.place());
        let mut file = Vec::new();
        let picture = image::RgbImage::from_pixel(4, 4, image::Rgb(color));
        picture.write_to(&mut std::io::Cursor::new(&mut file), image::ImageFormat::Png).unwrap();
        out.numbers(&[4, 4, i32::try_from(file.len()).unwrap()]);
        out.0.extend(file);
    }
    out.tell(thumbnails);
    out.numbers(&[2]);
    for (name, start) in ["Other", "SM_Chair_2"].into_iter().zip(files) {
        out.text("/Script/Engine.StaticMesh");
        out.text(name);
        out.numbers(&[start]);
    }
    out.0
}

fn read_bytes(bytes: &[u8]) -> Result<Preview, PreviewError> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let mut source = Source::new(file, "SM_Chair.uasset").unwrap();
    crate::preview(&mut source, &Request { max_side: 256, beside: None })
}

#[test]
fn class_references_and_thumbnail_of_each_version_are_told() {
    for version in VERSIONS {
        let preview = read_bytes(&package(version)).unwrap_or_else(|error| panic!("{version:?}: {error}"));
        let Facts { format, asset_class, imports, engine_version, .. } = preview.facts;
        assert_eq!((format.as_deref(), asset_class.as_deref()), (Some("uasset"), Some("StaticMesh")));
        assert_eq!(engine_version, Some(version.3.map(|part| part.to_string()).join(".")));
        let both = ["/Game/Materials/M_Wood", "/Game/Textures/T_Ä"];
        assert_eq!(imports, if version.1 >= 514 { &both[..] } else { &both[..1] }, "{version:?}");
        // That of the asset, and not the first.
        assert_eq!(preview.picture.unwrap().get_pixel(1, 1).0, [0, 200, 0, 255]);
    }
}

#[test]
fn package_cut_short_anywhere_is_told_in_part_or_broken() {
    for version in VERSIONS {
        let bytes = package(version);
        for length in (4..bytes.len()).step_by(3) {
            if let Err(error) = read_bytes(&bytes[..length]) {
                assert!(matches!(error, PreviewError::Broken(_)), "{error}");
            }
        }
    }
}

#[test]
fn numbers_out_of_range_are_broken_and_take_no_memory() {
    let bytes = package(VERSIONS[2]);
    for place in (4..bytes.len() - 4).step_by(4) {
        for number in [i32::MAX, -1, i32::MIN, 1_900_000] {
            let mut bytes = bytes.clone();
            bytes[place..place + 4].copy_from_slice(&number.to_le_bytes());
            let _ = read_bytes(&bytes);
        }
    }
}

#[test]
fn package_of_an_unknown_version_is_an_asset_all_the_same() {
    for version in [(-8, 0, 0, [0; 3]), (-8, 522, 2000, [0; 3]), (-12, 522, 0, [0; 3])] {
        let facts = read_bytes(&package(version)).unwrap().facts;
        assert_eq!((facts.media, facts.asset_class), (Some(Media::Asset), None));
    }
}
