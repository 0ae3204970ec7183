//! What a move tells at its end, and what to run next. Never a password or a secret.

use mudlark_store::RowsCopied;
use serde_json::{Value, json};

use super::files::FilesMoved;
use super::not_moved;
use super::places::Places;
use crate::admin::output;
use crate::config::Settings;
use crate::storage;
use crate::views::digest_of;

pub(super) struct Report {
    pub(super) files: FilesMoved,
    pub(super) rows: RowsCopied,
    pub(super) is_moved: bool,
    /// Where all is then, without passwords.
    database: String,
    storage: String,
    /// The command line of the new server.
    serve: String,
    needs_database_url: bool,
    moves_files: bool,
}

impl Report {
    pub(super) fn new(places: &Places) -> anyhow::Result<Self> {
        Ok(Self {
            files: FilesMoved::default(),
            rows: RowsCopied::default(),
            is_moved: false,
            database: places.database_name(),
            storage: storage::name_of(&places.to)?,
            serve: serve_line(&places.to),
            needs_database_url: places.to.database_url.is_some(),
            moves_files: places.moves_files,
        })
    }

    /// *Errors*: some files stay behind.
    pub(super) fn print(&self, json: bool) -> anyhow::Result<()> {
        self.print_figures(json)?;
        if json {
            return self.outcome();
        }
        if !self.is_moved {
            println!(
                "the old installation goes on as it is. To move it, stop its server and run this again without --files-only"
            );
            return self.outcome();
        }
        println!("moved: the database is {}, the files are in {}. Next:\n", self.database, self.storage);
        if self.needs_database_url {
            println!("  export MUDLARK_DATABASE_URL='…'   # the address that this was given");
        }
        println!("  {}\n", self.serve);
        println!(
            "What was there before is as it was, but nobody serves it by mistake; `mudlark migrate --undo` takes that back. \
             Once the new server works and is backed up, it may go"
        );
        self.outcome()
    }

    /// The end of a run that leaves all where it was, because files are not whole.
    pub(super) fn print_not_moved(&self, json: bool) -> anyhow::Result<()> {
        self.print_figures(json)?;
        if !json {
            println!(
                "nothing has moved: these files are not whole where they are. `mudlark fsck --repair` may bring some \
                 back, and so does uploading them again; with --allow-damaged all else moves without them"
            );
        }
        Err(not_moved())
    }

    fn outcome(&self) -> anyhow::Result<()> {
        // Whoever allowed damaged files has been told of them, and has what they asked for.
        if self.is_moved || self.files.faulty.is_empty() { Ok(()) } else { Err(not_moved()) }
    }

    fn print_figures(&self, json: bool) -> anyhow::Result<()> {
        let FilesMoved { count, new_count, new_bytes, faulty } = &self.files;
        let faulty: Vec<Value> = faulty
            .iter()
            .map(|file| {
                json!({
                    "fault": file.fault.as_str(),
                    "account_id": file.row.account_id,
                    "sha256": digest_of(&file.row.sha256).map(|sha256| sha256.to_string()),
                    "size_bytes": file.row.size_bytes,
                    "places": file.places,
                })
            })
            .collect();
        if json {
            let report = json!({
                "moved": self.is_moved, "files": count, "copied": new_count, "copied_bytes": new_bytes,
                "faulty": faulty, "tables": self.rows.tables, "rows": self.rows.rows,
                "database": self.database, "storage": self.storage, "serve": self.serve,
            });
            return output::object(true, &report);
        }
        if !faulty.is_empty() {
            output::list(false, &faulty, &["fault", "account_id", "sha256", "size_bytes", "places"])?;
        }
        if self.moves_files {
            println!(
                "{count} files are at the new place, {new_count} of them new ({new_bytes} bytes); {} stay behind",
                faulty.len()
            );
        }
        if self.rows.rows > 0 {
            println!("{} rows of {} tables are in the new database", self.rows.rows, self.rows.tables);
        }
        Ok(())
    }
}

/// How the new server is started, without what is secret.
fn serve_line(settings: &Settings) -> String {
    let quoted = |text: &str| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-:".contains(c);
        if text.chars().all(is_plain) {
            text.to_owned()
        } else {
            format!("'{}'", text.replace('\'', r"'\''"))
        }
    };
    let mut line = format!("mudlark serve --data {}", quoted(&settings.data.to_string_lossy()));
    let mut add = |flag: &str, value: Option<&str>| {
        if let Some(value) = value {
            line += &format!(" --{flag} {}", quoted(value));
        }
    };
    let path =
        |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
    add("secrets", path(&settings.secrets).as_deref());
    add("storage", settings.storage.as_ref().and_then(|url| url.checked()));
    add("storage-credentials", path(&settings.storage_credentials).as_deref());
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_is_good_for_a_shell_and_names_no_database() {
        let settings = Settings {
            data: "/srv/new art".into(),
            secrets: Some("/etc/mudlark/secrets.json".into()),
            database_url: "postgres://u:hunter2@db/d".parse().ok(),
            storage: "s3://art/m?endpoint=http://s3:9000&region=x".parse().ok(),
            ..Settings::default()
        };
        assert_eq!(
            serve_line(&settings),
            "mudlark serve --data '/srv/new art' --secrets /etc/mudlark/secrets.json \
             --storage 's3://art/m?endpoint=http://s3:9000&region=x'"
        );
    }
}
