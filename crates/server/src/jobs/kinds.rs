//! The kinds of jobs. A new one gets a variant, a name, a plan, and its work in `work`.

use std::fmt::Display;
use std::time::Duration;

use mudlark_store::NewJob;
use mudlark_types::AccountId;

use crate::clock::Clock;
use crate::config::Settings;

/// The name under which deliveries of webhooks are shown beside jobs. They have a table of their own.
pub(crate) const WEBHOOK_DELIVERY: &str = "webhook_delivery";

/// The subject of regular work: there is one job of it.
const ALL_THERE_IS: &str = "all";
/// What somebody waits for comes before these.
const PURGES: i64 = 100;
/// People wait for these.
const LETTERS: i64 = 20;
/// What a person is looking for comes before what was just uploaded, and both before what is made anew.
pub(crate) const LOOKED_AT: i64 = 10;
const PREVIEWS: i64 = 50;
const PREVIEWS_ANEW: i64 = 60;
const REGULAR: i64 = 200;
/// A mail server has answered by then, or won't.
const LONGEST_LETTER: Duration = Duration::from_mins(5);
/// A long film is fetched from a slow bucket, several times where it names other files, and its reader waits for a processor.
const LONGEST_PREVIEW: Duration = Duration::from_hours(3);
/// What goes through all that there is.
const LONGEST: Duration = Duration::from_hours(24);

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JobKind {
    /// Removes a closed account, with all that it has. Its subject is the account's id.
    AccountPurge,
    /// Reads content again, and holds it against its SHA-256.
    ContentCheck,
    /// Removes rows whose time is over.
    ExpiredRows,
    /// Sends an invite to whom it is for. Its subject is the token's digest.
    InviteLetter,
    /// Sends somebody a link for a new password. Its subject is their id.
    PasswordLetter,
    /// Makes a picture of a version's file, and finds out what is in it. Its subject is the version's id.
    Preview,
    /// The same again, in place of what was made before.
    PreviewAnew,
    /// Removes files that no row names.
    StrayFiles,
    /// Removes what has been in the trash for long enough, and begins to remove workspaces and accounts.
    Trash,
    /// Removes content that nothing needs any more.
    UnreferencedContent,
    /// Removes a workspace with all that is in it. Its subject is the workspace's id.
    WorkspacePurge,
}

/// How jobs of a kind are done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// How many of them a process does at once, where no setting says so; see `places`.
    pub(crate) at_once: usize,
    /// After how many attempts in a row that were no success a job is given up; never, where there is no number.
    pub(crate) max_attempts: Option<i64>,
    /// After how many processes that ended, or hung, while they did it a job is given up.
    pub(crate) max_lapses: i64,
    /// After how long an attempt is broken off: it hangs. Whatever lasts this long must go on where it was when it is tried again.
    pub(crate) longest: Duration,
    /// There always is one, which is asked for at the start of each process and done again and again.
    pub(crate) is_regular: bool,
    /// The smaller, the sooner.
    pub(crate) priority: i64,
}

impl JobKind {
    /// All there are.
    pub(crate) const ALL: [Self; 11] = [
        Self::AccountPurge,
        Self::ContentCheck,
        Self::ExpiredRows,
        Self::InviteLetter,
        Self::PasswordLetter,
        Self::Preview,
        Self::PreviewAnew,
        Self::StrayFiles,
        Self::Trash,
        Self::UnreferencedContent,
        Self::WorkspacePurge,
    ];

    /// The name in the database, in metrics and in commands.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::AccountPurge => "account_purge",
            Self::ContentCheck => "content_check",
            Self::ExpiredRows => "expired_rows",
            Self::InviteLetter => "invite_letter",
            Self::PasswordLetter => "password_letter",
            Self::Preview => "preview",
            Self::PreviewAnew => "preview_anew",
            Self::StrayFiles => "stray_files",
            Self::Trash => "trash",
            Self::UnreferencedContent => "unreferenced_content",
            Self::WorkspacePurge => "workspace_purge",
        }
    }

    /// The kind of a name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    pub(crate) const fn plan(self) -> Plan {
        match self {
            Self::Preview | Self::PreviewAnew => Plan {
                at_once: 1,
                max_attempts: Some(5),
                max_lapses: 3,
                longest: LONGEST_PREVIEW,
                is_regular: false,
                priority: if matches!(self, Self::Preview) { PREVIEWS } else { PREVIEWS_ANEW },
            },
            Self::InviteLetter | Self::PasswordLetter => Plan {
                at_once: 2,
                max_attempts: Some(10),
                max_lapses: 5,
                longest: LONGEST_LETTER,
                is_regular: false,
                priority: LETTERS,
            },
            Self::AccountPurge | Self::WorkspacePurge => Plan {
                at_once: 1,
                max_attempts: Some(15),
                max_lapses: 5,
                longest: LONGEST,
                is_regular: false,
                priority: PURGES,
            },
            Self::ContentCheck
            | Self::ExpiredRows
            | Self::StrayFiles
            | Self::Trash
            | Self::UnreferencedContent => Plan {
                at_once: 1,
                max_attempts: None,
                max_lapses: 5,
                longest: LONGEST,
                is_regular: true,
                priority: REGULAR,
            },
        }
    }

    /// How many jobs of this kind a process with these settings does at once.
    pub(crate) fn places(self, settings: &Settings) -> usize {
        match self {
            Self::Preview | Self::PreviewAnew => settings.preview_workers.into(),
            _ => self.plan().at_once,
        }
    }

    /// The one job of regular work, due now.
    pub(crate) fn regular(self, clock: &Clock) -> NewJob {
        self.about(clock, ALL_THERE_IS, None)
    }

    /// A job that does this to something, due now.
    pub(crate) fn about(self, clock: &Clock, subject: impl Display, account_id: Option<AccountId>) -> NewJob {
        NewJob {
            id: clock.new_id(),
            kind: self.as_str(),
            subject: subject.to_string(),
            account_id,
            payload: "{}".to_owned(),
            priority: self.plan().priority,
            after_ms: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_found_by_its_name_and_none_is_called_as_deliveries_are() {
        for kind in JobKind::ALL {
            assert_eq!(JobKind::of(kind.as_str()), Some(kind));
        }
        assert_eq!(JobKind::of(WEBHOOK_DELIVERY), None);
    }
}
