//! What is told of an event. *Source*: wire contract, section 5.

use mudlark_store::{EventRow, WebhookRow};
use mudlark_types::{AccountId, EventType, Timestamp, WebhookDeliveryId, WorkspaceId};
use serde::Serialize;
use serde_json::{Map, Value, json};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    id: WebhookDeliveryId,
    account_id: AccountId,
    workspace_id: WorkspaceId,
    #[serde(rename = "type")]
    event_type: EventType,
    payload: Map<String, Value>,
}

/// The body of a delivery. *Errors*: the event's data is not what we wrote.
pub(super) fn body(
    id: WebhookDeliveryId,
    webhook: &WebhookRow,
    event: &EventRow,
) -> Result<Vec<u8>, serde_json::Error> {
    let mut payload = payload(event)?;
    if !webhook.allow_sensitive_data {
        payload.retain(|name, _| name.ends_with("Id") || name.ends_with("Ids"));
    }
    serde_json::to_vec(&Message {
        id,
        account_id: webhook.account_id,
        workspace_id: webhook.workspace_id,
        event_type: event.event_type,
        payload,
    })
}

/// All that can be told: what is documented for the two types that are, and for the others what histories say.
fn payload(event: &EventRow) -> Result<Map<String, Value>, serde_json::Error> {
    let mut data: Map<String, Value> = serde_json::from_str(&event.data)?;
    let at = Timestamp(event.created_at_ms);
    let mut take = |name: &str| data.remove(name).unwrap_or_default();
    let told = match event.event_type {
        EventType::AssetCreated => {
            let (name, folder) = (take("name"), take("file_location"));
            let path = [&folder, &name].map(|part| part.as_str().unwrap_or_default()).concat();
            json!({ "assetId": event.asset_id, "assetName": name, "assetPath": path, "createdAt": at })
        }
        EventType::AssetStatusChanged => json!({
            "assetId": event.asset_id,
            "statusName": take("status_name"),
            "statusId": take("status_id"),
            "changedAt": at,
        }),
        _ => {
            let mut told = json!({
                "assetId": event.asset_id,
                "recordId": event.record_id,
                "userId": event.user_id,
                "changedAt": at,
            });
            for (name, value) in data {
                told[in_camel_case(&name)] = value;
            }
            told
        }
    };
    Ok(if let Value::Object(members) = told { members } else { Map::new() })
}

fn in_camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let mut letters = word.chars();
        let capital = letters.next().map(|letter| letter.to_ascii_uppercase());
        name + &capital.into_iter().chain(letters).collect::<String>()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_the_documented_ones() {
        for (name, written) in [("name", "name"), ("parent_id", "parentId"), ("a_b_c", "aBC"), ("", "")] {
            assert_eq!(in_camel_case(name), written);
        }
    }
}
