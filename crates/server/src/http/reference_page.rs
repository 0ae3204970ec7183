//! The API's reference as one HTML page: made from the OpenAPI document, without scripts, pictures, fonts or any
//! other request. Not the document itself and not the route that serves it; `docs` calls this once at start-up.

#![allow(
    clippy::format_collect,
    clippy::format_push_string,
    reason = "the page is made once; what reads like the HTML it makes is worth a few allocations"
)]

mod curl;
mod html;
mod operation;
mod schema;
#[cfg(test)]
mod tests;

use serde_json::Value;
use utoipa::openapi::OpenApi;

use html::{escape, prose, slug};
use operation::Operation;

/// Inside the page, since the page may load nothing.
const STYLE: &str = include_str!("reference_page.css");

/// What each value of `x-origin` means to somebody who writes a client.
const ORIGINS: [(&str, &str); 4] = [
    ("documented", "Path and shape are as the compatible API documents them: portable."),
    ("client", "Not in the documentation, but called by existing clients: portable."),
    ("listed", "The path is documented; the shape of its answer is Mudlark's."),
    ("mudlark", "Mudlark's own: other servers don't have it."),
];

/// Renders the whole document as one static page.
///
/// The page needs no more than `default-src 'none'; style-src 'unsafe-inline'` of a content security policy.
pub(crate) fn reference_page(document: &OpenApi) -> String {
    page(&serde_json::to_value(document).expect("an OpenAPI document has only string keys"))
}

/// The page, from the document's JSON: what other programs read, so what people should see.
fn page(document: &Value) -> String {
    let operations = operation::operations(document);
    let groups = groups(document, &operations);
    let title = escape(document["info"]["title"].as_str().unwrap_or("API"));
    let version = escape(document["info"]["version"].as_str().unwrap_or_default());
    let (navigation, overview) = (navigation(document, &groups), overview(document, &operations));
    let sections: String = groups.iter().map(|group| section(document, group)).collect();
    let schemas = schemas(document);
    format!(
        "<!DOCTYPE html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta name=\"color-scheme\" content=\"light dark\">
<title>{title} API reference</title>
<style>{STYLE}</style>
</head>
<body id=\"top\">
<a class=\"skip\" href=\"#main\">Skip to the reference</a>
<header class=\"bar\">
<a class=\"brand\" href=\"#top\">{title} <span>API reference</span></a>
<span class=\"version\">{version}</span>
<a class=\"raw\" href=\"/openapi.json\">openapi.json</a>
<a class=\"open-contents\" href=\"#contents\">Contents</a>
</header>
<div class=\"page\">
{navigation}
<main id=\"main\">
{overview}
{sections}
{schemas}
</main>
</div>
</body>
</html>
"
    )
}

/// The operations of one tag.
struct Group<'a> {
    name: &'a str,
    description: &'a str,
    operations: Vec<&'a Operation<'a>>,
}

impl Group<'_> {
    fn id(&self) -> String {
        format!("tag-{}", slug(self.name))
    }
}

