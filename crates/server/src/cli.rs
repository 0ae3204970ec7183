//! The program's arguments, and what each sub-command runs.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use serde::Serialize;

use crate::admin;
use crate::config::{
    AuditDurability, DatabaseUrl, DirectTransfers, LogFormat, Settings, StorageUrl, TokenFormat,
};
use crate::letter_settings::LetterFlags;
use crate::limit_flags::LimitFlags;
use crate::sign_in_flags::SignInFlags;

/// Keeps a game studio's art safe, findable and reviewable.
///
/// One program: the server (`serve`), a demonstration of it (`demo`), and the operator's commands (`account`,
/// `workspace`, `key`, `signing-key`, `secrets`, `audit`, `jobs`, `backup`, `restore`, `fsck`, `migrate`, `migrate-schema`), which work on the same data folder beside a running server; the
/// server follows within 200 ms.
#[derive(Debug, Parser)]
#[command(name = "mudlark", version, max_term_width = 110, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  mudlark demo
      A server with an account, a key and sample art; prints curl lines to paste.

  mudlark serve --data /srv/mudlark --listen 0.0.0.0:8080 --public-url https://art.studio.example
      The server itself. Settings also come from MUDLARK_… variables and from a file (--config).

  mudlark account create --name 'Tin Robot Games' --plan pro --data /srv/mudlark
  mudlark workspace create --account ID --name Main --data /srv/mudlark
  mudlark key create --account ID --name build-farm --role manage_art --data /srv/mudlark
      Make an account, a workspace and an API key. The key's secret is shown this once.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Start a server with a demonstration account, an API key and sample art, and print curl lines to paste.
    Demo(ServerFlags),
    /// Start the server.
    Serve(ServerFlags),
    /// Make, list and change accounts.
    #[command(subcommand)]
    Account(admin::accounts::AccountCommand),
    /// Make people, and links by which they choose their passwords; end their sessions.
    #[command(subcommand)]
    User(admin::users::UserCommand),
    /// Make and list workspaces.
    #[command(subcommand)]
    Workspace(admin::workspaces::WorkspaceCommand),
    /// Make, narrow, rotate and revoke API keys, and look for leaked ones.
    #[command(subcommand)]
    Key(admin::keys::KeyCommand),
    /// Look at the audit trail, check that it is whole, and copy it out.
    #[command(subcommand)]
    Audit(admin::audit::AuditCommand),
    /// Look at what servers have to do beside requests, and let them try again what they gave up.
    #[command(subcommand)]
    Jobs(admin::jobs::JobsCommand),
    /// Send a letter, to see that the mail server that is set takes them.
    Letter(admin::letter::LetterCommand),
    /// List, rotate and revoke the keys that tokens are signed with.
    #[command(subcommand)]
    SigningKey(admin::signing_keys::SigningKeyCommand),
    /// Make the secrets file, and renew what is in it.
    #[command(subcommand)]
    Secrets(admin::secrets::SecretsCommand),
    /// Check that all files are there and as they were uploaded, and repair what can be.
    Fsck(admin::fsck::FsckCommand),
    /// Copy the database and all files into a folder, beside a running server.
    Backup(admin::backup::BackupCommand),
    /// Put a backup into a new data folder.
    Restore(admin::restore::RestoreCommand),
    /// Move an installation to another database or storage, or both, and back.
    Migrate(admin::migrate::MigrateCommand),
    /// Bring the database's schema up to date, or look whether it is.
    MigrateSchema(admin::migrate_schema::MigrateSchemaCommand),
    /// Make a picture of a file of art, and print what is in it.
    Preview(admin::preview::PreviewCommand),
    /// Have servers make previews of files that have none, or make them anew.
    #[command(subcommand)]
    Previews(admin::previews::PreviewsCommand),
    /// Read the file on standard input, for `preview` and the server.
    #[command(hide = true)]
    PreviewWorker(crate::previews::worker::WorkerCommand),
    /// Become a program that reads the file on standard input, within walls; for `preview` and the server.
    #[command(hide = true)]
    PreviewProgram(crate::previews::ProgramCommand),
    /// Print a file that is generated from the program (for the project's own checks).
    #[command(hide = true)]
    Gen {
        #[arg(value_enum)]
        what: admin::generate::Generated,
    },
}

