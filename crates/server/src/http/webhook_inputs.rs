//! What the operations on webhooks take, checked as it is read.

use std::collections::BTreeMap;

use axum::http::{HeaderName, HeaderValue};
use mudlark_types::{EventType, EventTypes};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::http::extract::{Line, flag, nullable, texts};

/// The most headers of one webhook.
const MAX_HEADERS: usize = 20;
/// *Units*: bytes.
const MAX_HEADER_VALUE: usize = 4096;

/// What a new webhook is made from.
#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct NewWebhookInput {
    /// What it is for; at most 100 bytes.
    #[schema(value_type = String, min_length = 1, max_length = 100, required, example = "review bot")]
    pub(super) name: Option<Line<100>>,
    /// Where messages go: an `https` address that is public, or one of the operator's networks.
    #[schema(value_type = String, max_length = 2048, format = "uri", required, example = "https://bot.studio.example/mudlark")]
    pub(super) url: Option<String>,
    /// What it is to tell of. Left out or empty: of everything.
    #[serde(default)]
    #[schema(value_type = Option<Vec<EventType>>, example = json!(["asset_created", "asset_status_changed"]))]
    pub(super) events: EventsIn,
    /// Headers that messages are to carry, at most 20.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<std::collections::HashMap<String, String>>, example = json!({"x-studio": "north"}))]
    pub(super) headers: Option<Option<HeadersIn>>,
    /// Whether it tells at all; by default it does.
    #[serde(default, deserialize_with = "flag")]
    #[schema(value_type = Option<bool>, default = true)]
    pub(super) enabled: Option<bool>,
    /// Whether messages hold more than ids: names, paths, what was said. By default they don't.
    #[serde(default, rename = "allowSensitiveData", deserialize_with = "flag")]
    #[schema(value_type = Option<bool>, default = false)]
    pub(super) allow_sensitive_data: Option<bool>,
}

/// What of a webhook is to change; what is left out stays.
#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct WebhookPatch {
    /// At most 100 bytes.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, example = "build bot")]
    pub(super) name: Option<Line<100>>,
    #[schema(max_length = 2048, format = "uri")]
    pub(super) url: Option<String>,
    /// In place of those it tells of; empty for everything.
    #[schema(value_type = Option<Vec<EventType>>)]
    pub(super) events: Option<EventsIn>,
    /// In place of those it has; `null` for none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<std::collections::HashMap<String, String>>)]
    pub(super) headers: Option<Option<HeadersIn>>,
    /// Turned on again, it tells of what happens from then on.
    #[serde(default, deserialize_with = "flag")]
    #[schema(value_type = Option<bool>)]
    pub(super) enabled: Option<bool>,
    #[serde(default, rename = "allowSensitiveData", deserialize_with = "flag")]
    #[schema(value_type = Option<bool>)]
    pub(super) allow_sensitive_data: Option<bool>,
}

#[derive(Default)]
pub(super) struct EventsIn(pub(super) EventTypes);

impl<'de> Deserialize<'de> for EventsIn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // `null` is as good as left out.
        let Some(given) = Option::<Value>::deserialize(deserializer)? else { return Ok(Self::default()) };
        let names = texts(given)
            .map_err(D::Error::custom)?
            .ok_or_else(|| D::Error::custom("must be a list of events"))?;
        let types: Result<EventTypes, _> = names.iter().map(|name| name.parse::<EventType>()).collect();
        types.map(Self).map_err(|_| {
            let known: Vec<_> = EventType::ALL.iter().map(|event| event.as_str()).collect();
            D::Error::custom(format!("must be a list of events; there are {}", known.join(", ")))
        })
    }
}

/// By their names in lower case.
#[derive(Default)]
pub(super) struct HeadersIn(pub(super) BTreeMap<String, String>);

impl<'de> Deserialize<'de> for HeadersIn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = BTreeMap::<String, String>::deserialize(deserializer)
            .map_err(|_| D::Error::custom("must be an object of names with their texts"))?;
        if given.len() > MAX_HEADERS {
            return Err(D::Error::custom(format!("must be at most {MAX_HEADERS} headers")));
        }
        let mut headers = BTreeMap::new();
        for (name, value) in given {
            let known = HeaderName::try_from(&name).map_err(|_| {
                D::Error::custom("must have names of headers: letters, digits and hyphens, at most 64 bytes")
            })?;
            if name.len() > 64 || is_ours(known.as_str()) {
                return Err(D::Error::custom(
                    "must not be headers that every message has, or that say how it is sent: content-*, webhook-*, \
                     host, connection and their like",
                ));
            }
            let is_value = HeaderValue::try_from(&value).is_ok_and(|value| value.to_str().is_ok());
            if value.len() > MAX_HEADER_VALUE || !is_value {
                return Err(D::Error::custom(format!(
                    "must have values of visible ASCII characters, at most {MAX_HEADER_VALUE} bytes"
                )));
            }
            if headers.insert(known.as_str().to_owned(), value).is_some() {
                return Err(D::Error::custom("must not name a header twice"));
            }
        }
        Ok(Self(headers))
    }
}

/// Whether it is not for a webhook to set. *Source*: RFC 9110, section 7.6.1, for those of the connection.
fn is_ours(name: &str) -> bool {
    const OURS: [&str; 10] = [
        "connection",
        "expect",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    ];
    name.starts_with("webhook-") || name.starts_with("content-") || OURS.contains(&name)
}
