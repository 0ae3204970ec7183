//! `cargo xtask mutate-access`: shows that the table of access tests sees what it is for. In a copy of the repository, one
//! route after another is weakened, or all of them at once; the table must fail and name each route. Minutes a build,
//! so no part of `test`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::programs::{Needed, ensure};
use crate::steps::Steps;
use crate::workspace::{cargo, root};

/// The test that must fail.
const TABLE: &str =
    "access::table::every_operation_answers_every_role_scope_plan_and_situation_as_the_policy_says_on_sqlite";

/// One route with less of a guard.
struct Mutation {
    /// The operation that is weakened; the failure must name it.
    operation: &'static str,
    what: &'static str,
    file: &'static str,
    /// Must occur in the file once.
    from: &'static str,
    to: &'static str,
}

const MUTATIONS: &[Mutation] = &[
    Mutation {
        operation: "delete_asset",
        what: "permission EditArt lowered to Read",
        file: "crates/server/src/http/asset_trash.rs",
        from: "api.add(edit, Origin::Listed, routes!(delete_asset))",
        to: "api.add(Access::Workspace(Scope::AssetsWrite, WorkspacePermission::Read), Origin::Listed, routes!(delete_asset))",
    },
    Mutation {
        operation: "download_version",
        what: "scope assets:download changed to assets:read",
        file: "crates/server/src/http/downloads.rs",
        from: "api.add(read, Origin::Documented, routes!(download_version))",
        to: "api.add(Access::Workspace(Scope::AssetsRead, WorkspacePermission::Read), Origin::Documented, routes!(download_version))",
    },
    Mutation {
        operation: "find_workspace",
        what: "Account or Workspace lowered to Account: the workspace is not looked at",
        file: "crates/server/src/http/workspaces.rs",
        from: "api.add(read, Origin::Documented, routes!(find_workspace))",
        to: "let _ = read; api.add(Access::Account(Scope::WorkspacesRead, AccountPermission::Read), Origin::Documented, routes!(find_workspace))",
    },
    Mutation {
        operation: "list_accounts",
        what: "Account lowered to Token: the account header is not looked at",
        file: "crates/server/src/http/accounts.rs",
        from: "Access::Account(Scope::AccountsRead, AccountPermission::Read),\n        Origin::Documented,\n        routes!(list_accounts)",
        to: "Access::Token(Scope::AccountsRead),\n        Origin::Documented,\n        routes!(list_accounts)",
    },
    Mutation {
        operation: "list_account_workspaces",
        what: "Account lowered to Public: no token is asked for",
        file: "crates/server/src/http/accounts.rs",
        from: "Access::Account(Scope::WorkspacesRead, AccountPermission::Read),\n        Origin::Documented,\n        routes!(list_account_workspaces)",
        to: "Access::Public,\n        Origin::Documented,\n        routes!(list_account_workspaces)",
    },
    Mutation {
        operation: "update_asset",
        what: "declared as before, but its gate asks for Read: what is declared and what is enforced differ",
        file: "crates/server/src/http/registry.rs",
        from: "Guard { access, operation: id",
        to: "Guard { access: if id == \"update_asset\" { Access::Workspace(Scope::AssetsWrite, mudlark_auth::WorkspacePermission::Read) } else { access }, operation: id",
    },
];

/// Whether each route has a build of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// The others are as they were: that the table fails is this route's doing alone.
    OneByOne,
    /// One build for all of them.
    AtOnce,
}

pub(crate) fn run(order: Order) -> ExitCode {
    let mut steps = Steps::new();
    if steps.run("programs", || ensure(&[Needed::CCompiler, Needed::Python])).is_none() {
        return steps.finish();
    }
    let copy = root().join("target").join("mutations");
    let tree = copy.join("tree");
    let prepared = steps.run("copy", || copy_tree(&root(), &tree));
    let passed = prepared.and_then(|()| steps.run("unchanged", || expect_pass(&copy)));
    if passed.is_some() {
        let at_a_time = if order == Order::AtOnce { MUTATIONS.len() } else { 1 };
        for mutations in MUTATIONS.chunks(at_a_time) {
            let names: Vec<_> = mutations.iter().map(|mutation| mutation.operation).collect();
            steps.run(&names.join(", "), || weaken(&copy, mutations));
        }
    }
    steps.finish()
}

