//! Pictures that look alike.

use serde_json::{Value, json};

use super::{MAKING, looked_at, png};
use crate::support::{Studio, text};

/// A picture of spots, with its channels in this order.
fn spots(side: u32, order: [usize; 3]) -> Vec<u8> {
    let color = |x: u32, y: u32| {
        let (x, y) = (x * 600 / side, y * 600 / side);
        let spot = (x / 150 + 3 * (y / 150)) * 37 % 11;
        let color = [spot * 23, 255 - spot * 19, x * 255 / 600].map(|channel| u8::try_from(channel).unwrap());
        order.map(|channel| color[channel])
    };
    let pixels: Vec<u8> = (0..side * side).flat_map(|place| color(place % side, place / side)).collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    file
}

#[tokio::test]
async fn pictures_that_look_alike_are_found_the_most_alike_first() {
    let studio = Studio::start_with(&MAKING);
    let artist = studio.key_with(&["manage_art"]).await;
    let original = artist.put_asset("/", "original.png", spots(600, [0, 1, 2])).await;
    let same = artist.put_asset("/Copies/", "same.png", spots(600, [0, 1, 2])).await;
    let small = artist.put_asset("/", "small.png", spots(90, [0, 1, 2])).await;
    let swapped = artist.put_asset("/", "swapped.png", spots(300, [2, 1, 0])).await;
    let other = artist.put_asset("/", "other.png", png(600, 600, [10, 200, 90])).await;
    let words = artist.put_asset("/", "words.txt", b"some words".to_vec()).await;
    for asset in [&original, &same, &small, &swapped, &other, &words] {
        looked_at(&artist, asset).await;
    }
    let similar = async |asset: &Value, query: &str| {
        artist.get(&format!("/workspaces/assets/{}/similar{query}", text(asset, "id"))).send().await
    };

    let found = similar(&original, "").await.ok();
    let names: Vec<_> = found.as_array().unwrap().iter().map(|found| text(&found["asset"], "name")).collect();
    assert_eq!((names[0], names.len()), ("same.png", 3), "{found}");
    assert!(names.contains(&"small.png") && names.contains(&"swapped.png"), "{found}");
    assert_eq!(found[0]["similarity"], 1.0);
    assert!(found[2]["similarity"].as_f64().unwrap() > 0.8, "{found}");
    assert_eq!(similar(&original, "?limit=1").await.ok().as_array().unwrap().len(), 1);
    for asset in [&other, &words] {
        assert_eq!(similar(asset, "").await.ok(), json!([]));
    }

    artist.delete(&format!("/workspaces/assets/{}", text(&same, "id"))).send().await;
    assert_eq!(similar(&original, "").await.ok().as_array().unwrap().len(), 2, "not those in the trash");
    similar(&same, "").await.refused(404, "not_found");
    for query in ["?limit=0", "?limit=101", "?limit=x"] {
        similar(&original, query).await.refused(400, "invalid_input");
    }
}

#[tokio::test]
async fn most_alike_comes_where_few_are_asked_for() {
    let studio = Studio::start_with(&MAKING);
    let artist = studio.key_with(&["manage_art"]).await;
    // Alike too, and there before.
    let mut assets = Vec::new();
    for (name, side) in [("first.png", 90), ("second.png", 120)] {
        assets.push(artist.put_asset("/", name, spots(side, [0, 1, 2])).await);
    }
    let asked = artist.put_asset("/", "asked.png", spots(300, [2, 1, 0])).await;
    // What follows its end makes it another content.
    let twin = [spots(300, [2, 1, 0]), vec![0]].concat();
    assets.push(artist.put_asset("/", "twin.png", twin).await);
    for asset in assets.iter().chain([&asked]) {
        looked_at(&artist, asset).await;
    }

    let path = format!("/workspaces/assets/{}/similar", text(&asked, "id"));
    assert_eq!(artist.get(&path).send().await.ok().as_array().unwrap().len(), 3);
    let found = artist.get(&format!("{path}?limit=1")).send().await.ok();

    assert_eq!((text(&found[0]["asset"], "name"), &found[0]["similarity"]), ("twin.png", &json!(1.0)));
}
