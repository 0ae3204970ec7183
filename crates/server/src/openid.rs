//! The studio's OpenID provider, as its client: where people are sent, and what their code is exchanged for. Its own words
//! about itself are looked up when they are first needed, and again after an hour or when it signs by a new key. What its
//! token must say, the `auth` crate knows. *Source*: OpenID Connect Core 1.0 and Discovery 1.0; RFC 6749; RFC 7636.
//!
//! *Why* own code: the crate `openidconnect` brings a second library of cryptography, with `rsa` in it, which is banned here;
//! with `reqwest` and `jsonwebtoken`, which are here already, this file is what is left of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mudlark_auth::{
    Expected, IdTokenError, Identity, OpenIdLogin, ProviderKeys, check_id_token, read_keys, read_user_info,
};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use crate::openid_settings::{OpenIdClient, is_safe};

/// How long one call of the provider may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer that is read. *Units*: bytes.
const MAX_ANSWER: usize = 1 << 20;
/// For how long the provider's words about itself are believed.
const KEEP: Duration = Duration::from_hours(1);

/// Why somebody did not get in by the provider.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenIdError {
    /// It can't be reached, or answers what it should not.
    #[error("the provider does not answer as it should: {0}")]
    Provider(String),
    /// Its token is not believed.
    #[error("the provider's token is not believed: {0}")]
    Token(#[from] IdTokenError),
}

/// The provider.
pub(crate) struct OpenIdProvider {
    client: OpenIdClient,
    http: Client,
    found: Mutex<Option<Arc<Found>>>,
}

/// What the provider says of itself.
struct Found {
    authorization_endpoint: Url,
    token_endpoint: Url,
    userinfo_endpoint: Option<Url>,
    takes_basic: bool,
    keys: ProviderKeys,
    at: Instant,
}

/// *Source*: OpenID Connect Discovery 1.0, section 3.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    id_token: Option<String>,
    access_token: Option<String>,
    error: Option<String>,
}

/// What the provider gives for a code.
struct Tokens {
    id_token: String,
    access_token: Option<Zeroizing<String>>,
}

impl OpenIdProvider {
    /// *Errors*: this machine has no certificates of authorities.
    pub(crate) fn new(client: OpenIdClient) -> reqwest::Result<Self> {
        let http = Client::builder()
            .timeout(TIMEOUT)
            .redirect(Policy::none())
            .user_agent(concat!("mudlark/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, http, found: Mutex::new(None) })
    }

    /// What the provider calls itself.
    pub(crate) fn issuer(&self) -> &str {
        &self.client.issuer_text
    }

    /// Where to send a browser. `state`: what it is to bring back.
    pub(crate) async fn authorization_url(
        &self,
        login: &OpenIdLogin,
        state: &str,
        callback: &str,
    ) -> Result<Url, OpenIdError> {
        let found = self.found(None).await?;
        let mut url = found.authorization_endpoint.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client.client_id)
            .append_pair("redirect_uri", callback)
            .append_pair("scope", "openid email profile")
            .append_pair("state", state)
            .append_pair("nonce", &login.nonce())
            .append_pair("code_challenge", &login.code_challenge())
            .append_pair("code_challenge_method", "S256");
        Ok(url)
    }

    /// Who somebody is whom the provider has sent back with a code.
    pub(crate) async fn identify(
        &self,
        login: &OpenIdLogin,
        code: &str,
        callback: &str,
        now_s: i64,
    ) -> Result<Identity, OpenIdError> {
        let found = self.found(None).await?;
        let tokens = self.exchange(&found, login, code, callback).await?;
        let nonce = login.nonce();
        let expected =
            Expected { issuer: self.issuer(), client_id: &self.client.client_id, nonce: &nonce, now_s };
        let identity = match check_id_token(&tokens.id_token, &found.keys, expected) {
            // It may have begun to sign by another key since.
            Err(IdTokenError::UnknownKey | IdTokenError::Signature) => {
                let found = self.found(Some(&found)).await?;
                check_id_token(&tokens.id_token, &found.keys, expected)?
            }
            other => other?,
        };
        match (&identity.email, &found.userinfo_endpoint, &tokens.access_token) {
            (None, Some(endpoint), Some(token)) => self.ask_more(identity, endpoint, token).await,
            _ => Ok(identity),
        }
    }

    /// Some providers tell no address in the token, but when they are asked with the other one.
    /// *Source*: OpenID Connect Core, sections 5.3 and 5.4.
    async fn ask_more(
        &self,
        identity: Identity,
        endpoint: &Url,
        access_token: &str,
    ) -> Result<Identity, OpenIdError> {
        let request =
            self.http.get(endpoint.clone()).header("authorization", format!("Bearer {access_token}"));
        let (is_good, body) = answer(request, "userinfo_endpoint").await?;
        let told = if is_good { read_user_info(&body) } else { None };
        let told =
            told.ok_or_else(|| OpenIdError::Provider("userinfo_endpoint tells of nobody".to_owned()))?;
        if told.subject != identity.subject {
            return Err(OpenIdError::Provider("userinfo_endpoint tells of somebody else".to_owned()));
        }
        Ok(Identity { name: told.name.or(identity.name), ..told })
    }

    /// *Source*: RFC 6749, sections 2.3.1 and 4.1.3.
    async fn exchange(
        &self,
        found: &Found,
        login: &OpenIdLogin,
        code: &str,
        callback: &str,
    ) -> Result<Tokens, OpenIdError> {
        let verifier = login.code_verifier();
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", callback),
            ("code_verifier", verifier.as_str()),
        ];
        let (id, secret) = (self.client.client_id.as_str(), self.client.secret.as_ref());
        let mut request = self.http.post(found.token_endpoint.clone());
        match secret {
            Some(secret) if found.takes_basic => {
                let pair = format!("{}:{}", form_encoded(id), form_encoded(secret.expose()));
                request = request.header("authorization", format!("Basic {}", STANDARD.encode(pair)));
            }
            Some(secret) => form.extend([("client_id", id), ("client_secret", secret.expose())]),
            None => form.push(("client_id", id)),
        }
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .body(form_of(&form));
        let (is_good, body) = answer(request, "token_endpoint").await?;
        let answer: TokenAnswer = serde_json::from_slice(&body)
            .map_err(|_| OpenIdError::Provider("token_endpoint answers no JSON object".to_owned()))?;
        if let (true, Some(id_token)) = (is_good, answer.id_token) {
            return Ok(Tokens { id_token, access_token: answer.access_token.map(Zeroizing::new) });
        }
        let error: String =
            answer.error.unwrap_or_default().chars().filter(char::is_ascii_graphic).take(64).collect();
        Err(OpenIdError::Provider(format!("token_endpoint gives no id_token; its `error` is {error:?}")))
    }

