//! The buffers of glTF and the numbers in them. The accessors of the crate `gltf` trust the file's numbers and panic where they are
//! wrong, and its importer opens any file that is named: so these are read here, each within what is there.

use std::borrow::Cow;
use std::collections::HashMap;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use gltf::json::accessor::{Accessor, ComponentType, IndexComponentType, Type};
use gltf::json::validation::Checked;
use gltf::json::{Index, Root, buffer};
use percent_encoding::percent_decode_str;

use super::{draco, meshopt};
use crate::beside::Beside;
use crate::bounds;

/// With and without the `=` at the end.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The bytes of all buffers; none of those that are not there.
pub(super) struct Buffers<'a> {
    root: &'a Root,
    bytes: Vec<Option<Cow<'a, [u8]>>>,
    /// The bytes of views that are packed, by their index.
    unpacked: HashMap<usize, Vec<u8>>,
    /// The numbers of accessors that are packed, by their index: how many are one element, and all of them.
    unpacked_numbers: HashMap<usize, (usize, Vec<f32>)>,
    unpacked_indexes: HashMap<usize, Vec<u32>>,
}

/// The extensions by which views are packed by meshopt.
const PACKED: [&str; 2] = ["EXT_meshopt_compression", "KHR_meshopt_compression"];

impl<'a> Buffers<'a> {
    /// With the second part of a GLB file.
    pub(super) fn of(root: &'a Root, json: &[u8], binary: Option<&'a [u8]>, beside: &mut Beside) -> Self {
        let bytes = root.buffers.iter().enumerate().map(|(index, buffer)| match buffer.uri.as_deref() {
            // Another one stands for what is packed, and is not there.
            None => binary.filter(|_| index == 0).map(Cow::Borrowed),
            Some(uri) if uri.starts_with("data:") => data_uri(uri).map(Cow::Owned),
            Some(uri) => beside.open_uri(uri).and_then(|file| beside.bytes(&file)).map(Cow::Owned),
        });
        let mut buffers = Self {
            root,
            bytes: bytes.collect(),
            unpacked: HashMap::new(),
            unpacked_numbers: HashMap::new(),
            unpacked_indexes: HashMap::new(),
        };
        let uses = |extension: &str| root.extensions_used.iter().any(|used| used == extension);
        if uses(draco::EXTENSION) || PACKED.into_iter().any(uses) {
            let document: serde_json::Value = serde_json::from_slice(json).unwrap_or_default();
            let mut left = usize::try_from(bounds::FILE_IN_MEMORY).unwrap_or(usize::MAX);
            buffers.unpack_views(&document, &mut left);
            buffers.unpack_meshes(&document, &mut left);
        }
        buffers
    }

    /// Unpacks all views that are packed, as many as memory allows: the crate knows nothing of them.
    fn unpack_views(&mut self, document: &serde_json::Value, left: &mut usize) {
        let views = document["bufferViews"].as_array().map_or(&[][..], Vec::as_slice);
        for (index, view) in views.iter().enumerate() {
            let packed = PACKED.iter().map(|extension| &view["extensions"][*extension]);
            let Some(packed) = packed.into_iter().find(|packed| packed.is_object()) else { continue };
            let Some(unpacked) = self.unpacked_view(packed, *left) else { continue };
            *left -= unpacked.len();
            self.unpacked.insert(index, unpacked);
        }
    }

    /// Unpacks all meshes that are packed, as many as memory allows.
    fn unpack_meshes(&mut self, document: &serde_json::Value, left: &mut usize) {
        for packed in draco::packed(document) {
            let Some((bytes, _)) = self.view(packed.view) else { continue };
            let Some(unpacked) = draco::unpack(&packed, bytes, self.root, *left) else { continue };
            for (accessor, parts, numbers) in unpacked.attributes {
                *left = left.saturating_sub(size_of_val(numbers.as_slice()));
                self.unpacked_numbers.insert(accessor, (parts, numbers));
            }
            if let Some((accessor, indexes)) = unpacked.indexes {
                *left = left.saturating_sub(size_of_val(indexes.as_slice()));
                self.unpacked_indexes.insert(accessor, indexes);
            }
        }
    }

