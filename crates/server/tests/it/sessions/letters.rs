//! Letters with links for a new password and with invites, by way of a real mail server.

use std::net::TcpListener;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::EMAIL;
use crate::support::{
    Answer, MailServer, PASSWORD, Person, Studio, eventually, link_token, program_command, text,
};

const OTHER: &str = "another, even longer river";

fn studio_with(mail: &MailServer, more: &[&str]) -> Studio {
    let flags = mail.flags();
    let flags: Vec<&str> = flags.iter().map(String::as_str).chain(more.iter().copied()).collect();
    Studio::start_with(&flags)
}

async fn ask(studio: &Studio, email: &str) -> Answer {
    studio.anonymous().post("/session/password-letter").json(&json!({"email": email})).send().await
}

/// What stands behind the `#` of the link in a letter.
fn token_in(letter: &Value) -> String {
    let link = text(letter, "text").lines().map(str::trim).find(|line| line.starts_with("https://"));
    link.expect("a link on a line of its own").split_once('#').expect("a token").1.to_owned()
}

fn asked(studio: &Studio) -> usize {
    let lines = studio.admin(&["audit", "list", "--action", "password_letter.asked"]);
    lines.as_array().unwrap().len()
}

#[tokio::test]
async fn forgotten_password_is_chosen_anew_by_a_letter() {
    let mail = MailServer::start(0);
    let studio = studio_with(&mail, &[]);
    let person = studio.person(EMAIL, &["member"]).await;
    let by_hand = link_token(&studio.admin(&["user", "link", "--email", EMAIL]));
    assert_eq!(studio.anonymous().get("/session/ways").send().await.ok()["password_letter"], true);

    ask(&studio, "nobody@studio.example").await.ok_empty(204);
    ask(&studio, &EMAIL.to_uppercase()).await.ok_empty(204);

    let letter = mail.next();
    assert_eq!((&letter["to"], &letter["from"]), (&json!([EMAIL]), &json!("art@studio.example")));
    let headers = &letter["headers"];
    assert_eq!(headers["from"], "Low Tide art <art@studio.example>");
    assert_eq!(headers["auto-submitted"], "auto-generated");
    assert!(text(headers, "message-id").ends_with("@studio.example>") && headers["date"].is_string());
    assert!(text(&letter, "text").contains("https://art.studio.example/console/reset#mdl_lnk_"), "{letter}");
    person.get("/session").send().await.ok();
    let signed_in = studio.reset(&token_in(&letter), OTHER).await;
    Person::of(&studio.base(), signed_in).get("/session").send().await.ok();
    studio.sign_in(EMAIL, PASSWORD).await.refused(401, "invalid_credentials");
    studio.sign_in(EMAIL, OTHER).await.ok();
    studio.reset(&token_in(&letter), PASSWORD).await.refused(404, "not_found");
    studio.reset(&by_hand, PASSWORD).await.refused(404, "not_found");
    assert_eq!(asked(&studio), 1, "of somebody who is here");
}

#[tokio::test]
async fn nobody_has_more_than_three_links_and_a_letter_ends_none_that_was_handed_out() {
    let mail = MailServer::start(0);
    let studio = studio_with(&mail, &[]);
    let by_hand = link_token(&studio.new_member(EMAIL, &["member"]));
    studio.new_member("iris@studio.example", &["member"]);

    for _ in 0..2 {
        ask(&studio, EMAIL).await.ok_empty(204);
        mail.next();
    }
    ask(&studio, EMAIL).await.ok_empty(204);
    ask(&studio, "iris@studio.example").await.ok_empty(204);

    assert_eq!(mail.next()["to"], json!(["iris@studio.example"]));
    eventually("the others are written down", || asked(&studio) == 3);
    studio.reset(&by_hand, PASSWORD).await.ok();
}

#[tokio::test]
async fn letters_wait_for_a_mail_server_that_is_away() {
    let place = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = place.local_addr().unwrap().port();
    drop(place);
    let url = format!("smtp://127.0.0.1:{port}");
    let studio = Studio::start_with(&[
        "--smtp-url",
        &url,
        "--mail-from",
        "art@studio.example",
        "--public-url",
        "https://art.studio.example",
    ]);
    studio.new_member(EMAIL, &["member"]);
    let jobs = || studio.admin(&["jobs", "list", "--kind", "password_letter"]);

    ask(&studio, EMAIL).await.ok_empty(204);

    eventually("it was tried", || jobs()[0]["last_error"].is_string());
    let job = jobs()[0].clone();
    assert!(text(&job, "last_error").contains("the mail server has not taken the letter"), "{job}");
    let mail = MailServer::start(port);
    studio.admin(&["jobs", "retry", text(&job, "id")]);
    let letter = mail.next();
    studio.reset(&token_in(&letter), PASSWORD).await.ok();
    eventually("it is done", || jobs() == json!([]));
}

