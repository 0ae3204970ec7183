//! How cost grows with what is in the database: the same server on databases of ever ten times the assets, each with five
//! versions, filled by the store itself and without the files' bytes. Called by `run` where it is asked for by name.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use mudlark_store::{NewAsset, NewFolder, NewUser, NewVersion, Store, Tx, UserKind};
use mudlark_types::{AccountId, FolderId, UserId, WorkspaceId};
use uuid::Uuid;

use crate::api::Api;
use crate::bulk::next_random;
use crate::children::Children;
use crate::client::Load;
use crate::program::{Credentials, Program};
use crate::rates::{SEARCH_ROWS, WARM_UP};
use crate::report::{Verdict, median, mib};
use crate::run::{Run, settle};
use crate::seed::{FOLDER_ASSETS, Kept, asset_name};
use crate::words::{self, Words};

/// Assets in each database. The first bound is on the last beside [`BASE`].
const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
/// What the largest is held against.
const BASE: usize = 10_000;
/// Versions of each asset.
pub(crate) const VERSIONS: usize = 5;
/// How many assets are asked for, picked at random.
const PICKED: usize = 1_000;

/// How much more processor time an asset may cost in the largest.
const COST_BOUND: f64 = 1.3;
/// What the slowest hundredth of searches must stay below in the largest. *Units*: milliseconds.
const SEARCH_BOUND_MS: f64 = 50.0;
/// What the largest may take from its start until it listens. *Units*: seconds.
const START_BOUND_S: f64 = 5.0;

/// Settings of a server on what [`fill`] has made: there are no bytes to check or to look at.
pub(crate) const WITHOUT_BYTES: &[&str] = &["--content-check-days", "0", "--preview-workers", "0"];

/// What was found of one database.
struct Grown {
    assets: usize,
    database_mib: f64,
    start_s: f64,
    peak_mib: f64,
    asset: Measured,
    common: Measured,
    rare: Measured,
}

/// Medians over the rounds.
struct Measured {
    rate_per_s: f64,
    p99_ms: f64,
    /// Processor time of the server for a request.
    cpu_us: f64,
}

/// All sizes, one after another, smallest first.
pub(crate) fn measure_growth(run: &mut Run<'_>) -> Result<()> {
    let mut all = Vec::new();
    for assets in SIZES {
        let grown = measure(run, assets).with_context(|| format!("{assets} assets"))?;
        eprintln!("{}", grown.row());
        all.push(grown);
    }
    run.report.notes.push(table(&all));
    let (Some(base), Some(largest)) = (all.iter().find(|grown| grown.assets == BASE), all.last()) else {
        return Ok(());
    };
    let cost = largest.asset.cpu_us / base.asset.cpu_us;
    let search_ms = largest.common.p99_ms.max(largest.rare.p99_ms);
    let clients = run.options.clients;
    run.report.verdicts.extend([
        Verdict {
            name: format!("processor time of GET asset among {} assets beside {BASE}", largest.assets),
            found: format!("{cost:.2} times"),
            bound: format!("at most {COST_BOUND} times"),
            holds: cost <= COST_BOUND,
        },
        Verdict {
            name: format!("p99 of searches among {} assets, {clients} clients", largest.assets),
            found: format!("{search_ms:.1} ms"),
            bound: format!("below {SEARCH_BOUND_MS} ms"),
            holds: search_ms < SEARCH_BOUND_MS,
        },
        Verdict {
            name: format!("start with {} assets", largest.assets),
            found: format!("{:.2} s", largest.start_s),
            bound: format!("below {START_BOUND_S} s"),
            holds: largest.start_s < START_BOUND_S,
        },
    ]);
    Ok(())
}

