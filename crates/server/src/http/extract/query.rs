//! Names and values in a query string or a form body. *Source*: WHATWG URL Standard, section 5.1, but strict:
//! what is not UTF-8 is refused, not replaced.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::error::{ApiError, ApiResult};

/// Reads the pairs into JSON members: strings, and an array of strings where a name is repeated.
pub(crate) fn members(encoded: &str) -> ApiResult<Map<String, Value>> {
    let mut members = Map::new();
    for pair in encoded.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(name)?, decoded(value)?);
        // `ids[]` is how some clients write a repeated `ids`.
        add(&mut members, name.strip_suffix("[]").unwrap_or(&name).to_owned(), value);
    }
    Ok(members)
}

/// Adds a value under a name; a name given again makes an array.
pub(crate) fn add(members: &mut Map<String, Value>, name: String, value: String) {
    match members.get_mut(&name) {
        None => {
            members.insert(name, Value::String(value));
        }
        Some(Value::Array(values)) => values.push(Value::String(value)),
        Some(first) => {
            let values = vec![first.take(), Value::String(value)];
            *first = Value::Array(values);
        }
    }
}

fn decoded(text: &str) -> ApiResult<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| ApiError::invalid_field("query", "must be percent-encoded UTF-8"))
}
