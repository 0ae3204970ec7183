//! The table itself: operation × account roles × workspace roles × scopes × plan or suspension × situation, every one
//! asked of a running server and compared with what `policy` computes. Refusals are compared with their code and
//! their challenge as well.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;
use tokio::task::JoinSet;

use super::keys::{Kind, MadeKey, Places, Reach, delete_workspace, make_keys};
use super::policy::{self, Asked, Expected, Header, LAST, Needs, POLICY};
use super::register::{ABSENT, Operation, operations};
use super::wire::{self, Answer, Connection};
use crate::support::{NO_LIMITS, Program, Studio, new_key, text};

/// Requests that are on their way at once, on each of the connections.
const BUNCH: usize = 64;
/// As many as a small machine has cores, and some more, as each waits for its answers.
const CONNECTIONS: usize = 4;

const ACCOUNT_ROLES: &[&[&str]] = &[&[], &["member"], &["admin"], &["owner"]];
const WORKSPACE_ROLES: &[&[&str]] =
    &[&[], &["viewer"], &["review"], &["manage_art"], &["admin"], &["review", "manage_art"]];

/// A state of the account, by the operator's command that brings it about.
struct Phase {
    command: &'static [&'static str],
    plan: &'static str,
    suspended: bool,
}

const PHASES: &[Phase] = &[
    Phase { command: &["set-plan", "ID", "pro"], plan: "pro", suspended: false },
    Phase { command: &["set-plan", "ID", "enterprise"], plan: "enterprise", suspended: false },
    Phase { command: &["set-plan", "ID", "team"], plan: "team", suspended: false },
    Phase { command: &["set-plan", "ID", "personal"], plan: "personal", suspended: false },
    // On a plan without API access: that the account is suspended is said first.
    Phase { command: &["suspend", "ID"], plan: "personal", suspended: true },
    Phase { command: &["set-plan", "ID", "pro"], plan: "pro", suspended: true },
];

/// Which token comes with the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    None,
    Garbled,
    /// Of a key of the account, of the roles and scopes of the cell.
    Good(Reach),
}

/// Whose thing the ids in the path are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thing {
    Absent,
    OtherWorkspace,
    OtherAccount,
    Trashed,
}

/// Which headers a call comes with, and how the policy sees them.
struct Situation {
    name: &'static str,
    token: Token,
    account: (Option<String>, Header),
    workspace: (Option<String>, Header),
    thing: Thing,
}

/// One of the things that path ids can name.
struct Ids {
    asset: String,
    version: String,
    folder: String,
}

impl Ids {
    fn of(asset: &Value) -> Self {
        Self {
            asset: text(asset, "id").to_owned(),
            version: text(asset, "current_version_id").to_owned(),
            folder: text(asset, "folder_id").to_owned(),
        }
    }

    fn named(&self, parameter: &str) -> &str {
        match parameter {
            "asset_id" => &self.asset,
            "version_id" => &self.version,
            "folder_id" => &self.folder,
            _ => ABSENT,
        }
    }
}

/// The server with everything that the table needs.
struct World {
    studio: Studio,
    address: String,
    keys: Vec<(MadeKey, String)>,
    situations: Vec<Situation>,
    /// How many scopes there are.
    scopes: usize,
    of_other_workspace: Ids,
    of_other_account: Ids,
    trashed: Ids,
}