/// Copies what belongs to the repository. A file that is the same there is left alone, so that little is built anew.
fn copy_tree(from: &Path, to: &Path) -> Result<(), String> {
    let arguments = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
    let output = Command::new("git").args(arguments).current_dir(from).output();
    let output = output.map_err(|error| format!("git does not start: {error}"))?;
    if !output.status.success() {
        return Err("git does not tell which files belong to the repository".to_owned());
    }
    let names = String::from_utf8_lossy(&output.stdout).into_owned();
    for name in names.split('\0').filter(|name| !name.is_empty() && from.join(name).is_file()) {
        let text = fs::read(from.join(name)).map_err(|error| format!("{name}: {error}"))?;
        write_changed(&to.join(name), &text)?;
    }
    Ok(())
}

fn write_changed(path: &Path, text: &[u8]) -> Result<(), String> {
    if fs::read(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    let folder = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// Runs the access tests in the copy. Gives whether they passed, and what they said.
fn access_tests(copy: &Path) -> Result<(bool, String), String> {
    let mut command = cargo();
    command.args([
        "test",
        "--locked",
        "-p",
        "mudlark-server",
        "--test",
        "it",
        "access::",
        "--",
        "--nocapture",
    ]);
    command.current_dir(copy.join("tree")).env("CARGO_TARGET_DIR", copy.join("build"));
    command.env("RUST_BACKTRACE", "0");
    let output = command.output().map_err(|error| format!("cargo does not start: {error}"))?;
    let said =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    if said.contains("test result:") { Ok((output.status.success(), said)) } else { Err(last_lines(&said)) }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    format!("the tests were not run:\n{}", lines[lines.len().saturating_sub(20)..].join("\n"))
}

fn expect_pass(copy: &Path) -> Result<(), String> {
    match access_tests(copy)? {
        (true, _) => Ok(()),
        (false, said) => Err(format!("the access tests fail as they are\n{}", last_lines(&said))),
    }
}

/// Weakens some routes, demands that the table names each of them, and puts the files back.
fn weaken(copy: &Path, mutations: &[Mutation]) -> Result<(), String> {
    let mut originals = Vec::new();
    let mut broken = None;
    for Mutation { file, from, to, .. } in mutations {
        let path = copy.join("tree").join(file);
        let text = fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?;
        if text.matches(from).count() != 1 {
            broken = Some(format!("{file} does not hold `{from}` once; change the mutation with the route"));
            break;
        }
        write_changed(&path, text.replace(from, to).as_bytes())?;
        originals.push((path, text));
    }
    let outcome = if let Some(problem) = broken { Err(problem) } else { access_tests(copy) };
    // The last first: a file that was changed twice ends as it was before.
    for (path, text) in originals.iter().rev() {
        write_changed(path, text.as_bytes())?;
    }
    let (passed, said) = outcome?;
    if passed || !said.contains(&format!("test {TABLE} ... FAILED")) {
        return Err("the table did not fail".to_owned());
    }
    for Mutation { operation, what, .. } in mutations {
        let start = format!("{operation}: expected");
        let mut named = said.lines().map(str::trim_start).filter(|line| line.starts_with(&start)).peekable();
        if named.peek().is_none() {
            return Err(format!("{what}: the table failed, but does not name {operation}"));
        }
        eprintln!("{:>11}{operation}: {what}", "");
        named.for_each(|line| eprintln!("{:>11}  {line}", ""));
    }
    for test in said.lines().filter(|line| line.starts_with("test ") && line.ends_with("FAILED")) {
        eprintln!("{:>11}{test}", "");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mutation_fits_its_file_once() {
        for Mutation { operation, file, from, .. } in MUTATIONS {
            let text = fs::read_to_string(root().join(file)).expect("the file is there");
            assert_eq!(text.matches(from).count(), 1, "{operation}: {file} has `{from}` once");
        }
    }
}
