//! Bulk speeds: one big upload and one big download beside references that do no more than move the bytes.
//! Each server's bytes are proved right by their SHA-256 once before the timed rounds, which hash nothing here.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use aws_lc_rs::digest;

use crate::api::Api;
use crate::bare::BareArgs;
use crate::bulk::{self, Content};
use crate::children::Server;
use crate::nginx;
use crate::program::target_folder;
use crate::report::{Detail, Figure, Round, median};
use crate::run::{self, Run};

/// Least part of the bare speed that an upload must reach.
const UPLOAD_BOUND: f64 = 0.7;

/// Least part of the faster reference's speed that a download must reach.
const DOWNLOAD_BOUND: f64 = 0.8;

/// A download is short: so many make one measurement.
const DOWNLOADS_A_ROUND: u32 = 3;

/// Name of the references' file.
const FILE: &str = "content";

/// Uploads in turns to our server, durable when it answers, and to a bare handler that writes a file and flushes it.
pub(crate) fn measure_upload(run: &mut Run<'_>) -> Result<()> {
    let files = run.folder("files")?;
    let bare = run.start_bare(&BareArgs { token_bytes: 0, asset_bytes: 0, files: files.clone() })?;
    let content = Content::new(first_number()?, run.options.size_mib << 20);
    let mut uploads = Uploads { run, api: run.log_in()?, bare: &bare, file: files.join(FILE), content };
    let name = format!("upload, {} MiB", run.options.size_mib);
    eprintln!("{name}: proving the bytes");
    uploads.prove()?;
    let (mut rounds, mut cpu_ours_s, mut cpu_reference_s) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..run.options.rounds {
        let (ours, reference) = if number % 2 == 0 {
            let ours = uploads.measure(Side::Ours)?;
            (ours, uploads.measure(Side::Reference)?)
        } else {
            let reference = uploads.measure(Side::Reference)?;
            (uploads.measure(Side::Ours)?, reference)
        };
        let round = Round { ours: ours.speed_mib_s, reference: reference.speed_mib_s };
        eprintln!("{name}: round {}: {:.0} MiB/s, bare {:.0} MiB/s", number + 1, round.ours, round.reference);
        rounds.push(round);
        cpu_ours_s.push(ours.cpu_s);
        cpu_reference_s.push(reference.cpu_s);
    }
    uploads.delete_all()?;
    let details = vec![Detail {
        name: "processor time an upload",
        unit: "s",
        ours: median(cpu_ours_s.into_iter()),
        reference: Some(median(cpu_reference_s.into_iter())),
        below: None,
    }];
    let reference_name = "bare, flushed".to_owned();
    let figure = Figure { name, unit: "MiB/s", reference_name, bound: UPLOAD_BOUND, rounds, details };
    run.report.figures.push(figure);
    Ok(())
}

/// Which server an upload goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Ours,
    Reference,
}

/// Uploads to both sides, with everything cleared away before each.
struct Uploads<'a> {
    run: &'a Run<'a>,
    api: Api,
    bare: &'a Server,
    file: PathBuf,
    content: Content,
}

/// What one upload took.
struct Uploading {
    speed_mib_s: f64,
    cpu_s: f64,
}

