//! A person in a browser: shows a session by its cookie, and what must come with it.

use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::actor::{Actor, Answer, Call, text};
use super::program::admin;
use super::studio::Studio;

/// What everybody here signs in with.
pub(crate) const PASSWORD: &str = "a long and quiet river";

/// Somebody who has signed in.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) base: String,
    /// `name=value`.
    pub(crate) cookie: String,
    /// What the server said of them when they signed in.
    pub(crate) session: Value,
    pub(crate) account: Option<String>,
    pub(crate) workspace: Option<String>,
}

impl Person {
    /// From the answer that signed them in.
    #[track_caller]
    pub(crate) fn of(base: &str, answer: Answer) -> Self {
        let cookie = answer.header("set-cookie").expect("a cookie").split(';').next().unwrap().to_owned();
        let session = answer.ok();
        let account = session["accounts"][0]["id"].as_str().map(str::to_owned);
        let workspace = session["accounts"][0]["workspaces"][0]["id"].as_str().map(str::to_owned);
        Self { base: base.to_owned(), cookie, session, account, workspace }
    }

    pub(crate) fn csrf_token(&self) -> &str {
        text(&self.session, "csrf_token")
    }

    pub(crate) fn id(&self) -> &str {
        text(&self.session["user"], "id")
    }

    /// With the cookie alone.
    pub(crate) fn bare(&self, method: Method, path: &str) -> Call {
        let client = Client::builder().build().unwrap();
        let (token, account, workspace) = (None, self.account.clone(), self.workspace.clone());
        let actor = Actor { client, base: self.base.clone(), token, account, workspace };
        actor.call(method, path).header("cookie", &self.cookie)
    }

    /// With all that the console sends.
    pub(crate) fn call(&self, method: Method, path: &str) -> Call {
        if method == Method::GET {
            return self.bare(method, path);
        }
        self.bare(method, path).header("x-csrf-token", self.csrf_token())
    }

    pub(crate) fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str) -> Call {
        self.call(Method::POST, path)
    }

    pub(crate) fn delete(&self, path: &str) -> Call {
        self.call(Method::DELETE, path)
    }

    /// At another server.
    pub(crate) fn at(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }
}

/// What stands behind the `#` of a link.
pub(crate) fn link_token(made: &Value) -> String {
    text(made, "link").split_once('#').expect("a token").1.to_owned()
}

impl Studio {
    /// A new member with a link, by the operator: `{"id","link",…}`.
    pub(crate) fn new_member(&self, email: &str, roles: &[&str]) -> Value {
        let mut args = vec!["user", "create", "--account", &self.account, "--email", email, "--name", "Mira"];
        for role in roles {
            args.extend(["--role", role]);
        }
        admin(&self.data(), &args)
    }

    /// A new member who has signed in.
    pub(crate) async fn person(&self, email: &str, roles: &[&str]) -> Person {
        let token = link_token(&self.new_member(email, roles));
        let answer = self.reset(&token, PASSWORD).await;
        Person::of(&self.base(), answer)
    }

    pub(crate) async fn reset(&self, token: &str, password: &str) -> Answer {
        self.anonymous()
            .post("/session/reset")
            .json(&json!({"token": token, "password": password}))
            .send()
            .await
    }

    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Answer {
        self.anonymous().post("/session").json(&json!({"email": email, "password": password})).send().await
    }
}
