//! Values on their way into a statement. Not for reading: see `row`. The areas make them with `params!`.

use std::borrow::Cow;
use std::fmt;

use mudlark_types::{
    AccountRoles, AuditAction, AuditOutcome, EventType, EventTypes, Plan, ReviewStatus, Scopes, TaskPriority,
    TaskStatus, WebhookDeliveryState, WorkspaceRoles,
};
use uuid::Uuid;

/// One parameter of a statement.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    I64(i64),
    Uuid(Uuid),
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
}

impl Value<'_> {
    /// A copy that a background thread may keep.
    pub(crate) fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::I64(value) => Value::I64(value),
            Self::Uuid(value) => Value::Uuid(value),
            Self::Text(value) => Value::Text(Cow::Owned(value.into_owned())),
            Self::Bytes(value) => Value::Bytes(Cow::Owned(value.into_owned())),
        }
    }
}

/// Shows the kind alone: values may be secrets.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "Null",
            Self::Bool(_) => "Bool",
            Self::I64(_) => "I64",
            Self::Uuid(_) => "Uuid",
            Self::Text(_) => "Text",
            Self::Bytes(_) => "Bytes",
        })
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::I64(value)
    }
}

impl From<Uuid> for Value<'_> {
    fn from(value: Uuid) -> Self {
        Self::Uuid(value)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(Cow::Borrowed(value))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(Cow::Borrowed(value))
    }
}

impl From<String> for Value<'_> {
    fn from(value: String) -> Self {
        Self::Text(Cow::Owned(value))
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(Cow::Borrowed(value))
    }
}

impl From<Vec<u8>> for Value<'_> {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(Cow::Owned(value))
    }
}

impl<'a> From<&'a Vec<u8>> for Value<'a> {
    fn from(value: &'a Vec<u8>) -> Self {
        Self::Bytes(Cow::Borrowed(value))
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

macro_rules! from_id {
    ($($id:ident),+) => {
        $(impl From<mudlark_types::$id> for Value<'_> {
            fn from(id: mudlark_types::$id) -> Self {
                Self::Uuid(id.as_uuid())
            }
        })+
    };
}
each_id!(from_id);

macro_rules! from_word {
    ($($word:ident),+) => {
        $(impl From<$word> for Value<'_> {
            fn from(word: $word) -> Self {
                word.as_str().into()
            }
        })+
    };
}
from_word!(
    AuditAction,
    AuditOutcome,
    EventType,
    Plan,
    ReviewStatus,
    TaskPriority,
    TaskStatus,
    WebhookDeliveryState
);

/// Sets are kept as their words, with commas between.
macro_rules! from_set {
    ($($set:ident),+) => {
        $(impl From<$set> for Value<'_> {
            fn from(set: $set) -> Self {
                set.to_string().into()
            }
        })+
    };
}
from_set!(AccountRoles, EventTypes, Scopes, WorkspaceRoles);

/// The parameters of a statement, `$1` first.
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::sql::Value::from($value)),*] };
}
pub(crate) use params;
