//! PLY: text, and binary of both byte orders. Read here: the crate that is kept, `ply-rs-bw`, brings a generator of parsers that takes
//! longer to build than this reader is long.

use glam::{Vec2, Vec3};

use super::scene::{Mesh, Scene, check_room};
use crate::error::PreviewError;
use crate::source::Source;
use crate::{Facts, Preview, Request};

/// The longest header. *Units*: bytes.
const LONGEST_HEADER: usize = 1 << 20;
/// Of points without faces so many are drawn.
const MOST_POINTS: usize = 150_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Text,
    LittleEndian,
    BigEndian,
}

/// The type of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    F32,
    F64,
}

struct Property {
    name: String,
    /// The type of the length that comes before it, for a list.
    list: Option<Number>,
    number: Number,
}

struct Element {
    name: String,
    count: u64,
    properties: Vec<Property>,
}

struct Header {
    encoding: Encoding,
    elements: Vec<Element>,
    generator: Option<String>,
    /// Its length. *Units*: bytes.
    length: usize,
}

/// Reads one.
pub(crate) fn read(source: &mut Source, request: &Request<'_>) -> Result<Preview, PreviewError> {
    let bytes = source.bytes()?;
    let header = header(&bytes)?;
    let mut mesh = body(&header, &bytes[header.length..])?;
    let vertices = mesh.positions.len() as u64;
    let is_cloud = mesh.triangles.is_empty();
    if is_cloud {
        mesh = cloud(&mesh);
    }
    let mut scene = Scene::default();
    scene.add(mesh)?;
    scene.read_vertices = vertices;
    let facts = Facts { meshes: Some(1), generator: header.generator, ..Facts::default() };
    let preview = super::finish(&scene, request, facts)?;
    let triangles = if is_cloud { Some(0) } else { preview.facts.triangles };
    Ok(Preview { facts: Facts { triangles, ..preview.facts }, ..preview })
}

fn broken(cause: &str) -> PreviewError {
    PreviewError::Broken(cause.to_owned())
}

fn header(bytes: &[u8]) -> Result<Header, PreviewError> {
    let head = &bytes[..bytes.len().min(LONGEST_HEADER)];
    let (mut encoding, mut elements, mut generator) = (None, Vec::<Element>::new(), None);
    let mut length = 0;
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        length += line.len();
        let line = String::from_utf8_lossy(line);
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["format", "ascii", _] => encoding = Some(Encoding::Text),
            ["format", "binary_little_endian", _] => encoding = Some(Encoding::LittleEndian),
            ["format", "binary_big_endian", _] => encoding = Some(Encoding::BigEndian),
            ["element", name, count] => {
                let count = count.parse().map_err(|_| broken("the number of an element is no number"))?;
                elements.push(Element { name: name.to_owned(), count, properties: Vec::new() });
            }
            ["property", "list", list, number, name] => {
                push(&mut elements, Some(list), number, name)?;
            }
            ["property", number, name] => push(&mut elements, None, number, name)?,
            ["comment", ..] if generator.is_none() => {
                let comment = line.trim().trim_start_matches("comment").trim();
                // As Blender, MeshLab and others write it: "Created by …", "VCGLIB generated".
                let lower = comment.to_lowercase();
                generator = ["created", "generated", "exported"]
                    .iter()
                    .any(|word| lower.contains(word))
                    .then(|| comment.to_owned());
            }
            ["end_header"] => {
                let encoding = encoding.ok_or_else(|| broken("its header has no format"))?;
                return Ok(Header { encoding, elements, generator, length });
            }
            _ => {}
        }
    }
    Err(broken("its header has no end"))
}

fn push(elements: &mut [Element], list: Option<&str>, number: &str, name: &str) -> Result<(), PreviewError> {
    let element = elements.last_mut().ok_or_else(|| broken("a property is of no element"))?;
    let list = list.map(Number::of).transpose()?;
    element.properties.push(Property { name: name.to_owned(), list, number: Number::of(number)? });
    Ok(())
}

impl Number {
    fn of(name: &str) -> Result<Self, PreviewError> {
        Ok(match name {
            "char" | "int8" => Self::I8,
            "uchar" | "uint8" => Self::U8,
            "short" | "int16" => Self::I16,
            "ushort" | "uint16" => Self::U16,
            "int" | "int32" => Self::I32,
            "uint" | "uint32" => Self::U32,
            "float" | "float32" => Self::F32,
            "double" | "float64" => Self::F64,
            _ => return Err(broken("a property has a type that is not known")),
        })
    }

