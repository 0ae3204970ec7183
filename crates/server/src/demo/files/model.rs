//! The 3D models: the robot as low-poly parts with one palette texture and a short animation, and a wooden crate.
//! Called by the list of files; geometry comes from `mesh`, the file format from `gltf`.

use serde_json::json;

use super::concepts::{STRIP_COLOURS, palette_strip};
use super::gltf::Document;
use super::mesh::{Mesh, Skin};
use super::robot::{CREAM, EYE, HULL, HULL_SHADE, IRON, LAMP, RUST, STRIPE, TREAD};
use super::textures::planks;

const PAINT: usize = 0;
const GLOW: usize = 1;

const NEAREST: u32 = 9728;
const LINEAR: u32 = 9729;
const LINEAR_MIPMAP_LINEAR: u32 = 9987;
const REPEAT: u32 = 10_497;
const CLAMP_TO_EDGE: u32 = 33_071;

/// The middle of one colour in the palette strip.
fn skin(entry: usize) -> Skin {
    Skin::Point([(entry as f32 + 0.5) / STRIP_COLOURS as f32, 0.5])
}

/// The robot, 1.1 m high, looking along +z.
pub(super) fn robot() -> Document {
    let mut document = Document::default();
    let picture = document.add_picture("robot_palette", &palette_strip());
    document.samplers.push(json!({
        "magFilter": NEAREST, "minFilter": NEAREST, "wrapS": CLAMP_TO_EDGE, "wrapT": CLAMP_TO_EDGE,
    }));
    document.textures.push(json!({ "source": picture, "sampler": 0 }));
    document.materials.push(json!({
        "name": "Paint",
        "pbrMetallicRoughness": {
            "baseColorTexture": { "index": 0 }, "metallicFactor": 0.1, "roughnessFactor": 0.55,
        },
    }));
    document.materials.push(json!({
        "name": "Glow",
        "pbrMetallicRoughness": {
            "baseColorTexture": { "index": 0 }, "metallicFactor": 0.0, "roughnessFactor": 0.3,
        },
        "emissiveTexture": { "index": 0 },
        "emissiveFactor": [1.0, 1.0, 1.0],
    }));

    document.nodes.push(json!({ "name": "Robot", "children": [1, 2] }));
    add_node(&mut document, "Tracks", [0.0; 3], &tracks(), None, &[]);
    add_node(&mut document, "Body", [0.0, 0.4, 0.0], &body(), None, &[3, 4, 5]);
    let (head, eyes) = head();
    add_node(&mut document, "Head", [0.0, 0.2, 0.0], &head, Some(&eyes), &[]);
    add_node(&mut document, "Arm with claw", [-0.28, 0.09, 0.0], &claw_arm(), None, &[]);
    let (arm, lantern) = lantern_arm();
    add_node(&mut document, "Arm with lantern", [0.28, 0.09, 0.0], &arm, Some(&lantern), &[]);
    add_look_around(&mut document, 3);
    document
}

fn add_node(
    document: &mut Document,
    name: &str,
    translation: [f32; 3],
    paint: &Mesh,
    glow: Option<&Mesh>,
    children: &[usize],
) {
    let parts: Vec<(&Mesh, usize)> =
        [Some((paint, PAINT)), glow.map(|mesh| (mesh, GLOW))].into_iter().flatten().collect();
    let mesh = document.add_mesh(name, &parts);
    let mut node = json!({ "name": name, "mesh": mesh, "translation": translation });
    if !children.is_empty() {
        node["children"] = json!(children);
    }
    document.nodes.push(node);
}

