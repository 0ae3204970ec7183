//! When and from where each key was last used: at most one write a key a minute.

use std::net::IpAddr;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicI64, Ordering};

use mudlark_auth::{Caller, KeyId};

use crate::app::App;

/// *Units*: milliseconds.
const WRITE_AT_MOST_EVERY_MS: i64 = 60_000;

/// Notes a use; where it is time to write it down, that happens beside the request, which doesn't wait for it.
pub(crate) fn note(app: &App, caller: &Caller, client: Option<IpAddr>, now_ms: i64) {
    let Some(key_id) = caller.key_id() else { return };
    if !is_due(app, key_id, now_ms) {
        return;
    }
    let (app, key_id) = (app.clone(), key_id.clone());
    tokio::spawn(async move {
        let written = async {
            let mut tx = app.store.begin().await?;
            let ip = client.map(|ip| ip.to_canonical().to_string());
            tx.update_api_key_last_used(
                key_id.as_str(),
                now_ms,
                ip.as_deref(),
                now_ms - WRITE_AT_MOST_EVERY_MS + 1,
            )
            .await?;
            tx.commit().await
        };
        if let Err(error) = written.await {
            tracing::warn!(key = key_id.as_str(), %error, "a key's last use was not written down");
        }
    });
}

fn is_due(app: &App, key_id: &KeyId, now_ms: i64) -> bool {
    let known = app.last_use_written.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(last) = known.get(key_id) {
        let last_ms = last.load(Ordering::Relaxed);
        return now_ms - last_ms >= WRITE_AT_MOST_EVERY_MS
            && last.compare_exchange(last_ms, now_ms, Ordering::Relaxed, Ordering::Relaxed).is_ok();
    }
    drop(known);
    let mut known = app.last_use_written.write().unwrap_or_else(PoisonError::into_inner);
    known.insert(key_id.clone(), AtomicI64::new(now_ms)).is_none()
}
