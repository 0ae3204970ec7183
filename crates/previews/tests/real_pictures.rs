//! Pictures, sounds and fonts that other programs wrote, out of published packages. What they look like is held to hashes that were written down after
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

#[test]
fn pictures_look_as_they_do_in_the_library_that_tests_with_them() {
    // The source, whose tests have files of many programs.
    let folder = packages::python_source("Pillow", "4.0.0").join("Tests/images");
    for (file, hash) in [
        ("hopper.png", 0x1f03_bf3f_3f19_1000),
        ("rgb_trns.png", 0x3063_ae3c_3c3c_61c6),
        ("pil123rgba.png", 0xe7c3_c703_0307_f7ff),
        ("hopper.jpg", 0x1f03_bf3f_3f19_1000),
        ("flower.jpg", 0xfcf0_5098_1848_e837),
        ("pil_sample_cmyk.jpg", 0xc000_7ef7_7600_0000),
        ("hopper.webp", 0x1f03_9f3f_3f19_1000),
        ("flower2.webp", 0x3f26_7cfc_bcf0_6000),
        ("transparent.webp", 0xdb81_81c3_e3e7_e7ff),
        ("hopper.gif", 0x1f03_bf3f_3f19_1000),
        ("chi.gif", 0x007e_1e7e_7e7e_7e00),
        ("iss634.gif", 0x0000_07c7_c7c3_c7c7),
        ("hopper.bmp", 0x1f03_bf3f_3f19_1000),
        ("bmp/g/rgb16-565.bmp", 0xff57_5755_5555_5454),
        ("bmp/g/pal8rle.bmp", 0x5757_5755_5555_5454),
        ("hopper.tif", 0x1f03_bf3f_3f19_1000),
        ("hopper_lzw.tif", 0x1f03_bf3f_3f19_1000),
        ("copyleft.tiff", 0xc3bd_425a_5a42_bdc3),
        ("rgb32rle.tga", 0xffc3_8381_81c1_e7ff),
        ("tga_id_field.tga", 0xffff_efc7_ffff_ffff),
        ("hopper.ppm", 0x1f03_9f3f_3f19_1000),
        ("hopper_webp_bits.ppm", 0x1f03_9f3f_3f19_1000),
        ("16_bit_binary.pgm", 0xffff_ffff_0000_0000),
        ("hopper.ico", 0x1f03_1f3f_3f19_1010),
        ("python.ico", 0xe3c3_0302_3cb1_fbe7),
        ("pillow.ico", 0xe7c3_8181_81cf_efff),
        ("hopper_merged.psd", 0x1f03_9f3f_3f19_1000),
        ("dxt1-rgb-4bbp-noalpha_MipMaps-1.dds", 0xfffe_d0e0_e080_c080),
        ("dxt5-argb-8bbp-interpolatedalpha_MipMaps-1.dds", 0x0101_0107_070f_47ff),
        ("bc7-argb-8bpp_MipMaps-1.dds", 0xc381_83c7_f874_0000),
    ] {
        looks_like(&folder.join(file), hash);
    }
    let facts = looks_like(&folder.join("pil_sample_cmyk.jpg"), 0xc000_7ef7_7600_0000);
    assert_eq!((facts.color_model.as_deref(), facts.channels), (Some("cmyk"), Some(4)));
}

#[test]
fn light_looks_as_it_does_in_the_library_that_tests_with_it() {
    let folder = packages::python_wheel("colour-science", "0.3.16").join("colour/io/tests/resources");
    looks_like(&folder.join("CMS_Test_Pattern.exr"), 0xffff_ffff_ff00_0000);
}

#[test]
fn sounds_are_as_long_and_look_as_they_sound() {
    let folder = packages::python_source("mutagen", "1.47.0").join("tests/data");
    let sounds = packages::debian("sound-theme-freedesktop").join("usr/share/sounds/freedesktop/stereo");
    for (path, duration, hash) in [
        (folder.join("silence-44-s.flac"), 3.68, 0xffff_ff00_00ff_ffff),
        (folder.join("no-tags.flac"), 3.68, 0xffff_ff00_00ff_ffff),
        (folder.join("silence-44-s.mp3"), 3.71, 0xffff_ff00_00ff_ffff),
        (folder.join("lame.mp3"), 0.13, 0xffff_ffe1_00ff_ffff),
        (folder.join("vbri.mp3"), 0.44, 0xffff_fff0_f0ff_ffff),
        (folder.join("silence-2s-PCM-16000-08-notags.wav"), 2.0, 0xffff_ff00_00ff_ffff),
        (folder.join("silence-2s-PCM-16000-08-ID3v23.wav"), 2.0, 0xffff_ff00_00ff_ffff),
        (folder.join("silence-2s-PCM-44100-16-ID3v23.wav"), 2.0, 0xffff_ff00_00ff_ffff),
        (folder.join("multipage-setup.ogg"), 4.13, 0xffff_ff80_80ff_ffff),
        (sounds.join("complete.oga"), 1.09, 0xffff_7f03_037f_ffff),
        (sounds.join("audio-channel-front-left.oga"), 1.48, 0xffff_ff33_1377_ffff),
    ] {
        let facts = looks_like(&path, hash);
        let heard = facts.duration_s.expect("a duration");
        assert!((heard - duration).abs() < 0.01, "{}: {heard} s", path.display());
    }
    // Its header says more than four minutes, of which it has none.
    let facts = looks_like(&folder.join("variable-block.flac"), 0xffff_ff00_00ff_ffff);
    assert!(facts.duration_s.is_some_and(|seconds| seconds < 10.0), "{:?}", facts.duration_s);
}

#[test]
fn fonts_look_as_they_do_in_a_browser() {
    let folder = packages::node("katex", "0.16.11").join("dist/fonts");
    for (font, hash) in [
        ("Main-BoldItalic", 0xf1b1_03e1_8101_ffff),
        ("Fraktur-Regular", 0xf111_0393_8103_ffff),
        ("Typewriter-Regular", 0xf303_0303_ff83_ffff),
    ] {
        for ending in ["ttf", "woff", "woff2"] {
            let facts = looks_like(&folder.join(format!("KaTeX_{font}.{ending}")), hash);
            assert_eq!(facts.format.as_deref(), Some(ending));
            let name = format!("{}-{}", facts.family.unwrap_or_default(), facts.style.unwrap_or_default());
            assert_eq!(name.replace(' ', ""), format!("KaTeX_{font}"));
            assert!(facts.scripts.iter().any(|script| script == "latin"), "{:?}", facts.scripts);
        }
    }
    let fonts = packages::debian("fonts-wqy-microhei").join("usr/share/fonts/truetype/wqy");
    let facts = looks_like(&fonts.join("wqy-microhei.ttc"), 0xf313_03c3_ff87_9fff);
    assert_eq!((facts.format.as_deref(), facts.frames), (Some("ttc"), Some(2)));
    assert!(facts.scripts.iter().any(|script| script == "han"), "{:?}", facts.scripts);
}

const PSD_LAYERS: u64 = 0xffc3_8181_8181_c3ff;
const PSD_LIGHT: u64 = 0x9793_93f3_83bf_ffff;
const PSD_GRAY: u64 = 0xe1e1_ffe3_c3e7_ffff;
const PSD_TEXT: u64 = 0xffc1_ffe3_c1c1_e3ff;
const SVG_ACTIVITY: u64 = 0xffcf_cf04_20f3_f3ff;
const SVG_CAMERA: u64 = 0xffc3_7e42_5a66_7eff;
const SVG_FEATHER: u64 = 0xf1ec_dab6_a183_877f;
