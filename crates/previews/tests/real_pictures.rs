//! Pictures that other programs wrote, out of published packages. What they look like is held to hashes that were written down after
//! looking at them.

mod support;

use support::looks::looks_like;
use support::packages;

#[test]
fn files_of_photoshop_look_as_they_do_there() {
    // The source, whose tests have what Photoshop and GIMP saved.
    let folder = packages::python_source("pytoshop", "1.2.1").join("tests/psd_files");
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
    let folder = packages::node("feather-icons", "4.29.2");
    for (icon, hash) in [("activity", SVG_ACTIVITY), ("camera", SVG_CAMERA), ("feather", SVG_FEATHER)] {
        let facts = looks_like(&folder.join(format!("dist/icons/{icon}.svg")), hash);
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
