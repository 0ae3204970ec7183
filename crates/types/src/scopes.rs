//! Scopes: what a key may be narrowed to. Each operation of the API asks for exactly one. A scope gives nothing that
//! the key's roles don't; the decision is the `auth` crate's policy, nowhere else.

use crate::vocabulary::{name_set, names};

names!(
    /// What a narrowed key may still do: an area, a colon, a verb.
    Scope,
    "accounts:read, accounts:write, users:read, users:write, workspaces:read, workspaces:write, folders:read, \
     folders:write, assets:read, assets:download, assets:write, comments:read, comments:write, libraries:read, \
     libraries:write, reviews:read, reviews:write, favorites:write, attachments:read, attachments:write, tasks:read, \
     tasks:write, history:read, webhooks:admin, \
     keys:admin, audit:read", {
        /// See the account.
        AccountsRead = "accounts:read",
        /// Change the account, its members, invites, settings and plan; close it.
        AccountsWrite = "accounts:write",
        /// See the caller as a user.
        UsersRead = "users:read",
        /// Change the caller as a user; answer invites.
        UsersWrite = "users:write",
        /// See workspaces.
        WorkspacesRead = "workspaces:read",
        /// Make and change workspaces, their members and settings.
        WorkspacesWrite = "workspaces:write",
        /// See folders.
        FoldersRead = "folders:read",
        /// Make and change folders.
        FoldersWrite = "folders:write",
        /// See assets and their versions, but not their bytes.
        AssetsRead = "assets:read",
        /// Read the bytes of assets and of what is attached to them.
        AssetsDownload = "assets:download",
        /// Upload, make versions, change, delete and restore assets.
        AssetsWrite = "assets:write",
        /// See comments.
        CommentsRead = "comments:read",
        /// Write, change and delete comments.
        CommentsWrite = "comments:write",
        /// See libraries and what is in them.
        LibrariesRead = "libraries:read",
        /// Make, change, fill and delete libraries.
        LibrariesWrite = "libraries:write",
        /// See reviews and review requests.
        ReviewsRead = "reviews:read",
        /// Write, change and delete reviews and review requests.
        ReviewsWrite = "reviews:write",
        /// Choose favorites and subscriptions.
        FavoritesWrite = "favorites:write",
        /// See attachments, but not their bytes.
        AttachmentsRead = "attachments:read",
        /// Make, change and delete attachments.
        AttachmentsWrite = "attachments:write",
        /// See tasks.
        TasksRead = "tasks:read",
        /// Make, change and delete tasks.
        TasksWrite = "tasks:write",
        /// See who did what, and follow what changes.
        HistoryRead = "history:read",
        /// See, make, change and delete webhooks, which tell others of all that happens in a workspace.
        WebhooksAdmin = "webhooks:admin",
        /// See, make, narrow, rotate and revoke API keys.
        KeysAdmin = "keys:admin",
        /// Read the audit trail.
        AuditRead = "audit:read",
    }
);

name_set!(
    /// A set of scopes; a JSON array on the wire.
    Scopes of Scope in u32
);

impl Scope {
    /// What the scope is for, in a few words, for lists that people choose from.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::AccountsRead => "See the account",
            Self::AccountsWrite => "Change the account, its members, invites, settings and plan",
            Self::UsersRead => "See who the caller is",
            Self::UsersWrite => "Change the caller as a user, and answer invites",
            Self::WorkspacesRead => "See workspaces",
            Self::WorkspacesWrite => "Make and change workspaces, their members and settings",
            Self::FoldersRead => "See folders",
            Self::FoldersWrite => "Make and change folders",
            Self::AssetsRead => "See assets and their versions, but not their bytes",
            Self::AssetsDownload => "Read the bytes of assets and of what is attached to them",
            Self::AssetsWrite => "Upload, make versions, change, delete and restore assets",
            Self::CommentsRead => "See comments",
            Self::CommentsWrite => "Write, change and delete comments",
            Self::LibrariesRead => "See libraries and what is in them",
            Self::LibrariesWrite => "Make, change, fill and delete libraries",
            Self::ReviewsRead => "See reviews and review requests",
            Self::ReviewsWrite => "Write, change and delete reviews and review requests",
            Self::FavoritesWrite => "Choose favorites and subscriptions",
            Self::AttachmentsRead => "See attachments, but not their bytes",
            Self::AttachmentsWrite => "Make, change and delete attachments",
            Self::TasksRead => "See tasks",
            Self::TasksWrite => "Make, change and delete tasks",
            Self::HistoryRead => "See who did what, and follow what changes",
            Self::WebhooksAdmin => {
                "See, make, change and delete webhooks, which tell others of all that happens in a workspace"
            }
            Self::KeysAdmin => "See, make, narrow, rotate and revoke API keys",
            Self::AuditRead => "Read the audit trail",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_is_an_area_and_a_verb() {
        for scope in Scope::ALL {
            let (area, verb) = scope.as_str().split_once(':').unwrap();
            assert!(!area.is_empty() && ["read", "write", "download", "admin"].contains(&verb), "{scope}");
        }
    }

    #[test]
    fn refusal_of_an_unknown_scope_names_those_there_are() {
        let said = "assets:delete".parse::<Scope>().unwrap_err().to_string();
        let names: Vec<_> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
        assert_eq!(said, format!("must be one of {}", names.join(", ")));
    }

    #[test]
    fn set_of_all_scopes_survives_its_text_form() {
        let all: Scopes = Scope::ALL.iter().copied().collect();
        assert_eq!(all.to_string().parse(), Ok(all));
        assert!(Scopes::EMPTY.is_subset_of(all) && !all.is_subset_of(Scopes::EMPTY));
    }
}
