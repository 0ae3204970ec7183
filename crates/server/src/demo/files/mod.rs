//! The files of the demo project: a small invented game, "Low Tide", made by this program itself.
//! Pictures, textures, a sound, models and texts; the same bytes on every run. No I/O: the demo command stores them.

// Drawing goes back and forth between pixel counts and shares of a picture; all numbers are small and not negative
// where they are cast, and a rounding shows at most as one shade of one pixel.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "pixel arithmetic on small numbers"
)]

mod canvas;
mod concepts;
mod encode;
mod gltf;
mod interface;
mod landscape;
mod mesh;
mod model;
mod noise;
mod robot;
mod sound;
#[cfg(test)]
mod tests;
mod text;
mod textures;

/// One file of the demo project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DemoFile {
    /// The folder's path, with a slash at both ends.
    pub(crate) folder: &'static str,
    /// The file's name, with its extension.
    pub(crate) name: String,
    /// One sentence for people.
    pub(crate) description: &'static str,
    /// The content.
    pub(crate) bytes: Vec<u8>,
}

const GROUPS: [fn() -> Vec<DemoFile>; 7] =
    [robot_files, place_files, model_files, texture_files, interface_files, level_files, text_files];

/// Makes all files of the demo project, 2 MB in all; the same on every call.
///
/// *Why* on several threads: a build without optimisation takes seconds over the drawing.
pub(crate) fn demo_files() -> Vec<DemoFile> {
    std::thread::scope(|scope| {
        GROUPS
            .map(|group| scope.spawn(group))
            .map(|made| made.join().expect("drawing does not fail"))
            .concat()
    })
}

fn file(folder: &'static str, name: &str, description: &'static str, bytes: impl Into<Vec<u8>>) -> DemoFile {
    DemoFile { folder, name: name.to_owned(), description, bytes: bytes.into() }
}

fn robot_files() -> Vec<DemoFile> {
    let robot = "/Concepts/Robot/";
    vec![
        file(
            robot,
            "robot_front.png",
            "The chosen robot from the front, with its colours.",
            concepts::robot_front(),
        ),
        file(
            robot,
            "robot_silhouettes.png",
            "Eight silhouettes; the circled one was taken.",
            concepts::robot_silhouettes(),
        ),
        file(
            robot,
            "robot_palette.png",
            "The robot's ten colours in five steps of light.",
            concepts::palette_sheet(),
        ),
    ]
}

fn place_files() -> Vec<DemoFile> {
    let places = "/Concepts/Environments/";
    vec![
        file(
            places,
            "foreshore_dusk.png",
            "The river bank at dusk, the lantern lit.",
            landscape::foreshore_dusk(),
        ),
        file(places, "берег_утро.png", "The river bank in the morning.", landscape::foreshore_morning()),
        file(places, "brush_strokes.png", "Colour keys as dry brush strokes.", concepts::brush_strokes()),
    ]
}

fn model_files() -> Vec<DemoFile> {
    let robot = model::robot();
    vec![
        file(
            "/Models/Robot/",
            "robot.gltf",
            "The robot, low poly, with a look-around animation.",
            robot.to_gltf(),
        ),
        file("/Models/Robot/", "robot.glb", "The same robot in one binary file.", robot.to_glb()),
        file(
            "/Models/Props/",
            "crate.glb",
            "A wooden crate with its texture inside.",
            model::wooden_crate().to_glb(),
        ),
    ]
}

fn texture_files() -> Vec<DemoFile> {
    let walls = "/Textures/Walls/";
    let [base_colour, normal, roughness] = textures::brick_wall(384);
    vec![
        file(walls, "bricks_basecolor.png", "Old brick wall, tiling: base colour.", base_colour),
        file(walls, "bricks_normal.png", "Old brick wall, tiling: normal map, green up.", normal),
        file(walls, "bricks_roughness.png", "Old brick wall, tiling: roughness.", roughness),
        file(
            "/Textures/Wood/",
            "planks_basecolor.png",
            "Weathered planks, tiling: base colour.",
            textures::planks(384),
        ),
    ]
}

fn interface_files() -> Vec<DemoFile> {
    vec![
        file("/UI/Icons/", "icon_health.png", "Health, 256 px with alpha.", interface::health_icon()),
        file(
            "/UI/Icons/",
            "icon_salvage.png",
            "The game's money, 256 px with alpha.",
            interface::salvage_icon(),
        ),
        file(
            "/UI/Sprites/",
            "robot_roll.png",
            "Eight frames of the rolling robot, 120 px each.",
            interface::sprite_sheet(),
        ),
        file(
            "/Audio/",
            "treasure_found.wav",
            "The jingle for treasure found, 1.6 s.",
            sound::treasure_jingle(),
        ),
    ]
}

fn level_files() -> Vec<DemoFile> {
    let foreshore = "/Levels/Foreshore/";
    vec![
        file(foreshore, "foreshore.json", "The level: tide, spawn point and what lies about.", text::level()),
        file(
            foreshore,
            "foreshore_heightmap.png",
            "The level's ground, 16-bit heights.",
            textures::terrain(),
        ),
        file(foreshore, "loot_table.csv", "What may be found where, and how often.", text::loot_table()),
    ]
}

fn text_files() -> Vec<DemoFile> {
    vec![
        file("/Docs/", "README.txt", "Where things are and how they are named.", text::README),
        file("/Docs/", "shot_list.txt", "The trailer's shots.", text::SHOT_LIST),
        file("/Docs/", "credits.txt", "Who made this.", text::CREDITS),
        file("/Localization/日本語/", "台詞.csv", "Dialogue in English and Japanese.", text::DIALOGUE),
    ]
}
