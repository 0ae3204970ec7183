//! Readers of pictures.

mod color;
pub(crate) mod exr;
pub(crate) mod hdr;
mod planes;
pub(crate) mod png;
pub(crate) mod psd;
pub(crate) mod raster;
mod shrink;
mod tone;
