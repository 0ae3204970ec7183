//! The operator's view of jobs: what there is to do, what fails and why, and what can be done about it.

use mudlark_store::{HeldJob, JobClaim, JobEnd, NewJob, Store};
use mudlark_types::JobId;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Program, Studio, admin_failing, eventually, program_command, text, use_data};

/// A kind that this version knows nothing of.
const TO_COME: &str = "to_come";

fn job(number: u128, kind: &'static str, subject: &str) -> NewJob {
    NewJob {
        id: JobId::from(Uuid::from_u128(number)),
        kind,
        subject: subject.to_owned(),
        account_id: None,
        payload: "{}".to_owned(),
        priority: 100,
        after_ms: 0,
    }
}

async fn enqueue(store: &Store, job: &NewJob) {
    let mut tx = store.begin().await.unwrap();
    tx.enqueue_job(job).await.unwrap();
    tx.commit().await.unwrap();
}

/// Takes a job, as another process does.
async fn claim(store: &Store, kind: &str, lasts_ms: i64) -> HeldJob {
    let mut tx = store.begin().await.unwrap();
    let claim = JobClaim { holder: Uuid::from_u128(7), lasts_ms, limit: 1, max_lapses: 9 };
    let taken = tx.claim_jobs(kind, &claim).await.unwrap().taken;
    tx.commit().await.unwrap();
    HeldJob { id: taken[0].id, fence: taken[0].fence }
}

