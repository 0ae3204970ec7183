//! glTF and GLB. The crate `gltf` reads the document; what the document points at is read in `buffers`.

mod buffers;
mod draco;
mod materials;
mod meshopt;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use glam::{Mat3, Mat4, Quat, Vec2, Vec3};
use gltf::Glb;
use gltf::json::mesh::{Mode, Primitive, Semantic};
use gltf::json::scene::Node;
use gltf::json::validation::Checked;
use gltf::json::{Index, Root};

use self::buffers::Buffers;
use super::scene::{Mesh, Scene, check_room};
use super::textures::Textures;
use crate::beside::Beside;
use crate::error::PreviewError;
use crate::source::Source;
use crate::{Facts, Preview, Request};

/// What packs meshes or buffers, by the extension that says so.
const COMPRESSIONS: [(&str, &str); 3] = [
    (draco::EXTENSION, "draco"),
    ("EXT_meshopt_compression", "meshopt"),
    ("KHR_meshopt_compression", "meshopt"),
];

/// Whether the beginning of a text may be that of a glTF document.
pub(crate) fn is_text(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    head.trim_ascii_start().starts_with(b"{")
}

/// Reads either.
pub(crate) fn read(source: &mut Source, request: &Request<'_>) -> Result<Preview, PreviewError> {
    let bytes = source.bytes()?;
    let glb = if bytes.starts_with(b"glTF") {
        Some(Glb::from_slice(&bytes).map_err(PreviewError::broken)?)
    } else {
        None
    };
    let (json, binary) = glb.as_ref().map_or((bytes.as_slice(), None), |glb| (&glb.json, glb.bin.as_deref()));
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    let root: Root = gltf::json::deserialize::from_slice(json).map_err(PreviewError::broken)?;
    let format = if glb.is_some() { "glb" } else { "gltf" };
    let uses = |extension: &str| root.extensions_used.iter().any(|used| used == extension);
    let compression = COMPRESSIONS.iter().find(|(extension, _)| uses(extension));
    let facts = Facts {
        format: Some(format.to_owned()),
        compression: compression.map(|(_, name)| (*name).to_owned()),
        size_unit: Some("m".to_owned()),
        ..facts(&root)
    };

    let mut beside = Beside::new(request.beside);
    let buffers = Buffers::of(&root, json, binary, &mut beside);
    let mut textures = Textures::default();
    let mut scene = Scene::default();
    materials::read(&root, json, &buffers, &mut beside, &mut textures, &mut scene);
    Walk { root: &root, buffers: &buffers, globals: globals(&root) }.scene(&mut scene)?;
    textures.finish(&mut scene);
    let facts = Facts { missing: beside.into_missing(), ..facts };
    if scene.vertices.is_empty() && uses(draco::EXTENSION) {
        return Ok(Preview { picture: None, sheet: None, facts: packed_facts(&root, facts) });
    }
    super::finish(&scene, request, facts)
}

fn facts(root: &Root) -> Facts {
    let count = |length: usize| Some(u32::try_from(length).unwrap_or(u32::MAX));
    let joints: HashSet<usize> =
        root.skins.iter().flat_map(|skin| skin.joints.iter().map(Index::value)).collect();
    Facts {
        meshes: count(root.meshes.len()),
        materials: count(root.materials.len()),
        textures: count(root.images.len()),
        nodes: count(root.nodes.len()),
        bones: count(joints.len()),
        animations: count(root.animations.len()),
        generator: root.asset.generator.clone().filter(|generator| !generator.is_empty()),
        ..Facts::default()
    }
}

/// What the document says of meshes that could not be unpacked: each counts once.
fn packed_facts(root: &Root, facts: Facts) -> Facts {
    let primitives = || root.meshes.iter().flat_map(|mesh| &mesh.primitives);
    let count = |accessor: Option<&Index<_>>| {
        accessor.and_then(|index| root.accessors.get(index.value())).map_or(0, |accessor| accessor.count.0)
    };
    let positions = |primitive: &Primitive| count(attribute(primitive, &Semantic::Positions).as_ref());
    let has_uvs = primitives().any(|primitive| attribute(primitive, &Semantic::TexCoords(0)).is_some());
    Facts {
        vertices: Some(primitives().map(positions).fold(0, u64::saturating_add)),
        triangles: Some(
            primitives().map(|primitive| count(primitive.indices.as_ref()) / 3).fold(0, u64::saturating_add),
        ),
        has_uvs: Some(has_uvs),
        ..super::media(facts)
    }
}

fn attribute(primitive: &Primitive, semantic: &Semantic) -> Option<Index<gltf::json::Accessor>> {
    primitive.attributes.get(&Checked::Valid(semantic.clone())).copied()
}

