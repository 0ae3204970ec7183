//! Which crate may use which, and inside the server: nobody reaches up into `http`.
//! Reads `Cargo.toml` files as far as that takes, and `use` paths of the server and the store.

use crate::rust_text::{RustText, block_end, line_of};
use crate::{File, Offence, Tree};

/// What each crate of ours may depend on among ours. A new crate gets a row here.
const OURS: &[(&str, &[&str])] = &[
    ("mudlark-types", &[]),
    ("mudlark-auth", &["mudlark-types"]),
    ("mudlark-store", &["mudlark-types"]),
    ("mudlark-blobs", &[]),
    ("mudlark-previews", &[]),
    (
        "mudlark-server",
        &["mudlark-types", "mudlark-auth", "mudlark-store", "mudlark-blobs", "mudlark-previews"],
    ),
    // Measures the program, and may fill a database by the same code as the server.
    (
        "mudlark-bench",
        &[
            "mudlark-types",
            "mudlark-auth",
            "mudlark-store",
            "mudlark-blobs",
            "mudlark-previews",
            "mudlark-server",
        ],
    ),
    // A workspace of its own, which feeds parsers with any bytes.
    ("mudlark-fuzz", &["mudlark-auth", "mudlark-previews", "mudlark-server"]),
    ("mudlark-tidy", &[]),
    ("xtask", &[]),
];

/// Outside crates with a home: only these crates of ours may depend on them directly.
const HOMES: &[(&[&str], &[&str])] = &[
    (&["rusqlite", "libsqlite3-sys", "tokio-postgres", "deadpool-postgres", "sqlx"], &["mudlark-store"]),
    (&["axum", "tower", "tower-http", "http", "multer", "utoipa-axum"], &["mudlark-server", "mudlark-bench"]),
    // Blobs' tests run an S3 server.
    (&["hyper"], &["mudlark-server", "mudlark-bench", "mudlark-blobs"]),
    (&["rusty-s3"], &["mudlark-blobs"]),
    // Whatever reads files of others reads them there, behind walls.
    (&["image", "exr", "resvg", "gltf", "tiff", "ufbx"], &["mudlark-previews"]),
    (&["jsonwebtoken"], &["mudlark-auth"]),
];

/// Dependencies across a border.
pub fn check_manifests(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    let members = tree.files().filter(|file| file.path.ends_with("/Cargo.toml"));
    for file in members {
        let Some(name) = package_name(&file.text) else { continue };
        let Some((_, allowed)) = OURS.iter().find(|(ours, _)| *ours == name) else {
            let what = format!("the crate `{name}` has no row in crates/tidy/src/borders.rs");
            offences.push(Offence::of_file(&file.path, what));
            continue;
        };
        for (line, dependency) in dependencies(&file.text) {
            let ours = OURS.iter().any(|(ours, _)| *ours == dependency) || dependency.starts_with("mudlark-");
            let away_from_home = HOMES.iter().any(|(crates, homes)| {
                crates.contains(&dependency.as_str()) && !homes.contains(&name.as_str())
            });
            if (ours && !allowed.contains(&dependency.as_str())) || away_from_home {
                offences.push(Offence::new(
                    &file.path,
                    line,
                    format!("`{name}` may not depend on `{dependency}`"),
                ));
            }
        }
    }
    offences
}

/// Files of the server that put the whole together, and so may know `crate::http` from outside.
const WIRING: &[&str] =
    &["admin/generate.rs", "app.rs", "cli.rs", "fuzzing.rs", "lib.rs", "main.rs", "serve.rs"];

/// Uses of `crate::http` in the server from outside it.
pub fn check_server(tree: &Tree) -> Vec<Offence> {
    tree.rust_files()
        .filter_map(|file| Some((file, file.path.strip_prefix("crates/server/src/")?)))
        .filter(|(_, place)| !place.starts_with("http/") && !WIRING.contains(place))
        .flat_map(|(file, _)| {
            uses_of(file, "http")
                .into_iter()
                .map(|line| Offence::new(&file.path, line, "reaches up into `crate::http`"))
        })
        .collect()
}

/// Uses of the wire's structs in the store: rows are not what clients see.
pub fn check_store(tree: &Tree) -> Vec<Offence> {
    tree.rust_files()
        .filter(|file| file.path.starts_with("crates/store/src/"))
        .flat_map(|file| {
            let lines = RustText::of(&file.text).lines_with("mudlark_types::wire");
            lines.into_iter().map(|line| Offence::new(&file.path, line, "uses a struct of the wire"))
        })
        .collect()
}

/// The lines on which a file names `crate::<module>` or `super::<module>`, also in a `use` list.
fn uses_of(file: &File, module: &str) -> Vec<usize> {
    let text = RustText::of(&file.text);
    let mut lines = text.lines_with(&format!("crate::{module}"));
    lines.extend(text.lines_with(&format!("super::{module}")));
    for (at, list) in text.code.match_indices("crate::{") {
        let open = at + list.len() - 1;
        let end = block_end(&text.code, open);
        if list_names(&text.code[open + 1..end]).any(|name| name == module) {
            lines.push(line_of(&text.code, at));
        }
    }
    lines
}

