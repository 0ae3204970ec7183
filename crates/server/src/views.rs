//! From the database's rows to the objects of the wire. Rows are never sent as they are, and nothing is read here.

mod assets;
mod attachments;
mod comments;
pub(crate) mod history;
mod invites;
mod jobs;
mod libraries;
mod plans;
mod review_requests;
mod reviews;
mod sessions;
mod trash;
mod webhooks;

use mudlark_auth::Caller;
use mudlark_blobs::Sha256Digest;
use mudlark_store::{
    AccountMemberRow, AccountRow, ApiKeySecretRow, AuditEntryRow, FolderRow, StatusRow, TagRow, TaskRow,
    UsageRow, UserRow, VersionRow, WorkspaceMemberRow, WorkspaceRow,
};
use mudlark_types::wire::{
    Account, AccountMember, ApiKey, ApiKeySecret, Asset, AssetStatus, AuditEntry, Folder, Tag, Task, User,
    Version, Workspace, WorkspaceMember, WorkspaceUsage,
};
use mudlark_types::{Timestamp, UnknownName, WorkspaceRoles};

use serde_json::value::RawValue;

use crate::error::{ApiError, ApiResult};
use crate::ops::key_details::KeyDetails;
use crate::ops::key_limits;
use crate::plan_limits::PlanLimit;
pub(crate) use assets::{asset, lock};
pub(crate) use attachments::attachment;
pub(crate) use comments::comment;
pub(crate) use invites::account_invite;
pub(crate) use jobs::job;
pub(crate) use libraries::library;
pub(crate) use plans::{account_limits, account_type, subscription, tier};
pub(crate) use review_requests::review_request;
pub(crate) use reviews::review;
pub(crate) use sessions::{current_session, passkey, session_account, user_session};
pub(crate) use trash::{trash_entry, trashed_workspace};
pub(crate) use webhooks::{webhook, webhook_attempt, webhook_delivery};

pub(crate) fn user(row: &UserRow) -> User {
    User {
        id: row.id,
        auth0_user_id: row.id,
        username: row.username.clone(),
        email: row.email.clone(),
        first_name: row.first_name.clone(),
        last_name: row.last_name.clone(),
        avatar_file_id: row.avatar_file_id,
        default_avatar: row.default_avatar,
        industry: row.industry.clone(),
        occupation: row.occupation.clone(),
        company: row.company.clone(),
        email_verified: false,
        is_active: true,
        city: row.city.clone(),
        state: row.state.clone(),
        country: row.country.clone(),
        zip_code: row.zip_code.clone(),
        invited_by_user: row.invited_by_user_id,
        created_at: Timestamp(row.created_at_ms),
        updated_at: Timestamp(row.updated_at_ms),
    }
}

pub(crate) fn account_member(row: &AccountMemberRow, of_user: &UserRow) -> AccountMember {
    AccountMember {
        account_id: row.account_id,
        user_id: row.user_id,
        roles: row.roles,
        user: user(of_user),
        created_at: Timestamp(row.created_at_ms),
        updated_at: Timestamp(row.updated_at_ms),
    }
}

pub(crate) fn workspace_member(row: &WorkspaceMemberRow, of_user: &UserRow) -> WorkspaceMember {
    WorkspaceMember {
        workspace_id: row.workspace_id,
        user_id: row.user_id,
        roles: row.roles,
        user: user(of_user),
        created_at: Timestamp(row.created_at_ms),
        updated_at: Timestamp(row.updated_at_ms),
    }
}

pub(crate) fn usage(row: &UsageRow) -> WorkspaceUsage {
    WorkspaceUsage { members: row.members, storage: row.storage_bytes, assets: row.assets }
}

