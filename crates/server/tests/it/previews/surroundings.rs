//! Files that others name, and that show in their pictures.

use serde_json::{Value, json};

use super::{MAKING, looked_at, other_preview, png, thumbnail};
use crate::support::{Studio, text};

/// A triangle with a texture in another file.
fn textured_triangle(uri: &str) -> Vec<u8> {
    let numbers = [[0.0_f32, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]].into_iter().flatten();
    let places = [[0.0_f32, 0.0], [1.0, 0.0], [0.0, 1.0]].into_iter().flatten();
    let bytes: Vec<u8> = numbers.chain(places).flat_map(f32::to_le_bytes).collect();
    let buffer = format!("data:application/octet-stream;base64,{}", base64_of(&bytes));
    let model = json!({
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
        "buffers": [{"byteLength": bytes.len(), "uri": buffer}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}, {"buffer": 0, "byteOffset": 36, "byteLength": 24}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 0]},
            {"bufferView": 1, "componentType": 5126, "count": 3, "type": "VEC2"},
        ],
        "images": [{"uri": uri}], "textures": [{"source": 0}],
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}, "doubleSided": true}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "material": 0}]}],
    });
    serde_json::to_vec(&model).unwrap()
}

fn base64_of(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[tokio::test]
async fn textures_of_a_model_are_found_in_its_workspace_whenever_they_come() {
    let studio = Studio::start_with(&MAKING);
    let artist = studio.key_with(&["manage_art"]).await;
    let skin = artist.put_asset("/Shared/", "Skin.png", png(8, 8, [250, 0, 0])).await;
    let near = artist.put_asset("/Robots/", "near.gltf", textured_triangle("../Shared/skin.png")).await;
    let version = looked_at(&artist, &near).await;
    assert_eq!((&version["facts"]["missing"], &version["facts"]["triangles"]), (&Value::Null, &json!(1)));

    let far = artist.put_asset("/Far/Away/", "far.gltf", textured_triangle("../Shared/skin.png")).await;
    let version = looked_at(&artist, &far).await;
    assert_eq!(version["facts"]["missing"], json!(["../Shared/skin.png"]), "of the same content, elsewhere");
    let without = thumbnail(&artist, &far, "", "image/png").await;
    artist.put_asset("/Far/Shared/", "skin.png", png(8, 8, [0, 250, 0])).await;
    let version = other_preview(&artist, &far, &version["preview_id"]).await;
    assert_eq!(version["facts"]["missing"], Value::Null);
    let with = thumbnail(&artist, &far, "", "image/png").await;
    assert_ne!(without.body, with.body);
    assert_ne!(with.body, thumbnail(&artist, &near, "", "image/png").await.body, "each has its own texture");

    let names = async |asset: &Value, way: &str| -> Vec<String> {
        let path = format!("/workspaces/assets/{}/{way}", text(asset, "id"));
        let found = artist.get(&path).send().await.ok();
        found
            .as_array()
            .unwrap()
            .iter()
            .map(|asset| format!("{}{}", text(asset, "file_location"), text(asset, "name")))
            .collect()
    };
    assert_eq!(names(&near, "uses").await, ["/Shared/Skin.png"]);
    assert_eq!(names(&far, "uses").await, ["/Far/Shared/skin.png"]);
    assert_eq!(names(&skin, "used-by").await, ["/Robots/near.gltf"]);
    assert!(names(&skin, "uses").await.is_empty() && names(&near, "used-by").await.is_empty());
}

#[tokio::test]
async fn model_is_looked_at_again_when_a_texture_goes_elsewhere_and_comes_back() {
    let studio = Studio::start_with(&MAKING);
    let artist = studio.key_with(&["manage_art"]).await;
    let skin = artist.put_asset("/Robots/Old/", "skin.png", png(8, 8, [250, 0, 0])).await;
    let model = artist.put_asset("/Robots/", "a.gltf", textured_triangle("Maps/skin.png")).await;
    let mut preview = looked_at(&artist, &model).await["preview_id"].clone();
    let skin = format!("/workspaces/assets/{}", text(&skin, "id"));
    let folders = artist.get("/workspaces/folders?folder=/Robots/Old/").send().await.ok();
    let folder = format!("/workspaces/folders/{}", text(&folders, "id"));
    let (rename, restore) = (format!("{skin}/rename"), format!("{skin}/restore"));
    for (what, request, is_missing) in [
        ("its folder renamed", artist.put(&folder).json(&json!({"name": "Maps"})), false),
        ("deleted", artist.delete(&skin), true),
        ("restored", artist.patch(&restore), false),
        ("renamed", artist.patch(&rename).json(&json!({"name": "other.png"})), true),
    ] {
        let done = request.send().await;
        assert!(done.status.is_success(), "{what}");
        let version = other_preview(&artist, &model, &preview).await;
        assert_eq!(!version["facts"]["missing"].is_null(), is_missing, "{what}: {version}");
        preview = version["preview_id"].clone();
    }
}
