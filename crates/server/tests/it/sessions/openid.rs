//! Signing in by way of a provider: npm's oidc-provider, as a browser would go there and come back.

use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use serde_json::json;

use super::EMAIL;
use crate::support::{OpenIdProvider, PASSWORD, Studio};

const PUBLIC: &str = "https://art.studio.example";
const CALLBACK: &str = "https://art.studio.example/session/openid/callback";

/// A browser: keeps cookies, and goes where it is sent. What is sent to the public address goes to the server under test.
struct Browser {
    client: Client,
    base: String,
    cookies: Vec<(String, String)>,
}

impl Browser {
    fn of(studio: &Studio) -> Self {
        let client = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Self { client, base: studio.base(), cookies: Vec::new() }
    }

    async fn go(&mut self, address: &str) -> Response {
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        let request = self.client.get(address).header("cookie", cookies.join("; "));
        let answer = request.send().await.expect("an answer");
        for cookie in answer.headers().get_all("set-cookie") {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(kept, _)| kept != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        answer
    }

    /// Follows redirects as long as they lead to the provider, or back from it; answers where it is sent at last.
    async fn follow(&mut self, address: &str) -> String {
        let mut place = address.to_owned();
        for _ in 0..10 {
            let answer = self.go(&place).await;
            let location =
                answer.headers().get("location").map(|location| location.to_str().unwrap().to_owned());
            let Some(location) = location else { panic!("{place}: {}", answer.text().await.unwrap()) };
            if location.starts_with("/console") {
                return location;
            }
            place = if let Some(path) = location.strip_prefix(PUBLIC) {
                format!("{}{path}", self.base)
            } else if location.starts_with('/') {
                format!("{}{location}", place.split('/').take(3).collect::<Vec<_>>().join("/"))
            } else {
                location
            };
        }
        panic!("{place}: too many redirects");
    }

    async fn sign_in(&mut self) -> String {
        self.follow(&format!("{}/session/openid?to=/w/1/browse?q=rock", self.base)).await
    }

    /// Who is signed in.
    async fn session(&mut self) -> Response {
        self.go(&format!("{}/session", self.base)).await
    }
}

fn studio(provider: &OpenIdProvider, more: &[&str]) -> Studio {
    let flags = [
        &["--public-url", PUBLIC, "--openid-issuer", &provider.issuer, "--openid-client-id", "mudlark"],
        &["--openid-name", "Low Tide", "--openid-client-secret", OpenIdProvider::SECRET][..],
        more,
    ];
    Studio::start_with(&flags.concat())
}

const AT_SIGN_IN: &str = "&to=%2Fw%2F1%2Fbrowse%3Fq%3Drock";

#[tokio::test]
async fn person_signs_in_by_the_provider_and_comes_to_the_page_they_wanted() {
    for method in ["client_secret_basic", "client_secret_post"] {
        let provider = OpenIdProvider::start(CALLBACK, method);
        let studio = studio(&provider, &[]);
        studio.new_member(EMAIL, &["member"]);
        let mut browser = Browser::of(&studio);

        let place = browser.sign_in().await;
        let session: serde_json::Value = browser.session().await.json().await.unwrap();

        assert_eq!(place, "/console/w/1/browse?q=rock");
        assert_eq!(session["user"]["email"], EMAIL);
        assert_eq!(session["accounts"][0]["roles"], json!(["member"]));
        // The cookie of the way is taken back; that of the session is the host's own.
        let names: Vec<&str> = browser.cookies.iter().map(|(name, _)| name.as_str()).collect();
        assert!(
            names.contains(&"__Host-mudlark_session") && !names.contains(&"__Host-mudlark_openid"),
            "{names:?}"
        );
        let ways = studio.anonymous().get("/session/ways").send().await.ok();
        assert_eq!(ways["openid"], json!({"name": "Low Tide", "address": "/session/openid"}));
        let trail = studio.admin(&["audit", "list", "--account", &studio.account]).to_string();
        assert!(trail.contains("identity.linked") && trail.contains(r#""way":"openid""#), "{trail}");
    }
}

#[tokio::test]
async fn who_comes_by_the_provider_first_ends_what_others_got_in_by() {
    let provider = OpenIdProvider::start(CALLBACK, "client_secret_basic");
    let studio = studio(&provider, &[]);
    let by_password = studio.person(EMAIL, &["owner"]).await;
    let mut browser = Browser::of(&studio);

    browser.sign_in().await;

    assert_eq!(browser.session().await.status(), 200);
    by_password.get("/session").send().await.refused(401, "invalid_token");
    studio.sign_in(EMAIL, PASSWORD).await.refused(401, "invalid_credentials");
    // From the second time on, nothing ends.
    let mut elsewhere = Browser::of(&studio);
    elsewhere.sign_in().await;
    assert_eq!(browser.session().await.status(), 200);
}

#[tokio::test]
async fn whom_the_provider_names_and_nobody_here_knows_is_told_why() {
    let provider = OpenIdProvider::start(CALLBACK, "client_secret_basic");
    let studio = studio(&provider, &[]);
    for email in [EMAIL, "iris@studio.example", "unmarked@studio.example"] {
        studio.new_member(email, &["member"]);
    }
    Browser::of(&studio).sign_in().await;

    for (who, problem) in [
        ("iris", "openid_unverified"),
        ("unmarked", "openid_unverified"),
        ("nameless", "openid_unverified"),
        ("stranger", "openid_unknown"),
        ("namesake", "openid_taken"),
        ("nobody", "openid_refused"),
    ] {
        provider.next(who).await;
        let mut browser = Browser::of(&studio);
        let place = browser.sign_in().await;
        assert_eq!(place, format!("/console/sign-in?problem={problem}{AT_SIGN_IN}"), "{who}");
        assert_eq!(browser.session().await.status(), 401, "{who}");
    }
}

#[tokio::test]
async fn unmarked_addresses_are_believed_where_the_operator_says_so_but_never_those_marked_as_not() {
    let provider = OpenIdProvider::start(CALLBACK, "client_secret_basic");
    let studio = studio(&provider, &["--openid-emails", "unmarked"]);
    studio.new_member("unmarked@studio.example", &["member"]);
    studio.new_member("iris@studio.example", &["member"]);

    for (who, status) in [("unmarked", 200), ("iris", 401)] {
        provider.next(who).await;
        let mut browser = Browser::of(&studio);
        browser.sign_in().await;
        assert_eq!(browser.session().await.status(), status, "{who}");
    }
}

#[tokio::test]
async fn whoever_was_invited_comes_in_by_the_provider_and_is_a_member() {
    let provider = OpenIdProvider::start(CALLBACK, "client_secret_basic");
    let studio = studio(&provider, &[]);
    let owner = studio.key_with(&["owner"]).await;
    let invites = json!([{"email": "Stranger@elsewhere.example", "roles": ["member"]}]);
    owner.post("/accounts/invites").json(&invites).send().await.ok();
    provider.next("stranger").await;
    let mut browser = Browser::of(&studio);

    browser.sign_in().await;
    let session: serde_json::Value = browser.session().await.json().await.unwrap();

    assert_eq!(session["user"]["name"], "Stranger");
    assert_eq!(session["accounts"][0]["roles"], json!(["member"]));
    let invites = owner.get("/accounts/invites").send().await.ok();
    assert_ne!(invites[0]["accepted_at"], serde_json::Value::Null);
}

#[tokio::test]
async fn coming_back_without_having_gone_or_to_anothers_page_signs_nobody_in() {
    let provider = OpenIdProvider::start(CALLBACK, "client_secret_basic");
    let studio = studio(&provider, &[]);
    studio.new_member(EMAIL, &["member"]);
    let base = studio.base();
    let mut browser = Browser::of(&studio);
    browser.go(&format!("{base}/session/openid")).await;

    for query in ["", "?code=x", "?code=x&state=y", "?code=x&state=y.Lw", "?error=access_denied&state=."] {
        let place = Browser::of(&studio).follow(&format!("{base}/session/openid/callback{query}")).await;
        assert!(place.starts_with("/console/sign-in?problem=openid_stale"), "{query}: {place}");
        let place = browser.follow(&format!("{base}/session/openid/callback{query}")).await;
        assert!(place.starts_with("/console/sign-in?problem=openid_stale"), "{query}: {place}");
        // The way is over by then, and is begun again.
        browser.go(&format!("{base}/session/openid")).await;
    }
    let place = browser.follow(&format!("{base}/session/openid?to=//evil.example")).await;
    assert_eq!(place, "/console");
    let closed = Studio::start();
    closed.anonymous().get("/session/openid").send().await.refused(403, "sign_in_way_closed");
    closed.anonymous().get("/session/openid/callback").send().await.refused(403, "sign_in_way_closed");
}

#[tokio::test]
async fn provider_that_signs_by_a_new_key_is_believed_as_before() {
    let provider = OpenIdProvider::start(CALLBACK, "client_secret_basic");
    let studio = studio(&provider, &[]);
    studio.new_member(EMAIL, &["member"]);
    Browser::of(&studio).sign_in().await;

    provider.renew("two").await;

    assert_eq!(Browser::of(&studio).sign_in().await, "/console/w/1/browse?q=rock");
}

#[tokio::test]
async fn provider_that_is_gone_or_is_another_is_told_of_on_the_page_for_signing_in() {
    let provider = OpenIdProvider::start(CALLBACK, "client_secret_basic");
    let another = provider.issuer.replace("127.0.0.1", "localhost");
    for issuer in ["http://127.0.0.1:1", another.as_str()] {
        let flags = ["--public-url", PUBLIC, "--openid-issuer", issuer, "--openid-client-id", "mudlark"];
        let studio = Studio::start_with(&flags);
        let place = Browser::of(&studio).sign_in().await;
        assert_eq!(place, format!("/console/sign-in?problem=openid_unavailable{AT_SIGN_IN}"), "{issuer}");
    }
}