/// The head turns left, right and back in 3 seconds.
fn add_look_around(document: &mut Document, node: usize) {
    let turns = [(0.0, 0.0), (0.6, 0.35), (1.2, 0.35), (1.9, -0.3), (2.4, -0.3), (3.0, 0.0_f32)];
    let times: Vec<[f32; 1]> = turns.iter().map(|(time_s, _)| [*time_s]).collect();
    let rotations: Vec<[f32; 4]> =
        turns.iter().map(|(_, half_angle)| [0.0, half_angle.sin(), 0.0, half_angle.cos()]).collect();
    let input = document.add_floats(&times, None);
    let output = document.add_floats(&rotations, None);
    document.animations.push(json!({
        "name": "Look around",
        "samplers": [{ "input": input, "output": output, "interpolation": "LINEAR" }],
        "channels": [{ "sampler": 0, "target": { "node": node, "path": "rotation" } }],
    }));
}

fn tracks() -> Mesh {
    let mut mesh = Mesh::default();
    mesh.block([0.0, 0.13, 0.0], [0.2, 0.04, 0.1], 0.01, skin(IRON));
    for side in [-0.22, 0.22] {
        mesh.block([side, 0.12, 0.0], [0.1, 0.115, 0.24], 0.07, skin(TREAD));
        mesh.block([side, 0.255, 0.0], [0.125, 0.02, 0.26], 0.012, skin(STRIPE));
        for wheel in -1..=1 {
            let z = 0.14 * wheel as f32;
            mesh.cylinder([side * 1.36, 0.11, z], 0, 0.062, 0.03, skin(IRON));
            mesh.cylinder([side * 1.36, 0.11, z], 0, 0.022, 0.04, skin(CREAM));
        }
        for cleat in -3..=3 {
            let z = 0.055 * cleat as f32;
            mesh.block([side, 0.01, z], [0.096, 0.01, 0.014], 0.004, skin(IRON));
        }
        for cleat in 0..3 {
            let y = 0.085 + 0.035 * cleat as f32;
            for z in [-0.238, 0.238] {
                mesh.block([side, y, z], [0.09, 0.012, 0.01], 0.004, skin(IRON));
            }
        }
    }
    mesh
}

fn body() -> Mesh {
    let mut mesh = Mesh::default();
    mesh.block([0.0; 3], [0.25, 0.18, 0.19], 0.05, skin(HULL));
    mesh.block([0.0, -0.1, 0.186], [0.2, 0.022, 0.008], 0.003, skin(STRIPE));
    mesh.block([0.0, 0.035, 0.19], [0.145, 0.083, 0.014], 0.008, skin(HULL_SHADE));
    mesh.cylinder([-0.055, 0.035, 0.206], 2, 0.05, 0.01, skin(CREAM));
    mesh.block([-0.045, 0.045, 0.217], [0.02, 0.004, 0.002], 0.001, skin(RUST));
    for slot in -1..=1 {
        mesh.block([0.07, 0.035 + 0.04 * slot as f32, 0.206], [0.05, 0.009, 0.005], 0.003, skin(TREAD));
    }
    mesh.block([0.0, 0.01, -0.22], [0.17, 0.13, 0.05], 0.025, skin(IRON));
    for side in [-0.1, 0.1] {
        mesh.cylinder([side, 0.16, -0.235], 1, 0.024, 0.11, skin(RUST));
        mesh.cylinder([side, 0.27, -0.235], 1, 0.03, 0.012, skin(IRON));
    }
    mesh
}

/// The head, turning about the middle of the neck, and its shining eyes.
fn head() -> (Mesh, Mesh) {
    let mut shell = Mesh::default();
    shell.cylinder([0.0, 0.0, 0.0], 1, 0.08, 0.05, skin(IRON));
    shell.block([0.0, 0.17, 0.0], [0.235, 0.135, 0.17], 0.06, skin(CREAM));
    shell.block([0.0, 0.165, 0.165], [0.185, 0.08, 0.016], 0.012, skin(TREAD));
    for side in [-0.245, 0.245] {
        shell.cylinder([side, 0.17, 0.0], 0, 0.065, 0.02, skin(STRIPE));
    }
    shell.cylinder([0.12, 0.37, 0.0], 1, 0.009, 0.08, skin(IRON));
    shell.block([0.12, 0.46, 0.0], [0.026, 0.026, 0.026], 0.014, skin(STRIPE));
    let mut eyes = Mesh::default();
    for side in [-0.085, 0.085] {
        eyes.cylinder([side, 0.165, 0.183], 2, 0.036, 0.006, skin(EYE));
    }
    (shell, eyes)
}

