//! What the operations on API keys take, checked as it is read: what reaches a handler is well formed. Whether the
//! caller may give it is decided later (`ops::key_refusal`).

use std::collections::BTreeSet;
use std::fmt::Display;

use ipnet::IpNet;
use mudlark_types::{Scope, Scopes, WorkspaceId};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::error::{ApiError, ApiResult};
use crate::http::extract::{Line, ListOf, nullable, texts, whole_number};
use crate::ops::change_key::KeyPatch;
use crate::ops::create_key::KeyRoles;
use crate::ops::key_limits::parse_network;
use crate::ops::rotate_key::MAX_OVERLAP_S;

/// The most entries of one list.
const MAX_LISTED: usize = 100;

/// What a new key is made from.
#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct NewKeyInput {
    /// What the key is for; at most 255 bytes.
    #[schema(value_type = String, min_length = 1, max_length = 255, required, example = "build farm")]
    pub(super) name: Option<Line<255>>,
    /// Of the account: `owner`, `admin`, `member`; in all its workspaces: `admin`, `manage_art`, `review`, `viewer`.
    /// `admin` counts on both sides.
    #[schema(value_type = Vec<KeyRole>, min_items = 1, required, example = json!(["manage_art"]))]
    pub(super) roles: Option<RolesIn>,
    /// Narrows the key to these scopes. Left out: as the caller's key is narrowed.
    #[schema(value_type = Option<Vec<Scope>>, min_items = 1, example = json!(["assets:read", "assets:download"]))]
    pub(super) scopes: Option<ScopesIn>,
    /// Narrows the key to these workspaces. Left out: as the caller's key is narrowed.
    #[schema(value_type = Option<ListOf<WorkspaceId>>)]
    pub(super) workspace_ids: Option<WorkspacesIn>,
    /// Narrows the key to these networks, in CIDR notation. Left out: as the caller's key is narrowed.
    #[schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 100, example = json!(["192.0.2.0/24"]))]
    pub(super) cidrs: Option<NetworksIn>,
    /// When the key ends by itself (RFC 3339). Left out: when the caller's key does.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) expires_at: Option<MomentIn>,
}

/// What of a key is to change; what is left out stays. Each may only take away from what the key has.
#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct KeyPatchInput {
    /// What the key is for; at most 255 bytes.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, example = "second build farm")]
    name: Option<Line<255>>,
    /// In place of those it has; they hold in every workspace, also where the key had more in a single one.
    #[schema(value_type = Option<Vec<KeyRole>>, min_items = 1)]
    roles: Option<RolesIn>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Vec<Scope>>, min_items = 1)]
    scopes: Option<Option<ScopesIn>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<ListOf<WorkspaceId>>)]
    workspace_ids: Option<Option<WorkspacesIn>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 100)]
    cidrs: Option<Option<NetworksIn>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Option<MomentIn>>,
}

impl KeyPatchInput {
    /// *Errors*: 400 for an end that is past.
    pub(super) fn into_patch(self, now_ms: i64) -> ApiResult<KeyPatch> {
        if let Some(Some(moment)) = &self.expires_at {
            moment.check_future(now_ms)?;
        }
        Ok(KeyPatch {
            name: self.name.map(|Line(name)| name),
            roles: self.roles.map(|RolesIn(roles)| roles),
            scopes: self.scopes.map(|scopes| scopes.map(|ScopesIn(scopes)| scopes)),
            workspace_ids: self.workspace_ids.map(|ids| ids.map(|WorkspacesIn(ids)| ids)),
            networks: self.cidrs.map(|networks| networks.map(|NetworksIn(networks)| networks)),
            expires_at_ms: self.expires_at.map(|moment| moment.map(|MomentIn(at_ms)| at_ms)),
        })
    }
}

/// How a key is rotated.
#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct RotateInput {
    /// How long the secret before lives on: 0 (it ends now) to 2592000 (30 days).
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 2_592_000, default = 86_400, example = 3600)]
    pub(super) overlap_seconds: Option<OverlapIn>,
}

/// How the document shows what [`RolesIn`] reads: roles of the account and of its workspaces.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum KeyRole {
    Owner,
    Admin,
    Member,
    ManageArt,
    Review,
    Viewer,
}

pub(super) struct RolesIn(pub(super) KeyRoles);

impl<'de> Deserialize<'de> for RolesIn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        KeyRoles::parse(&listed(deserializer)?).map(Self).map_err(D::Error::custom)
    }
}

pub(super) struct ScopesIn(pub(super) Scopes);

impl<'de> Deserialize<'de> for ScopesIn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        each(deserializer, str::parse::<Scope>).map(|scopes| Self(scopes.into_iter().collect()))
    }
}

pub(super) struct WorkspacesIn(pub(super) BTreeSet<WorkspaceId>);

impl<'de> Deserialize<'de> for WorkspacesIn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parse = |text: &str| text.parse::<WorkspaceId>().map_err(|_| "must be a list of uuids");
        each(deserializer, parse).map(|ids| Self(ids.into_iter().collect()))
    }
}

pub(super) struct NetworksIn(pub(super) Vec<IpNet>);

impl<'de> Deserialize<'de> for NetworksIn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let networks: BTreeSet<IpNet> = each(deserializer, parse_network)?.into_iter().collect();
        Ok(Self(networks.into_iter().collect()))
    }
}

/// *Units*: Unix milliseconds.
pub(super) struct MomentIn(pub(super) i64);

impl MomentIn {
    pub(super) fn check_future(&self, now_ms: i64) -> ApiResult<()> {
        if self.0 > now_ms {
            return Ok(());
        }
        Err(ApiError::invalid_field("expires_at", "must be in the future; DELETE ends a key now"))
    }
}

impl<'de> Deserialize<'de> for MomentIn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let moment: Result<jiff::Timestamp, _> = String::deserialize(deserializer)?.parse();
        moment
            .map(|moment| Self(moment.as_millisecond()))
            .map_err(|_| D::Error::custom("must be a moment such as 2027-01-31T12:00:00Z (RFC 3339)"))
    }
}

/// *Units*: seconds.
pub(super) struct OverlapIn(pub(super) i64);

impl<'de> Deserialize<'de> for OverlapIn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let within = whole_number(deserializer)?.filter(|seconds| (0..=MAX_OVERLAP_S).contains(seconds));
        within.map(Self).ok_or_else(|| {
            D::Error::custom(format!("must be a whole number of seconds from 0 to {MAX_OVERLAP_S}"))
        })
    }
}

fn listed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let texts = texts(deserializer)?.ok_or_else(|| D::Error::custom("must be a list of texts"))?;
    match texts.len() {
        0 => Err(D::Error::custom("must name at least one; left out, nothing is asked for")),
        1..=MAX_LISTED => Ok(texts),
        _ => Err(D::Error::custom(format!("must be at most {MAX_LISTED} entries"))),
    }
}

fn each<'de, D: Deserializer<'de>, T, E: Display>(
    deserializer: D,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Vec<T>, D::Error> {
    listed(deserializer)?.iter().map(|text| parse(text)).collect::<Result<_, _>>().map_err(D::Error::custom)
}
