//! Models that other programs wrote: those that the Open Asset Import Library is tested with, out of Debian's package
//! `assimp-testmodels`, and those of two readers of USD. What they look like is held to hashes that were written down after looking at them.

mod support;

use std::fs::File;
use std::path::{Path, PathBuf};

use mudlark_previews::{Facts, Media, Request, Source, fit, preview};
use support::looks::hash_of;
use support::packages;

/// The side that models are drawn with: small, since it is drawn without optimisation. *Units*: pixels.
const SIDE: u32 = 96;
/// Bits of a hash that may differ: another way of rounding makes one or two.
const MAY_DIFFER: u32 = 5;

fn folder() -> PathBuf {
    packages::debian("assimp-testmodels").join("usr/share/assimp/models")
}

/// Reads models and holds each picture to its hash; with the variable `LOOKS` set to a folder, the pictures go there.
fn look_like<const N: usize>(models: [(&str, u64); N]) -> [Facts; N] {
    look_like_in(&folder(), models)
}

fn look_like_in<const N: usize>(folder: &Path, models: [(&str, u64); N]) -> [Facts; N] {
    let mut differ = Vec::new();
    let facts = models.map(|(name, hash)| {
        let path = folder.join(name);
        let seen = read(&path);
        let picture =
            fit(&seen.picture.unwrap_or_else(|| panic!("{name} has a picture")), SIDE).expect("it fits");
        if let Some(folder) = std::env::var_os("LOOKS") {
            let out = Path::new(&folder).join(format!("{}.ppm", name.replace('/', "-")));
            picture.save_with_format(out, image::ImageFormat::Pnm).expect("the folder can be written");
        }
        let is = hash_of(&picture);
        if (is ^ hash).count_ones() > MAY_DIFFER {
            differ.push(format!("{name}: {is:#018x}"));
        }
        seen.facts
    });
    assert!(differ.is_empty(), "these look otherwise: {differ:#?}");
    facts
}

