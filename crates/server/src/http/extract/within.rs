//! Inputs of which some may be given one level deeper, in a member of their own.

use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::inputs;
use crate::app::App;
use crate::error::{ApiError, ApiResult};

/// Inputs with a member that holds more of them: an object, or the JSON of one. They are taken for members like the others,
/// and win over those. A member that is `null` counts as left out.
pub(crate) trait Within {
    /// That member's name.
    const MEMBER: &'static str;
}

/// As [`Input`](super::Input), for inputs that may be given one level deeper.
pub(crate) struct InputWithin<T>(pub(crate) T);

impl<T: DeserializeOwned + Within> FromRequest<App> for InputWithin<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> ApiResult<Self> {
        let mut members = inputs::members(app, request).await?;
        raise(&mut members, T::MEMBER)?;
        members.retain(|_, value| !value.is_null());
        inputs::typed(members).map(Self)
    }
}

fn raise(members: &mut Map<String, Value>, name: &str) -> ApiResult<()> {
    let inner = match members.remove(name) {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::String(text)) => serde_json::from_str(&text).unwrap_or(Value::Null),
        Some(inner) => inner,
    };
    match inner {
        Value::Object(inner) => {
            members.extend(inner);
            inputs::refuse_nul(members)
        }
        _ => Err(ApiError::invalid_field(name, "must be a JSON object")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn raised(members: Value) -> ApiResult<Value> {
        let Value::Object(mut members) = members else { panic!("members") };
        raise(&mut members, "filters").map(|()| Value::Object(members))
    }

    #[test]
    fn what_is_deeper_wins() {
        let given = json!({"query": "a", "sort": "name", "filters": {"query": "b"}});
        assert_eq!(raised(given).unwrap(), json!({"query": "b", "sort": "name"}));
        assert_eq!(raised(json!({"filters": "{\"query\":\"b\"}"})).unwrap(), json!({"query": "b"}));
        assert_eq!(raised(json!({"filters": null})).unwrap(), json!({}));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for filters in [json!([]), json!("{"), json!(1), json!("{\"a\":\"\\u0000\"}")] {
            assert!(raised(json!({"filters": filters})).is_err());
        }
    }
}
