//! The other spellings of a path, in one rewrite in front of the router: `/v1/…` for everything, `/workspace/…` for
//! `/workspaces/…`, `/tasks` for `/workspaces/tasks`, and a trailing slash for none.
//! *Source*: wire contract, section 1, "Base".

use axum::http::Uri;
use axum::http::uri::PathAndQuery;

/// Gives the address its canonical path; the query stays as it is.
pub(crate) fn canonical(uri: Uri) -> Uri {
    let Some(path) = canonical_path(uri.path()) else { return uri };
    let path_and_query = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut parts = uri.clone().into_parts();
    match PathAndQuery::try_from(path_and_query) {
        Ok(path_and_query) => {
            parts.path_and_query = Some(path_and_query);
            Uri::from_parts(parts).unwrap_or(uri)
        }
        Err(_) => uri,
    }
}

/// The canonical path, or `None` where the path is canonical already.
fn canonical_path(path: &str) -> Option<String> {
    let without_slash = path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(path);
    let without_version = match without_slash.strip_prefix("/v1") {
        Some("") => "/",
        Some(rest) if rest.starts_with('/') => rest,
        _ => without_slash,
    };
    let renamed = [("/workspace", "/workspaces"), ("/tasks", "/workspaces/tasks")].into_iter().find_map(
        |(from, to)| {
            let rest = without_version.strip_prefix(from)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| format!("{to}{rest}"))
        },
    );
    renamed.or_else(|| (without_version != path).then(|| without_version.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_alias_becomes_the_canonical_address() {
        for (given, canonical_form) in [
            ("/workspace/assets/1", "/workspaces/assets/1"),
            ("/workspace", "/workspaces"),
            ("/v1/workspace/assets/?limit=2", "/workspaces/assets?limit=2"),
            ("/v1/auth/token", "/auth/token"),
            ("/tasks/", "/workspaces/tasks"),
            ("/v1", "/"),
            ("/accounts/", "/accounts"),
            ("/", "/"),
            ("/workspacesx", "/workspacesx"),
            ("/v1x", "/v1x"),
            ("//", "/"),
        ] {
            assert_eq!(canonical(given.parse().unwrap()).to_string(), canonical_form, "{given}");
        }
    }
}
