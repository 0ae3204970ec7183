//! When each session was last used: at most one write a session in five minutes. An idle session ends by it.

use mudlark_auth::SignedIn;
use mudlark_store::AuthSubject;

use crate::app::App;
use crate::live_feed;

/// *Units*: milliseconds.
const WRITE_AT_MOST_EVERY_MS: i64 = 5 * 60 * 1000;

/// Notes a use; where it is time to write it down, that happens beside the request, which doesn't wait for it.
pub(crate) fn note(app: &App, signed_in: &SignedIn, now_ms: i64) {
    if signed_in.session().is_none_or(|session| !session.is_note_due(now_ms, WRITE_AT_MOST_EVERY_MS)) {
        return;
    }
    let (app, user_id, session_id) = (app.clone(), signed_in.person.user_id, signed_in.session_id);
    tokio::spawn(async move {
        let written = async {
            let mut tx = app.store.begin().await?;
            let unless_since_ms = now_ms - WRITE_AT_MOST_EVERY_MS + 1;
            if tx.update_user_session_last_used(user_id, session_id, now_ms, unless_since_ms).await? {
                // The others learn of it too, so that none of them takes the session for idle.
                tx.record_auth_change(AuthSubject::Person(user_id)).await?;
            }
            tx.commit().await?;
            live_feed::catch_up(&app).await
        };
        if let Err(error) = written.await {
            tracing::warn!(error = format!("{error:#}"), "a session's last use was not written down");
        }
    });
}
