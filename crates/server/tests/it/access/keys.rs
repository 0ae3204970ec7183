//! Keys of every combination of roles, scopes and workspaces, written into a stopped server's database by the store
//! itself: a thousand of them by the operator's command would take minutes.

use std::path::Path;

use mudlark_auth::{KeyId, Secret, Vault};
use mudlark_store::{AuthSubject, NewApiKey, NewApiKeySecret, NewUser, Tx, UserKind};
use uuid::Uuid;

use crate::support::store_of;

/// What a key of the table is and may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) account_roles: &'static [&'static str],
    pub(super) workspace_roles: &'static [&'static str],
    /// `None` for a key that is not narrowed.
    pub(super) scopes: Option<Vec<&'static str>>,
    pub(super) reach: Reach,
}

/// Where a key has its workspace roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// As a member of the workspaces that it is given.
    Member,
    /// Everywhere in the account, but narrowed to the one workspace that it is given.
    Narrowed,
}

/// A key with its secret.
pub(super) struct MadeKey {
    pub(super) kind: Kind,
    pub(super) key: String,
    pub(super) secret: String,
}

/// The workspaces of the account that the keys are of.
pub(super) struct Places<'a> {
    pub(super) account: &'a str,
    /// Where keys of [`Reach::Member`] are members.
    pub(super) member_of: [&'a str; 2],
    /// What keys of [`Reach::Narrowed`] are narrowed to.
    pub(super) narrowed_to: &'a str,
}

/// Makes a key of each kind. No server may be running on the folder.
pub(super) async fn make_keys(data: &Path, places: &Places<'_>, kinds: Vec<Kind>) -> Vec<MadeKey> {
    let store = store_of(data).await;
    let vault = std::fs::read_to_string(data.join("secrets.json")).expect("the secrets file");
    let vault = Vault::from_json(&vault).expect("a vault");
    let mut tx = store.begin().await.unwrap();
    let mut made = Vec::new();
    for kind in kinds {
        made.push(make_key(&mut tx, &vault, places, kind).await);
    }
    tx.commit().await.unwrap();
    made
}

async fn make_key(tx: &mut Tx, vault: &Vault, places: &Places<'_>, kind: Kind) -> MadeKey {
    const MADE_AT_MS: i64 = 1_750_000_000_000;
    let (key_id, secret) = (KeyId::generate(), Secret::generate());
    let user_id: mudlark_types::UserId = Uuid::now_v7().to_string().parse().unwrap();
    let account_id = places.account.parse().unwrap();
    let workspace_roles = kind.workspace_roles.join(",").parse().unwrap();
    let user = NewUser {
        id: user_id,
        kind: UserKind::Service,
        username: "a key of the table".into(),
        email: None,
        first_name: None,
        last_name: None,
        default_avatar: 1,
        created_at_ms: MADE_AT_MS,
    };
    tx.insert_user(&user).await.unwrap();
    let account_roles = kind.account_roles.join(",").parse().unwrap();
    tx.upsert_account_member(account_id, user_id, account_roles, MADE_AT_MS).await.unwrap();
    let everywhere = match kind.reach {
        Reach::Narrowed => workspace_roles,
        Reach::Member => {
            for workspace in places.member_of {
                let workspace = workspace.parse().unwrap();
                tx.upsert_workspace_member(workspace, user_id, workspace_roles, MADE_AT_MS).await.unwrap();
            }
            mudlark_types::WorkspaceRoles::EMPTY
        }
    };
    let key = NewApiKey {
        key_id: key_id.to_string(),
        account_id,
        user_id,
        name: "a key of the table".into(),
        workspace_roles: everywhere,
        scopes: kind.scopes.as_ref().map(|scopes| scopes.join(",").parse().unwrap()),
        workspace_ids: (kind.reach == Reach::Narrowed).then(|| places.narrowed_to.to_owned()),
        networks: None,
        created_by_user_id: None,
        expires_at_ms: None,
        created_at_ms: MADE_AT_MS,
    };
    tx.insert_api_key(&key).await.unwrap();
    let pepper_id = vault.newest_pepper_id();
    let mac = vault.mac(pepper_id, &key_id, secret.expose()).unwrap().to_vec();
    let key_secret = NewApiKeySecret {
        key_id: key_id.to_string(),
        version: 1,
        pepper_id,
        mac,
        expires_at_ms: None,
        created_at_ms: MADE_AT_MS,
    };
    tx.insert_api_key_secret(&key_secret).await.unwrap();
    MadeKey { kind, key: key_id.to_string(), secret: secret.expose().to_owned() }
}

/// Deletes a workspace beside a running server, as no operation of the API can yet, and has the server told.
pub(super) async fn delete_workspace(data: &Path, workspace: &str) {
    let database = data.join("mudlark.sqlite3");
    let step = "import sqlite3, sys; database = sqlite3.connect(sys.argv[1]); \
        database.execute('update workspaces set deleted_at_ms = 1 where id = ?', (bytes.fromhex(sys.argv[2]),)); \
        assert database.total_changes == 1; database.commit()";
    let id = workspace.replace('-', "");
    let status = std::process::Command::new("python3").args(["-c", step]).arg(&database).arg(id).status();
    assert!(status.unwrap().success(), "the workspace is deleted");
    let store = store_of(data).await;
    let mut tx = store.begin().await.unwrap();
    tx.record_auth_change(AuthSubject::Workspace(workspace.parse().unwrap())).await.unwrap();
    tx.commit().await.unwrap();
}
