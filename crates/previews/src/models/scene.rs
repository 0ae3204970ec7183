//! What every reader of models makes: triangles in one space, Y up, and what they are made of.

use glam::{Affine2, Vec2, Vec3};

use super::normals;
use super::texture::Texture;
use crate::bounds;
use crate::error::PreviewError;

/// A model, ready to be looked at: all its meshes in one, in the space of the scene.
#[derive(Debug, Default)]
pub(crate) struct Scene {
    pub(crate) vertices: Vec<Vertex>,
    pub(crate) triangles: Vec<Triangle>,
    pub(crate) materials: Vec<Material>,
    pub(crate) textures: Vec<Texture>,
    /// Vertices as they were in the file, before sharp edges made more of them.
    pub(crate) read_vertices: u64,
    /// Whether any of them has texture coordinates.
    pub(crate) has_uvs: bool,
}

/// A corner of triangles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Vertex {
    pub(crate) position: Vec3,
    /// Of length one.
    pub(crate) normal: Vec3,
    /// The origin is the upper left corner of the texture, as in glTF.
    pub(crate) uv: Vec2,
    /// Multiplies the base colour: red, green and blue as in sRGB, and alpha.
    pub(crate) color: [u8; 4],
}

/// Three vertices and what is between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Triangle {
    pub(crate) vertices: [u32; 3],
    /// An index into the materials.
    pub(crate) material: u32,
}

/// What a surface is made of, in the terms of glTF: metallic and roughness. Colours are linear.
#[derive(Clone, Debug)]
pub(crate) struct Material {
    pub(crate) base_color: [f32; 4],
    pub(crate) base_color_map: Option<Map>,
    /// 0 to 1; the blue channel of its map multiplies it.
    pub(crate) metallic: f32,
    /// 0 to 1; the green channel of its map multiplies it.
    pub(crate) roughness: f32,
    pub(crate) metallic_roughness_map: Option<Map>,
    /// In the space of the tangents.
    pub(crate) normal_map: Option<Map>,
    pub(crate) normal_scale: f32,
    pub(crate) emissive: [f32; 3],
    pub(crate) emissive_map: Option<Map>,
    pub(crate) alpha: Alpha,
    /// Shown in its base colour whatever the light.
    pub(crate) is_unlit: bool,
}

impl Default for Material {
    /// Clay: for what says nothing of its material.
    fn default() -> Self {
        Self {
            base_color: [0.36, 0.355, 0.34, 1.0],
            base_color_map: None,
            metallic: 0.0,
            roughness: 0.62,
            metallic_roughness_map: None,
            normal_map: None,
            normal_scale: 1.0,
            emissive: [0.0; 3],
            emissive_map: None,
            alpha: Alpha::Opaque,
            is_unlit: false,
        }
    }
}

/// A texture and how it lies on a surface.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Map {
    /// An index into the textures.
    pub(crate) texture: usize,
    /// From the vertices' coordinates to the texture's.
    pub(crate) placed: Affine2,
}

/// What alpha does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Alpha {
    /// Nothing.
    Opaque,
    /// What is below the bound is not there.
    Mask(f32),
    /// What is behind shows through.
    Blend,
}

/// A mesh as readers find it. What is empty is not known; what is not empty has a value for each position.
#[derive(Debug, Default)]
pub(crate) struct Mesh {
    pub(crate) positions: Vec<Vec3>,
    pub(crate) normals: Vec<Vec3>,
    pub(crate) uvs: Vec<Vec2>,
    pub(crate) colors: Vec<[u8; 4]>,
    pub(crate) triangles: Vec<[u32; 3]>,
    /// An index into the scene's materials.
    pub(crate) material: u32,
    /// One for each triangle, where they are not all of `material`.
    pub(crate) materials: Vec<u32>,
}