/// The first segment of each item on the top level of a `use` list.
fn list_names(list: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    list.split(move |character| {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    })
    .filter_map(|item| item.trim().split(|character: char| !crate::rust_text::is_name(character)).next())
}

fn package_name(manifest: &str) -> Option<String> {
    let package = manifest.split("[package]").nth(1)?;
    let line = package.lines().find(|line| line.trim_start().starts_with("name"))?;
    Some(line.split('"').nth(1)?.to_owned())
}

/// The crates a manifest depends on, with their lines: normal, build and test ones alike.
fn dependencies(manifest: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_table = false;
    for (index, line) in manifest.lines().map(str::trim).enumerate() {
        if let Some(header) = line.strip_prefix('[') {
            let header = header.trim_end_matches(']');
            in_table = header.ends_with("dependencies");
            // `[dependencies.name]` names one crate by itself.
            if let Some((table, name)) = header.rsplit_once('.')
                && table.ends_with("dependencies")
            {
                found.push((index + 1, name.trim_matches('"').to_owned()));
            }
        } else if in_table && !line.starts_with('#') {
            // `name = …`, `name.workspace = true`, or `alias = { package = "name", … }`.
            let name = line.split(['=', '.', ' ']).next().unwrap_or("").trim_matches('"');
            let real =
                line.split_once("package").and_then(|(_, rest)| rest.split('"').nth(1)).unwrap_or(name);
            if !real.is_empty() {
                found.push((index + 1, real.to_owned()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest_offences(name: &str, tables: &str) -> Vec<String> {
        let manifest = format!("[package]\nname = \"{name}\"\n{tables}");
        let tree = Tree::of(&[("crates/a/Cargo.toml", &manifest)]);
        check_manifests(&tree).into_iter().map(|offence| offence.what).collect()
    }

    #[test]
    fn dependency_up_the_house_is_an_offence() {
        assert_eq!(
            manifest_offences("mudlark-auth", "[dependencies]\nmudlark-types.workspace = true\n").len(),
            0
        );
        assert_eq!(
            manifest_offences("mudlark-types", "[dependencies]\nmudlark-auth.workspace = true\n"),
            ["`mudlark-types` may not depend on `mudlark-auth`"]
        );
        for tables in [
            "[dev-dependencies]\nmudlark-server = { path = \"../server\" }\n",
            "[dependencies.mudlark-server]\npath = \"../server\"\n",
            "[target.'cfg(unix)'.dependencies]\nmudlark-server.workspace = true\n",
            "[build-dependencies]\nx = { package = \"mudlark-server\", path = \"../server\" }\n",
        ] {
            assert_eq!(manifest_offences("mudlark-store", tables).len(), 1, "{tables}");
        }
    }

    #[test]
    fn outside_crate_away_from_its_home_is_an_offence() {
        assert_eq!(
            manifest_offences("mudlark-server", "[dependencies]\nrusqlite.workspace = true\n").len(),
            1
        );
        assert_eq!(
            manifest_offences("mudlark-store", "[dependencies]\nrusqlite.workspace = true\n").len(),
            0
        );
        assert_eq!(manifest_offences("mudlark-blobs", "[dependencies]\naxum = \"0.8\"\n").len(), 1);
    }

    #[test]
    fn crate_without_a_row_is_an_offence() {
        assert_eq!(manifest_offences("mudlark-new", "").len(), 1);
    }

    fn server_offences(path: &str, text: &str) -> usize {
        check_server(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn reaching_up_into_http_is_an_offence() {
        for text in [
            "use crate::http::Caller;",
            "fn a() { crate::http::b(); }",
            "use crate::{config::Config, http::Caller};",
            "use crate::{\n    config,\n    http,\n};",
            "use super::super::http::Caller;",
        ] {
            assert_eq!(server_offences("crates/server/src/ops/upload.rs", text), 1, "{text}");
            assert_eq!(server_offences("crates/server/src/error.rs", text), 1, "{text}");
            assert_eq!(server_offences("crates/server/src/app.rs", text), 0, "{text}");
            assert_eq!(server_offences("crates/server/src/http/assets.rs", text), 0, "{text}");
        }
    }

    #[test]
    fn the_crate_http_is_not_the_module() {
        for text in ["use http::HeaderMap;", "use crate::{a::{http}, b};", "// crate::http"] {
            assert_eq!(server_offences("crates/server/src/ops/upload.rs", text), 0, "{text}");
        }
    }

    #[test]
    fn struct_of_the_wire_in_the_store_is_an_offence() {
        let text = "use mudlark_types::wire::Asset;";

        assert_eq!(check_store(&Tree::of(&[("crates/store/src/assets.rs", text)])).len(), 1);
        assert_eq!(check_store(&Tree::of(&[("crates/server/src/http/assets.rs", text)])).len(), 0);
    }
}
