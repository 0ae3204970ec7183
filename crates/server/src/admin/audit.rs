//! `mudlark audit …`.

use std::fs::File;
use std::io::{BufReader, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Subcommand, ValueEnum};
use mudlark_auth::AuditChain;
use mudlark_store::AuditFilter;
use mudlark_types::{AccountId, AuditAction, AuditOutcome, UserId};
use serde_json::{Value, json};

use super::{Admin, audit_copy, block_on, output};
use crate::cli::AdminFlags;
use crate::ops::audit::verify::{Verified, verify};
use crate::views;

/// The sub-commands.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// List lines, newest first.
    List {
        /// Only lines that concern this account.
        #[arg(long, value_name = "ID")]
        account: Option<AccountId>,
        /// Only this action, such as key.created or token.refused.
        #[arg(long)]
        action: Option<AuditAction>,
        /// Only what was allowed, or refused.
        #[arg(long)]
        outcome: Option<AuditOutcome>,
        /// Only what was done with this key, or to it.
        #[arg(long)]
        key: Option<String>,
        /// Only what this user has done.
        #[arg(long, value_name = "USER_ID")]
        user: Option<UserId>,
        /// From this moment on, such as 2026-11-22T10:15:00Z.
        #[arg(long, value_name = "TIME", value_parser = moment)]
        since: Option<i64>,
        /// Before this moment.
        #[arg(long, value_name = "TIME", value_parser = moment)]
        until: Option<i64>,
        /// How many at the most.
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
        limit: i64,
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// Check that no line was changed, removed, moved or cut off. Exit code 1 says that one was.
    Verify {
        /// Check this export (jsonl) as well: that it is whole, and that the database still has what it has.
        #[arg(long, value_name = "EXPORT")]
        file: Option<PathBuf>,
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// Copy the whole trail out, oldest line first.
    Export {
        /// jsonl can be checked with `verify --file`; csv is for spreadsheets.
        #[arg(long, value_enum, default_value = "jsonl")]
        format: Format,
        /// The file to write; standard output by default.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        flags: AdminFlags,
    },
}

/// The forms of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One JSON object a line.
    Jsonl,
    /// RFC 4180, with nothing that a spreadsheet would take for a formula.
    Csv,
}

fn moment(text: &str) -> Result<i64, String> {
    let moment: Result<jiff::Timestamp, _> = text.parse();
    moment
        .map(jiff::Timestamp::as_millisecond)
        .map_err(|_| "must be a moment such as 2026-11-22T10:15:00Z".into())
}

impl AuditCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        block_on(async {
            match self {
                Self::List { account, action, outcome, key, user, since, until, limit, flags } => {
                    let filter = AuditFilter {
                        account_id: account,
                        action,
                        outcome,
                        key_id: key,
                        user_id: user,
                        since_ms: since,
                        until_ms: until,
                    };
                    list(&flags, &filter, limit).await
                }
                Self::Verify { file, flags } => verify_trail(&flags, file.as_deref()).await,
                Self::Export { format, output, flags } => export(&flags, format, output.as_deref()).await,
            }
        })
    }
}

async fn list(flags: &AdminFlags, filter: &AuditFilter, limit: i64) -> anyhow::Result<()> {
    let admin = Admin::open_unchanged(flags).await?;
    let rows = admin.data.store.read().await?.list_audit_entries(filter, i64::MAX, limit).await?;
    let mut shown: Vec<Value> = Vec::with_capacity(rows.len());
    for row in rows {
        let sequence = row.sequence;
        let entry = views::audit_entry(row).map_err(|_| {
            anyhow::anyhow!(
                "line {sequence} is not as it was written; `mudlark audit verify` looks at the whole"
            )
        })?;
        shown.push(serde_json::to_value(entry)?);
    }
    if !flags.json {
        shown.iter_mut().for_each(printable);
    }
    let columns = ["sequence", "at", "action", "outcome", "reason", "key", "address", "subject"];
    output::list(flags.json, &shown, &columns)
}

/// A terminal must not take what a client wrote for orders or for a further line.
fn printable(entry: &mut Value) {
    for member in entry.as_object_mut().into_iter().flat_map(serde_json::Map::values_mut) {
        if let Value::String(text) = member {
            *text = audit_copy::visible(text);
        }
    }
}

