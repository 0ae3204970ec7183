//! Readers of pictures.

pub(crate) mod basis;
mod color;
pub(crate) mod dds;
pub(crate) mod embedded;
pub(crate) mod exr;
pub(crate) mod hdr;
pub(crate) mod jpeg;
pub(crate) mod ktx2;
mod packed_light;
mod planes;
pub(crate) mod png;
pub(crate) mod psd;
pub(crate) mod raster;
pub(crate) mod role;
pub(crate) mod shrink;
pub(crate) mod svg;
mod texels;
pub(crate) mod tiff;
mod tone;
