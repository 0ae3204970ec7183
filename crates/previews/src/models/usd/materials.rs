//! The materials of USD, as far as `UsdPreviewSurface` says what they are.

use glam::Affine2;
use openusd::sdf::Path;

use super::Files;
use super::layer::Layer;
use crate::models::scene::{Alpha, Map, Material};
use crate::models::textures::Textures;

/// The most parts of a material that are looked at.
const MOST_PARTS: usize = 500;
/// The most steps from an input to the value that it takes.
const MOST_STEPS: usize = 16;

/// The material at a path; none where it says nothing that is known here.
pub(super) fn read(
    layer: &Layer,
    path: &str,
    files: &mut Files<'_>,
    textures: &mut Textures,
) -> Option<Material> {
    let path = Path::new(path).ok()?;
    let surface = surface(layer, path)?;
    let mut reader = Reader { layer, surface, files, textures };
    let base_color_map = reader.map("inputs:diffuseColor");
    let emissive_map = reader.map("inputs:emissiveColor");
    let number = |reader: &Reader<'_, '_>, name: &str, otherwise: f32| {
        reader.numbers(name).and_then(|all| all.first().copied()).unwrap_or(otherwise)
    };
    let color = |reader: &Reader<'_, '_>, name: &str, otherwise: [f32; 3]| {
        let numbers = reader.numbers(name);
        numbers.and_then(|all| all.first_chunk::<3>().copied()).unwrap_or(otherwise)
    };
    // What a texture gives takes the value's place.
    let [red, green, blue] =
        if base_color_map.is_some() { [1.0; 3] } else { color(&reader, "inputs:diffuseColor", [0.18; 3]) };
    let opacity = number(&reader, "inputs:opacity", 1.0);
    let bound = number(&reader, "inputs:opacityThreshold", 0.0);
    let is_cut = layer.connection(&reader.surface, "inputs:opacity").is_some();
    let alpha = match () {
        () if bound > 0.0 => Alpha::Mask(bound),
        () if opacity < 1.0 || is_cut => Alpha::Blend,
        () => Alpha::Opaque,
    };
    Some(Material {
        base_color: [red, green, blue, opacity],
        base_color_map,
        metallic: number(&reader, "inputs:metallic", 0.0),
        roughness: number(&reader, "inputs:roughness", 0.5),
        normal_map: reader.map("inputs:normal"),
        emissive: if emissive_map.is_some() {
            [1.0; 3]
        } else {
            color(&reader, "inputs:emissiveColor", [0.0; 3])
        },
        emissive_map,
        alpha,
        ..Material::default()
    })
}

/// The surface among the parts of a material.
fn surface(layer: &Layer, material: Path) -> Option<Path> {
    let mut open = vec![material];
    for _ in 0..MOST_PARTS {
        let path = open.pop()?;
        if layer.word(&path, "info:id").is_some_and(|id| id == "UsdPreviewSurface") {
            return Some(path);
        }
        open.extend(layer.children(&path));
    }
    None
}

struct Reader<'a, 'b> {
    layer: &'a Layer,
    surface: Path,
    files: &'a mut Files<'b>,
    textures: &'a mut Textures,
}

impl Reader<'_, '_> {
    /// The numbers of an input, where no texture gives them: its own, or those of the material's input that it is connected to.
    fn numbers(&self, input: &str) -> Option<Vec<f32>> {
        let (mut path, mut property) = (self.surface.clone(), input.to_owned());
        for _ in 0..MOST_STEPS {
            let Some(next) = self.layer.connection(&path, &property) else {
                return self.layer.numbers(&path, &property);
            };
            let (above, name) = next.split_once('.')?;
            (path, property) = (Path::new(above).ok()?, name.to_owned());
        }
        None
    }

    /// The texture that gives an input.
    fn map(&mut self, input: &str) -> Option<Map> {
        let (mut path, mut property) = (self.surface.clone(), input.to_owned());
        for _ in 0..MOST_STEPS {
            let next = self.layer.connection(&path, &property)?;
            let (above, name) = next.split_once('.')?;
            (path, property) = (Path::new(above).ok()?, name.to_owned());
            if self.layer.word(&path, "info:id").is_some_and(|id| id == "UsdUVTexture") {
                let file = self.file(&path)?;
                let texture = self.files.texture(&file, self.textures)?;
                return Some(Map { texture, placed: Affine2::IDENTITY });
            }
        }
        None
    }

    /// The file of a texture, which may be an input of its material.
    fn file(&self, texture: &Path) -> Option<String> {
        let (mut path, mut property) = (texture.clone(), "inputs:file".to_owned());
        for _ in 0..MOST_STEPS {
            if let Some(file) = self.layer.word(&path, &property) {
                return Some(file);
            }
            let next = self.layer.connection(&path, &property)?;
            let (above, name) = next.split_once('.')?;
            (path, property) = (Path::new(above).ok()?, name.to_owned());
        }
        None
    }
}
