//! The JSON objects of the wire, each named and spelled as the API documents it. They are made by the server
//! from the database's rows and never read back. *Source*: wire contract, section 4.

#![expect(missing_docs, reason = "a member whose name says all has no second sentence")]

mod accounts;
mod api_keys;
mod assets;
mod attachments;
mod audit;
mod comments;
mod folders;
mod history;
mod imports;
mod invites;
mod jobs;
mod libraries;
mod notifications;
mod review_requests;
mod reviews;
mod sessions;
mod settings;
mod tasks;
mod trash;
mod users;
mod webhooks;
mod workspaces;

pub use accounts::{
    Account, AccountLimits, AccountMember, AccountSubscription, AccountTier, AccountType, Limit,
};
pub use api_keys::{ApiKey, ApiKeySecret, CreatedApiKey, RotatedApiKey};
pub use assets::{
    Asset, AssetStatus, Lock, PartedUpload, SignedUpload, SimilarAsset, Tag, UploadPart, Version,
    WrittenVersion,
};
pub use attachments::Attachment;
pub use audit::AuditEntry;
pub use comments::Comment;
pub use folders::{Folder, FolderContents, FolderNode, FolderStats};
pub use history::{
    AccountHistory, AssetHistory, HistoryEntry, UserHistory, WorkspaceChange, WorkspaceHistory,
};
pub use imports::{ImportOutcome, ImportReport};
pub use invites::{AccountInvite, InvitingAccount};
pub use jobs::Job;
pub use libraries::Library;
pub use notifications::Notification;
pub use review_requests::{ReviewRequest, Reviewer};
pub use reviews::Review;
pub use sessions::{
    CurrentSession, OpenIdWay, Passkey, PasswordLink, SessionAccount, SessionUser, SessionWorkspace,
    SignInWays, UserSession,
};
pub use settings::Setting;
pub use tasks::Task;
pub use trash::{RestoredEntry, TrashEntry, TrashKind, TrashedWorkspace};
pub use users::User;
pub use webhooks::{
    Webhook, WebhookAttempt, WebhookDelivery, WebhookDeliveryLog, WebhookReplay, WebhookWithSecret,
};
pub use workspaces::{Workspace, WorkspaceList, WorkspaceMember, WorkspaceUsage};
