//! The materials of FBX and OBJ.

use std::borrow::Cow;
use std::collections::HashMap;

use glam::{Affine2, Mat2, Vec2};

use super::text;
use crate::beside::Beside;
use crate::models::scene::{Alpha, Map, Material, Scene};
use crate::models::textures::Textures;

/// Less than this is not seen at all: then the number rather means something else, as some exporters have it.
const LEAST_OPACITY: f32 = 0.02;

/// Adds all materials to the scene, in their order, and their pictures to the textures.
pub(super) fn read(loaded: &ufbx::Scene, beside: &mut Beside, textures: &mut Textures, scene: &mut Scene) {
    let is_obj = loaded.metadata.file_format == ufbx::FileFormat::Obj;
    let mut reader = Reader { beside, textures, known: HashMap::new() };
    for material in &loaded.materials {
        let read = reader.material(material, is_obj);
        scene.add_material(read);
        reader.note_others(material);
    }
}

struct Reader<'a> {
    beside: &'a mut Beside,
    textures: &'a mut Textures,
    /// The texture of each picture that was asked for.
    known: HashMap<u32, Option<usize>>,
}

impl Reader<'_> {
    fn material(&mut self, material: &ufbx::Material, is_obj: bool) -> Material {
        let pbr = &material.pbr;
        let factor = |map: &ufbx::MaterialMap, otherwise: f32| {
            if map.has_value { map.value_vec4.x as f32 } else { otherwise }
        };
        let color = |map: &ufbx::MaterialMap| {
            let value = &map.value_vec4;
            [value.x as f32, value.y as f32, value.z as f32].map(|value| value.clamp(0.0, 1.0))
        };
        let strength = factor(&pbr.base_factor, 1.0).clamp(0.0, 1.0);
        let opacity = factor(&pbr.opacity, 1.0);
        let opacity = if opacity < LEAST_OPACITY { 1.0 } else { opacity.min(1.0) };
        let base_color_map = self.map(&pbr.base_color);
        // A texture takes the place of the colour, and is not multiplied by it.
        let [red, green, blue] = if pbr.base_color.texture.is_some() && pbr.base_color.texture_enabled {
            [1.0; 3]
        } else if pbr.base_color.has_value {
            color(&pbr.base_color).map(|value| value * strength)
        } else {
            let [red, green, blue, _] = Material::default().base_color;
            [red, green, blue]
        };
        let alpha = if opacity < 1.0 {
            Alpha::Blend
        } else if pbr.opacity.texture.is_some() {
            Alpha::Mask(0.5)
        } else {
            Alpha::Opaque
        };
        let emission = factor(&pbr.emission_factor, 1.0).clamp(0.0, 1.0);
        let is_metal = pbr.metalness.has_value && pbr.metalness.texture.is_none();
        let is_rough = pbr.roughness.has_value && pbr.roughness.texture.is_none();
        Material {
            base_color: [red, green, blue, opacity],
            base_color_map,
            metallic: if is_metal { factor(&pbr.metalness, 0.0).clamp(0.0, 1.0) } else { 0.0 },
            roughness: if is_rough { factor(&pbr.roughness, 0.6).clamp(0.2, 1.0) } else { 0.6 },
            // In OBJ, what is named as a normal map is most often a map of heights.
            normal_map: if is_obj { None } else { self.map(&pbr.normal_map) },
            emissive: color(&pbr.emission_color).map(|value| value * emission),
            emissive_map: self.map(&pbr.emission_color),
            alpha,
            ..Material::default()
        }
    }

    /// Looks for the pictures of a material that are not shown, such as its heights, so that those that are not there are told.
    fn note_others(&mut self, material: &ufbx::Material) {
        for used in &material.textures {
            let texture: &ufbx::Texture = &used.texture;
            if texture.content.is_empty() && !self.known.contains_key(&texture.element.typed_id) {
                drop(name(texture).and_then(|name| self.beside.open(&name)));
            }
        }
    }

    fn map(&mut self, map: &ufbx::MaterialMap) -> Option<Map> {
        let texture = map.texture.as_deref().filter(|_| map.texture_enabled)?;
        // Of layers and shaders, the first picture.
        let picture = if texture.has_file { texture } else { texture.file_textures.as_ref().first()? };
        let known = self.known.get(&picture.element.typed_id).copied();
        let index = known.unwrap_or_else(|| {
            let index = self.picture(picture);
            self.known.insert(picture.element.typed_id, index);
            index
        })?;
        Some(Map { texture: index, placed: placed(picture) })
    }

    fn picture(&mut self, texture: &ufbx::Texture) -> Option<usize> {
        if !texture.content.is_empty() {
            return self.textures.add_bytes(texture.content.to_vec());
        }
        let name = name(texture)?;
        let file = self.beside.open(&name)?;
        self.textures.add_file(file, &name)
    }
}

/// What a picture's file is called.
fn name(texture: &ufbx::Texture) -> Option<Cow<'_, str>> {
    let names = [&texture.relative_filename, &texture.filename, &texture.absolute_filename];
    names.into_iter().map(text).find(|name| !name.is_empty())
}

/// From the coordinates of a vertex, whose origin is the upper left corner, to those of the texture.
fn placed(texture: &ufbx::Texture) -> Affine2 {
    if !texture.has_uv_transform {
        return Affine2::IDENTITY;
    }
    let from = &texture.uv_to_texture;
    let matrix = Affine2::from_mat2_translation(
        Mat2::from_cols(
            Vec2::new(from.m00 as f32, from.m10 as f32),
            Vec2::new(from.m01 as f32, from.m11 as f32),
        ),
        Vec2::new(from.m03 as f32, from.m13 as f32),
    );
    let over = Affine2::from_mat2_translation(Mat2::from_diagonal(Vec2::new(1.0, -1.0)), Vec2::new(0.0, 1.0));
    over * matrix * over
}
