//! One operation of the OpenAPI document: what it is called, and how it is shown.
//! Reads the document's JSON and changes nothing. Called by the page for its contents and its sections.

use serde_json::Value;

use super::curl;
use super::html::{escape, prose, slug};
use super::schema::{first_line, limits, schema_details, type_name};
use super::{ORIGINS, text};

/// The methods a path item may have, in the order they are shown.
const METHODS: [&str; 8] = ["get", "post", "put", "patch", "delete", "head", "options", "trace"];

/// One method of one path.
pub(super) struct Operation<'a> {
    pub(super) method: &'static str,
    pub(super) path: &'a str,
    value: &'a Value,
    /// Those of the path, then those of the operation.
    pub(super) parameters: Vec<&'a Value>,
    pub(super) body: Option<&'a Value>,
    pub(super) needs_token: bool,
}

/// All operations of the document, by path, then method.
pub(super) fn operations(document: &Value) -> Vec<Operation<'_>> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            if item[method].is_object() {
                operations.push(operation(document, path, item, method));
            }
        }
    }
    operations
}

fn operation<'a>(document: &'a Value, path: &'a str, item: &'a Value, method: &'static str) -> Operation<'a> {
    let value = &item[method];
    let own = value["parameters"].as_array().into_iter().flatten();
    let shared = item["parameters"].as_array().into_iter().flatten();
    let body = value.get("requestBody").map(|body| resolve(document, body));
    let security = value.get("security").unwrap_or(&document["security"]);
    Operation {
        method,
        path,
        value,
        parameters: shared.chain(own).map(|parameter| resolve(document, parameter)).collect(),
        body,
        needs_token: security.as_array().is_some_and(|schemes| !schemes.is_empty()),
    }
}

/// What a `$ref` names, or the value itself.
fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|reference| document.pointer(reference.strip_prefix('#')?));
    target.unwrap_or(value)
}

impl Operation<'_> {
    /// Where the operation stands on the page.
    pub(super) fn id(&self) -> String {
        match self.value["operationId"].as_str() {
            Some(id) => format!("operation-{}", slug(id)),
            None => format!("operation-{}{}", self.method, slug(self.path)),
        }
    }

    pub(super) fn tag(&self) -> &str {
        self.value["tags"][0].as_str().unwrap_or("Other")
    }

    pub(super) fn origin(&self) -> &str {
        text(&self.value["x-origin"])
    }

    /// The operation in a few words.
    fn title(&self) -> String {
        match (self.value["summary"].as_str(), self.value["operationId"].as_str()) {
            (Some(summary), _) => first_line(summary.trim_end_matches('.')),
            (None, Some(id)) => escape(&id.replace('_', " ")),
            (None, None) => escape(self.path),
        }
    }

    /// The line in the list of contents.
    pub(super) fn contents_entry(&self) -> String {
        format!(
            "<li><a href=\"#{}\" title=\"{}\"><span class=\"method {m}\">{m}</span><span>{}</span></a></li>",
            self.id(),
            escape(self.path),
            without_links(&self.title()),
            m = self.method,
        )
    }

    /// The operation in full.
    pub(super) fn article(&self, document: &Value) -> String {
        let id = self.id();
        let deprecated = if self.value["deprecated"] == true {
            "<span class=\"deprecated\">deprecated</span>"
        } else {
            ""
        };
        format!(
            "<article class=\"operation\" id=\"{id}\" aria-labelledby=\"{id}-title\">\
             <div class=\"about\"><h3 id=\"{id}-title\">{} <a class=\"anchor\" href=\"#{id}\" aria-label=\"Link to this operation\">#</a></h3>\
             <p class=\"endpoint\"><span class=\"method {m}\">{m}</span> <code>{}</code></p>\
             <p class=\"facts\">{}{deprecated}{}</p>{}</div>\
             <div class=\"example\"><h4>Example</h4><pre><code>{}</code></pre></div>\
             <div class=\"detail\">{}{}{}</div></article>",
            self.title(),
            path_with_places(self.path),
            self.origin_badge(),
            self.access(),
            prose(text(&self.value["description"])),
            escape(&curl::command(document, self)),
            self.parameters_table(),
            self.body_section(document),
            self.responses_section(document),
            m = self.method,
        )
    }

    fn origin_badge(&self) -> String {
        let origin = self.origin();
        if origin.is_empty() {
            return String::new();
        }
        let meaning = ORIGINS.iter().find(|(name, _)| *name == origin).map_or("", |(_, meaning)| *meaning);
        format!(
            "<span class=\"origin {}\" title=\"{}\">{}</span> ",
            slug(origin),
            escape(meaning),
            escape(origin)
        )
    }

    fn access(&self) -> String {
        let access = match text(&self.value["x-access"]) {
            "" => String::new(),
            access => format!("<span class=\"access\"><b>Access</b> {}</span>", escape(access)),
        };
        let scope = match text(&self.value["x-scope"]) {
            "" => String::new(),
            scope => {
                format!(" <span class=\"access\"><b>Scope</b> <code>{}</code></span>", escape(scope))
            }
        };
        access + &scope
    }

    fn parameters_table(&self) -> String {
        let rows: String = self.parameters.iter().map(|parameter| parameter_row(parameter)).collect();
        if rows.is_empty() {
            return rows;
        }
        format!(
            "<h4>Parameters</h4><table class=\"parameters\"><thead><tr><th scope=\"col\">Name</th><th scope=\"col\">In</th>\
             <th scope=\"col\">Type</th><th scope=\"col\">Meaning</th></tr></thead><tbody>{rows}</tbody></table>"
        )
    }

    fn body_section(&self, document: &Value) -> String {
        let Some(body) = self.body else { return String::new() };
        let mark = if body["required"] == true { " <span class=\"required\">required</span>" } else { "" };
        format!(
            "<h4>Request body{mark}</h4>{}{}",
            prose(text(&body["description"])),
            accepted(document, body)
        )
    }

    /// Answers that went well in full; refusals folded away, since they are much the same everywhere.
    fn responses_section(&self, document: &Value) -> String {
        let (mut good, mut refused, mut codes) = (String::new(), String::new(), Vec::new());
        for (status, response) in self.value["responses"].as_object().into_iter().flatten() {
            let row = response_row(document, status, resolve(document, response));
            if status.starts_with(['1', '2', '3']) {
                good += &row;
            } else {
                refused += &row;
                codes.push(if status == "default" { "any other".to_owned() } else { escape(status) });
            }
        }
        let table = |rows: &str| {
            format!(
                "<table class=\"responses\"><thead><tr><th scope=\"col\">Status</th><th scope=\"col\">Meaning</th></tr>\
                 </thead><tbody>{rows}</tbody></table>"
            )
        };
        let good = if good.is_empty() { good } else { table(&good) };
        let refused = if refused.is_empty() {
            refused
        } else {
            let codes = codes.join(", ");
            format!("<details><summary>Refusals: {codes}</summary>{}</details>", table(&refused))
        };
        if good.is_empty() && refused.is_empty() {
            good
        } else {
            format!("<h4>Responses</h4>{good}{refused}")
        }
    }
}