impl Uploads<'_> {
    /// Uploads to both, not timed, and compares what each stored.
    fn prove(&self) -> Result<()> {
        let sha256 = self.content.sha256()?;
        let stored = self.api.upload(self.run.runtime, "proof.bin", &self.content).context("our server")?;
        ensure!(stored.checksum == sha256, "our server stored other bytes than were sent");
        upload_bare(self.bare, &self.content).context("the bare server")?;
        ensure!(hash_file(&self.file)? == sha256, "the bare server stored other bytes than were sent");
        Ok(())
    }

    /// One timed upload of content that is new.
    fn measure(&mut self, side: Side) -> Result<Uploading> {
        self.delete_all()?;
        run::settle()?;
        self.content.renumber();
        let process = if side == Side::Ours { &self.run.server.process } else { &self.bare.process };
        let cpu_before_s = process.cpu_s()?;
        let elapsed = match side {
            Side::Ours => {
                let name = format!("upload-{}.bin", self.content.number());
                self.api.upload(self.run.runtime, &name, &self.content).context("our server")?.elapsed
            }
            Side::Reference => upload_bare(self.bare, &self.content).context("the bare server")?,
        };
        let cpu_s = process.cpu_s()? - cpu_before_s;
        Ok(Uploading { speed_mib_s: speed_mib_s(self.content.size_bytes(), elapsed), cpu_s })
    }

    /// Gives the disk its room back.
    fn delete_all(&self) -> Result<()> {
        if self.file.exists() {
            std::fs::remove_file(&self.file)?;
        }
        self.run.program.delete_big_files(self.content.size_bytes())
    }
}

/// Downloads the same content in turns from our server and from the references, and judges by the faster of those.
pub(crate) fn measure_download(run: &mut Run<'_>) -> Result<()> {
    let api = run.log_in()?;
    let files = run.folder("files")?;
    let content = Content::new(first_number()?, run.options.size_mib << 20);
    let name = format!("download, {} MiB", run.options.size_mib);
    eprintln!("{name}: preparing and proving the bytes");
    let mut references =
        vec![("bare", run.start_bare(&BareArgs { token_bytes: 0, asset_bytes: 0, files: files.clone() })?)];
    if !run.options.no_nginx {
        let program = nginx::find_or_fetch(&target_folder(run::root()).join("bench-nginx"))?;
        references.push(("nginx", nginx::start(run.children, &program, &run.folder("nginx")?, &files)?));
    }
    let uploaded = api.upload(run.runtime, "download.bin", &content)?;
    let mut file = File::create_new(files.join(FILE))?;
    content.for_each_block(|block| Ok(file.write_all(block)?))?;
    file.sync_all()?;
    let sources = sources(&api, &uploaded.asset_id, &references);
    let sha256 = content.sha256()?;
    for source in &sources {
        let proof = source.fetch(content.size_bytes(), true)?;
        ensure!(proof.sha256.as_ref() == Some(&sha256), "{} sent other bytes", source.name);
    }
    run::settle()?;
    let mut speeds = vec![Vec::new(); sources.len()];
    for number in 0..run.options.rounds {
        let mut order: Vec<_> = (0..sources.len()).collect();
        order.rotate_left(number % sources.len());
        for at in order {
            speeds[at].push(sources[at].speed_mib_s(content.size_bytes())?);
        }
        let told = sources.iter().zip(&speeds);
        let told: Vec<_> =
            told.map(|(source, speed)| format!("{} {:.0}", source.name, speed[number])).collect();
        eprintln!("{name}: round {}: MiB/s: {}", number + 1, told.join(", "));
    }
    std::fs::remove_file(files.join(FILE))?;
    run.report.figures.push(judge_download(name, &sources, &speeds)?);
    Ok(())
}

/// Ours, first, and the references, each with what to ask it for.
fn sources<'a>(api: &'a Api, asset_id: &str, references: &'a [(&'static str, Server)]) -> Vec<Source<'a>> {
    let ours = Source {
        name: "ours",
        address: api.address,
        target: format!("/workspaces/assets/{asset_id}/download"),
        headers: api.headers().to_vec(),
    };
    let others = references.iter().map(|(name, server)| Source {
        name,
        address: server.address,
        target: format!("/files/{FILE}"),
        headers: Vec::new(),
    });
    std::iter::once(ours).chain(others).collect()
}

