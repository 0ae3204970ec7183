//! Request rates beside a constant: `/auth/token`, and one asset out of a full database.
//! Both sides get the same bytes from the same clients, in turns; another making of `/auth/token` gets its own request.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::api::Api;
use crate::bare::BareArgs;
use crate::children::{Running, Server};
use crate::client::{Load, Tally};
use crate::oidc;
use crate::program::target_folder;
use crate::report::{Detail, Figure, Round, median};
use crate::run::{Run, root};
use crate::words;

/// Before the rounds, each side is driven this long without being measured.
pub(crate) const WARM_UP: Duration = Duration::from_secs(1);

/// Least part of the bare rate that `/auth/token` must reach.
const TOKEN_BOUND: f64 = 0.2;

/// What the slowest hundredth of `/auth/token` must stay below. *Units*: milliseconds.
const TOKEN_P99_BOUND_MS: f64 = 15.0;

/// Least multiple of oidc-provider's rate that `/auth/token` must reach.
const OIDC_PROVIDER_BOUND: f64 = 3.0;

/// Least part of the bare rate that an asset must reach.
const ASSET_BOUND: f64 = 0.3;

/// `/auth/token` with the same right credentials again and again.
pub(crate) fn measure_token(run: &mut Run<'_>) -> Result<()> {
    let api = run.log_in()?;
    let request = api.token_request();
    let token_bytes = api.answer_bytes(run.runtime, &request)?;
    let bare = run.start_bare(&BareArgs { token_bytes, asset_bytes: 0, files: run.folder("files")? })?;
    let name = format!("/auth/token, {} clients", run.options.clients);
    let requests = Arc::new(vec![request]);
    let (ours, reference) = (Contender::ours(&run.server, &requests), Contender::bare(&bare, &requests));
    let mut figure = compare(run, name, &ours, &reference, TOKEN_BOUND)?;
    for detail in figure.details.iter_mut().filter(|detail| detail.name == LATENCY_P99) {
        detail.below = Some(TOKEN_P99_BOUND_MS);
    }
    run.report.figures.push(figure);
    if run.options.no_oidc_provider {
        run.report.notes.push("/auth/token beside oidc-provider: left out, as asked".to_owned());
        return Ok(());
    }
    match compare_with_oidc_provider(run, &requests) {
        Ok(figures) => run.report.figures.extend(figures),
        Err(broken) => {
            let what = format!("/auth/token beside oidc-provider: {broken:#}");
            eprintln!("NOT MEASURED: {what}");
            run.report.not_measured.push(what);
        }
    }
    Ok(())
}

/// The same exchange by npm's oidc-provider, on as many workers as the machine of the bounds has cores. It keeps nothing on
/// a disk; so ours is held against it twice: as it is by default, each token waiting until its line in the audit trail is on
/// the disk, and by the setting that lets the lines follow.
fn compare_with_oidc_provider(run: &Run<'_>, ours: &Arc<Vec<Vec<u8>>>) -> Result<[Figure; 2]> {
    let folder = target_folder(root()).join("bench-oidc-provider");
    let script = oidc::find_or_install(root(), &folder)?;
    let log = run.folder("oidc-provider")?.join("stderr.log");
    let server = oidc::start(run.children, &script, &log)?;
    let requests = Arc::new(vec![oidc::token_request(run.runtime, &server)?]);
    let reference = Contender { name: "oidc-provider", servers: vec![&server], requests, tells_time: false };
    let name = "/auth/token beside oidc-provider".to_owned();
    let durable = compare(run, name, &Contender::ours(&run.server, ours), &reference, OIDC_PROVIDER_BOUND)?;
    let program = run.program.on(run.folder("relaxed")?.join("data"));
    let credentials = program.set_up()?;
    let log = run.folder("relaxed")?.join("mudlark.log");
    let relaxed = program.serve(run.children, &log, &["--audit-durability", "relaxed"])?;
    let api = Api::log_in(run.runtime, relaxed.address, &credentials)?;
    let requests = Arc::new(vec![api.token_request()]);
    let name = "  with --audit-durability relaxed".to_owned();
    let ours = Contender::ours(&relaxed, &requests);
    let relaxed = compare(run, name, &ours, &reference, OIDC_PROVIDER_BOUND)?;
    Ok([durable, relaxed])
}

/// Least part of the bare rate that a search must reach.
const SEARCH_BOUND: f64 = 0.05;

/// What the slowest hundredth of searches must stay below. *Units*: milliseconds.
const SEARCH_P99_BOUND_MS: f64 = 20.0;

/// Rows that a search asks for.
pub(crate) const SEARCH_ROWS: usize = 50;

/// Searches by a piece of a word: of words that many assets have, and of words that few have.
pub(crate) fn measure_search(run: &mut Run<'_>) -> Result<()> {
    let assets = run.kept.asset_ids.len();
    for (kind, words) in [("common", &words::COMMON), ("rare", &words::RARE)] {
        let api = run.log_in()?;
        let matches = assets / words.count;
        let mut requests = Vec::new();
        let mut answer_bytes = 0;
        for number in 0..words.count.min(run.options.ids) {
            // Without its first character: a piece.
            let request = api.search_request(&words.word(number)[1..], SEARCH_ROWS);
            // Each answer is looked at once; in the rounds only its status is.
            let found: Value = api.ask(run.runtime, &request)?;
            let found = found.as_array().map_or(0, Vec::len);
            let expected = matches.min(SEARCH_ROWS);
            ensure!(found.abs_diff(expected) <= 1, "a search found {found} of {expected} assets");
            answer_bytes = api.answer_bytes(run.runtime, &request)?;
            requests.push(request);
        }
        let args = BareArgs { token_bytes: 0, asset_bytes: answer_bytes, files: run.folder("files")? };
        let bare = run.start_bare(&args)?;
        let name = format!("search, {kind} words ({matches} of {assets} match)");
        let requests = Arc::new(requests);
        let (ours, reference) = (Contender::ours(&run.server, &requests), Contender::bare(&bare, &requests));
        let mut figure = compare(run, name, &ours, &reference, SEARCH_BOUND)?;
        for detail in figure.details.iter_mut().filter(|detail| detail.name == LATENCY_P99) {
            detail.below = Some(SEARCH_P99_BOUND_MS);
        }
        run.report.figures.push(figure);
    }
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
    let requests = Arc::new(requests);
    let (ours, reference) = (Contender::ours(&run.server, &requests), Contender::bare(&bare, &requests));
    let figure = compare(run, name, &ours, &reference, ASSET_BOUND)?;
    run.report.figures.push(figure);
    Ok(())
}

