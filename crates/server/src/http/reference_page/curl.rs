//! A `curl` line for each operation, ready for a POSIX shell once the variables are set.
//! Makes plain text; the caller escapes it for HTML.

use serde_json::Value;

use super::operation::Operation;
use super::text;
use crate::http::example::{definition, example};

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
    let example = || given.cloned().unwrap_or_else(|| example(document, &content["schema"]));
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
