//! USD: as text, as numbers, and either in an archive with its textures. The crate `openusd` reads the layer; it trusts the numbers in
//! it, so that a hostile file can make it panic, which is caught here, or take more memory than there is, which the process's walls
//! end. *Why* not its newest release: that needs a newer compiler than this house has.
//!
//! One layer is read, and not composed with others: what it takes from other files is told as missing from the picture.

mod geometry;
mod layer;
mod materials;
mod plain;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};

use glam::{Mat4, Quat, Vec3};
use openusd::sdf::Path;
use rawzip::{CompressionMethod, ZipArchive};

use self::layer::Layer;
use super::scene::Scene;
use super::textures::Textures;
use crate::beside::Beside;
use crate::error::PreviewError;
use crate::source::Source;
use crate::{Facts, Preview, Request};

/// How the binary form begins.
pub(crate) const BINARY: &[u8] = b"PXR-USDC";
/// How the text begins.
pub(crate) const TEXT: &[u8] = b"#usda ";
/// The most things that are looked at.
const MOST_PRIMS: usize = 200_000;
/// The most files of an archive that are looked at.
const MOST_FILES: usize = 10_000;
/// What the unit of length is where the file does not tell. *Units*: metres.
const USUAL_UNIT: f64 = 0.01;

/// Whether an archive is of this kind, by its extension.
pub(crate) fn is_archive(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04")
}

/// Reads any of the three.
pub(crate) fn read(source: &mut Source, request: &Request<'_>) -> Result<Preview, PreviewError> {
    let bytes = source.bytes()?;
    let read = || -> Result<Preview, PreviewError> {
        if !is_archive(&bytes) {
            return picture(&bytes, Files::Beside(Beside::new(request.beside)), request);
        }
        let files = unpacked(&bytes)?;
        let is_layer = |name: &str| [".usdc", ".usda", ".usd"].iter().any(|ending| name.ends_with(ending));
        // The first file in it is the one that is shown.
        let root = files.order.iter().find(|name| is_layer(name)).and_then(|name| files.bytes.get(name));
        let root = root.ok_or_else(|| PreviewError::broken("no file in it is USD"))?;
        picture(root, Files::Packed(files.bytes, BTreeSet::new()), request)
    };
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(PreviewError::broken("it is not as its own tables say")))
}

/// The files of an archive, which are not compressed in this kind, by their names.
struct Unpacked<'a> {
    order: Vec<String>,
    bytes: HashMap<String, &'a [u8]>,
}

fn unpacked(bytes: &[u8]) -> Result<Unpacked<'_>, PreviewError> {
    let archive = ZipArchive::from_slice(bytes).map_err(PreviewError::broken)?;
    let mut entries = archive.entries();
    let mut files = Unpacked { order: Vec::new(), bytes: HashMap::new() };
    while let Some(entry) = entries.next_entry().map_err(PreviewError::broken)? {
        if files.order.len() == MOST_FILES || entry.compression_method() != CompressionMethod::STORE {
            continue;
        }
        let name = String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned();
        let entry = archive.get_entry(entry.wayfinder()).map_err(PreviewError::broken)?;
        let start = entry.data().as_ptr() as usize - bytes.as_ptr() as usize;
        files.order.push(name.clone());
        files.bytes.insert(name, &bytes[start..start + entry.data().len()]);
    }
    Ok(files)
}

/// Where the files are that a layer names.
enum Files<'a> {
    Beside(Beside),
    /// In the same archive; and those that are not.
    Packed(HashMap<String, &'a [u8]>, BTreeSet<String>),
}

impl Files<'_> {
    /// A picture, as a texture.
    fn texture(&mut self, name: &str, textures: &mut Textures) -> Option<usize> {
        let name = name.strip_prefix("./").unwrap_or(name);
        match self {
            Self::Beside(beside) => {
                let file = beside.open(name)?;
                textures.add_file(file, name)
            }
            Self::Packed(files, missing) => {
                let found = files.get(name).map(|bytes| bytes.to_vec());
                if found.is_none() {
                    missing.insert(name.chars().take(1024).collect());
                }
                textures.add_bytes(found?)
            }
        }
    }

    /// Notes another layer, which is not composed with this one.
    fn note_layer(&mut self, name: &str) {
        match self {
            Self::Beside(beside) => drop(beside.open(name)),
            Self::Packed(files, missing) => {
                if !files.contains_key(name) {
                    missing.insert(name.chars().take(1024).collect());
                }
            }
        }
    }

    fn into_missing(self) -> Vec<String> {
        match self {
            Self::Beside(beside) => beside.into_missing(),
            Self::Packed(_, missing) => missing.into_iter().take(1000).collect(),
        }
    }
}

fn picture(bytes: &[u8], files: Files<'_>, request: &Request<'_>) -> Result<Preview, PreviewError> {
    let layer = Layer::read(bytes)?;
    let root = Path::abs_root();
    let mut walk = Walk {
        layer: &layer,
        files,
        textures: Textures::default(),
        scene: Scene::default(),
        materials: HashMap::new(),
        meshes: 0,
        prims: 0,
    };
    walk.scene.add_material(super::scene::Material::default());
    walk.all(&root)?;
    let Walk { files, textures, mut scene, meshes, prims, .. } = walk;
    let count = |length: usize| Some(u32::try_from(length).unwrap_or(u32::MAX));
    let is_packed = matches!(files, Files::Packed(..));
    // The text has another word for it.
    let generator = layer.text(&root, "documentation").or_else(|| layer.text(&root, "doc"));
    let facts = Facts {
        format: (!is_packed).then(|| if layer.is_binary() { "usdc" } else { "usda" }.to_owned()),
        meshes: count(meshes),
        nodes: count(prims),
        // The first is for what has none.
        materials: count(scene.materials.len() - 1),
        textures: count(textures.len()),
        generator: generator.filter(|text| !text.is_empty() && text.len() < 200),
        size_unit: Some("m".to_owned()),
        ..Facts::default()
    };
    textures.finish(&mut scene);
    super::finish(&scene, request, Facts { missing: files.into_missing(), ..facts })
}

