//! The life of what lies in the secrets file: a new pepper, a new key-encryption key, and taking away those that nothing
//! uses any more. Called by the operator's commands; a running server follows by the log of changes.
//!
//! Each change is one transaction that holds the database's lock on the secrets, reads the file, replaces it, and only
//! then commits. Broken off at any point, file and database still fit: the file may hold a key that nothing uses yet,
//! and never lacks one that something uses.

use std::path::Path;

use anyhow::{Context, ensure};
use mudlark_auth::{SigningKey, Vault};
use mudlark_store::{AuthSubject, Session, Store, Tx};
use mudlark_types::AuditAction;
use serde_json::json;

use crate::ops::{audit, signing_keys};
use crate::secrets_file;
use crate::webhooks::confidential::Confidential;

/// A kind of key in the secrets file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Pepper,
    KeyEncryptionKey,
}

impl Kind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Pepper => "pepper",
            Self::KeyEncryptionKey => "key_encryption_key",
        }
    }
}

/// A key of the secrets file, without the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) kind: Kind,
    pub(crate) id: i64,
    /// What is made now is made under it.
    pub(crate) newest: bool,
    /// How many live secrets, or sealed signing keys and webhooks, depend on it.
    pub(crate) used_by: i64,
}

/// What became of the file.
pub(crate) struct Changed {
    pub(crate) keys: Vec<Listed>,
    /// The log's revision that running servers must have followed.
    pub(crate) revision: i64,
}

/// Adds a pepper. Each secret is hashed anew under it when it is next used.
pub(crate) async fn rotate_pepper(store: &Store, path: &Path, now_ms: i64) -> anyhow::Result<Changed> {
    let mut tx = store.begin().await?;
    let vault = read_locked(&mut tx, path, now_ms).await?.with_new_pepper();
    secrets_file::replace(path, &vault)?;
    commit(tx, &vault, "pepper added", now_ms).await
}

/// Adds a key-encryption key, and seals all that is sealed anew under it.
pub(crate) async fn rotate_key_encryption_key(
    store: &Store,
    path: &Path,
    now_ms: i64,
) -> anyhow::Result<Changed> {
    let mut tx = store.begin().await?;
    let vault = read_locked(&mut tx, path, now_ms).await?.with_new_key_encryption_key();
    let mut sealed_anew = Vec::new();
    for row in tx.list_signing_keys().await? {
        if let Some(sealed) = &row.sealed_private {
            let key = SigningKey::unseal(&vault, &row.kid, sealed)
                .with_context(|| format!("the signing key {} was not sealed anew", row.kid))?;
            sealed_anew.push((row.kid, key.seal(&vault)));
        }
    }
    let mut webhooks = Vec::new();
    for (id, sealed) in tx.list_sealed_webhooks().await? {
        let opened = Confidential::open(&vault, id, &sealed)?;
        webhooks.push((id, opened.seal(&vault, id), sealed));
    }
    // The file before the commit: what is sealed under a key must never be there without it.
    secrets_file::replace(path, &vault)?;
    for (kid, sealed) in sealed_anew {
        tx.update_signing_key_sealed(&kid, &sealed).await?;
    }
    for (id, sealed, before) in webhooks {
        tx.update_webhook_sealed(id, &before, &sealed).await?;
    }
    commit(tx, &vault, "key-encryption key added", now_ms).await
}

/// Lets running servers read the file again, and answers the revision by which they have.
pub(crate) async fn announce(store: &Store) -> anyhow::Result<i64> {
    let mut tx = store.begin().await?;
    let revision = tx.record_auth_change(AuthSubject::Secrets).await?;
    tx.commit().await?;
    Ok(revision)
}

/// Takes the keys away that are neither the newest nor used. The caller has let running servers read the file before
/// ([`announce`]): from then on they use nothing but the newest for what they make.
pub(crate) async fn prune(store: &Store, path: &Path, now_ms: i64) -> anyhow::Result<Changed> {
    let mut tx = store.begin().await?;
    let vault = read_locked(&mut tx, path, now_ms).await?;
    let uses = uses(&mut tx, now_ms).await?;
    let kept =
        |kind| -> Vec<i64> { uses.iter().filter(|(used, ..)| *used == kind).map(|(_, id, _)| *id).collect() };
    let pruned = vault.keeping(&kept(Kind::Pepper), &kept(Kind::KeyEncryptionKey));
    let keys = |vault: &Vault| vault.pepper_ids().len() + vault.key_encryption_key_ids().len();
    if keys(&pruned) < keys(&vault) {
        secrets_file::replace(path, &pruned)?;
    }
    commit(tx, &pruned, "unused keys taken away", now_ms).await
}

