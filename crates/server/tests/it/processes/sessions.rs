//! Sessions of people in several processes: begun and ended through one, they are so in all.

use reqwest::Method;
use serde_json::json;

use super::fleet::Fleet;
use crate::support::{Actor, PASSWORD, Person, link_token, text};

const EMAIL: &str = "mira@studio.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn session_begun_or_ended_through_one_process_is_so_in_the_others_when_that_is_answered() {
    let fleet = Fleet::start(2);
    let base = |process: usize| fleet.programs[process].base().to_owned();
    let account = fleet.admin(&["account", "list"]);
    let account = text(&account[0], "id");
    let user =
        ["user", "create", "--account", account, "--email", EMAIL, "--name", "Mira", "--role", "owner"];
    let link = link_token(&fleet.admin(&user));
    let reset = json!({"token": link, "password": PASSWORD});
    let answer = Actor::anonymous(&base(0)).post("/session/reset").json(&reset).send().await;
    let first = Person::of(&base(0), answer);
    let sign_in = json!({"email": EMAIL, "password": PASSWORD});

    for _ in 0..3 {
        let answer = Actor::anonymous(&base(1)).post("/session").json(&sign_in).send().await;
        let second = Person::of(&base(1), answer).at(&base(0));
        second.get("/session").send().await.ok();
        second.call(Method::DELETE, "/session").send().await.ok_empty(204);
        second.at(&base(1)).get("/session").send().await.refused(401, "invalid_token");
    }
    fleet.admin(&["user", "sign-out", "--email", EMAIL]);
    for process in 0..2 {
        first.at(&base(process)).get("/session").send().await.refused(401, "invalid_token");
    }
}
