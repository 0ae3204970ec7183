//! A request's path as the log and the table of idempotency keys may have it: the token of an invite stands in its path,
//! and is shown in neither.

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use mudlark_auth::InviteToken;

/// Where tokens of invites stand.
const INVITES: &str = "/users/invites/";
/// What secrets of ours begin with, wherever somebody puts them.
const SECRETS: [&str; 2] = [mudlark_auth::INVITE_PREFIX, "mdl_sec_"];

/// The path with `…` for what may be a secret.
pub(crate) fn shown(path: &str) -> Cow<'_, str> {
    replaced(path, |_| "…".to_owned())
}

/// The path with a digest for what may be a secret, so that two paths still differ.
pub(crate) fn digested(path: &str) -> Cow<'_, str> {
    replaced(path, |segment| BASE64_URL_SAFE_NO_PAD.encode(InviteToken::digest_of_presented(segment)))
}

fn replaced(path: &str, by: impl Fn(&str) -> String) -> Cow<'_, str> {
    let is_secret = |index: usize, segment: &str| {
        (index == 3 && path.starts_with(INVITES)) || SECRETS.iter().any(|start| segment.contains(start))
    };
    if !path.split('/').enumerate().any(|(index, segment)| is_secret(index, segment)) {
        return Cow::Borrowed(path);
    }
    let segments = path
        .split('/')
        .enumerate()
        .map(|(index, segment)| if is_secret(index, segment) { by(segment) } else { segment.to_owned() });
    Cow::Owned(segments.collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_secret_is_not_shown() {
        for (path, expected) in [
            ("/users/invites/mdl_inv_abc/accept", "/users/invites/…/accept"),
            ("/users/invites/garbled", "/users/invites/…"),
            ("/accounts/invites/mdl_inv_abc", "/accounts/invites/…"),
            ("/x/mdl_sec_abc", "/x/…"),
            ("/users/invites", "/users/invites"),
            ("/workspaces/assets/1", "/workspaces/assets/1"),
        ] {
            assert_eq!(shown(path), expected);
        }
        assert_ne!(digested("/users/invites/a/accept"), digested("/users/invites/b/accept"));
        assert!(!digested("/users/invites/mdl_inv_a/accept").contains("mdl_inv_a"));
    }
}
