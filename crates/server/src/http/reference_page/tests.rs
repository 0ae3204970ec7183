//! What must hold of the page, whatever the document says.

use std::collections::HashSet;

use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

use super::html::{escape, inline, prose};
use super::{page, reference_page};

fn document() -> Value {
    let asset = json!({ "$ref": "#/components/schemas/Asset" });
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Tests & <more>", "version": "1.0.0", "description": "Says `hello`.\n\n- one\n- two" },
        "tags": [{ "name": "Second" }, { "name": "First" }],
        "paths": {
            "/assets/{asset_id}": {
                "get": {
                    "tags": ["First"], "operationId": "find_asset", "summary": "One asset.",
                    "x-origin": "documented", "x-access": "anybody in the workspace",
                    "security": [{ "token": [] }],
                    "parameters": [
                        { "name": "asset_id", "in": "path", "required": true, "schema": { "type": "string" } },
                        { "name": "x-account-id", "in": "header", "required": true, "schema": { "type": "string" } },
                        { "name": "size", "in": "query", "required": false, "schema": { "type": "integer" } },
                    ],
                    "responses": {
                        "200": { "description": "The asset.", "content": { "application/json": { "schema": asset } } },
                        "404": { "description": "<script>alert(1)</script>" },
                    },
                },
            },
            "/assets": {
                "post": {
                    "tags": ["Second"], "operationId": "create_asset",
                    "requestBody": { "required": true, "content": { "application/json": { "schema": asset } } },
                    "responses": { "201": { "description": "Made." } },
                },
                "put": {
                    "operationId": "send_asset",
                    "requestBody": { "content": { "multipart/form-data": { "schema": {
                        "type": "object", "required": ["file"],
                        "properties": { "file": { "type": "string", "format": "binary" } },
                    } } } },
                    "responses": { "200": { "description": "Kept." } },
                },
            },
        },
        "components": { "schemas": {
            "Asset": {
                "type": "object", "required": ["name"],
                "properties": {
                    "name": { "type": "string", "description": "Its <b>name</b>.", "example": "it's $HOME.png" },
                    "lock": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Lock" }] },
                    "point": { "type": "object", "properties": { "inner_x": { "type": "number" } } },
                },
            },
            "Lock": { "type": "object", "properties": { "reason": { "type": ["string", "null"] } } },
        } },
    })
}

/// The values of an attribute in the page.
fn attributes<'a>(page: &'a str, start: &str) -> Vec<&'a str> {
    page.split(start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn text_with_markup_is_escaped() {
    assert_eq!(escape("<a href='x'>\"&\"</a>"), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;&lt;/a&gt;");
}

#[test]
fn document_with_markup_gives_none_of_it_in_the_page() {
    let page = page(&document());
    assert!(!page.contains("<script"));
    assert!(!page.contains("<b>name</b>"));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(page.contains("<title>Tests &amp; &lt;more&gt; API reference</title>"));
}

#[test]
fn prose_with_lists_and_code_becomes_html() {
    let html = prose("Two `<ways>`:\n- one\n  goes on\n- **two**\n\nEnd.");
    assert_eq!(
        html,
        "<p>Two <code>&lt;ways&gt;</code>:</p><ul><li>one goes on</li><li><strong>two</strong></li></ul><p>End.</p>"
    );
}

#[test]
fn prose_with_marks_that_open_nothing_keeps_them() {
    assert_eq!(inline("2 * 3 [not] `open ü"), "2 * 3 [not] `open ü");
}

#[test]
fn link_to_a_script_stays_text() {
    assert!(!inline("[x](javascript:alert(1))").contains("href"));
    assert!(inline("[x](https://example.org/)").contains("href=\"https://example.org/\""));
}

#[test]
fn every_link_inside_the_page_leads_to_an_id() {
    let page = page(&document());
    let ids: HashSet<&str> = attributes(&page, " id=\"").into_iter().collect();
    let links = attributes(&page, "href=\"#");
    assert!(links.len() > 10);
    for link in links {
        assert!(ids.contains(link), "nothing has the id {link}");
    }
}

#[test]
fn every_id_stands_once() {
    let page = page(&document());
    let ids = attributes(&page, " id=\"");
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
}

#[test]
fn every_operation_is_listed_and_shown() {
    let page = page(&document());
    for id in ["find_asset", "create_asset", "send_asset"] {
        assert!(page.contains(&format!("href=\"#operation-{id}\" title=")), "{id} in the contents");
        assert!(
            page.contains(&format!("<article class=\"operation\" id=\"operation-{id}\"")),
            "{id} in full"
        );
    }
}

#[test]
fn groups_come_in_the_documents_order() {
    let page = page(&document());
    let place = |id: &str| page.find(&format!("<h2 id=\"tag-{id}\"")).unwrap();
    assert!(place("Second") < place("First") && place("First") < place("Other"));
}

#[test]
fn operation_shows_origin_access_and_refusals() {
    let page = page(&document());
    assert!(page.contains("<span class=\"origin documented\""));
    assert!(page.contains("<b>Access</b> anybody in the workspace"));
    assert!(page.contains("<summary>Refusals: 404</summary>"));
}

#[test]
fn schema_without_a_name_shows_its_members_where_it_is_used() {
    let page = page(&document());
    assert!(page.contains("<code>inner_x</code>"));
    assert!(page.contains("null or <a class=\"type\" href=\"#schema-Lock\">Lock</a>"));
}

#[test]
fn curl_line_has_what_the_operation_requires() {
    let page = page(&document());
    let line = "curl \"$SERVER/assets/${ASSET_ID}\" \\\n  -H \"Authorization: Bearer $TOKEN\" \\\n  \
                -H \"x-account-id: $ACCOUNT_ID\"</code>";
    assert!(page.contains(&escape(line).replace("&lt;/code&gt;", "</code>")));
}

#[test]
fn curl_body_survives_the_shell() {
    let page = page(&document());
    assert!(page.contains(&escape(r#"-d '{"name":"it'\''s $HOME.png"}'"#)));
    assert!(page.contains(&escape("-F 'file=@FILE'")));
}

#[test]
fn page_asks_for_nothing_from_elsewhere() {
    let page = page(&document());
    for forbidden in ["<script", "<img", "<link", "src=", "@import", "url("] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn document_without_operations_gives_a_page() {
    let empty = json!({ "openapi": "3.1.0", "info": { "title": "Empty", "version": "0" }, "paths": {} });
    let empty: OpenApi = serde_json::from_value(empty).unwrap();
    assert!(reference_page(&empty).contains("<h1>Empty API</h1>"));
}
