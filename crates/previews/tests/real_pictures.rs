//! Pictures that other programs wrote, out of published packages. These are fetched by name into the target folder the first time,
//! and found there from then on. What a picture looks like is held to a hash that was written down after looking at it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use mudlark_previews::{Facts, Request, Source, fit, preview};

/// Bits of a hash that may differ: another way of rounding makes one or two.
const MAY_DIFFER: u32 = 6;

#[test]
fn files_of_photoshop_look_as_they_do_there() {
    // `pip download --no-binary`: the source, whose tests have what Photoshop and GIMP saved.
    let folder = fetched("pytoshop-1.2.1", |folder| {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]);
        pip.args(["--no-binary", ":all:", "--dest"]).arg(folder).arg("pytoshop==1.2.1");
        // Some versions of pip end with an error after the download, where the package can't be prepared.
        pip.output().expect("pip runs");
        run(Command::new("tar").arg("-xzf").arg(folder.join("pytoshop-1.2.1.tar.gz")).arg("-C").arg(folder));
    });
    let folder = folder.join("pytoshop-1.2.1/tests/psd_files");
    let facts = looks_like(&folder.join("layer_comps.psd"), PSD_LAYERS);
    assert_eq!(facts.color_profile.as_deref(), Some("Adobe RGB (1998)"));
    assert_eq!(&facts.layers[..2], ["Mouth", "  Фигура 5"]);
    let facts = looks_like(&folder.join("pen-text.psd"), PSD_LIGHT);
    assert_eq!((facts.bits, facts.width), (Some(32), Some(300)));
    let facts = looks_like(&folder.join("gray0.psd"), PSD_GRAY);
    assert_eq!((facts.color_model.as_deref(), facts.has_alpha), (Some("gray"), Some(true)));
    let facts = looks_like(&folder.join("layer_params.psd"), PSD_TEXT);
    assert_eq!(facts.layers, ["Фигура 1", "Test caption", "Фон"]);
}

#[test]
fn drawings_look_as_they_do_in_a_browser() {
    let folder = fetched("feather-icons-4.29.2", |folder| {
        run(Command::new("npm").args(["pack", "--silent", "feather-icons@4.29.2"]).current_dir(folder));
        run(Command::new("tar")
            .arg("-xzf")
            .arg(folder.join("feather-icons-4.29.2.tgz"))
            .arg("-C")
            .arg(folder));
    });
    for (icon, hash) in [("activity", SVG_ACTIVITY), ("camera", SVG_CAMERA), ("feather", SVG_FEATHER)] {
        let facts = looks_like(&folder.join(format!("package/dist/icons/{icon}.svg")), hash);
        assert_eq!((facts.format.as_deref(), facts.width), (Some("svg"), Some(24)));
    }
}

const PSD_LAYERS: u64 = 0xffc3_8181_8181_c3ff;
const PSD_LIGHT: u64 = 0x9793_93f3_83bf_ffff;
const PSD_GRAY: u64 = 0xe1e1_ffe3_c3e7_ffff;
const PSD_TEXT: u64 = 0xffc1_ffe3_c1c1_e3ff;
const SVG_ACTIVITY: u64 = 0xffcf_cf04_20f3_f3ff;
const SVG_CAMERA: u64 = 0xffc3_7e42_5a66_7eff;
const SVG_FEATHER: u64 = 0xf1ec_dab6_a183_877f;

/// Reads a file, holds its picture to a hash, and gives its facts.
fn looks_like(path: &Path, hash: u64) -> Facts {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut source = Source::new(file, &path.to_string_lossy()).expect("a file");
    let preview = preview(&mut source, &Request { max_side: 512, beside: None });
    let preview = preview.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let picture = fit(&preview.picture.expect("a picture"), 512).expect("it fits");
    let seen = hash_of(&picture);
    let differ = (seen ^ hash).count_ones();
    assert!(differ <= MAY_DIFFER, "{}: {seen:#018x}, {differ} bits from {hash:#018x}", path.display());
    preview.facts
}

/// Of each of eight by eight parts, whether it is brighter than their mean.
fn hash_of(picture: &image::RgbImage) -> u64 {
    let small = image::imageops::thumbnail(picture, 8, 8);
    let luma: Vec<u32> =
        small.pixels().map(|pixel| pixel.0.iter().map(|value| u32::from(*value)).sum()).collect();
    let mean = luma.iter().sum::<u32>() / 64;
    luma.iter().fold(0, |hash, value| hash << 1 | u64::from(*value > mean))
}

/// The folder of a package; filled by whoever comes first, while the others wait.
fn fetched(package: &str, fetch: impl FnOnce(&Path)) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    fs::create_dir_all(&place).expect("the target folder can be written");
    let folder = place.join(package);
    let lock = File::create(place.join(format!("{package}.lock"))).expect("a lock file");
    lock.lock().expect("the lock");
    let ready = folder.join("ready");
    if !ready.exists() {
        fs::remove_dir_all(&folder).ok();
        fs::create_dir_all(&folder).expect("the package's folder");
        fetch(&folder);
        File::create(ready).expect("the mark that all is there");
    }
    folder
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