    const fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// Of as many bytes as it is long, the first the least.
    fn value(self, bytes: [u8; 8]) -> f64 {
        let [a, b, c, d, ..] = bytes;
        match self {
            Self::I8 => f64::from(a.cast_signed()),
            Self::U8 => f64::from(a),
            Self::I16 => f64::from(i16::from_le_bytes([a, b])),
            Self::U16 => f64::from(u16::from_le_bytes([a, b])),
            Self::I32 => f64::from(i32::from_le_bytes([a, b, c, d])),
            Self::U32 => f64::from(u32::from_le_bytes([a, b, c, d])),
            Self::F32 => f64::from(f32::from_le_bytes([a, b, c, d])),
            Self::F64 => f64::from_le_bytes(bytes),
        }
    }
}

/// The numbers after the header, one after the other.
struct Numbers<'a> {
    encoding: Encoding,
    rest: &'a [u8],
}

impl Numbers<'_> {
    fn next(&mut self, number: Number) -> Result<f64, PreviewError> {
        self.take(number).ok_or_else(|| broken("it ends too early, or holds what is no number"))
    }

    fn take(&mut self, number: Number) -> Option<f64> {
        if self.encoding == Encoding::Text {
            let start = self.rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
            let rest = &self.rest[start..];
            let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
            self.rest = &rest[end..];
            return std::str::from_utf8(&rest[..end]).ok()?.parse().ok();
        }
        let (own, rest) = self.rest.split_at_checked(number.size())?;
        self.rest = rest;
        let mut bytes = [0; 8];
        bytes[..own.len()].copy_from_slice(own);
        if self.encoding == Encoding::BigEndian {
            bytes[..own.len()].reverse();
        }
        Some(number.value(bytes))
    }
}

fn body(header: &Header, bytes: &[u8]) -> Result<Mesh, PreviewError> {
    let mut numbers = Numbers { encoding: header.encoding, rest: bytes };
    let mut mesh = Mesh::default();
    for element in &header.elements {
        // Each takes a byte or more: one that has no property would take none, and could come any number of times.
        if element.properties.is_empty() {
            continue;
        }
        for _ in 0..element.count {
            match element.name.as_str() {
                "vertex" => vertex(element, &mut numbers, &mut mesh)?,
                "face" => face(element, &mut numbers, &mut mesh)?,
                _ => skip(element, &mut numbers)?,
            }
        }
    }
    Ok(mesh)
}

fn vertex(element: &Element, numbers: &mut Numbers<'_>, mesh: &mut Mesh) -> Result<(), PreviewError> {
    check_room(mesh.positions.len() + 1, 0)?;
    let mut position = Vec3::ZERO;
    let (mut normal, mut uv, mut color) = (None, None, None);
    for property in &element.properties {
        if let Some(list) = property.list {
            skip_list(list, property.number, numbers)?;
            continue;
        }
        let value = numbers.next(property.number)?;
        let small = value as f32;
        let is_real = matches!(property.number, Number::F32 | Number::F64);
        let byte = if is_real { value * 255.0 } else { value }.clamp(0.0, 255.0) as u8;
        match property.name.as_str() {
            "x" => position.x = small,
            "y" => position.y = small,
            "z" => position.z = small,
            "nx" => normal.get_or_insert(Vec3::ZERO).x = small,
            "ny" => normal.get_or_insert(Vec3::ZERO).y = small,
            "nz" => normal.get_or_insert(Vec3::ZERO).z = small,
            "s" | "u" | "texture_u" => uv.get_or_insert(Vec2::ZERO).x = small,
            "t" | "v" | "texture_v" => uv.get_or_insert(Vec2::ZERO).y = 1.0 - small,
            "red" | "r" | "diffuse_red" => color.get_or_insert([u8::MAX; 4])[0] = byte,
            "green" | "g" | "diffuse_green" => color.get_or_insert([u8::MAX; 4])[1] = byte,
            "blue" | "b" | "diffuse_blue" => color.get_or_insert([u8::MAX; 4])[2] = byte,
            _ => {}
        }
    }
    mesh.positions.push(position);
    mesh.normals.extend(normal);
    mesh.uvs.extend(uv);
    mesh.colors.extend(color);
    Ok(())
}

fn face(element: &Element, numbers: &mut Numbers<'_>, mesh: &mut Mesh) -> Result<(), PreviewError> {
    for property in &element.properties {
        let Some(list) = property.list else {
            numbers.next(property.number)?;
            continue;
        };
        if !matches!(property.name.as_str(), "vertex_indices" | "vertex_index") {
            skip_list(list, property.number, numbers)?;
            continue;
        }
        let count = numbers.next(list)? as u64;
        let (mut start, mut before) = (None, None);
        for _ in 0..count {
            let index = numbers.next(property.number)? as u32;
            if let (Some(start), Some(before)) = (start, before) {
                check_room(0, mesh.triangles.len() + 1)?;
                mesh.triangles.push([start, before, index]);
            }
            if start.is_none() {
                start = Some(index);
            } else {
                before = Some(index);
            }
        }
    }
    Ok(())
}

