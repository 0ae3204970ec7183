//! How people may sign in, as settings: by password or not, and by which OpenID provider.

use reqwest::Url;
use serde::{Deserialize, Serialize};

use crate::config::{SettingSecret, Settings};

/// Which e-mail addresses of a provider say who somebody is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum OpenIdEmails {
    /// Those that the provider says are verified.
    Verified,
    /// Also those of which it does not say, as providers whose addresses only the studio gives out.
    Unmarked,
}

/// Whether people may sign in by password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum PasswordSignIn {
    /// They may.
    On,
    /// By a passkey or the provider alone; links still make the first sign-in.
    Off,
}

/// A provider, as set.
#[derive(Clone, Debug)]
pub(crate) struct OpenIdClient {
    pub(crate) issuer: Url,
    /// As it is written in the settings, and in the provider's tokens.
    pub(crate) issuer_text: String,
    pub(crate) client_id: String,
    pub(crate) secret: Option<SettingSecret>,
}

impl Settings {
    /// The provider, where there is one.
    ///
    /// *Errors*: the settings of it don't fit each other.
    pub(crate) fn openid_client(&self) -> anyhow::Result<Option<OpenIdClient>> {
        let (issuer_text, client_id) = match (&self.openid_issuer, &self.openid_client_id) {
            (None, None) => return Ok(None),
            (Some(issuer), Some(client)) => (issuer.clone(), client.clone()),
            _ => anyhow::bail!("openid_issuer and openid_client_id are set together: give the other one too"),
        };
        let issuer = Url::parse(&issuer_text).ok().filter(|url| is_safe(url) && url.query().is_none());
        let issuer = issuer.ok_or_else(|| {
            anyhow::anyhow!("openid_issuer must be an https address such as https://login.studio.example; it is {issuer_text}")
        })?;
        anyhow::ensure!(
            self.public_url.is_some(),
            "openid_issuer needs public_url: the provider sends people back to an address that it knows beforehand, \
             <public_url>/session/openid/callback"
        );
        Ok(Some(OpenIdClient { issuer, issuer_text, client_id, secret: self.openid_client_secret.clone() }))
    }

    pub(crate) fn check_sign_in_ways(&self) -> anyhow::Result<()> {
        self.openid_client().map(drop)
    }
}

/// Whether what goes there can be read by nobody on the way: by https, or on this machine.
pub(crate) fn is_safe(url: &Url) -> bool {
    let Some(host) = url.host() else { return false };
    url.scheme() == "https" || (url.scheme() == "http" && is_this_machine(&host))
}

/// Whether what is sent there stays on this machine.
pub(crate) fn is_this_machine(host: &url::Host<impl AsRef<str>>) -> bool {
    match host {
        url::Host::Domain(name) => name.as_ref() == "localhost",
        url::Host::Ipv4(address) => address.is_loopback(),
        url::Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(issuer: Option<&str>, client: Option<&str>, public: Option<&str>) -> Settings {
        Settings {
            openid_issuer: issuer.map(str::to_owned),
            openid_client_id: client.map(str::to_owned),
            openid_client_secret: "hunter2".parse().ok(),
            public_url: public.map(str::to_owned),
            ..Settings::default()
        }
    }

    #[test]
    fn provider_is_taken_by_https_or_on_this_machine_with_all_that_it_needs() {
        let public = Some("https://art.studio.example");
        for (issuer, client, public, is_good) in [
            (None, None, None, true),
            (Some("https://login.studio.example/realm"), Some("mudlark"), public, true),
            (Some("http://127.0.0.1:3000"), Some("mudlark"), public, true),
            (Some("http://login.studio.example"), Some("mudlark"), public, false),
            (Some("login.studio.example"), Some("mudlark"), public, false),
            (Some("https://login.studio.example?x=1"), Some("mudlark"), public, false),
            (Some("https://login.studio.example"), None, public, false),
            (None, Some("mudlark"), public, false),
            (Some("https://login.studio.example"), Some("mudlark"), None, false),
        ] {
            let checked = settings(issuer, client, public).check_sign_in_ways();
            assert_eq!(checked.is_ok(), is_good, "{issuer:?} {client:?} {public:?}: {checked:?}");
        }
    }

    #[test]
    fn secret_is_not_shown() {
        let settings =
            settings(Some("https://login.studio.example"), Some("mudlark"), Some("https://a.example"));
        assert!(!format!("{settings:?} {:?}", settings.openid_client()).contains("hunter2"));
    }
}
