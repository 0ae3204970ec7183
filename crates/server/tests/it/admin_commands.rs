//! The operator's commands.

use serde_json::json;
use tempfile::TempDir;

use crate::support::{Studio, admin, admin_failing, normalised, program_command, use_data};

#[test]
fn objects_that_commands_print_have_their_members() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let account = admin(&data, &["account", "create", "--name", " Tin Robot ", "--plan", "PRO"]);
    insta::assert_json_snapshot!(normalised(&account), @r#"
    {
      "created_at": "[time]",
      "id": "[id]",
      "name": "Tin Robot",
      "plan": "pro",
      "status": "active"
    }
    "#);
    let id = account["id"].as_str().unwrap();
    assert_eq!(admin(&data, &["account", "list"]), json!([account]));
    let workspace = admin(&data, &["workspace", "create", "--account", id, "--name", "Main"]);
    insta::assert_json_snapshot!(normalised(&workspace), @r#"
    {
      "account_id": "[id]",
      "created_at": "[time]",
      "id": "[id]",
      "name": "Main"
    }
    "#);
    assert_eq!(admin(&data, &["workspace", "list", "--account", id]), json!([workspace]));
    let key = admin(
        &data,
        &["key", "create", "--account", id, "--name", "build", "--role", "viewer", "--role", "Review"],
    );
    let (public, secret) = (key["key"].as_str().unwrap(), key["secret"].as_str().unwrap());
    assert!(public.starts_with("mdl_key_") && public.len() == 30, "{public}");
    assert!(secret.starts_with("mdl_sec_") && secret.len() == 57, "{secret}");
    assert_eq!((&key["account_id"], &key["roles"]), (&account["id"], &json!(["member", "review", "viewer"])));
    let keys = admin(&data, &["key", "list", "--account", id]);
    assert_eq!((&keys[0]["key"], &keys[0]["state"]), (&key["key"], &json!("active")));
    assert!(!keys.to_string().contains(secret), "secrets are never listed");
    admin(&data, &["key", "revoke", public]);
    assert_eq!(admin(&data, &["key", "list", "--account", id])[0]["state"], "revoked");
    let default = admin(&data, &["key", "create", "--account", id, "--name", "default"]);
    assert_eq!(default["roles"], json!(["admin"]));
}

#[test]
fn mistakes_are_said_with_what_to_do() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let absent = "0198c0de-0000-7000-8000-00000000dead";
    for (args, says) in [
        (vec!["workspace", "create", "--account", absent, "--name", "W"], "mudlark account list"),
        (vec!["key", "create", "--account", absent, "--name", "k"], "mudlark account list"),
        (vec!["key", "create", "--account", absent, "--name", "k", "--role", "root"], "manage_art"),
        (vec!["key", "revoke", "mdl_key_absent"], "mudlark key list"),
        (vec!["account", "set-plan", absent, "pro"], "mudlark account list"),
        (vec!["account", "create", "--name", "  ", "--plan", "pro"], "1 to 255"),
        (vec!["account", "create", "--name", "S", "--plan", "gold"], "personal, team, pro, enterprise"),
        (vec!["account", "suspend", "x"], "ID"),
    ] {
        let said = admin_failing(&data, &args);
        assert!(said.contains(says), "{args:?}: {said}");
    }
}

#[test]
fn help_reads_like_a_manual() {
    let help = |args: &[&str]| {
        let output = program_command(args).arg("--help").output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let top = help(&[]);
    for word in ["demo", "serve", "account", "workspace", "key", "Examples:", "within 200 ms"] {
        assert!(top.contains(word), "{word}: {top}");
    }
    assert!(!top.contains("gen "), "internal commands are not shown");
    for (args, flags) in [
        (&["serve"][..], &["--listen", "--data", "--public-url", "--config"][..]),
        (&["demo"], &["--listen", "--data"]),
        (&["account", "create"], &["--name", "--plan", "--json", "--data"]),
        (&["workspace", "list"], &["--account", "--json"]),
        (&["key", "create"], &["--account", "--name", "--role", "--json"]),
        (&["key", "revoke"], &["<KEY>", "--json"]),
        (&["signing-key", "rotate"], &["--now", "after an hour", "--json"]),
        (&["signing-key", "revoke"], &["<KID>", "at once"]),
        (&["secrets"], &["init", "list", "rotate-pepper", "rotate-kek", "prune"]),
    ] {
        let text = help(args);
        for flag in flags {
            assert!(text.contains(flag), "{args:?} {flag}: {text}");
        }
    }
}

#[tokio::test]
async fn commands_for_people_and_beside_a_running_server() {
    let studio = Studio::start();
    let output = use_data(
        &mut program_command(&["key", "create", "--account", &studio.account, "--name", "by hand"]),
        &studio.data(),
    )
    .output()
    .unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(out.contains("secret") && err.contains("shown this once"), "{out}{err}");
    let value = |name: &str| {
        let line = out.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap();
        line.split_whitespace().last().unwrap().to_owned()
    };
    // It works the moment the command has returned.
    let key = json!({"key": value("key"), "secret": value("secret"), "account_id": value("account_id")});
    studio.token_of(&key).await;
    let table =
        use_data(&mut program_command(&["key", "list", "--account", &studio.account]), &studio.data())
            .output()
            .unwrap();
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(
        table.starts_with("KEY") && table.contains("by hand") && !table.contains(&value("secret")),
        "{table}"
    );
}
