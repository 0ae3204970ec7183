//! A new workspace with what each has from the start: its root folder, its statuses, and its first admin.

use mudlark_auth::Vault;
use mudlark_store::StoreError;
use mudlark_store::{AuthSubject, NewFolder, NewStatus, NewWorkspace, Tx};
use mudlark_types::{AccountId, AuditAction, UserId, WorkspaceId, WorkspaceRole};
use serde_json::json;

use crate::clock::Clock;
use crate::ops::audit::{self, Actor, Entry};

/// The statuses of a new workspace. *Source*: wire contract, section 3, `assetStatuses`.
const STATUSES: &[(&str, &str)] = &[
    ("To Do", "#8a8f98"),
    ("In Progress", "#3b82f6"),
    ("In Review", "#f59e0b"),
    ("Approved", "#22c55e"),
    ("Final", "#8b5cf6"),
];

/// Who makes a workspace: a person, or a key's service user; and what the live tables know them by.
pub(crate) struct Creator {
    pub(crate) user_id: UserId,
    pub(crate) subject: AuthSubject,
}

/// A new workspace.
pub(crate) struct CreatedWorkspace {
    pub(crate) id: WorkspaceId,
    /// What the live tables must have applied before anybody can enter.
    pub(crate) revision: i64,
}

/// Makes the workspace inside the transaction; its creator becomes its admin.
#[expect(
    clippy::too_many_arguments,
    reason = "each is a thing of its own, and a struct would only name them twice"
)]
pub(crate) async fn create_workspace(
    clock: &Clock,
    vault: &Vault,
    tx: &mut Tx,
    account_id: AccountId,
    name: &str,
    creator: Option<Creator>,
    actor: Actor,
    sequence: i64,
) -> Result<CreatedWorkspace, StoreError> {
    let now_ms = clock.now_ms();
    let id: WorkspaceId = clock.new_id();
    tx.insert_workspace(&NewWorkspace {
        id,
        account_id,
        name: name.to_owned(),
        default_avatar: stock_picture(id),
        created_by_user_id: creator.as_ref().map(|creator| creator.user_id),
        sequence,
        created_at_ms: now_ms,
    })
    .await?;
    tx.insert_folder(&NewFolder {
        id: clock.new_id(),
        workspace_id: id,
        parent_id: None,
        name: String::new(),
        path: "/".into(),
        path_key: "/".into(),
        created_by_user_id: None,
        sequence,
        created_at_ms: now_ms,
    })
    .await?;
    for (position, (name, color)) in STATUSES.iter().enumerate() {
        tx.insert_asset_status(&NewStatus {
            id: clock.new_id(),
            workspace_id: id,
            name: (*name).to_owned(),
            color: Some((*color).to_owned()),
            position: i64::try_from(position).unwrap_or(0),
            created_at_ms: now_ms,
        })
        .await?;
    }
    let mut revision = tx.record_auth_change(AuthSubject::Workspace(id)).await?;
    if let Some(Creator { user_id, subject }) = creator {
        let admin = [WorkspaceRole::Admin].into_iter().collect();
        tx.upsert_workspace_member(id, user_id, admin, now_ms).await?;
        revision = tx.record_auth_change(subject).await?;
    }
    let entry = Entry::new(now_ms, AuditAction::WorkspaceCreated, account_id, actor).on(id);
    audit::record(tx, vault, entry.with(json!({ "name": name }))).await?;
    Ok(CreatedWorkspace { id, revision })
}

/// Which of the ten stock pictures a new thing gets: any, but always the same one.
pub(crate) fn stock_picture(id: impl Into<uuid::Uuid>) -> i64 {
    i64::from(id.into().as_bytes()[15] % 10) + 1
}
