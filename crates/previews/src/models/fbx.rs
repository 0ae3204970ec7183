//! FBX, binary and as text, and OBJ with its materials: `ufbx` reads both into one kind of scene. It opens no files itself: what is
//! named is looked for in `beside`.

mod materials;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use glam::{Mat3, Mat4, Vec2, Vec3, Vec4};
use ufbx::{AllocatorOpts, FileFormat, LoadOpts};

use super::scene::{Mesh, Scene, check_room};
use super::textures::Textures;
use crate::beside::Beside;
use crate::documents::text::as_utf8;
use crate::error::PreviewError;
use crate::source::Source;
use crate::{Facts, Preview, Request};

/// What reading may take: for what is kept, and again for what is needed on the way. *Units*: bytes.
const MEMORY: usize = 1 << 30;
/// The deepest tree of nodes.
const DEPTH: u32 = 512;
/// The most files of materials that one OBJ names.
const MATERIAL_FILES: usize = 64;
/// How the names of what an engine takes for collisions begin, which is not to be seen.
const COLLISION: [&str; 4] = ["UBX_", "UCP_", "USP_", "UCX_"];

/// Whether the beginning of a file may be that of an FBX file as text.
pub(crate) fn is_text(head: &[u8]) -> bool {
    !head.contains(&0) && head.windows(3).any(|letters| letters == b"FBX")
}

/// Whether the beginning of a file may be that of an OBJ file: text with a line that begins as one of its statements, and no object
/// file of a compiler.
pub(crate) fn is_obj(head: &[u8]) -> bool {
    const STATEMENTS: [&[u8]; 9] = [b"v", b"vn", b"vt", b"f", b"o", b"g", b"s", b"mtllib", b"usemtl"];
    let head = as_utf8(head.to_vec());
    let mut lines = head.split(|byte| matches!(byte, b'\n' | b'\r')).map(<[u8]>::trim_ascii);
    let is_statement = |line: &[u8]| {
        let word = line.split(u8::is_ascii_whitespace).next().unwrap_or_default();
        STATEMENTS.contains(&word) && word.len() < line.len()
    };
    // A long comment at the beginning may be all there is to see.
    !head.contains(&0) && (lines.clone().any(is_statement) || lines.all(|line| line.starts_with(b"#")))
}

/// Reads an FBX file.
pub(crate) fn read(source: &mut Source, request: &Request<'_>) -> Result<Preview, PreviewError> {
    let bytes = source.bytes()?;
    let opts = LoadOpts {
        file_format: FileFormat::Fbx,
        target_axes: ufbx::axes_right_handed_y_up(),
        target_unit_meters: 1.0,
        evaluate_skinning: true,
        ..opts()
    };
    let loaded = ufbx::load_memory(&bytes, opts).map_err(|error| cause(&error))?;
    let application = &loaded.metadata.original_application;
    let generator = format!("{} {}", application.name.as_ref(), application.version.as_ref());
    let generator =
        if generator.trim().is_empty() { loaded.metadata.creator.as_ref() } else { generator.trim() };
    let facts = Facts {
        size_unit: Some("m".to_owned()),
        generator: Some(generator.to_owned()).filter(|generator| !generator.is_empty()),
        ..facts(&loaded)
    };
    picture(&loaded, Beside::new(request.beside), request, facts)
}

/// Reads an OBJ file.
pub(crate) fn read_obj(source: &mut Source, request: &Request<'_>) -> Result<Preview, PreviewError> {
    let bytes = as_utf8(source.bytes()?);
    let mut beside = Beside::new(request.beside);
    let materials = material_files(&bytes, &mut beside);
    let load = |materials: &[u8]| {
        let opts = LoadOpts { file_format: FileFormat::Obj, obj_mtl_data: materials.into(), ..opts() };
        ufbx::load_memory(&bytes, opts).map_err(|error| cause(&error))
    };
    // Materials that can't be read cost the model its colors, and not its picture.
    let loaded = load(&materials).or_else(|_| load(&[]))?;
    let facts = Facts { nodes: None, bones: None, animations: None, ..facts(&loaded) };
    picture(&loaded, beside, request, facts)
}