/// A title inside a link must not hold another.
fn without_links(html: &str) -> String {
    let mut plain = String::new();
    for piece in html.split_inclusive('>') {
        let tag_at = piece.rfind('<').unwrap_or(piece.len());
        let (before, tag) = piece.split_at(tag_at);
        plain += before;
        if !(tag.starts_with("<a ") || tag == "</a>") {
            plain += tag;
        }
    }
    plain
}

/// The path with its `{names}` marked, and room to break the line after each `/`.
fn path_with_places(path: &str) -> String {
    escape(path).replace('/', "/<wbr>").replace('{', "<var>{").replace('}', "}</var>")
}

fn parameter_row(parameter: &Value) -> String {
    let mark = if parameter["required"] == true { " <span class=\"required\">required</span>" } else { "" };
    let schema = &parameter["schema"];
    let example = parameter.get("example").map(|example| {
        let example = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
        format!("<p class=\"limits\">for example <code>{}</code></p>", escape(&example))
    });
    format!(
        "<tr><th scope=\"row\"><code>{}</code>{mark}</th><td>{}</td><td>{}</td><td>{}{}{}</td></tr>",
        escape(text(&parameter["name"])),
        escape(text(&parameter["in"])),
        type_name(schema),
        prose(text(&parameter["description"])),
        limits(schema),
        example.unwrap_or_default(),
    )
}

fn response_row(document: &Value, status: &str, response: &Value) -> String {
    let headers: String = response["headers"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, header)| {
            let header = resolve(document, header);
            format!("<li><code>{}</code> {}</li>", escape(name), first_line(text(&header["description"])))
        })
        .collect();
    let headers = if headers.is_empty() { headers } else { format!("<ul class=\"headers\">{headers}</ul>") };
    let class = match status.as_bytes().first() {
        Some(b'2') => "good",
        Some(b'1' | b'3') => "neutral",
        _ => "refused",
    };
    format!(
        "<tr><th scope=\"row\"><span class=\"status {class}\">{}</span></th><td>{}{}{headers}</td></tr>",
        escape(status),
        prose(text(&response["description"])),
        contents(response),
    )
}

/// The media types a request may have. What must be sent is shown on the spot, once for all forms of the same thing.
fn accepted(document: &Value, body: &Value) -> String {
    let (mut html, mut shown) = (String::new(), Vec::new());
    for (media_type, content) in body["content"].as_object().into_iter().flatten() {
        let schema = &content["schema"];
        html += &media(media_type, schema);
        if !shown.contains(&schema) {
            shown.push(schema);
        }
    }
    html + &shown.into_iter().map(|schema| schema_details(resolve(document, schema))).collect::<String>()
}

/// The media types of an answer. Members are shown where the schema has no name to link to.
fn contents(body: &Value) -> String {
    let forms = body["content"].as_object().into_iter().flatten();
    forms
        .map(|(media_type, content)| {
            let schema = &content["schema"];
            let details = if schema.get("$ref").is_some() { String::new() } else { schema_details(schema) };
            media(media_type, schema) + &details
        })
        .collect()
}

fn media(media_type: &str, schema: &Value) -> String {
    let name = if schema.is_null() { String::new() } else { type_name(schema) };
    format!("<p class=\"media\"><code>{}</code> {name}</p>", escape(media_type))
}
