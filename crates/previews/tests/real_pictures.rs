//! Pictures, sounds and fonts that other programs wrote, out of published packages. What they look like is held to hashes that were written down after
//! looking at them.

mod support;

use std::path::PathBuf;

use support::looks::{look_like, looks_like};
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
fn large_documents_look_as_what_they_were_saved_of() {
    // Photoshop keeps what is in a smart object as a document of its own.
    let photoshop = packages::python_source("pytoshop", "1.2.1").join("tests/psd_files");
    let object =
        packages::kept_within(&photoshop.join("smart-object-slice.psd"), b"8BPS\0\x02", "smart-object.psb");
    let facts = looks_like(&object, 0);
    assert_eq!((facts.format.as_deref(), facts.width, facts.height), (Some("psb"), Some(22), Some(20)));
    assert_eq!(facts.layers, ["Shape 1", "Layer 1"]);

    let [hopper, deep] = ["hopper.png", "tiff_16bit_RGBa.tiff"].map(|name| pillow().join(name));
    let folder = packages::written_by_imagemagick(
        "large-documents",
        "PSB",
        &[(&hopper, "hopper.psb"), (&deep, "deep.psb")],
    );
    let [hopper, deep] = look_like(&folder, [("hopper.psb", HOPPER), ("deep.psb", 0xf8f8_f0f0_e0f0_e0c0)]);
    assert_eq!((hopper.format.as_deref(), hopper.compression.as_deref()), (Some("psb"), Some("rle")));
    assert_eq!((deep.format.as_deref(), deep.bits, deep.has_alpha), (Some("psb"), Some(16), Some(true)));
}

#[test]
fn pictures_in_inks_look_as_they_print() {
    let wand = packages::python_source("wand", "0.7.2").join("tests/assets");
    let img2pdf = packages::python_source("img2pdf", "0.6.3").join("src/tests/input");
    let files = [
        (pillow().join("pil_sample_cmyk.jpg"), 0xc000_7ef7_7600_0000),
        (wand.join("cmyk.jpg"), 0xffc1_8181_8187_87ff),
        (img2pdf.join("CMYK.jpg"), 0xffbd_0095_8199_81ff),
    ];
    for (file, hash) in files {
        let facts = looks_like(&file, hash);
        assert_eq!((facts.color_model.as_deref(), facts.channels), (Some("cmyk"), Some(4)));
    }
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
    let folder = pillow();
    look_like(
        &folder,
        [
            ("hopper.png", HOPPER),
            ("rgb_trns.png", 0x3063_ae3c_3c3c_61c6),
            ("pil123rgba.png", 0xe7c3_c703_0307_f7ff),
            ("hopper.jpg", HOPPER),
            ("flower.jpg", 0xfcf0_5098_1848_e837),
            ("hopper.webp", HOPPER),
            ("flower2.webp", 0x3f26_7cfc_bcf0_6000),
            ("transparent.webp", 0xdb81_81c3_e3e7_e7ff),
            ("hopper.gif", HOPPER),
            ("chi.gif", 0x007e_1e7e_7e7e_7e00),
            ("iss634.gif", 0x0000_07c7_c7c3_c7c7),
            ("hopper.bmp", HOPPER),
            ("bmp/g/rgb16-565.bmp", 0xff57_5755_5555_5454),
            ("bmp/g/pal8rle.bmp", 0x5757_5755_5555_5454),
            ("rgb32rle.tga", 0xffc3_8381_81c1_e7ff),
            ("tga_id_field.tga", 0xffff_efc7_ffff_ffff),
            ("hopper.ppm", HOPPER),
            ("hopper_webp_bits.ppm", HOPPER),
            ("16_bit_binary.pgm", 0xffff_ffff_0000_0000),
            ("hopper.ico", 0x1f03_1f3f_3f19_1010),
            ("python.ico", 0xe3c3_0302_3cb1_fbe7),
            ("pillow.ico", 0xe7c3_8181_81cf_efff),
            ("hopper_merged.psd", HOPPER),
        ],
    );
}

#[test]
fn pictures_of_16_bits_are_seen() {
    let folder = pillow();
    let [gray, moving] =
        look_like(&folder, [("i_trns.png", 0x0000_103c_3c3c_0000), ("apng/mode_16bit.png", 0)]);
    assert_eq!((gray.bits, gray.color_model.as_deref()), (Some(16), Some("gray")));
    assert_eq!((moving.bits, moving.channels, moving.frames), (Some(16), Some(4), Some(2)));
    let old = packages::python_source("Pillow", "4.0.0").join("Tests/images");
    assert_eq!(looks_like(&old.join("16_bit_binary_pgm.png"), 0xffff_ffff_0000_0000).bits, Some(16));
    let tiff = look_like(
        &folder,
        [
            ("16bit.cropped.tif", 0xf880_8083_82f0_e0e0),
            ("tiff_16bit_RGB.tiff", 0x0303_0303_071f_3f3f),
            ("tiff_16bit_RGBa.tiff", 0xf8f8_f0f0_e0f0_e0c0),
        ],
    );
    assert_eq!(
        tiff.map(|facts| (facts.bits, facts.channels)),
        [(Some(16), Some(1)), (Some(16), Some(3)), (Some(16), Some(4))]
    );
}

