//! The flags of `serve` and `demo` that say how people may sign in. The settings themselves are in `config.rs`.

use clap::Args;
use serde::Serialize;

use crate::config::{OpenIdEmails, PasswordSignIn, SettingSecret};

/// How people may sign in; each is also a variable `MUDLARK_…` and a member of the settings file.
#[derive(Debug, Default, Args, Serialize)]
pub(crate) struct SignInFlags {
    /// After how many hours without a request a person is signed out, 1 to 720 [default: 12].
    #[arg(long, value_name = "HOURS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    session_idle_hours: Option<u32>,
    /// After how many days a person must sign in again in any case, 1 to 365 [default: 30].
    #[arg(long, value_name = "DAYS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    session_lifetime_days: Option<u32>,
    /// Whether people may sign in by password [default: on].
    #[arg(long, value_enum)]
    #[serde(skip_serializing_if = "Option::is_none")]
    password_sign_in: Option<PasswordSignIn>,
    /// An OpenID Connect provider that people may sign in by [default: none].
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    openid_issuer: Option<String>,
    /// What the provider calls this server.
    #[arg(long, value_name = "ID")]
    #[serde(skip_serializing_if = "Option::is_none")]
    openid_client_id: Option<String>,
    /// What shows the provider that it is this server; better by the variable MUDLARK_OPENID_CLIENT_SECRET.
    #[arg(long, value_name = "SECRET")]
    #[serde(skip_serializing_if = "Option::is_none")]
    openid_client_secret: Option<SettingSecret>,
    /// What people call the provider [default: the studio's account].
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    openid_name: Option<String>,
    /// Which of the provider's e-mail addresses say who somebody is [default: verified].
    #[arg(long, value_enum)]
    #[serde(skip_serializing_if = "Option::is_none")]
    openid_emails: Option<OpenIdEmails>,
}