fn list(studio: &Studio, flags: &[&str]) -> Vec<Value> {
    let mut args = vec!["jobs", "list"];
    args.extend(flags);
    studio.admin(&args).as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn regular_work_is_listed_done_on_demand_and_not_discarded() {
    let studio = Studio::start();
    let kinds: Vec<String> = list(&studio, &[]).iter().map(|job| text(job, "kind").to_owned()).collect();
    assert_eq!(kinds, ["content_check", "expired_rows", "stray_files", "trash", "unreferenced_content"]);
    let listed = list(&studio, &["--kind", "trash"]);
    let id = text(&listed[0], "id");

    let retried = studio.admin(&["jobs", "retry", id]);

    assert_eq!((&retried["id"], &retried["kind"]), (&listed[0]["id"], &json!("trash")));
    eventually("it was done", || list(&studio, &["--kind", "trash"])[0]["state"] == "waiting");
    let said = admin_failing(&studio.data(), &["jobs", "discard", id]);
    assert!(said.contains("regular work (trash)") && said.contains(&format!("retry {id}")), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn job_that_fails_says_why_and_waits_and_can_be_discarded() {
    let studio = Studio::start();
    let store = studio.store().await;
    enqueue(&store, &job(1, "workspace_purge", "nowhere")).await;
    let of_kind = || list(&studio, &["--kind", "workspace_purge"]);

    eventually("it was tried", || of_kind()[0]["last_error"] != Value::Null);

    let failed = &of_kind()[0];
    assert_eq!(failed["last_error"], "the subject \"nowhere\" is no id: failed to parse a UUID");
    assert!(failed["due_at"].as_str() > failed["created_at"].as_str(), "{failed}");
    let id = text(failed, "id");
    studio.admin(&["jobs", "discard", id]);
    assert_eq!(of_kind(), Vec::<Value>::new());
    let said = admin_failing(&studio.data(), &["jobs", "retry", id]);
    assert!(said.contains("there is no job") && said.contains("mudlark jobs list"), "{said}");
    let metrics = studio.anonymous().get("/metrics").send().await.text();
    let none = "mudlark_jobs_ended_total{kind=\"workspace_purge\",outcome=\"failed\"} 0";
    assert!(!metrics.contains(none), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn job_that_has_ended_its_servers_five_times_is_given_up_by_the_next() {
    let mut studio = Studio::start();
    studio.program().kill();
    let store = studio.store().await;
    enqueue(&store, &job(1, "workspace_purge", "nowhere")).await;
    for _ in 0..5 {
        claim(&store, "workspace_purge", -1).await;
    }

    let server = Program::start_on(&studio.data(), &[]);

    eventually("it was given up", || list(&studio, &["--dead"]).len() == 1);
    let dead = &list(&studio, &["--dead"])[0];
    assert_eq!((&dead["attempts"], &dead["lapses"]), (&json!(5), &json!(5)));
    assert!(text(dead, "last_error").starts_with("5 times the process"), "{dead}");
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_server_was_doing_is_taken_up_at_once_by_the_next_on_sqlite() {
    let mut studio = Studio::start();
    studio.program().kill();
    let store = studio.store().await;
    enqueue(&store, &job(1, "workspace_purge", "nowhere")).await;
    let held = claim(&store, "workspace_purge", 3_600_000).await;

    let server = Program::start_on(&studio.data(), &[]);

    let of_kind = || list(&studio, &["--kind", "workspace_purge"]).remove(0);
    eventually("it was tried", || of_kind()["last_error"] != Value::Null);
    assert_eq!(of_kind()["lapses"], 1);
    let mut tx = store.begin().await.unwrap();
    assert!(!tx.end_job(held, JobEnd::Done).await.unwrap());
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_were_given_up_are_listed_first_retried_and_discarded() {
    let studio = Studio::start();
    let store = studio.store().await;
    for (number, subject) in [(1, "a"), (2, "b"), (3, "c")] {
        enqueue(&store, &job(number, TO_COME, subject)).await;
        let held = claim(&store, TO_COME, 60_000).await;
        let mut tx = store.begin().await.unwrap();
        assert!(tx.end_job(held, JobEnd::Dead("no\nuse")).await.unwrap());
        tx.commit().await.unwrap();
    }
    let dead = list(&studio, &["--dead"]);
    assert_eq!(dead.len(), 3);
    assert_eq!((&dead[0]["state"], &dead[0]["last_error"]), (&json!("dead"), &json!("no\nuse")));
    assert_eq!(list(&studio, &["--limit", "2"]), dead[..2]);
    let shown = use_data(&mut program_command(&["jobs", "list", "--dead"]), &studio.data()).output().unwrap();
    assert!(String::from_utf8(shown.stdout).unwrap().contains("no\\nuse"), "on one line");

    studio.admin(&["jobs", "discard", text(&dead[0], "id")]);
    let retried = studio.admin(&["jobs", "retry", text(&dead[1], "id")]);
    assert_eq!((&retried["state"], &retried["attempts"]), (&json!("due"), &json!(0)));
    assert_eq!(studio.admin(&["jobs", "retry", "--all-dead", "--kind", "trash"]), json!({"retried": 0}));
    assert_eq!(studio.admin(&["jobs", "retry", "--all-dead"]), json!({"retried": 1}));

    assert_eq!(list(&studio, &["--dead"]), Vec::<Value>::new());
    let left = list(&studio, &["--kind", TO_COME]);
    assert_eq!(left.iter().map(|job| text(job, "subject")).collect::<Vec<_>>(), ["b", "c"]);
    claim(&store, TO_COME, 60_000).await;
    let running = &list(&studio, &["--kind", TO_COME])[1];
    assert_eq!((&running["state"], &running["due_at"]), (&json!("running"), &Value::Null), "{running}");
    for command in ["retry", "discard"] {
        let said = admin_failing(&studio.data(), &["jobs", command, text(running, "id")]);
        assert!(
            said.contains("being done by a server") && said.contains(text(running, "held_until")),
            "{said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_that_fail_are_listed_with_jobs_and_tried_again() {
    let studio = Studio::start_with(&["--webhook-networks", "127.0.0.0/8"]);
    let admin = studio.key_with(&["admin", "manage_art"]).await;
    // Nobody listens there.
    let webhook = json!({"name": "bot", "url": "http://127.0.0.1:1/", "events": ["tag_created"]});
    let webhook = admin.post("/workspaces/webhooks").json(&webhook).send().await.ok();
    admin.post("/workspaces/tags").json(&json!({"name": "a"})).send().await.ok();
    let deliveries = || list(&studio, &["--kind", "webhook_delivery"]);
    let attempts = |count: i64| {
        deliveries().first().is_some_and(|delivery| delivery["attempts"].as_i64() >= Some(count))
    };
    eventually("it was tried", || attempts(1));
    let delivery = deliveries().remove(0);
    assert_eq!((&delivery["subject"], &delivery["state"]), (&webhook["id"], &json!("waiting")));
    assert!(text(&delivery, "last_error").contains("could not be reached"), "{delivery}");
    assert!(list(&studio, &[]).contains(&delivery));
    let id = text(&delivery, "id");

    studio.admin(&["jobs", "retry", id]);

    eventually("it was tried again", || attempts(2));
    let said = admin_failing(&studio.data(), &["jobs", "discard", id]);
    assert!(said.contains("turn the webhook off"), "{said}");
    assert_eq!(
        studio.admin(&["jobs", "retry", "--all-dead", "--kind", "webhook_delivery"]),
        json!({"retried": 0})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_count_jobs_by_kind_and_state() {
    let studio = Studio::start();
    let metrics = studio.anonymous().get("/metrics").send().await.text();
    for name in [
        "mudlark_jobs{kind=\"trash\",state=\"dead\"} 0",
        "mudlark_jobs{kind=\"webhook_delivery\",state=\"due\"} 0",
        "mudlark_jobs_oldest_due_seconds{kind=\"workspace_purge\"} 0",
        "mudlark_jobs_ended_total{kind=\"account_purge\",outcome=\"dead\"} 0",
    ] {
        assert!(metrics.contains(name), "{name}: {metrics}");
    }
    assert!(studio.admin(&["jobs", "list", "--kind", "trash"]).as_array().unwrap().len() == 1);
    let anonymous = studio.anonymous();
    let began = std::time::Instant::now();
    while !anonymous
        .get("/metrics")
        .send()
        .await
        .text()
        .contains("mudlark_jobs{kind=\"trash\",state=\"waiting\"} 1")
    {
        assert!(began.elapsed().as_secs() < 20, "it is never counted");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_an_account_are_seen_and_tried_again_over_the_api() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin", "manage_art"]).await;
    // Nobody makes previews here: the job stays.
    let asset = admin.put_asset("/Concepts/", "robot.png", *b"one").await;
    let store = studio.store().await;
    enqueue(&store, &job(1, "preview_anew", "of the server alone")).await;

    let listed = admin.get("/accounts/jobs").send().await;

    assert_eq!(listed.headers["x-total-count"], "1");
    let listed = listed.ok();
    let due = &listed[0];
    let expected = json!({
        "id": due["id"], "kind": "preview", "state": "due", "attempts": 0, "due_at": due["due_at"], "dead_at": null,
        "created_at": due["created_at"], "workspace_id": studio.workspace, "asset_id": asset["id"],
        "version_id": asset["current_version_id"], "file_name": "robot.png",
    });
    assert_eq!(listed, json!([expected]));
    assert!(due["due_at"].is_string());

    let held = claim(&store, "preview", 60_000).await;
    let retry = format!("/accounts/jobs/{}/retry", text(due, "id"));
    let refused = admin.post(&retry).send().await;
    assert_eq!((refused.status.as_u16(), refused.json()["code"].as_str()), (409, Some("conflict")));
    let running = admin.get("/accounts/jobs?state=running").send().await.ok();
    assert_eq!((&running[0]["id"], &running[0]["due_at"]), (&due["id"], &Value::Null));
    let mut tx = store.begin().await.unwrap();
    assert!(tx.end_job(held, JobEnd::Dead("/srv/mudlark: no use")).await.unwrap());
    tx.commit().await.unwrap();
    let dead = admin.get("/accounts/jobs?state=dead").send().await;
    assert!(!dead.text().contains("/srv/"), "why is the operator's affair");
    assert!(dead.ok()[0]["dead_at"].is_string());

    let retried = admin.post(&retry).send().await.ok();

    assert_eq!((&retried["state"], &retried["attempts"]), (&json!("due"), &json!(0)));
    assert_eq!(admin.get("/accounts/jobs?state=dead").send().await.ok(), json!([]));
    let of_nobody = admin.post(&format!("/accounts/jobs/{}/retry", Uuid::from_u128(1))).send().await;
    assert_eq!(of_nobody.status.as_u16(), 404);
    let wrong = admin.get("/accounts/jobs?state=lost").send().await;
    assert_eq!(wrong.status.as_u16(), 400);
}