/// The settings that flags can give; each is also a variable `MUDLARK_…` and a member of the settings file.
#[derive(Debug, Default, Args, Serialize)]
pub struct ServerFlags {
    /// Read settings from this TOML file.
    #[arg(long, value_name = "FILE", env = "MUDLARK_CONFIG")]
    #[serde(skip)]
    config: Option<PathBuf>,
    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    listen: Option<SocketAddr>,
    /// The folder that holds everything; made if missing [default: mudlark-data; for demo: demo-data].
    #[arg(long, value_name = "DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<PathBuf>,
    /// The file of peppers and key-encryption keys [default: secrets.json in the data folder].
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    secrets: Option<PathBuf>,
    /// A PostgreSQL database, postgres://… [default: SQLite in the data folder].
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    database_url: Option<DatabaseUrl>,
    /// Where the files' bytes are kept, s3://bucket/prefix?endpoint=…&region=… or file:///folder [default: the data folder].
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    storage: Option<StorageUrl>,
    /// The file of what opens the bucket [default: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY].
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_credentials: Option<PathBuf>,
    /// Whether clients exchange files with the bucket itself, by signed addresses [default: on].
    #[arg(long, value_enum)]
    #[serde(skip_serializing_if = "Option::is_none")]
    direct_transfers: Option<DirectTransfers>,
    /// The address that clients reach the server by [default: the request's Host].
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    public_url: Option<String>,
    /// How long a token lives, 300 to 86400 [default: 3600].
    #[arg(long, value_name = "SECONDS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    token_ttl_s: Option<u32>,
    /// After how many days tokens are signed with a new key, 30 to 90 [default: 60].
    #[arg(long, value_name = "DAYS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_key_rotation_days: Option<u32>,
    /// What POST /auth/token answers unless the request chooses [default: string].
    #[arg(long, value_enum)]
    #[serde(skip_serializing_if = "Option::is_none")]
    token_format: Option<TokenFormat>,
    /// How long an upload address works, 60 to 604800 [default: 3600].
    #[arg(long, value_name = "SECONDS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    upload_url_ttl_s: Option<u32>,
    /// How long what was deleted can be restored, 1 to 3650 [default: 30].
    #[arg(long, value_name = "DAYS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    trash_retention_days: Option<u32>,
    /// Within how long all content is read again to see that it is whole, 0 (never) to 3650 [default: 30].
    #[arg(long, value_name = "DAYS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    content_check_days: Option<u32>,
    /// How many previews are made at once; 0 leaves them to other processes [default: 2].
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    preview_workers: Option<u8>,
    /// The largest file accepted [default: 1099511627776].
    #[arg(long, value_name = "BYTES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_upload_bytes: Option<u64>,
    /// The largest body of any other request [default: 1048576].
    #[arg(long, value_name = "BYTES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_body_bytes: Option<usize>,
    /// How long a client may pause in the middle of a body [default: 30].
    #[arg(long, value_name = "SECONDS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    body_idle_timeout_s: Option<u32>,
    /// How long a client may take to send its request's head, and a connection may lie idle [default: 60].
    #[arg(long, value_name = "SECONDS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    header_timeout_s: Option<u32>,
    /// How long requests in flight may take after a signal to stop [default: 30].
    #[arg(long, value_name = "SECONDS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    shutdown_grace_s: Option<u32>,
    /// How many connections are served at once [default: 4096].
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_connections: Option<usize>,
    /// Whether a token waits until its line in the audit trail is on the disk [default: durable].
    #[arg(long, value_enum)]
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_durability: Option<AuditDurability>,
    #[command(flatten)]
    #[serde(flatten)]
    sign_in: SignInFlags,
    #[command(flatten)]
    #[serde(flatten)]
    letters: LetterFlags,
    #[command(flatten)]
    #[serde(flatten)]
    limits: LimitFlags,
    /// How log lines are written [default: human].
    #[arg(long, value_enum)]
    #[serde(skip_serializing_if = "Option::is_none")]
    log_format: Option<LogFormat>,
    /// What is logged, such as info or debug [default: info].
    #[arg(long, value_name = "FILTER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<String>,
}

