//! Reading a request's inputs: path, query, JSON, form and multipart, each with its bounds and its clear refusal.
//! What may be read at all was decided before (`guard`); what the values mean is the handler's.

mod inputs;
mod multipart;
mod path;
mod query;
mod text;

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use inputs::parse_plain_body;
pub(crate) use inputs::{Archive, BareList, Input, InputOrList, Query, Upload, fingerprint_only, required};
pub(crate) use multipart::too_large as file_too_large;
pub(crate) use path::Path;
pub(crate) use text::{Color, Line, Prose, Text, ViewerMetadata, ids, nullable, texts, whole_number};
