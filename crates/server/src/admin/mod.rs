//! The operator's commands. They work on the data folder itself, beside a running server or without one.

pub(crate) mod accounts;
pub(crate) mod audit;
mod audit_copy;
pub(crate) mod backup;
mod copied_rows;
pub(crate) mod fsck;
pub(crate) mod generate;
pub(crate) mod jobs;
mod key_scan;
mod key_values;
pub(crate) mod key_work;
pub(crate) mod keys;
pub(crate) mod letter;
pub(crate) mod migrate;
pub(crate) mod migrate_schema;
pub(crate) mod output;
pub(crate) mod preview;
pub(crate) mod previews;
mod progress;
pub(crate) mod restore;
pub(crate) mod secrets;
pub(crate) mod signing_keys;
pub(crate) mod users;
pub(crate) mod workspaces;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::bail;
use mudlark_types::AccountId;

use crate::cli::AdminFlags;
use crate::clock::Clock;
use crate::config::{Settings, StorageUrl};
use crate::data_dir::DataDir;
use crate::ops;
use crate::processes;

/// How long a command waits for a running server to follow its change.
const WAIT_FOR_SERVER: Duration = Duration::from_secs(5);

/// Where files are, for commands that touch them.
#[derive(Debug, clap::Args)]
pub(crate) struct StorageFlags {
    /// Where the server keeps files, s3://… or file:///… [default: the data folder].
    #[arg(long, value_name = "URL", env = "MUDLARK_STORAGE", hide_env_values = true)]
    storage: Option<StorageUrl>,
    /// The file of what opens the bucket [default: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY].
    #[arg(long, value_name = "FILE", env = "MUDLARK_STORAGE_CREDENTIALS")]
    storage_credentials: Option<PathBuf>,
}

impl StorageFlags {
    fn settings(&self, flags: &AdminFlags) -> Settings {
        Settings {
            storage: self.storage.clone(),
            storage_credentials: self.storage_credentials.clone(),
            ..flags.settings()
        }
    }
}

/// What a command works with.
pub(crate) struct Admin {
    pub(crate) data: DataDir,
    pub(crate) clock: Clock,
}

impl Admin {
    async fn open(flags: &AdminFlags) -> anyhow::Result<Self> {
        let admin = Self::open_unchanged(flags).await?;
        ops::audit::begin(&admin.data.store, &admin.data.vault, admin.clock.now_ms()).await?;
        Ok(admin)
    }

    /// As it is: also a trail that somebody has emptied is left so, to be found.
    async fn open_unchanged(flags: &AdminFlags) -> anyhow::Result<Self> {
        Ok(Self { data: DataDir::open(&flags.settings()).await?, clock: Clock::system() })
    }

    /// Waits until the servers have taken a change in: a key is revoked when the command says so.
    async fn wait_for_server(&self, revision: i64) -> anyhow::Result<()> {
        if self.data.store.is_shared() {
            return processes::wait_for_processes(&self.data.store, revision, uuid::Uuid::nil()).await;
        }
        let began = Instant::now();
        while self.data.server_is_running() {
            let processes = self.data.store.read().await?.list_server_processes().await?;
            if processes.iter().any(|process| process.applied_revision >= revision) {
                return Ok(());
            }
            if began.elapsed() > WAIT_FOR_SERVER {
                bail!(
                    "the change is written, but the running server has not followed it within {} s; look at the \
                     server: it follows as soon as it works again",
                    WAIT_FOR_SERVER.as_secs()
                );
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    async fn account_exists(&self, id: AccountId) -> anyhow::Result<()> {
        match self.data.store.read().await?.find_account(id).await? {
            Some(_) => Ok(()),
            None => bail!("there is no account {id}; `mudlark account list` shows those there are"),
        }
    }
}

/// Runs a command's work to its end.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// Reads a name as given on the command line: one line, not blank, at most 255 bytes.
fn line(text: &str) -> Result<String, String> {
    let line = text.trim();
    if line.is_empty() || line.len() > 255 || line.chars().any(char::is_control) {
        return Err("must be one line of 1 to 255 bytes".into());
    }
    Ok(line.to_owned())
}
