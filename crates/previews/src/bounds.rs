//! What a reader may take, whatever the file says. The process that reads has bounds of its own, and is ended above them; these
//! come first, and say why.

/// The longest file that is read whole. *Units*: bytes.
pub(crate) const FILE_IN_MEMORY: u64 = 256 << 20;
/// The longest side of a picture. *Units*: pixels.
pub(crate) const SIDE: u32 = 65_535;
/// The most pixels of a picture that is read in rows, and never whole: PSD and OpenEXR files of 16384 by 16384 are.
pub(crate) const STREAMED_PIXELS: u64 = 1 << 29;
/// The largest picture that is held whole. *Units*: bytes.
pub(crate) const PICTURE_IN_MEMORY: u64 = 320 << 20;
/// The most vertices of a model, those of each copy of a mesh counted.
pub(crate) const VERTICES: usize = 8_000_000;
/// The most triangles of a model, those of each copy of a mesh counted.
pub(crate) const TRIANGLES: usize = 8_000_000;
/// The most that all textures of a model may take. *Units*: bytes.
pub(crate) const TEXTURES_IN_MEMORY: u64 = 256 << 20;