impl Scene {
    /// Takes a mesh in. Normals are made where it has none; triangles with corners that are not there, or not finite, are left
    /// out.
    ///
    /// *Errors*: [`PreviewError::TooLarge`] where the scene would be over the bounds.
    pub(crate) fn add(&mut self, mut mesh: Mesh) -> Result<(), PreviewError> {
        check_room(self.vertices.len() + mesh.positions.len(), self.triangles.len() + mesh.triangles.len())?;
        self.read_vertices += mesh.positions.len() as u64;
        self.has_uvs |= !mesh.uvs.is_empty();
        let is_usable =
            |index: &u32| mesh.positions.get(*index as usize).is_some_and(|position| is_placed(*position));
        let is_whole = |triangle: &[u32; 3]| triangle.iter().all(is_usable);
        let mut whole = mesh.triangles.iter().map(is_whole).collect::<Vec<bool>>().into_iter();
        if mesh.materials.len() == mesh.triangles.len() {
            let mut whole = whole.clone();
            mesh.materials.retain(|_| whole.next().unwrap_or(false));
        }
        mesh.triangles.retain(|_| whole.next().unwrap_or(false));
        if mesh.normals.len() != mesh.positions.len() {
            normals::make(&mut mesh);
            check_room(self.vertices.len() + mesh.positions.len(), 0)?;
        }
        let first = u32::try_from(self.vertices.len()).map_err(PreviewError::broken)?;
        let vertices = (0..mesh.positions.len()).map(|index| Vertex {
            position: mesh.positions[index],
            normal: mesh.normals[index].normalize_or(Vec3::Y),
            uv: mesh.uvs.get(index).copied().filter(|uv| uv.is_finite()).unwrap_or_default(),
            color: mesh.colors.get(index).copied().unwrap_or([u8::MAX; 4]),
        });
        self.vertices.extend(vertices);
        let materials = mesh.materials.into_iter().map(Some).chain(std::iter::repeat(None));
        let placed = |(triangle, material): ([u32; 3], Option<u32>)| Triangle {
            vertices: triangle.map(|index| first + index),
            material: material.unwrap_or(mesh.material),
        };
        self.triangles.extend(mesh.triangles.into_iter().zip(materials).map(placed));
        Ok(())
    }

    /// A material for meshes; answers its index.
    pub(crate) fn add_material(&mut self, material: Material) -> u32 {
        self.materials.push(material);
        u32::try_from(self.materials.len() - 1).unwrap_or(u32::MAX)
    }

    /// The smallest and the largest corner of the box around all triangles; none without triangles.
    pub(crate) fn bounds(&self) -> Option<(Vec3, Vec3)> {
        let corners = self.triangles.iter().flat_map(|triangle| triangle.vertices);
        let positions = corners.map(|index| self.vertices[index as usize].position);
        positions.fold(None, |bounds, position| {
            let (low, high) = bounds.unwrap_or((position, position));
            Some((low.min(position), high.max(position)))
        })
    }
}

/// Holds a scene to the bounds, before memory is taken.
pub(crate) fn check_room(vertices: usize, triangles: usize) -> Result<(), PreviewError> {
    if vertices > bounds::VERTICES {
        return Err(PreviewError::TooLarge(format!("{vertices} vertices")));
    }
    if triangles > bounds::TRIANGLES {
        return Err(PreviewError::TooLarge(format!("{triangles} triangles")));
    }
    Ok(())
}

/// Whether a point is somewhere that can be reckoned with.
fn is_placed(position: Vec3) -> bool {
    position.is_finite() && position.abs().max_element() < 1e15
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triangles_with_corners_out_of_reach_are_left_out() {
        let mut scene = Scene::default();
        let positions = vec![Vec3::ZERO, Vec3::X, Vec3::Y, Vec3::NAN];
        let triangles = vec![[0, 1, 2], [0, 1, 3], [0, 1, 4]];
        scene.add(Mesh { positions, triangles, ..Mesh::default() }).unwrap();
        assert_eq!(scene.triangles.len(), 1);
        assert_eq!(scene.vertices[0].normal, Vec3::Z);
        assert_eq!(scene.bounds(), Some((Vec3::ZERO, Vec3::new(1.0, 1.0, 0.0))));
    }

    #[test]
    fn scene_over_the_bounds_is_too_large() {
        assert!(matches!(check_room(bounds::VERTICES + 1, 0), Err(PreviewError::TooLarge(_))));
        assert!(matches!(check_room(0, bounds::TRIANGLES + 1), Err(PreviewError::TooLarge(_))));
    }
}
