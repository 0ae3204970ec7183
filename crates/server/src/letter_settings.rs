//! The mail server that letters go out by, as settings.

use anyhow::Context;
use clap::Args;
use lettre::message::Mailbox;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use url::{Host, Url};

use crate::config::{SettingSecret, Settings};
use crate::openid_settings::is_this_machine;

/// *Source*: RFC 8314, section 3.3.
const SUBMISSIONS_PORT: u16 = 465;
/// *Source*: RFC 6409, section 3.1.
const SUBMISSION_PORT: u16 = 587;

/// The mail server that letters go out by; each is also a variable `MUDLARK_…` and a member of the settings file.
#[derive(Debug, Default, Args, Serialize)]
pub(crate) struct LetterFlags {
    /// The mail server that letters go out by, such as smtps://mudlark@mail.studio.example [default: none].
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    smtp_url: Option<String>,
    /// What opens the mail server; better by the variable MUDLARK_SMTP_PASSWORD.
    #[arg(long, value_name = "PASSWORD")]
    #[serde(skip_serializing_if = "Option::is_none")]
    smtp_password: Option<SettingSecret>,
    /// Whom letters are from, such as 'Low Tide art <art@studio.example>'.
    #[arg(long, value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    mail_from: Option<String>,
}

/// How the way to the mail server is kept from being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// From the first byte on.
    Whole,
    /// From `STARTTLS` on; a server that has none gets no letter.
    Started,
    /// Not at all: it is on this machine.
    None,
}

/// A mail server, as set.
#[derive(Clone, Debug)]
pub(crate) struct MailServer {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) encryption: Encryption,
    /// Who signs in there, with what.
    pub(crate) login: Option<(String, SettingSecret)>,
    pub(crate) from: Mailbox,
    /// The server's own address, without a slash at its end.
    pub(crate) base: String,
}

impl Settings {
    /// The mail server, where there is one.
    ///
    /// *Errors*: its settings are not in their form, or don't fit each other. Nothing of an address is shown: it may hold
    /// a password.
    pub(crate) fn mail_server(&self) -> anyhow::Result<Option<MailServer>> {
        let (url, from) = match (&self.smtp_url, &self.mail_from) {
            (None, None) => return Ok(None),
            (Some(url), Some(from)) => (url, from),
            _ => anyhow::bail!("smtp_url and mail_from are set together: give the other one too"),
        };
        let must = "smtp_url must be an address such as smtps://mudlark@mail.studio.example, or smtp://… for STARTTLS";
        let url = Url::parse(url).ok().context(must)?;
        let from = from.parse().ok().with_context(|| {
            format!("mail_from must be an address such as 'Low Tide art <art@studio.example>'; it is {from}")
        })?;
        let base =
            self.public_base().context("smtp_url needs public_url: letters hold links to it")?.to_owned();
        anyhow::ensure!(
            url.password().is_none(),
            "smtp_url holds a password, which others on the machine could see: give it by MUDLARK_SMTP_PASSWORD"
        );
        anyhow::ensure!(
            matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none(),
            "{must}"
        );
        let host = url.host_str().filter(|host| !host.is_empty()).context(must)?.to_owned();
        let (port, encryption) = match url.scheme() {
            "smtps" => (SUBMISSIONS_PORT, Encryption::Whole),
            "smtp" if Host::parse(&host).is_ok_and(|host| is_this_machine(&host)) => {
                (SUBMISSION_PORT, Encryption::None)
            }
            "smtp" => (SUBMISSION_PORT, Encryption::Started),
            _ => anyhow::bail!("{must}"),
        };
        let user = percent_decode_str(url.username()).decode_utf8().ok().context(must)?;
        let login = match (user.as_ref(), &self.smtp_password) {
            ("", None) => None,
            ("", Some(_)) => anyhow::bail!("smtp_password needs a name in smtp_url: smtps://NAME@host"),
            (_, None) => {
                anyhow::bail!("smtp_url names who signs in; give MUDLARK_SMTP_PASSWORD too")
            }
            (user, Some(password)) => Some((user.to_owned(), password.clone())),
        };
        Ok(Some(MailServer { host, port: url.port().unwrap_or(port), encryption, login, from, base }))
    }

    pub(crate) fn check_mail_server(&self) -> anyhow::Result<()> {
        self.mail_server().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str, password: Option<&str>) -> anyhow::Result<Option<MailServer>> {
        let settings = Settings {
            smtp_url: Some(url.to_owned()),
            smtp_password: password.and_then(|password| password.parse().ok()),
            mail_from: Some("Low Tide art <art@studio.example>".to_owned()),
            public_url: Some("https://art.studio.example/".to_owned()),
            ..Settings::default()
        };
        settings.mail_server()
    }

    #[test]
    fn mail_server_is_read_from_its_address() {
        for (url, password, host, port, encryption) in [
            ("smtps://mail.studio.example", None, "mail.studio.example", 465, Encryption::Whole),
            ("smtp://mail.studio.example", None, "mail.studio.example", 587, Encryption::Started),
            (
                "smtp://mira%40home@mail.studio.example:25/",
                Some("x"),
                "mail.studio.example",
                25,
                Encryption::Started,
            ),
            ("smtp://127.0.0.1:2525", None, "127.0.0.1", 2525, Encryption::None),
            ("smtp://[::1]", None, "[::1]", 587, Encryption::None),
            ("smtp://localhost", None, "localhost", 587, Encryption::None),
            ("smtp://127.0.0.1.studio.example", None, "127.0.0.1.studio.example", 587, Encryption::Started),
        ] {
            let found = read(url, password).unwrap().unwrap();
            let facts = (found.host.as_str(), found.port, found.encryption, found.base.as_str());
            assert_eq!(facts, (host, port, encryption, "https://art.studio.example"), "{url}");
            let user = found.login.map(|(user, _)| user);
            assert_eq!(user, password.map(|_| "mira@home".to_owned()), "{url}");
        }
    }

    #[test]
    fn what_is_no_mail_server_is_refused_without_showing_it() {
        for (url, password) in [
            ("mail.hunter2.example", None),
            ("https://mail.hunter2.example", None),
            ("smtp://", None),
            ("smtps://mail.hunter2.example/box", None),
            ("smtps://mail.hunter2.example?tls=off", None),
            ("smtps://mira:hunter2@mail.studio.example", None),
            ("smtps://mira@mail.studio.example", None),
            ("smtps://mail.studio.example", Some("hunter2")),
        ] {
            let said = read(url, password).unwrap_err().to_string();
            assert!(said.starts_with("smtp_") && !said.contains("hunter2"), "{url}: {said}");
        }
        let alone =
            Settings { smtp_url: Some("smtps://mail.studio.example".to_owned()), ..Settings::default() };
        assert!(alone.mail_server().unwrap_err().to_string().contains("mail_from"));
        let hidden = format!("{:?}", read("smtps://mira@mail.studio.example", Some("hunter2")));
        assert!(!hidden.contains("hunter2"), "{hidden}");
    }
}
