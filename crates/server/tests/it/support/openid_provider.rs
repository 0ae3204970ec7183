//! npm's oidc-provider as the studio's own. It runs until the value falls.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use super::clients::node_module;

/// The provider.
pub(crate) struct OpenIdProvider {
    process: Child,
    /// What it calls itself: `http://127.0.0.1:PORT`.
    pub(crate) issuer: String,
}

impl OpenIdProvider {
    /// What its client shows it. It protects nothing, and has characters that a form writes otherwise.
    pub(crate) const SECRET: &str = "of no value: +/%&= 0123456789";

    /// Starts it, for a client that comes back to this address and shows who it is in this way.
    pub(crate) fn start(callback: &str, method: &str) -> Self {
        let mut command = node_module("openid_provider.mjs");
        command.args([callback, Self::SECRET, method]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("the provider starts");
        let mut line = String::new();
        let mut printed = BufReader::new(process.stdout.take().expect("its output"));
        printed.read_line(&mut line).expect("the provider prints");
        // Whatever else it prints is read away, so that it never waits for us.
        std::thread::spawn(move || printed.lines().for_each(drop));
        let issuer = line.trim_end().strip_prefix("listening on ").expect("an address").to_owned();
        Self { process, issuer }
    }

    /// Who signs in from now on, of those that its script knows; `nobody` is refused.
    pub(crate) async fn next(&self, who: &str) {
        self.tell(&format!("/next?who={who}")).await;
    }

    /// It signs by another key from now on.
    pub(crate) async fn renew(&self, kid: &str) {
        self.tell(&format!("/renew?kid={kid}")).await;
    }

    async fn tell(&self, path: &str) {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let answer = client.get(format!("{}{path}", self.issuer)).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.status());
    }
}

impl Drop for OpenIdProvider {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
