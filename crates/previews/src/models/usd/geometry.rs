//! Meshes and the simplest solids of USD.

use glam::{Mat3, Mat4, Vec2, Vec3};
use openusd::sdf::Path;

use super::layer::Layer;
use super::{Inherited, Walk};
use crate::error::PreviewError;
use crate::models::scene::{Mesh, check_room};

/// Around a ball, and from its one pole to the other.
const AROUND: u32 = 48;
const DOWN: u32 = 24;

impl Walk<'_> {
    /// Adds what a thing looks like, where it is one that is seen.
    pub(super) fn geometry(&mut self, path: &Path, kind: &str, here: &Inherited) -> Result<(), PreviewError> {
        let mesh = match kind {
            "Mesh" => self.mesh(path)?,
            "Cube" => {
                let size = self.layer.numbers(path, "size").and_then(|all| all.first().copied());
                Some(cube(size.unwrap_or(2.0)))
            }
            "Sphere" => {
                let radius = self.layer.numbers(path, "radius").and_then(|all| all.first().copied());
                Some(ball(radius.unwrap_or(1.0)))
            }
            _ => None,
        };
        let Some(mut mesh) = mesh else { return Ok(()) };
        self.meshes += 1;
        mesh.material = self.material(here.material.as_deref());
        self.subsets(path, &mut mesh);
        place(&mut mesh.mesh, here.place);
        let materials = &mut mesh.mesh.materials;
        let faces = std::mem::take(&mut mesh.triangle_faces);
        if mesh.face_materials.is_empty() {
            mesh.mesh.material = mesh.material;
        } else {
            materials.extend(faces.iter().map(|face| mesh.face_materials[*face as usize]));
        }
        self.scene.add(mesh.mesh)
    }

    fn mesh(&self, path: &Path) -> Result<Option<Surface>, PreviewError> {
        let layer = self.layer;
        let (Some(points), Some(counts), Some(indexes)) = (
            layer.numbers(path, "points"),
            layer.indexes(path, "faceVertexCounts"),
            layer.indexes(path, "faceVertexIndices"),
        ) else {
            return Ok(None);
        };
        check_room(
            self.scene.vertices.len().saturating_add(indexes.len()),
            self.scene.triangles.len().saturating_add(indexes.len().saturating_sub(2 * counts.len())),
        )?;
        let corners = Corners { layer, path, indexes: &indexes, counts: &counts };
        let points: Vec<Vec3> = points.as_chunks::<3>().0.iter().copied().map(Vec3::from).collect();
        let normals = corners.of(&["primvars:normals", "normals"], 3);
        let uvs = corners.of(&["primvars:st", "primvars:UVMap", "primvars:st0", "primvars:map1"], 2);
        let colors = corners.of(&["primvars:displayColor"], 3);
        // What differs between corners at one point makes more vertices of it; otherwise they stay one, so that normals can be made.
        let is_split = [&normals, &uvs, &colors].iter().any(|all| all.is_some());
        let mut faces = Surface::default();
        let mesh = &mut faces.mesh;
        let point = |index: i32| usize::try_from(index).ok().and_then(|index| points.get(index)).copied();
        if is_split {
            mesh.positions = indexes.iter().map(|index| point(*index).unwrap_or(Vec3::NAN)).collect();
            let vectors = |all: Vec<f32>| all.as_chunks::<3>().0.iter().copied().map(Vec3::from).collect();
            mesh.normals = normals.map_or_else(Vec::new, vectors);
            mesh.uvs = uvs.map_or_else(Vec::new, |all| {
                all.as_chunks::<2>().0.iter().map(|[u, v]| Vec2::new(*u, 1.0 - v)).collect()
            });
            mesh.colors = colors.map_or_else(Vec::new, |all| {
                let color = |[red, green, blue]: &[f32; 3]| {
                    crate::models::render::to_srgb(Vec3::new(*red, *green, *blue))
                };
                all.as_chunks::<3>().0.iter().map(color).map(|[r, g, b, _]| [r, g, b, u8::MAX]).collect()
            });
        } else {
            mesh.positions.clone_from(&points);
        }
        let is_left_handed = layer.word(path, "orientation").is_some_and(|word| word == "leftHanded");
        corners.triangulate(&mut faces, is_split, is_left_handed);
        Ok(Some(faces))
    }

    /// Gives faces the materials of the sets that they are in.
    fn subsets(&mut self, path: &Path, mesh: &mut Surface) {
        let sets: Vec<Path> = self.layer.children(path);
        for set in sets {
            if self.layer.text(&set, "typeName").is_none_or(|kind| kind != "GeomSubset") {
                continue;
            }
            let (Some(indexes), Some(bound)) =
                (self.layer.indexes(&set, "indices"), self.layer.binding(&set))
            else {
                continue;
            };
            let material = self.material(Some(&bound));
            let count = mesh.triangle_faces.last().map_or(0, |face| *face as usize + 1);
            mesh.face_materials.resize(count, mesh.material);
            for index in indexes {
                if let Some(of_face) =
                    usize::try_from(index).ok().and_then(|face| mesh.face_materials.get_mut(face))
                {
                    *of_face = material;
                }
            }
        }
    }
}

/// A mesh, with the face that each triangle is of.
#[derive(Default)]
struct Surface {
    mesh: Mesh,
    triangle_faces: Vec<u32>,
    /// The material of all, and of each face where these differ.
    material: u32,
    face_materials: Vec<u32>,
}

