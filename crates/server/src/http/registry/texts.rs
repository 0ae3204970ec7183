//! What the document says of texts in inputs: which characters may stand in them. Clients learn so beforehand what would be
//! refused, and each input's members need say no more than how long they may be. *Source*: `http::extract::text`,
//! `mudlark_types::names`.

use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::schema::{AdditionalProperties, ArrayItems, Object, Schema, SchemaType};
use utoipa::openapi::{RefOr, SchemaFormat, Type};

/// One line that is not blank.
const LINE: &str =
    r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$";
/// Any number of lines.
const TEXT: &str = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$";
/// A name that Windows can hold too, but for those of its devices.
const FILE_NAME: &str = r#"^[^\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069/\\:*?"<>|]*[^\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069/\\:*?"<>|. ]$"#;
/// The root, or such names, each behind a slash.
const FOLDER_PATH: &str = r#"^/(([^\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069/\\:*?"<>|]*[^\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069/\\:*?"<>|. ]/)*[^\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069/\\:*?"<>|]*[^\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069/\\:*?"<>|. ]/?)?$"#;
/// How a member says that it is such a name: its `format`, which gives way to the pattern.
const FILE_NAME_FORMAT: &str = "file-name";
/// The length of a folder's path, which nothing else has. *Units*: bytes.
const PATH_LENGTH: usize = mudlark_types::MAX_PATH_BYTES;
/// What may be longer than this has lines. *Units*: bytes.
const LONGEST_LINE: usize = 255;

/// Writes it into what an operation takes in its query. A parameter may be left out; it is never `null`.
pub(super) fn narrow_parameters(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        let Some(schema) = &mut parameter.schema else { continue };
        if let RefOr::T(Schema::Object(object)) = schema
            && let SchemaType::Array(kinds) = &object.schema_type
            && let [kind, Type::Null] = kinds.as_slice()
        {
            object.schema_type = SchemaType::Type(kind.clone());
        }
        if parameter.parameter_in == ParameterIn::Query {
            narrow(schema);
        }
    }
}

/// Writes it into a schema with all that is in it. What an answer holds has no greatest length, and so is left alone.
pub(super) fn narrow(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            narrow_text(object);
            object.properties.values_mut().for_each(narrow);
            if let Some(AdditionalProperties::RefOr(values)) = object.additional_properties.as_deref_mut() {
                narrow(values);
            }
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                narrow(items);
            }
        }
        Schema::OneOf(choice) => choice.items.iter_mut().for_each(narrow),
        Schema::AllOf(whole) => whole.items.iter_mut().for_each(narrow),
        Schema::AnyOf(choice) => choice.items.iter_mut().for_each(narrow),
        _ => {}
    }
}

fn narrow_text(object: &mut Object) {
    let is_file_name =
        matches!(&object.format, Some(SchemaFormat::Custom(format)) if format == FILE_NAME_FORMAT);
    if is_file_name {
        object.format = None;
    }
    let is_text = match &object.schema_type {
        SchemaType::Type(kind) => *kind == Type::String,
        SchemaType::Array(kinds) => kinds.contains(&Type::String),
        SchemaType::AnyValue => false,
    };
    let is_open = object.format.is_none() && object.pattern.is_none() && object.enum_values.is_none();
    let Some(length) = object.max_length.filter(|_| is_text && is_open) else { return };
    let pattern = match length {
        _ if is_file_name => FILE_NAME,
        PATH_LENGTH => FOLDER_PATH,
        ..=LONGEST_LINE if object.min_length.is_some() => LINE,
        _ => TEXT,
    };
    object.pattern = Some(pattern.to_owned());
}
