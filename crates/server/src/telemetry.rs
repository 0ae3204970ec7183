//! Log lines and metrics. Neither holds a secret: what is logged of a request is its method, its path, never its
//! query, headers or body.

use std::io::{BufWriter, IsTerminal};
use std::sync::Once;

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder, Unit};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use mudlark_auth::LimitKind;
use mudlark_store::{ContentFault, JobCounts};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Settings};
use crate::jobs::{JobKind, WEBHOOK_DELIVERY};

/// Sends log lines to standard error, as the settings say. The first server of a process decides, and holds the
/// guard: when that falls, what is still queued is written.
///
/// *Why* by way of a thread: with each line written where it arises, the requests of all connections waited for each
/// other's lines (measured: less than half the rate of reads).
pub(crate) fn start_logging(settings: &Settings) -> anyhow::Result<Option<WorkerGuard>> {
    static STARTED: Once = Once::new();
    let filter = EnvFilter::try_new(&settings.log)
        .map_err(|error| anyhow::anyhow!("log must be a filter such as `info`: {error}"))?;
    let mut guard = None;
    STARTED.call_once(|| {
        // Nothing is dropped: where the terminal is slower than the server, the server waits.
        let (writer, worker) =
            NonBlockingBuilder::default().lossy(false).finish(BufWriter::new(std::io::stderr()));
        guard = Some(worker);
        let colours = std::io::stderr().is_terminal();
        let builder =
            tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(writer);
        match settings.log_format {
            LogFormat::Human => builder.with_target(false).init(),
            LogFormat::Json => builder.json().flatten_event(true).init(),
        }
    });
    Ok(guard)
}

/// The server's own metrics, apart from those of any other server in the process.
pub(crate) struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    /// Tokens given out.
    pub(crate) tokens_issued: Counter,
    /// Presented credentials that were refused.
    pub(crate) credentials_refused: Counter,
    /// Requests refused for too much, by `LimitKind`.
    pub(crate) limit_trips: [Counter; LimitKind::ALL.len()],
    /// Bytes of files that arrived whole.
    pub(crate) received_bytes: Counter,
    /// Bytes of files asked for.
    pub(crate) sent_bytes: Counter,
    /// Bytes of files that clients sent to the bucket themselves.
    pub(crate) direct_received_bytes: Counter,
    /// Bytes of files that clients were sent to the bucket for.
    pub(crate) direct_sent_bytes: Counter,
    /// Connections being served.
    pub(crate) connections: Gauge,
    /// Bytes of content read again to see that they are right.
    pub(crate) content_checked_bytes: Counter,
    /// Pieces of content that something is known to be wrong with, by `ContentFault`.
    content_faults: [Gauge; ContentFault::ALL.len()],
}

/// What came of a job that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JobOutcome {
    Done,
    /// It is tried again.
    Failed,
    /// It was given up.
    Dead,
    /// Another process has it.
    Overtaken,
    /// The server stopped in its middle.
    GivenBack,
}

impl JobOutcome {
    const ALL: [Self; 5] = [Self::Done, Self::Failed, Self::Dead, Self::Overtaken, Self::GivenBack];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Dead => "dead",
            Self::Overtaken => "overtaken",
            Self::GivenBack => "given_back",
        }
    }
}

/// The metrics of one operation, looked up once when its route is made.
#[derive(Clone)]
pub(crate) struct OperationMetrics {
    /// By the status's first digit, 1 to 5.
    responses: [Counter; 5],
    duration_s: Histogram,
}

const METADATA: Metadata<'static> = Metadata::new("mudlark", Level::INFO, None);
const REQUESTS: &str = "mudlark_http_requests_total";
const CONTENT_FAULTS: &str = "mudlark_content_faults";
const JOBS: &str = "mudlark_jobs";
const JOBS_OLDEST_DUE: &str = "mudlark_jobs_oldest_due_seconds";
const JOBS_ENDED: &str = "mudlark_jobs_ended_total";
const LIMIT_TRIPS: &str = "mudlark_limit_trips_total";
const DURATION: &str = "mudlark_http_request_duration_seconds";

/// The upper bounds of the duration histogram. *Units*: seconds.
const DURATION_BUCKETS_S: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0, 60.0];

