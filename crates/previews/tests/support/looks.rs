//! What pictures look like, held to hashes that were written down after looking at them.

use std::fs::File;
use std::path::Path;

use mudlark_previews::{Facts, Preview, Request, Source, fit, preview};

/// Bits of a hash that may differ: another way of rounding makes one or two.
const MAY_DIFFER: u32 = 6;

/// Reads a file, holds its picture to a hash, and gives its facts. With the variable `LOOKS` set to a folder, the picture goes there, its hash
/// in its name.
pub(crate) fn looks_like(path: &Path, hash: u64) -> Facts {
    let (seen, facts) = seen(path, None);
    let differ = (seen ^ hash).count_ones();
    assert!(differ <= MAY_DIFFER, "{}: {seen:#018x}, {differ} bits from {hash:#018x}", path.display());
    facts
}

/// Does so with files of a folder, which may name others of it, and tells of all that look otherwise.
pub(crate) fn look_like<const N: usize>(folder: &Path, files: [(&str, u64); N]) -> [Facts; N] {
    let mut differ = Vec::new();
    let facts = files.map(|(name, hash)| {
        let path = folder.join(name);
        let (seen, facts) = seen(&path, path.parent());
        if (seen ^ hash).count_ones() > MAY_DIFFER {
            differ.push(format!("(\"{name}\", {seen:#018x})"));
        }
        facts
    });
    assert!(differ.is_empty(), "these look otherwise: {differ:#?}");
    facts
}

fn seen(path: &Path, beside: Option<&Path>) -> (u64, Facts) {
    let preview = read(path, beside);
    let picture = preview.picture.unwrap_or_else(|| panic!("{} has no picture", path.display()));
    let picture = fit(&picture, 512).expect("it fits");
    let seen = hash_of(&picture);
    if let Some(folder) = std::env::var_os("LOOKS") {
        let name = format!("{seen:#018x}-{}.ppm", path.file_name().unwrap_or_default().to_string_lossy());
        picture.save(Path::new(&folder).join(name)).expect("the folder can be written");
    }
    (seen, preview.facts)
}

/// Reads a file, with the folder where the files are that it names.
pub(crate) fn read(path: &Path, beside: Option<&Path>) -> Preview {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut source = Source::new(file, &path.to_string_lossy()).expect("a file");
    let preview = preview(&mut source, &Request { max_side: 512, beside });
    preview.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Of each of eight by eight parts, whether it is brighter than their mean.
pub(crate) fn hash_of(picture: &image::RgbImage) -> u64 {
    let small = image::imageops::thumbnail(picture, 8, 8);
    let luma: Vec<u32> =
        small.pixels().map(|pixel| pixel.0.iter().map(|value| u32::from(*value)).sum()).collect();
    let mean = luma.iter().sum::<u32>() / 64;
    luma.iter().fold(0, |hash, value| hash << 1 | u64::from(*value > mean))
}