fn read(path: &Path) -> mudlark_previews::Preview {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut source = Source::new(file, &path.to_string_lossy()).expect("a file");
    let seen = preview(&mut source, &Request { max_side: SIDE, beside: path.parent() });
    seen.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn gltf_has_its_textures_and_its_skin_in_rest() {
    let [boxed, _, _, skin] = look_like([
        ("glTF2/BoxTextured-glTF/BoxTextured.gltf", 0x7efd_f8f8_2888_1800),
        ("glTF2/textureTransform/TextureTransformTest.gltf", 0x0800_06e6_ff7f_1e00),
        ("glTF2/glTF-Sample-Models/AnimatedMorphCube-glTF/AnimatedMorphCube.gltf", 0x3cfc_f8f8_7878_1800),
        ("glTF2/simple_skin/simple_skin.gltf", 0x383c_7e7e_7e3c_3800),
    ]);
    assert_eq!((boxed.format.as_deref(), boxed.triangles, boxed.textures), (Some("gltf"), Some(12), Some(1)));
    assert_eq!((boxed.missing, boxed.has_uvs), (Vec::new(), Some(true)));
    assert_eq!((skin.bones, skin.triangles, skin.size), (Some(2), Some(8), Some([1.0, 2.0, 0.0])));
}

#[test]
fn glb_is_seen_with_bad_numbers_left_out() {
    let [boxed, _, _] = look_like([
        ("glTF2/BoxTextured-glTF-Binary/BoxTextured.glb", 0x7efd_f8f8_2888_1800),
        ("glTF2/BoxBadNormals-glTF-Binary/BoxBadNormals.glb", 0xfff8_f8f0_f0f0_f1ff),
        ("glTF2/2CylinderEngine-glTF-Binary/2CylinderEngine.glb", 0x3c7e_fe3e_3430_0000),
    ]);
    assert_eq!((boxed.format.as_deref(), boxed.size_unit.as_deref()), (Some("glb"), Some("m")));
}

#[test]
fn meshes_packed_by_draco_look_like_the_same_unpacked() {
    let [packed, plain] = look_like([
        ("glTF2/draco/2CylinderEngine.gltf", 0x3c7e_fe3e_3430_0000),
        ("glTF2/2CylinderEngine-glTF-Binary/2CylinderEngine.glb", 0x3c7e_fe3e_3430_0000),
    ]);
    assert_eq!((packed.compression.as_deref(), packed.meshes), (Some("draco"), Some(29)));
    assert_eq!(packed.media, Some(Media::Model));
    // Draco leaves out triangles with two corners at one place, which show nothing.
    assert_eq!((packed.triangles, plain.triangles), (Some(110_336), Some(121_496)));
}

#[test]
fn fbx_of_several_programs_has_its_materials_and_bones() {
    let [cube, cubes, spider, skeleton] = look_like([
        ("FBX/phong_cube.fbx", 0x3cfe_f8f8_7878_1800),
        ("FBX/cubes_with_mirroring_and_pivot.fbx", 0xfbe3_e3c7_fff7_0600),
        ("FBX/spider.fbx", 0x003e_7f7c_3838_0000),
        ("FBX/animation_with_skeleton.fbx", 0x183c_7e7e_7e3c_1800),
    ]);
    assert_eq!((cube.format.as_deref(), cube.triangles), (Some("fbx"), Some(12)));
    assert_eq!((cubes.meshes, spider.triangles), (Some(4), Some(1368)));
    assert!(skeleton.bones > Some(0) && skeleton.animations > Some(0));
}

#[test]
fn obj_has_its_materials_and_vertex_colors() {
    let [spider, wuson, cube] = look_like([
        ("OBJ/spider.obj", 0xfff7_80e0_7fff_7e3c),
        ("OBJ/WusonOBJ.obj", 0x7e7f_fef9_c040_0000),
        ("OBJ/cube_with_vertexcolors.obj", 0xff80_8181_8181_c3ff),
    ]);
    assert_eq!((spider.format.as_deref(), spider.triangles), (Some("obj"), Some(1368)));
    assert_eq!((wuson.triangles, cube.triangles), (Some(3732), Some(12)));
}

#[test]
fn stl_and_ply_are_seen_as_text_and_as_numbers() {
    let [text, numbers, _, ply, _, _] = look_like([
        ("STL/Spider_ascii.stl", 0x3c7e_7f70_7838_1800),
        ("STL/Spider_binary.stl", 0x3c7e_7f70_7838_1800),
        ("STL/sphereWithHole.stl", 0x3c7e_fffe_fc60_0000),
        ("PLY/Wuson.ply", 0x7e7f_ffd9_c040_0000),
        ("PLY/cube_binary.ply", 0x7efc_f8f8_f878_1800),
        ("PLY/cube_uv.ply", 0x7efc_f8f8_f878_1800),
    ]);
    assert_eq!((text.triangles, numbers.triangles), (Some(1368), Some(1368)));
    assert_eq!((ply.format.as_deref(), ply.triangles), (Some("ply"), Some(3732)));
}

#[test]
fn blend_has_the_picture_that_blender_saved() {
    let [old, _, new] = look_like([
        ("BLEND/BlenderDefault_262.blend", 0x0000_ffef_e7ef_0000),
        ("BLEND/box.blend", 0xffff_e7c3_c3e7_ffff),
        ("BLEND/plane_2_textures_2_texcoords_279.blend", 0x0000_ffef_0183_0000),
    ]);
    assert_eq!(
        (old.blender_version.as_deref(), new.blender_version.as_deref()),
        (Some("2.62"), Some("2.79"))
    );
    let packed = read(&folder().join("BLEND/BlenderDefault_250_Compressed.blend"));
    assert_eq!((packed.picture.is_none(), packed.facts.blender_version.as_deref()), (true, Some("2.52")));
}

#[test]
fn usd_is_seen_as_text_as_numbers_and_packed() {
    let folder = packages::python_source("tinyusdz", "0.9.4").join("models");
    let [monkey, textured, cat, _, _, text, _, packed, packed_cat] = look_like_in(
        &folder,
        [
            ("suzanne.usdc", 0x3c7e_7ff0_426c_0000),
            ("texturedcube.usdc", 0xfff0_0e0e_0e8f_f9f7),
            ("texture-cat-plane.usdc", 0xddc9_d3f9_cb8f_0200),
            ("teapot-pbr.usdc", 0x3c7e_ffff_fb32_0000),
            ("suzanne-materialx.usda", 0xffff_1f80_838f_0f0e),
            ("texturedcube.usda", 0xfff0_0e0e_0e8f_f9f7),
            ("cube-previewsurface.usda", 0x7ef8_f8f8_f878_1800),
            ("cube.usdz", 0x1cfe_f8f8_7878_1800),
            ("texture-cat-plane.usdz", 0xddc9_d3f9_cb8f_0200),
        ],
    );
    assert_eq!((monkey.format.as_deref(), monkey.triangles), (Some("usdc"), Some(968)));
    assert_eq!((textured.textures, textured.missing.len(), textured.has_uvs), (Some(1), 0, Some(true)));
    assert_eq!((text.format.as_deref(), text.textures, text.triangles), (Some("usda"), Some(1), Some(12)));
    assert_eq!((packed.format.as_deref(), packed.size), (Some("usdz"), Some([2.0; 3])));
    assert_eq!((cat.textures, packed_cat.textures, packed_cat.triangles), (Some(1), Some(1), Some(18)));
    // With bones, shapes and movement, in words that not every reader knows.
    let [bones, _, moved] = look_like_in(
        &folder,
        [
            ("skintest-blender.usda", 0x003c_7e7e_7e3c_0000),
            ("blendshape.usda", 0x3cfe_fefe_7e7e_1800),
            ("cube-indexed-primvar-timesampled.usda", 0x7ef8_f8f8_f878_1800),
        ],
    );
    assert_eq!((bones.generator.as_deref(), moved.triangles), (Some("Blender v4.5.4 LTS"), Some(12)));
    let other = packages::rust("openusd", "0.2.0").join("fixtures");
    let other = read(&other.join("test.usdz"));
    assert_eq!((other.facts.format.as_deref(), other.picture.is_none()), (Some("usdz"), true));
}