fn opts<'a>() -> LoadOpts<'a> {
    LoadOpts {
        temp_allocator: AllocatorOpts { memory_limit: MEMORY, ..AllocatorOpts::default() },
        result_allocator: AllocatorOpts { memory_limit: MEMORY, ..AllocatorOpts::default() },
        ignore_missing_external_files: true,
        generate_missing_normals: true,
        normalize_normals: true,
        node_depth_limit: DEPTH,
        ..LoadOpts::default()
    }
}

fn cause(error: &ufbx::Error) -> PreviewError {
    let cause = error.description.as_ref().to_owned();
    match error.type_ {
        ufbx::ErrorType::MemoryLimit | ufbx::ErrorType::AllocationLimit | ufbx::ErrorType::OutOfMemory => {
            PreviewError::TooLarge(cause)
        }
        _ => PreviewError::Broken(cause),
    }
}

/// All files of materials that an OBJ file names, in one.
fn material_files(bytes: &[u8], beside: &mut Beside) -> Vec<u8> {
    let mut materials = Vec::new();
    let lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).map(<[u8]>::trim_ascii);
    let names = lines.filter_map(|line| line.strip_prefix(b"mtllib")).map(<[u8]>::trim_ascii);
    for name in names.filter(|name| !name.is_empty()).take(MATERIAL_FILES) {
        let file = beside.open(&String::from_utf8_lossy(name));
        if let Some(file) = file.and_then(|file| beside.bytes(&file)) {
            materials.extend(as_utf8(file));
            materials.push(b'\n');
        }
    }
    materials
}

fn facts(loaded: &ufbx::Scene) -> Facts {
    let count = |length: usize| Some(u32::try_from(length).unwrap_or(u32::MAX));
    Facts {
        meshes: count(loaded.meshes.len()),
        materials: count(loaded.materials.len()),
        textures: count(loaded.texture_files.len()),
        // The one above all others is the library's.
        nodes: count(loaded.nodes.len().saturating_sub(1)),
        bones: count(loaded.bones.len()),
        animations: count(loaded.anim_stacks.len()),
        ..Facts::default()
    }
}

fn picture(
    loaded: &ufbx::Scene,
    mut beside: Beside,
    request: &Request<'_>,
    facts: Facts,
) -> Result<Preview, PreviewError> {
    let mut scene = Scene::default();
    let mut textures = Textures::default();
    materials::read(loaded, &mut beside, &mut textures, &mut scene);
    let mut vertices = 0;
    for node in loaded.nodes.as_ref() {
        if let Some(mesh) = node.mesh.as_deref().filter(|_| is_shown(node)) {
            vertices += mesh.num_vertices as u64;
            add(node, mesh, &mut scene)?;
        }
    }
    scene.read_vertices = vertices;
    textures.finish(&mut scene);
    super::finish(&scene, request, Facts { missing: beside.into_missing(), ..facts })
}

/// Whether a node is for the eye: not hidden, no shape for collisions, and no copy for the distance.
fn is_shown(node: &ufbx::Node) -> bool {
    let name = node.element.name.as_ref();
    let is_distant = node.parent.as_deref().is_some_and(|parent| {
        parent.attrib_type == ufbx::ElementType::LodGroup
            && parent
                .children
                .as_ref()
                .first()
                .is_some_and(|first| first.element.element_id != node.element.element_id)
    });
    node.visible && !is_distant && !COLLISION.iter().any(|begin| name.starts_with(begin))
}

