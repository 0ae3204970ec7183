//! A `curl` line for each operation, ready for a POSIX shell once the variables are set.
//! Makes plain text; the caller escapes it for HTML.

use serde_json::{Map, Value, json};

use super::operation::Operation;
use super::text;

/// How deep an example body goes into schemas that name each other.
const MAX_DEPTH: u8 = 5;

/// The lines that set what the commands read.
pub(super) fn settings(server: &str) -> String {
    format!(
        "SERVER={server}\nTOKEN=…         # from POST /auth/token, without the quotes\nACCOUNT_ID=…\nWORKSPACE_ID=…"
    )
}

/// The command that calls an operation with all it needs and no more.
pub(super) fn command(document: &Value, operation: &Operation<'_>) -> String {
    let mut parts = vec![match operation.method {
        "get" => format!("curl \"{}\"", address(operation)),
        "head" => format!("curl --head \"{}\"", address(operation)),
        method => format!("curl -X {} \"{}\"", method.to_uppercase(), address(operation)),
    }];
    if operation.needs_token {
        parts.push("-H \"Authorization: Bearer $TOKEN\"".to_owned());
    }
    for name in required(operation, "header") {
        parts.push(format!("-H \"{}: ${}\"", in_double_quotes(name), variable(name)));
    }
    if let Some(body) = operation.body {
        parts.extend(body_parts(document, body));
    }
    parts.join(" \\\n  ")
}

fn required<'a>(operation: &'a Operation<'_>, place: &'a str) -> impl Iterator<Item = &'a str> {
    let needed = move |parameter: &&&Value| parameter["in"] == place && parameter["required"] == true;
    operation.parameters.iter().filter(needed).map(|parameter| text(&parameter["name"]))
}

/// The address with `$NAME` for each place in the path and each query parameter that must be there.
fn address(operation: &Operation<'_>) -> String {
    let mut address = "$SERVER".to_owned();
    for piece in operation.path.split_inclusive('}') {
        match piece.strip_suffix('}').and_then(|piece| piece.rsplit_once('{')) {
            Some((before, name)) => {
                address +=
                    &format!("{}${{{}}}", in_double_quotes(before), variable(name.trim_start_matches('*')));
            }
            None => address += &in_double_quotes(piece),
        }
    }
    for (index, name) in required(operation, "query").enumerate() {
        let joint = if index == 0 { '?' } else { '&' };
        address += &format!("{joint}{}=${}", in_double_quotes(name), variable(name));
    }
    address
}

/// `x-account-id` is `ACCOUNT_ID`.
fn variable(name: &str) -> String {
    let name = name.strip_prefix("x-").unwrap_or(name);
    let part = |character: char| {
        if character.is_ascii_alphanumeric() { character.to_ascii_uppercase() } else { '_' }
    };
    name.chars().map(part).collect()
}

fn in_double_quotes(text: &str) -> String {
    let mut quoted = String::new();
    for character in text.chars() {
        if matches!(character, '"' | '$' | '`' | '\\') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted
}

fn in_single_quotes(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The body in the first form the operation takes; JSON where it takes that.
fn body_parts(document: &Value, body: &Value) -> Vec<String> {
    let Some(forms) = body["content"].as_object() else { return Vec::new() };
    let Some((media_type, content)) = forms.get_key_value("application/json").or_else(|| forms.iter().next())
    else {
        return Vec::new();
    };
    let given = content.get("example").or_else(|| {
        let (_, example) = content["examples"].as_object()?.iter().next()?;
        example.get("value")
    });
    let example = || given.cloned().unwrap_or_else(|| example(document, &content["schema"], 0));
    let kind = format!("-H {}", in_single_quotes(&format!("Content-Type: {media_type}")));
    match media_type.as_str() {
        "multipart/form-data" => fields(document, &content["schema"], &example())
            .map(|(name, value)| format!("-F {}", in_single_quotes(&format!("{name}={value}"))))
            .collect(),
        "application/x-www-form-urlencoded" => fields(document, &content["schema"], &example())
            .map(|(name, value)| format!("--data-urlencode {}", in_single_quotes(&format!("{name}={value}"))))
            .collect(),
        json if json.ends_with("json") => {
            vec![kind, format!("-d {}", in_single_quotes(&readable(&example())))]
        }
        _ => vec![kind, "--data-binary @FILE".to_owned()],
    }
}

/// JSON on one line, or on several where one would be long.
fn readable(value: &Value) -> String {
    const LINE_CHARACTERS: usize = 44;
    let line = value.to_string();
    if line.chars().count() <= LINE_CHARACTERS { line } else { format!("{value:#}").replace('\n', "\n  ") }
}

/// Name and value of each member of a form; a file is `@FILE`.
fn fields(document: &Value, schema: &Value, example: &Value) -> impl Iterator<Item = (String, String)> {
    let members = example.as_object().cloned().unwrap_or_default();
    let schema = definition(document, schema).clone();
    members.into_iter().map(move |(name, value)| {
        let value = match &schema["properties"][&name] {
            member if is_file(member) => "@FILE".to_owned(),
            _ => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
        };
        (name, value)
    })
}

fn is_file(schema: &Value) -> bool {
    schema["format"] == "binary" || schema.get("contentMediaType").is_some()
}

fn definition<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let target = schema["$ref"].as_str().and_then(|reference| document.pointer(reference.strip_prefix('#')?));
    target.unwrap_or(schema)
}

/// A value that a schema would accept: its own example, else the simplest. Of an object, what is required or has an
/// example, so that the line stays short.
fn example(document: &Value, schema: &Value, depth: u8) -> Value {
    let schema = definition(document, schema);
    if let Some(given) = schema.get("example").or_else(|| schema["examples"].get(0)) {
        return given.clone();
    }
    if let Some(given) =
        schema.get("const").or_else(|| schema["enum"].get(0)).or_else(|| schema.get("default"))
    {
        return given.clone();
    }
    if depth >= MAX_DEPTH {
        return Value::Null;
    }
    if let Some(choice) = ["oneOf", "anyOf", "allOf"].iter().find_map(|word| {
        let choices = schema[*word].as_array()?;
        choices.iter().find(|choice| choice["type"] != "null")
    }) {
        return example(document, choice, depth + 1);
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| **kind != "null").and_then(Value::as_str),
        kind => kind.as_str(),
    };
    match kind {
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(true),
        Some("array") => json!([example(document, &schema["items"], depth + 1)]),
        Some("string") => json!(example_text(text(&schema["format"]))),
        _ if schema["properties"].is_object() => object_example(document, schema, depth),
        _ => json!({}),
    }
}

fn example_text(format: &str) -> &'static str {
    match format {
        "uuid" => "01980000-0000-7000-8000-000000000000",
        "date-time" => "2030-01-31T12:00:00.000Z",
        "email" => "somebody@example.org",
        "uri" => "https://example.org/",
        _ => "…",
    }
}

fn object_example(document: &Value, schema: &Value, depth: u8) -> Value {
    let required =
        |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|n| n == name));
    let members: Map<String, Value> = schema["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, member)| {
            required(name) || member.get("example").is_some() || member["examples"].is_array()
        })
        .map(|(name, member)| (name.clone(), example(document, member, depth + 1)))
        .collect();
    Value::Object(members)
}