fn measure(run: &Run<'_>, assets: usize) -> Result<Grown> {
    let folder = match &run.options.data {
        Some(kept) => kept.join("growth"),
        None => run.folder("growth")?,
    };
    let data = folder.join(assets.to_string());
    let program = run.program.on(data.clone());
    let database = data.join("mudlark.sqlite3");
    let credentials = filled(run, &program, &database, assets)?;
    settle()?;
    let begin = Instant::now();
    let server = program.serve(run.children, &data.with_extension("log"), WITHOUT_BYTES)?;
    let start_s = begin.elapsed().as_secs_f64();
    let api = Api::log_in(run.runtime, server.address, &credentials)?;
    let rounds = |requests: Vec<Vec<u8>>| -> Result<Measured> {
        let load = Load {
            addresses: vec![server.address],
            requests: Arc::new(requests),
            clients: run.options.clients,
        };
        run.runtime.block_on(load.run(WARM_UP))?;
        let (mut rates, mut p99s, mut cpus) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..run.options.rounds {
            let before_s = server.process.cpu_s()?;
            let tally = run.runtime.block_on(load.run(Duration::from_secs_f64(run.options.seconds)))?;
            cpus.push((server.process.cpu_s()? - before_s) * 1e6 / tally.count());
            rates.push(tally.rate_per_s);
            p99s.push(tally.latency_ms(99.0));
        }
        let [rate_per_s, p99_ms, cpu_us] = [rates, p99s, cpus].map(|values| median(values.into_iter()));
        Ok(Measured { rate_per_s, p99_ms, cpu_us })
    };
    let asset = rounds(asset_requests(&api, assets))?;
    let searches = |words: &Words| {
        let requests = (0..words.count.min(PICKED))
            .map(|number| api.search_request(&words.word(number)[1..], SEARCH_ROWS));
        rounds(requests.collect())
    };
    let (common, rare) = (searches(&words::COMMON)?, searches(&words::RARE)?);
    let grown = Grown {
        assets,
        database_mib: mib(std::fs::metadata(&database)?.len()),
        start_s,
        peak_mib: mib(server.process.peak_memory_bytes()?),
        asset,
        common,
        rare,
    };
    drop(server);
    if run.options.data.is_none() {
        std::fs::remove_dir_all(&data)?;
    }
    Ok(grown)
}

/// Requests for assets picked at random out of so many that [`fill`] has made.
pub(crate) fn asset_requests(api: &Api, assets: usize) -> Vec<Vec<u8>> {
    let mut state = 1;
    let picked = (0..PICKED).map(|_| {
        let number = usize::try_from(next_random(&mut state) % assets as u64).unwrap_or_default();
        api.asset_request(&id(Kind::Asset, number).to_string())
    });
    picked.collect()
}

/// The credentials to a database of so many assets: an earlier run's, or one that is filled now.
fn filled(run: &Run<'_>, program: &Program, database: &Path, assets: usize) -> Result<Credentials> {
    let data = database.parent().context("the data's folder")?;
    // Beside the data: it is written when the database is whole.
    let kept_file = data.with_extension("json");
    if let Some(kept) = Kept::find(&kept_file)? {
        return Ok(kept.credentials);
    }
    if data.exists() {
        std::fs::remove_dir_all(data)?;
    }
    let credentials = program.set_up()?;
    eprintln!("growth: filling a database with {assets} assets of {VERSIONS} versions");
    run.runtime.block_on(async {
        fill(run.children, &Store::open_sqlite(database).await?, &credentials, assets).await
    })?;
    let kept = Kept { credentials, asset_ids: Vec::new() };
    kept.keep(&kept_file)?;
    Ok(kept.credentials)
}

impl Grown {
    /// Its row of [`table`].
    fn row(&self) -> String {
        let cell =
            |of: &Measured| format!("{:>6.0}/s {:>5.1} ms {:>6.0} µs", of.rate_per_s, of.p99_ms, of.cpu_us);
        format!(
            "| {:>10} | {:>5.0} MiB | {:>5.2} s | {:>4.0} MiB | {} | {} | {} |",
            self.assets,
            self.database_mib,
            self.start_s,
            self.peak_mib,
            cell(&self.asset),
            cell(&self.common),
            cell(&self.rare)
        )
    }
}