/// Shoulder, upper arm, and a forearm that reaches forward; `out` is +1 on the side of +x.
fn arm(out: f32) -> Mesh {
    let mut mesh = Mesh::default();
    mesh.cylinder([0.0, 0.0, 0.0], 0, 0.058, 0.032, skin(CREAM));
    mesh.block([out * 0.055, -0.075, 0.0], [0.026, 0.09, 0.03], 0.01, skin(IRON));
    mesh.cylinder([out * 0.055, -0.165, 0.0], 0, 0.042, 0.04, skin(STRIPE));
    mesh.block([out * 0.055, -0.165, 0.11], [0.036, 0.036, 0.085], 0.014, skin(HULL));
    mesh.cylinder([out * 0.055, -0.165, 0.2], 2, 0.03, 0.02, skin(IRON));
    mesh
}

fn claw_arm() -> Mesh {
    let mut mesh = arm(-1.0);
    for (x, y) in [(0.0, 0.03), (-0.028, -0.018), (0.028, -0.018)] {
        mesh.block([-0.055 + x, -0.165 + y, 0.25], [0.011, 0.011, 0.045], 0.005, skin(CREAM));
    }
    mesh
}

fn lantern_arm() -> (Mesh, Mesh) {
    let mut mesh = arm(1.0);
    mesh.block([0.055, -0.2, 0.205], [0.006, 0.04, 0.006], 0.002, skin(IRON));
    for y in [-0.245, -0.365] {
        mesh.cylinder([0.055, y, 0.205], 1, 0.048, 0.01, skin(RUST));
    }
    let mut glass = Mesh::default();
    glass.cylinder([0.055, -0.305, 0.205], 1, 0.036, 0.05, skin(LAMP));
    (mesh, glass)
}

/// A wooden crate, 0.8 m on an edge, textured with planks.
pub(super) fn wooden_crate() -> Document {
    const TEXTURE_SIZE_PX: usize = 256;
    let mut document = Document::default();
    let picture = document.add_picture("planks", &planks(TEXTURE_SIZE_PX));
    document.samplers.push(json!({
        "magFilter": LINEAR, "minFilter": LINEAR_MIPMAP_LINEAR, "wrapS": REPEAT, "wrapT": REPEAT,
    }));
    document.textures.push(json!({ "source": picture, "sampler": 0 }));
    for (name, factor) in [("Boards", [1.0, 1.0, 1.0, 1.0]), ("Frame", [0.62, 0.55, 0.5, 1.0])] {
        document.materials.push(json!({
            "name": name,
            "pbrMetallicRoughness": {
                "baseColorTexture": { "index": 0 },
                "baseColorFactor": factor,
                "metallicFactor": 0.0,
                "roughnessFactor": 0.85,
            },
        }));
    }
    let mut boards = Mesh::default();
    boards.block([0.0, 0.4, 0.0], [0.37, 0.37, 0.37], 0.002, Skin::EachSide);
    let mut frame = Mesh::default();
    for axis in 0..3 {
        for (across, up) in [(-0.36, -0.36), (-0.36, 0.36), (0.36, -0.36), (0.36, 0.36)] {
            let mut centre = [0.0; 3];
            (centre[(axis + 1) % 3], centre[(axis + 2) % 3]) = (across, up);
            centre[1] += 0.4;
            let mut half = [0.04; 3];
            half[axis] = if axis == 1 { 0.4 } else { 0.398 };
            frame.block(centre, half, 0.006, Skin::EachSide);
        }
    }
    let mesh = document.add_mesh("Crate", &[(&boards, 0), (&frame, 1)]);
    document.nodes.push(json!({ "name": "Crate", "mesh": mesh }));
    document
}