pub(crate) fn account(
    row: &AccountRow,
    limit: PlanLimit,
    membership: Option<(&AccountMemberRow, &UserRow)>,
    creator: Option<&UserRow>,
    workspaces: Vec<Workspace>,
) -> Account {
    let (created_at, updated_at) = (Timestamp(row.created_at_ms), Timestamp(row.updated_at_ms));
    let tier = tier(row.plan, limit);
    Account {
        id: row.id,
        name: row.name.clone(),
        account_tier_id: tier.id,
        thumbnail_file_id: row.thumbnail_file_id,
        created_by_user_id: row.created_by_user_id,
        default_avatar: row.default_avatar,
        sequence: row.sequence,
        subscription: subscription(row, limit),
        members: membership.map(|(member, of_user)| account_member(member, of_user)),
        tier,
        account_type: account_type(),
        creator: creator.map(user),
        workspaces,
        created_at,
        updated_at,
    }
}

/// The workspace as one caller sees it, with the roles they hold there from wherever they come.
pub(crate) fn workspace(
    row: &WorkspaceRow,
    usage: &UsageRow,
    caller: &Caller,
    caller_row: &UserRow,
    roles: WorkspaceRoles,
) -> Workspace {
    Workspace {
        id: row.id,
        account_id: row.account_id,
        name: row.name.clone(),
        thumbnail_file_id: row.thumbnail_file_id,
        default_avatar: row.default_avatar,
        created_by_user_id: row.created_by_user_id,
        sequence: row.sequence.to_string(),
        roles: WorkspaceMember {
            workspace_id: row.id,
            user_id: caller.user_id(),
            roles,
            user: user(caller_row),
            created_at: Timestamp(row.created_at_ms),
            updated_at: Timestamp(row.updated_at_ms),
        },
        usage: self::usage(usage),
        created_at: Timestamp(row.created_at_ms),
        updated_at: Timestamp(row.updated_at_ms),
    }
}

/// How many secrets of a key are shown besides those that are good.
const SECRETS_SHOWN: usize = 20;

/// *Errors*: the database holds a limit that can't be read.
pub(crate) fn api_key(key: &KeyDetails, now_ms: i64) -> anyhow::Result<ApiKey> {
    let row = &key.row;
    let limits = key_limits::of_row(row)?;
    let has_ended = |end_ms: Option<i64>| end_ms.is_some_and(|end_ms| end_ms <= now_ms);
    let old = key.secrets.len().saturating_sub(SECRETS_SHOWN);
    let shown = key.secrets.iter().enumerate().filter(|(index, secret)| {
        *index >= old || (secret.revoked_at_ms.is_none() && !has_ended(secret.expires_at_ms))
    });
    Ok(ApiKey {
        id: row.key_id.clone(),
        key: row.key_id.clone(),
        account_id: row.account_id,
        user_id: row.user_id,
        name: row.name.clone(),
        state: match row.revoked_at_ms {
            Some(_) => "revoked",
            None if has_ended(row.expires_at_ms) => "expired",
            None => "active",
        },
        roles: key.roles().names(),
        scopes: limits.scopes,
        workspace_ids: limits.workspace_ids.map(|ids| ids.into_iter().collect()),
        cidrs: limits.networks.map(|networks| networks.iter().map(ToString::to_string).collect()),
        expires_at: row.expires_at_ms.map(Timestamp),
        revoked_at: row.revoked_at_ms.map(Timestamp),
        created_by_user_id: row.created_by_user_id,
        last_used_at: row.last_used_at_ms.map(Timestamp),
        last_used_ip: row.last_used_ip.clone(),
        secrets: shown.map(|(_, secret)| api_key_secret(secret)).collect(),
        created_at: Timestamp(row.created_at_ms),
        updated_at: Timestamp(row.updated_at_ms),
    })
}

fn api_key_secret(row: &ApiKeySecretRow) -> ApiKeySecret {
    ApiKeySecret {
        version: row.version,
        created_at: Timestamp(row.created_at_ms),
        expires_at: row.expires_at_ms.map(Timestamp),
        revoked_at: row.revoked_at_ms.map(Timestamp),
    }
}

