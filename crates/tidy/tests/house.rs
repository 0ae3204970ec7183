//! The house as it is: one test a check, each listing every offence and what to do about it.
//! That a check can fail is shown by its own test beside it.

use mudlark_tidy::sizes::Exception;
use mudlark_tidy::{
    Offence, Tree, borders, doc_paths, file_names, hosts, migration_safety, migrations, module_docs, report,
    sizes, sql, statuses,
};

/// Files above the usual length. The list and each number in it may only shrink.
const LONG_FILES: &[Exception] = &[];

fn expect_none(check: impl Fn(&Tree) -> Vec<Offence>, what_to_do: &str) {
    let tree = Tree::of_this_repository().expect("the repository can be read");
    if let Some(message) = report(&check(&tree), what_to_do) {
        panic!("{message}");
    }
}

#[test]
fn crates_depend_only_down_the_house() {
    expect_none(
        borders::check_manifests,
        "move the code to the crate that may know both, or the shared word to crates/types. \
         A new crate gets a row in crates/tidy/src/borders.rs.",
    );
}

#[test]
fn nothing_in_the_server_reaches_up_into_http() {
    expect_none(
        borders::check_server,
        "pass the value as a parameter, or move the shared part to ops; http calls ops, never the other way. \
         A file that only puts the server together goes to WIRING in crates/tidy/src/borders.rs.",
    );
}

#[test]
fn rows_of_the_store_are_not_what_clients_see() {
    expect_none(borders::check_store, "give the store a row struct of its own, and map it in the server.");
}

#[test]
fn sql_and_drivers_stay_in_the_store() {
    expect_none(sql::check, "make it a query of crates/store/src/<area>.rs and call that.");
}

#[test]
fn statuses_of_errors_have_one_place() {
    expect_none(
        statuses::check,
        "return an ApiError with its ErrorCode; the table in crates/server/src/error.rs knows the status.",
    );
}

#[test]
fn migrations_come_in_pairs() {
    expect_none(
        migrations::check,
        "add the same number and name to both folders of crates/store/migrations, even if one is only a comment.",
    );
}

#[test]
fn migrations_are_safe_while_the_version_before_serves() {
    expect_none(
        migration_safety::check,
        "add beside what is there, and let a later version take the old away once nothing asks for it.",
    );
}

#[test]
fn paths_named_in_the_documentation_exist() {
    expect_none(doc_paths::check, "correct the path, or the sentence: documentation follows the code.");
}

#[test]
fn files_are_short_enough_to_read() {
    expect_none(
        |tree| sizes::check(tree, LONG_FILES),
        "split the file by subject. If that would make it worse, add it to LONG_FILES in \
         crates/tidy/tests/house.rs with its length and the reason.",
    );
}

#[test]
fn files_are_named_after_a_subject() {
    expect_none(
        file_names::check,
        "name it after what it holds; what belongs to one subject goes to that subject.",
    );
}

#[test]
fn modules_say_what_they_are() {
    expect_none(
        module_docs::check,
        "open the file with two or three `//!` lines: what it is, what it is not, who calls it.",
    );
}

#[test]
fn registries_are_named_nowhere() {
    expect_none(hosts::check, "leave the host to the machine's own settings; say \"the registry\" in text.");
}