/// Groups in the order the document lists its tags, then those it does not list, as their operations come.
fn groups<'a>(document: &'a Value, operations: &'a [Operation<'a>]) -> Vec<Group<'a>> {
    let listed = document["tags"].as_array().into_iter().flatten();
    let mut groups: Vec<Group<'a>> = listed
        .filter_map(|tag| {
            let name = tag["name"].as_str()?;
            Some(Group { name, description: text(&tag["description"]), operations: Vec::new() })
        })
        .collect();
    for operation in operations {
        match groups.iter_mut().find(|group| group.name == operation.tag()) {
            Some(group) => group.operations.push(operation),
            None => {
                groups.push(Group { name: operation.tag(), description: "", operations: vec![operation] });
            }
        }
    }
    groups.retain(|group| !group.operations.is_empty());
    groups
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn navigation(document: &Value, groups: &[Group<'_>]) -> String {
    let mut lists = String::new();
    for group in groups {
        let entries: String = group.operations.iter().map(|operation| operation.contents_entry()).collect();
        lists +=
            &format!("<h2><a href=\"#{}\">{}</a></h2><ul>{entries}</ul>", group.id(), escape(group.name));
    }
    let schemas: String = named_schemas(document)
        .map(|(name, _)| format!("<li><a href=\"#{}\">{}</a></li>", schema::schema_id(name), escape(name)))
        .collect();
    if !schemas.is_empty() {
        lists += &format!("<h2><a href=\"#schemas\">Schemas</a></h2><ul class=\"names\">{schemas}</ul>");
    }
    format!(
        "<nav id=\"contents\" aria-label=\"Contents\"><a class=\"close-contents\" href=\"#main\">Close</a>{lists}</nav>"
    )
}

fn overview(document: &Value, operations: &[Operation<'_>]) -> String {
    let title = escape(document["info"]["title"].as_str().unwrap_or("API"));
    let description = prose(text(&document["info"]["description"]));
    let legend: String = ORIGINS
        .iter()
        .filter_map(|(origin, meaning)| {
            let count = operations.iter().filter(|operation| operation.origin() == *origin).count();
            (count > 0).then(|| {
                format!(
                    "<li><span class=\"origin {origin}\">{origin}</span> {} <span class=\"count\">{count}</span></li>",
                    escape(meaning)
                )
            })
        })
        .collect();
    let legend = if legend.is_empty() {
        legend
    } else {
        format!("<h2>Where the operations come from</h2><ul class=\"legend\">{legend}</ul>")
    };
    let schemes: String = members(&document["components"]["securitySchemes"])
        .map(|(name, scheme)| {
            let kind: Vec<&str> =
                ["type", "scheme", "bearerFormat"].iter().filter_map(|fact| scheme[*fact].as_str()).collect();
            let (name, kind) = (escape(name), escape(&kind.join(", ")));
            format!(
                "<dt><code>{name}</code> <span class=\"format\">{kind}</span></dt><dd>{}{}</dd>",
                prose(text(&scheme["description"])),
                scopes(scheme)
            )
        })
        .collect();
    let schemes =
        if schemes.is_empty() { schemes } else { format!("<h2>Authorization</h2><dl>{schemes}</dl>") };
    let server = document["servers"][0]["url"].as_str().filter(|url| url.starts_with("http"));
    let settings = curl::settings(server.unwrap_or("http://127.0.0.1:8080"));
    format!(
        "<section class=\"overview\" aria-label=\"Overview\"><h1>{title} API</h1>{description}{schemes}\
         <h2>Before you paste an example</h2><p>The examples read these variables. The server's start-up text or \
         whoever runs the server has the values.</p><pre><code>{}</code></pre>{legend}</section>",
        escape(&settings)
    )
}

/// What a scheme's scopes are for.
fn scopes(scheme: &Value) -> String {
    let rows: String = members(&scheme["x-scopes"])
        .map(|(scope, meaning)| {
            format!("<tr><td><code>{}</code></td><td>{}</td></tr>", escape(scope), escape(text(meaning)))
        })
        .collect();
    if rows.is_empty() {
        return rows;
    }
    format!(
        "<table class=\"scopes\"><thead><tr><th scope=\"col\">Scope</th><th scope=\"col\">Meaning</th></tr></thead>\
         <tbody>{rows}</tbody></table>"
    )
}

fn section(document: &Value, group: &Group<'_>) -> String {
    let operations: String = group.operations.iter().map(|operation| operation.article(document)).collect();
    let (id, name) = (group.id(), escape(group.name));
    format!(
        "<section class=\"tag\" aria-labelledby=\"{id}\"><h2 id=\"{id}\">{name}</h2>{}{operations}</section>",
        prose(group.description)
    )
}

fn schemas(document: &Value) -> String {
    let entries: String = named_schemas(document)
        .map(|(name, definition)| {
            format!(
                "<article class=\"schema\" id=\"{id}\"><h3><a href=\"#{id}\">{}</a> <span class=\"format\">{}</span></h3>{}</article>",
                escape(name),
                schema::type_name(definition),
                schema::schema_details(definition),
                id = schema::schema_id(name),
            )
        })
        .collect();
    if entries.is_empty() {
        return entries;
    }
    format!(
        "<section class=\"tag\" aria-labelledby=\"schemas\"><h2 id=\"schemas\">Schemas</h2>{entries}</section>"
    )
}

fn named_schemas(document: &Value) -> impl Iterator<Item = (&String, &Value)> {
    members(&document["components"]["schemas"])
}

fn members(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flatten()
}
