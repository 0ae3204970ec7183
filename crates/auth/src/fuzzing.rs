//! The door for fuzz targets to parsers that are private. Not for programs; called by `fuzz/` alone.

use crate::strict_json::parse_object;

/// Reads an object as a token's header and claims are read, and says whether it is one.
pub fn read_object(json: &[u8]) -> bool {
    parse_object(json).is_ok()
}
