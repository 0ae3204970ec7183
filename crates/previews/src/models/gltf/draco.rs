//! Meshes packed by Draco. The crate `draco-core` unpacks them; which of its numbers are which accessor's is told by the document,
//! and is read here. *Source*: glTF 2.0, the extension `KHR_draco_mesh_compression`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use draco_core::{DecodeLimits, DecoderBuffer, MeshDecoder};
use gltf::json::validation::Checked;
use gltf::json::{Index, Root, buffer};
use serde_json::Value;

use super::buffers::normalized;
use crate::bounds;

/// The extension's name.
pub(super) const EXTENSION: &str = "KHR_draco_mesh_compression";

/// What one primitive has packed: from where, and into which accessors.
pub(super) struct Packed {
    pub(super) view: Index<buffer::View>,
    /// Draco's own number of an attribute, and its accessor.
    attributes: Vec<(u32, usize)>,
    /// The accessor of the corners of triangles.
    indexes: Option<usize>,
}

/// The numbers of accessors, unpacked.
#[derive(Default)]
pub(super) struct Unpacked {
    /// An accessor, how many numbers are one of its elements, and all of them.
    pub(super) attributes: Vec<(usize, usize, Vec<f32>)>,
    /// An accessor, and the corners of all triangles.
    pub(super) indexes: Option<(usize, Vec<u32>)>,
}

/// All primitives of a document that are packed: the crate that reads the document knows nothing of them.
pub(super) fn packed(document: &Value) -> Vec<Packed> {
    let primitives = list(&document["meshes"]).iter().flat_map(|mesh| list(&mesh["primitives"]));
    primitives.filter_map(of_primitive).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn of_primitive(primitive: &Value) -> Option<Packed> {
    let extension = primitive["extensions"][EXTENSION].as_object()?;
    let number = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok());
    let accessor = |value: &Value| number(value).map(|number| number as usize);
    let attributes = extension.get("attributes")?.as_object()?.iter();
    Some(Packed {
        view: Index::new(number(extension.get("bufferView")?)?),
        attributes: attributes
            .filter_map(|(name, id)| Some((number(id)?, accessor(&primitive["attributes"][name])?)))
            .collect(),
        indexes: accessor(&primitive["indices"]),
    })
}

/// Unpacks one of them; none where the bytes are not Draco's, or hold more than a model may have, or `left` bytes in all.
pub(super) fn unpack(packed: &Packed, bytes: &[u8], root: &Root, left: usize) -> Option<Unpacked> {
    let limits = DecodeLimits::default()
        .with_max_points(bounds::VERTICES as u64)
        .with_max_faces(bounds::TRIANGLES as u64)
        .with_max_decoded_bytes(left as u64);
    let mut mesh = draco_core::Mesh::new();
    let mut buffer = DecoderBuffer::new(bytes).with_limits(limits);
    // The crate's own bounds are its first wall; a panic would be its fault, and costs no more than the mesh.
    catch_unwind(AssertUnwindSafe(|| MeshDecoder::new().decode(&mut buffer, &mut mesh))).ok()?.ok()?;
    let points = mesh.num_points();
    let mut unpacked = Unpacked::default();
    for (id, accessor) in &packed.attributes {
        let (Some(attribute), Some(told)) = (mesh.attribute_by_unique_id(*id), root.accessors.get(*accessor))
        else {
            continue;
        };
        let parts = usize::from(attribute.num_components());
        if points.checked_mul(parts)?.checked_mul(size_of::<f32>())? > left {
            return None;
        }
        let mut numbers = attribute.read_f32s(points, parts);
        if let Checked::Valid(component) = &told.component_type
            && told.normalized
        {
            for number in &mut numbers {
                *number = normalized(*number, component.0);
            }
        }
        unpacked.attributes.push((*accessor, parts, numbers));
    }
    let corners = || mesh.faces().iter().flatten().map(|point| point.0).collect();
    unpacked.indexes = packed.indexes.map(|accessor| (accessor, corners()));
    Some(unpacked)
}
