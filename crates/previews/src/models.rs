//! Readers of models, and the studio that pictures all of them: each reader makes a `scene`, which `render` draws.

// Geometry is reckoned in 32-bit floating point, and its places on a picture are counted in whole numbers: each cast's range is
// the picture's or the bounds'.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
mod fbx;
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
mod gltf;
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
mod ply;
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
mod render;
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
mod texture;

#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
mod usd;

mod blend;
mod normals;
mod scene;
mod stl;
mod textures;

use self::scene::Scene;
use crate::error::PreviewError;
use crate::source::Source;
use crate::{Facts, Media, Preview, Request};

/// A kind of model with a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Model {
    /// Blender's own files.
    Blend,
    /// FBX, binary or as text.
    Fbx,
    /// glTF and GLB.
    Gltf,
    /// OBJ, with its materials in files of their own.
    Obj,
    /// PLY, binary or as text.
    Ply,
    /// STL, binary or as text.
    Stl,
    /// USD, as text, as numbers, or as an archive.
    Usd,
}

/// Formats whose first bytes tell.
pub(crate) fn by_first_bytes(head: &[u8]) -> Option<Model> {
    if head.starts_with(b"glTF") {
        return Some(Model::Gltf);
    }
    if head.starts_with(b"BLENDER") {
        return Some(Model::Blend);
    }
    if head.starts_with(b"Kaydara FBX Binary") {
        return Some(Model::Fbx);
    }
    if head.starts_with(usd::BINARY) || head.starts_with(usd::TEXT) {
        return Some(Model::Usd);
    }
    (head.starts_with(b"ply\n") || head.starts_with(b"ply\r")).then_some(Model::Ply)
}

/// Formats whose first bytes only tell what they are not.
pub(crate) fn by_extension(extension: &str, head: &[u8]) -> Option<Model> {
    match extension {
        "blend" if blend::is_packed(head) => Some(Model::Blend),
        "fbx" if fbx::is_text(head) => Some(Model::Fbx),
        "gltf" if gltf::is_text(head) => Some(Model::Gltf),
        "obj" if fbx::is_obj(head) => Some(Model::Obj),
        // What is not text is held to its length by the reader.
        "stl" => Some(Model::Stl),
        "usdz" if usd::is_archive(head) => Some(Model::Usd),
        _ => None,
    }
}

impl Model {
    /// Its name in facts, where the reader tells none.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Blend => "blend",
            Self::Fbx => "fbx",
            Self::Gltf => "gltf",
            Self::Obj => "obj",
            Self::Ply => "ply",
            Self::Stl => "stl",
            Self::Usd => "usdz",
        }
    }

    /// Reads a file of this kind.
    pub(crate) fn read(self, source: &mut Source, request: &Request<'_>) -> Result<Preview, PreviewError> {
        match self {
            Self::Blend => blend::read(source),
            Self::Fbx => fbx::read(source, request),
            Self::Gltf => gltf::read(source, request),
            Self::Obj => fbx::read_obj(source, request),
            Self::Ply => ply::read(source, request),
            Self::Stl => stl::read(source, request),
            Self::Usd => usd::read(source, request),
        }
    }
}

/// The pictures of a scene, and the facts that are the same for all formats.
fn finish(scene: &Scene, request: &Request<'_>, facts: Facts) -> Result<Preview, PreviewError> {
    let pictures = render::pictures(scene, request.max_side)?;
    let size = scene.bounds().map(|(low, high)| (high - low).to_array());
    let facts = Facts {
        triangles: Some(scene.triangles.len() as u64),
        vertices: Some(scene.read_vertices),
        has_uvs: Some(scene.has_uvs),
        size_unit: facts.size_unit.clone().filter(|_| size.is_some()),
        size,
        ..media(facts)
    };
    let (picture, sheet) = pictures.map_or((None, None), |(picture, sheet)| (Some(picture), Some(sheet)));
    Ok(Preview { picture, sheet, facts })
}

fn media(facts: Facts) -> Facts {
    Facts { media: Some(Media::Model), ..facts }
}
