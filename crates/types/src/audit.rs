//! The words of the audit trail: what can be recorded, and how it went. Not the lines themselves (the store's rows and
//! `wire::AuditEntry`) and not their chain, which is the `auth` crate's.

use crate::vocabulary::names;

names!(
    /// What a line of the audit trail tells of. A name once recorded is never used for something else.
    AuditAction, "the actions that docs/audit.md lists", {
        /// The trail begins in a database that had accounts before.
        AuditStarted = "audit.started",
        /// Lines could not be queued and are missing; `details.count` says how many.
        AuditLost = "audit.lost",
        /// An account was made.
        AccountCreated = "account.created",
        /// An account was put on another plan.
        AccountPlanChanged = "account.plan_changed",
        /// An account was suspended.
        AccountSuspended = "account.suspended",
        /// A suspended account may work again.
        AccountResumed = "account.resumed",
        /// An account was closed by its owner.
        AccountClosed = "account.closed",
        /// A closed account was removed for good.
        AccountPurged = "account.purged",
        /// All tokens of an account were revoked.
        AccountTokensRevoked = "account.tokens_revoked",
        /// Somebody's roles were changed.
        MemberRolesChanged = "member.roles_changed",
        /// Somebody was taken out of an account or a workspace.
        MemberRemoved = "member.removed",
        /// Somebody was invited to the account, or sent their invite again.
        InviteCreated = "invite.created",
        /// Somebody accepted an invite, and belongs to the account.
        InviteAccepted = "invite.accepted",
        /// Somebody rejected an invite.
        InviteRejected = "invite.rejected",
        /// An invite was withdrawn.
        InviteDeleted = "invite.deleted",
        /// A workspace was made.
        WorkspaceCreated = "workspace.created",
        /// A workspace was put into the trash.
        WorkspaceDeleted = "workspace.deleted",
        /// A workspace was taken out of the trash.
        WorkspaceRestored = "workspace.restored",
        /// A workspace was removed from the trash for good.
        WorkspacePurged = "workspace.purged",
        /// An API key was made.
        KeyCreated = "key.created",
        /// An API key was renamed or narrowed.
        KeyChanged = "key.changed",
        /// An API key got a new secret.
        KeyRotated = "key.rotated",
        /// An API key was revoked.
        KeyRevoked = "key.revoked",
        /// An API key has ended by itself.
        KeyExpired = "key.expired",
        /// A secret of a key was handed in as leaked.
        KeyLeaked = "key.leaked",
        /// One secret of a key was revoked.
        SecretRevoked = "secret.revoked",
        /// A token was given out.
        TokenIssued = "token.issued",
        /// A token was asked for and not given.
        TokenRefused = "token.refused",
        /// One token was revoked.
        TokenRevoked = "token.revoked",
        /// A person signed in.
        SessionCreated = "session.created",
        /// A person did not get in: the address, the password or the link was wrong.
        SessionRefused = "session.refused",
        /// A session was ended by the person, or all but one.
        SessionEnded = "session.ended",
        /// A person changed their password; their other sessions ended.
        PasswordChanged = "password.changed",
        /// A person got a password by a link; all sessions before it ended.
        PasswordReset = "password.reset",
        /// Somebody asked for a letter with a link for a new password.
        PasswordLetterAsked = "password_letter.asked",
        /// A link for a new password was made.
        PasswordLinkCreated = "password_link.created",
        /// A person made a passkey, which opens sessions from now on.
        PasskeyCreated = "passkey.created",
        /// A passkey was forgotten.
        PasskeyDeleted = "passkey.deleted",
        /// A passkey's count of signatures had not grown: there may be two of its device.
        PasskeyDoubted = "passkey.doubted",
        /// Somebody came by the studio's own provider for the first time, and is this person from now on.
        IdentityLinked = "identity.linked",
        /// A request was refused for want of rights.
        RequestRefused = "request.refused",
        /// A limit was met.
        LimitTripped = "limit.tripped",
        /// A signing key was made.
        SigningKeyCreated = "signing_key.created",
        /// A signing key began to sign.
        SigningKeyActivated = "signing_key.activated",
        /// A signing key signs no more.
        SigningKeyRetired = "signing_key.retired",
        /// A signing key was revoked, and every token it signed with it.
        SigningKeyRevoked = "signing_key.revoked",
        /// Peppers or key-encryption keys were changed.
        SecretsChanged = "secrets.changed",
    }
);

names!(
    /// How it went.
    AuditOutcome, "allowed, refused", {
        /// It was done.
        Allowed = "allowed",
        /// It was not done.
        Refused = "refused",
    }
);

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_action_is_its_own_subject_and_verb() {
        let names: HashSet<_> = AuditAction::ALL.iter().map(|action| action.as_str()).collect();
        assert_eq!(names.len(), AuditAction::ALL.len());
        for name in names {
            let (subject, verb) = name.split_once('.').unwrap();
            assert!(!subject.is_empty() && !verb.contains('.'), "{name}");
        }
    }
}
