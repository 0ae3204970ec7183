//! `mudlark migrate-schema`: the database's schema brought up to date ahead of a server, or only looked at.

use mudlark_store::SchemaSteps;
use serde_json::json;

use super::{block_on, output};
use crate::cli::{AdminFlags, ExitWith};
use crate::data_dir::DataDir;

/// Bring the database's schema up to date, as the first server of a new version would; servers of the version before may run
/// on meanwhile.
#[derive(Debug, clap::Args)]
pub(crate) struct MigrateSchemaCommand {
    /// Change nothing; end with 0 when there is nothing to do, with 1 when there is.
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    flags: AdminFlags,
}

impl MigrateSchemaCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        block_on(async {
            let settings = self.flags.settings();
            let before = DataDir::schema_steps(&settings).await?;
            let missing = before.known - before.taken;
            if !self.check && missing > 0 {
                DataDir::open(&settings).await?;
            }
            if self.flags.json {
                let taken = if self.check { before.taken } else { before.known };
                let report = json!({"taken": taken, "known": before.known, "was": before.taken});
                output::object(true, &report)?;
            } else {
                println!("{}", sentence(before, self.check));
            }
            if self.check && missing > 0 { Err(ExitWith(1).into()) } else { Ok(()) }
        })
    }
}

fn sentence(before: SchemaSteps, only_looked: bool) -> String {
    let SchemaSteps { taken, known } = before;
    if taken == known {
        return format!("the schema is up to date: step {known}");
    }
    if only_looked {
        return format!(
            "the schema is at step {taken} of {known}; `mudlark migrate-schema`, or a server, takes the rest"
        );
    }
    format!("the schema was at step {taken}, and is now at {known}")
}