    /// What the provider says of itself. `but`: what was found before and does not do.
    async fn found(&self, but: Option<&Arc<Found>>) -> Result<Arc<Found>, OpenIdError> {
        // Held while it is looked up: of many who come at once, one asks.
        let mut kept = self.found.lock().await;
        if let Some(found) = kept.as_ref() {
            // Whoever brings a token of the provider's own makes us ask it once more, and nobody else can.
            let does_not_do = but.is_some_and(|but| Arc::ptr_eq(but, found));
            if !does_not_do && found.at.elapsed() < KEEP {
                return Ok(Arc::clone(found));
            }
        }
        let found = Arc::new(self.look_up().await?);
        *kept = Some(Arc::clone(&found));
        Ok(found)
    }

    async fn look_up(&self) -> Result<Found, OpenIdError> {
        let mut url = self.client.issuer.clone();
        let path = format!("{}/.well-known/openid-configuration", url.path().trim_end_matches('/'));
        url.set_path(&path);
        let metadata: Metadata = serde_json::from_value(self.fetch(&url).await?).map_err(|error| {
            OpenIdError::Provider(format!("its configuration is not as it should be: {error}"))
        })?;
        // Otherwise its tokens could be another provider's. *Source*: Discovery, section 4.3.
        if metadata.issuer != self.client.issuer_text {
            return Err(OpenIdError::Provider(format!(
                "it calls itself {}; openid_issuer must be the same, letter by letter",
                metadata.issuer
            )));
        }
        let keys = read_keys(&self.fetch(&endpoint("jwks_uri", &metadata.jwks_uri)?).await?);
        Ok(Found {
            authorization_endpoint: endpoint("authorization_endpoint", &metadata.authorization_endpoint)?,
            token_endpoint: endpoint("token_endpoint", &metadata.token_endpoint)?,
            userinfo_endpoint: match &metadata.userinfo_endpoint {
                Some(text) => Some(endpoint("userinfo_endpoint", text)?),
                None => None,
            },
            takes_basic: metadata.takes_basic(),
            keys,
            at: Instant::now(),
        })
    }

    async fn fetch(&self, url: &Url) -> Result<Value, OpenIdError> {
        let (is_good, body) = answer(self.http.get(url.clone()), url.path()).await?;
        let value = if is_good { serde_json::from_slice(&body).ok() } else { None };
        value.ok_or_else(|| OpenIdError::Provider(format!("{} answers no JSON", url.path())))
    }
}

impl Metadata {
    /// *Source*: Discovery, section 3: what is not said is `client_secret_basic`.
    fn takes_basic(&self) -> bool {
        let methods = self.token_endpoint_auth_methods_supported.as_deref();
        methods.is_none_or(|methods| methods.iter().any(|method| method == "client_secret_basic"))
    }
}

/// *Errors*: what is sent there could be read on the way.
fn endpoint(name: &str, text: &str) -> Result<Url, OpenIdError> {
    let url = Url::parse(text).ok().filter(is_safe);
    url.ok_or_else(|| OpenIdError::Provider(format!("its {name} is not an https address")))
}

/// Whether the answer is one of success, and its body. The texts of errors name no address: it may hold a code.
async fn answer(request: reqwest::RequestBuilder, what: &str) -> Result<(bool, Vec<u8>), OpenIdError> {
    let failed = |error: reqwest::Error| OpenIdError::Provider(format!("{what}: {}", error.without_url()));
    let mut answer = request.send().await.map_err(failed)?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(OpenIdError::Provider(format!("{what} answers more than a mebibyte")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((answer.status().is_success(), body))
}

fn form_of(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn form_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
