//! The door for fuzz targets to parsers that are private. Not for programs; called by `fuzz/` alone.

pub use crate::http::fuzzing::{headers, token_request};
