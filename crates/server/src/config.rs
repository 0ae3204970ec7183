//! The server's settings: defaults, then the file, then `MUDLARK_…` variables, then flags; the later wins.
//! What each means, `settings_table` says.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use mudlark_auth::Networks;
use serde::{Deserialize, Serialize};

pub use crate::database_url::DatabaseUrl;
pub use crate::openid_settings::{OpenIdEmails, PasswordSignIn};
pub use crate::plan_limits::PlanLimits;
pub use crate::setting_choices::{AuditDurability, DirectTransfers, LogFormat, TokenFormat};
pub use crate::setting_secret::SettingSecret;
pub use crate::settings_table::{SETTINGS, SettingDoc};
use crate::storage_url::StoragePlace;
pub use crate::storage_url::StorageUrl;

/// Every setting, with its value.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// The folder that holds everything.
    pub data: PathBuf,
    /// The file of peppers and key-encryption keys; `None` for `secrets.json` in the data folder.
    pub secrets: Option<PathBuf>,
    /// The PostgreSQL database that several processes may share; `None` for SQLite in the data folder.
    pub database_url: Option<DatabaseUrl>,
    /// Where files' bytes are kept; `None` for a folder in the data folder.
    pub storage: Option<StorageUrl>,
    /// The file of what opens the storage; `None` for the environment.
    pub storage_credentials: Option<PathBuf>,
    /// Whether clients exchange files with the bucket itself.
    pub direct_transfers: DirectTransfers,
    /// The address that clients reach the server by.
    pub public_url: Option<String>,
    /// *Units*: seconds.
    pub token_ttl_s: u32,
    /// After how long without a request a session ends. *Units*: hours.
    pub session_idle_hours: u32,
    /// How long a session lasts at most. *Units*: days.
    pub session_lifetime_days: u32,
    /// Whether people may sign in by password.
    pub password_sign_in: PasswordSignIn,
    /// The OpenID provider that people may sign in by.
    pub openid_issuer: Option<String>,
    /// What the provider calls this server.
    pub openid_client_id: Option<String>,
    /// What shows the provider that it is this server.
    pub openid_client_secret: Option<SettingSecret>,
    /// What people call the provider.
    pub openid_name: String,
    /// Which of the provider's e-mail addresses say who somebody is.
    pub openid_emails: OpenIdEmails,
    /// The mail server that letters go out by.
    pub smtp_url: Option<String>,
    /// What opens the mail server.
    pub smtp_password: Option<SettingSecret>,
    /// Whom letters are from.
    pub mail_from: Option<String>,
    /// After how long a new key signs. *Units*: days.
    pub signing_key_rotation_days: u32,
    /// The answer form of `POST /auth/token`.
    pub token_format: TokenFormat,
    /// *Units*: seconds.
    pub upload_url_ttl_s: u32,
    /// How long what was deleted can be restored. *Units*: days.
    pub trash_retention_days: u32,
    /// Within how long all content is read again; 0 is never. *Units*: days.
    pub content_check_days: u32,
    /// How many previews this process makes at once; 0 for none.
    pub preview_workers: u8,
    /// *Units*: bytes.
    pub max_upload_bytes: u64,
    /// *Units*: bytes.
    pub max_body_bytes: usize,
    /// *Units*: seconds.
    pub body_idle_timeout_s: u32,
    /// *Units*: seconds.
    pub header_timeout_s: u32,
    /// *Units*: seconds.
    pub shutdown_grace_s: u32,
    /// Connections at once; further ones wait.
    pub max_connections: usize,
    /// Whether tokens wait for their line in the audit trail.
    pub audit_durability: AuditDurability,
    /// The proxies whose word on the client's address is taken.
    pub trusted_proxies: Networks,
    /// The networks that webhooks may reach though they are not public.
    pub webhook_networks: Networks,
    /// How many requests for a token one address (IPv4, or the /64 of an IPv6 one) may make in a minute over time.
    pub limit_token_per_minute: u32,
    /// How many requests for a token one address may make at once.
    pub limit_token_burst: u32,
    /// How many tokens one key is given in a minute over time.
    pub limit_issue_per_minute: u32,
    /// How many tokens one key is given at once.
    pub limit_issue_burst: u32,
    /// After how many failures in a row one address must wait before it tries the same key again: 1, 3, 5, then 10 seconds.
    pub limit_failures: u32,
    /// How many requests an account on plan `pro` may make in a second over time.
    pub limit_api_pro_per_second: u32,
    /// How many requests an account on plan `pro` may make at once.
    pub limit_api_pro_burst: u32,
    /// How many requests an account on plan `enterprise` may make in a second over time.
    pub limit_api_enterprise_per_second: u32,
    /// How many requests an account on plan `enterprise` may make at once.
    pub limit_api_enterprise_burst: u32,
    /// How much accounts may hold by their plan.
    pub plan_limits: PlanLimits,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// What is logged.
    pub log: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            data: PathBuf::from("mudlark-data"),
            secrets: None,
            database_url: None,
            storage: None,
            storage_credentials: None,
            direct_transfers: DirectTransfers::On,
            public_url: None,
            token_ttl_s: 3600,
            session_idle_hours: 12,
            session_lifetime_days: 30,
            password_sign_in: PasswordSignIn::On,
            openid_issuer: None,
            openid_client_id: None,
            openid_client_secret: None,
            openid_name: "the studio's account".into(),
            openid_emails: OpenIdEmails::Verified,
            smtp_url: None,
            smtp_password: None,
            mail_from: None,
            signing_key_rotation_days: 60,
            token_format: TokenFormat::String,
            upload_url_ttl_s: 3600,
            trash_retention_days: 30,
            content_check_days: 30,
            preview_workers: 2,
            max_upload_bytes: 1 << 40,
            max_body_bytes: 1 << 20,
            body_idle_timeout_s: 30,
            header_timeout_s: 60,
            shutdown_grace_s: 30,
            max_connections: 4096,
            audit_durability: AuditDurability::Durable,
            trusted_proxies: Networks::default(),
            webhook_networks: Networks::default(),
            limit_token_per_minute: 300,
            limit_token_burst: 100,
            limit_issue_per_minute: 600,
            limit_issue_burst: 120,
            limit_failures: 5,
            limit_api_pro_per_second: 1000,
            limit_api_pro_burst: 2000,
            limit_api_enterprise_per_second: 5000,
            limit_api_enterprise_burst: 10_000,
            plan_limits: PlanLimits::default(),
            log_format: LogFormat::Human,
            log: "info".into(),
        }
    }
}

