//! What is in a file. The one list of the facts there are; `docs/previews.md` tells their readers the same.

use serde::Serialize;

/// What kind of thing a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Media {
    /// A picture or a texture.
    Picture,
    /// A model or a scene.
    Model,
    /// A sound.
    Sound,
    /// A film.
    Film,
    /// Text or code.
    Text,
    /// A font.
    Font,
    /// Files in one file.
    Archive,
    /// An asset of a game engine or of another program.
    Asset,
    /// Pages.
    Document,
}

/// The facts of a file. What does not apply, or is not known, is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Facts {
    /// What it is, by its bytes, such as `png`, `psd` or `glb`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// What kind of thing it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<Media>,

    /// Width of a picture or film as it is shown. *Units*: pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Height of a picture or film as it is shown. *Units*: pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Bits of a channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits: Option<u32>,
    /// Channels of a picture, alpha counted, or of a sound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<u32>,
    /// Whether a picture has a channel of alpha.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_alpha: Option<bool>,
    /// How a picture's numbers are to be taken: `rgb`, `gray`, `cmyk`, `lab`, `indexed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color_model: Option<String>,
    /// The name of the colour profile in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color_profile: Option<String>,
    /// How its pixels, its frames or its meshes are packed, such as `bc7`, `zip`, `h264` or `draco`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression: Option<String>,
    /// What a texture is for, by how it looks: `normal_map`, `mask`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Smaller copies of a texture in it, the full size counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mipmaps: Option<u32>,
    /// Frames of a moving picture, pages, or parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frames: Option<u32>,
    /// The names of layers, with those within a group after it, further in by two spaces a level; at most 1000.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<String>,

    /// How long a sound or film is. *Units*: seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_s: Option<f64>,
    /// How many frames of a film are shown in a second, on average.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame_rate: Option<f64>,
    /// *Units*: hertz.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample_rate: Option<u32>,
    /// How loud a sound is over all, by ITU-R BS.1770; none of silence. *Units*: LUFS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loudness_lufs: Option<f64>,
    /// The highest of its samples; full scale is 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak: Option<f64>,

    /// Lines of text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<u64>,
    /// The encoding of text: `utf-8`, `utf-16le` or `utf-16be`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// Files and folders in an archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entries: Option<u64>,
    /// The names of the first of them, at most 100.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,

    /// Triangles of a model as it is shown, those of each copy of a mesh counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub triangles: Option<u64>,
    /// Vertices of a model as they are stored, those of each copy of a mesh counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vertices: Option<u64>,
    /// Meshes of a model, each counted once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meshes: Option<u32>,
    /// Materials of a model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub materials: Option<u32>,
    /// Pictures that a model uses as textures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub textures: Option<u32>,
    /// Nodes of a model's tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nodes: Option<u32>,
    /// Bones, or joints, that skins are moved by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bones: Option<u32>,
    /// Animations of a model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub animations: Option<u32>,
    /// Whether a model has texture coordinates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_uvs: Option<bool>,
    /// Size of the box around a model as it is shown: across, up and deep. *Units*: `size_unit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<[f32; 3]>,
    /// The unit of `size`: `m` for metres; left out where the file does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_unit: Option<String>,
    /// The program that wrote the file, in its own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generator: Option<String>,
    /// Files that this one names and that were not beside it, sorted; at most 1000. Its picture is made without them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// The version of Blender that wrote the file, such as `4.2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blender_version: Option<String>,
    /// What kind of asset a game engine takes it for, in the engine's words, such as `StaticMesh`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asset_class: Option<String>,
    /// The version of the game engine that wrote the file, such as `5.4.1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine_version: Option<String>,
    /// Other assets that this one refers to, by the paths that the engine knows them by, sorted; at most 1000.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub imports: Vec<String>,
    /// The graphs of a Substance, by the names that people see; at most 1000.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub graphs: Vec<String>,
    /// The maps that these make, such as `basecolor`, each once; at most 1000.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<String>,
    /// What can be set of them, by the names that people see, each once; at most 1000.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<String>,
    /// Settings that its maker gave names, each once; at most 1000.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub presets: Vec<String>,
    /// Other Blender files that this one takes parts of; at most 1000.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub libraries: Vec<String>,
    /// The family that a font belongs to, such as `Inter`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// The style that a font has within its family, such as `Bold Italic`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub style: Option<String>,
    /// How heavy a font is: 400 is regular, 700 bold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
    /// Glyphs of a font.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub glyphs: Option<u32>,
    /// What a font can be varied by, and within which bounds, such as `wght 100..900`; at most 64.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub axes: Vec<String>,
    /// Scripts that a font has the letters of, such as `latin` and `cyrillic`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scripts: Vec<String>,
}
