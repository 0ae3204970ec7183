//! Mudlark's database: the only crate that knows SQL. One text a query runs on SQLite and on PostgreSQL.
//! No HTTP, no rights, no bytes of files. The server's handlers, operations and admin commands call it.
//!
//! A [`Store`] lends [`Session`]s to read with and begins [`Tx`]s to write with; the areas (`accounts`, `assets`, …)
//! add their queries to both. Names: `find_` answers an `Option`, `list_` a `Vec`, `insert_`, `update_` and `delete_`
//! are on `Tx`. Ids and times are made by the caller and passed in; times are Unix milliseconds, UTC.
//! Rows are plain structs that never go out on the wire as they are.

// First, for the lists of columns that other areas join: macros are seen only below their definition.
#[macro_use]
pub mod users;
#[macro_use]
pub mod folders;
#[macro_use]
pub mod versions;
#[macro_use]
pub mod assets;
#[macro_use]
pub mod reviews;
#[macro_use]
pub mod api_keys;
#[macro_use]
pub mod blobs;
#[macro_use]
pub mod webhooks;

pub mod account_purge;
pub mod accounts;
pub mod asset_locks;
pub mod asset_marks;
pub mod asset_statuses;
pub mod attachments;
pub mod audit;
pub mod auth_changes;
pub mod comments;
mod content_checks;
pub mod content_removals;
pub mod error;
pub mod events;
pub mod idempotency;
pub mod identities;
pub mod invites;
mod jobs;
pub mod leases;
pub mod libraries;
pub mod likenesses;
pub mod member_keys;
pub mod members;
pub mod named_files;
pub mod notifications;
mod paging;
pub mod passkeys;
pub mod passwords;
pub mod pictures;
pub mod previews;
pub mod relocations;
pub mod review_requests;
pub mod revoked_tokens;
pub mod row_copy;
#[doc(hidden)]
pub mod scratch;
pub mod search;
mod session;
pub mod settings;
pub mod signing_keys;
mod sql;
mod store;
pub mod tags;
pub mod tasks;
pub mod trash;
pub mod uploads;
pub mod used_assets;
pub mod user_sessions;
pub mod webhook_deliveries;
pub mod workspace_trash;
pub mod workspaces;

pub use accounts::{AccountChanges, AccountRow, AccountUsageRow, NewAccount};
pub use api_keys::{ApiKeyChanges, ApiKeyRow, ApiKeySecretRow, NewApiKey, NewApiKeySecret};
pub use asset_locks::AssetLock;
pub use asset_marks::AssetMark;
pub use asset_statuses::{NewStatus, StatusChanges, StatusRow};
pub use assets::{AssetChanges, AssetRow, AssetWithUser, NewAsset};
pub use attachments::{AttachedTo, AttachmentChanges, AttachmentFilter, AttachmentRow, NewAttachment};
pub use audit::{AuditEntryRow, AuditFilter, AuditHeadRow};
pub use auth_changes::{AuthChangeRow, AuthSubject, ServerProcessRow};
pub use blobs::BlobRow;
pub use comments::{CommentChanges, CommentRow, NewComment};
pub use content_checks::{ContentFault, ContentPlaceRow, ContentTotals};
pub use content_removals::ContentRemovalRow;
pub use error::{Result, StoreError};
pub use events::{EventPlace, EventRow, NewEvent};
pub use folders::{FolderRow, FolderStats, NewFolder};
pub use idempotency::{IdempotencyKeyRow, IdempotencyState, IdempotentAnswer, NewIdempotencyKey};
pub use identities::IdentityRow;
pub use invites::{INVITE_OPEN, InviteEnd, InviteRow, NewInvite};
pub use jobs::{ClaimedJobs, Enqueued, HeldJob, JobClaim, JobCounts, JobEnd, JobFilter, JobRow, NewJob};
pub use leases::LeaseRenewal;
pub use libraries::{LibraryChanges, LibraryRow, NewLibrary};
pub use likenesses::LikenessRow;
pub use members::{AccountMemberRow, MemberWithUser, WorkspaceMemberRow};
pub use notifications::NotificationRow;
pub use paging::Page;
pub use passkeys::PasskeyRow;
pub use passwords::{PasswordRow, SignInLinkRow};
pub use pictures::PictureRow;
pub use previews::{
    FactValue, PreviewFact, PreviewFilter, PreviewOutcome, PreviewPictureRow, PreviewRow, PreviewedVersionRow,
};
pub use relocations::RelocationRow;
pub use review_requests::{NewReviewRequest, ReviewRequestRow, ReviewerRow};
pub use reviews::{NewReview, ReviewChanges, ReviewFilter, ReviewRow};
pub use revoked_tokens::RevokedTokenRow;
pub use row_copy::{RowCopyError, RowsCopied, copy_rows, find_difference};
pub use search::{
    AssetFilter, FactComparison, FactFilter, FolderFilter, FoundAsset, Sort, SortBy, SortKey, TagFilter,
};
pub use session::{Session, Tx};
pub use settings::SettingRow;
pub use signing_keys::{SigningKeyRow, SigningKeyState};
pub use sql::SchemaSteps;
pub use sql::postgres::listener::ChangeListener;
pub use store::{Store, postgres_place};
pub use tags::{AssetTagRow, NewTag, TagChanges, TagRow};
pub use tasks::{NewTask, TaskChanges, TaskFilter, TaskRow};
pub use trash::{FolderCounts, TrashRow, TrashedKind};
pub use uploads::{NewUpload, UploadRow, UploadState};
pub use user_sessions::UserSessionRow;
pub use users::{NewUser, UserChanges, UserKind, UserRow};
pub use versions::{NewVersion, VersionChanges, VersionRow, VersionWithUser};
pub use webhook_deliveries::{
    AfterAttempt, NewWebhookDelivery, ReplayedDeliveries, WebhookAttemptRow, WebhookDeliveryRow,
};
pub use webhooks::{WebhookChanges, WebhookRow};
pub use workspace_trash::{PurgedWorkspaceRow, TrashedWorkspaceRow};
pub use workspaces::{NewWorkspace, UsageRow, WorkspaceChanges, WorkspaceRow};
