//! `mudlark letter`: a letter by way of the mail server that is set, to see that it takes them.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::{block_on, output};
use crate::clock::Clock;
use crate::config::Settings;
use crate::letter_settings::LetterFlags;
use crate::letters::{Letter, LetterBox};

/// Its arguments.
#[derive(Debug, Args)]
pub(crate) struct LetterCommand {
    /// Whom to send it to.
    #[arg(long, value_name = "ADDRESS")]
    to: String,
    /// The settings file that the server is started with.
    #[arg(long, value_name = "FILE", env = "MUDLARK_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: LetterSettings,
    /// Print one JSON value instead of text for people.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args, Serialize)]
struct LetterSettings {
    /// The address that people reach the server by.
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    public_url: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    letters: LetterFlags,
}

impl LetterCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let settings = Settings::load(self.config.as_deref(), &self.settings)?;
        let server = settings.mail_server()?.context(
            "no mail server is set: give --smtp-url, --mail-from and --public-url, or the variables and the settings \
             file that the server is started with",
        )?;
        let (host, port) = (server.host.clone(), server.port);
        let text = format!(
            "The server at {} sends letters by way of {host}. This one says that it works.\n",
            server.base
        );
        let letter = Letter {
            id: Clock::system().new_id(),
            to: self.to.clone(),
            subject: "Letters work".to_owned(),
            text,
        };
        block_on(async { LetterBox::new(server).send(letter).await })?;
        output::object(self.json, &json!({ "to": self.to, "host": host, "port": port }))
    }
}