fn local(node: &Node) -> Mat4 {
    node.matrix.map_or_else(
        || {
            let rotation = node.rotation.map_or(Quat::IDENTITY, |rotation| Quat::from_array(rotation.0));
            Mat4::from_scale_rotation_translation(
                node.scale.map_or(Vec3::ONE, Vec3::from),
                if rotation.length_squared() > 0.0 { rotation.normalize() } else { Quat::IDENTITY },
                node.translation.map_or(Vec3::ZERO, Vec3::from),
            )
        },
        |matrix| Mat4::from_cols_array(&matrix),
    )
}

/// Where each node is in the space of the scene. A node that is below itself has no place.
fn globals(root: &Root) -> Vec<Option<Mat4>> {
    let mut has_parent = vec![false; root.nodes.len()];
    for child in root.nodes.iter().flat_map(|node| node.children.iter().flatten()) {
        if let Some(has_parent) = has_parent.get_mut(child.value()) {
            *has_parent = true;
        }
    }
    let mut globals = vec![None; root.nodes.len()];
    let mut open: Vec<(usize, Mat4)> = (0..root.nodes.len())
        .filter(|index| !has_parent[*index])
        .map(|index| (index, Mat4::IDENTITY))
        .collect();
    while let Some((index, above)) = open.pop() {
        let Some(node) = root.nodes.get(index).filter(|_| globals[index].is_none()) else { continue };
        let global = above * local(node);
        globals[index] = Some(global);
        open.extend(node.children.iter().flatten().map(|child| (child.value(), global)));
    }
    globals
}

struct Walk<'a> {
    root: &'a Root,
    buffers: &'a Buffers<'a>,
    globals: Vec<Option<Mat4>>,
}

