//! Measures the query that the server answers most: `find_asset`, on a SQLite file with 100,000 assets of two versions
//! each, and searches. Run it with `cargo run --release -p mudlark-store --example point_read [assets]`.

use std::error::Error;
use std::time::Instant;

use mudlark_store::search::search_words;
use mudlark_store::{
    AssetFilter, NewAccount, NewAsset, NewFolder, NewUser, NewVersion, NewWorkspace, Page, Sort, SortBy,
    Store, UserKind,
};
use mudlark_types::{AccountId, AssetId, FolderId, Plan, UserId, VersionId, WorkspaceId};
use uuid::Uuid;

const ASSETS: u128 = 100_000;
const FOLDERS: u128 = 100;
/// Rows of one kind have ids from here on, so that they lie together as version 7 ids do.
const SPACE: u128 = 1 << 64;

fn id<Id: From<Uuid>>(kind: u128, number: u128) -> Id {
    Uuid::from_u128(kind * SPACE + number).into()
}

fn account() -> AccountId {
    id(1, 0)
}

fn user() -> UserId {
    id(2, 0)
}

fn workspace() -> WorkspaceId {
    id(3, 0)
}

fn asset(number: u128) -> AssetId {
    id(5, number)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("mudlark.db");
    let store = Store::open_sqlite(&path).await?;

    let assets = std::env::args().nth(1).map_or(Ok(ASSETS), |count| count.parse())?;
    let start = Instant::now();
    fill(&store, assets).await?;
    let bytes = std::fs::metadata(&path)?.len();
    println!("filled in {:.1} s, {} MiB", start.elapsed().as_secs_f64(), bytes >> 20);

    for (name, spread) in [("over all assets", assets), ("over 1,000 assets", 1_000)] {
        let mut micros = Vec::new();
        for round in 0..200_000_u128 {
            let wanted = asset(round * 7_919 % spread);
            let start = Instant::now();
            let found = store.read().await?.find_asset(workspace(), wanted).await?;
            micros.push(start.elapsed().as_secs_f64() * 1e6);
            assert!(found.is_some());
        }
        report(&format!("find_asset {name}"), &mut micros);
    }
    measure_searches(&store).await?;
    measure_sums(&store).await
}

/// Pages of 50 by words that many and few assets have, and how many those are.
async fn measure_searches(store: &Store) -> Result<(), Box<dyn Error>> {
    let mut session = store.read().await?;
    for query in
        ["ragon", "yvern", "ragon yvern", "arm dragon", "a", "ro", "robot", "nothing", "concepts", ""]
    {
        let all = AssetFilter::all(account(), workspace());
        let filter = AssetFilter { words: search_words(query), ..all };
        for by in [SortBy::Created, SortBy::Name] {
            let mut micros = Vec::new();
            for _ in 0..50 {
                let start = Instant::now();
                drop(session.search_assets(&filter, Sort { by, descending: false }, None, 51).await?);
                micros.push(start.elapsed().as_secs_f64() * 1e6);
            }
            report(&format!("search {query:?} by {by:?}"), &mut micros);
        }
        let mut micros = Vec::new();
        let mut count = 0;
        for _ in 0..10 {
            let start = Instant::now();
            count = session.count_found_assets(&filter).await?;
            micros.push(start.elapsed().as_secs_f64() * 1e6);
        }
        report(&format!("count {query:?} ({count})"), &mut micros);
    }
    Ok(())
}

/// The queries that read many rows to answer one.
async fn measure_sums(store: &Store) -> Result<(), Box<dyn Error>> {
    let mut session = store.read().await?;
    for name in ["workspace_usage", "folder_stats", "list_assets_in_folder", "count_assets_in_folder"] {
        let mut micros = Vec::new();
        for _ in 0..10 {
            let start = Instant::now();
            match name {
                "workspace_usage" => drop(session.workspace_usage(workspace()).await?),
                "folder_stats" => drop(session.folder_stats(workspace(), "/").await?),
                "list_assets_in_folder" => {
                    drop(session.list_assets_in_folder(workspace(), id(4, 1), Page::first(1000)).await?);
                }
                _ => drop(session.count_assets_in_folder(workspace(), id(4, 1)).await?),
            }
            micros.push(start.elapsed().as_secs_f64() * 1e6);
        }
        report(name, &mut micros);
    }
    Ok(())
}

