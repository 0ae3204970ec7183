//! JSON schemas as HTML: a short name of the type, its limits, and a table of an object's members.
//! Draws what the document says and checks nothing. Called for parameters, bodies, responses and the list of schemas.

use serde_json::Value;

use super::html::{escape, inline, prose, slug};

/// Where a schema of this name stands on the page.
pub(super) fn schema_id(name: &str) -> String {
    format!("schema-{}", slug(name))
}

/// The type in a few words, with links: `string`, `array of Asset`, `Lock or null`.
pub(super) fn type_name(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or(reference);
        return format!("<a class=\"type\" href=\"#{}\">{}</a>", schema_id(name), escape(name));
    }
    for (word, joint) in [("oneOf", " or "), ("anyOf", " or "), ("allOf", " and ")] {
        if let Some(choices) = schema[word].as_array() {
            let names: Vec<String> = choices.iter().map(type_name).collect();
            return names.join(joint);
        }
    }
    let names: Vec<&str> = match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ if schema["properties"].is_object() => vec!["object"],
        _ if schema["enum"].is_array() => vec!["string"],
        _ => vec!["any"],
    };
    let described = names.iter().map(|name| match *name {
        "array" if schema["items"].is_object() => format!("array of {}", type_name(&schema["items"])),
        "object" if schema["additionalProperties"].is_object() => {
            format!("map of {}", type_name(&schema["additionalProperties"]))
        }
        name => match schema["format"].as_str() {
            Some(format) if name != "null" => {
                format!("{} <span class=\"format\">{}</span>", escape(name), escape(format))
            }
            _ => escape(name),
        },
    });
    described.collect::<Vec<_>>().join(" or ")
}

/// A schema in full: description, limits, members.
pub(super) fn schema_details(schema: &Value) -> String {
    let description = schema["description"].as_str().map(prose).unwrap_or_default();
    format!("{description}{}{}", limits(schema), members(schema))
}

/// What a type name can't say: allowed values, limits, default and example.
pub(super) fn limits(schema: &Value) -> String {
    const WORDS: [(&str, &str); 12] = [
        ("default", "default"),
        ("const", "always"),
        ("minimum", "at least"),
        ("exclusiveMinimum", "more than"),
        ("maximum", "at most"),
        ("exclusiveMaximum", "less than"),
        ("minLength", "characters at least"),
        ("maxLength", "characters at most"),
        ("minItems", "entries at least"),
        ("maxItems", "entries at most"),
        ("pattern", "matches"),
        ("example", "for example"),
    ];
    let mut facts = Vec::new();
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<String> = values.iter().map(code).collect();
        facts.push(format!("one of {}", values.join(" ")));
    }
    for (keyword, words) in WORDS {
        if let Some(value) = schema.get(keyword) {
            facts.push(format!("{words} {}", code(value)));
        }
    }
    if let Some(example) = schema["examples"].get(0) {
        facts.push(format!("for example {}", code(example)));
    }
    for (keyword, words) in [("readOnly", "only in answers"), ("writeOnly", "only in requests")] {
        if schema[keyword] == true {
            facts.push(words.to_owned());
        }
    }
    if facts.is_empty() { String::new() } else { format!("<p class=\"limits\">{}</p>", facts.join(" · ")) }
}

fn code(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    format!("<code>{}</code>", escape(&text))
}

/// Tables for the members of everything inside this schema that has no name of its own.
fn members(schema: &Value) -> String {
    let mut html = String::new();
    if let Some(properties) = schema["properties"].as_object().filter(|properties| !properties.is_empty()) {
        let rows: String = properties.iter().map(|(name, member)| member_row(schema, name, member)).collect();
        html += &format!(
            "<table class=\"members\"><thead><tr><th scope=\"col\">Member</th><th scope=\"col\">Type</th>\
             <th scope=\"col\">Meaning</th></tr></thead><tbody>{rows}</tbody></table>"
        );
    }
    for inner in ["items", "additionalProperties"].iter().filter_map(|word| schema.get(word)) {
        html += &members(inner);
    }
    for word in ["oneOf", "anyOf", "allOf"] {
        for choice in schema[word].as_array().into_iter().flatten() {
            html += &choice_details(choice);
        }
    }
    html
}

/// One alternative: nothing where its name or type says it all.
fn choice_details(choice: &Value) -> String {
    let details = schema_details(choice);
    if details.is_empty() || choice.get("$ref").is_some() {
        return String::new();
    }
    format!("<div class=\"choice\"><p>{}</p>{details}</div>", type_name(choice))
}

fn member_row(schema: &Value, name: &str, member: &Value) -> String {
    let required = schema["required"].as_array().is_some_and(|names| names.iter().any(|entry| entry == name));
    let mark = if required { " <span class=\"required\">required</span>" } else { "" };
    format!(
        "<tr><th scope=\"row\"><code>{}</code>{mark}</th><td>{}</td><td>{}</td></tr>",
        escape(name),
        type_name(member),
        schema_details(member)
    )
}

/// The first paragraph of a text, on one line.
pub(super) fn first_line(text: &str) -> String {
    inline(text.split("\n\n").next().unwrap_or_default().trim())
}
