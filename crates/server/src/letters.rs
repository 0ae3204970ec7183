//! Letters to people: how one is handed to the studio's mail server. What they say is in `ops::letters`.

use std::time::Duration;

use anyhow::Context;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use uuid::Uuid;

use crate::letter_settings::{Encryption, MailServer};

/// How long handing one over may take.
///
/// *Why* here: `lettre` bounds the time of connecting alone, and waits for ever for a server that says nothing more (seen).
const TIMEOUT: Duration = Duration::from_secs(30);

/// A letter to be sent.
pub(crate) struct Letter {
    /// No other letter has it.
    pub(crate) id: Uuid,
    /// The person's address.
    pub(crate) to: String,
    pub(crate) subject: String,
    /// Plain text.
    pub(crate) text: String,
}

/// Where letters are handed over.
pub(crate) struct LetterBox {
    server: MailServer,
}

impl LetterBox {
    pub(crate) fn new(server: MailServer) -> Self {
        Self { server }
    }

    /// The server's own address, for the links in letters; without a slash at its end.
    pub(crate) fn base(&self) -> &str {
        &self.server.base
    }

    /// Hands a letter over. When this returns, the mail server has it.
    ///
    /// *Errors*: it can't be reached, is not who it should be, or does not take the letter.
    pub(crate) async fn send(&self, letter: Letter) -> anyhow::Result<()> {
        let message = self.message(letter)?;
        // Made for each: letters are few, and the machine's certificates may have changed.
        let transport = self.transport()?;
        let sending = tokio::time::timeout(TIMEOUT, transport.send(message)).await;
        let sent = sending.with_context(|| {
            format!("the mail server has not taken the letter within {} seconds", TIMEOUT.as_secs())
        })?;
        sent.context("the mail server has not taken the letter")?;
        Ok(())
    }

    fn message(&self, letter: Letter) -> anyhow::Result<Message> {
        let from = self.server.from.clone();
        let to = letter.to.parse().context("the person's address is none that letters can be sent to")?;
        let id = format!("<{}@{}>", letter.id, from.email.domain());
        // RFC 3834, section 5: no machine is to answer.
        let automatic =
            HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into());
        Message::builder()
            .from(from)
            .to(Mailbox::new(None, to))
            .subject(letter.subject)
            .message_id(Some(id))
            .raw_header(automatic)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text)
            .context("the letter can't be written")
    }

    fn transport(&self) -> anyhow::Result<AsyncSmtpTransport<Tokio1Executor>> {
        let server = &self.server;
        // A name without the brackets that an address of IPv6 has in a URL.
        let host = server.host.trim_matches(['[', ']']);
        let parameters = || {
            TlsParameters::new(host.to_owned())
                .context("the machine's certificates of authorities can't be used")
        };
        let tls = match server.encryption {
            Encryption::Whole => Tls::Wrapper(parameters()?),
            Encryption::Started => Tls::Required(parameters()?),
            Encryption::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(server.port)
            .tls(tls)
            .timeout(Some(TIMEOUT))
            .hello_name(ClientId::Domain(server.from.email.domain().to_owned()));
        if let Some((user, password)) = &server.login {
            builder = builder.credentials(Credentials::new(user.clone(), password.expose().to_owned()));
        }
        Ok(builder.build())
    }
}