    fn unpacked_view(&self, packed: &serde_json::Value, most: usize) -> Option<Vec<u8>> {
        let number = |name: &str| packed[name].as_u64().and_then(|number| usize::try_from(number).ok());
        let bytes = self.bytes.get(number("buffer")?)?.as_deref()?;
        let start = number("byteOffset").unwrap_or(0);
        let bytes = bytes.get(start..start.checked_add(number("byteLength")?)?)?;
        let (count, stride) = (number("count")?, number("byteStride")?);
        if count.checked_mul(stride)? > most {
            return None;
        }
        let filter = packed["filter"].as_str().unwrap_or("NONE");
        meshopt::unpack(bytes, count, stride, packed["mode"].as_str()?, filter)
    }

    /// The bytes of a part of a buffer, as far as they are there.
    pub(super) fn view(&self, index: Index<buffer::View>) -> Option<(&[u8], Option<usize>)> {
        let view = self.root.buffer_views.get(index.value())?;
        let stride = view.byte_stride.map(|stride| stride.0).filter(|stride| *stride > 0);
        if let Some(unpacked) = self.unpacked.get(&index.value()) {
            return Some((unpacked, stride));
        }
        let bytes = self.bytes.get(view.buffer.value())?.as_deref()?;
        let start = usize::try_from(view.byte_offset.map_or(0, |offset| offset.0)).ok()?;
        let end = start.checked_add(usize::try_from(view.byte_length.0).ok()?)?.min(bytes.len());
        Some((bytes.get(start..end)?, stride))
    }

    /// The numbers of an accessor: so many at a time, those that it has not as 0, those that it has more left out. Whole numbers
    /// that are normalised are in -1 to 1, all others as they are.
    pub(super) fn numbers<const N: usize>(&self, index: Index<Accessor>) -> Option<Vec<[f32; N]>> {
        if let Some((parts, numbers)) = self.unpacked_numbers.get(&index.value()) {
            let element = |numbers: &[f32]| {
                std::array::from_fn(|place| numbers.get(place).copied().unwrap_or_default())
            };
            return Some(numbers.chunks_exact((*parts).max(1)).map(element).collect());
        }
        let accessor = self.root.accessors.get(index.value())?;
        let Checked::Valid(component) = &accessor.component_type else { return None };
        let component = component.0;
        let count = usize::try_from(accessor.count.0).ok()?;
        let number = |bytes: &[u8]| number(bytes, component, accessor.normalized);
        let parts = parts(accessor)?;
        let mut numbers = if let Some(view) = accessor.buffer_view {
            let (bytes, stride) = self.view(view)?;
            let start = usize::try_from(accessor.byte_offset.map_or(0, |offset| offset.0)).ok()?;
            let length = component.size() * parts;
            let bytes = within(bytes, start, stride.unwrap_or(length), length, count)?;
            let elements = bytes.chunks(stride.unwrap_or(length)).take(count);
            elements.map(|element| array(element, component.size(), parts, number)).collect()
        } else {
            // All zero but for what is given one by one, for which there must be at least the file's memory.
            let sparse = accessor.sparse.as_ref()?;
            if count > 4_000_000.min(usize::try_from(sparse.count.0).ok()?.saturating_mul(1000)) {
                return None;
            }
            vec![[0.0; N]; count]
        };
        self.replace(accessor, component, parts, &mut numbers);
        Some(numbers)
    }

    /// Replaces those that a sparse accessor gives one by one.
    fn replace<const N: usize>(
        &self,
        accessor: &Accessor,
        component: ComponentType,
        parts: usize,
        numbers: &mut [[f32; N]],
    ) -> Option<()> {
        let sparse = accessor.sparse.as_ref()?;
        let count = usize::try_from(sparse.count.0).ok()?;
        let Checked::Valid(IndexComponentType(index_type)) = sparse.indices.component_type else {
            return None;
        };
        let start = usize::try_from(sparse.indices.byte_offset.0).ok()?;
        let size = index_type.size();
        let indexes = within(self.view(sparse.indices.buffer_view)?.0, start, size, size, count)?;
        let start = usize::try_from(sparse.values.byte_offset.0).ok()?;
        let length = component.size() * parts;
        let values = within(self.view(sparse.values.buffer_view)?.0, start, length, length, count)?;
        for (index, value) in indexes.chunks(size).zip(values.chunks(length)) {
            if let Some(place) = numbers.get_mut(whole(index, index_type) as usize) {
                *place = array(value, component.size(), parts, |bytes| {
                    number(bytes, component, accessor.normalized)
                });
            }
        }
        Some(())
    }