/// The keys of the file, in its order, with how much depends on each.
pub(crate) async fn listed(session: &mut Session, vault: &Vault, now_ms: i64) -> anyhow::Result<Vec<Listed>> {
    Ok(list(vault, &uses(session, now_ms).await?))
}

/// Refuses a file that lacks a key which the database needs: an older copy of it, most likely.
pub(crate) async fn check_fits(
    session: &mut Session,
    vault: &Vault,
    path: &Path,
    now_ms: i64,
) -> anyhow::Result<()> {
    let known = list(vault, &[]);
    for (kind, id, used_by) in uses(session, now_ms).await? {
        let (name, what) = match kind {
            Kind::Pepper => ("pepper", "secrets of API keys"),
            Kind::KeyEncryptionKey => ("key-encryption key", "signing keys and webhooks"),
        };
        ensure!(
            known.iter().any(|key| (key.kind, key.id) == (kind, id)),
            "the secrets file {} is not the newest one: it lacks the {name} {id}, which {used_by} {what} of the \
             database depend on. Put back the newest copy you keep of it, or name its place with --secrets",
            path.display()
        );
    }
    Ok(())
}

/// Refuses a file that is not this database's: it lacks a key, or its keys open nothing.
pub(crate) async fn check_opens(
    session: &mut Session,
    vault: &Vault,
    path: &Path,
    now_ms: i64,
) -> anyhow::Result<()> {
    check_fits(session, vault, path, now_ms).await?;
    for key in session.list_signing_keys().await?.iter().filter(|key| key.sealed_private.is_some()) {
        signing_keys::open(vault, key)?;
    }
    Ok(())
}

/// The file's secrets, while nobody else may change them.
async fn read_locked(tx: &mut Tx, path: &Path, now_ms: i64) -> anyhow::Result<Vault> {
    tx.lock_signing_keys().await?;
    let vault = secrets_file::read(path)?;
    check_fits(tx, &vault, path, now_ms).await?;
    Ok(vault)
}

async fn commit(mut tx: Tx, vault: &Vault, what: &str, now_ms: i64) -> anyhow::Result<Changed> {
    let keys = listed(&mut tx, vault, now_ms).await?;
    let revision = tx.record_auth_change(AuthSubject::Secrets).await?;
    let entry = audit::Entry::new(now_ms, AuditAction::SecretsChanged, None, audit::Actor::operator());
    let details = json!({
        "change": what,
        "peppers": vault.pepper_ids(),
        "key_encryption_keys": vault.key_encryption_key_ids(),
    });
    audit::record(&mut tx, vault, entry.with(details)).await?;
    tx.commit().await?;
    Ok(Changed { keys, revision })
}

/// What depends on which key, and how much of it.
async fn uses(session: &mut Session, now_ms: i64) -> anyhow::Result<Vec<(Kind, i64, i64)>> {
    let peppers = session.count_live_secrets_by_pepper(now_ms).await?;
    let mut uses: Vec<_> = peppers.into_iter().map(|(id, count)| (Kind::Pepper, id, count)).collect();
    let signing_keys = session.list_signing_keys().await?;
    let signing_keys = signing_keys.into_iter().filter_map(|row| row.sealed_private);
    let webhooks = session.list_sealed_webhooks().await?.into_iter().map(|(_, sealed)| sealed);
    for sealed in signing_keys.chain(webhooks) {
        let id = Vault::sealed_under(&sealed).context("something is sealed in a form nobody knows")?;
        match uses.iter_mut().find(|(kind, known, _)| (*kind, *known) == (Kind::KeyEncryptionKey, id)) {
            Some((.., count)) => *count += 1,
            None => uses.push((Kind::KeyEncryptionKey, id, 1)),
        }
    }
    Ok(uses)
}

fn list(vault: &Vault, uses: &[(Kind, i64, i64)]) -> Vec<Listed> {
    let of_kind = |kind, ids: Vec<i64>, newest| {
        ids.into_iter().map(move |id| Listed {
            kind,
            id,
            newest: id == newest,
            used_by: uses
                .iter()
                .find(|(used, known, _)| (*used, *known) == (kind, id))
                .map_or(0, |(.., count)| *count),
        })
    };
    of_kind(Kind::Pepper, vault.pepper_ids(), vault.newest_pepper_id())
        .chain(of_kind(
            Kind::KeyEncryptionKey,
            vault.key_encryption_key_ids(),
            vault.newest_key_encryption_key_id(),
        ))
        .collect()
}