/// What every admin command takes.
#[derive(Debug, Args)]
pub(crate) struct AdminFlags {
    /// The data folder; made if missing.
    #[arg(long, value_name = "DIR", env = "MUDLARK_DATA", default_value = "mudlark-data")]
    pub(crate) data: PathBuf,
    /// The file of peppers and key-encryption keys [default: secrets.json in the data folder].
    #[arg(long, value_name = "FILE", env = "MUDLARK_SECRETS")]
    pub(crate) secrets: Option<PathBuf>,
    /// The server's PostgreSQL database, postgres://… [default: SQLite in the data folder].
    #[arg(long, value_name = "URL", env = "MUDLARK_DATABASE_URL", hide_env_values = true)]
    pub(crate) database_url: Option<DatabaseUrl>,
    /// Print JSON, for scripts.
    #[arg(long)]
    pub(crate) json: bool,
}

impl AdminFlags {
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            data: self.data.clone(),
            secrets: self.secrets.clone(),
            database_url: self.database_url.clone(),
            ..Settings::default()
        }
    }
}

/// The end of a command that has said all there is to say, and whose exit code says the rest.
#[derive(Debug, thiserror::Error)]
#[error("exit code {0}")]
pub(crate) struct ExitWith(pub(crate) u8);

impl Cli {
    /// Runs the sub-command to its end.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Serve(flags) => {
                let settings = Settings::load(flags.config.as_deref(), &flags)?;
                crate::serve::run_until_signal(settings)
            }
            Command::Demo(mut flags) => {
                let settings_name_data = std::env::var_os("MUDLARK_DATA").is_some() || flags.config.is_some();
                if flags.data.is_none() && !settings_name_data {
                    flags.data = Some(PathBuf::from("demo-data"));
                }
                let settings = Settings::load(flags.config.as_deref(), &flags)?;
                crate::demo::run(&settings)
            }
            Command::Account(command) => command.run(),
            Command::User(command) => command.run(),
            Command::Workspace(command) => command.run(),
            Command::Key(command) => command.run(),
            Command::Audit(command) => command.run(),
            Command::Jobs(command) => command.run(),
            Command::Letter(command) => command.run(),
            Command::SigningKey(command) => command.run(),
            Command::Secrets(command) => command.run(),
            Command::Fsck(command) => command.run(),
            Command::Backup(command) => command.run(),
            Command::Restore(command) => command.run(),
            Command::Migrate(command) => command.run(),
            Command::MigrateSchema(command) => command.run(),
            Command::Preview(command) => command.run(),
            Command::PreviewWorker(command) => command.run(),
            Command::PreviewProgram(command) => command.run(),
            Command::Previews(command) => command.run(),
            Command::Gen { what } => admin::generate::run(what),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use clap::error::ErrorKind;

    use super::*;
    use crate::config::SETTINGS;

    #[test]
    fn arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn signing_key_whose_id_begins_with_a_hyphen_is_no_flag() {
        let parsed = |arguments: &[&str]| {
            let revoke = ["mudlark", "signing-key", "revoke"];
            match Cli::try_parse_from(revoke.iter().chain(arguments)).map(|cli| cli.command) {
                Ok(Command::SigningKey(admin::signing_keys::SigningKeyCommand::Revoke { kid, flags })) => {
                    Ok((kid, flags.json))
                }
                Ok(_) => unreachable!("revoke was asked for"),
                Err(error) => Err(error.kind()),
            }
        };
        assert_eq!(parsed(&["-T5yCXQY"]), Ok(("-T5yCXQY".into(), false)));
        assert_eq!(parsed(&["--5yCXQY", "--json"]), Ok(("--5yCXQY".into(), true)));
        assert_eq!(parsed(&["--json", "-h5yCXQY"]), Ok(("-h5yCXQY".into(), true)));
        assert_eq!(parsed(&["--help"]), Err(ErrorKind::DisplayHelp));
        assert_eq!(parsed(&["-T5yCXQY", "--jsno"]), Err(ErrorKind::UnknownArgument));
    }

    #[test]
    fn every_setting_has_its_flag() {
        let command = Cli::command();
        let serve = command.find_subcommand("serve").unwrap();
        for setting in SETTINGS {
            let flag = setting.name.replace('_', "-");
            assert!(serve.get_arguments().any(|arg| arg.get_long() == Some(&flag)), "--{flag}");
        }
    }
}
