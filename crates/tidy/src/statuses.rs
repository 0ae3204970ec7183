//! Which HTTP status an error has is decided in one place.
//! Statuses that are no errors (201, 204, 206, 304) belong to the handlers.

use crate::rust_text::{RustText, is_name};
use crate::{File, Offence, Tree};

/// The only file that names a 4xx or 5xx.
const HOME: &str = "crates/server/src/error.rs";

/// Where answers are made: other statuses may stand here.
const HANDLERS: &str = "crates/server/src/http/";

/// Where answers of another server are read.
const CLIENT: &str = "crates/blobs/src/s3/";

const TYPE: &str = "StatusCode";

/// Names of `http::StatusCode` below 400.
const NO_ERRORS: &[&str] = &[
    "CONTINUE",
    "SWITCHING_PROTOCOLS",
    "OK",
    "CREATED",
    "ACCEPTED",
    "NO_CONTENT",
    "PARTIAL_CONTENT",
    "MOVED_PERMANENTLY",
    "FOUND",
    "SEE_OTHER",
    "NOT_MODIFIED",
    "TEMPORARY_REDIRECT",
    "PERMANENT_REDIRECT",
];

/// Error statuses outside their place, and any status outside the HTTP layer. Test code is free.
pub fn check(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    let product =
        tree.rust_files().filter(|file| file.path.starts_with("crates/") && file.path.contains("/src/"));
    let is_free = |file: &File| {
        file.path == HOME || [CLIENT, "crates/tidy/"].iter().any(|it| file.path.starts_with(it))
    };
    for file in product.filter(|file| !is_free(file)) {
        let text = RustText::of(&file.text).without_tests();
        for (index, line) in text.code.lines().enumerate() {
            for what in offences_on(line, file.path.starts_with(HANDLERS)) {
                offences.push(Offence::new(&file.path, index + 1, what));
            }
        }
    }
    offences
}

fn offences_on(line: &str, in_handlers: bool) -> Vec<String> {
    if !line.contains(TYPE) {
        return Vec::new();
    }
    if !in_handlers {
        return vec![format!("`{TYPE}` outside the HTTP layer")];
    }
    line.split(&format!("{TYPE}::"))
        .skip(1)
        .map(|rest| rest.split(|character| !is_name(character)).next().unwrap_or(""))
        // Constants are upper case; `from_u16` and the like are functions.
        .filter(|name| {
            name.starts_with(|first: char| first.is_ascii_uppercase()) && !NO_ERRORS.contains(name)
        })
        .map(|name| format!("`{TYPE}::{name}` is an error's status"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offences_in(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn error_status_has_one_place() {
        let text = "fn a() -> StatusCode { StatusCode::NOT_FOUND }";

        assert_eq!(offences_in("crates/server/src/http/assets.rs", text), 1);
        assert_eq!(offences_in("crates/server/src/ops/upload.rs", text), 1);
        assert_eq!(offences_in("crates/server/src/error.rs", text), 0);
    }

    #[test]
    fn other_statuses_belong_to_the_http_layer() {
        let text = "use http::StatusCode;\nfn a() { b(StatusCode::CREATED, StatusCode::from_u16(206)) }";

        assert_eq!(offences_in("crates/server/src/http/assets.rs", text), 0);
        assert_eq!(offences_in("crates/auth/src/verifier.rs", text), 2);
    }

    #[test]
    fn tests_and_comments_are_free() {
        let text = "// StatusCode::NOT_FOUND\n#[cfg(test)]\nmod tests { fn a() { StatusCode::NOT_FOUND; } }";

        assert_eq!(offences_in("crates/server/src/http/assets.rs", text), 0);
        assert_eq!(offences_in("crates/server/tests/it/assets.rs", "StatusCode::NOT_FOUND"), 0);
    }
}
