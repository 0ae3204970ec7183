//! Readers of pictures.

mod color;
mod planes;
pub(crate) mod png;
pub(crate) mod psd;
pub(crate) mod raster;
mod shrink;
mod tone;
