//! The server that the table asks, and the situations that it asks in.

use std::collections::BTreeSet;

use futures_util::{StreamExt, stream};
use serde_json::Value;

use super::keys::{Kind, MadeKey, Places, Reach, delete_workspace, make_keys};
use super::policy::{Header, POLICY};
use super::register::ABSENT;
use crate::support::{NO_LIMITS, Program, Studio, new_key, text};

/// Tokens that are asked for at once.
const AT_ONCE: usize = 64;

pub(super) const ACCOUNT_ROLES: &[&[&str]] = &[&[], &["member"], &["admin"], &["owner"]];
pub(super) const WORKSPACE_ROLES: &[&[&str]] =
    &[&[], &["viewer"], &["review"], &["manage_art"], &["admin"], &["review", "manage_art"]];

/// Which token comes with the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    None,
    Garbled,
    /// Of a key of the account, of the roles and scopes of the cell.
    Good(Reach),
}

/// Whose thing the ids in the path are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    Absent,
    OtherWorkspace,
    OtherAccount,
    Trashed,
}

/// Which headers a call comes with, and how the policy sees them.
pub(super) struct Situation {
    pub(super) name: &'static str,
    pub(super) token: Token,
    pub(super) account: (Option<String>, Header),
    pub(super) workspace: (Option<String>, Header),
    pub(super) thing: Thing,
}

/// One of the things that path ids can name.
pub(super) struct Ids {
    asset: String,
    version: String,
    folder: String,
}

impl Ids {
    fn of(asset: &Value) -> Self {
        Self {
            asset: text(asset, "id").to_owned(),
            version: text(asset, "current_version_id").to_owned(),
            folder: text(asset, "folder_id").to_owned(),
        }
    }

    pub(super) fn named(&self, parameter: &str) -> &str {
        match parameter {
            "asset_id" => &self.asset,
            "version_id" => &self.version,
            "folder_id" => &self.folder,
            _ => ABSENT,
        }
    }
}

/// The server with everything that the table needs.
pub(super) struct World {
    pub(super) studio: Studio,
    pub(super) address: String,
    pub(super) keys: Vec<(MadeKey, String)>,
    pub(super) situations: Vec<Situation>,
    /// How many scopes there are.
    pub(super) scopes: usize,
    pub(super) of_other_workspace: Ids,
    pub(super) of_other_account: Ids,
    pub(super) trashed: Ids,
}

impl World {
    pub(super) async fn make() -> Self {
        let mut studio = Studio::start();
        let make_workspace = |account: &str, name: &str| {
            let made = studio.admin(&["workspace", "create", "--account", account, "--name", name]);
            text(&made, "id").to_owned()
        };
        let second = make_workspace(&studio.account, "Second");
        let trashed = make_workspace(&studio.account, "Trashed");
        let other_account = studio.admin(&["account", "create", "--name", "Other", "--plan", "pro"]);
        let other_account = text(&other_account, "id").to_owned();
        let theirs = make_workspace(&other_account, "Theirs");

        let admin = studio.key_with(&["admin"]).await;
        let trashed_asset = admin.put_asset("/Gone", "a.txt", "a").await;
        let deleted =
            admin.delete(&format!("/workspaces/assets/{}", text(&trashed_asset, "id"))).send().await;
        assert_eq!(deleted.status, 204);
        let of_other_workspace = admin.with_workspace(Some(&second)).put_asset("/There", "a.txt", "a").await;
        let stranger = studio.actor_of(&new_key(&studio.data(), &other_account, &["admin"])).await;
        let of_other_account = stranger.with_workspace(Some(&theirs)).put_asset("/There", "a.txt", "a").await;

        let data = studio.data();
        studio.program().terminate();
        studio.program().wait();
        let places = Places {
            account: &studio.account,
            member_of: [&studio.workspace, &trashed],
            narrowed_to: &second,
        };
        let keys = make_keys(&data, &places, all_kinds()).await;
        *studio.program() = Program::start_on(&data, &NO_LIMITS);
        let address = studio.program().address().to_owned();
        // The workspace is open until it is deleted: that it is closed afterwards says something.
        let admin = crate::support::Actor { base: studio.base(), ..admin };
        let before = admin.with_workspace(Some(&trashed)).get("/workspaces/assetStatuses").send().await;
        before.ok();
        delete_workspace(&data, &trashed).await;

        let token_of = async |key: MadeKey| {
            let presented = serde_json::json!({
                "account_id": studio.account, "key": key.key, "secret": key.secret,
            });
            let token = studio.token_of(&presented).await;
            (key, token)
        };
        // Each waits for its line in the audit trail to be durable, which many do together. They keep their order.
        let keys = stream::iter(keys).map(token_of).buffered(AT_ONCE).collect().await;
        let situations =
            situations([&studio.account, &other_account], [&studio.workspace, &second, &theirs, &trashed]);
        Self {
            address,
            keys,
            situations,
            scopes: all_scopes().len(),
            of_other_workspace: Ids::of(&of_other_workspace),
            of_other_account: Ids::of(&of_other_account),
            // Its folder is not in the trash, and so is no example.
            trashed: Ids { folder: ABSENT.to_owned(), ..Ids::of(&trashed_asset) },
            studio,
        }
    }
}

