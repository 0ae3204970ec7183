//! The OpenAPI document and the server are held to each other: each example of a request is sent, a stock generator makes
//! a client that works, and a stock tester tries every operation. *Source*: the document alone says what is expected.

use std::fs;
use std::path::Path;

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    Actor, Answer, NO_LIMITS, Studio, Things, client_script, new_key, run_python, run_python_tool, text,
};

/// Operations after which the caller, the key or the account is of no more use.
const ENDS_THE_CALLER: &[&str] = &[
    "delete_account",
    "delete_account_member",
    "delete_api_key",
    "delete_api_key_secret",
    "delete_workspace",
    "revoke_account_tokens",
    "rotate_api_key",
    "update_account_member",
    "update_account_subscription",
    "update_api_key",
];
/// Of those, what ends the whole account: its examples are sent in an account of their own.
const ENDS_THE_ACCOUNT: &[&str] = &["delete_account", "update_account_subscription"];
/// Operations that the stock tester must have been let in to, each by a way of its own.
const MUST_BE_DONE: &[&str] = &["DELETE /accounts", "DELETE /workspaces", "PUT /uploads/{key}"];
/// What valid data may be answered with where its ids name nothing, or something is in the way; and 400 for reasons that
/// `clients/stock_tester.py` knows.
const FOR_VALID_DATA: &str = "\"2xx\", 304, 400, 404, 409, 412, 422, 423";
/// What else it may be answered with: what was made up are no credentials, and failing often slows down; what ends its caller does so once.
const ALSO_FOR_VALID_DATA: &[(&str, &str)] = &[
    ("create_token", "401, 429"),
    ("create_oauth_token", "401, 429"),
    ("revoke_account_tokens", "401"),
    ("delete_account", "403"),
    ("delete_workspace", "403"),
    ("update_account_subscription", "403"),
    ("create_session", "401, 429"),
    ("create_password_letter", "403"),
    ("find_session", "403"),
    ("delete_session", "403"),
    ("list_sessions", "403"),
    ("delete_listed_session", "403"),
    ("update_password", "403"),
    ("ask_passkey", "403"),
    ("ask_passkey_session", "403"),
    ("begin_openid_session", "403"),
    ("create_passkey", "403"),
    ("delete_passkey", "403"),
    ("list_passkeys", "403"),
    ("openid_session", "403"),
    ("passkey_session", "403"),
    ("update_passkey", "403"),
    ("redirect_to_console", "303"),
];

/// Operations of people who sign in, whom these tests don't play: they are in `sessions`.
const FOR_PEOPLE: &[&str] = &[
    "ask_passkey",
    "ask_passkey_session",
    "begin_openid_session",
    "create_passkey",
    "create_password_letter",
    "create_session",
    "delete_listed_session",
    "delete_passkey",
    "delete_session",
    "find_session",
    "join_session",
    "list_passkeys",
    "list_sessions",
    "openid_session",
    "passkey_session",
    "reset_session",
    "update_passkey",
    "update_password",
    "welcome_session",
];

/// What is refused until the server has looked at a file, which it does not in these tests: it is in `previews`.
const AFTER_A_LOOK: &[&str] = &["list_similar_assets"];

/// One operation of the document.
struct Operation<'a> {
    path: &'a str,
    method: &'a str,
    about: &'a Value,
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let paths = document["paths"].as_object().unwrap();
    let items = paths.iter().map(|(path, item)| (path, item.as_object().unwrap()));
    items
        .flat_map(|(path, item)| item.iter().map(|(method, about)| Operation { path, method, about }))
        .collect()
}

impl Operation<'_> {
    fn is(&self, ids: &[&str]) -> bool {
        ids.contains(&text(self.about, "operationId"))
    }

    /// Sends each example of a request, one for each form of body, and notes the answers.
    async fn send_examples(&self, actor: &Actor, things: &Things) -> Vec<Value> {
        let forms = self.about.pointer("/requestBody/content").and_then(Value::as_object);
        let mut answers = Vec::new();
        for (form, content) in forms.into_iter().flatten() {
            let body = things.in_body(self.path, &content["example"]);
            assert_ne!(
                body,
                json!({}),
                "{}: give a member of its body an example",
                self.about["operationId"]
            );
            answers.push(self.note(&self.send(actor, things, Some((form, &body))).await));
        }
        if answers.is_empty() {
            answers.push(self.note(&self.send(actor, things, None).await));
        }
        answers
    }

    async fn send(&self, actor: &Actor, things: &Things, body: Option<(&String, &Value)>) -> Answer {
        let method: Method = self.method.to_uppercase().parse().unwrap();
        if self.is(&["receive_upload"]) {
            let begun =
                actor.post("/workspaces/assets/upload").json(&json!({"name": "a.png"})).send().await.ok();
            let path = text(&begun, "signed_url").strip_prefix(&actor.base).unwrap().to_owned();
            return actor.call(method, &path).body("pixels").send().await;
        }
        let path = things.in_path(self.path) + &self.query(things);
        let is_public = self.about["security"] == json!([]);
        let caller = if is_public { &actor.with_token(None) } else { actor };
        let call = caller.call(method, &path);
        let Some((form, body)) = body else { return call.send().await };
        match form.as_str() {
            "multipart/form-data" => call.multipart(as_multipart(body)).send().await,
            "application/x-www-form-urlencoded" => {
                call.header("content-type", form)
                    .body(as_pairs(body).trim_start_matches('?').to_owned())
                    .send()
                    .await
            }
            _ => call.json(body).send().await,
        }
    }

    /// The query parameters that are needed or have an example.
    fn query(&self, things: &Things) -> String {
        let parameters = self.about["parameters"].as_array().into_iter().flatten();
        let named = parameters.filter(|parameter| parameter["in"] == "query");
        let given = named.filter_map(|parameter| {
            let name = text(parameter, "name");
            let example = parameter.get("example").or_else(|| parameter["schema"].get("example"));
            let needed = parameter["required"] == true || example.is_some();
            needed.then(|| (name.to_owned(), example.cloned().unwrap_or_default()))
        });
        as_pairs(&things.in_body(self.path, &given.collect()))
    }

    fn note(&self, answer: &Answer) -> Value {
        let status = answer.status.as_u16();
        let content_type = answer.header("content-type").unwrap_or_default().split(';').next();
        json!({
            "path": self.path, "method": self.method, "status": status, "content_type": content_type,
            "body": answer.text(),
        })
    }
}

