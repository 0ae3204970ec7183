//! Someone who calls the API, and what they are answered.

use reqwest::header::HeaderMap;
use reqwest::multipart::{Form, Part};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;

/// A caller with their token and headers; nobody where they have none.
#[derive(Clone)]
pub(crate) struct Actor {
    pub(crate) client: Client,
    pub(crate) base: String,
    pub(crate) token: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) workspace: Option<String>,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// A request being made.
pub(crate) struct Call(RequestBuilder);

impl Actor {
    /// Someone without a token.
    pub(crate) fn anonymous(base: &str) -> Self {
        Self { client: Client::new(), base: base.to_owned(), token: None, account: None, workspace: None }
    }

    pub(crate) fn call(&self, method: Method, path: &str) -> Call {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        for (name, value) in [("x-account-id", &self.account), ("x-workspace-id", &self.workspace)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        Call(request)
    }

    pub(crate) fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str) -> Call {
        self.call(Method::POST, path)
    }

    pub(crate) fn put(&self, path: &str) -> Call {
        self.call(Method::PUT, path)
    }

    pub(crate) fn patch(&self, path: &str) -> Call {
        self.call(Method::PATCH, path)
    }

    pub(crate) fn delete(&self, path: &str) -> Call {
        self.call(Method::DELETE, path)
    }

    /// The same caller with another `x-account-id`.
    pub(crate) fn with_account(&self, account: Option<&str>) -> Self {
        Self { account: account.map(str::to_owned), ..self.clone() }
    }

    /// The same caller with another `x-workspace-id`.
    pub(crate) fn with_workspace(&self, workspace: Option<&str>) -> Self {
        Self { workspace: workspace.map(str::to_owned), ..self.clone() }
    }

    /// The same caller with another token.
    pub(crate) fn with_token(&self, token: Option<&str>) -> Self {
        Self { token: token.map(str::to_owned), ..self.clone() }
    }

    /// Puts a file by multipart: an asset, or its next version. Gives the asset.
    pub(crate) async fn put_asset(&self, folder: &str, name: &str, bytes: impl Into<Vec<u8>>) -> Value {
        let form = Form::new()
            .text("file_location", folder.to_owned())
            .part("file", Part::bytes(bytes.into()).file_name(name.to_owned()));
        self.post("/workspaces/assets").multipart(form).send().await.ok()
    }

    /// Uploads a file in the three documented steps. Gives the asset.
    pub(crate) async fn upload(&self, folder: &str, name: &str, bytes: impl Into<Vec<u8>>) -> Value {
        let begun = self
            .post("/workspaces/assets/upload")
            .json(&serde_json::json!({ "name": name }))
            .send()
            .await
            .ok();
        let sent =
            self.client.put(text(&begun, "signed_url")).body(bytes.into()).send().await.expect("an answer");
        assert_eq!(sent.status(), StatusCode::OK);
        let asset = serde_json::json!({
            "temp_file_key": begun["key"], "original_file_name": name, "file_location": folder,
        });
        self.post("/workspaces/assets/upload/assets").json(&asset).send().await.ok()
    }
}

impl Call {
    pub(crate) fn json(self, body: &Value) -> Self {
        Self(self.0.json(body))
    }

    pub(crate) fn body(self, body: impl Into<reqwest::Body>) -> Self {
        Self(self.0.body(body))
    }

    pub(crate) fn multipart(self, form: Form) -> Self {
        Self(self.0.multipart(form))
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    /// Sends it for an answer that is to be read piece by piece.
    pub(crate) async fn send_streaming(self) -> reqwest::Response {
        self.0.send().await.expect("an answer")
    }

    pub(crate) async fn send(self) -> Answer {
        self.answer().await.expect("a whole answer")
    }

    /// Sends it where the server may not be there, or may go in the middle of its answer.
    pub(crate) async fn try_send(self) -> Option<Answer> {
        self.answer().await.ok()
    }

    async fn answer(self) -> reqwest::Result<Answer> {
        let response = self.0.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Answer { status, headers, body: response.bytes().await?.to_vec() })
    }
}

impl Answer {
    /// The JSON of an answer that must be a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.text());
        self.json()
    }

    /// Checks a success without a body.
    #[track_caller]
    pub(crate) fn ok_empty(&self, status: u16) {
        assert_eq!((self.status.as_u16(), self.text().as_str()), (status, ""));
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    /// The JSON of a success that is nested deeper than a careful parser goes.
    #[track_caller]
    pub(crate) fn text_parsed_deeply(self) -> Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.text());
        let mut deserializer = serde_json::Deserializer::from_slice(&self.body);
        deserializer.disable_recursion_limit();
        serde::Deserialize::deserialize(&mut deserializer).expect("JSON")
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Checks that this is a refusal in its full form, and gives its body.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> Value {
        let body = self.refused_in_any_words(status, code);
        assert_eq!(body["error"], self.status.canonical_reason().unwrap_or_default());
        body
    }

    /// The same where `error` has another name: an operation of RFC 6749 says it in that one's words.
    #[track_caller]
    pub(crate) fn refused_in_any_words(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        let body = self.json();
        assert_eq!(body["code"], code, "{body}");
        assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}");
        assert_eq!(body["request_id"].as_str(), self.header("x-request-id"));
        assert_eq!(self.header("content-type"), Some("application/json"));
        body
    }
}

/// A text member of a JSON object.
#[track_caller]
pub(crate) fn text<'a>(object: &'a Value, member: &str) -> &'a str {
    object[member].as_str().unwrap_or_else(|| panic!("no text {member} in {object}"))
}

/// The object with its ids, times and stock pictures replaced by what they are, for snapshots. Ids must be uuids of
/// version 7 in lower case, and times RFC 3339 with milliseconds: others stay and are seen.
pub(crate) fn normalised(value: &Value) -> Value {
    match value {
        Value::String(text) if is_id(text) => "[id]".into(),
        Value::String(text) if is_time(text) => "[time]".into(),
        Value::Array(values) => values.iter().map(normalised).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| match value.as_i64() {
                Some(1..=10) if name == "defaultAvatar" => (name.clone(), "[1 to 10]".into()),
                _ => (name.clone(), normalised(value)),
            })
            .collect(),
        other => other.clone(),
    }
}

fn is_id(text: &str) -> bool {
    let is_lower_case = !text.contains(|c: char| c.is_ascii_uppercase());
    is_lower_case && text.len() == 36 && text.as_bytes()[14] == b'7' && text.matches('-').count() == 4
}

fn is_time(text: &str) -> bool {
    text.len() == 24 && text.as_bytes()[10] == b'T' && text.as_bytes()[19] == b'.' && text.ends_with('Z')
}
