//! The things that most tests need: an account with a user, a workspace and its root folder, and assets in it.

use mudlark_store::{
    NewAccount, NewApiKey, NewAsset, NewFolder, NewUser, NewVersion, NewWorkspace, Store, Tx, UserKind,
};
use mudlark_types::{AccountId, AssetId, FolderId, Plan, UserId, VersionId, WorkspaceId, WorkspaceRoles};
use uuid::Uuid;

/// The time at which everything is made.
pub(crate) const NOW: i64 = 1_700_000_000_000;

/// The n-th id of any kind; they sort by their number.
pub(crate) fn id<Id: From<Uuid>>(number: u128) -> Id {
    Uuid::from_u128(number).into()
}

/// The first row of every table.
#[derive(Clone, Copy)]
pub(crate) struct World {
    pub(crate) account: AccountId,
    pub(crate) user: UserId,
    pub(crate) workspace: WorkspaceId,
    pub(crate) root: FolderId,
}

/// Of a second account that has nothing to do with the first.
pub(crate) const FIRST: u128 = 0x100;
pub(crate) const SECOND: u128 = 0x200;

impl World {
    pub(crate) async fn make(store: &Store) -> Self {
        Self::make_at(store, FIRST).await
    }

    /// Makes another account with everything, under ids from `base` on.
    pub(crate) async fn make_at(store: &Store, base: u128) -> Self {
        let world =
            Self { account: id(base), user: id(base + 1), workspace: id(base + 2), root: id(base + 3) };
        let mut tx = store.begin().await.unwrap();
        tx.insert_user(&person(world.user)).await.unwrap();
        tx.insert_account(&account(world.account)).await.unwrap();
        tx.insert_workspace(&workspace(world.workspace, world.account, NOW)).await.unwrap();
        tx.insert_folder(&world.folder(world.root, None, "/")).await.unwrap();
        tx.commit().await.unwrap();
        world
    }

    /// A folder with the path as its key, made a millisecond later for each level.
    pub(crate) fn folder(&self, folder_id: FolderId, parent_id: Option<FolderId>, path: &str) -> NewFolder {
        NewFolder {
            id: folder_id,
            workspace_id: self.workspace,
            parent_id,
            name: path.trim_matches('/').rsplit('/').next().unwrap_or_default().to_owned(),
            path: path.to_owned(),
            path_key: path.to_lowercase(),
            created_by_user_id: None,
            sequence: 1,
            created_at_ms: NOW,
        }
    }

    /// The n-th asset, without anything that may be left out.
    pub(crate) fn asset(&self, number: u8, folder_id: FolderId, name: &str) -> NewAsset {
        NewAsset {
            id: asset_id(number),
            account_id: self.account,
            workspace_id: self.workspace,
            folder_id,
            name: name.to_owned(),
            name_key: name.to_lowercase(),
            file_name: name.to_owned(),
            description: None,
            asset_type_id: None,
            status_id: None,
            created_by_user_id: self.user,
            current_version_id: version_id(number, 1),
            sequence: 1,
            created_at_ms: NOW + i64::from(number),
        }
    }

    /// A version of the n-th asset: 10 bytes a version number.
    pub(crate) fn version(&self, asset: u8, version_number: u8) -> NewVersion {
        NewVersion {
            id: version_id(asset, version_number),
            account_id: self.account,
            workspace_id: self.workspace,
            asset_id: asset_id(asset),
            commit_parent_id: None,
            created_by_user_id: self.user,
            name: format!("v{version_number}"),
            description: None,
            file_name: "file.png".to_owned(),
            sha256: sha256(asset, version_number),
            size_bytes: 10 * i64::from(version_number),
            version_number: i64::from(version_number),
            sequence: 1,
            created_at_ms: NOW + i64::from(version_number),
        }
    }

    /// Inserts the n-th asset with its first version.
    pub(crate) async fn insert_asset(&self, tx: &mut Tx, asset: &NewAsset, number: u8) {
        tx.insert_asset(asset).await.unwrap();
        self.insert_version(tx, number, 1).await;
    }

    /// Inserts a version and its blob.
    pub(crate) async fn insert_version(&self, tx: &mut Tx, asset: u8, version_number: u8) {
        let version = self.version(asset, version_number);
        tx.insert_blob(self.account, &version.sha256, version.size_bytes, NOW).await.unwrap();
        tx.insert_version(&version).await.unwrap();
    }

    /// Commits assets 1, 2, … of these names in the root folder.
    pub(crate) async fn commit_assets(&self, store: &Store, names: &[&str]) {
        let mut tx = store.begin().await.unwrap();
        for (number, name) in (1..).zip(names) {
            self.insert_asset(&mut tx, &self.asset(number, self.root, name), number).await;
        }
        tx.commit().await.unwrap();
    }
}

pub(crate) fn asset_id(number: u8) -> AssetId {
    id(0x1_0000 + u128::from(number))
}

pub(crate) fn version_id(asset: u8, version_number: u8) -> VersionId {
    id(0x2_0000 + (u128::from(asset) << 8) + u128::from(version_number))
}

pub(crate) fn sha256(asset: u8, version_number: u8) -> Vec<u8> {
    let mut digest = vec![asset; 32];
    digest[31] = version_number;
    digest
}

pub(crate) fn person(user_id: UserId) -> NewUser {
    NewUser {
        id: user_id,
        kind: UserKind::Person,
        username: "Mira".to_owned(),
        email: Some("mira@studio.example".to_owned()),
        first_name: Some("Mira".to_owned()),
        last_name: Some("Ünal".to_owned()),
        default_avatar: 7,
        created_at_ms: NOW,
    }
}

pub(crate) fn account(account_id: AccountId) -> NewAccount {
    NewAccount {
        id: account_id,
        name: "Studio".to_owned(),
        plan: Plan::Pro,
        created_by_user_id: None,
        default_avatar: 3,
        created_at_ms: NOW,
    }
}

pub(crate) fn workspace(
    workspace_id: WorkspaceId,
    account_id: AccountId,
    created_at_ms: i64,
) -> NewWorkspace {
    NewWorkspace {
        id: workspace_id,
        account_id,
        name: "Robot game".to_owned(),
        default_avatar: 1,
        created_by_user_id: None,
        sequence: 1,
        created_at_ms,
    }
}

/// A key without roles, limits or an end.
pub(crate) fn api_key(account_id: AccountId, user_id: UserId, key_id: &str, created_at_ms: i64) -> NewApiKey {
    NewApiKey {
        key_id: key_id.to_owned(),
        account_id,
        user_id,
        name: "Build farm".to_owned(),
        workspace_roles: WorkspaceRoles::EMPTY,
        scopes: None,
        workspace_ids: None,
        networks: None,
        created_by_user_id: None,
        expires_at_ms: None,
        created_at_ms,
    }
}
