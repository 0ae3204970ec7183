//! Mudlark's shared words: ids, roles, scopes, error codes, names and the JSON objects of the wire.
//! No behaviour of the server, no SQL, no HTTP. Every other crate of ours may depend on this one;
//! it depends on none, and changes slowly.

pub mod audit;
pub mod error_code;
pub mod events;
pub mod ids;
pub mod jobs;
pub mod names;
pub mod notifications;
pub mod reviews;
pub mod roles;
pub mod scopes;
pub mod tasks;
pub mod time;
mod vocabulary;
pub mod webhooks;
pub mod wire;

pub use audit::{AuditAction, AuditOutcome};
pub use error_code::ErrorCode;
pub use events::{EventType, EventTypes};
pub use ids::{
    AccountId, AssetId, AttachmentId, CommentId, EventId, FolderId, InviteId, JobId, LibraryId,
    NotificationId, PasskeyId, PictureId, PreviewId, ReviewId, ReviewRequestId, SettingId, StatusId, TagId,
    TaskId, UploadId, UserId, UserSessionId, VersionId, WebhookDeliveryId, WebhookId, WorkspaceId,
};
pub use jobs::JobState;
pub use names::{FileName, FolderPath, MAX_PATH_BYTES, NameError, case_fold, nfc, search_fold};
pub use notifications::NotificationKind;
pub use reviews::ReviewStatus;
pub use roles::{AccountRole, AccountRoles, Plan, SubscriptionFrequency, WorkspaceRole, WorkspaceRoles};
pub use scopes::{Scope, Scopes};
pub use tasks::{TaskPriority, TaskStatus};
pub use time::Timestamp;
pub use vocabulary::UnknownName;
pub use webhooks::WebhookDeliveryState;