#[tokio::test]
async fn invite_goes_out_by_a_letter_and_again_when_it_is_sent_again() {
    let mail = MailServer::start(0);
    let studio = studio_with(&mail, &[]);
    let owner = studio.person("owner@studio.example", &["owner"]).await;
    let invite = json!([{"email": EMAIL, "roles": ["member"]}]);
    let join = async |token: &str| {
        let body = json!({"token": token, "name": "Iris", "password": PASSWORD});
        studio.anonymous().post("/session/join").json(&body).send().await
    };

    let made = owner.post("/accounts/invites").json(&invite).send().await.ok();
    let first = mail.next();
    assert_eq!(token_in(&first), text(&made[0], "token"));
    assert_eq!(first["headers"]["subject"], "Your invite to Studio");
    assert!(text(&first, "text").contains("/console/join#mdl_inv_"), "{first}");
    let resend = format!("/accounts/invites/{}/resend", text(&made[0], "id"));
    owner.post(&resend).send().await.ok();
    let second = mail.next();

    join(&token_in(&first)).await.refused(404, "not_found");
    join(&token_in(&second)).await.ok();
    let jobs = studio.admin(&["jobs", "list", "--kind", "invite_letter"]);
    assert_eq!(jobs, json!([]));
}

#[tokio::test]
async fn no_letters_are_promised_where_none_are_sent() {
    let studio = Studio::start();
    studio.new_member(EMAIL, &["member"]);
    ask(&studio, EMAIL).await.refused(403, "sign_in_way_closed");
    assert_eq!(studio.anonymous().get("/session/ways").send().await.ok()["password_letter"], false);

    let mail = MailServer::start(0);
    let studio = studio_with(&mail, &["--password-sign-in", "off"]);
    ask(&studio, EMAIL).await.refused(403, "sign_in_way_closed");
}

#[tokio::test]
async fn bad_addresses_and_pages_of_others_are_refused() {
    let mail = MailServer::start(0);
    let studio = studio_with(&mail, &[]);
    for body in [json!({}), json!({"email": "mira"}), json!({"email": 7}), json!([])] {
        let refused = studio.anonymous().post("/session/password-letter").json(&body).send().await;
        assert_eq!(refused.status.as_u16(), 400, "{body}: {}", refused.text());
    }
    let elsewhere = studio.anonymous().post("/session/password-letter").json(&json!({"email": EMAIL}));
    elsewhere.header("origin", "https://elsewhere.example").send().await.refused(403, "csrf_refused");
}

/// What `mudlark letter` says, and whether it went well.
fn letter_by(mail: &MailServer, authorities: &std::path::Path, password: &str) -> (bool, String) {
    let url = format!("smtp://mudlark@{}:{}", MailServer::HOST, mail.port);
    let mut command = program_command(&[
        "letter",
        "--to",
        EMAIL,
        "--smtp-url",
        &url,
        "--mail-from",
        "art@studio.example",
        "--public-url",
        "https://art.studio.example",
    ]);
    command.env("MUDLARK_SMTP_PASSWORD", password);
    command.env("SSL_CERT_FILE", authorities.join("authority.pem")).env_remove("SSL_CERT_DIR");
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[tokio::test]
async fn letter_is_tried_by_command_and_goes_encrypted_to_the_right_server_alone() {
    let (folder, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mail = MailServer::start_secured(folder.path());
    let _strange = MailServer::start_secured(other.path());

    let (is_good, said) = letter_by(&mail, folder.path(), MailServer::PASSWORD);
    assert!(is_good, "{said}");
    let letter = mail.next();
    assert_eq!((&letter["to"], &letter["is_encrypted"]), (&json!([EMAIL]), &json!(true)));

    let (is_good, said) = letter_by(&mail, other.path(), MailServer::PASSWORD);
    assert!(!is_good && said.contains("certificate"), "of an authority that nobody trusts: {said}");
    let (is_good, said) = letter_by(&mail, folder.path(), "wrong");
    assert!(!is_good && !said.contains("wrong") && !said.contains("panicked"), "{said}");
    let plain = MailServer::start(0);
    let (is_good, said) = letter_by(&plain, folder.path(), MailServer::PASSWORD);
    assert!(!is_good && !said.contains(MailServer::PASSWORD), "a server without STARTTLS: {said}");
    let none = program_command(&["letter", "--to", EMAIL]).output().unwrap();
    assert!(String::from_utf8_lossy(&none.stderr).contains("no mail server is set"));
}
