//! The materials of glTF.

use std::collections::HashMap;

use glam::{Affine2, Mat2, Vec2};
use gltf::json::extensions::texture::TextureTransform;
use gltf::json::material::AlphaMode;
use gltf::json::validation::Checked;
use gltf::json::{Index, Root, image, texture};

use super::buffers::{Buffers, data_uri};
use crate::beside::Beside;
use crate::models::scene::{Alpha, Map, Material, Scene};
use crate::models::textures::Textures;

/// Adds all materials to the scene, in their order, and their pictures to the textures.
pub(super) fn read(
    root: &Root,
    json: &[u8],
    buffers: &Buffers<'_>,
    beside: &mut Beside,
    textures: &mut Textures,
    scene: &mut Scene,
) {
    let others = if root.extensions_used.iter().any(|used| OTHER_PICTURES.contains(&used.as_str())) {
        other_sources(json)
    } else {
        HashMap::new()
    };
    let mut reader = Reader { root, others, buffers, beside, textures, known: HashMap::new() };
    for material in &root.materials {
        let material = reader.material(material);
        scene.add_material(material);
    }
    // What meshes without a material are given: the index after the last.
    scene.add_material(Material::default());
}

/// Extensions by which a texture has its picture in another format.
const OTHER_PICTURES: [&str; 2] = ["EXT_texture_webp", "KHR_texture_basisu"];

/// The images of textures that have them by an extension, by the textures' index: the crate knows nothing of them.
fn other_sources(json: &[u8]) -> HashMap<usize, usize> {
    let document: serde_json::Value = serde_json::from_slice(json).unwrap_or_default();
    let textures = document["textures"].as_array().map_or(&[][..], Vec::as_slice);
    let source = |texture: &serde_json::Value| {
        OTHER_PICTURES.iter().find_map(|extension| texture["extensions"][*extension]["source"].as_u64())
    };
    let sources = textures
        .iter()
        .enumerate()
        .filter_map(|(index, texture)| Some((index, usize::try_from(source(texture)?).ok()?)));
    sources.collect()
}

struct Reader<'a> {
    root: &'a Root,
    others: HashMap<usize, usize>,
    buffers: &'a Buffers<'a>,
    beside: &'a mut Beside,
    textures: &'a mut Textures,
    /// The texture of each image that was asked for.
    known: HashMap<usize, Option<usize>>,
}

impl Reader<'_> {
    fn material(&mut self, material: &gltf::json::Material) -> Material {
        let pbr = &material.pbr_metallic_roughness;
        let alpha = match material.alpha_mode {
            Checked::Valid(AlphaMode::Blend) => Alpha::Blend,
            Checked::Valid(AlphaMode::Mask) => {
                Alpha::Mask(material.alpha_cutoff.map_or(0.5, |bound| bound.0))
            }
            _ => Alpha::Opaque,
        };
        let mut info = |info: Option<&texture::Info>| {
            info.and_then(|info| {
                let transform = info.extensions.as_ref().and_then(|it| it.texture_transform.as_ref());
                self.map(info.index, transform)
            })
        };
        Material {
            base_color: pbr.base_color_factor.0,
            base_color_map: info(pbr.base_color_texture.as_ref()),
            metallic: pbr.metallic_factor.0,
            roughness: pbr.roughness_factor.0,
            metallic_roughness_map: info(pbr.metallic_roughness_texture.as_ref()),
            emissive: material.emissive_factor.0,
            emissive_map: info(material.emissive_texture.as_ref()),
            normal_map: material.normal_texture.as_ref().and_then(|map| self.map(map.index, None)),
            normal_scale: material.normal_texture.as_ref().map_or(1.0, |map| map.scale),
            alpha,
            is_unlit: material.extensions.as_ref().is_some_and(|extensions| extensions.unlit.is_some()),
        }
    }

    fn map(&mut self, index: Index<texture::Texture>, transform: Option<&TextureTransform>) -> Option<Map> {
        let texture = self.root.textures.get(index.value())?;
        let image = self.others.get(&index.value()).copied().unwrap_or(texture.source.value());
        let known = self.known.get(&image).copied();
        let texture = known.unwrap_or_else(|| {
            let texture = self.root.images.get(image).and_then(|image| self.texture(image));
            self.known.insert(image, texture);
            texture
        })?;
        Some(Map { texture, placed: transform.map_or(Affine2::IDENTITY, placed) })
    }

    fn texture(&mut self, image: &image::Image) -> Option<usize> {
        if let Some(view) = image.buffer_view {
            return self.textures.add_bytes(self.buffers.view(view)?.0.to_vec());
        }
        let uri = image.uri.as_deref()?;
        if uri.starts_with("data:") {
            return self.textures.add_bytes(data_uri(uri)?);
        }
        let file = self.beside.open_uri(uri)?;
        self.textures.add_file(file, uri)
    }
}

fn placed(transform: &TextureTransform) -> Affine2 {
    let (sin, cos) = transform.rotation.0.sin_cos();
    let turn = Mat2::from_cols(Vec2::new(cos, -sin), Vec2::new(sin, cos));
    Affine2::from_mat2_translation(
        turn * Mat2::from_diagonal(Vec2::from(transform.scale.0)),
        Vec2::from(transform.offset.0),
    )
}
