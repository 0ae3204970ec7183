//! STL, binary and as text. Read here, since the crate `stl_io` ends at the first solid of several and takes a binary file that begins
//! with `solid` for text, as many do.

use glam::Vec3;

use super::scene::{Mesh, Scene, check_room};
use crate::error::PreviewError;
use crate::source::Source;
use crate::{Facts, Preview, Request};

/// What comes before the triangles of a binary file: a title and their number.
const HEADER: usize = 84;
/// A triangle of a binary file: a normal, three corners, and two bytes that some put a colour in.
const TRIANGLE: usize = 50;

/// Reads either.
pub(crate) fn read(source: &mut Source, request: &Request<'_>) -> Result<Preview, PreviewError> {
    let bytes = source.bytes()?;
    let mut welded = Welded::default();
    if is_binary(&bytes) {
        binary(&bytes, &mut welded)?;
    } else {
        text(&bytes, &mut welded)?;
    }
    if welded.mesh.triangles.is_empty() {
        return Err(PreviewError::Broken("it has no triangles".to_owned()));
    }
    let mut scene = Scene::default();
    scene.add(welded.mesh)?;
    // As printers have it: Z is up.
    super::finish(&scene, request, Facts { meshes: Some(1), ..Facts::default() })
}

/// Whether its length is that of as many triangles as it says it has, or it can't be text.
fn is_binary(bytes: &[u8]) -> bool {
    let says = bytes.get(80..HEADER).and_then(|count| count.try_into().ok()).map(u32::from_le_bytes);
    let is_as_long =
        says.is_some_and(|count| HEADER as u64 + u64::from(count) * TRIANGLE as u64 == bytes.len() as u64);
    is_as_long || !bytes.trim_ascii_start().starts_with(b"solid")
}

/// A mesh whose corners at one place are one vertex.
#[derive(Default)]
struct Welded {
    mesh: Mesh,
    known: std::collections::HashMap<[u32; 3], u32>,
}

impl Welded {
    fn push(&mut self, corners: [Vec3; 3]) -> Result<(), PreviewError> {
        let mesh = &mut self.mesh;
        check_room(mesh.positions.len() + 3, mesh.triangles.len() + 1)?;
        let triangle = corners.map(|corner| {
            *self.known.entry(corner.to_array().map(f32::to_bits)).or_insert_with(|| {
                // Y is up in the scene.
                mesh.positions.push(Vec3::new(corner.x, corner.z, -corner.y));
                u32::try_from(mesh.positions.len() - 1).unwrap_or(u32::MAX)
            })
        });
        mesh.triangles.push(triangle);
        Ok(())
    }
}

fn binary(bytes: &[u8], welded: &mut Welded) -> Result<(), PreviewError> {
    let body = bytes.get(HEADER..).ok_or_else(|| PreviewError::Broken("it ends in its header".to_owned()))?;
    let says = u32::from_le_bytes([bytes[80], bytes[81], bytes[82], bytes[83]]) as usize;
    let triangles = body.as_chunks::<TRIANGLE>().0;
    if triangles.len() < says {
        return Err(PreviewError::Broken(format!("it has {} triangles of {says}", triangles.len())));
    }
    for triangle in &triangles[..says] {
        let floats = triangle.as_chunks::<4>().0;
        let corner = |index: usize| {
            Vec3::from_array(std::array::from_fn(|axis| f32::from_le_bytes(floats[3 + index * 3 + axis])))
        };
        welded.push([corner(0), corner(1), corner(2)])?;
    }
    Ok(())
}

fn text(bytes: &[u8], welded: &mut Welded) -> Result<(), PreviewError> {
    let mut corners = Vec::with_capacity(3);
    for line in bytes.split(|byte| matches!(byte, b'\n' | b'\r')) {
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        if !words.next().is_some_and(|word| word.eq_ignore_ascii_case(b"vertex")) {
            continue;
        }
        let mut number = || {
            words.next().and_then(|word| std::str::from_utf8(word).ok()).and_then(|word| word.parse().ok())
        };
        let (Some(x), Some(y), Some(z)) = (number(), number(), number()) else {
            return Err(PreviewError::Broken("a vertex has no three numbers".to_owned()));
        };
        corners.push(Vec3::new(x, y, z));
        if let [a, b, c] = corners[..] {
            welded.push([a, b, c])?;
            corners.clear();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tetrahedron() -> [[Vec3; 3]; 4] {
        let [a, b, c, d] = [Vec3::ZERO, Vec3::X, Vec3::Y, Vec3::Z];
        [[a, c, b], [a, b, d], [b, c, d], [a, d, c]]
    }

    fn binary_file(title: &[u8]) -> Vec<u8> {
        let mut file = title.to_vec();
        file.resize(80, b' ');
        file.extend(4_u32.to_le_bytes());
        for triangle in tetrahedron() {
            file.extend([0; 12]);
            triangle.iter().flat_map(Vec3::to_array).for_each(|value| file.extend(value.to_le_bytes()));
            file.extend([0; 2]);
        }
        file
    }

    #[test]
    fn binary_file_that_begins_as_text_is_read_as_what_it_is() {
        let file = binary_file(b"solid by a tool that knows no better");
        assert!(is_binary(&file));
        let mut welded = Welded::default();
        binary(&file, &mut welded).unwrap();
        assert_eq!((welded.mesh.positions.len(), welded.mesh.triangles.len()), (4, 4));
        assert_eq!(welded.mesh.positions[3], Vec3::Y, "its Z is up");
    }

    #[test]
    fn binary_file_cut_short_is_broken() {
        let file = binary_file(b"cut");
        for length in [0, 83, 100, file.len() - 1] {
            assert!(binary(&file[..length], &mut Welded::default()).is_err(), "{length}");
        }
        let mut lies = file;
        lies[80..84].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(binary(&lies, &mut Welded::default()).is_err());
    }

    #[test]
    fn all_solids_of_a_text_are_read() {
        let solid = "solid\r\nFACET normal 0 0 1\n outer loop\n  vertex 0 0 0\n vertex 1 0 0\nVertex 0 1e0 0\nendloop\nendfacet\nendsolid\n";
        let file = solid.repeat(2);
        assert!(!is_binary(file.as_bytes()));
        let mut welded = Welded::default();
        text(file.as_bytes(), &mut welded).unwrap();
        assert_eq!((welded.mesh.positions.len(), welded.mesh.triangles.len()), (3, 2));
        assert!(text(b"solid\nvertex 1 2", &mut Welded::default()).is_err());
    }
}