/// The situations of a call. Of the accounts: the caller's, another. Of the workspaces: where the caller is a member;
/// another of the account, which narrowed keys are narrowed to; one of the other account; one that is deleted.
fn situations(accounts: [&str; 2], workspaces: [&str; 4]) -> Vec<Situation> {
    use Header::{Closed, Malformed, Missing, Open};
    let [account, other_account] = accounts;
    let [own, second, theirs, trashed] = workspaces;
    let member = Token::Good(Reach::Member);
    let narrowed = Token::Good(Reach::Narrowed);
    let header = |value: &str, seen| (Some(value.to_owned()), seen);
    let with =
        |name, token, account, workspace| Situation { name, token, account, workspace, thing: Thing::Absent };
    let mut all = vec![
        with("own", member, header(account, Open), header(own, Open)),
        with("the one it is narrowed to", narrowed, header(account, Open), header(second, Open)),
        with("narrowed to another", narrowed, header(account, Open), header(own, Closed)),
        with("another of the account", member, header(account, Open), header(second, Closed)),
        with("a workspace of another account", member, header(account, Open), header(theirs, Closed)),
        with("a workspace that never was", member, header(account, Open), header(ABSENT, Closed)),
        with("a deleted workspace", member, header(account, Open), header(trashed, Closed)),
        with("another account", member, header(other_account, Closed), header(theirs, Closed)),
        with("another account, own workspace", member, header(other_account, Closed), header(own, Open)),
        with("an account that never was", member, header(ABSENT, Closed), header(own, Open)),
        with("no account header", member, (None, Missing), header(own, Open)),
        with("a garbled account header", member, header("x", Malformed), header(own, Open)),
        with("no workspace header", member, header(account, Open), (None, Missing)),
        with("a garbled workspace header", member, header(account, Open), header("x", Malformed)),
        with("another account, no workspace", member, header(other_account, Closed), (None, Missing)),
        with("no token", Token::None, header(account, Open), header(own, Open)),
        with("no token and no headers", Token::None, (None, Missing), (None, Missing)),
        with("a garbled token", Token::Garbled, header(account, Open), header(own, Open)),
        with("a garbled token and no headers", Token::Garbled, (None, Missing), (None, Missing)),
    ];
    for (name, thing) in [
        ("a thing of another workspace", Thing::OtherWorkspace),
        ("a thing of another account", Thing::OtherAccount),
        ("a thing in the trash", Thing::Trashed),
    ] {
        all.push(Situation { thing, ..with(name, member, header(account, Open), header(own, Open)) });
    }
    all
}

fn all_scopes() -> BTreeSet<&'static str> {
    POLICY.iter().filter_map(|row| row.1).collect()
}

/// Every kind of key that some operation is asked with.
fn all_kinds() -> Vec<Kind> {
    let all = all_scopes();
    let mut sets: Vec<Option<Vec<&'static str>>> = vec![None, Some(Vec::new())];
    sets.push(Some(all.iter().copied().collect()));
    for scope in &all {
        sets.push(Some(vec![*scope]));
        sets.push(Some(all.iter().copied().filter(|other| other != scope).collect()));
    }
    let mut kinds = Vec::new();
    for account_roles in ACCOUNT_ROLES {
        for workspace_roles in WORKSPACE_ROLES {
            for scopes in &sets {
                for reach in [Reach::Member, Reach::Narrowed] {
                    kinds.push(Kind { account_roles, workspace_roles, scopes: scopes.clone(), reach });
                }
            }
        }
    }
    kinds
}