pub(crate) fn folder(row: &FolderRow) -> Folder {
    Folder {
        id: row.id,
        workspace_id: row.workspace_id,
        parent_id: row.parent_id,
        name: row.name.clone(),
        path: row.path.clone(),
        created_by_user_id: row.created_by_user_id,
        sequence: row.sequence,
        created_at: Timestamp(row.created_at_ms),
        updated_at: Timestamp(row.updated_at_ms),
    }
}

pub(crate) fn version(row: &VersionRow, made_by: &UserRow) -> Version {
    let checksum = checksum(&row.sha256);
    Version {
        id: row.id,
        asset_id: row.asset_id,
        commit_parent_id: row.commit_parent_id,
        created_by_user_id: row.created_by_user_id,
        thumbnail_file_id: row.thumbnail_file_id,
        preview_id: row.preview_id,
        facts: row.facts.clone().and_then(|facts| RawValue::from_string(facts).ok()),
        name: row.name.clone(),
        description: row.description.clone(),
        key: format!("content/{checksum}"),
        size: row.size_bytes,
        version_number: row.version_number,
        sequence: row.sequence,
        checksum,
        user: user(made_by),
        created_at: Timestamp(row.created_at_ms),
        updated_at: Timestamp(row.updated_at_ms),
    }
}

pub(crate) fn tag(row: &TagRow) -> Tag {
    Tag {
        id: row.id,
        workspace_id: row.workspace_id,
        name: row.name.clone(),
        color: row.color.clone(),
        created_by_user_id: row.created_by_user_id,
        sequence: row.sequence,
        created_at: Timestamp(row.created_at_ms),
        updated_at: Timestamp(row.updated_at_ms),
    }
}

pub(crate) fn asset_status(row: &StatusRow) -> AssetStatus {
    AssetStatus {
        id: row.id,
        workspace_id: row.workspace_id,
        name: row.name.clone(),
        color: row.color.clone(),
        position: row.position,
        created_at: Timestamp(row.created_at_ms),
        updated_at: Timestamp(row.updated_at_ms),
    }
}

pub(crate) fn task(row: &TaskRow, asset: Option<Asset>) -> Task {
    Task {
        id: row.id,
        creator_id: row.creator_id,
        title: row.title.clone(),
        assignee_id: row.assignee_id,
        description: row.description.clone(),
        priority: row.priority,
        status: row.status,
        account_id: row.account_id,
        workspace_id: row.workspace_id,
        asset_id: row.asset_id,
        asset,
        created_at: Timestamp(row.created_at_ms),
        updated_at: Timestamp(row.updated_at_ms),
    }
}

/// SHA-256 in lower-case hex. The database holds 32 bytes by a constraint of its own.
fn checksum(sha256: &[u8]) -> String {
    digest_of(sha256).map(|digest| digest.to_string()).unwrap_or_default()
}

/// The digest in a row's bytes.
pub(crate) fn digest_of(sha256: &[u8]) -> Option<Sha256Digest> {
    sha256.try_into().ok().map(Sha256Digest::from_bytes)
}

/// A line of the audit trail. *Errors*: it holds what no program of ours wrote.
pub(crate) fn audit_entry(row: AuditEntryRow) -> ApiResult<AuditEntry> {
    let details = row.details.as_deref().map(serde_json::from_str).transpose();
    Ok(AuditEntry {
        sequence: row.sequence,
        at: Timestamp(row.at_ms),
        action: row.action.parse().map_err(|error: UnknownName| ApiError::internal(error))?,
        outcome: row.outcome.parse().map_err(|error: UnknownName| ApiError::internal(error))?,
        reason: row.reason,
        account_id: row.account_id,
        key: row.key_id,
        user_id: row.user_id,
        address: row.address,
        agent: row.agent,
        request_id: row.request_id,
        token_id: row.token_id,
        subject: row.subject,
        details: details.map_err(ApiError::internal)?,
    })
}