    /// The whole numbers of an accessor of one number at a time.
    pub(super) fn indexes(&self, index: Index<Accessor>) -> Option<Vec<u32>> {
        if let Some(indexes) = self.unpacked_indexes.get(&index.value()) {
            return Some(indexes.clone());
        }
        let accessor = self.root.accessors.get(index.value())?;
        let Checked::Valid(component) = &accessor.component_type else { return None };
        let size = component.0.size();
        let count = usize::try_from(accessor.count.0).ok()?;
        let (bytes, stride) = self.view(accessor.buffer_view?)?;
        let start = usize::try_from(accessor.byte_offset.map_or(0, |offset| offset.0)).ok()?;
        let stride = stride.unwrap_or(size);
        let bytes = within(bytes, start, stride, size, count)?;
        Some(bytes.chunks(stride).take(count).map(|element| whole(element, component.0)).collect())
    }
}

/// The bytes of a `data:` URI.
pub(super) fn data_uri(uri: &str) -> Option<Vec<u8>> {
    let (kind, data) = uri.strip_prefix("data:")?.split_once(',')?;
    if kind.ends_with(";base64") {
        let data: Cow<'_, [u8]> = percent_decode_str(data).into();
        return BASE64.decode(data.as_ref()).ok();
    }
    Some(percent_decode_str(data).collect())
}

/// The bytes of so many elements from a place on; none unless all of them are there.
fn within(bytes: &[u8], start: usize, stride: usize, length: usize, count: usize) -> Option<&[u8]> {
    if count == 0 || stride < length {
        return None;
    }
    let end = (count - 1).checked_mul(stride)?.checked_add(length)?.checked_add(start)?;
    bytes.get(start..end)
}

fn parts(accessor: &Accessor) -> Option<usize> {
    match accessor.type_ {
        Checked::Valid(Type::Mat2 | Type::Mat3) | Checked::Invalid => None,
        Checked::Valid(kind) => Some(kind.multiplicity()),
    }
}

fn array<const N: usize>(
    element: &[u8],
    size: usize,
    parts: usize,
    number: impl Fn(&[u8]) -> f32,
) -> [f32; N] {
    let mut numbers = [0.0; N];
    for (place, bytes) in numbers.iter_mut().zip(element.chunks_exact(size).take(parts)) {
        *place = number(bytes);
    }
    numbers
}

fn number(bytes: &[u8], component: ComponentType, is_normalized: bool) -> f32 {
    let value = match (component, bytes) {
        (ComponentType::I8, &[a, ..]) => f32::from(a.cast_signed()),
        (ComponentType::U8, &[a, ..]) => f32::from(a),
        (ComponentType::I16, &[a, b, ..]) => f32::from(i16::from_le_bytes([a, b])),
        (ComponentType::U16, &[a, b, ..]) => f32::from(u16::from_le_bytes([a, b])),
        (ComponentType::U32, &[a, b, c, d, ..]) => u32::from_le_bytes([a, b, c, d]) as f32,
        (ComponentType::F32, &[a, b, c, d, ..]) => f32::from_le_bytes([a, b, c, d]),
        _ => 0.0,
    };
    if is_normalized { normalized(value, component) } else { value }
}

/// A whole number of a type as a part of the largest; others as they are.
pub(super) fn normalized(value: f32, component: ComponentType) -> f32 {
    let most = match component {
        ComponentType::I8 => 127.0,
        ComponentType::U8 => 255.0,
        ComponentType::I16 => 32767.0,
        ComponentType::U16 => 65535.0,
        ComponentType::U32 => 4_294_967_295.0,
        ComponentType::F32 => return value,
    };
    (value / most).max(-1.0)
}

fn whole(bytes: &[u8], component: ComponentType) -> u32 {
    match (component, bytes) {
        (ComponentType::U8, &[a, ..]) => u32::from(a),
        (ComponentType::U16, &[a, b, ..]) => u32::from(u16::from_le_bytes([a, b])),
        (ComponentType::U32, &[a, b, c, d, ..]) => u32::from_le_bytes([a, b, c, d]),
        _ => u32::MAX,
    }
}