fn add(node: &ufbx::Node, mesh: &ufbx::Mesh, scene: &mut Scene) -> Result<(), PreviewError> {
    let corners = mesh.num_indices;
    check_room(
        scene.vertices.len().saturating_add(corners),
        scene.triangles.len().saturating_add(mesh.num_triangles),
    )?;
    let is_skinned = mesh.skinned_position.exists && !mesh.skinned_is_local;
    let place = if is_skinned { Mat4::IDENTITY } else { matrix(&node.geometry_to_world) };
    let turn = Mat3::from_mat4(place);
    let turn = if turn.determinant().abs() > 0.0 { turn.inverse().transpose() } else { turn };
    let values = |attribute: &ufbx::VertexVec3| -> Vec<Vec3> {
        (0..corners).map(|corner| vector3(attribute.values.get(index(&attribute.indices, corner)))).collect()
    };
    let (positions, normals) = if mesh.skinned_position.exists {
        (&mesh.skinned_position, &mesh.skinned_normal)
    } else {
        (&mesh.vertex_position, &mesh.vertex_normal)
    };
    // What has neither normals nor edges that are said to be smooth is smoothed by its angles.
    let has_normals = normals.exists
        && !(mesh.generated_normals && mesh.face_smoothing.is_empty() && mesh.edge_smoothing.is_empty());
    let (uvs, colors) = (&mesh.vertex_uv, &mesh.vertex_color);
    let mut flat = Mesh {
        positions: values(positions).into_iter().map(|position| place.transform_point3(position)).collect(),
        ..Mesh::default()
    };
    if has_normals {
        flat.normals = values(normals).into_iter().map(|normal| turn * normal).collect();
    }
    if uvs.exists {
        let uv = |corner| {
            uvs.values
                .get(index(&uvs.indices, corner))
                .map_or(Vec2::ZERO, |uv| Vec2::new(uv.x as f32, 1.0 - uv.y as f32))
        };
        flat.uvs = (0..corners).map(uv).collect();
    }
    if colors.exists {
        let byte = |value: f64| (value.clamp(0.0, 1.0) * 255.0).round() as u8;
        let color = |corner| {
            let color = colors.values.get(index(&colors.indices, corner));
            // Alpha holds anything but alpha, as often as not.
            color.map_or([u8::MAX; 4], |color| [byte(color.x), byte(color.y), byte(color.z), u8::MAX])
        };
        flat.colors = (0..corners).map(color).collect();
    }
    triangulate(node, mesh, scene, &mut flat);
    scene.add(flat)
}

fn triangulate(node: &ufbx::Node, mesh: &ufbx::Mesh, scene: &Scene, flat: &mut Mesh) {
    let materials = if node.materials.is_empty() { &mesh.materials } else { &node.materials };
    let clay = u32::try_from(scene.materials.len()).unwrap_or(u32::MAX);
    let mut indexes = Vec::new();
    for (number, face) in mesh.faces.iter().enumerate() {
        if mesh.face_hole.get(number).is_some_and(|is_hole| *is_hole) {
            continue;
        }
        let slot = mesh.face_material.get(number).copied().unwrap_or(0);
        let material =
            materials.as_ref().get(slot as usize).map_or(clay, |material| material.element.typed_id);
        let count = ufbx::triangulate_face_vec(&mut indexes, mesh, *face) as usize;
        let triangles = indexes.as_chunks::<3>().0.iter().take(count);
        flat.triangles.extend(triangles);
        flat.materials.resize(flat.triangles.len(), material);
    }
}

fn index(indices: &[u32], corner: usize) -> usize {
    indices.get(corner).map_or(usize::MAX, |index| *index as usize)
}

fn vector3(value: Option<&ufbx::Vec3>) -> Vec3 {
    value.map_or(Vec3::NAN, |value| Vec3::new(value.x as f32, value.y as f32, value.z as f32))
}

fn matrix(from: &ufbx::Matrix) -> Mat4 {
    let column = |x: f64, y: f64, z: f64, w: f32| Vec4::new(x as f32, y as f32, z as f32, w);
    Mat4::from_cols(
        column(from.m00, from.m10, from.m20, 0.0),
        column(from.m01, from.m11, from.m21, 0.0),
        column(from.m02, from.m12, from.m22, 0.0),
        column(from.m03, from.m13, from.m23, 1.0),
    )
}

/// A name as ufbx has it, which may have been repaired.
fn text(name: &ufbx::String) -> Cow<'_, str> {
    Cow::Borrowed(name.as_ref())
}
