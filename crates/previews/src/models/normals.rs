//! Normals for meshes that have none: smooth across an edge, unless the faces meet at a sharp angle there.

use std::collections::HashMap;

use glam::Vec3;

use super::scene::Mesh;

/// The cosine of the angle between two faces from which on the edge between them is sharp: 40 degrees.
const SHARP: f32 = 0.766;
/// Of more faces at one point, which only a fan has, each is taken by itself: comparing each to each would take too long.
const MOST_FACES: usize = 64;

/// Gives a mesh normals. Vertices at sharp edges are there once for each side of the edge afterwards.
pub(super) fn make(mesh: &mut Mesh) {
    let faces: Vec<Vec3> = mesh.triangles.iter().map(|triangle| face_normal(mesh, triangle)).collect();
    let places = places(&mesh.positions);
    let corners = Corners::of(mesh, &places);

    let count = mesh.positions.len();
    mesh.normals = vec![Vec3::ZERO; count];
    let mut is_taken = vec![false; count];
    // Copies of a vertex, each with another normal: the next copy of each.
    let mut copies: HashMap<u32, Vec<u32>> = HashMap::new();
    for face in 0..mesh.triangles.len() {
        for corner in 0..3 {
            let vertex = mesh.triangles[face][corner];
            let normal = smooth(face, corners.at(places[vertex as usize]), &faces);
            if !is_taken[vertex as usize] {
                is_taken[vertex as usize] = true;
                mesh.normals[vertex as usize] = normal;
                continue;
            }
            let is_same = |index: u32| mesh.normals[index as usize].dot(normal) > 0.9999;
            if is_same(vertex) {
                continue;
            }
            let others = copies.entry(vertex).or_default();
            let known = others.iter().take(MOST_FACES).find(|index| is_same(**index)).copied();
            mesh.triangles[face][corner] = known.unwrap_or_else(|| {
                let copy = push_copy(mesh, vertex, normal);
                others.push(copy);
                copy
            });
        }
    }
}

fn push_copy(mesh: &mut Mesh, vertex: u32, normal: Vec3) -> u32 {
    let vertex = vertex as usize;
    let copy = mesh.positions.len();
    mesh.positions.push(mesh.positions[vertex]);
    mesh.normals.push(normal);
    if let Some(uv) = mesh.uvs.get(vertex).copied() {
        mesh.uvs.push(uv);
    }
    if let Some(color) = mesh.colors.get(vertex).copied() {
        mesh.colors.push(color);
    }
    u32::try_from(copy).unwrap_or(u32::MAX)
}

/// As long as twice its area: large faces count more.
fn face_normal(mesh: &Mesh, triangle: &[u32; 3]) -> Vec3 {
    let [a, b, c] = triangle.map(|index| mesh.positions[index as usize]);
    (b - a).cross(c - a)
}

fn smooth(face: usize, around: &[u32], faces: &[Vec3]) -> Vec3 {
    let own = faces[face].normalize_or_zero();
    if around.len() > MOST_FACES || own == Vec3::ZERO {
        return own.normalize_or(Vec3::Y);
    }
    let others = around.iter().map(|other| faces[*other as usize]);
    let smooth: Vec3 = others.filter(|other| other.normalize_or_zero().dot(own) >= SHARP).sum();
    smooth.normalize_or(own)
}

/// For each vertex the first one that is at the same place.
fn places(positions: &[Vec3]) -> Vec<u32> {
    let mut first_at: HashMap<[u32; 3], u32> = HashMap::with_capacity(positions.len());
    let indexes = 0..u32::try_from(positions.len()).unwrap_or(u32::MAX);
    indexes
        .zip(positions)
        // Adding zero makes one of both zeros.
        .map(|(index, position)| {
            *first_at.entry((*position + Vec3::ZERO).to_array().map(f32::to_bits)).or_insert(index)
        })
        .collect()
}

/// The faces around each place.
struct Corners {
    starts: Vec<u32>,
    faces: Vec<u32>,
}

impl Corners {
    fn of(mesh: &Mesh, places: &[u32]) -> Self {
        let mut starts = vec![0_u32; places.len() + 1];
        let corners = || mesh.triangles.iter().flatten().map(|vertex| places[*vertex as usize] as usize);
        corners().for_each(|place| starts[place + 1] += 1);
        for place in 1..starts.len() {
            starts[place] += starts[place - 1];
        }
        let mut next = starts.clone();
        let mut faces = vec![0; mesh.triangles.len() * 3];
        for (corner, place) in corners().enumerate() {
            faces[next[place] as usize] = u32::try_from(corner / 3).unwrap_or(u32::MAX);
            next[place] += 1;
        }
        Self { starts, faces }
    }

    fn at(&self, place: u32) -> &[u32] {
        let place = place as usize;
        &self.faces[self.starts[place] as usize..self.starts[place + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edge_is_smooth_where_flat_and_sharp_where_folded() {
        let fold = |height: f32| Mesh {
            positions: vec![Vec3::ZERO, Vec3::Z, Vec3::new(1.0, height, 0.0), Vec3::new(-1.0, height, 0.0)],
            triangles: vec![[0, 1, 2], [1, 0, 3]],
            ..Mesh::default()
        };
        let mut flat = fold(-0.1);
        make(&mut flat);
        assert_eq!(flat.positions.len(), 4);
        assert!(flat.normals[0].dot(Vec3::Y) > 0.999);
        let mut sharp = fold(-1.0);
        make(&mut sharp);
        assert_eq!(sharp.positions.len(), 6, "both ends of the edge are there twice");
    }
}