/// A call with what it must be answered.
struct Cell {
    what: String,
    request: String,
    expected: Expected,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_answers_every_role_scope_plan_and_situation_as_the_policy_says_on_sqlite() {
    let began = Instant::now();
    let operations = Arc::new(operations());
    let world = Arc::new(World::make().await);
    let (mut cells, mut refused, mut wrong) = (0, 0, Wrong::new());
    for phase in PHASES {
        let command: Vec<_> = phase
            .command
            .iter()
            .map(|word| if *word == "ID" { &world.studio.account } else { *word })
            .collect();
        world.studio.admin(&[&["account"], &command[..]].concat());
        let mut parts = JoinSet::new();
        for part in 0..CONNECTIONS {
            let (world, operations) = (Arc::clone(&world), Arc::clone(&operations));
            parts.spawn(async move { ask_part(&world, &operations, phase, part).await });
        }
        while let Some(part) = parts.join_next().await {
            let part = part.expect("a part of the table is asked");
            cells += part.cells;
            refused += part.refused;
            for (group, (count, example)) in part.wrong {
                wrong.entry(group).or_insert((0, example)).0 += count;
            }
        }
    }
    for id in LAST {
        let operation = operations.iter().find(|operation| operation.id == *id).expect("an operation");
        ask_last(&world, operation).await;
        cells += 1;
    }
    println!(
        "{cells} cells of {} operations, {refused} of them refusals, in {:.1} s",
        operations.len(),
        began.elapsed().as_secs_f64()
    );
    assert!(
        cells > 100_000 && refused > cells / 2,
        "the table has lost most of its cells: {cells}, {refused}"
    );
    let shown: Vec<_> = wrong
        .iter()
        .map(|(group, (count, example))| format!("{group}: {count} cells, such as\n    {example}"))
        .take(100)
        .collect();
    assert!(
        wrong.is_empty(),
        "what the server answers differs from crates/server/tests/it/access/policy.rs, {} cells of {cells}:\n{}",
        wrong.values().map(|(count, _)| count).sum::<usize>(),
        shown.join("\n")
    );
}

/// Cells that were answered otherwise than expected, by operation and difference: how many, and one of them.
type Wrong = BTreeMap<String, (usize, String)>;

/// Asks one of the operations that end something, in the name of somebody who may.
async fn ask_last(world: &World, operation: &Operation) {
    world.studio.admin(&["account", "resume", &world.studio.account]);
    let phase = Phase { command: &[], plan: "pro", suspended: false };
    let mut cells = world.situations[..1].iter().flat_map(|own| all_cells_of(world, operation, &phase, own));
    let cell = cells.find(|cell| cell.expected.code.is_none()).expect("somebody may");
    let answer = Connection::open(&world.address).await.ask(&[cell.request]).await.remove(0);
    assert_eq!(difference(&cell.expected, &answer), None, "{}", cell.what);
}

/// What came of one connection's part.
#[derive(Default)]
struct Outcome {
    cells: usize,
    refused: usize,
    wrong: Wrong,
}

/// Asks every n-th operation, for all that is to be asked of it.
async fn ask_part(world: &World, operations: &[Operation], phase: &Phase, part: usize) -> Outcome {
    let mut connection = Connection::open(&world.address).await;
    let mut outcome = Outcome::default();
    for operation in operations.iter().skip(part).step_by(CONNECTIONS) {
        for situation in &world.situations {
            let cells = cells_of(world, operation, phase, situation);
            for bunch in cells.chunks(BUNCH) {
                let requests: Vec<_> = bunch.iter().map(|cell| cell.request.clone()).collect();
                let answers = connection.ask(&requests).await;
                for (cell, answer) in bunch.iter().zip(answers) {
                    outcome.cells += 1;
                    outcome.refused += usize::from(cell.expected.code.is_some());
                    if let Some(difference) = difference(&cell.expected, &answer) {
                        let group = format!("{}: {difference}", operation.id);
                        let example = (0, format!("{}: {}", cell.what, answer.excerpt()));
                        outcome.wrong.entry(group).or_insert(example).0 += 1;
                    }
                }
            }
        }
    }
    outcome
}

/// How an answer differs from what is expected.
fn difference(expected: &Expected, answer: &Answer) -> Option<String> {
    let is_refusal = expected.code.is_some() || answer.status != expected.status;
    let code = if is_refusal { answer.code() } else { None };
    let challenge = answer.challenge.clone().filter(|_| is_refusal);
    let same =
        (answer.status, code.as_deref(), &challenge) == (expected.status, expected.code, &expected.challenge);
    (!same).then(|| {
        let answered = (answer.status, code.as_deref(), challenge.as_deref());
        format!(
            "expected {:?}, was answered {answered:?}",
            (expected.status, expected.code, &expected.challenge)
        )
    })
}

/// What is to be asked of one operation in one situation before the end.
fn cells_of(world: &World, operation: &Operation, phase: &Phase, situation: &Situation) -> Vec<Cell> {
    let mut cells = all_cells_of(world, operation, phase, situation);
    if LAST.contains(&operation.id.as_str()) {
        cells.retain(|cell| cell.expected.code.is_some());
    }
    cells
}

/// Everything that is to be asked of one operation in one situation.
fn all_cells_of(world: &World, operation: &Operation, phase: &Phase, situation: &Situation) -> Vec<Cell> {
    let row = policy::row(&operation.id);
    let needs = Needs::of(row.2);
    // A thing is only looked for by its id in the path; one in the trash is what restoring is for.
    if situation.thing != Thing::Absent
        && (!operation.path.contains('{')
            || !matches!(needs, Needs::Workspace(_))
            || (situation.thing == Thing::Trashed && operation.id.starts_with("restore_")))
    {
        return Vec::new();
    }
    // A list of everything would be long: the keys of this table are more than a thousand.
    let query = if operation.id.starts_with("list_") { "?limit=1" } else { "" };
    let path = operation.path_with(|parameter| match situation.thing {
        Thing::Absent => ABSENT,
        Thing::OtherWorkspace => world.of_other_workspace.named(parameter),
        Thing::OtherAccount => world.of_other_account.named(parameter),
        Thing::Trashed => world.trashed.named(parameter),
    }) + query;
    let cell = |kind: Option<&Kind>, token: Option<&str>| {
        let asked = Asked {
            token: token.map(|_| situation.token != Token::Garbled),
            account_header: situation.account.1,
            workspace_header: situation.workspace.1,
            suspended: phase.suspended,
            plan: phase.plan,
            scopes: kind.and_then(|kind| kind.scopes.as_deref()),
            account_roles: kind.map_or(&[], |kind| kind.account_roles),
            workspace_roles: kind.map_or(&[], |kind| kind.workspace_roles),
        };
        let authorization = token.map(|token| format!("Bearer {token}"));
        let headers: Vec<(&str, &str)> = [
            ("authorization", authorization.as_deref()),
            ("x-account-id", situation.account.0.as_deref()),
            ("x-workspace-id", situation.workspace.0.as_deref()),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
        Cell {
            what: format!(
                "{} ({}), plan {}, suspended: {}, {kind:?}",
                operation.id, situation.name, phase.plan, phase.suspended
            ),
            request: wire::request(operation.method.as_str(), &path, &headers),
            expected: policy::expected(row, &asked),
        }
    };
    match situation.token {
        Token::None => vec![cell(None, None)],
        Token::Garbled => vec![cell(None, Some("e30.e30.e30"))],
        Token::Good(reach) => {
            let keys = world.keys.iter().filter(|(key, _)| key.kind.reach == reach);
            keys.filter(|(key, _)| matters(&key.kind, row.1, world.scopes))
                .map(|(key, token)| cell(Some(&key.kind), Some(token)))
                .collect()
        }
    }
}

/// Whether a key's scopes are among the five sets that are asked of an operation: not narrowed, exactly its own, all but
/// its own, none, all. An operation without a scope looks at no key, and is asked by keys that are not narrowed alone.
fn matters(kind: &Kind, scope: Option<&str>, all: usize) -> bool {
    match (&kind.scopes, scope) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(scopes), Some(needed)) => {
            scopes.is_empty()
                || scopes.len() == all
                || scopes == &[needed]
                || (scopes.len() == all - 1 && !scopes.contains(&needed))
        }
    }
}

