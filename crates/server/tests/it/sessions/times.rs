//! How long a session lasts, on a clock that the tests move.

use mudlark_server::Clock;
use mudlark_server::config::Settings;

use super::EMAIL;
use crate::support::{PASSWORD, Person, Studio};

const HOUR_MS: i64 = 60 * 60 * 1000;
const NOW_MS: i64 = 1_800_000_000_000;

/// Uses the session for the first time since it began, and waits until that is written down and known.
async fn use_noted(studio: &Studio, person: &Person) {
    let noted = async {
        loop {
            let listed = person.get("/session/list").send().await.ok();
            if listed[0]["last_used_at"] != listed[0]["created_at"] {
                break;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), noted).await.expect("its use is noted");
    // Whatever was written before this is followed when it returns.
    studio.admin(&["user", "sign-out", "--email", "sleeper@studio.example"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn session_ends_when_it_lies_idle_and_lives_on_while_it_is_used() {
    let clock = Clock::fixed(NOW_MS);
    let studio = Studio::start_in_process(&clock).await;
    studio.new_member("sleeper@studio.example", &["member"]);
    let person = signed_in(&studio).await;

    clock.advance_ms(11 * HOUR_MS);
    use_noted(&studio, &person).await;
    clock.advance_ms(12 * HOUR_MS - 1);
    person.get("/session/list").send().await.ok();
    clock.advance_ms(12 * HOUR_MS);

    person.get("/session").send().await.refused(401, "invalid_token");
    studio.sign_in(EMAIL, PASSWORD).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn session_ends_after_its_lifetime_however_much_it_is_used() {
    let clock = Clock::fixed(NOW_MS);
    let settings = Settings { session_idle_hours: 720, session_lifetime_days: 1, ..Settings::default() };
    let studio = Studio::start_in_process_with(&clock, settings).await;
    let person = signed_in(&studio).await;

    clock.advance_ms(24 * HOUR_MS - 1);
    person.get("/session").send().await.ok();
    clock.advance_ms(1);

    person.get("/session").send().await.refused(401, "invalid_token");
}

/// By an invite: the operator's links go by the machine's clock, and may be over by this one.
pub(super) async fn signed_in(studio: &Studio) -> Person {
    let owner = studio.key_with(&["owner"]).await;
    let invite = serde_json::json!([{"email": EMAIL, "roles": ["member"]}]);
    let made = owner.post("/accounts/invites").json(&invite).send().await.ok();
    let body = serde_json::json!({"token": made[0]["token"], "name": "Mira", "password": PASSWORD});
    let joined = studio.anonymous().post("/session/join").json(&body).send().await;
    Person::of(&studio.base(), joined)
}
