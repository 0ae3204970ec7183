//! `mudlark previews …`: previews that servers are to make again, or for the first time.

use std::collections::HashSet;

use clap::{Subcommand, ValueEnum};
use mudlark_store::PreviewFilter;
use mudlark_types::WorkspaceId;
use serde_json::json;

use super::{Admin, block_on, output};
use crate::cli::AdminFlags;
use crate::jobs::JobKind;

/// How many versions are asked for in one transaction.
const BATCH: i64 = 500;

/// The sub-commands.
#[derive(Debug, Subcommand)]
pub(crate) enum PreviewsCommand {
    /// Ask servers to make previews; `mudlark jobs list` shows what is left to do.
    Rebuild {
        /// Of which versions; all that is given must hold.
        #[arg(long = "where", value_name = "WHICH", required = true)]
        which: Vec<Which>,
        /// Only of files with this extension, such as psd.
        #[arg(long)]
        extension: Option<String>,
        /// Only in this workspace.
        #[arg(long, value_name = "ID")]
        workspace: Option<WorkspaceId>,
        #[command(flatten)]
        flags: AdminFlags,
    },
}

/// Which versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Which {
    /// All.
    All,
    /// Those that nobody has looked at yet, such as those from before there were previews.
    Missing,
    /// Those whose file could not be read.
    Failed,
    /// Those that an older program has looked at, whose readers knew less.
    Outdated,
}

impl PreviewsCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let Self::Rebuild { which, extension, workspace, flags } = self;
        let filter = PreviewFilter {
            workspace_id: workspace,
            is_missing: which.contains(&Which::Missing),
            has_failed: which.contains(&Which::Failed),
            readers_before: which.contains(&Which::Outdated).then_some(mudlark_previews::READERS),
            extension: extension.map(|extension| extension.trim_start_matches('.').to_lowercase()),
        };
        block_on(async {
            let admin = Admin::open(&flags).await?;
            let asked = rebuild(&admin, &filter).await?;
            if flags.json {
                return output::object(true, &json!({"asked_for": asked}));
            }
            println!(
                "{asked} previews are asked for; servers make them as they come to it: see `mudlark jobs list`"
            );
            Ok(())
        })
    }
}

async fn rebuild(admin: &Admin, filter: &PreviewFilter) -> anyhow::Result<u64> {
    let (mut asked, mut after) = (0, None);
    // What is made anew of one content goes to all that have it.
    let mut seen = HashSet::new();
    loop {
        let store = &admin.data.store;
        let versions = store.read().await?.list_versions_to_preview(filter, after, BATCH).await?;
        let Some(last) = versions.last() else { return Ok(asked) };
        after = Some(last.id);
        let mut tx = store.begin().await?;
        for version in versions {
            if version.preview_id.is_some_and(|preview| !seen.insert(preview)) {
                continue;
            }
            let kind = if version.preview_id.is_some() { JobKind::PreviewAnew } else { JobKind::Preview };
            tx.enqueue_job(&kind.about(&admin.clock, version.id, Some(version.account_id))).await?;
            asked += 1;
        }
        tx.commit().await?;
    }
}