fn all_scopes() -> BTreeSet<&'static str> {
    POLICY.iter().filter_map(|row| row.1).collect()
}

/// Every kind of key that some operation is asked with.
fn all_kinds() -> Vec<Kind> {
    let all = all_scopes();
    let mut sets: Vec<Option<Vec<&'static str>>> = vec![None, Some(Vec::new())];
    sets.push(Some(all.iter().copied().collect()));
    for scope in &all {
        sets.push(Some(vec![*scope]));
        sets.push(Some(all.iter().copied().filter(|other| other != scope).collect()));
    }
    let mut kinds = Vec::new();
    for account_roles in ACCOUNT_ROLES {
        for workspace_roles in WORKSPACE_ROLES {
            for scopes in &sets {
                for reach in [Reach::Member, Reach::Narrowed] {
                    kinds.push(Kind { account_roles, workspace_roles, scopes: scopes.clone(), reach });
                }
            }
        }
    }
    kinds
}

impl World {
    async fn make() -> Self {
        let mut studio = Studio::start();
        let make_workspace = |account: &str, name: &str| {
            let made = studio.admin(&["workspace", "create", "--account", account, "--name", name]);
            text(&made, "id").to_owned()
        };
        let second = make_workspace(&studio.account, "Second");
        let trashed = make_workspace(&studio.account, "Trashed");
        let other_account = studio.admin(&["account", "create", "--name", "Other", "--plan", "pro"]);
        let other_account = text(&other_account, "id").to_owned();
        let theirs = make_workspace(&other_account, "Theirs");

        let admin = studio.key_with(&["admin"]).await;
        let trashed_asset = admin.put_asset("/Gone", "a.txt", "a").await;
        let deleted =
            admin.delete(&format!("/workspaces/assets/{}", text(&trashed_asset, "id"))).send().await;
        assert_eq!(deleted.status, 204);
        let of_other_workspace = admin.with_workspace(Some(&second)).put_asset("/There", "a.txt", "a").await;
        let stranger = studio.actor_of(&new_key(&studio.data(), &other_account, &["admin"])).await;
        let of_other_account = stranger.with_workspace(Some(&theirs)).put_asset("/There", "a.txt", "a").await;

        let data = studio.data();
        studio.program().terminate();
        studio.program().wait();
        let places = Places {
            account: &studio.account,
            member_of: [&studio.workspace, &trashed],
            narrowed_to: &second,
        };
        let keys = make_keys(&data, &places, all_kinds()).await;
        *studio.program() = Program::start_on(&data, &NO_LIMITS);
        let address = studio.program().address().to_owned();
        // The workspace is open until it is deleted: that it is closed afterwards says something.
        let admin = crate::support::Actor { base: studio.base(), ..admin };
        let before = admin.with_workspace(Some(&trashed)).get("/workspaces/assetStatuses").send().await;
        before.ok();
        delete_workspace(&data, &trashed).await;

        let mut with_tokens = Vec::new();
        for key in keys {
            let presented = serde_json::json!({
                "account_id": studio.account, "key": key.key, "secret": key.secret,
            });
            let token = studio.token_of(&presented).await;
            with_tokens.push((key, token));
        }
        let situations =
            situations([&studio.account, &other_account], [&studio.workspace, &second, &theirs, &trashed]);
        Self {
            address,
            keys: with_tokens,
            situations,
            scopes: all_scopes().len(),
            of_other_workspace: Ids::of(&of_other_workspace),
            of_other_account: Ids::of(&of_other_account),
            // Its folder is not in the trash, and so is no example.
            trashed: Ids { folder: ABSENT.to_owned(), ..Ids::of(&trashed_asset) },
            studio,
        }
    }
}

