//! Request rates beside a constant: `/auth/token`, and one asset out of a full database.
//! Both sides get the same bytes from the same clients, in turns.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::bare::BareArgs;
use crate::children::{Running, Server};
use crate::client::{Load, Tally};
use crate::report::{Detail, Figure, Round, median};
use crate::run::Run;

/// Before the rounds, each side is driven this long without being measured.
const WARM_UP: Duration = Duration::from_secs(1);

/// Least part of the bare rate that `/auth/token` must reach.
const TOKEN_BOUND: f64 = 0.1;

/// Least part of the bare rate that an asset must reach.
const ASSET_BOUND: f64 = 0.3;

/// `/auth/token` with the same right credentials again and again.
pub(crate) fn measure_token(run: &mut Run<'_>) -> Result<()> {
    let api = run.log_in()?;
    let request = api.token_request();
    let token_bytes = api.answer_bytes(run.runtime, &request)?;
    let bare = run.start_bare(&BareArgs { token_bytes, asset_bytes: 0, files: run.folder("files")? })?;
    let name = format!("/auth/token, {} clients", run.options.clients);
    let figure = compare(run, name, vec![request], &bare, TOKEN_BOUND)?;
    run.report.figures.push(figure);
    Ok(())
}

/// One asset at a time, by id, with a token.
pub(crate) fn measure_asset(run: &mut Run<'_>) -> Result<()> {
    let api = run.log_in()?;
    let mut requests = Vec::new();
    let mut asset_bytes = 0;
    for asset_id in run.kept.pick(run.options.ids)? {
        let request = api.asset_request(asset_id);
        // Each answer is looked at once; in the rounds only its status and length are.
        let asset: Value = api.ask(run.runtime, &request)?;
        if requests.is_empty() {
            asset_bytes = api.answer_bytes(run.runtime, &request)?;
        }
        ensure!(asset["id"] == asset_id, "asked for the asset {asset_id}, got {}", asset["id"]);
        requests.push(request);
    }
    let bare = run.start_bare(&BareArgs { token_bytes: 0, asset_bytes, files: run.folder("files")? })?;
    let name = format!("GET asset, {} of {} assets", requests.len(), run.kept.asset_ids.len());
    let figure = compare(run, name, requests, &bare, ASSET_BOUND)?;
    run.report.figures.push(figure);
    Ok(())
}

/// One side of a comparison: its load, its process, and what each round gave.
struct Side<'run> {
    load: Load,
    process: &'run Running,
    rounds: Vec<Measured>,
}

/// One side's round.
struct Measured {
    tally: Tally,
    cpu_us_per_request: f64,
}

impl<'run> Side<'run> {
    fn new(server: &'run Server, requests: &Arc<Vec<Vec<u8>>>, clients: usize) -> Self {
        let load = Load { address: server.address, requests: Arc::clone(requests), clients };
        Self { load, process: &server.process, rounds: Vec::new() }
    }

    /// Drives it for a round and remembers what came out.
    fn measure(&mut self, run: &Run<'_>, length: Duration) -> Result<()> {
        let cpu_before_s = self.process.cpu_s()?;
        let tally = run.runtime.block_on(self.load.run(length))?;
        let cpu_s = self.process.cpu_s()? - cpu_before_s;
        let cpu_us_per_request = cpu_s * 1e6 / tally.count();
        self.rounds.push(Measured { tally, cpu_us_per_request });
        Ok(())
    }

    fn median_of(&self, value: impl Fn(&Measured) -> f64) -> f64 {
        median(self.rounds.iter().map(value))
    }
}

/// Drives our server and the bare one in turns; every second round begins with the other side.
fn compare(run: &Run<'_>, name: String, requests: Vec<Vec<u8>>, bare: &Server, bound: f64) -> Result<Figure> {
    let requests = Arc::new(requests);
    let mut ours = Side::new(&run.server, &requests, run.options.clients);
    let mut reference = Side::new(bare, &requests, run.options.clients);
    eprintln!("{name}: warming up");
    run.runtime.block_on(ours.load.run(WARM_UP)).context("our server")?;
    run.runtime.block_on(reference.load.run(WARM_UP)).context("the bare server")?;
    let length = Duration::from_secs_f64(run.options.seconds);
    for number in 0..run.options.rounds {
        if number % 2 == 0 {
            ours.measure(run, length).context("our server")?;
            reference.measure(run, length).context("the bare server")?;
        } else {
            reference.measure(run, length).context("the bare server")?;
            ours.measure(run, length).context("our server")?;
        }
        eprintln!(
            "{name}: round {} of {}: {:.0} /s, bare {:.0} /s",
            number + 1,
            run.options.rounds,
            ours.rounds[number].tally.rate_per_s,
            reference.rounds[number].tally.rate_per_s
        );
    }
    let detail = |name, unit, value: &dyn Fn(&Measured) -> f64| Detail {
        name,
        unit,
        ours: ours.median_of(value),
        reference: Some(reference.median_of(value)),
    };
    let details = vec![
        detail("latency p50", "ms", &|round| round.tally.latency_ms(50.0)),
        detail("latency p99", "ms", &|round| round.tally.latency_ms(99.0)),
        detail("processor time a request", "µs", &|round| round.cpu_us_per_request),
    ];
    let both = ours.rounds.iter().zip(&reference.rounds);
    let rounds = both
        .map(|(ours, reference)| Round { ours: ours.tally.rate_per_s, reference: reference.tally.rate_per_s })
        .collect();
    Ok(Figure { name, unit: "/s", reference_name: "bare".to_owned(), bound, rounds, details })
}
