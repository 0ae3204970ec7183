//! The project's list of commands: `cargo xtask <command>`. Each command is one module here.
//! Not part of the product, and on the standard library alone so that it compiles in seconds.
//! Called by people, and by `.ci/run`.

mod bench;
mod cargo_tools;
mod cluster;
mod console;
mod demo;
mod deny;
mod fuzz;
mod generate;
mod mutate_access;
mod postgres;
mod previews;
mod programs;
mod steps;
mod test;
mod time_limit;
mod workspace;

use std::process::ExitCode;

const HELP: &str = "\
The commands of this repository. What they need beyond a Rust toolchain they find or install.

Usage: cargo xtask <command> [arguments]

  demo [ARGS]         Build the server and start it with a demo account; prints the key, the secret
                      and the lines to paste. ARGS go to `mudlark demo` (--listen ADDR, --data DIR).
  console             Build the web console into console/dist; the server takes it in at its next build.
  console-test        Its tests in a real browser.
  console-shots       Pictures of each of its pages into target/console-shots.
  test                Format, lints, every test on SQLite and on a throw-away PostgreSQL, generated
                      files, and the dependencies' licences where cargo-deny is installed.
  test -- ARGS        Only `cargo test ARGS`, with the same PostgreSQL:
                        cargo xtask test -- -p mudlark-store
                        cargo xtask test -- --test it assets::
  bench [ARGS]        The token verifier's benchmark, then the whole-server one. ARGS go to the latter.
  gen                 Write the generated files again: openapi/openapi.json, docs/errors.md,
                      docs/configuration.md.
  gen --check         Write nothing; fail if one of them is out of date.
  fuzz [TARGET]       Run the fuzz targets, or one, each for a minute (--seconds N); installs cargo-fuzz.
  previews [FILES]    A contact sheet of previews for people to look at, target/previews.png: of FILES
                      and folders, or of what the tests of real files have fetched.
  deny                Check the dependencies' licences, advisories and bans; installs cargo-deny.
  mutate-access       Weaken one route after another in a copy, and demand that the access tests fail.
                      A build a route, some minutes in all; no part of `test`.
  mutate-access --at-once
                      The same with one build for all of them.
  ci                  What continuous integration runs: the same as `test`.
  help                This page.

Environment:
  MUDLARK_TEST_POSTGRES_URL   Use this PostgreSQL server (a superuser's address) for the tests
                              instead of a throw-away one.
";

/// Bad usage, as opposed to a step that failed.
const USAGE_ERROR: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    match (command, rest) {
        ("demo", rest) => demo::run(rest),
        ("test" | "ci", []) => test::run_everything(),
        ("test", [dashes, filter @ ..]) if dashes == "--" => test::run_filtered(filter),
        ("test", _) => {
            usage("`test` takes its arguments after `--`, as in: cargo xtask test -- -p mudlark-store")
        }
        ("bench", rest) => bench::run(rest),
        ("gen", []) => generate::run(generate::Mode::Write),
        ("gen", [flag]) if flag == "--check" => generate::run(generate::Mode::Check),
        ("gen", _) => usage("`gen` takes nothing, or `--check`"),
        ("fuzz", rest) => fuzz::run(rest),
        ("previews", files) => previews::run(files),
        ("console", []) => console::run(),
        ("console-test", []) => console::test(),
        ("console-shots", []) => console::shots(),
        ("deny", []) => deny::run(),
        ("mutate-access", []) => mutate_access::run(mutate_access::Order::OneByOne),
        ("mutate-access", [flag]) if flag == "--at-once" => mutate_access::run(mutate_access::Order::AtOnce),
        ("mutate-access", _) => usage("`mutate-access` takes nothing, or `--at-once`"),
        ("deny" | "ci" | "console" | "console-test" | "console-shots", _) => {
            usage("this command takes no arguments")
        }
        ("help" | "-h" | "--help", _) => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        (unknown, _) => usage(&format!("there is no command `{unknown}`")),
    }
}

fn usage(problem: &str) -> ExitCode {
    eprintln!("error: {problem}\n`cargo xtask help` lists the commands.");
    ExitCode::from(USAGE_ERROR)
}