/// The situations of a call. Of the accounts: the caller's, another. Of the workspaces: where the caller is a member;
/// another of the account, which narrowed keys are narrowed to; one of the other account; one that is deleted.
fn situations(accounts: [&str; 2], workspaces: [&str; 4]) -> Vec<Situation> {
    use Header::{Closed, Malformed, Missing, Open};
    let [account, other_account] = accounts;
    let [own, second, theirs, trashed] = workspaces;
    let member = Token::Good(Reach::Member);
    let narrowed = Token::Good(Reach::Narrowed);
    let header = |value: &str, seen| (Some(value.to_owned()), seen);
    let with =
        |name, token, account, workspace| Situation { name, token, account, workspace, thing: Thing::Absent };
    let mut all = vec![
        with("own", member, header(account, Open), header(own, Open)),
        with("the one it is narrowed to", narrowed, header(account, Open), header(second, Open)),
        with("narrowed to another", narrowed, header(account, Open), header(own, Closed)),
        with("another of the account", member, header(account, Open), header(second, Closed)),
        with("a workspace of another account", member, header(account, Open), header(theirs, Closed)),
        with("a workspace that never was", member, header(account, Open), header(ABSENT, Closed)),
        with("a deleted workspace", member, header(account, Open), header(trashed, Closed)),
        with("another account", member, header(other_account, Closed), header(theirs, Closed)),
        with("another account, own workspace", member, header(other_account, Closed), header(own, Open)),
        with("an account that never was", member, header(ABSENT, Closed), header(own, Open)),
        with("no account header", member, (None, Missing), header(own, Open)),
        with("a garbled account header", member, header("x", Malformed), header(own, Open)),
        with("no workspace header", member, header(account, Open), (None, Missing)),
        with("a garbled workspace header", member, header(account, Open), header("x", Malformed)),
        with("another account, no workspace", member, header(other_account, Closed), (None, Missing)),
        with("no token", Token::None, header(account, Open), header(own, Open)),
        with("no token and no headers", Token::None, (None, Missing), (None, Missing)),
        with("a garbled token", Token::Garbled, header(account, Open), header(own, Open)),
        with("a garbled token and no headers", Token::Garbled, (None, Missing), (None, Missing)),
    ];
    for (name, thing) in [
        ("a thing of another workspace", Thing::OtherWorkspace),
        ("a thing of another account", Thing::OtherAccount),
        ("a thing in the trash", Thing::Trashed),
    ] {
        all.push(Situation { thing, ..with(name, member, header(account, Open), header(own, Open)) });
    }
    all
}