struct Walk<'a> {
    layer: &'a Layer,
    files: Files<'a>,
    textures: Textures,
    scene: Scene,
    /// The scene's material of each that was asked for, by its path.
    materials: HashMap<String, u32>,
    meshes: usize,
    prims: usize,
}

/// What holds for a thing and those below it, unless they say otherwise.
#[derive(Clone)]
struct Inherited {
    place: Mat4,
    material: Option<String>,
}

impl Walk<'_> {
    fn all(&mut self, root: &Path) -> Result<(), PreviewError> {
        let unit = self.layer.number(root, "metersPerUnit").filter(|unit| *unit > 0.0).unwrap_or(USUAL_UNIT);
        let is_z_up = self.layer.text(root, "upAxis").is_some_and(|axis| axis == "Z");
        let turn = if is_z_up { Mat4::from_rotation_x(-std::f32::consts::FRAC_PI_2) } else { Mat4::IDENTITY };
        for name in self.layer.sub_layers(root) {
            self.files.note_layer(&name);
        }
        let place = Mat4::from_scale(Vec3::splat(unit as f32)) * turn;
        let top = Inherited { place, material: None };
        let mut open: Vec<(Path, Inherited)> =
            self.layer.children(root).into_iter().map(|child| (child, top.clone())).collect();
        while let Some((path, above)) = open.pop() {
            self.prims += 1;
            if self.prims > MOST_PRIMS {
                return Err(PreviewError::TooLarge(format!("more than {MOST_PRIMS} things")));
            }
            if !self.layer.is_shown(&path) {
                continue;
            }
            for name in self.layer.other_layers(&path) {
                self.files.note_layer(&name);
            }
            let kind = self.layer.text(&path, "typeName").unwrap_or_default();
            if matches!(kind.as_str(), "Material" | "Shader" | "NodeGraph" | "GeomSubset") {
                continue;
            }
            let (local, is_reset) = local(self.layer, &path);
            let above_place = if is_reset { place } else { above.place };
            let material = self.layer.binding(&path).or(above.material);
            let here = Inherited { place: above_place * local, material };
            self.geometry(&path, &kind, &here)?;
            open.extend(self.layer.children(&path).into_iter().map(|child| (child, here.clone())));
        }
        Ok(())
    }

    /// The scene's material for a path; the first where there is none.
    fn material(&mut self, path: Option<&str>) -> u32 {
        let Some(path) = path else { return 0 };
        if let Some(known) = self.materials.get(path) {
            return *known;
        }
        let material = materials::read(self.layer, path, &mut self.files, &mut self.textures);
        let index = material.map_or(0, |material| self.scene.add_material(material));
        self.materials.insert(path.to_owned(), index);
        index
    }
}

/// Where a thing is within the one above it, and whether it leaves that aside.
fn local(layer: &Layer, path: &Path) -> (Mat4, bool) {
    let (mut place, mut is_reset) = (Mat4::IDENTITY, false);
    for name in layer.words(path, "xformOpOrder") {
        if name == "!resetXformStack!" {
            (place, is_reset) = (Mat4::IDENTITY, true);
            continue;
        }
        let inverted = name.strip_prefix("!invert!");
        let step = step(layer, path, inverted.unwrap_or(&name)).unwrap_or(Mat4::IDENTITY);
        let is_regular = step.determinant().abs() > 0.0;
        place *= if inverted.is_some() && is_regular { step.inverse() } else { step };
    }
    (place, is_reset)
}

/// One step of a thing's place.
fn step(layer: &Layer, path: &Path, name: &str) -> Option<Mat4> {
    let numbers = layer.numbers(path, name)?;
    let three = || Some(Vec3::new(*numbers.first()?, *numbers.get(1)?, *numbers.get(2)?));
    let kind = name.strip_prefix("xformOp:")?.split(':').next()?;
    Some(match kind {
        "translate" => Mat4::from_translation(three()?),
        "scale" => Mat4::from_scale(three()?),
        "transform" => Mat4::from_cols_array(numbers.as_slice().try_into().ok()?),
        "orient" => {
            let [w, x, y, z] = layer.quaternion(numbers.as_slice().try_into().ok()?);
            let turn = Quat::from_xyzw(x, y, z, w);
            Mat4::from_quat(if turn.length_squared() > 0.0 { turn.normalize() } else { Quat::IDENTITY })
        }
        _ => {
            let axes = kind.strip_prefix("rotate")?;
            let mut turn = Mat4::IDENTITY;
            for (place, axis) in axes.chars().enumerate() {
                // One angle for one axis; of three, those of X, Y and Z, whatever the order.
                let number = if axes.len() == 1 { 0 } else { "XYZ".find(axis).unwrap_or(place) };
                let angle = numbers.get(number)?.to_radians();
                turn = match axis {
                    'X' => Mat4::from_rotation_x(angle),
                    'Y' => Mat4::from_rotation_y(angle),
                    'Z' => Mat4::from_rotation_z(angle),
                    _ => return None,
                } * turn;
            }
            turn
        }
    })
}
