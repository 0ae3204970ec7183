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
    /// How its pixels are packed, such as `bc7` or `zip`.
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
}