const LATENCY_P99: &str = "latency p99";

/// One that takes part in a comparison.
pub(crate) struct Contender<'run> {
    pub(crate) name: &'static str,
    /// Asked alike.
    pub(crate) servers: Vec<&'run Server>,
    pub(crate) requests: Arc<Vec<Vec<u8>>>,
    /// False where processor time is used by processes that are not known here: it is not told then.
    pub(crate) tells_time: bool,
}

impl<'run> Contender<'run> {
    /// A server of ours.
    pub(crate) fn ours(server: &'run Server, requests: &Arc<Vec<Vec<u8>>>) -> Self {
        Self { name: "ours", servers: vec![server], requests: Arc::clone(requests), tells_time: true }
    }

    /// The reference that answers a constant.
    fn bare(server: &'run Server, requests: &Arc<Vec<Vec<u8>>>) -> Self {
        Self { name: "bare", ..Self::ours(server, requests) }
    }
}

/// One side of a comparison: its load, its processes, and what each round gave.
struct Side<'run> {
    name: &'static str,
    load: Load,
    processes: Vec<&'run Running>,
    rounds: Vec<Measured>,
}

/// One side's round.
struct Measured {
    tally: Tally,
    cpu_us_per_request: f64,
}

impl<'run> Side<'run> {
    fn new(contender: &Contender<'run>, clients: usize) -> Self {
        let load = Load {
            addresses: contender.servers.iter().map(|server| server.address).collect(),
            requests: Arc::clone(&contender.requests),
            clients,
        };
        let processes = contender.servers.iter().map(|server| &server.process).collect();
        Self { name: contender.name, load, processes, rounds: Vec::new() }
    }

    fn cpu_s(&self) -> Result<f64> {
        self.processes.iter().map(|process| process.cpu_s()).sum()
    }

    fn warm_up(&self, run: &Run<'_>) -> Result<()> {
        run.runtime.block_on(self.load.run(WARM_UP)).map(drop).context(self.name)
    }

    /// Drives it for a round and remembers what came out.
    fn measure(&mut self, run: &Run<'_>, length: Duration) -> Result<()> {
        let cpu_before_s = self.cpu_s()?;
        let tally = run.runtime.block_on(self.load.run(length)).context(self.name)?;
        let cpu_s = self.cpu_s()? - cpu_before_s;
        let cpu_us_per_request = cpu_s * 1e6 / tally.count();
        self.rounds.push(Measured { tally, cpu_us_per_request });
        Ok(())
    }

    fn median_of(&self, value: impl Fn(&Measured) -> f64) -> f64 {
        median(self.rounds.iter().map(value))
    }
}

/// Drives ours and the reference in turns; every second round begins with the other side.
pub(crate) fn compare(
    run: &Run<'_>,
    name: String,
    measured: &Contender<'_>,
    against: &Contender<'_>,
    bound: f64,
) -> Result<Figure> {
    let mut ours = Side::new(measured, run.options.clients);
    let mut reference = Side::new(against, run.options.clients);
    eprintln!("{name}: warming up");
    ours.warm_up(run)?;
    reference.warm_up(run)?;
    let length = Duration::from_secs_f64(run.options.seconds);
    for number in 0..run.options.rounds {
        if number % 2 == 0 {
            ours.measure(run, length)?;
            reference.measure(run, length)?;
        } else {
            reference.measure(run, length)?;
            ours.measure(run, length)?;
        }
        eprintln!(
            "{name}: round {} of {}: {:.0} /s, {} {:.0} /s",
            number + 1,
            run.options.rounds,
            ours.rounds[number].tally.rate_per_s,
            against.name,
            reference.rounds[number].tally.rate_per_s
        );
    }
    let detail = |name, unit, value: &dyn Fn(&Measured) -> f64| Detail {
        name,
        unit,
        ours: ours.median_of(value),
        reference: Some(reference.median_of(value)),
        below: None,
    };
    let mut details = vec![
        detail("latency p50", "ms", &|round| round.tally.latency_ms(50.0)),
        detail(LATENCY_P99, "ms", &|round| round.tally.latency_ms(99.0)),
        detail("processor time a request", "µs", &|round| round.cpu_us_per_request),
    ];
    if !against.tells_time {
        details.iter_mut().filter(|detail| detail.unit == "µs").for_each(|detail| detail.reference = None);
    }
    let both = ours.rounds.iter().zip(&reference.rounds);
    let rounds = both
        .map(|(ours, reference)| Round { ours: ours.tally.rate_per_s, reference: reference.tally.rate_per_s })
        .collect();
    Ok(Figure { name, unit: "/s", reference_name: against.name.to_owned(), bound, rounds, details })
}