fn skip(element: &Element, numbers: &mut Numbers<'_>) -> Result<(), PreviewError> {
    for property in &element.properties {
        match property.list {
            Some(list) => skip_list(list, property.number, numbers)?,
            None => numbers.next(property.number).map(|_| ())?,
        }
    }
    Ok(())
}

fn skip_list(list: Number, number: Number, numbers: &mut Numbers<'_>) -> Result<(), PreviewError> {
    let count = numbers.next(list)? as u64;
    (0..count).try_for_each(|_| numbers.next(number).map(|_| ()))
}

/// A small solid in the place of each point, or of some of them.
fn cloud(points: &Mesh) -> Mesh {
    let every = points.positions.len().div_ceil(MOST_POINTS).max(1);
    let is_placed = |position: &Vec3| position.is_finite();
    let within = || points.positions.iter().copied().filter(is_placed);
    let low = within().fold(Vec3::INFINITY, Vec3::min);
    let high = within().fold(Vec3::NEG_INFINITY, Vec3::max);
    let count = (points.positions.len() / every).max(1);
    let size = ((high - low).length() / (count as f32).sqrt() * 0.45).max(f32::MIN_POSITIVE);
    let corners = [
        Vec3::new(1.0, 1.0, 1.0),
        Vec3::new(-1.0, -1.0, 1.0),
        Vec3::new(-1.0, 1.0, -1.0),
        Vec3::new(1.0, -1.0, -1.0),
    ];
    let mut mesh = Mesh::default();
    for (index, position) in points.positions.iter().enumerate().step_by(every) {
        let first = u32::try_from(mesh.positions.len()).unwrap_or(u32::MAX - 4);
        let color = points.colors.get(index).copied().unwrap_or([190, 188, 184, u8::MAX]);
        let normal = points.normals.get(index).copied();
        for corner in corners {
            mesh.positions.push(*position + corner * size * 0.5);
            mesh.normals.push(normal.unwrap_or(corner.normalize()));
            mesh.colors.push(color);
        }
        mesh.triangles.extend(
            [[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]].map(|face| face.map(|corner| first + corner)),
        );
    }
    mesh
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "element vertex 3\nproperty float x\nproperty float y\nproperty float z\nproperty uchar red\nproperty uchar green\nproperty uchar blue\nelement face 1\nproperty list uchar int vertex_indices\nend_header\n";

    fn mesh(file: &[u8]) -> Result<Mesh, PreviewError> {
        let header = header(file)?;
        body(&header, &file[header.length..])
    }

    fn binary(is_big: bool) -> Vec<u8> {
        let name = if is_big { "big" } else { "little" };
        let mut file = format!("ply\nformat binary_{name}_endian 1.0\n{HEADER}").into_bytes();
        for position in [[0.0_f32, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]] {
            for value in position {
                file.extend(if is_big { value.to_be_bytes() } else { value.to_le_bytes() });
            }
            file.extend([255, 0, 9]);
        }
        file.push(3);
        for index in [0_i32, 1, 2] {
            file.extend(if is_big { index.to_be_bytes() } else { index.to_le_bytes() });
        }
        file
    }

    #[test]
    fn all_encodings_are_read_alike() {
        let text = format!(
            "ply\nformat ascii 1.0\ncomment Created by hand\n{HEADER}0 0 0 255 0 9\n1 0 0 255 0 9\n0 1 0 255 0 9\n3 0 1 2\n"
        );
        for file in [text.into_bytes(), binary(false), binary(true)] {
            let mesh = mesh(&file).unwrap();
            assert_eq!(mesh.positions, [Vec3::ZERO, Vec3::X, Vec3::Y]);
            assert_eq!(mesh.triangles, [[0, 1, 2]]);
            assert_eq!(mesh.colors[2], [255, 0, 9, 255]);
        }
    }

    #[test]
    fn file_cut_short_or_with_absurd_numbers_is_broken() {
        let file = binary(false);
        for length in [0, 40, HEADER.len(), file.len() - 1] {
            assert!(mesh(&file[..length]).is_err(), "{length}");
        }
        let absurd = String::from_utf8_lossy(&file).replacen("vertex 3", "vertex 99999999999999", 1);
        assert!(mesh(absurd.as_bytes()).is_err());
        let nothing = "ply\nformat ascii 1.0\nelement nothing 99999999999999\nend_header\n";
        assert!(mesh(nothing.as_bytes()).unwrap().positions.is_empty());
    }

    #[test]
    fn points_without_faces_are_small_solids() {
        let points = Mesh { positions: vec![Vec3::ZERO, Vec3::ONE], ..Mesh::default() };
        let cloud = cloud(&points);
        assert_eq!((cloud.positions.len(), cloud.triangles.len()), (8, 8));
    }
}
