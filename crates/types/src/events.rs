//! What can happen in an account: the words of histories, of the change feed and of webhooks. Each is a thing and
//! what became of it.

use crate::vocabulary::{name_set, names};

names!(
    /// What happened.
    EventType, "an event's name, such as asset_created", {
        /// An account was given another name or picture.
        AccountUpdated = "account_updated",
        /// A member of an account was given other roles in it.
        AccountMemberUpdated = "account_member_updated",
        /// A member was taken out of an account.
        AccountMemberRemoved = "account_member_removed",
        /// Somebody was invited to an account.
        InviteCreated = "invite_created",
        /// Somebody accepted an invite, and is a member.
        InviteAccepted = "invite_accepted",
        /// Somebody rejected an invite.
        InviteRejected = "invite_rejected",
        /// A user said something else of itself.
        UserUpdated = "user_updated",
        /// A workspace was made.
        WorkspaceCreated = "workspace_created",
        /// A workspace was given another name or picture.
        WorkspaceUpdated = "workspace_updated",
        /// A workspace was put into the trash.
        WorkspaceDeleted = "workspace_deleted",
        /// A workspace was taken out of the trash.
        WorkspaceRestored = "workspace_restored",
        /// A workspace was removed from the trash for good.
        WorkspacePurged = "workspace_purged",
        /// Somebody was put into a workspace, or given other roles there.
        WorkspaceMemberUpdated = "workspace_member_updated",
        /// Somebody was taken out of a workspace.
        WorkspaceMemberRemoved = "workspace_member_removed",
        /// A folder was made.
        FolderCreated = "folder_created",
        /// A folder was moved or renamed, with all below it.
        FolderMoved = "folder_moved",
        /// A folder was put into the trash, with all that lay below it.
        FolderDeleted = "folder_deleted",
        /// A folder was taken out of the trash, with all that went there with it.
        FolderRestored = "folder_restored",
        /// A folder was removed from the trash for good, with all that lay below it.
        FolderPurged = "folder_purged",
        /// An asset was made, with its first version.
        AssetCreated = "asset_created",
        /// An asset's description or kind was changed.
        AssetUpdated = "asset_updated",
        /// An asset was given another name.
        AssetRenamed = "asset_renamed",
        /// An asset was put into another folder.
        AssetMoved = "asset_moved",
        /// An asset was given another status, or none.
        AssetStatusChanged = "asset_status_changed",
        /// An asset was put into the trash.
        AssetDeleted = "asset_deleted",
        /// An asset was taken out of the trash.
        AssetRestored = "asset_restored",
        /// An asset was locked, or its holder has renewed the lock.
        AssetLocked = "asset_locked",
        /// An asset's lock was released, by its holder or, where it was forced, by an admin.
        AssetUnlocked = "asset_unlocked",
        /// An asset was removed from the trash for good.
        AssetPurged = "asset_purged",
        /// An asset was given a tag.
        AssetTagAdded = "asset_tag_added",
        /// A tag was taken off an asset.
        AssetTagRemoved = "asset_tag_removed",
        /// An asset was given another version.
        VersionCreated = "version_created",
        /// A version's name or description was changed.
        VersionUpdated = "version_updated",
        /// A picture was made of a version's file, or found that there can be none, and its facts are known.
        VersionPreviewed = "version_previewed",
        /// A version was put into the trash.
        VersionDeleted = "version_deleted",
        /// A version was taken out of the trash, or made the current one again.
        VersionRestored = "version_restored",
        /// A version was removed from the trash for good.
        VersionPurged = "version_purged",
        /// A status that assets can have was made.
        StatusCreated = "status_created",
        /// A status was changed, for all assets that have it.
        StatusUpdated = "status_updated",
        /// A status was deleted.
        StatusDeleted = "status_deleted",
        /// A tag was made.
        TagCreated = "tag_created",
        /// A tag was changed, on all assets that have it.
        TagUpdated = "tag_updated",
        /// A tag was deleted, and taken off all assets.
        TagDeleted = "tag_deleted",
        /// A comment was written.
        CommentCreated = "comment_created",
        /// A comment was changed.
        CommentUpdated = "comment_updated",
        /// A comment was deleted.
        CommentDeleted = "comment_deleted",
        /// A library was made.
        LibraryCreated = "library_created",
        /// A library's name or description was changed.
        LibraryUpdated = "library_updated",
        /// A library was deleted.
        LibraryDeleted = "library_deleted",
        /// An asset was put into a library.
        LibraryAssetAdded = "library_asset_added",
        /// An asset was taken out of a library.
        LibraryAssetRemoved = "library_asset_removed",
        /// A review was written.
        ReviewCreated = "review_created",
        /// A review was changed: what it says, or what it finds.
        ReviewUpdated = "review_updated",
        /// A review was deleted.
        ReviewDeleted = "review_deleted",
        /// Users were asked for a review.
        ReviewRequestCreated = "review_request_created",
        /// A review request was changed.
        ReviewRequestUpdated = "review_request_updated",
        /// A review request was deleted.
        ReviewRequestDeleted = "review_request_deleted",
        /// A file was attached.
        AttachmentCreated = "attachment_created",
        /// An attachment was changed.
        AttachmentUpdated = "attachment_updated",
        /// An attachment was deleted.
        AttachmentDeleted = "attachment_deleted",
        /// A task was made.
        TaskCreated = "task_created",
        /// A task was changed.
        TaskUpdated = "task_updated",
        /// A task was deleted.
        TaskDeleted = "task_deleted",
        /// A webhook was made.
        WebhookCreated = "webhook_created",
        /// A webhook was changed, or turned off by its receiver.
        WebhookUpdated = "webhook_updated",
        /// A webhook was given another secret.
        WebhookSecretRotated = "webhook_secret_rotated",
        /// A webhook was deleted.
        WebhookDeleted = "webhook_deleted",
        /// Somebody had a test message sent to a webhook. It alone is told, whatever it tells of.
        WebhookTest = "webhook.test",
    }
);

name_set!(
    /// A set of kinds of events; a JSON array on the wire.
    EventTypes of EventType in u128
);
