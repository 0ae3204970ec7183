//! Puts meshes, pictures and nodes together into a glTF 2.0 file, as text (`.gltf`) or binary (`.glb`).
//! Knows the format and nothing of what the model shows; that is `model`.
//!
//! Source: Khronos glTF 2.0 specification, sections 3.6 (buffers, accessors), 3.7 (geometry) and 4.4 (GLB).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::mesh::Mesh;

const FLOAT: u32 = 5126;
const UNSIGNED_SHORT: u32 = 5123;
const ARRAY_BUFFER: u32 = 34_962;
const ELEMENT_ARRAY_BUFFER: u32 = 34_963;

/// A glTF document under construction: the JSON lists, and the one buffer they point into.
#[derive(Default)]
pub(super) struct Document {
    buffer: Vec<u8>,
    buffer_views: Vec<Value>,
    accessors: Vec<Value>,
    images: Vec<Value>,
    meshes: Vec<Value>,
    /// Written as they are; their indices are the order they were put in.
    pub(super) materials: Vec<Value>,
    pub(super) nodes: Vec<Value>,
    pub(super) samplers: Vec<Value>,
    pub(super) textures: Vec<Value>,
    pub(super) animations: Vec<Value>,
}

impl Document {
    /// Keeps a PNG picture in the buffer and gives its index among the images.
    pub(super) fn add_picture(&mut self, name: &str, png: &[u8]) -> usize {
        let view = self.add_view(png, None);
        self.images.push(json!({ "name": name, "mimeType": "image/png", "bufferView": view }));
        self.images.len() - 1
    }

    /// Makes a mesh of one primitive for each pair of geometry and material index.
    pub(super) fn add_mesh(&mut self, name: &str, parts: &[(&Mesh, usize)]) -> usize {
        let primitives: Vec<Value> = parts
            .iter()
            .map(|(mesh, material)| {
                json!({
                    "attributes": {
                        "POSITION": self.add_floats(&mesh.positions, Some(ARRAY_BUFFER)),
                        "NORMAL": self.add_floats(&mesh.normals, Some(ARRAY_BUFFER)),
                        "TEXCOORD_0": self.add_floats(&mesh.uvs, Some(ARRAY_BUFFER)),
                    },
                    "indices": self.add_indices(&mesh.indices),
                    "material": material,
                    "mode": 4,
                })
            })
            .collect();
        self.meshes.push(json!({ "name": name, "primitives": primitives }));
        self.meshes.len() - 1
    }

    /// Stores rows of N numbers and gives the accessor's index.
    pub(super) fn add_floats<const N: usize>(&mut self, rows: &[[f32; N]], target: Option<u32>) -> usize {
        let bytes: Vec<u8> = rows.iter().flatten().flat_map(|number| number.to_le_bytes()).collect();
        let bound = |start: f32, pick: fn(f32, f32) -> f32| -> Vec<f32> {
            (0..N).map(|part| rows.iter().map(|row| row[part]).fold(start, pick)).collect()
        };
        let kind = ["", "SCALAR", "VEC2", "VEC3", "VEC4"][N];
        let view = self.add_view(&bytes, target);
        self.accessors.push(json!({
            "bufferView": view,
            "componentType": FLOAT,
            "count": rows.len(),
            "type": kind,
            "min": bound(f32::MAX, f32::min),
            "max": bound(f32::MIN, f32::max),
        }));
        self.accessors.len() - 1
    }

    fn add_indices(&mut self, indices: &[u16]) -> usize {
        let bytes: Vec<u8> = indices.iter().flat_map(|index| index.to_le_bytes()).collect();
        let view = self.add_view(&bytes, Some(ELEMENT_ARRAY_BUFFER));
        self.accessors.push(json!({
            "bufferView": view,
            "componentType": UNSIGNED_SHORT,
            "count": indices.len(),
            "type": "SCALAR",
            "min": [indices.iter().min()],
            "max": [indices.iter().max()],
        }));
        self.accessors.len() - 1
    }

    fn add_view(&mut self, bytes: &[u8], target: Option<u32>) -> usize {
        let mut view = json!({ "buffer": 0, "byteOffset": self.buffer.len(), "byteLength": bytes.len() });
        if let Some(target) = target {
            view["target"] = json!(target);
        }
        self.buffer_views.push(view);
        self.buffer.extend(bytes);
        // Every accessor must start at a multiple of its number's size, 4 at most.
        self.buffer.resize(self.buffer.len().next_multiple_of(4), 0);
        self.buffer_views.len() - 1
    }

    /// The JSON with one scene that shows node 0, and the lists that hold something.
    fn json(&self, buffer: &Value) -> Value {
        let mut root = json!({
            "asset": { "version": "2.0", "generator": "Mudlark demo project" },
            "scene": 0,
            "scenes": [{ "nodes": [0] }],
            "buffers": [buffer],
        });
        let lists = [
            ("accessors", &self.accessors),
            ("animations", &self.animations),
            ("bufferViews", &self.buffer_views),
            ("images", &self.images),
            ("materials", &self.materials),
            ("meshes", &self.meshes),
            ("nodes", &self.nodes),
            ("samplers", &self.samplers),
            ("textures", &self.textures),
        ];
        // The format forbids empty lists.
        for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            root[name] = json!(list);
        }
        root
    }

    /// The `.gltf` form: JSON text with the buffer inside as base64.
    pub(super) fn to_gltf(&self) -> Vec<u8> {
        let uri = format!("data:application/octet-stream;base64,{}", STANDARD.encode(&self.buffer));
        let root = self.json(&json!({ "byteLength": self.buffer.len(), "uri": uri }));
        format!("{root:#}\n").into_bytes()
    }

    /// The `.glb` form: a header, the JSON chunk, the binary chunk.
    pub(super) fn to_glb(&self) -> Vec<u8> {
        let mut text = self.json(&json!({ "byteLength": self.buffer.len() })).to_string().into_bytes();
        text.resize(text.len().next_multiple_of(4), b' ');
        let total = 12 + 8 + text.len() + 8 + self.buffer.len();
        let mut file = Vec::with_capacity(total);
        file.extend(b"glTF");
        file.extend(2_u32.to_le_bytes());
        file.extend((total as u32).to_le_bytes());
        for (kind, chunk) in [(b"JSON", &text), (b"BIN\0", &self.buffer)] {
            file.extend((chunk.len() as u32).to_le_bytes());
            file.extend(kind);
            file.extend(chunk);
        }
        file
    }
}