impl Settings {
    /// Reads the settings from the file (if named), the environment, and the flags.
    pub fn load(file: Option<&Path>, flags: &impl Serialize) -> anyhow::Result<Self> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Some(file) = file {
            anyhow::ensure!(
                file.is_file(),
                "the settings file {} does not exist; write it, or leave --config out",
                file.display()
            );
            figment = figment.merge(Toml::file_exact(file));
        }
        let names: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
        figment = figment.merge(Env::prefixed("MUDLARK_").only(&names)).merge(Serialized::defaults(flags));
        let settings: Self =
            figment.extract().map_err(|error| anyhow::anyhow!("a setting is not acceptable: {error}"))?;
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            (300..=86_400).contains(&self.token_ttl_s),
            "token_ttl_s must be from 300 to 86400 seconds; it is {}",
            self.token_ttl_s
        );
        anyhow::ensure!(
            (30..=90).contains(&self.signing_key_rotation_days),
            "signing_key_rotation_days must be from 30 to 90 days; it is {}",
            self.signing_key_rotation_days
        );
        anyhow::ensure!(
            (60..=604_800).contains(&self.upload_url_ttl_s),
            "upload_url_ttl_s must be from 60 to 604800 seconds; it is {}",
            self.upload_url_ttl_s
        );
        anyhow::ensure!(
            (1..=3650).contains(&self.trash_retention_days),
            "trash_retention_days must be from 1 to 3650 days; it is {}",
            self.trash_retention_days
        );
        let days = self.content_check_days;
        anyhow::ensure!(days <= 3650, "content_check_days must be from 0 to 3650 days; it is {days}");
        if let Some(url) = &self.public_url {
            let well_formed = url.parse::<axum::http::Uri>().is_ok_and(|uri| {
                matches!(uri.scheme_str(), Some("http" | "https")) && uri.authority().is_some()
            });
            anyhow::ensure!(
                well_formed,
                "public_url must be an http or https address such as https://art.studio.example; it is {url}"
            );
        }
        self.check_session_times()?;
        self.check_sign_in_ways()?;
        self.check_mail_server()?;
        self.check_database_url()?;
        self.storage_place()?;
        for (name, value) in [
            ("body_idle_timeout_s", self.body_idle_timeout_s),
            ("header_timeout_s", self.header_timeout_s),
            ("max_connections", u32::try_from(self.max_connections).unwrap_or(u32::MAX)),
        ] {
            anyhow::ensure!(value > 0, "{name} must be at least 1");
        }
        for (name, rate, burst) in [
            ("limit_token_burst", self.limit_token_per_minute, self.limit_token_burst),
            ("limit_issue_burst", self.limit_issue_per_minute, self.limit_issue_burst),
            ("limit_api_pro_burst", self.limit_api_pro_per_second, self.limit_api_pro_burst),
            (
                "limit_api_enterprise_burst",
                self.limit_api_enterprise_per_second,
                self.limit_api_enterprise_burst,
            ),
        ] {
            anyhow::ensure!(
                rate == 0 || burst > 0,
                "{name} must be at least 1; to have no limit, set the rate beside it to 0"
            );
        }
        Ok(())
    }

    /// Refuses an address that is none, without showing it: it may hold a password.
    pub(crate) fn check_database_url(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.database_url.as_ref().is_none_or(|url| url.place().is_some()),
            "database_url must be an address such as postgres://user:password@host:5432/database; characters of the \
             password other than letters and digits are written as %XX"
        );
        Ok(())
    }

    /// Where files' bytes are kept. Refuses an address that is none, without showing it: it may hold a secret.
    pub(crate) fn storage_place(&self) -> anyhow::Result<StoragePlace> {
        let Some(url) = &self.storage else { return Ok(StoragePlace::Folder(None)) };
        url.place().map_err(|why| anyhow::anyhow!("storage {why}"))
    }

    /// The public address without a slash at its end.
    pub(crate) fn public_base(&self) -> Option<&str> {
        self.public_url.as_deref().map(|url| url.trim_end_matches('/'))
    }

    /// The file of peppers and key-encryption keys.
    pub(crate) fn secrets_path(&self) -> PathBuf {
        self.secrets.clone().unwrap_or_else(|| self.data.join("secrets.json"))
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
