//! `mudlark signing-key …`.

use anyhow::bail;
use clap::Subcommand;
use mudlark_store::{SigningKeyRow, SigningKeyState};
use mudlark_types::Timestamp;
use serde_json::{Value, json};

use super::{Admin, block_on, output};
use crate::cli::AdminFlags;
use crate::ops::signing_keys;

/// The sub-commands.
#[derive(Debug, Subcommand)]
pub(crate) enum SigningKeyCommand {
    /// List the signing keys: which one signs, which one is next, and until when retired ones still verify.
    List {
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// Make the next signing key. It is published at once and signs after an hour, when every verifier has it.
    Rotate {
        /// Let it sign at once. Verifiers that keep the published keys see it when they ask again.
        #[arg(long)]
        now: bool,
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// Revoke a signing key for good: tokens that it signed are refused from the moment this returns. Where it is
    /// the one that signs, another takes its place at once.
    Revoke {
        /// The key's id, as `list` shows it.
        // One in 64 begins with a hyphen: it is base64url.
        #[arg(allow_hyphen_values = true)]
        kid: String,
        #[command(flatten)]
        flags: AdminFlags,
    },
}

impl SigningKeyCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        block_on(async {
            match self {
                Self::List { flags } => {
                    let admin = Admin::open(&flags).await?;
                    let keys = admin.data.store.read().await?.list_signing_keys().await?;
                    let rows: Vec<Value> = keys.iter().map(row).collect();
                    let columns =
                        ["kid", "state", "created_at", "active_from", "retired_at", "verifies_until"];
                    output::list(flags.json, &rows, &columns)
                }
                Self::Rotate { now, flags } => {
                    let admin = Admin::open(&flags).await?;
                    let rotated = rotate(&admin, now).await?;
                    output::object(flags.json, &rotated)
                }
                Self::Revoke { kid, flags } => {
                    let admin = Admin::open(&flags).await?;
                    let revoked = revoke(&admin, &kid).await?;
                    output::object(flags.json, &revoked)
                }
            }
        })
    }
}

fn row(key: &SigningKeyRow) -> Value {
    let active_from_ms = match key.state {
        SigningKeyState::Next => Some(signing_keys::active_from_ms(key)),
        _ => key.activated_at_ms,
    };
    json!({
        "kid": key.kid,
        "state": key.state.as_str(),
        "created_at": Timestamp(key.created_at_ms),
        "active_from": active_from_ms.map(Timestamp),
        "retired_at": key.retired_at_ms.map(Timestamp),
        "verifies_until": signing_keys::published_until_ms(key).map(Timestamp),
    })
}

/// Publishes the next key and, if asked, lets it sign: once every running server accepts its tokens, and not before.
async fn rotate(admin: &Admin, now: bool) -> anyhow::Result<Value> {
    let store = &admin.data.store;
    let next = signing_keys::announce(store, &admin.data.vault, admin.clock.now_ms()).await?;
    admin.wait_for_server(next.revision).await?;
    if !now {
        let active_from = Timestamp(next.active_from_ms);
        return Ok(json!({ "kid": next.kid, "state": "next", "active_from": active_from }));
    }
    let now_ms = admin.clock.now_ms();
    let revision = signing_keys::promote(store, &admin.data.vault, &next.kid, now_ms).await?;
    admin.wait_for_server(revision).await?;
    Ok(json!({ "kid": next.kid, "state": "active", "active_from": Timestamp(now_ms) }))
}

async fn revoke(admin: &Admin, kid: &str) -> anyhow::Result<Value> {
    let (store, vault) = (&admin.data.store, &admin.data.vault);
    let Some(state) = signing_keys::state_of(store, kid).await? else {
        bail!("there is no signing key {kid}; `mudlark signing-key list` shows those there are");
    };
    if state == SigningKeyState::Active {
        // Every server should know the key that takes its place before one signs with it. But the revocation waits
        // for nobody: a server that does not follow is said at the end.
        let next = signing_keys::announce(store, vault, admin.clock.now_ms()).await?;
        admin.wait_for_server(next.revision).await.ok();
    }
    let revision = signing_keys::revoke(store, vault, kid, admin.clock.now_ms()).await?;
    admin.wait_for_server(revision).await?;
    let keys = store.read().await?.list_signing_keys().await?;
    let active = keys.iter().find(|key| key.state == SigningKeyState::Active).map(|key| &key.kid);
    Ok(json!({ "kid": kid, "state": "revoked", "active": active }))
}
