//! Readers of pictures.

mod color;
pub(crate) mod png;
pub(crate) mod raster;
mod shrink;