#[test]
fn pictures_are_turned_as_the_camera_was_held() {
    let folder = pillow();
    for number in 2..=8 {
        let [jpg, webp] = ["jpg", "webp"].map(|ending| format!("hopper_orientation_{number}.{ending}"));
        look_like(&folder, [(&jpg, HOPPER), (&webp, HOPPER)]);
        looks_like(&folder.join(format!("g4_orientation_{number}.tif")), TURNED_TEXT);
    }
}

#[test]
fn colors_are_those_of_their_profiles() {
    let facts = look_like(
        &pillow(),
        [
            ("flower2.jpg", 0x3f26_7cfc_bcf0_6000),
            ("icc_profile_big.jpg", 0x0000_0000_7f7f_7fff),
            ("pil_sample_rgb.jpg", 0xc000_7ef7_7600_0000),
            ("xmp_test.jpg", 0x3e7e_3e36_3e2a_1c00),
        ],
    );
    let profiles = facts.map(|facts| facts.color_profile.unwrap_or_default());
    assert_eq!(profiles, ["sRGB IEC61966-2.1", "TIFF RGB", "sRGB IEC61966-2.1", "Adobe RGB (1998)"]);
}

#[test]
fn tiff_is_seen_in_each_of_its_kinds() {
    let files = [
        ("hopper.tif", HOPPER, "rgb"),
        ("hopper_lzw.tif", HOPPER, "rgb"),
        ("copyleft.tiff", 0xc3bd_425a_5a42_bdc3, "rgb"),
        ("hopper_bigtiff.tif", HOPPER, "rgb"),
        ("hopper_jpg.tif", HOPPER, "rgb"),
        ("hopper.Lab.tif", HOPPER, "lab"),
        ("lab.tif", 0, "lab"),
        ("tiff_strip_cmyk_jpeg.tif", 0xc000_7ef7_7600_0000, "cmyk"),
        ("tiff_tiled_cmyk_jpeg.tif", 0xc000_7ef7_7600_0000, "cmyk"),
        ("tiff_strip_cmyk_16l_jpeg.tif", 0xc000_7ef7_7600_0000, "cmyk"),
        ("tiff_strip_ycbcr_jpeg_2x2_sampling.tif", 0xfcf0_5098_1848_e837, "rgb"),
        ("tiff_tiled_ycbcr_jpeg_1x1_sampling.tif", 0x3f26_7cfc_bcf0_6000, "rgb"),
        ("tiff_tiled_ycbcr_jpeg_2x2_sampling.tif", 0xfcf0_5098_1848_e837, "rgb"),
        ("tiff_strip_planar_raw.tif", 0x0f0f_0f0f_0f0f_0f0f, "rgb"),
        ("tiff_tiled_planar_raw.tif", 0x0f0f_0f0f_0f0f_0f0f, "rgb"),
        ("tiff_tiled_planar_lzw.tiff", 0x0f0f_0f0f_0f0f_0f0f, "rgb"),
        ("tiff_tiled_planar_16bit_RGB.tiff", 0x0303_0303_071f_3f3f, "rgb"),
        ("tiff_tiled_planar_16bit_RGBa.tiff", 0xf8f8_f0f0_e0f0_e0c0, "rgb"),
        ("multipage-lastframe.tif", 0, "indexed"),
        ("multipage-mmap.tiff", 0, "indexed"),
        ("no_rows_per_strip.tif", 0x0000_183c_3c18_0000, "indexed"),
        ("hopper_gray_4bpp.tif", HOPPER, "gray"),
    ];
    let facts = look_like(&pillow(), files.map(|(file, hash, _)| (file, hash)));
    for (facts, (file, _, color_model)) in facts.iter().zip(files) {
        assert_eq!(
            (facts.format.as_deref(), facts.color_model.as_deref()),
            (Some("tiff"), Some(color_model)),
            "{file}"
        );
    }
}

#[test]
fn tiff_in_few_bits_is_the_same_in_either_order_and_either_way_around() {
    let files = ["hopper4.tif", "hopper4I.tif", "hopper4R.tif", "hopper4IR.tif"];
    look_like(&pillow().join("tiff_gray_2_4_bpp"), files.map(|file| (file, HOPPER)));
    let files = ["hopper2.tif", "hopper2I.tif", "hopper2R.tif", "hopper2IR.tif"];
    look_like(&pillow().join("tiff_gray_2_4_bpp"), files.map(|file| (file, HOPPER)));
}

