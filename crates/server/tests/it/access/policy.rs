//! The access policy a second time, written by hand and known to nobody but these tests: what each operation asks for,
//! who has it, and what a caller is answered. Nothing here is taken from the router or from the `auth` crate: where the
//! two tell different things, one of them is wrong, and the tests say so.

/// One operation: its id, its scope, what it asks for beside it, and the status of a bare call that was let in: no
/// body, no query (but lists are kept short), and ids in the path that never were.
pub(super) type Row = (&'static str, Option<&'static str>, &'static str, u16);

/// Every operation of the API. A new one is added here by somebody who has thought about who may use it.
#[rustfmt::skip]
pub(super) const POLICY: &[Row] = &[
    ("accept_invite",             Some("users:write"),        "Token",                             404),
    ("add_asset_libraries",        Some("libraries:write"),  "Workspace(EditArt)",              400),
    ("add_asset_library",          Some("libraries:write"),  "Workspace(EditArt)",              404),
    ("add_asset_subscription",     Some("favorites:write"),  "Workspace(Read)",                 404),
    ("add_asset_tag",            Some("assets:write"),     "Workspace(EditArt)",               404),
    ("add_asset_tags",           Some("assets:write"),     "Workspace(EditArt)",               400),
    ("add_favorite",               Some("favorites:write"),  "Workspace(Read)",                 404),
    ("add_library_assets",         Some("libraries:write"),  "Workspace(EditArt)",              400),
    ("create_account_invites",    Some("accounts:write"),     "Account(Administer)",               400),
    ("create_api_key",           Some("keys:admin"),       "Account(Administer)",              400),
    ("create_asset",             Some("assets:write"),     "Workspace(EditArt)",               400),
    ("create_asset_from_upload", Some("assets:write"),     "Workspace(EditArt)",               400),
    ("create_asset_status",      Some("workspaces:write"), "Workspace(Administer)",            400),
    ("create_attachment",          Some("attachments:write"),"Workspace(Read)",                 400),
    ("create_comment",           Some("comments:write"),   "Workspace(Read)",                  400),
    ("create_folder",            Some("folders:write"),    "Workspace(EditArt)",               400),
    ("create_library",             Some("libraries:write"),  "Workspace(EditArt)",              200),
    ("create_oauth_token",       None,                   "Public",                            400),
    ("create_review",              Some("reviews:write"),    "Workspace(Read)",                 400),
    ("create_review_request",      Some("reviews:write"),    "Workspace(Read)",                 400),
    ("create_tag",               Some("assets:write"),     "Workspace(EditArt)",               400),
    ("create_task",               Some("tasks:write"),     "Workspace(Contribute)",            400),
    ("create_token",             None,                     "Public",                           400),
    ("create_upload",            Some("assets:write"),     "Workspace(EditArt)",               400),
    ("create_parted_upload",     Some("assets:write"),     "Workspace(EditArt)",               400),
    ("create_version",           Some("assets:write"),     "Workspace(EditArt)",               400),
    ("create_version_thumbnail",  Some("assets:write"),       "Workspace(EditArt)",                400),
    ("create_webhook",            Some("webhooks:admin"),   "Workspace(Administer)",            400),
    ("create_workspace",         Some("workspaces:write"), "Account(CreateWorkspaces)",        400),
    ("delete_account",            Some("accounts:write"),     "Account(Own)",                      204),
    ("delete_account_invite",     Some("accounts:write"),     "Account(Administer)",               404),
    ("delete_account_member",     Some("accounts:write"),     "Account(Administer)",               404),
    ("delete_api_key",           Some("keys:admin"),       "Account(Administer)",              404),
    ("delete_api_key_secret",    Some("keys:admin"),       "Account(Administer)",              404),
    ("delete_asset",             Some("assets:write"),     "Workspace(EditArt)",               404),
    ("delete_asset_status",      Some("workspaces:write"), "Workspace(Administer)",            404),
    ("delete_assets",            Some("assets:write"),     "Workspace(EditArt)",               400),
    ("delete_attachment",          Some("attachments:write"),"Workspace(Read)",                 404),
    ("delete_comment",           Some("comments:write"),   "Workspace(Read)",                  404),
    ("delete_folder",            Some("folders:write"),    "Workspace(EditArt)",               404),
    ("delete_library",             Some("libraries:write"),  "Workspace(EditArt)",              404),
    ("delete_review",              Some("reviews:write"),    "Workspace(Read)",                 404),
    ("delete_review_request",      Some("reviews:write"),    "Workspace(Read)",                 404),
    ("delete_tag",               Some("assets:write"),     "Workspace(EditArt)",               404),
    ("delete_task",               Some("tasks:write"),     "Workspace(Contribute)",            404),
    ("delete_version",           Some("assets:write"),     "Workspace(EditArt)",               404),
    ("delete_webhook",            Some("webhooks:admin"),   "Workspace(Administer)",            404),
    ("delete_workspace",          Some("workspaces:write"),   "Workspace(Administer)",             204),
    ("delete_workspace_member",   Some("workspaces:write"),   "Workspace(Administer)",             404),
    ("download_asset",           Some("assets:download"),  "Workspace(Read)",                  404),
    ("download_assets",          Some("assets:download"),  "Workspace(Read)",                  400),
    ("download_attachment",        Some("assets:download"),  "Workspace(Read)",                 404),
    ("download_version",         Some("assets:download"),  "Workspace(Read)",                  404),
    ("find_account_limits",       Some("accounts:read"),   "Account(Read)",                    200),
    ("find_account_subscription", Some("accounts:read"),   "Account(Read)",                    200),
    ("find_account_thumbnail",    Some("accounts:read"),      "Account(Read)",                     404),
    ("find_api_key",             Some("keys:admin"),       "Account(Administer)",              404),
    ("find_asset",               Some("assets:read"),      "Workspace(Read)",                  404),
    ("find_asset_library",         Some("libraries:read"),   "Workspace(Read)",                 404),
    ("find_asset_lock",          Some("assets:read"),      "Workspace(Read)",                  404),
    ("find_asset_tag",           Some("assets:read"),      "Workspace(Read)",                  404),
    ("find_attachment",            Some("attachments:read"), "Workspace(Read)",                 404),
    ("find_authorization_server",None,                   "Public",                            200),
    ("find_comment",             Some("comments:read"),    "Workspace(Read)",                  404),
    ("find_folder",              Some("folders:read"),     "Workspace(Read)",                  200),
    ("find_folder_by_id",        Some("folders:read"),     "Workspace(Read)",                  404),
    ("find_folder_hierarchy",    Some("folders:read"),     "Workspace(Read)",                  200),
    ("find_folder_stats",        Some("folders:read"),     "Workspace(Read)",                  200),
    ("find_library",               Some("libraries:read"),   "Workspace(Read)",                 404),
    ("find_library_thumbnail",    Some("libraries:read"),     "Workspace(Read)",                   404),
    ("find_liveness",            None,                     "Public",                           200),
    ("find_metrics",             None,                     "Public",                           200),
    ("find_openapi_document",    None,                     "Public",                           200),
    ("find_readiness",           None,                     "Public",                           200),
    ("find_reference_page",      None,                     "Public",                           200),
    ("find_review",                Some("reviews:read"),     "Workspace(Read)",                 404),
    ("find_review_request",        Some("reviews:read"),     "Workspace(Read)",                 404),
    ("find_tag",                 Some("assets:read"),      "Workspace(Read)",                  404),
    ("find_task",                 Some("tasks:read"),      "Workspace(Read)",                  404),
    ("find_user",                Some("users:read"),       "Token",                            200),
    ("find_version",             Some("assets:read"),      "Workspace(Read)",                  404),
    ("find_version_thumbnail",    Some("assets:read"),        "Workspace(Read)",                   404),
    ("find_webhook",              Some("webhooks:admin"),   "Workspace(Administer)",            404),
    ("find_webhook_delivery",     Some("webhooks:admin"),   "Workspace(Administer)",            404),
    ("find_workspace",           Some("workspaces:read"),  "AccountOrWorkspace(Read, Read)",   200),
    ("find_workspace_thumbnail",  Some("workspaces:read"),    "Workspace(Read)",                   404),
    ("find_workspace_usage",      Some("workspaces:read"), "Workspace(Read)",                  200),
    ("import_assets",            Some("assets:write"),     "Workspace(EditArt)",               400),
    ("list_account_history",      Some("history:read"),    "Account(Read)",                    200),
    ("list_account_invites",      Some("accounts:read"),      "Account(Administer)",               200),
    ("list_account_jobs",         Some("accounts:read"),   "Account(Administer)",              200),
    ("list_account_members",      Some("accounts:read"),   "Account(Read)",                    200),
    ("list_account_settings",     Some("accounts:read"),      "Account(Read)",                     200),
    ("list_account_tiers",        Some("accounts:read"),   "Account(Read)",                    200),
    ("list_account_types",        Some("accounts:read"),   "Account(Read)",                    200),
    ("list_account_workspaces",  Some("workspaces:read"),  "Account(Read)",                    200),
    ("list_accounts",            Some("accounts:read"),    "Account(Read)",                    200),
    ("list_api_keys",            Some("keys:admin"),       "Account(Administer)",              200),
    ("list_asset_history",       Some("history:read"),     "Workspace(Read)",                  404),
    ("list_asset_libraries",       Some("libraries:read"),   "Workspace(Read)",                 404),
    ("list_asset_statuses",      Some("assets:read"),      "Workspace(Read)",                  200),
    ("list_asset_subscriptions",   Some("assets:read"),      "Workspace(Read)",                 200),
    ("list_asset_tags",          Some("assets:read"),      "Workspace(Read)",                  404),
    ("list_asset_tasks",          Some("tasks:read"),      "Workspace(Read)",                  404),
    ("list_assets_by_ids",       Some("assets:read"),      "Workspace(Read)",                  400),
    ("list_assets_using",          Some("assets:read"),      "Workspace(Read)",                 404),
    ("list_attachments",           Some("attachments:read"), "Workspace(Read)",                 404),
    ("list_audit",                Some("audit:read"),      "Account(Administer)",              200),
    ("list_comments",            Some("comments:read"),    "Workspace(Read)",                  404),
    ("list_favorites",             Some("assets:read"),      "Workspace(Read)",                 200),
    ("list_libraries",             Some("libraries:read"),   "Workspace(Read)",                 200),
    ("list_library_assets",        Some("libraries:read"),   "Workspace(Read)",                 404),
    ("list_notifications",        Some("users:read"),         "Account(Read)",                     200),
    ("list_review_requests",       Some("reviews:read"),     "Workspace(Read)",                 404),
    ("list_reviews",               Some("reviews:read"),     "Workspace(Read)",                 404),
    ("list_signing_keys",        None,                     "Public",                           200),
    ("list_similar_assets",        Some("assets:read"),      "Workspace(Read)",                 404),
    ("list_tags",                Some("assets:read"),      "Workspace(Read)",                  200),
    ("list_tasks",                Some("tasks:read"),      "Workspace(Read)",                  200),
    ("list_trash",               Some("assets:read"),      "Workspace(Read)",                  200),
    ("list_trashed_workspaces",   Some("workspaces:read"),    "Account(Administer)",               200),
    ("list_used_assets",           Some("assets:read"),      "Workspace(Read)",                 404),
    ("list_user_accounts",       Some("accounts:read"),    "Token",                            200),
    ("list_user_history",        Some("users:read"),       "Token",                            200),
    ("list_user_invites",         Some("users:read"),         "Token",                             200),
    ("list_versions",            Some("assets:read"),      "Workspace(Read)",                  404),
    ("list_webhook_deliveries",   Some("webhooks:admin"),   "Workspace(Administer)",            404),
    ("list_webhooks",             Some("webhooks:admin"),   "Workspace(Administer)",            200),
    ("list_workspace_changes",   Some("history:read"),     "Workspace(Read)",                  200),
    ("list_workspace_history",   Some("history:read"),     "Workspace(Read)",                  200),
    ("list_workspace_members",    Some("workspaces:read"), "Workspace(Read)",                  200),
    ("list_workspace_settings",   Some("workspaces:read"),    "Workspace(Read)",                   200),
    ("lock_asset",               Some("assets:write"),     "Workspace(EditArt)",               404),
    ("purge_trash",              Some("assets:write"),     "Workspace(Administer)",            204),
    ("purge_trash_entry",        Some("assets:write"),     "Workspace(Administer)",            404),
    ("purge_trashed_workspace",   Some("workspaces:write"),   "Account(Administer)",               404),
    ("put_account_setting",       Some("accounts:write"),     "Account(Administer)",               400),
    ("put_workspace_member",      Some("workspaces:write"),   "Workspace(Administer)",             400),
    ("put_workspace_setting",     Some("workspaces:write"),   "Workspace(Administer)",             400),
    ("receive_upload",           None,                     "SignedUrl",                        403),
    ("redirect_to_console",    None,                     "Public",                           303),
    ("reject_invite",             Some("users:write"),        "Token",                             404),
    ("remove_asset_library",       Some("libraries:write"),  "Workspace(EditArt)",              404),
    ("remove_asset_subscription",  Some("favorites:write"),  "Workspace(Read)",                 404),
    ("remove_asset_tag",         Some("assets:write"),     "Workspace(EditArt)",               404),
    ("remove_favorite",            Some("favorites:write"),  "Workspace(Read)",                 404),
    ("remove_library_assets",      Some("libraries:write"),  "Workspace(EditArt)",              400),
    ("rename_asset",             Some("assets:write"),     "Workspace(EditArt)",               400),
    ("replay_webhook_deliveries", Some("webhooks:admin"),   "Workspace(Administer)",            404),
    ("replay_webhook_delivery",   Some("webhooks:admin"),   "Workspace(Administer)",            404),
    ("resend_account_invite",     Some("accounts:write"),     "Account(Administer)",               404),
    ("restore_asset",            Some("assets:write"),     "Workspace(EditArt)",               404),
    ("restore_trash_entry",      Some("assets:write"),     "Workspace(EditArt)",               404),
    ("restore_trashed_workspace", Some("workspaces:write"),   "Account(Administer)",               404),
    ("restore_version",          Some("assets:write"),     "Workspace(EditArt)",               404),
    ("retry_account_job",         Some("accounts:write"),  "Account(Administer)",              404),
    ("revoke_account_tokens",    Some("keys:admin"),       "Account(Administer)",              204),
    ("revoke_leaked_secret",     None,                     "Public",                           400),
    ("revoke_token",             None,                     "Public",                           400),
    ("rotate_api_key",           Some("keys:admin"),       "Account(Administer)",              404),
    ("rotate_webhook_secret",     Some("webhooks:admin"),   "Workspace(Administer)",            404),
    ("search_asset_ids",         Some("assets:read"),      "Workspace(Read)",                  200),
    ("search_assets",            Some("assets:read"),      "Workspace(Read)",                  200),
    ("search_assets_by_post",    Some("assets:read"),      "Workspace(Read)",                  200),
    ("test_webhook",              Some("webhooks:admin"),   "Workspace(Administer)",            404),
    ("unlock_asset",             Some("assets:write"),     "Workspace(EditArt)",               404),
    ("update_account",            Some("accounts:write"),     "Account(Administer)",               200),
    ("update_account_member",     Some("accounts:write"),     "Account(Administer)",               400),
    ("update_account_subscription", Some("accounts:write"),     "Account(Own)",                      200),
    ("update_api_key",           Some("keys:admin"),       "Account(Administer)",              404),
    ("update_asset",             Some("assets:write"),     "Workspace(EditArt)",               404),
    ("update_asset_status",      Some("workspaces:write"), "Workspace(Administer)",            404),
    ("update_attachment",          Some("attachments:write"),"Workspace(Read)",                 404),
    ("update_comment",           Some("comments:write"),   "Workspace(Read)",                  404),
    ("update_folder",             Some("folders:write"),   "Workspace(EditArt)",               404),
    ("update_library",             Some("libraries:write"),  "Workspace(EditArt)",              404),
    ("update_notification",       Some("users:write"),        "Account(Read)",                     404),
    ("update_review",              Some("reviews:write"),    "Workspace(Read)",                 404),
    ("update_review_request",      Some("reviews:write"),    "Workspace(Read)",                 404),
    ("update_tag",               Some("assets:write"),     "Workspace(EditArt)",               404),
    ("update_task",               Some("tasks:write"),     "Workspace(Contribute)",            404),
    ("update_user",               Some("users:write"),        "Token",                             200),
    ("update_version",           Some("assets:write"),     "Workspace(EditArt)",               404),
    ("create_password_letter",    None,                       "Public",                            400),
    ("create_password_link",      Some("accounts:write"),     "Account(Administer)",               404),
    ("ask_passkey",               None,                       "Session",                            403),
    ("ask_passkey_session",       None,                       "Public",                             403),
    ("begin_openid_session",      None,                       "Public",                             403),
    ("create_passkey",            None,                       "Session",                            400),
    ("delete_passkey",            None,                       "Session",                            404),
    ("list_passkeys",             None,                       "Session",                            200),
    ("list_sign_in_ways",         None,                       "Public",                             200),
    ("openid_session",            None,                       "Public",                             403),
    ("passkey_session",           None,                       "Public",                             400),
    ("update_passkey",            None,                       "Session",                            400),
    ("create_session",            None,                       "Public",                            400),
    ("delete_listed_session",     None,                       "Session",                           204),
    ("delete_session",            None,                       "Session",                           204),
    ("find_session",              None,                       "Session",                           200),
    ("join_session",              None,                       "Public",                            400),
    ("list_sessions",             None,                       "Session",                           200),
    ("reset_session",             None,                       "Public",                            400),
    ("update_password",           None,                       "Session",                           204),
    ("welcome_session",           None,                       "Public",                            400),
    ("update_webhook",            Some("webhooks:admin"),   "Workspace(Administer)",            404),
    ("update_workspace",          Some("workspaces:write"),   "Workspace(Administer)",             200),
];

/// Operations that take the other cells' keys, workspace or account away where they are let in: asked so once, at the very
/// end, in this order.
pub(super) const LAST: &[&str] = &["delete_workspace", "delete_account", "revoke_account_tokens"];

/// The row of an operation.
#[track_caller]
pub(super) fn row(id: &str) -> &'static Row {
    POLICY.iter().find(|row| row.0 == id).unwrap_or_else(|| panic!("no row for {id} in policy.rs"))
}

