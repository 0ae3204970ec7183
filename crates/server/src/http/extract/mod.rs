//! Reading a request's inputs: path, query, JSON, form and multipart, each with its bounds and its clear refusal.
//! What may be read at all was decided before (`guard`); what the values mean is the handler's.

mod email;
mod inputs;
mod multipart;
mod path;
mod query;
mod text;
mod within;

pub(crate) use email::Email;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use inputs::parse_plain_body;
pub(crate) use inputs::{
    Archive, BareList, Input, InputOrList, Query, Upload, fingerprint_only, read_with_picture, required,
    required_list,
};
pub(crate) use multipart::ReceivedFile;
pub(crate) use path::Path;
pub(crate) use text::{
    Color, Line, ListOf, Prose, Text, ViewerMetadata, byte_count, flag, ids, moment, nullable, number_text,
    role_names, short_texts, texts, whole_number,
};
pub(crate) use within::{InputWithin, Within};
