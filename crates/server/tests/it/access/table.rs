//! The table itself: operation × account roles × workspace roles × scopes × plan or suspension × situation, asked of a
//! running server and compared with what `policy` computes. Refusals are compared with their code and their challenge as
//! well.
//!
//! Where the answer hangs on who asks, each operation is asked by every combination of roles and scopes. Where all must be
//! answered the same, and on a plan that gives what another one gives, by every combination of roles with scopes that take
//! turns (`sample`): what one operation is not asked there, one of the next four is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use tokio::task::JoinSet;

use super::keys::Kind;
use super::policy::{self, Asked, Expected, LAST, Needs};
use super::register::{ABSENT, Operation, operations};
use super::wire::{self, Answer, Connection};
use super::world::{ACCOUNT_ROLES, Situation, Thing, Token, WORKSPACE_ROLES, World};

/// Requests that are on their way at once, on each of the connections.
const BUNCH: usize = 64;
/// As many as a small machine has cores, and some more, as each waits for its answers.
const CONNECTIONS: usize = 4;

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

/// A call with what it must be answered.
struct Cell<'a> {
    kind: Option<&'a Kind>,
    request: String,
    expected: Expected,
}

/// Where a cell stands in the table.
#[derive(Clone, Copy)]
struct Place<'a> {
    operation: &'a Operation,
    /// Its number among the operations.
    number: usize,
    phase: &'a Phase,
    situation: &'a Situation,
}

impl Place<'_> {
    fn describe(&self, cell: &Cell<'_>) -> String {
        let Self { operation, phase, situation, .. } = self;
        format!(
            "{} ({}), plan {}, suspended: {}, {:?}",
            operation.id, situation.name, phase.plan, phase.suspended, cell.kind
        )
    }
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
        cells > 400_000 && refused > cells / 2,
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
    let place = Place { operation, number: 0, phase: &PHASES[0], situation: &world.situations[0] };
    let mut cells = all_cells_of(world, place).into_iter();
    let cell = cells.find(|cell| cell.expected.code.is_none()).expect("somebody may");
    let requests = std::slice::from_ref(&cell.request);
    let answer = Connection::open(&world.address).await.ask(requests).await.remove(0);
    assert_eq!(difference(&cell.expected, &answer), None, "{}", place.describe(&cell));
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
    for (number, operation) in operations.iter().enumerate().skip(part).step_by(CONNECTIONS) {
        for situation in &world.situations {
            let place = Place { operation, number, phase, situation };
            let mut cells = cells_of(world, place);
            for bunch in cells.chunks_mut(BUNCH) {
                let requests: Vec<_> =
                    bunch.iter_mut().map(|cell| std::mem::take(&mut cell.request)).collect();
                let answers = connection.ask(&requests).await;
                for (cell, answer) in bunch.iter().zip(answers) {
                    outcome.cells += 1;
                    outcome.refused += usize::from(cell.expected.code.is_some());
                    if let Some(difference) = difference(&cell.expected, &answer) {
                        let group = format!("{}: {difference}", operation.id);
                        let example = || (0, format!("{}: {}", place.describe(cell), answer.excerpt()));
                        outcome.wrong.entry(group).or_insert_with(example).0 += 1;
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
fn cells_of<'a>(world: &'a World, place: Place<'_>) -> Vec<Cell<'a>> {
    let mut cells = all_cells_of(world, place);
    if LAST.contains(&place.operation.id.as_str()) {
        cells.retain(|cell| cell.expected.code.is_some());
    }
    cells
}

fn is_for_the_trash(operation: &str) -> bool {
    operation.starts_with("restore_") || operation == "list_asset_history"
}

fn all_cells_of<'a>(world: &'a World, place: Place<'_>) -> Vec<Cell<'a>> {
    let Place { operation, phase, situation, .. } = place;
    let row = policy::row(&operation.id);
    let needs = Needs::of(row.2);
    // A thing is only looked for by its id in the path; one in the trash is what restoring is for, and it has its history.
    if situation.thing != Thing::Absent
        && (!operation.path.contains('{')
            || !matches!(needs, Needs::Workspace(_))
            || (situation.thing == Thing::Trashed && is_for_the_trash(&operation.id)))
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
    let expected = |kind: Option<&Kind>| {
        let asked = Asked {
            token: (situation.token != Token::None).then_some(situation.token != Token::Garbled),
            account_header: situation.account.1,
            workspace_header: situation.workspace.1,
            suspended: phase.suspended,
            plan: phase.plan,
            scopes: kind.and_then(|kind| kind.scopes.as_deref()),
            account_roles: kind.map_or(&[], |kind| kind.account_roles),
            workspace_roles: kind.map_or(&[], |kind| kind.workspace_roles),
        };
        policy::expected(row, &asked)
    };
    let cell = |kind: Option<&'a Kind>, token: Option<&str>, expected| {
        let authorization = token.map(|token| format!("Bearer {token}"));
        let headers: Vec<(&str, &str)> = [
            ("authorization", authorization.as_deref()),
            ("x-account-id", situation.account.0.as_deref()),
            ("x-workspace-id", situation.workspace.0.as_deref()),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
        Cell { kind, request: wire::request(operation.method.as_str(), &path, &headers), expected }
    };
    match situation.token {
        Token::None => vec![cell(None, None, expected(None))],
        Token::Garbled => vec![cell(None, Some("e30.e30.e30"), expected(None))],
        Token::Good(reach) => {
            let keys = world.keys.iter().filter(|(key, _)| key.kind.reach == reach);
            let keys = keys.filter(|(key, _)| matters(&key.kind, row.1, world.scopes));
            let mut asked: Vec<_> = keys.map(|key| (key, expected(Some(&key.0.kind)))).collect();
            let alike = asked.iter().all(|(_, expected)| *expected == asked[0].1);
            // What `enterprise` gives, `pro` gives too, and there all of them are asked.
            if alike || phase.plan == "enterprise" {
                asked = sample(asked, place.number);
            }
            let cells = asked.into_iter();
            cells.map(|((key, token), expected)| cell(Some(&key.kind), Some(token), expected)).collect()
        }
    }
}

/// One of each combination of roles; which scopes it has goes round with the turn. The keys come as `world::all_kinds` makes
/// them, all scopes of the same roles together.
fn sample<T>(keys: Vec<T>, turn: usize) -> Vec<T> {
    let sets = keys.len() / (ACCOUNT_ROLES.len() * WORKSPACE_ROLES.len());
    let is_its_turn = |number: usize| number % sets == (number / sets + turn) % sets;
    keys.into_iter().enumerate().filter(|(number, _)| is_its_turn(*number)).map(|(_, key)| key).collect()
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
