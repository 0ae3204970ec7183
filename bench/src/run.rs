//! One run: the program built, set up and started, the parts measured one after another, and what all parts share.
//! The parts themselves are in `rates`, `writes`, `timing`, `revocation`, `transfers`, `previews`, `similar` and `growth`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::api::Api;
use crate::bare::BareArgs;
use crate::children::{Children, Server};
use crate::program::{self, Program};
use crate::report::Report;
use crate::seed::Kept;
use crate::{
    Options, Part, databases, growth, previews, rates, revocation, similar, timing, transfers, writes,
};

/// What every part works with.
#[derive(Debug)]
pub(crate) struct Run<'options> {
    /// What was asked for.
    pub(crate) options: &'options Options,
    /// Two worker threads that send the load to either side.
    pub(crate) runtime: &'options Runtime,
    /// Processes of this run.
    pub(crate) children: &'options Children,
    /// The measured program.
    pub(crate) program: Program,
    /// Its running server.
    pub(crate) server: Server,
    /// Account, key and assets.
    pub(crate) kept: Kept,
    /// Where `kept` is written, when the data is kept.
    kept_file: Option<PathBuf>,
    /// Figures so far.
    pub(crate) report: Report,
    /// Removed when the run is over. After `server`, so that nothing writes into it any more.
    folder: TempDir,
}

/// The workspace's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Where the run's own folder is made: beside the kept data, or among what cargo builds; both are on a disk, unlike many a `/tmp`.
pub(crate) fn base_folder(options: &Options) -> PathBuf {
    options.data.clone().unwrap_or_else(|| program::target_folder(root()))
}

/// Measures what `options` ask for.
///
/// # Errors
/// When something can't be measured: no build, no server, an answer that is not a 200, wrong bytes.
pub(crate) fn run(options: &Options, runtime: &Runtime, children: &Children) -> Result<Report> {
    let path = match &options.program {
        Some(path) => path.clone(),
        None => program::build(root())?,
    };
    let base = base_folder(options);
    fs::create_dir_all(&base).with_context(|| format!("creating {}", base.display()))?;
    let folder = tempfile::Builder::new().prefix("mudlark-bench-").tempdir_in(&base)?;
    let data = options.data.as_ref().map_or_else(|| folder.path().join("data"), |kept| kept.join("data"));
    let program = Program::new(path, data);
    let kept_file = options.data.as_ref().map(|kept| kept.join("bench.json"));
    let kept = match kept_file.as_deref().map(Kept::find).transpose()?.flatten() {
        Some(kept) => kept,
        None => Kept { credentials: program.set_up()?, asset_ids: Vec::new() },
    };
    // A hundred thousand small files would be looked at for hours beside all else that is measured.
    let settings = ["--preview-workers", "0"];
    let server = program.serve(children, &folder.path().join("mudlark.log"), &settings)?;
    let report = Report::default();
    let mut run = Run { options, runtime, children, program, server, kept, kept_file, report, folder };
    let measured = run.measure();
    let last_words = run.server.process.log_tail();
    if measured.is_err() && !last_words.is_empty() {
        eprintln!(
            "the server's last words:
{last_words}"
        );
    }
    measured.map(|()| run.report)
}

impl Run<'_> {
    /// All parts that were asked for, in order.
    fn measure(&mut self) -> Result<()> {
        if self.wants(Part::Token) {
            rates::measure_token(self)?;
            self.note_memory("token")?;
        }
        if self.wants(Part::Timing) {
            timing::measure_timing(self)?;
            self.note_memory("timing")?;
        }
        if self.wants(Part::Revocation) {
            revocation::measure_revocation(self)?;
            self.note_memory("revocation")?;
        }
        if [Part::Asset, Part::Search, Part::Write].into_iter().any(|part| self.wants(part)) {
            self.seed()?;
            self.note_memory("seeding")?;
        }
        if self.wants(Part::Asset) {
            rates::measure_asset(self)?;
            self.note_memory("asset")?;
        }
        if self.wants(Part::Search) {
            rates::measure_search(self)?;
            self.note_memory("search")?;
        }
        if self.wants(Part::Write) {
            writes::measure_writes(self)?;
            self.note_memory("writes")?;
        }
        if self.wants(Part::Upload) {
            transfers::measure_upload(self)?;
            self.note_memory("upload")?;
        }
        if self.wants(Part::Download) {
            transfers::measure_download(self)?;
            self.note_memory("download")?;
        }
        if self.wants(Part::Previews) {
            previews::measure_previews(self)?;
            self.note_memory("previews")?;
        }
        // It needs a PostgreSQL server.
        if self.options.only.contains(&Part::Databases) {
            databases::measure_databases(self)?;
        }
        if self.options.only.contains(&Part::Similar) {
            similar::measure_similar(self)?;
        }
        // Filling them takes many minutes.
        if self.options.only.contains(&Part::Growth) {
            growth::measure_growth(self)?;
        }
        if self.options.four_gib {
            transfers::check_four_gib(self)?;
            self.note_memory("4 GiB")?;
        }
        Ok(())
    }

    fn wants(&self, part: Part) -> bool {
        self.options.only.is_empty() || self.options.only.contains(&part)
    }

    /// Fills the database.
    fn seed(&mut self) -> Result<()> {
        eprintln!("seeding {} assets", self.options.assets);
        let api = self.log_in()?;
        let made = self.kept.seed(self.runtime, &api, self.options.assets, self.options.seed_clients);
        // What was made before a failure is there, and need not be made again.
        if let Some(file) = &self.kept_file {
            self.kept.keep(file)?;
        }
        if let Some(rate_per_s) = made? {
            let clients = self.options.seed_clients;
            self.report.notes.push(format!(
                "seeding: {rate_per_s:.0} small durable assets a second by multipart, {clients} clients"
            ));
        }
        settle()
    }

    fn note_memory(&mut self, after: &'static str) -> Result<()> {
        let bytes = self.server.process.peak_memory_bytes()?;
        self.report.peak_memory.push((after, bytes));
        Ok(())
    }

    /// A caller with a fresh token.
    pub(crate) fn log_in(&self) -> Result<Api> {
        Api::log_in(self.runtime, self.server.address, &self.kept.credentials)
    }

    /// A folder of the run, made when it isn't there yet; on the same filesystem as the server's data.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.path().join(name);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// Starts the bare reference: this very program under its hidden command, in a process of its own.
    pub(crate) fn start_bare(&self, answers: &BareArgs) -> Result<Server> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("bare");
        command.args(["--token-bytes", &answers.token_bytes.to_string()]);
        command.args(["--asset-bytes", &answers.asset_bytes.to_string()]);
        command.arg("--files").arg(&answers.files);
        self.children.start_server(&mut command, &self.folder.path().join("bare.log"))
    }
}

/// Lets the disk catch up, so that no measurement pays for what came before it.
pub(crate) fn settle() -> Result<()> {
    Command::new("sync").status().context("starting sync")?;
    Ok(())
}