impl Walk<'_> {
    /// Adds what the default scene shows, or else the first, or else all nodes.
    fn scene(&self, scene: &mut Scene) -> Result<(), PreviewError> {
        let index = self.root.scene.map_or(0, |scene| scene.value());
        let mut open: Vec<usize> = match self.root.scenes.get(index) {
            Some(scene) => scene.nodes.iter().map(Index::value).collect(),
            None => (0..self.root.nodes.len()).collect(),
        };
        let mut seen = vec![false; self.root.nodes.len()];
        while let Some(index) = open.pop() {
            let (Some(node), Some(global)) =
                (self.root.nodes.get(index), self.globals.get(index).copied().flatten())
            else {
                continue;
            };
            if std::mem::replace(&mut seen[index], true) {
                continue;
            }
            self.mesh(node, global, scene)?;
            open.extend(node.children.iter().flatten().map(Index::value));
        }
        Ok(())
    }

    fn mesh(&self, node: &Node, global: Mat4, scene: &mut Scene) -> Result<(), PreviewError> {
        let Some(mesh) = node.mesh.and_then(|mesh| self.root.meshes.get(mesh.value())) else { return Ok(()) };
        let joints = node.skin.and_then(|skin| self.joints(skin.value()));
        for primitive in &mesh.primitives {
            let accessor = attribute(primitive, &Semantic::Positions);
            let count = accessor.and_then(|index| self.root.accessors.get(index.value()));
            let count = count.map_or(0, |accessor| usize::try_from(accessor.count.0).unwrap_or(usize::MAX));
            check_room(scene.vertices.len().saturating_add(count), scene.triangles.len())?;
            let Some(mut mesh) = self.primitive(primitive, scene) else { continue };
            match &joints {
                Some(joints) => self.bend(primitive, joints, &mut mesh),
                None => place(&mut mesh, global),
            }
            scene.add(mesh)?;
        }
        Ok(())
    }

    fn primitive(&self, primitive: &Primitive, scene: &Scene) -> Option<Mesh> {
        let positions = self.buffers.numbers::<3>(attribute(primitive, &Semantic::Positions)?)?;
        let count = positions.len();
        let indexes = match primitive.indices {
            Some(indices) => self.buffers.indexes(indices)?,
            None => (0..u32::try_from(count).ok()?).collect(),
        };
        let Checked::Valid(mode) = primitive.mode else { return None };
        let material = primitive.material.map_or(scene.materials.len(), |material| material.value());
        let uv_set = self.uv_set(material);
        let read = |semantic| attribute(primitive, &semantic);
        let of_all = |length: usize| length == count;
        let normals = read(Semantic::Normals).and_then(|index| self.buffers.numbers::<3>(index));
        let uvs = read(Semantic::TexCoords(uv_set)).and_then(|index| self.buffers.numbers::<2>(index));
        let colors = read(Semantic::Colors(0)).and_then(|index| self.colors(index));
        Some(Mesh {
            positions: positions.into_iter().map(Vec3::from).collect(),
            normals: normals
                .filter(|normals| of_all(normals.len()))
                .map_or_else(Vec::new, |normals| normals.into_iter().map(Vec3::from).collect()),
            uvs: uvs
                .filter(|uvs| of_all(uvs.len()))
                .map_or_else(Vec::new, |uvs| uvs.into_iter().map(Vec2::from).collect()),
            colors: colors.filter(|colors| of_all(colors.len())).unwrap_or_default(),
            triangles: triangles(&indexes, mode),
            material: u32::try_from(material).ok()?,
            materials: Vec::new(),
        })
    }

    /// Which coordinates the base colour lies by.
    fn uv_set(&self, material: usize) -> u32 {
        let material = self.root.materials.get(material);
        let map = material.and_then(|material| material.pbr_metallic_roughness.base_color_texture.as_ref());
        map.map_or(0, |map| map.tex_coord)
    }

    /// Vertex colours, which are linear, as in sRGB.
    fn colors(&self, index: Index<gltf::json::Accessor>) -> Option<Vec<[u8; 4]>> {
        let accessor = self.root.accessors.get(index.value())?;
        let has_alpha = accessor.type_ == Checked::Valid(gltf::json::accessor::Type::Vec4);
        let colors = self.buffers.numbers::<4>(index)?;
        let byte = |[red, green, blue, alpha]: [f32; 4]| {
            let [red, green, blue, _] = super::render::to_srgb(Vec3::new(red, green, blue));
            let alpha = if has_alpha { (alpha.clamp(0.0, 1.0) * 255.0) as u8 } else { u8::MAX };
            [red, green, blue, alpha]
        };
        Some(colors.into_iter().map(byte).collect())
    }

    /// From the mesh of a skin to the scene, for each joint: in the pose that the nodes have.
    fn joints(&self, skin: usize) -> Option<Vec<Mat4>> {
        let skin = self.root.skins.get(skin)?;
        let inverse = skin.inverse_bind_matrices.and_then(|index| self.buffers.numbers::<16>(index));
        let inverse = inverse.unwrap_or_default();
        let global = |joint: &Index<Node>| self.globals.get(joint.value()).copied().flatten();
        let matrix = |(index, joint)| {
            let inverse = inverse.get(index).map_or(Mat4::IDENTITY, Mat4::from_cols_array);
            global(joint).unwrap_or(Mat4::IDENTITY) * inverse
        };
        Some(skin.joints.iter().enumerate().map(matrix).collect())
    }

    fn bend(&self, primitive: &Primitive, matrices: &[Mat4], mesh: &mut Mesh) {
        let read =
            |semantic| attribute(primitive, &semantic).and_then(|index| self.buffers.numbers::<4>(index));
        let (Some(joints), Some(weights)) = (read(Semantic::Joints(0)), read(Semantic::Weights(0))) else {
            return;
        };
        for (index, (joints, weights)) in joints.into_iter().zip(weights).enumerate() {
            let mut matrix = Mat4::ZERO;
            let mut sum = 0.0;
            for (joint, weight) in joints.into_iter().zip(weights) {
                if let Some(joint) = matrices.get(joint as usize).filter(|_| weight > 0.0) {
                    matrix += *joint * weight;
                    sum += weight;
                }
            }
            if sum <= 0.0 {
                continue;
            }
            matrix *= sum.recip();
            if let Some(position) = mesh.positions.get_mut(index) {
                *position = matrix.transform_point3(*position);
            }
            if let Some(normal) = mesh.normals.get_mut(index) {
                *normal = matrix.transform_vector3(*normal);
            }
        }
    }
}

fn place(mesh: &mut Mesh, global: Mat4) {
    mesh.positions.iter_mut().for_each(|position| *position = global.transform_point3(*position));
    let turn = Mat3::from_mat4(global);
    let turn = if turn.determinant().abs() > 0.0 { turn.inverse().transpose() } else { turn };
    mesh.normals.iter_mut().for_each(|normal| *normal = turn * *normal);
}

fn triangles(indexes: &[u32], mode: Mode) -> Vec<[u32; 3]> {
    match mode {
        Mode::Triangles => indexes.as_chunks::<3>().0.to_vec(),
        Mode::TriangleStrip => indexes.windows(3).map(|three| [three[0], three[1], three[2]]).collect(),
        Mode::TriangleFan => {
            indexes[1.min(indexes.len())..].windows(2).map(|two| [indexes[0], two[0], two[1]]).collect()
        }
        _ => Vec::new(),
    }
}
