//! One attempt to deliver a message.

use std::error::Error;

use anyhow::Context;
use mudlark_store::{WebhookDeliveryRow, WebhookRow};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::confidential::Confidential;
use super::message;
use crate::app::App;

/// The longest text kept of why an attempt was no success. *Units*: bytes.
const MAX_ERROR: usize = 300;

/// What came of an attempt.
pub(super) struct Outcome {
    /// The status of the answer, where there was one.
    pub(super) status: Option<u16>,
    /// Why it was no success.
    pub(super) error: Option<String>,
}

/// Sends a message. *Errors*: it can't be made; that is our fault, and no use trying again soon.
pub(super) async fn send(
    app: &App,
    webhook: &WebhookRow,
    delivery: &WebhookDeliveryRow,
) -> anyhow::Result<Outcome> {
    let mut session = app.store.read().await?;
    let event = session.find_event(webhook.account_id, delivery.event_sequence, delivery.event_id).await?;
    drop(session);
    let event = event.context("the event of a delivery is gone")?;
    let body = message::body(delivery.id, webhook, &event)?;
    let confidential = Confidential::open(&app.vault.current(), webhook.id, &webhook.sealed)?;
    let request = match app.egress.post(&webhook.url) {
        Ok(request) => request,
        Err(why) => return Ok(Outcome { status: None, error: Some(format!("its address {why}")) }),
    };
    let headers = headers(&confidential, webhook, delivery, app.clock.now_ms(), &body)?;
    Ok(match request.headers(headers).body(body).send().await {
        Ok(answer) => {
            let status = answer.status();
            let remark = if status.is_redirection() { "; redirects are not followed" } else { "" };
            let error = (!status.is_success()).then(|| format!("it answered {status}{remark}"));
            Outcome { status: Some(status.as_u16()), error }
        }
        Err(error) => Outcome { status: None, error: Some(reason(&error)) },
    })
}

/// The webhook's own headers, and what the specification asks for.
fn headers(
    confidential: &Confidential,
    webhook: &WebhookRow,
    delivery: &WebhookDeliveryRow,
    now_ms: i64,
    body: &[u8],
) -> anyhow::Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in confidential.headers() {
        let mut value = HeaderValue::from_str(value)?;
        value.set_sensitive(true);
        headers.insert(HeaderName::try_from(name)?, value);
    }
    let (id, sent_at_s) = (delivery.id.to_string(), now_ms.div_euclid(1000));
    let both = webhook.previous_secret_until_ms.is_some_and(|until_ms| now_ms < until_ms);
    let signatures: Vec<String> =
        confidential.secrets(both)?.iter().map(|secret| secret.sign(&id, sent_at_s, body)).collect();
    headers.insert("webhook-id", HeaderValue::try_from(id)?);
    headers.insert("webhook-timestamp", sent_at_s.into());
    headers.insert("webhook-signature", HeaderValue::try_from(signatures.join(" "))?);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(headers)
}

/// Why there was no answer, in words that don't name the address: it may be a secret.
fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("it did not answer within {} seconds", super::egress::TIMEOUT.as_secs());
    }
    let mut cause: &dyn Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let what = if error.is_connect() { "it could not be reached" } else { "the exchange broke off" };
    let mut text = format!("{what}: {cause}");
    text.truncate(text.floor_char_boundary(MAX_ERROR));
    text
}