async fn verify_trail(flags: &AdminFlags, file: Option<&Path>) -> anyhow::Result<()> {
    let admin = Admin::open_unchanged(flags).await?;
    let chain = AuditChain::new(&admin.data.vault);
    let mut session = admin.data.store.read().await?;
    let exported = match file {
        Some(path) => {
            let opened = File::open(path).with_context(|| format!("{} can't be read", path.display()))?;
            let verified = audit_copy::verify(BufReader::new(opened), &chain)
                .with_context(|| format!("{} is not an export of the audit trail", path.display()))?;
            if let Some(fault) = &verified.fault {
                return not_whole(flags, &path.display().to_string(), verified.lines, &fault.to_string());
            }
            Some(verified)
        }
        None => None,
    };
    let mut progress = Progress::new(!flags.json && std::io::stderr().is_terminal());
    let verified = verify(&mut session, &chain, |done, all| progress.show(done, all)).await?;
    progress.clear();
    if let Some(fault) = &verified.fault {
        return not_whole(flags, "database", verified.lines, &fault.to_string());
    }
    if verified.lines == 0 && !session.list_accounts().await?.is_empty() {
        return not_whole(flags, "database", 0, "removed: there is no line at all, but there are accounts");
    }
    if let Some(exported) = exported {
        let at = exported.lines;
        let here = session.list_audit_entries_after(at - 1, 1).await?;
        let is_there =
            at == 0 || here.first().is_some_and(|row| row.sequence == at && row.mac == exported.last_mac);
        if !is_there {
            let what =
                format!("cut off or written anew: the export's line {at} is not in the database any more");
            return not_whole(flags, "database", verified.lines, &what);
        }
    }
    shown_whole(flags, &verified)
}

fn shown_whole(flags: &AdminFlags, verified: &Verified) -> anyhow::Result<()> {
    if flags.json {
        return output::object(true, &json!({ "whole": true, "lines": verified.lines }));
    }
    writeln!(std::io::stdout(), "whole: {} lines, none changed, removed, moved or cut off", verified.lines)?;
    Ok(())
}

/// Says what is wrong, and ends with an error.
fn not_whole(flags: &AdminFlags, place: &str, lines: i64, fault: &str) -> anyhow::Result<()> {
    if flags.json {
        let kind = fault.split(':').next().unwrap_or_default();
        let report = json!({
            "whole": false, "place": place, "lines": lines, "first_bad": lines + 1, "fault": kind, "message": fault,
        });
        output::object(true, &report)?;
    }
    bail!(
        "the audit trail is not whole ({place}): {fault}; the {lines} lines before are as they were written"
    )
}

async fn export(flags: &AdminFlags, format: Format, path: Option<&Path>) -> anyhow::Result<()> {
    let admin = Admin::open_unchanged(flags).await?;
    let mut session = admin.data.store.read().await?;
    let Some(path) = path else {
        let mut out = BufWriter::new(std::io::stdout().lock());
        audit_copy::write(&mut session, format, &mut out).await?;
        return Ok(out.flush()?);
    };
    let cannot = || format!("{} can't be written", path.display());
    let file = private_file(path).with_context(cannot)?;
    let mut out = BufWriter::new(file);
    let lines = audit_copy::write(&mut session, format, &mut out).await?;
    out.into_inner()
        .map_err(std::io::IntoInnerError::into_error)
        .and_then(|file| file.sync_all())
        .with_context(cannot)?;
    output::object(flags.json, &json!({ "file": path.display().to_string(), "lines": lines }))
}

/// A file for its owner alone. One that is there already is never written over.
fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A bar on a terminal.
struct Progress {
    is_shown: bool,
    percent: i64,
}

impl Progress {
    fn new(is_shown: bool) -> Self {
        Self { is_shown, percent: -1 }
    }

    fn show(&mut self, done: i64, all: i64) {
        let percent = done.saturating_mul(100) / all.max(1);
        if self.is_shown && percent != self.percent {
            self.percent = percent;
            let filled = usize::try_from(percent / 4).unwrap_or(0);
            eprint!("\r[{:25}] {percent:3} %  {done} of {all} lines", "#".repeat(filled));
        }
    }

    fn clear(&mut self) {
        if self.is_shown && self.percent >= 0 {
            eprint!("\r{:70}\r", "");
        }
    }
}