impl Metrics {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Full(DURATION.into()), DURATION_BUCKETS_S)?
            .build_recorder();
        let handle = recorder.handle();
        recorder.describe_counter(
            REQUESTS.into(),
            None,
            "Requests answered, by operation and status.".into(),
        );
        let from_to = "From the request's head read to the answer's head ready.";
        recorder.describe_histogram(DURATION.into(), Some(Unit::Seconds), from_to.into());
        let counter = |name: &'static str, text: &'static str| {
            recorder.describe_counter(name.into(), None, text.into());
            recorder.register_counter(&Key::from_static_name(name), &METADATA)
        };
        recorder.describe_counter(
            LIMIT_TRIPS.into(),
            None,
            "Requests refused for too much, by limit.".into(),
        );
        let limit_trips = LimitKind::ALL.map(|limit| {
            let label = Label::new("limit", limit.as_str());
            recorder.register_counter(&Key::from_parts(LIMIT_TRIPS, vec![label]), &METADATA)
        });
        recorder.describe_gauge(
            CONTENT_FAULTS.into(),
            None,
            "Pieces of content known to be lost, torn or damaged.".into(),
        );
        let content_faults = ContentFault::ALL.map(|fault| {
            let label = Label::new("fault", fault.as_str());
            recorder.register_gauge(&Key::from_parts(CONTENT_FAULTS, vec![label]), &METADATA)
        });
        let connections = "mudlark_http_connections";
        recorder.describe_gauge(connections.into(), None, "Connections being served.".into());
        let metrics = Self {
            tokens_issued: counter("mudlark_tokens_issued_total", "Tokens given out."),
            credentials_refused: counter(
                "mudlark_credentials_refused_total",
                "Presented credentials refused.",
            ),
            limit_trips,
            received_bytes: counter(
                "mudlark_file_received_bytes_total",
                "Bytes of files that arrived whole, through the server.",
            ),
            sent_bytes: counter(
                "mudlark_file_sent_bytes_total",
                "Bytes of files that were asked for, through the server.",
            ),
            direct_received_bytes: counter(
                "mudlark_file_direct_received_bytes_total",
                "Bytes of files that clients sent to the bucket themselves.",
            ),
            direct_sent_bytes: counter(
                "mudlark_file_direct_sent_bytes_total",
                "Bytes of files that clients were sent to the bucket for.",
            ),
            content_checked_bytes: counter(
                "mudlark_content_checked_bytes_total",
                "Bytes of content read again to see that they are right.",
            ),
            content_faults,
            connections: recorder.register_gauge(&Key::from_static_name(connections), &METADATA),
            recorder,
            handle,
        };
        metrics.begin_jobs();
        Ok(metrics)
    }

    /// Shows how many pieces of content have which fault. Answers how many there are together.
    pub(crate) fn set_content_faults(&self, faults: &[(ContentFault, i64)]) -> i64 {
        for (fault, gauge) in ContentFault::ALL.iter().zip(&self.content_faults) {
            let count = faults.iter().find(|(of, _)| of == fault).map_or(0, |(_, count)| *count);
            gauge.set(u32::try_from(count).unwrap_or(u32::MAX));
        }
        faults.iter().map(|(_, count)| count).sum()
    }

    /// Shows how many jobs of a kind there are.
    pub(crate) fn set_jobs(&self, kind: &'static str, counts: &JobCounts) {
        let label = || Label::new("kind", kind);
        for (state, count) in [
            ("waiting", counts.waiting),
            ("due", counts.due),
            ("running", counts.running),
            ("dead", counts.dead),
        ] {
            let key = Key::from_parts(JOBS, vec![label(), Label::new("state", state)]);
            self.recorder.register_gauge(&key, &METADATA).set(u32::try_from(count).unwrap_or(u32::MAX));
        }
        let oldest_due_s = u32::try_from(counts.oldest_due_ms / 1000).unwrap_or(0);
        let key = Key::from_parts(JOBS_OLDEST_DUE, vec![label()]);
        self.recorder.register_gauge(&key, &METADATA).set(oldest_due_s);
    }

    /// Counts a job that this process has had.
    pub(crate) fn job_ended(&self, kind: JobKind, outcome: JobOutcome) {
        self.jobs_ended(kind, outcome).increment(1);
    }

    fn jobs_ended(&self, kind: JobKind, outcome: JobOutcome) -> Counter {
        let labels = vec![Label::new("kind", kind.as_str()), Label::new("outcome", outcome.as_str())];
        self.recorder.register_counter(&Key::from_parts(JOBS_ENDED, labels), &METADATA)
    }

    /// Shows all metrics of jobs from the start: what is never there can't be watched.
    fn begin_jobs(&self) {
        let gauge = |name: &'static str, text: &'static str| {
            self.recorder.describe_gauge(name.into(), None, text.into());
        };
        gauge(JOBS, "Jobs of all processes, by kind and state; dead ones need a hand.");
        gauge(JOBS_OLDEST_DUE, "For how long the first of the jobs that are due has been so.");
        let text = "Jobs that this process has had, by kind and what came of them.";
        self.recorder.describe_counter(JOBS_ENDED.into(), None, text.into());
        for kind in JobKind::ALL {
            self.set_jobs(kind.as_str(), &JobCounts::default());
            for outcome in JobOutcome::ALL {
                self.jobs_ended(kind, outcome).increment(0);
            }
        }
        self.set_jobs(WEBHOOK_DELIVERY, &JobCounts::default());
    }

    /// The metrics of an operation; `operation` is its id in the OpenAPI document.
    pub(crate) fn operation(&self, operation: &str) -> OperationMetrics {
        let label = || Label::new("operation", operation.to_owned());
        let response = |class: &'static str| {
            let key = Key::from_parts(REQUESTS, vec![label(), Label::new("status", class)]);
            self.recorder.register_counter(&key, &METADATA)
        };
        OperationMetrics {
            responses: [response("1xx"), response("2xx"), response("3xx"), response("4xx"), response("5xx")],
            duration_s: self
                .recorder
                .register_histogram(&Key::from_parts(DURATION, vec![label()]), &METADATA),
        }
    }

    /// All of them in the Prometheus text format.
    pub(crate) fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }
}

impl OperationMetrics {
    pub(crate) fn record(&self, status: u16, seconds: f64) {
        let class = usize::from((status / 100).clamp(1, 5)) - 1;
        self.responses[class].increment(1);
        self.duration_s.record(seconds);
    }
}
