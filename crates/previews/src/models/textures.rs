//! From the pictures that a model names to its textures.

use std::fs::File;

use image::RgbaImage;

use super::render::share_and_gather;
use super::scene::{Map, Material, Scene};
use super::texture::Texture;
use crate::format::{self, Format};
use crate::pictures::embedded::{decode, shrunk};
use crate::{Media, Request, Source, bounds};

/// The most textures of a model; those after it are not shown.
const MOST_TEXTURES: usize = 512;
/// What a texture is shrunk to: more than twice this. *Units*: pixels.
const SIDES: [u32; 4] = [512, 256, 128, 64];

/// Pictures that are to be the textures of a scene.
#[derive(Debug, Default)]
pub(super) struct Textures {
    pictures: Vec<Picture>,
}

#[derive(Debug)]
enum Picture {
    Bytes(Vec<u8>),
    /// With its name.
    File(File, String),
}

impl Textures {
    /// A picture that is within the model's file. Answers the texture's index.
    pub(super) fn add_bytes(&mut self, bytes: Vec<u8>) -> Option<usize> {
        self.add(Picture::Bytes(bytes))
    }

    /// A picture in a file of its own. Answers the texture's index.
    pub(super) fn add_file(&mut self, file: File, name: &str) -> Option<usize> {
        self.add(Picture::File(file, name.to_owned()))
    }

    fn add(&mut self, picture: Picture) -> Option<usize> {
        (self.pictures.len() < MOST_TEXTURES).then(|| {
            self.pictures.push(picture);
            self.pictures.len() - 1
        })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.pictures.len()
    }

    /// Reads them all, as large as memory allows, and gives them to the scene. Maps of those that can't be read are struck.
    pub(super) fn finish(self, scene: &mut Scene) {
        let most = bounds::TEXTURES_IN_MEMORY / self.pictures.len().max(1) as u64;
        // A picture may be almost four times as long as asked for, and its mipmaps are a third of it.
        let fits = |side: &&u32| u64::from(**side * 4).pow(2) * 4 * 4 / 3 <= most;
        let side = SIDES.iter().find(fits).copied().unwrap_or(SIDES[SIDES.len() - 1]);
        let read = share_and_gather(self.pictures, |picture| picture.read(side).map(Texture::new));
        let mut new_indexes = Vec::new();
        for texture in read {
            new_indexes.push(texture.map(|texture| {
                scene.textures.push(texture);
                scene.textures.len() - 1
            }));
        }
        scene.materials.iter_mut().for_each(|material| point(material, &new_indexes));
    }
}

/// Points a material to the textures that were read.
fn point(material: &mut Material, new_indexes: &[Option<usize>]) {
    let renew = |map: &mut Option<Map>| {
        let was_there = map.is_some();
        *map = map.and_then(|map| {
            new_indexes.get(map.texture).copied().flatten().map(|texture| Map { texture, ..map })
        });
        was_there && map.is_none()
    };
    if renew(&mut material.base_color_map) && material.base_color[..3] == [1.0; 3] {
        // Clay, rather than the white that is meant to be covered.
        material.base_color[..3].copy_from_slice(&Material::default().base_color[..3]);
    }
    if renew(&mut material.metallic_roughness_map) {
        (material.metallic, material.roughness) = (0.0, Material::default().roughness);
    }
    if renew(&mut material.emissive_map) {
        material.emissive = [0.0; 3];
    }
    renew(&mut material.normal_map);
}

impl Picture {
    fn read(self, side: u32) -> Option<RgbaImage> {
        match self {
            Self::Bytes(bytes) => decode(&bytes, side),
            Self::File(file, name) => {
                let mut source = Source::new(file, &name).ok()?;
                let format = format::of(&mut source).ok()??;
                if matches!(format, Format::Model(_)) {
                    return None;
                }
                // With no folder beside it: a picture names no other files.
                let seen = format.read(&mut source, &Request { max_side: side, beside: None }).ok()?;
                let picture = seen.picture.filter(|_| seen.facts.media == Some(Media::Picture))?;
                shrunk(&picture, side)
            }
        }
    }
}