/// The figure of our speed beside the faster reference; the slower one becomes a detail.
fn judge_download(name: String, sources: &[Source<'_>], speeds: &[Vec<f64>]) -> Result<Figure> {
    let median_of = |at: usize| median(speeds[at].iter().copied());
    let fastest = (1..sources.len())
        .max_by(|one, other| median_of(*one).total_cmp(&median_of(*other)))
        .context("there is no reference")?;
    let others = (1..sources.len()).filter(|at| *at != fastest);
    let details = others.map(|at| Detail {
        name: if sources[at].name == "nginx" { "beside the slower nginx" } else { "beside the slower bare" },
        unit: "MiB/s",
        ours: median_of(0),
        reference: Some(median_of(at)),
        below: None,
    });
    let rounds = speeds[0].iter().zip(&speeds[fastest]);
    Ok(Figure {
        name,
        unit: "MiB/s",
        reference_name: sources[fastest].name.to_owned(),
        bound: DOWNLOAD_BOUND,
        details: details.collect(),
        rounds: rounds.map(|(&ours, &reference)| Round { ours, reference }).collect(),
    })
}

/// Something to download.
struct Source<'a> {
    name: &'static str,
    address: std::net::SocketAddr,
    target: String,
    headers: Vec<(&'a str, &'a str)>,
}

impl Source<'_> {
    fn fetch(&self, size_bytes: u64, hashed: bool) -> Result<bulk::Download> {
        bulk::download(self.address, &self.target, &self.headers, size_bytes, hashed)
            .with_context(|| format!("downloading from {}", self.name))
    }

    fn speed_mib_s(&self, size_bytes: u64) -> Result<f64> {
        let mut elapsed = Duration::ZERO;
        for _ in 0..DOWNLOADS_A_ROUND {
            elapsed += self.fetch(size_bytes, false)?.elapsed;
        }
        Ok(speed_mib_s(size_bytes * u64::from(DOWNLOADS_A_ROUND), elapsed))
    }
}

/// A byte more than 32 bits can count, up and down again; fails unless the same bytes come back.
pub(crate) fn check_four_gib(run: &mut Run<'_>) -> Result<()> {
    let api = run.log_in()?;
    let content = Content::new(first_number()?, (4 << 30) + 1);
    eprintln!("4 GiB + 1 byte: uploading");
    let sha256 = content.sha256()?;
    let uploaded = api.upload(run.runtime, "four-gib.bin", &content)?;
    ensure!(uploaded.checksum == sha256, "the server's checksum of 4 GiB + 1 byte is wrong");
    eprintln!("4 GiB + 1 byte: downloading");
    let target = format!("/workspaces/assets/{}/download", uploaded.asset_id);
    let down = bulk::download(api.address, &target, &api.headers(), content.size_bytes(), true)?;
    ensure!(down.sha256 == Some(sha256), "4 GiB + 1 byte came back as other bytes");
    run.report.notes.push(format!(
        "4 GiB + 1 byte: up at {:.0} MiB/s, down (hashed here) at {:.0} MiB/s, SHA-256 the same",
        speed_mib_s(content.size_bytes(), uploaded.elapsed),
        speed_mib_s(content.size_bytes(), down.elapsed)
    ));
    run.program.delete_big_files(content.size_bytes())
}

fn upload_bare(bare: &Server, content: &Content) -> Result<Duration> {
    bulk::upload(bare.address, &format!("/files/{FILE}"), &[], content)
}

/// A number no earlier run used, so that a kept data directory never has the content already.
fn first_number() -> Result<u64> {
    Ok(u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos() & u128::from(u64::MAX))?)
}

/// SHA-256 of a file, in lower-case hex.
fn hash_file(path: &Path) -> Result<String> {
    let mut file = File::open(path)?;
    let mut hash = digest::Context::new(&digest::SHA256);
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(bulk::hex(hash.finish().as_ref())),
            count => hash.update(&buffer[..count]),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a size is far below 2^52 bytes")]
fn speed_mib_s(size_bytes: u64, elapsed: Duration) -> f64 {
    size_bytes as f64 / f64::from(1 << 20) / elapsed.as_secs_f64()
}
