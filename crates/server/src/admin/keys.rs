//! `mudlark key …`.

use anyhow::bail;
use clap::Subcommand;
use mudlark_store::{ApiKeyRow, AuthSubject};
use mudlark_types::{AccountId, Timestamp};
use serde_json::{Value, json};

use super::{Admin, block_on, line, output};
use crate::cli::AdminFlags;
use crate::ops::create_key::{CreatedKey, KeyRequest, KeyRoles, create_key};

/// The sub-commands.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make an API key. Its secret is printed this once and can't be shown again.
    Create {
        /// The account it belongs to.
        #[arg(long, value_name = "ID")]
        account: AccountId,
        /// What it is for.
        #[arg(long, value_parser = line)]
        name: String,
        /// A role: owner, admin or member of the account; admin, manage_art, review or viewer in its workspaces
        /// (`admin` counts as both). May be repeated.
        #[arg(long = "role", value_name = "R", default_value = "admin")]
        roles: Vec<String>,
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// List an account's keys, never their secrets.
    List {
        /// The account.
        #[arg(long, value_name = "ID")]
        account: AccountId,
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// Revoke a key for good: its tokens are refused from the moment this returns.
    Revoke {
        /// The key, `mdl_key_…`.
        key: String,
        #[command(flatten)]
        flags: AdminFlags,
    },
}

impl KeyCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        block_on(async {
            match self {
                Self::Create { account, name, roles, flags } => {
                    let roles = KeyRoles::parse(&roles).map_err(anyhow::Error::msg)?;
                    let admin = Admin::open(&flags).await?;
                    admin.account_exists(account).await?;
                    let created = new_key(&admin, KeyRequest::of_operator(account, &name, roles)).await?;
                    show_created(account, &name, roles, &created, flags.json)
                }
                Self::List { account, flags } => {
                    let admin = Admin::open(&flags).await?;
                    admin.account_exists(account).await?;
                    let rows = list(&admin, account).await?;
                    output::list(
                        flags.json,
                        &rows,
                        &["key", "name", "roles", "state", "last_used_at", "created_at"],
                    )
                }
                Self::Revoke { key, flags } => {
                    let admin = Admin::open(&flags).await?;
                    let row = revoke(&admin, &key).await?;
                    output::object(
                        flags.json,
                        &json!({ "key": row.key_id, "name": row.name, "state": "revoked" }),
                    )
                }
            }
        })
    }
}

/// Makes a key, and waits until a running server knows it.
pub(crate) async fn new_key(admin: &Admin, request: KeyRequest<'_>) -> anyhow::Result<CreatedKey> {
    let mut tx = admin.data.store.begin().await?;
    let created = create_key(&admin.clock, &admin.data.vault, &mut tx, request).await?;
    tx.commit().await?;
    admin.wait_for_server(created.revision).await?;
    Ok(created)
}

/// Revokes a key; when this returns, a running server refuses its tokens.
pub(crate) async fn revoke(admin: &Admin, key: &str) -> anyhow::Result<ApiKeyRow> {
    let Some(row) = admin.data.store.read().await?.find_api_key(key).await? else {
        bail!("there is no key {key}; `mudlark key list --account ID` shows those there are");
    };
    let mut tx = admin.data.store.begin().await?;
    tx.update_api_key_revoked(key, admin.clock.now_ms()).await?;
    // Also where it was revoked before: the command promises that the server has followed.
    let revision = tx.record_auth_change(AuthSubject::Key(key.to_owned())).await?;
    tx.commit().await?;
    admin.wait_for_server(revision).await?;
    Ok(row)
}

fn show_created(
    account: AccountId,
    name: &str,
    roles: KeyRoles,
    created: &CreatedKey,
    json: bool,
) -> anyhow::Result<()> {
    output::object(
        json,
        &json!({
            "id": created.key_id.as_str(),
            "account_id": account,
            "key": created.key_id.as_str(),
            "secret": created.secret.expose(),
            "name": name,
            "user_id": created.user_id,
            "roles": roles.names(),
        }),
    )?;
    if !json {
        eprintln!("\nThe secret is shown this once: keep it where secrets are kept.");
    }
    Ok(())
}

async fn list(admin: &Admin, account: AccountId) -> anyhow::Result<Vec<Value>> {
    let mut session = admin.data.store.read().await?;
    let mut keys = Vec::new();
    for row in session.list_api_keys(account).await? {
        let member = session.find_account_member(account, row.user_id).await?;
        let roles = KeyRoles {
            account: member.map(|member| member.roles).unwrap_or_default(),
            workspace: row.workspace_roles,
        };
        let now_ms = admin.clock.now_ms();
        let state = match (row.revoked_at_ms, row.expires_at_ms) {
            (Some(_), _) => "revoked",
            (None, Some(expires_at_ms)) if expires_at_ms <= now_ms => "expired",
            _ => "active",
        };
        keys.push(json!({
            "id": row.key_id,
            "account_id": row.account_id,
            "key": row.key_id,
            "name": row.name,
            "user_id": row.user_id,
            "roles": roles.names(),
            "state": state,
            "expires_at": row.expires_at_ms.map(Timestamp),
            "last_used_at": row.last_used_at_ms.map(Timestamp),
            "last_used_ip": row.last_used_ip,
            "created_at": Timestamp(row.created_at_ms),
        }));
    }
    Ok(keys)
}
