//! The same program on PostgreSQL beside SQLite, each with the same assets, and three processes on one database beside one.
//! Called by `run` where it is asked for by name; `cargo xtask bench` starts the PostgreSQL.

use std::sync::Arc;

use anyhow::{Context, Result};
use mudlark_store::Store;

use crate::api::Api;
use crate::children::Server;
use crate::growth::{WITHOUT_BYTES, asset_requests, fill};
use crate::program::Program;
use crate::rates::{Contender, compare};
use crate::run::{Run, settle};

/// The environment variable with the address of a PostgreSQL server, whose database is empty.
const POSTGRES: &str = "MUDLARK_TEST_POSTGRES_URL";

/// Assets in each database.
const ASSETS: usize = 10_000;

/// Least part of SQLite's rate that PostgreSQL must reach.
const POSTGRES_BOUND: f64 = 0.5;

/// Least multiple of one process's rate that several must reach together.
const PROCESSES_BOUND: f64 = 1.0;

/// How many several are.
const PROCESSES: usize = 3;

/// Servers on one database, and what is asked of them.
struct Filled {
    servers: Vec<Server>,
    tokens: Arc<Vec<Vec<u8>>>,
    assets: Arc<Vec<Vec<u8>>>,
}

impl Filled {
    /// Fills the database of `program`, which `open` opens, and starts so many servers on it.
    fn new(
        run: &Run<'_>,
        program: &Program,
        open: impl Future<Output = mudlark_store::Result<Store>>,
        servers: usize,
    ) -> Result<Self> {
        let credentials = program.set_up()?;
        run.runtime.block_on(async { fill(run.children, &open.await?, &credentials, ASSETS).await })?;
        settle()?;
        let folder = run.folder("databases")?;
        let start = |number| {
            let log = folder.join(format!("{}-{number}.log", credentials.account_id));
            program.serve(run.children, &log, WITHOUT_BYTES)
        };
        let servers: Vec<Server> = (0..servers).map(start).collect::<Result<_>>()?;
        let api = Api::log_in(run.runtime, servers[0].address, &credentials)?;
        Ok(Self {
            servers,
            tokens: Arc::new(vec![api.token_request()]),
            assets: Arc::new(asset_requests(&api, ASSETS)),
        })
    }

    fn one<'run>(&'run self, name: &'static str, requests: &Arc<Vec<Vec<u8>>>) -> Contender<'run> {
        Contender { name, ..Contender::ours(&self.servers[0], requests) }
    }

    fn all<'run>(&'run self, name: &'static str, requests: &Arc<Vec<Vec<u8>>>) -> Contender<'run> {
        Contender { servers: self.servers.iter().collect(), ..self.one(name, requests) }
    }
}

/// Tokens and assets by PostgreSQL beside SQLite; assets by three processes beside one.
pub(crate) fn measure_databases(run: &mut Run<'_>) -> Result<()> {
    let url = std::env::var(POSTGRES)
        .with_context(|| format!("{POSTGRES} names no server; `cargo xtask bench` starts one"))?;
    let folder = run.folder("databases")?;
    eprintln!("databases: filling two with {ASSETS} assets");
    let data = folder.join("sqlite");
    let file = data.join("mudlark.sqlite3");
    let sqlite = Filled::new(run, &run.program.on(data), Store::open_sqlite(&file), 1)?;
    let program = run.program.on_postgres(folder.join("postgres"), &url);
    let postgres = Filled::new(run, &program, Store::open_postgres(&url), PROCESSES)?;
    let clients = run.options.clients;
    let tokens = compare(
        run,
        format!("/auth/token on PostgreSQL, {clients} clients"),
        &postgres.one("PostgreSQL", &postgres.tokens),
        &sqlite.one("SQLite", &sqlite.tokens),
        POSTGRES_BOUND,
    )?;
    let assets = compare(
        run,
        format!("GET asset on PostgreSQL, {ASSETS} assets"),
        &postgres.one("PostgreSQL", &postgres.assets),
        &sqlite.one("SQLite", &sqlite.assets),
        POSTGRES_BOUND,
    )?;
    let together = compare(
        run,
        format!("GET asset by {PROCESSES} processes"),
        &postgres.all("together", &postgres.assets),
        &postgres.one("one process", &postgres.assets),
        PROCESSES_BOUND,
    )?;
    run.report.figures.extend([tokens, assets, together]);
    Ok(())
}
