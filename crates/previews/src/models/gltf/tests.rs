//! Files of glTF that are as they should not be.

use std::io::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::draco::Unpacked;
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

/// A cube from -1 to 1 of 12 triangles, packed by Draco's own encoder: positions in 11 bits, by its edges.
const DRACO_CUBE: &str = "RFJBQ08CAgEBAAAACAwACwAAA19LFQEBEAH/AAABAAkDAAACAQEBAAMDASABIAMAsEIxokCEAAAAAAD/BwAAAACAvwAAgL8AAIC/AAAAQAs=";

/// A document of one primitive that is packed as such bytes.
fn packed_by_draco(packed: &[u8]) -> Vec<u8> {
    let mut document = document(&json!([{ "mesh": 0 }]));
    document["extensionsUsed"] = json!([draco::EXTENSION]);
    document["extensionsRequired"] = json!([draco::EXTENSION]);
    let extension = json!({ "bufferView": 0, "attributes": { "POSITION": 0, "_ELSE": 4_000_000_000_u32 } });
    document["meshes"][0]["primitives"] = json!([{
        "attributes": { "POSITION": 0, "_ELSE": 77 }, "indices": 1, "extensions": { draco::EXTENSION: extension },
    }]);
    document["accessors"] = json!([
        { "componentType": 5126, "count": 8, "type": "VEC3", "min": [-1, -1, -1], "max": [1, 1, 1] },
        { "componentType": 5125, "count": 36, "type": "SCALAR" },
    ]);
    let uri = format!("data:application/octet-stream;base64,{}", BASE64_STANDARD.encode(packed));
    document["bufferViews"] = json!([{ "buffer": 0, "byteLength": packed.len() }]);
    document["buffers"] = json!([{ "byteLength": packed.len(), "uri": uri }]);
    document.to_string().into_bytes()
}

#[test]
fn meshes_packed_by_draco_are_unpacked() {
    let preview = read_bytes(&packed_by_draco(&BASE64_STANDARD.decode(DRACO_CUBE).unwrap())).unwrap();
    assert!(preview.picture.is_some() && preview.sheet.is_some());
    let Facts { compression, triangles, size, .. } = preview.facts;
    assert_eq!((compression.as_deref(), triangles), (Some("draco"), Some(12)));
    assert!(size.unwrap().iter().all(|side| (side - 2.0).abs() < 0.01), "{size:?}");
}

#[test]
fn meshes_packed_by_draco_that_are_spoilt_are_counted_by_the_document() {
    let packed = BASE64_STANDARD.decode(DRACO_CUBE).unwrap();
    for length in 0..packed.len() {
        let preview = read_bytes(&packed_by_draco(&packed[..length])).unwrap();
        assert_eq!(preview.facts.compression.as_deref(), Some("draco"));
        assert!(preview.picture.is_some() || preview.facts.triangles == Some(12), "{length}");
    }
}

#[test]
fn what_is_packed_by_draco_with_any_bit_wrong_is_unpacked_or_not() {
    let mut packed = BASE64_STANDARD.decode(DRACO_CUBE).unwrap();
    let document: Value = serde_json::from_slice(&packed_by_draco(&packed)).unwrap();
    let root = serde_json::from_value(document.clone()).unwrap();
    let primitive = &draco::packed(&document)[0];
    let unpacked = |packed: &[u8], left| draco::unpack(primitive, packed, &root, left);
    assert!(unpacked(&packed, 1 << 20).is_some());
    assert!(unpacked(&packed, 8 * 12 - 1).is_none(), "of eight places");
    for (place, bit) in (0..packed.len()).flat_map(|place| (0..8).map(move |bit| (place, bit))) {
        packed[place] ^= 1 << bit;
        if let Some(Unpacked { attributes, .. }) = unpacked(&packed, 1 << 20) {
            assert!(attributes.iter().all(|(_, _, numbers)| size_of_val(numbers.as_slice()) <= 1 << 20));
        }
        packed[place] ^= 1 << bit;
    }
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
