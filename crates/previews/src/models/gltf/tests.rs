//! Files of glTF that are as they should not be.

use std::io::Write;

use serde_json::{Value, json};

use super::*;
use crate::pictures::basis::tests::UASTC;

/// A triangle, as numbers.
fn numbers() -> Vec<u8> {
    [0.0_f32, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0].into_iter().flat_map(f32::to_le_bytes).collect()
}

/// A triangle that the first of these nodes may show.
fn document(nodes: &Value) -> Value {
    let length = numbers().len();
    json!({
        "asset": { "version": "2.0" },
        "scene": 0,
        "scenes": [{ "nodes": [0] }],
        "nodes": nodes,
        "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0 } }] }],
        "accessors": [{ "bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3",
            "min": [0, 0, 0], "max": [1, 1, 0] }],
        "bufferViews": [{ "buffer": 0, "byteLength": length }],
        "buffers": [{ "byteLength": length }],
    })
}

fn glb(document: &Value) -> Vec<u8> {
    let mut json = document.to_string().into_bytes();
    json.resize(json.len().next_multiple_of(4), b' ');
    let binary = numbers();
    let size = |length: usize| u32::try_from(length).unwrap().to_le_bytes();
    let all = size(12 + 8 + json.len() + 8 + binary.len());
    let parts: [&[u8]; 9] =
        [b"glTF", &size(2), &all, &size(json.len()), b"JSON", &json, &size(binary.len()), b"BIN\0", &binary];
    parts.concat()
}

fn read_bytes(bytes: &[u8]) -> Result<Preview, PreviewError> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    read(&mut Source::new(file, "a.glb").unwrap(), &Request { max_side: 64, beside: None })
}

#[test]
fn file_cut_short_anywhere_is_broken() {
    let bytes = glb(&document(&json!([{ "mesh": 0 }])));
    assert_eq!(read_bytes(&bytes).unwrap().facts.triangles, Some(1));
    for length in (4..bytes.len()).step_by(5) {
        assert!(matches!(read_bytes(&bytes[..length]), Err(PreviewError::Broken(_))), "{length}");
    }
}

#[test]
fn counts_beyond_the_file_show_nothing_and_take_no_memory() {
    for count in [4_u64, 4_000_000, u64::from(u32::MAX), u64::MAX] {
        let mut document = document(&json!([{ "mesh": 0 }]));
        document["accessors"][0]["count"] = json!(count);
        match read_bytes(&glb(&document)) {
            Ok(preview) => assert!(preview.picture.is_none(), "{count}"),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    for (table, field) in
        [("accessors", "byteOffset"), ("bufferViews", "byteOffset"), ("bufferViews", "byteStride")]
    {
        for value in [1_u64, 40, u64::MAX] {
            let mut document = document(&json!([{ "mesh": 0 }]));
            document[table][0][field] = json!(value);
            if let Ok(preview) = read_bytes(&glb(&document)) {
                assert!(preview.picture.is_none(), "{table} {field} {value}");
            }
        }
    }
}

#[test]
fn nodes_that_are_below_themselves_end() {
    let circle = json!([{ "children": [1], "mesh": 0 }, { "children": [0, 1], "mesh": 0 }]);
    assert!(read_bytes(&glb(&document(&circle))).unwrap().picture.is_none());
    // Two parents: shown once.
    let shared = json!([{ "children": [1, 2] }, { "children": [3] }, { "children": [3] }, { "mesh": 0 }]);
    assert_eq!(read_bytes(&glb(&document(&shared))).unwrap().facts.triangles, Some(1));
}

#[test]
fn nodes_nested_deeply_are_shown_and_text_nested_deeply_is_broken() {
    let nodes: Vec<Value> =
        (1..=20_000).map(|next| json!({ "children": [next] })).chain([json!({ "mesh": 0 })]).collect();
    assert_eq!(read_bytes(&glb(&document(&Value::from(nodes)))).unwrap().facts.triangles, Some(1));
    let deep =
        format!("{{\"asset\":{{\"version\":\"2.0\",\"extras\":{}{}}}}}", "[".repeat(5000), "]".repeat(5000));
    assert!(matches!(read_bytes(deep.as_bytes()), Err(PreviewError::Broken(_))));
}

#[test]
fn indexes_out_of_range_show_nothing() {
    let mut document = document(&json!([{ "mesh": 7 }, { "mesh": 0, "skin": 9, "children": [99] }]));
    document["scenes"][0]["nodes"] = json!([0, 1, 50]);
    assert_eq!(read_bytes(&glb(&document)).unwrap().facts.triangles, Some(1));
    document["scene"] = json!(3);
    document["meshes"][0]["primitives"][0]["indices"] = json!(0);
    document["meshes"][0]["primitives"][0]["material"] = json!(12);
    assert!(read_bytes(&glb(&document)).is_ok());
}

#[test]
fn meshes_packed_by_draco_are_counted() {
    let mut document = document(&json!([{ "mesh": 0 }]));
    document["extensionsUsed"] = json!(["KHR_draco_mesh_compression"]);
    document["extensionsRequired"] = json!(["KHR_draco_mesh_compression"]);
    let preview = read_bytes(&glb(&document)).unwrap();
    assert!(preview.picture.is_none());
    assert_eq!((preview.facts.compression.as_deref(), preview.facts.vertices), (Some("draco"), Some(3)));
}

#[test]
fn texture_of_basis_universal_is_on_the_surface() {
    let middle = |document: &Value| {
        let preview = read_bytes(&glb(document)).unwrap();
        let picture = preview.picture.unwrap();
        // A little left of and below the middle, where the triangle is.
        (preview.facts.textures, picture.get_pixel(picture.width() * 2 / 5, picture.height() * 3 / 5).0)
    };
    let mut document = document(&json!([{ "mesh": 0 }]));
    let (_, plain) = middle(&document);
    assert!(plain[0].abs_diff(plain[2]) < 30, "{plain:?}");
    document["extensionsUsed"] = json!(["KHR_texture_basisu"]);
    document["images"] = json!([{ "uri": format!("data:image/ktx2;base64,{UASTC}") }]);
    document["textures"] = json!([{ "extensions": { "KHR_texture_basisu": { "source": 0 } } }]);
    document["materials"] = json!([{ "pbrMetallicRoughness": { "baseColorTexture": { "index": 0 } } }]);
    document["meshes"][0]["primitives"][0]["material"] = json!(0);
    let (textures, [red, green, blue, _]) = middle(&document);
    assert_eq!(textures, Some(1));
    assert!(red > green + 40 && green > blue + 20, "{:?}", [red, green, blue]);
}
