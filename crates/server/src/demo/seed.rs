//! Fills the demonstration's data folder: the account and the art the first time, a fresh key every time
//! (a key's secret can't be shown twice).

use anyhow::Context;
use mudlark_store::{Page, Session};
use mudlark_types::{AccountId, AssetId, FileName, FolderPath, Plan, WorkspaceId};

use super::files::demo_files;
use crate::admin::users::{self, NewMember};
use crate::admin::{Admin, accounts, key_work, workspaces};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Settings;
use crate::data_dir::DataDir;
use crate::ops::change::Change;
use crate::ops::commit_content::{AssetFacts, Place, publish, put_asset};
use crate::ops::create_key::{KeyRequest, KeyRoles};
use crate::ops::make_folders::make_folders;
use crate::serve::Server;

const ACCOUNT: &str = "Mudlark Demo Studio";
const WORKSPACE: &str = "Low Tide";
const KEY: &str = "demo";
const ARTIST: &str = "artist@mudlark.example";

/// What is printed.
pub(super) struct Demo {
    pub(super) account_id: AccountId,
    pub(super) workspace_id: WorkspaceId,
    pub(super) key: String,
    pub(super) secret: String,
    /// The address of a link by which the demonstration's artist chooses a password.
    pub(super) link: String,
    /// An asset to look at.
    pub(super) asset_id: AssetId,
    pub(super) asset_path: String,
}

/// Makes what is missing.
pub(super) async fn seed(server: &Server, settings: &Settings) -> anyhow::Result<Demo> {
    let admin = Admin { data: DataDir::open(settings).await?, clock: Clock::system() };
    let account_id = find_or_create_account(&admin).await?;
    let workspace_id = find_or_create_workspace(&admin, account_id).await?;
    for old in admin.data.store.read().await?.list_api_keys(account_id, Page::first(i64::MAX)).await? {
        if old.name == KEY && old.revoked_at_ms.is_none() {
            key_work::revoke(&admin, &old.key_id).await?;
        }
    }
    let roles = KeyRoles::parse(&["admin"]).map_err(anyhow::Error::msg)?;
    let created = key_work::new_key(&admin, KeyRequest::of_operator(account_id, KEY, roles)).await?;
    let place =
        Place { account: account_id, workspace: workspace_id, user: created.user_id, lock_fence: None };
    put_files(server.app(), place).await?;
    let artist = NewMember {
        account: account_id,
        email: ARTIST.to_owned(),
        name: "Demo Artist".to_owned(),
        roles: KeyRoles::parse(&["owner"]).map_err(anyhow::Error::msg)?,
        workspaces: Vec::new(),
    };
    let (_, link) = users::create_member(&admin, artist).await?;
    let own = format!("http://{}", server.address());
    let link = link.address(settings.public_base().unwrap_or(&own));
    let (asset_id, asset_path) = first_picture(&mut server.app().store.read().await?, workspace_id).await?;
    Ok(Demo {
        account_id,
        workspace_id,
        key: created.key_id.to_string(),
        secret: created.secret.expose().to_owned(),
        link,
        asset_id,
        asset_path,
    })
}

async fn find_or_create_account(admin: &Admin) -> anyhow::Result<AccountId> {
    let known = admin.data.store.read().await?.list_accounts().await?;
    match known.into_iter().find(|account| account.name == ACCOUNT) {
        Some(account) => Ok(account.id),
        None => accounts::create_account(admin, ACCOUNT, Plan::Pro).await,
    }
}

async fn find_or_create_workspace(admin: &Admin, account_id: AccountId) -> anyhow::Result<WorkspaceId> {
    let known = admin.data.store.read().await?.list_workspaces(account_id, Page::first(1)).await?;
    match known.first() {
        Some(workspace) => Ok(workspace.id),
        None => workspaces::create_workspace(admin, account_id, WORKSPACE).await,
    }
}

/// Puts the sample art where it is not yet.
async fn put_files(app: &App, place: Place) -> anyhow::Result<()> {
    let files = demo_files();
    let total = files.len();
    for (index, file) in files.into_iter().enumerate() {
        eprint!("\rmudlark: making sample art {:>2}/{total} …", index + 1);
        let path = FolderPath::parse(file.folder).context("a sample's folder")?;
        let name = FileName::parse(&file.name).context("a sample's name")?;
        if is_there(app, place, &path, &name).await? {
            continue;
        }
        let mut writer = app.blobs.stage();
        writer.write(file.bytes.into()).await?;
        let staged = writer.finish().await?;
        let put = async {
            let content = publish(app, place.account, file.name.clone(), staged).await?;
            let mut change = Change::begin(app, place.account, place.user, None).await?;
            let folder = make_folders(app, &mut change, place.workspace, place.user, &path).await?;
            let facts =
                AssetFacts { description: Some(Some(file.description.to_owned())), ..AssetFacts::default() };
            put_asset(app, &mut change, place, &folder, &name, facts, &content).await?;
            change.commit().await
        };
        put.await.map_err(|error| anyhow::anyhow!("{}: {}", file.name, error.message()))?;
    }
    eprintln!(" done");
    Ok(())
}

async fn is_there(app: &App, place: Place, path: &FolderPath, name: &FileName) -> anyhow::Result<bool> {
    let mut session = app.store.read().await?;
    let Some(folder) = session.find_folder_by_path_key(place.workspace, &path.key()).await? else {
        return Ok(false);
    };
    Ok(session.find_asset_by_name(place.workspace, folder.id, &name.key()).await?.is_some())
}

/// The first picture of the first folder that has one.
async fn first_picture(
    session: &mut Session,
    workspace_id: WorkspaceId,
) -> anyhow::Result<(AssetId, String)> {
    for folder in session.list_folders(workspace_id).await? {
        let assets = session.list_assets_in_folder(workspace_id, folder.id, Page::first(100)).await?;
        if let Some(picture) = assets
            .into_iter()
            .find(|asset| mime_guess::from_path(&asset.name).first_raw() == Some("image/png"))
        {
            return Ok((picture.id, format!("{}{}", folder.path, picture.name)));
        }
    }
    anyhow::bail!("the demonstration has no art; delete its data folder and start again")
}
