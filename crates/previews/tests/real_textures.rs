//! Textures that other programs wrote, out of published packages. What they look like is held to hashes that were written down after looking at them.

mod support;

use support::looks::look_like;
use support::packages;

#[test]
fn surfaces_of_each_packing_look_as_they_do_in_the_library_that_tests_with_them() {
    let folder = packages::python_source("pillow", "11.3.0").join("Tests/images");
    let facts = look_like(
        &folder,
        [
            ("bc1.dds", 0xfffe_d0e0_e080_c080),
            ("bc1_typeless.dds", 0xfffe_d0e0_e080_c080),
            ("dxt1-rgb-4bbp-noalpha_MipMaps-1.dds", 0xfffe_d0e0_e080_c080),
            ("dxt3-argb-8bbp-explicitalpha_MipMaps-1.dds", 0x0103_0107_0707_47ff),
            ("dxt5-argb-8bbp-interpolatedalpha_MipMaps-1.dds", 0x0101_0107_070f_47ff),
            ("dxt5-colorblock-alpha-issue-4142.dds", 0xff3f_0303_0f0f_3f3f),
            ("ati1.dds", 0x3f3f_c3c3_cf86_ef8f),
            ("bc4u.dds", 0x3f3f_c3c3_cf86_ef8f),
            ("bc4_unorm.dds", 0x3f3f_c3c3_cf86_ef8f),
            ("ati2.dds", 0x1cfc_6ede_deef_fc90),
            ("bc5s.dds", 0x1cfc_6ede_deef_fc90),
            ("bc5_snorm.dds", 0x1cfc_6ede_deef_fc90),
            ("bc5_unorm.dds", 0x1cfc_6ede_deef_fc90),
            ("bc6h.dds", 0x1f03_bf3f_3f19_1000),
            ("bc6h_sf.dds", 0x1f03_bf3f_3f19_1000),
            ("bc7-argb-8bpp_MipMaps-1.dds", 0xc381_83c7_f874_0000),
            ("DXGI_FORMAT_BC7_UNORM_SRGB.dds", 0xf0f0_f0f0_0f0f_0f0f),
            ("DXGI_FORMAT_R8G8B8A8_UNORM_SRGB.dds", 0xf0f0_f0f0_0f0f_0f0f),
            ("argb-32bpp_MipMaps-1.dds", 0xc381_83c7_f874_0000),
            ("bgr15.dds", 0x1f03_bf3f_3f19_1000),
            ("hopper.dds", 0x1f03_bf3f_3f19_1000),
            ("uncompressed_la.dds", 0xf3f3_0303_0f0f_ffff),
            ("uncompressed_rgb.dds", 0xf3cf_8339_1903_87ef),
        ],
    );
    let packings = facts.map(|facts| facts.compression.unwrap_or_default());
    let count = |packing: &str| packings.iter().filter(|is| *is == packing).count();
    let counts = ["bc1", "bc2", "bc3", "bc4", "bc5", "bc6h", "bc7", "none"].map(count);
    assert_eq!(counts, [3, 1, 2, 3, 4, 2, 2, 6]);
}

#[test]
fn ktx_2_of_an_engine_is_seen_packed_and_plain_and_as_light() {
    let smaa = packages::rust("bevy_anti_alias", "0.20.1").join("src/smaa");
    let [area, search] = look_like(
        &smaa,
        [("SMAAAreaLUT.ktx2", 0x0f0f_0f0f_0f0f_0000), ("SMAASearchLUT.ktx2", 0xfcd8_d8d8_d8fc_0000)],
    );
    assert_eq!((area.width, area.height, area.mipmaps), (Some(160), Some(560), None));
    assert_eq!((search.width, search.height), (Some(64), Some(16)));
    let pbr = packages::rust("bevy_pbr", "0.20.1").join("src");
    look_like(
        &pbr,
        [
            ("bluenoise/stbn.ktx2", 0x554a_bd66_b286_8d8b),
            ("environment_map/dfg.ktx2", 0xf8f8_f8f8_f0c0_8080),
            ("ltc/ltc.ktx2", 0xe0f0_f8f0_f8fc_f8fc),
        ],
    );
    let tables = packages::rust("bevy_core_pipeline", "0.20.1").join("src/tonemapping/luts");
    look_like(
        &tables,
        [
            ("AgX-default_contrast.ktx2", 0x0303_0307_0f1f_ffff),
            ("Blender_-11_12.ktx2", 0x0303_0303_070f_ffff),
            ("tony_mc_mapface.ktx2", 0x0303_0307_0f1f_ffff),
        ],
    );
}

#[test]
fn textures_of_basis_universal_are_seen_in_both_packings() {
    let folder = packages::rust("basis-universal", "0.3.1").join("test_assets");
    let [etc1s, uastc] = look_like(
        &folder,
        [("rust-logo-etc.basis", 0xefd1_8101_8089_8bf7), ("rust-logo-uastc.basis", 0xefd1_8101_8089_8bf7)],
    );
    assert_eq!(etc1s.compression.as_deref(), Some("basis_etc1s"));
    assert_eq!(uastc.compression.as_deref(), Some("basis_uastc"));
}

#[test]
fn textures_of_basis_universal_are_seen_in_both_containers() {
    let folder = packages::python_source("opengl_basisu", "0.1.0a2").join("tests/fixtures");
    let facts = look_like(
        &folder,
        [
            ("etc1s_srgb_mips.ktx2", 0x0000_0000_0f0f_0f0f),
            ("etc1s_cube.ktx2", 0),
            ("uastc_rgba.ktx2", 0x0000_0000_0f0f_0f0f),
            ("uastc_odd.ktx2", 0),
            ("etc1s_rgba.basis", 0x0000_0000_0f0f_0f0f),
        ],
    );
    assert_eq!((facts[0].mipmaps, facts[1].frames, facts[3].width), (Some(5), Some(6), Some(6)));
    let packings = facts.map(|facts| facts.compression.unwrap_or_default());
    assert_eq!(packings, ["basis_etc1s", "basis_etc1s", "basis_uastc", "basis_uastc", "basis_etc1s"]);
}
