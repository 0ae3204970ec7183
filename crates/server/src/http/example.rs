//! Examples of requests and answers, made from those that members of the schemas have: each is declared once, beside its
//! member, and the document shows it wherever that stands. Makes nothing up that a test would not accept.

use serde_json::{Map, Value, json};

/// How deep an example goes into schemas that name each other.
const MAX_DEPTH: u8 = 9;

/// Gives an example to each request body, and to each schema that is answered.
pub(crate) fn add_examples(document: &mut Value) {
    let known = document.clone();
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (_, operation) in paths.filter_map(|(_, item)| item.as_object_mut()).flatten() {
        let forms = operation
            .pointer_mut("/requestBody/content")
            .and_then(Value::as_object_mut)
            .into_iter()
            .flatten();
        for (_, content) in forms.filter(|(_, content)| content.get("example").is_none()) {
            content["example"] = example(&known, &content["schema"]);
        }
    }
    for name in answered(&known) {
        let schema = &mut document["components"]["schemas"][name];
        if schema.get("examples").is_none() {
            schema["examples"] = json!([example(&known, schema)]);
        }
    }
}

/// The names of the schemas of answers and of their rows.
fn answered(document: &Value) -> Vec<&str> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let operations = paths.filter_map(|(_, item)| item.as_object()).flatten();
    let answers = operations.filter_map(|(_, operation)| operation["responses"].as_object()).flatten();
    let succeeded = answers.filter(|(status, _)| status.starts_with('2'));
    let forms = succeeded.filter_map(|(_, answer)| answer["content"].as_object()).flatten();
    let references = forms.flat_map(|(_, content)| {
        let schema = &content["schema"];
        [schema["$ref"].as_str(), schema["items"]["$ref"].as_str()]
    });
    references.flatten().filter_map(|reference| reference.rsplit('/').next()).collect()
}

/// What a schema stands for: itself, or the one that it names.
pub(crate) fn definition<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let target = schema["$ref"].as_str().and_then(|reference| document.pointer(reference.strip_prefix('#')?));
    target.unwrap_or(schema)
}

/// A value that a schema would accept: its own example, else the simplest. Of an object, what is required or has an
/// example, so that the line stays short.
pub(crate) fn example(document: &Value, schema: &Value) -> Value {
    at_depth(document, schema, 0)
}

fn at_depth(document: &Value, schema: &Value, depth: u8) -> Value {
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
    if let Some(parts) = schema["allOf"].as_array() {
        let parts = parts.iter().map(|part| at_depth(document, part, depth + 1));
        let members =
            parts.filter_map(|part| if let Value::Object(members) = part { Some(members) } else { None });
        return Value::Object(members.flatten().collect());
    }
    if let Some(choice) = ["oneOf", "anyOf"].iter().find_map(|word| {
        let choices = schema[*word].as_array()?;
        choices.iter().find(|choice| choice["type"] != "null")
    }) {
        return at_depth(document, choice, depth + 1);
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| **kind != "null").and_then(Value::as_str),
        kind => kind.as_str(),
    };
    match kind {
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(true),
        // What holds itself ends somewhere.
        Some("array") => match at_depth(document, &schema["items"], depth + 1) {
            Value::Null => json!([]),
            entry => json!([entry]),
        },
        Some("string") => json!(example_text(schema["format"].as_str().unwrap_or_default())),
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
        .map(|(name, member)| (name.clone(), at_depth(document, member, depth + 1)))
        .collect();
    Value::Object(members)
}