fn report(name: &str, micros: &mut [f64]) {
    micros.sort_by(f64::total_cmp);
    let at = |percent: usize| micros[(micros.len() - 1) * percent / 100];
    println!("{name}: p50 {:.1} µs, p99 {:.1} µs", at(50), at(99));
}

async fn fill(store: &Store, assets: u128) -> Result<(), Box<dyn Error>> {
    let mut tx = store.begin().await?;
    tx.insert_user(&NewUser {
        id: user(),
        kind: UserKind::Service,
        username: "Build farm".to_owned(),
        email: None,
        first_name: None,
        last_name: None,
        default_avatar: 1,
        created_at_ms: 0,
    })
    .await?;
    tx.insert_account(&NewAccount {
        id: account(),
        name: "Studio".to_owned(),
        plan: Plan::Pro,
        created_by_user_id: None,
        default_avatar: 1,
        created_at_ms: 0,
    })
    .await?;
    tx.insert_workspace(&NewWorkspace {
        id: workspace(),
        account_id: account(),
        name: "Game".to_owned(),
        default_avatar: 1,
        created_by_user_id: None,
        sequence: 1,
        created_at_ms: 0,
    })
    .await?;
    for number in 0..=FOLDERS {
        let path = if number == 0 { "/".to_owned() } else { format!("/concepts {number:03}/") };
        tx.insert_folder(&new_folder(number, path)).await?;
    }
    tx.commit().await?;
    for first in (0..assets).step_by(1_000) {
        let mut tx = store.begin().await?;
        for number in first..first + 1_000 {
            tx.insert_asset(&new_asset(number)?).await?;
            for version in 1..=2 {
                let version = new_version(number, version)?;
                tx.insert_blob(account(), &version.sha256, version.size_bytes, 0).await?;
                tx.insert_version(&version).await?;
            }
        }
        tx.commit().await?;
    }
    Ok(())
}

fn new_folder(number: u128, path: String) -> NewFolder {
    NewFolder {
        id: id(4, number),
        workspace_id: workspace(),
        parent_id: (number > 0).then(|| id::<FolderId>(4, 0)),
        name: path.trim_matches('/').to_owned(),
        path_key: path.clone(),
        path,
        created_by_user_id: Some(user()),
        sequence: 1,
        created_at_ms: 0,
    }
}

fn new_asset(number: u128) -> Result<NewAsset, Box<dyn Error>> {
    let common = if number.is_multiple_of(50) { " dragon" } else { "" };
    let rare = if number % 2_500 == 7 { " wyvern" } else { "" };
    let name = format!("robot arm{common}{rare} {number:06}.png");
    Ok(NewAsset {
        id: asset(number),
        account_id: account(),
        workspace_id: workspace(),
        folder_id: id(4, 1 + number % FOLDERS),
        name_key: name.clone(),
        file_name: name.clone(),
        name,
        description: Some("The left arm of the robot, seen from the front".to_owned()),
        asset_type_id: None,
        status_id: None,
        created_by_user_id: user(),
        current_version_id: id(6, number * 2 + 2),
        sequence: 1,
        created_at_ms: i64::try_from(number)?,
    })
}

fn new_version(asset_number: u128, number: u8) -> Result<NewVersion, Box<dyn Error>> {
    // Digests are spread over all values; these are, too.
    let mut sha256 = vec![number; 32];
    sha256[..16].copy_from_slice(&(asset_number * 2 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    Ok(NewVersion {
        id: id::<VersionId>(6, asset_number * 2 + u128::from(number)),
        account_id: account(),
        workspace_id: workspace(),
        asset_id: asset(asset_number),
        commit_parent_id: None,
        created_by_user_id: user(),
        name: "robot arm".to_owned(),
        description: None,
        file_name: "robot arm.png".to_owned(),
        sha256,
        size_bytes: 123_456,
        version_number: i64::from(number),
        sequence: 1,
        created_at_ms: i64::try_from(asset_number)?,
    })
}
