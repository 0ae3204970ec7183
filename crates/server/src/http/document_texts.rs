//! What the document must say of texts and files, and schemas alone can't.

use serde_json::{Map, Value, json};

/// Says that the lengths of texts count bytes: a schema's `maxLength` counts characters, of which there are as many or fewer.
pub(crate) fn say_bytes(document: &mut Value) {
    let schemas = objects(document.pointer_mut("/components/schemas"));
    for property in schemas.flat_map(|schema| objects(schema.get_mut("properties"))) {
        let max = property["maxLength"].as_u64();
        say_bytes_of(property, max);
    }
    let operations = objects(document.get_mut("paths")).flat_map(|item| objects(Some(item)));
    let parameters = operations.filter_map(|operation| operation.get_mut("parameters")?.as_array_mut());
    // What must have a form of its own is ASCII, and a cursor is handed back as it came.
    let free = |parameter: &&mut Value| {
        parameter["schema"].get("pattern").is_none() && parameter["name"] != "cursor"
    };
    for parameter in parameters.flatten().filter(free) {
        let max = parameter["schema"]["maxLength"].as_u64();
        say_bytes_of(parameter, max);
    }
}

fn say_bytes_of(member: &mut Value, max: Option<u64>) {
    let Some(max) = max else { return };
    let about = member["description"].as_str().unwrap_or_default();
    if about.contains(" bytes") {
        return;
    }
    member["description"] = json!(format!("{about} At most {max} bytes of UTF-8.").trim_start());
}

/// Takes the file out of bodies that can't carry one: only multipart does.
pub(crate) fn keep_files_to_multipart(document: &mut Value) {
    let Some(schemas) = document.pointer("/components/schemas").and_then(Value::as_object).cloned() else {
        return;
    };
    let mut bare = Map::new();
    let operations = objects(document.get_mut("paths")).flat_map(|item| objects(Some(item)));
    let bodies = operations.filter_map(|operation| operation.pointer_mut("/requestBody/content"));
    for (form, content) in bodies.filter_map(Value::as_object_mut).flatten() {
        let Some(reference) = content["schema"]["$ref"].as_str() else { continue };
        let name = reference.rsplit('/').next().unwrap_or_default();
        if form == "multipart/form-data" || schemas[name].pointer("/properties/file").is_none() {
            continue;
        }
        let mut schema = schemas[name].clone();
        if let Some(properties) = schema["properties"].as_object_mut() {
            properties.remove("file");
        }
        let name = format!("{name}WithoutFile");
        content["schema"] = json!({ "$ref": format!("#/components/schemas/{name}") });
        bare.insert(name, schema);
    }
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        schemas.extend(bare);
    }
}

/// The objects in an object.
fn objects(of: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
    let members = of.and_then(Value::as_object_mut).into_iter().flatten();
    members.map(|(_, value)| value).filter(|value| value.is_object())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        let schema = json!({"properties": {
            "file": {"type": "string", "format": "binary"},
            "name": {"type": "string", "maxLength": 9, "description": "A name."},
        }});
        let form = json!({"schema": {"$ref": "#/components/schemas/New"}});
        let parameters = json!([
            {"name": "path", "schema": {"maxLength": 8}},
            {"name": "key", "schema": {"maxLength": 8, "pattern": "^[!-~]+$"}},
            {"name": "said", "schema": {"maxLength": 8}, "description": "At most 8 bytes."},
        ]);
        let content = json!({"multipart/form-data": form, "application/json": form});
        json!({
            "components": {"schemas": {"New": schema}},
            "paths": {"/": {"post": {"parameters": parameters, "requestBody": {"content": content}}}},
        })
    }

    #[test]
    fn lengths_of_free_texts_are_said_to_be_bytes() {
        let mut document = document();

        say_bytes(&mut document);

        let name = &document["components"]["schemas"]["New"]["properties"]["name"];
        assert_eq!(name["description"], "A name. At most 9 bytes of UTF-8.");
        let parameters = &document["paths"]["/"]["post"]["parameters"];
        assert_eq!(parameters[0]["description"], "At most 8 bytes of UTF-8.");
        assert_eq!(parameters[1]["description"], Value::Null);
        assert_eq!(parameters[2]["description"], "At most 8 bytes.");
    }

    #[test]
    fn only_multipart_bodies_have_a_file() {
        let mut document = document();

        keep_files_to_multipart(&mut document);

        let content = &document["paths"]["/"]["post"]["requestBody"]["content"];
        let of = |form: &str| content[form]["schema"]["$ref"].as_str().unwrap().to_owned();
        assert_eq!(of("multipart/form-data"), "#/components/schemas/New");
        assert_eq!(of("application/json"), "#/components/schemas/NewWithoutFile");
        let schemas = &document["components"]["schemas"];
        assert!(schemas["New"]["properties"]["file"].is_object());
        assert!(schemas["NewWithoutFile"]["properties"]["file"].is_null());
        assert!(schemas["NewWithoutFile"]["properties"]["name"].is_object());
    }
}