/// Members as a query; each entry of a list is a pair.
fn as_pairs(members: &Value) -> String {
    let mut address = reqwest::Url::parse("http://127.0.0.1").unwrap();
    for (name, value) in members.as_object().unwrap() {
        let values = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
        for value in values {
            address.query_pairs_mut().append_pair(name, value.as_str().unwrap_or(&value.to_string()));
        }
    }
    address.query().map(|query| format!("?{query}")).unwrap_or_default()
}

fn as_multipart(members: &Value) -> Form {
    members.as_object().unwrap().iter().fold(Form::new(), |form, (name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match name.as_str() {
            "file" => form.part("file", Part::bytes(value.into_bytes()).file_name("robot.png")),
            _ => form.text(name.clone(), value),
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_of_a_request_is_taken_and_answered_as_documented() {
    let studio = Studio::start_with(&NO_LIMITS);
    let key = studio.new_key(&["owner"]);
    let document = studio.anonymous().get("/openapi.json").send().await.ok();
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let mut answers = Vec::new();
    let left_out = [FOR_PEOPLE, AFTER_A_LOOK].concat();
    for operation in operations(&document).iter().filter(|operation| !operation.is(&left_out)) {
        let actor = Actor { client: client.clone(), ..studio.actor_of(&key).await };
        // A workspace of its own, which none before has filled or emptied.
        let workspace = actor.post("/workspaces?name=Own").send().await.ok();
        let actor = actor.with_workspace(workspace["id"].as_str());
        let things = Things::make(&studio, &actor).await;
        let actor = if operation.is(ENDS_THE_ACCOUNT) { other_account(&studio).await } else { actor };
        answers.extend(operation.send_examples(&actor, &things).await);
    }
    let refused: Vec<_> = answers.iter().filter(|answer| answer["status"].as_u64() >= Some(400)).collect();
    assert!(refused.is_empty(), "{refused:#?}");

    let folder = TempDir::new().unwrap();
    let files = [("document.json", &document), ("answers.json", &Value::Array(answers))];
    let paths = files.map(|(name, content)| write(folder.path(), name, &content.to_string()));
    let offences = run_python("check_answers.py", &[&paths[0], &paths[1]]);
    assert_eq!(offences, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_generator_makes_a_client_that_works() {
    let studio = Studio::start();
    let key = studio.new_key(&["manage_art"]);
    let folder = TempDir::new().unwrap();
    let document = studio.anonymous().get("/openapi.json").send().await.text();
    let (path, made) = (write(folder.path(), "openapi.json", &document), folder.path().join("mudlark"));
    let made = made.to_str().unwrap();

    let options = ["--path", &path, "--output-path", made, "--meta", "none", "--fail-on-warning"];
    run_python_tool("openapi_python_client", folder.path(), &[&["generate"], &options[..]].concat());
    let credentials = [text(&key, "key"), text(&key, "secret"), &studio.account, &studio.workspace];
    let printed = run_python("generated_client.py", &[&[made, &studio.base()], &credentials[..]].concat());

    let expected = json!({
        "workspaces": ["Game"],
        "asset": ["/Concepts/Robot/", "robot.png", 6],
        "comments": ["Dim the eye"],
        "tasks": [["Dim it", "Medium", "robot.png"]],
        "refused": "not_found",
    });
    assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_tester_finds_no_fault() {
    // How many cases of each kind an operation gets: for people who have more time.
    let cases = std::env::var("MUDLARK_TEST_API_CASES").unwrap_or_else(|_| "5".into());
    let studio = Studio::start_with(&NO_LIMITS);
    let caller = studio.key_with(&["owner"]).await;
    // What ends its caller has one of its own: with a dead token nothing would be tested.
    let mut ended = Vec::new();
    for operation in ENDS_THE_CALLER {
        let other = other_account(&studio).await;
        let workspace = other.post("/workspaces?name=Own").send().await.ok();
        ended.push((*operation, other.with_workspace(workspace["id"].as_str())));
    }
    let mut things = Vec::new();
    for _ in 0..5 {
        things.push(Things::make(&studio, &caller).await);
    }
    let mut document = caller.get("/openapi.json").send().await.ok();
    for (_, item) in document["paths"].as_object_mut().unwrap() {
        for (_, operation) in item.as_object_mut().unwrap() {
            // Each refusal must be documented by its own status.
            operation["responses"].as_object_mut().unwrap().remove("default");
        }
    }
    let folder = TempDir::new().unwrap();
    let document = write(folder.path(), "openapi.json", &document.to_string());
    let settings = write(folder.path(), "schemathesis.toml", &settings(&caller, &ended, &things, &cases));

    let run = ["--config-file", &settings, "run", &document, "--url", &studio.base(), "--no-color"];
    let report = run_python_tool("schemathesis.cli", folder.path(), &run);

    assert!(report.contains("Stateful"), "{report}");
    // Nothing was refused for a dead token, but where the first call ends it, and where what is sent is no password.
    let unauthorized = report.lines().skip_while(|line| !line.starts_with("401 Unauthorized (")).skip(1);
    let unauthorized: Vec<_> = unauthorized.map_while(|line| line.strip_prefix("  - ")).collect();
    let expected = ["POST /accounts/api-keys/revoke-all", "POST /session"];
    assert!(unauthorized.iter().all(|operation| expected.contains(operation)), "{report}");
    let done = fs::read_to_string(folder.path().join("done.txt")).unwrap();
    for operation in MUST_BE_DONE {
        assert!(done.lines().any(|line| line == *operation), "{operation} was refused each time\n{report}");
    }
}

/// The owner of another account.
async fn other_account(studio: &Studio) -> Actor {
    let account = studio.admin(&["account", "create", "--name", "Other", "--plan", "pro"]);
    studio.actor_of(&new_key(&studio.data(), text(&account, "id"), &["owner"])).await
}

/// How the stock tester goes about it: by chance that is the same each time, with things that are there.
fn settings(caller: &Actor, ended: &[(&str, Actor)], things: &[Things], cases: &str) -> String {
    let headers = |actor: &Actor| {
        let header = |value: &Option<String>| json!(value.clone().unwrap()).to_string();
        let token = json!(format!("Bearer {}", actor.token.as_ref().unwrap()));
        let (account, workspace) = (header(&actor.account), header(&actor.workspace));
        format!("{{ Authorization = {token}, x-account-id = {account}, x-workspace-id = {workspace} }}")
    };
    // NUL is taken nowhere, in names of members neither. What no operation knows is ignored, so that clients may send more than we take (wire contract, section 1, "Inputs");
    // and 412 is a refusal too.
    let mut settings = format!(
        "request-timeout = 30\ncontinue-on-failure = true\nheaders = {}\nhooks = {}\n\
         [generation]\ndeterministic = true\nmax-examples = {cases}\nallow-extra-parameters = false\nallow-x00 = false\n\
         [checks.negative_data_rejection]\nexpected-statuses = [400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 428, 429]\n\
         [checks.positive_data_acceptance]\nexpected-statuses = [{FOR_VALID_DATA}]\n",
        headers(caller),
        json!(client_script("stock_tester.py")),
    );
    for (operation, caller) in ended {
        let (operation, headers) = (json!(operation), headers(caller));
        settings += &format!("[[operations]]\ninclude-operation-id = {operation}\nheaders = {headers}\n");
    }
    for (operation, status) in ALSO_FOR_VALID_DATA {
        settings += &format!(
            "[[operations]]\ninclude-operation-id = \"{operation}\"\n\
             [operations.checks.positive_data_acceptance]\nexpected-statuses = [{FOR_VALID_DATA}, {status}]\n"
        );
    }
    // A feed that is asked to wait would do so; and what is set here takes the place of invalid values too.
    settings += "[[operations]]\ninclude-operation-id = \"list_workspace_changes\"\nparameters = { \"query.wait\" = 0 }\n\
        [operations.checks.negative_data_rejection]\nenabled = false\n";
    let (mut known, mut bindings) = (String::new(), "[parameters]\n".to_owned());
    for name in things[0].parameters().keys() {
        let values: Vec<&String> = things.iter().map(|things| &things.parameters()[name]).collect();
        known += &format!("[dictionaries.{name}]\nvalues = {}\n", json!(values));
        // In a body a list of ids is an array, which a dictionary doesn't make.
        let places: &[&str] = if name.ends_with("_ids") { &["query"] } else { &["path", "query", "body"] };
        for place in places {
            bindings += &format!("\"{place}.{name}\" = {{ dictionary = \"{name}\", probability = 0.8 }}\n");
        }
    }
    settings += &(known + &bindings);
    settings
}

fn write(folder: &Path, name: &str, content: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}