/// What an operation asks for beside its scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// No token: open to all, or its own signature in the address.
    NoToken,
    /// A person who has signed in; a key is refused.
    Session,
    /// A token alone.
    Token,
    /// A permission in the account.
    Account(&'static str),
    /// One in the account, or, with `x-workspace-id`, one in that workspace.
    AccountOrWorkspace(&'static str, &'static str),
    /// One in the workspace.
    Workspace(&'static str),
}

impl Needs {
    /// From the words of a row.
    pub(super) fn of(words: &'static str) -> Self {
        let (kind, permissions) = words.trim_end_matches(')').split_once('(').unwrap_or((words, ""));
        match (kind, permissions.split_once(", ")) {
            ("Public" | "SignedUrl", None) => Self::NoToken,
            ("Session", None) => Self::Session,
            ("Token", None) => Self::Token,
            ("Account", None) => Self::Account(permissions),
            ("Workspace", None) => Self::Workspace(permissions),
            ("AccountOrWorkspace", Some((account, workspace))) => {
                Self::AccountOrWorkspace(account, workspace)
            }
            _ => panic!("policy.rs does not know `{words}`: say in `Needs` what it asks for"),
        }
    }
}

/// What is in a header, as far as the policy looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    Missing,
    /// It is no uuid.
    Malformed,
    /// The caller's account; a workspace that is open to the caller.
    Open,
    /// Anything else: somebody else's, closed, deleted, or never there.
    Closed,
}

