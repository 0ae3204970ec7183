//! `mudlark secrets …`. Never a key itself: ids, and how much depends on each.

use clap::Subcommand;
use mudlark_auth::Vault;
use serde_json::{Value, json};

use super::{Admin, block_on, output};
use crate::cli::AdminFlags;
use crate::data_dir::DataDir;
use crate::ops::secrets::{self, Changed, Listed};

/// The sub-commands.
#[derive(Debug, Subcommand)]
pub(crate) enum SecretsCommand {
    /// Make the secrets file ahead of the first start. Never over one that is there, nor beside a database.
    Init {
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// List the peppers and key-encryption keys by their ids, with how much depends on each. Never the keys.
    List {
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// Add a pepper. Each API key's secret is hashed anew under it when it is next used.
    RotatePepper {
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// Add a key-encryption key, and seal the signing keys anew under it.
    RotateKek {
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// Remove the peppers and key-encryption keys that nothing depends on any more.
    Prune {
        #[command(flatten)]
        flags: AdminFlags,
    },
}

impl SecretsCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        block_on(async {
            match self {
                Self::Init { flags } => init(&flags).await,
                Self::List { flags } => {
                    let admin = Admin::open(&flags).await?;
                    let mut session = admin.data.store.read().await?;
                    let now_ms = admin.clock.now_ms();
                    show(&secrets::listed(&mut session, &admin.data.vault, now_ms).await?, flags.json)
                }
                Self::RotatePepper { flags } => {
                    let admin = Admin::open(&flags).await?;
                    let path = flags.settings().secrets_path();
                    let changed =
                        secrets::rotate_pepper(&admin.data.store, &path, admin.clock.now_ms()).await?;
                    finish(&admin, &changed, &flags).await
                }
                Self::RotateKek { flags } => {
                    let admin = Admin::open(&flags).await?;
                    let path = flags.settings().secrets_path();
                    let now_ms = admin.clock.now_ms();
                    let changed =
                        secrets::rotate_key_encryption_key(&admin.data.store, &path, now_ms).await?;
                    finish(&admin, &changed, &flags).await
                }
                Self::Prune { flags } => {
                    let admin = Admin::open(&flags).await?;
                    let path = flags.settings().secrets_path();
                    admin.wait_for_server(secrets::announce(&admin.data.store).await?).await?;
                    let changed = secrets::prune(&admin.data.store, &path, admin.clock.now_ms()).await?;
                    finish(&admin, &changed, &flags).await
                }
            }
        })
    }
}

async fn init(flags: &AdminFlags) -> anyhow::Result<()> {
    let settings = flags.settings();
    let vault: Vault = DataDir::init_secrets(&settings).await?;
    output::object(
        flags.json,
        &json!({
            "secrets": settings.secrets_path(),
            "peppers": vault.pepper_ids(),
            "key_encryption_keys": vault.key_encryption_key_ids(),
        }),
    )?;
    remind(flags);
    Ok(())
}

/// Waits until a running server has read the file, and shows what it holds.
async fn finish(admin: &Admin, changed: &Changed, flags: &AdminFlags) -> anyhow::Result<()> {
    admin.wait_for_server(changed.revision).await?;
    show(&changed.keys, flags.json)?;
    remind(flags);
    Ok(())
}

fn remind(flags: &AdminFlags) {
    if !flags.json {
        eprintln!("\nKeep a copy of the file, apart from the copies of the database.");
    }
}

fn show(keys: &[Listed], json: bool) -> anyhow::Result<()> {
    let rows: Vec<Value> = keys
        .iter()
        .map(|Listed { kind, id, newest, used_by }| {
            json!({ "kind": kind.as_str(), "id": id, "newest": newest, "used_by": used_by })
        })
        .collect();
    output::list(json, &rows, &["kind", "id", "newest", "used_by"])
}
