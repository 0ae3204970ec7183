//! Typed ids. Each is a UUID (version 7 where we make it) that can't be mistaken for an id of another kind.
//! Making an id is the server's work: nothing here reads a clock.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, utoipa::ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = Uuid)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID inside.
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.hyphenated())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(|_| D::Error::custom("must be a uuid, such as 0198c0de-0000-7000-8000-000000000001"))
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            /// Reads the hyphenated form, in any case. Braces, URNs and bare hex are refused:
            /// the wire has one spelling.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                parse_hyphenated(text).map(Self)
            }
        }
    };
}

fn parse_hyphenated(text: &str) -> Result<Uuid, uuid::Error> {
    if text.len() == 36 {
        Uuid::try_parse(text)
    } else {
        // An input of another length can't be hyphenated: make the parser say so.
        Uuid::try_parse("")
    }
}

id!(
    /// An account: the customer, who pays and owns.
    AccountId
);
id!(
    /// A user: a person, or the service user that a key acts as.
    UserId
);
id!(
    /// An invite to an account.
    InviteId
);
id!(
    /// A picture that stands for something: the `…_file_id` of what it stands for.
    PictureId
);
id!(
    /// What was made of a version's file to look at, and what is in it. Another one is made, with another id, when it is made anew.
    PreviewId
);
id!(
    /// A job: work that servers do beside their requests.
    JobId
);
id!(
    /// A setting of an account or a workspace; chosen by the program that makes it.
    SettingId
);
id!(
    /// A notification of a user.
    NotificationId
);
id!(
    /// A workspace of an account.
    WorkspaceId
);
id!(
    /// A folder of a workspace.
    FolderId
);
id!(
    /// An asset: a named file with versions.
    AssetId
);
id!(
    /// One version of an asset.
    VersionId
);
id!(
    /// A status that an asset can have in its workspace.
    StatusId
);
id!(
    /// A file that hangs on an asset.
    AttachmentId
);
id!(
    /// A comment on a version of an asset.
    CommentId
);
id!(
    /// A library of a workspace.
    LibraryId
);
id!(
    /// A passkey of somebody who signs in; it opens nothing.
    PasskeyId
);
id!(
    /// A review of a version of an asset.
    ReviewId
);
id!(
    /// A request to users to review a version of an asset.
    ReviewRequestId
);
id!(
    /// An entry of a history.
    EventId
);
id!(
    /// A tag of a workspace.
    TagId
);
id!(
    /// A task of a workspace.
    TaskId
);
id!(
    /// An upload begun by `POST /workspaces/assets/upload`.
    UploadId
);
id!(
    /// A session of somebody who has signed in; it opens nothing.
    UserSessionId
);
id!(
    /// A webhook.
    WebhookId
);
id!(
    /// A message of a webhook, the same for each attempt to deliver it.
    WebhookDeliveryId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hyphenated_form_is_read_in_any_case_and_shown_in_lower_case() {
        let id: AssetId = "0198C0DE-0000-7000-8000-00000000ABCD".parse().unwrap();
        assert_eq!(id.to_string(), "0198c0de-0000-7000-8000-00000000abcd");
    }

    #[test]
    fn other_spellings_of_a_uuid_are_refused() {
        for text in ["", "x", "0198c0de000070008000000000000abc", "{0198c0de-0000-7000-8000-00000000abcd}"] {
            assert!(text.parse::<AssetId>().is_err(), "{text}");
        }
    }
}