/// The corners of a mesh's faces.
struct Corners<'a> {
    layer: &'a Layer,
    path: &'a Path,
    indexes: &'a [i32],
    counts: &'a [i32],
}

impl Corners<'_> {
    /// Adds the triangles of all faces, of vertices for each corner or each point.
    fn triangulate(&self, faces: &mut Surface, is_split: bool, is_left_handed: bool) {
        let mut start = 0_usize;
        for (face, count) in (0_u32..).zip(self.counts) {
            let count = usize::try_from(*count).unwrap_or(0);
            let of_face = start.checked_add(count).and_then(|end| self.indexes.get(start..end));
            let Some(of_face) = of_face else { break };
            let corner = |place: usize| {
                let index =
                    if is_split { u32::try_from(start + place) } else { u32::try_from(of_face[place]) };
                index.unwrap_or(u32::MAX)
            };
            for place in 2..count {
                let (second, third) = if is_left_handed { (place, place - 1) } else { (place - 1, place) };
                faces.mesh.triangles.push([corner(0), corner(second), corner(third)]);
                faces.triangle_faces.push(face);
            }
            start += count;
        }
    }

    /// The values of the first property of these that is there: so many numbers for each corner, whatever they are given for. None
    /// where there are not enough.
    fn of(&self, properties: &[&str], width: usize) -> Option<Vec<f32>> {
        properties.iter().find_map(|property| self.of_one(property, width))
    }

    fn of_one(&self, property: &str, width: usize) -> Option<Vec<f32>> {
        let values = self.layer.numbers(self.path, property).filter(|values| values.len() >= width)?;
        let chosen = self.layer.indexes(self.path, &format!("{property}:indices"));
        let said = self.layer.said_of(self.path, property, "interpolation");
        let kind = said.as_deref().unwrap_or(if property == "normals" { "vertex" } else { "constant" });
        let value = |place: usize, into: &mut Vec<f32>| -> Option<()> {
            let place = match &chosen {
                Some(chosen) => usize::try_from(*chosen.get(place)?).ok()?,
                None => place,
            };
            into.extend_from_slice(values.get(place.checked_mul(width)?..(place + 1).checked_mul(width)?)?);
            Some(())
        };
        let mut all = Vec::with_capacity(self.indexes.len() * width);
        match kind {
            "vertex" | "varying" => {
                for index in self.indexes {
                    value(usize::try_from(*index).ok()?, &mut all)?;
                }
            }
            "faceVarying" => (0..self.indexes.len()).try_for_each(|corner| value(corner, &mut all))?,
            "uniform" => {
                for (face, count) in self.counts.iter().enumerate() {
                    let count = usize::try_from(*count).ok()?;
                    if all.len() + count * width > self.indexes.len() * width {
                        return None;
                    }
                    (0..count).try_for_each(|_| value(face, &mut all))?;
                }
            }
            _ => (0..self.indexes.len()).try_for_each(|_| value(0, &mut all))?,
        }
        (all.len() == self.indexes.len() * width).then_some(all)
    }
}

fn place(mesh: &mut Mesh, place: Mat4) {
    mesh.positions.iter_mut().for_each(|position| *position = place.transform_point3(*position));
    let turn = Mat3::from_mat4(place);
    let turn = if turn.determinant().abs() > 0.0 { turn.inverse().transpose() } else { turn };
    mesh.normals.iter_mut().for_each(|normal| *normal = turn * *normal);
    if Mat3::from_mat4(place).determinant() < 0.0 {
        mesh.triangles.iter_mut().for_each(|triangle| triangle.swap(1, 2));
    }
}

fn cube(size: f32) -> Surface {
    let corner = |index: u8| {
        let half = |bit: u8| if index & bit == 0 { -size / 2.0 } else { size / 2.0 };
        Vec3::new(half(1), half(2), half(4))
    };
    let sides = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
    let mesh = Mesh {
        positions: (0..8).map(corner).collect(),
        triangles: sides.iter().flat_map(|[a, b, c, d]| [[*a, *b, *c], [*a, *c, *d]]).collect(),
        ..Mesh::default()
    };
    Surface { triangle_faces: (0..12).map(|triangle| triangle / 2).collect(), mesh, ..Surface::default() }
}

fn ball(radius: f32) -> Surface {
    let mut mesh = Mesh::default();
    for down in 0..=DOWN {
        let (height, side) = (down as f32 / DOWN as f32 * std::f32::consts::PI).sin_cos();
        for around in 0..=AROUND {
            let (sin, cos) = (around as f32 / AROUND as f32 * std::f32::consts::TAU).sin_cos();
            let normal = Vec3::new(height * cos, side, height * sin);
            mesh.positions.push(normal * radius);
            mesh.normals.push(normal);
        }
    }
    for down in 0..DOWN {
        for around in 0..AROUND {
            let first = down * (AROUND + 1) + around;
            let below = first + AROUND + 1;
            mesh.triangles.extend([[first, first + 1, below + 1], [first, below + 1, below]]);
        }
    }
    let faces = (0..u32::try_from(mesh.triangles.len()).unwrap_or(0)).collect();
    Surface { mesh, triangle_faces: faces, ..Surface::default() }
}