fn table(all: &[Grown]) -> String {
    let mut text = String::from(
        "how cost grows (medians; processor time of the server)\n\
         |     assets |  database |   start |   memory | GET asset                      | search, common word            | search, rare word              |\n",
    );
    for grown in all {
        text += &grown.row();
        text.push('\n');
    }
    text
}

/// What has ids here; of one kind they lie together, as version 7 ids do.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    User = 1,
    Folder = 2,
    Asset = 3,
    Version = 4,
    Preview = 5,
}

pub(crate) fn id(kind: Kind, number: usize) -> Uuid {
    Uuid::from_u128((kind as u128) << 64 | number as u128)
}

/// The SHA-256 of the version with this number: spread over all values, as digests are.
pub(crate) fn content(version: usize) -> Vec<u8> {
    let spread = (version as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    let mut sha256 = vec![0; 32];
    sha256[..16].copy_from_slice(&spread.to_le_bytes());
    sha256
}

/// Whose the assets are.
struct Place {
    account: AccountId,
    workspace: WorkspaceId,
    user: UserId,
}

/// Makes the assets, each with its versions.
pub(crate) async fn fill(
    children: &Children,
    store: &Store,
    credentials: &Credentials,
    assets: usize,
) -> Result<()> {
    let place = Place {
        account: credentials.account_id.parse()?,
        workspace: credentials.workspace_id.parse()?,
        user: UserId::from_uuid(id(Kind::User, 0)),
    };
    let mut tx = store.begin().await?;
    tx.insert_user(&NewUser {
        id: place.user,
        kind: UserKind::Service,
        username: "Build farm".to_owned(),
        email: None,
        first_name: None,
        last_name: None,
        default_avatar: 1,
        created_at_ms: 0,
    })
    .await?;
    let root = tx.find_folder_by_path_key(place.workspace, "/").await?.context("a root folder")?;
    tx.commit().await?;
    // A folder is a transaction.
    for first in (0..assets).step_by(FOLDER_ASSETS) {
        children.go_on()?;
        let mut tx = store.begin().await?;
        let folder = FolderId::from_uuid(id(Kind::Folder, first));
        let name = format!("Part {:04}", first / FOLDER_ASSETS);
        tx.insert_folder(&NewFolder {
            id: folder,
            workspace_id: place.workspace,
            parent_id: Some(root.id),
            path: format!("/{name}/"),
            path_key: format!("/{}/", name.to_lowercase()),
            name,
            created_by_user_id: Some(place.user),
            sequence: 1,
            created_at_ms: 0,
        })
        .await?;
        for number in first..assets.min(first + FOLDER_ASSETS) {
            insert_asset(&mut tx, &place, folder, number).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

async fn insert_asset(tx: &mut Tx, place: &Place, folder: FolderId, number: usize) -> Result<()> {
    let name = asset_name(number);
    let version_id = |version: usize| id(Kind::Version, number * VERSIONS + version).into();
    let asset_id = id(Kind::Asset, number).into();
    let created_at_ms = i64::try_from(number)?;
    tx.insert_asset(&NewAsset {
        id: asset_id,
        account_id: place.account,
        workspace_id: place.workspace,
        folder_id: folder,
        name_key: name.clone(),
        file_name: name.clone(),
        name: name.clone(),
        description: None,
        asset_type_id: None,
        status_id: None,
        created_by_user_id: place.user,
        current_version_id: version_id(VERSIONS - 1),
        sequence: 1,
        created_at_ms,
    })
    .await?;
    for version in 0..VERSIONS {
        let sha256 = content(number * VERSIONS + version);
        tx.insert_blob(place.account, &sha256, 270, 0).await?;
        tx.insert_version(&NewVersion {
            id: version_id(version),
            account_id: place.account,
            workspace_id: place.workspace,
            asset_id,
            commit_parent_id: None,
            created_by_user_id: place.user,
            name: name.clone(),
            description: None,
            file_name: name.clone(),
            sha256,
            size_bytes: 270,
            version_number: i64::try_from(version + 1)?,
            sequence: 1,
            created_at_ms,
        })
        .await?;
    }
    Ok(())
}