/// A call, as far as the policy looks.
#[derive(Clone, Debug)]
pub(super) struct Asked<'a> {
    /// Whether a token was sent, and a good one.
    pub(super) token: Option<bool>,
    pub(super) account_header: Header,
    pub(super) workspace_header: Header,
    pub(super) suspended: bool,
    pub(super) plan: &'a str,
    /// `None` for a key that is not narrowed.
    pub(super) scopes: Option<&'a [&'static str]>,
    pub(super) account_roles: &'a [&'static str],
    pub(super) workspace_roles: &'a [&'static str],
}

/// What the contract says a call is answered: the status, and for a refusal its code and its challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) status: u16,
    /// `None` where the call was let in: what is then said is the operation's affair.
    pub(super) code: Option<&'static str>,
    pub(super) challenge: Option<String>,
}

const PLAIN_CHALLENGE: &str = r#"Bearer realm="mudlark""#;

/// The answer by the contract's order: 401 token, 400 headers, 403 account header, suspended, plan, workspace, 403 scope,
/// then role, then what is behind. *Source*: wire contract, section 1.
pub(super) fn expected(row: &Row, asked: &Asked<'_>) -> Expected {
    let (_, scope, words, let_in) = *row;
    let needs = Needs::of(words);
    let refused = |status, code| Expected { status, code: Some(code), challenge: None };
    let challenged = |status, code, challenge: &str| Expected {
        status,
        code: Some(code),
        challenge: Some(challenge.to_owned()),
    };
    let behind = Expected { status: let_in, code: None, challenge: None };
    if needs == Needs::NoToken {
        return behind;
    }
    match asked.token {
        None => return challenged(401, "invalid_token", PLAIN_CHALLENGE),
        Some(false) => {
            let challenge = format!(r#"{PLAIN_CHALLENGE}, error="invalid_token""#);
            return challenged(401, "invalid_token", &challenge);
        }
        // Keys alone ask here; people are in crates/server/tests/it/sessions.rs.
        Some(true) if needs == Needs::Session => return refused(403, "session_required"),
        Some(true) => {}
    }
    let asks_for_account = needs != Needs::Token;
    let workspace_header = match needs {
        Needs::Workspace(_) => Some(asked.workspace_header),
        Needs::AccountOrWorkspace(..) => {
            Some(asked.workspace_header).filter(|header| *header != Header::Missing)
        }
        _ => None,
    };
    let account_header = Some(asked.account_header).filter(|_| asks_for_account);
    for header in [account_header, workspace_header].into_iter().flatten() {
        match header {
            Header::Missing => return refused(400, "header_missing"),
            Header::Malformed => return refused(400, "header_malformed"),
            Header::Open | Header::Closed => {}
        }
    }
    if account_header == Some(Header::Closed) {
        return refused(403, "account_mismatch");
    }
    if asked.suspended {
        return refused(403, "account_suspended");
    }
    if !["pro", "enterprise"].contains(&asked.plan) {
        return refused(403, "plan_without_api_access");
    }
    // Whoever has no role at all in a workspace has not been let into it.
    if workspace_header.is_some_and(|header| header == Header::Closed || asked.workspace_roles.is_empty()) {
        return refused(403, "workspace_forbidden");
    }
    let scope = scope.unwrap_or_else(|| panic!("{}: an operation with a token has a scope", row.0));
    if asked.scopes.is_some_and(|scopes| !scopes.contains(&scope)) {
        let challenge = format!(r#"{PLAIN_CHALLENGE}, error="insufficient_scope", scope="{scope}""#);
        return challenged(403, "scope_missing", &challenge);
    }
    let has_role = match needs {
        Needs::NoToken | Needs::Session | Needs::Token => true,
        Needs::Account(permission) => account_allows(asked.account_roles, permission),
        Needs::Workspace(permission) => workspace_allows(asked.workspace_roles, permission),
        Needs::AccountOrWorkspace(account, workspace) => match workspace_header {
            None => account_allows(asked.account_roles, account),
            Some(_) => workspace_allows(asked.workspace_roles, workspace),
        },
    };
    if has_role { behind } else { challenged(403, "role_missing", PLAIN_CHALLENGE) }
}

/// *Source*: wire contract, section 4, "Roles".
fn account_allows(roles: &[&str], permission: &str) -> bool {
    let holders: &[&str] = match permission {
        "Read" => return true,
        "CreateWorkspaces" | "Administer" => &["admin", "owner"],
        "Own" => &["owner"],
        other => panic!("policy.rs does not know the account permission {other}: say here who has it"),
    };
    roles.iter().any(|role| holders.contains(role))
}

/// *Source*: wire contract, section 4, "Roles".
fn workspace_allows(roles: &[&str], permission: &str) -> bool {
    let holders: &[&str] = match permission {
        "Read" => &["viewer", "review", "manage_art", "admin"],
        "EditArt" => &["manage_art", "admin"],
        "Contribute" => &["manage_art", "review", "admin"],
        "Review" => &["review", "admin"],
        "Administer" => &["admin"],
        other => panic!("policy.rs does not know the workspace permission {other}: say here who has it"),
    };
    roles.iter().any(|role| holders.contains(role))
}
