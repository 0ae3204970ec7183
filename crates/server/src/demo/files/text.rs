//! The written side of the game: notes for people, a level, a loot table, lines of dialogue.
//! Called by the list of files.

use serde_json::{Value, json};

use super::noise::hash;
use super::textures::TERRAIN_SIZE_PX;

pub(super) const README: &str = "\
LOW TIDE
========

A small game about Bodge, a salvage robot who lives on the bank of a tidal river.
Twice a day the water goes out and leaves something behind.

Where things are
----------------
Concepts/      sketches and mood paintings; nothing here ships
Models/        glTF 2.0, metres, y up, the model looks along +z
Textures/      tiling surfaces: _basecolor (sRGB), _normal (linear, green up), _roughness (linear)
UI/            icons with alpha and sprite sheets
Audio/         WAV, 16-bit, 44.1 kHz, stereo, peaks at -2 dB
Levels/        one folder a level: the height map and what stands on it
Localization/  one folder a language, UTF-8 tables
Docs/          this file, the shot list, the credits

Names
-----
Lower case, words joined with an underscore, the kind of map last:
    bricks_basecolor.png    bricks_normal.png    bricks_roughness.png
A new state of a file is a new version of the same asset, never \"final_2\".

How a file gets approved
------------------------
To Do > In Progress > In Review > Approved > Final
Whoever made it sets In Review; whoever reviews sets Approved; the lead sets Final.
";

pub(super) const SHOT_LIST: &str = "\
LOW TIDE - announcement trailer, 42 seconds
Shot  Length  What we see                                           Sound                 Needs
----  ------  ----------------------------------------------------  --------------------  -------------------------
010   4.0 s   Dawn. Empty mud flats, mist over the river.           Water, one gull       foreshore, morning light
020   3.5 s   Close on tracks crushing dry reeds.                   Tracks, mud           robot, mud decals
030   5.0 s   Bodge stops. The head turns left, then right.         Servo, small          robot, \"Look around\"
040   2.5 s   From above: a long track drawn across the flats.      Wind                  foreshore, height map
050   4.0 s   The claw lifts something out of a puddle.             Suction, drip         robot, claw, crate
060   3.0 s   A wooden crate. Weed hangs from it.                   Silence               crate, planks
070   4.5 s   The lid opens; warm light on the visor.               treasure_found        crate, lantern
080   3.0 s   Bodge looks at the camera. Blinks once.               -                     robot, eyes
090   6.0 s   Dusk. The tide comes back; the lantern is lit.        Water, music          foreshore, dusk light
100   6.5 s   The old landing stage; title over the reflection.     Music ends            posts, title card
                                                     total 42.0 s
";

pub(super) const CREDITS: &str = "\
LOW TIDE

Everything in this project was made by the program that put it here:
the paintings, the textures, the models, the music and these words.
No picture, recording or text of anybody else's is in it.

You may do with these files what you like.

Direction          Bodge
Mud                The river, twice a day
Lighting           One lantern
Catering           A gull, uninvited

Thanks to everyone who ever stopped on a bridge to look at the mud.
";

/// The loot table: what may lie where, and how often.
pub(super) fn loot_table() -> String {
    let finds = [
        ("brass_cog", "common", 12, 0.4),
        ("green_bottle", "common", 5, 0.6),
        ("clay_pipe", "common", 7, 0.1),
        ("ship_nail", "common", 3, 0.2),
        ("porcelain_doll_arm", "uncommon", 24, 0.1),
        ("bent_spoon", "common", 4, 0.1),
        ("copper_kettle", "uncommon", 38, 1.8),
        ("pocket_watch", "rare", 120, 0.2),
        ("signal_lamp", "rare", 140, 2.5),
        ("bell_of_the_heron", "unique", 900, 14.0),
        ("message_in_a_bottle", "unique", 0, 0.7),
    ];
    let zones = ["upper_bank", "mud_flats", "creek", "river_bed", "landing_stage"];
    let mut table = String::from("item,rarity,zone,weight,value_cogs,mass_kg,depth_cm\n");
    for (number, (item, rarity, value, mass)) in finds.into_iter().enumerate() {
        for (column, zone) in zones.into_iter().enumerate() {
            let chance = hash(number as i32, column as i32, 200);
            let scale = match rarity {
                "common" => 100.0,
                "uncommon" => 40.0,
                "rare" => 12.0,
                _ => 1.0,
            };
            let weight = (chance * scale).ceil();
            let depth = (5.0 + 45.0 * hash(number as i32, column as i32, 201)).round();
            let row = format!("{item},{rarity},{zone},{weight},{value},{mass:.1},{depth}\n");
            table.push_str(&row);
        }
    }
    table
}

/// The level: its ground, its tide, and what stands on it.
pub(super) fn level() -> String {
    let kinds = ["reeds", "driftwood", "crate", "rusty_anchor", "bottle", "tyre"];
    let things: Vec<Value> = (0..48)
        .map(|number| {
            let draw = |which| hash(number, which, 500);
            let hundredth = |value: f32| f64::from((value * 100.0).round()) / 100.0;
            json!({
                "id": number + 1,
                "kind": kinds[(draw(0) * 5.99) as usize],
                "x_m": hundredth(draw(1) * 256.0),
                "z_m": hundredth(draw(2) * 256.0),
                "turn_degrees": (draw(3) * 360.0) as u16,
                "buried": draw(4) > 0.7,
            })
        })
        .collect();
    let level = json!({
        "format": "low-tide-level",
        "version": 3,
        "name": "Foreshore",
        "terrain": {
            "height_map": "foreshore_heightmap.png",
            "samples": TERRAIN_SIZE_PX,
            "size_m": 256,
            "lowest_m": -6.0,
            "highest_m": 18.0,
        },
        "tide": { "low_m": -3.5, "high_m": 2.2, "period_minutes": 12, "starts": "falling" },
        "spawn": { "x_m": 128.0, "z_m": 64.0, "turn_degrees": 180 },
        "surfaces": {
            "walls": "/Textures/Walls/bricks_basecolor.png",
            "landing_stage": "/Textures/Wood/planks_basecolor.png",
        },
        "music": { "treasure": "/Audio/treasure_found.wav" },
        "things": things,
    });
    format!("{level:#}\n")
}

/// Lines of dialogue in English and Japanese.
pub(super) const DIALOGUE: &str = "\
id,speaker,english,日本語,note
intro_01,narrator,\"The water is going out.\",「潮が引いていく。」,calm
intro_02,narrator,\"Something is always left behind.\",「いつも何かが残される。」,calm
bodge_01,bodge,\"Beep?\",「ピッ？」,rising
bodge_02,bodge,\"Beep beep!\",「ピピッ！」,found something
bodge_03,bodge,\"...\",「……」,looks at the sea
gull_01,gull,\"Mine.\",「わたしの。」,flat
gull_02,gull,\"Also mine.\",「それもわたしの。」,flat
heron_01,heron,\"You are early, little one.\",「早いね、小さいの。」,old and slow
heron_02,heron,\"I lost a bell here, before there was a bridge.\",「橋ができる前、ここで鐘をなくした。」,
heron_03,heron,\"If you hear it, don't dig. Wait for the next tide.\",「聞こえても、掘らずに次の潮を待ちなさい。」,hint for the bell
tide_warn,system,\"The tide is turning.\",「潮が変わる。」,90 seconds left
tide_last,system,\"Get to the bank!\",「岸へ急げ！」,15 seconds left
find_01,system,\"You found {item}.\",「{item}を見つけた。」,
find_02,system,\"Worth {count} cogs.\",「歯車{count}枚の価値。」,
";