#[test]
fn light_looks_as_it_does_in_the_libraries_that_test_with_it() {
    let folder = packages::python_wheel("colour-science", "0.3.16").join("colour/io/tests/resources");
    looks_like(&folder.join("CMS_Test_Pattern.exr"), 0xffff_ffff_ff00_0000);
    let folder = packages::python_source("tinyusdz", "0.9.4").join("models/textures");
    let facts = look_like(
        &folder,
        [
            ("envs/city.exr", 0xffff_7f10_0000_0015),
            ("envs/interior.exr", 0xffff_fe9c_8e86_0000),
            ("envs/sunset.exr", 0xffff_ff7e_1c00_0000),
            ("env_studio_default.hdr", 0x0010_f6b2_0000_0000),
            ("env_sunsky_sunset.hdr", 0x0000_0006_ffff_ffff),
            ("test-envs/env_synthetic_rgb_axes.hdr", 0xf3f3_f3f3_c0c0_c000),
        ],
    );
    assert_eq!(facts[0].compression.as_deref(), Some("dwab"));
    assert_eq!(
        facts.map(|facts| facts.format.unwrap_or_default()),
        ["exr", "exr", "exr", "hdr", "hdr", "hdr"]
    );
}

#[test]
fn qoi_looks_as_the_same_pictures_in_png() {
    let [hopper, rgba] =
        look_like(&pillow(), [("hopper.qoi", HOPPER), ("pil123rgba.qoi", 0xe7c3_c703_0307_f7ff)]);
    assert_eq!(
        (hopper.format.as_deref(), hopper.has_alpha, rgba.has_alpha),
        (Some("qoi"), Some(false), Some(true))
    );
    let reference = packages::python_source("qoi", "0.8.0").join("tests/data");
    look_like(
        &reference,
        [("koi_rgb_ref.qoi", 0xcfc0_0080_c7cf_c787), ("koi_rgba_ref.qoi", 0xe0e1_e1c1_c3c7_c787)],
    );
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
    for (package, folder, file, hash, fonts) in [
        ("fonts-wqy-microhei", "wqy", "wqy-microhei.ttc", 0xf313_03c3_ff87_9fff, 2),
        ("fonts-wqy-zenhei", "wqy", "wqy-zenhei.ttc", WQY_ZENHEI, 3),
        ("fonts-arphic-uming", "arphic", "uming.ttc", UMING, 4),
        ("fonts-arphic-ukai", "arphic", "ukai.ttc", UKAI, 4),
    ] {
        let path = packages::debian(package).join("usr/share/fonts/truetype").join(folder);
        let [facts] = look_like(&path, [(file, hash)]);
        assert_eq!((facts.format.as_deref(), facts.frames), (Some("ttc"), Some(fonts)), "{file}");
        assert!(facts.scripts.iter().any(|script| script == "han"), "{:?}", facts.scripts);
    }
    let fonts = "usr/share/fonts/opentype";
    let libertine = packages::debian("fonts-linuxlibertine").join(fonts).join("linux-libertine");
    let libertine = look_like(
        &libertine,
        [("LinLibertine_R.otf", 0xf3b1_0303_8107_07ff), ("LinBiolinum_RB.otf", 0xf3b1_03c3_ff87_87ff)],
    );
    let cantarell = packages::debian("fonts-cantarell").join(fonts).join("cantarell");
    let cantarell = look_like(&cantarell, [("Cantarell-Regular.otf", 0xf313_0383_ff87_87ff)]);
    for facts in libertine.iter().chain(&cantarell) {
        assert_eq!(facts.format.as_deref(), Some("otf"));
        assert!(facts.scripts.iter().any(|script| script == "latin"), "{:?}", facts.scripts);
    }
}

fn pillow() -> PathBuf {
    packages::python_source("pillow", "11.3.0").join("Tests/images")
}

/// The portrait that Pillow tests with, in many formats.
const HOPPER: u64 = 0x1f03_bf3f_3f19_1000;
const TURNED_TEXT: u64 = 0xff7b_0303_0383_ffff;
const WQY_ZENHEI: u64 = 0xf313_0383_df87_9fff;
const UMING: u64 = 0xf313_0383_ff87_9fff;
const UKAI: u64 = 0xf313_0383_ff87_ffff;
const PSD_LAYERS: u64 = 0xffc3_8181_8181_c3ff;
const PSD_LIGHT: u64 = 0x9793_93f3_83bf_ffff;
const PSD_GRAY: u64 = 0xe1e1_ffe3_c3e7_ffff;
const PSD_TEXT: u64 = 0xffc1_ffe3_c1c1_e3ff;
const SVG_ACTIVITY: u64 = 0xffcf_cf04_20f3_f3ff;
const SVG_CAMERA: u64 = 0xffc3_7e42_5a66_7eff;
const SVG_FEATHER: u64 = 0xf1ec_dab6_a183_877f;
