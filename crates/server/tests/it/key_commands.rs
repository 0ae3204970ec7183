//! The operator's commands on keys, beside a running server.

use std::process::Output;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    Studio, admin, admin_failing, normalised, output_with_input, program_command, use_data,
};

/// Runs a command with this on its standard input.
fn with_input(studio: &Studio, args: &[&str], input: &str) -> Output {
    let mut command = program_command(args);
    use_data(&mut command, &studio.data());
    output_with_input(command, input.as_bytes())
}

fn people_see(studio: &Studio, args: &[&str]) -> String {
    let output = use_data(&mut program_command(args), &studio.data()).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn key_is_made_with_limits_and_shown_with_them() {
    let studio = Studio::start();
    let (account, workspace) = (studio.account.as_str(), studio.workspace.as_str());

    let made = studio.admin(&[
        "key",
        "create",
        "--account",
        account,
        "--name",
        "build farm",
        "--role",
        "viewer",
        "--role",
        "review",
        "--scope",
        "assets:read",
        "--scope",
        "workspaces:read",
        "--workspace",
        workspace,
        "--cidr",
        "127.0.0.0/8",
        "--cidr",
        "::1",
        "--expires",
        "2100-01-01T00:00:00Z",
    ]);

    let mut expected = made.clone();
    expected.as_object_mut().unwrap().remove("secret");
    let key = made["key"].as_str().unwrap();
    let mut seen = normalised(&expected);
    (seen["id"], seen["key"]) = (json!("[key]"), json!("[key]"));
    seen["expires_at"] = expected["expires_at"].clone();
    let whole = json!({
        "id": "[key]", "key": "[key]", "account_id": "[id]", "user_id": "[id]", "name": "build farm", "state": "active",
        "roles": ["member", "review", "viewer"], "scopes": ["workspaces:read", "assets:read"], "workspace_ids": ["[id]"],
        "cidrs": ["127.0.0.0/8", "::1/128"], "expires_at": "2100-01-01T00:00:00.000Z", "revoked_at": null,
        "created_by_user_id": null, "last_used_at": null, "last_used_ip": null,
        "secrets": [{"version": 1, "created_at": "[time]", "expires_at": null, "revoked_at": null}],
        "created_at": "[time]", "updated_at": "[time]",
    });
    assert_eq!(seen, whole);
    assert_eq!(studio.admin(&["key", "show", key]), expected);
    assert_eq!(studio.admin(&["key", "list", "--account", account]), json!([expected]));
    let user = studio.actor_of(&made).await;
    user.get("/workspaces").send().await.ok();
    user.get("/workspaces/folders?folder=/").send().await.refused(403, "scope_missing");

    let table = people_see(&studio, &["key", "list", "--account", account]);
    assert!(table.contains("workspaces:read, assets:read") && table.contains("2100-01-01"), "{table}");
    let page = people_see(&studio, &["key", "show", key]);
    for word in ["build farm", "127.0.0.0/8, ::1/128", "secrets\nVERSION", "active"] {
        assert!(page.contains(word), "{word}: {page}");
    }
    assert!(!page.contains("mdl_sec_") && !table.contains("mdl_sec_"));
    let relative = studio.admin(&["key", "create", "--account", account, "--name", "k", "--expires", "90d"]);
    assert!(relative["expires_at"].as_str().is_some());
}

#[tokio::test]
async fn key_is_rotated_and_its_secrets_revoked_when_the_command_returns() {
    let studio = Studio::start();
    let first = studio.new_key(&["viewer"]);
    let key = first["key"].as_str().unwrap();
    let of_first = studio.actor_of(&first).await;

    let rotated = studio.admin(&["key", "rotate", key]);

    assert_eq!((&rotated["key"], &rotated["version"]), (&first["key"], &json!(2)));
    let end = rotated["previous_expires_at"].as_str().unwrap();
    assert_eq!(studio.admin(&["key", "show", key])["secrets"][0]["expires_at"], end);
    let mut second = first.clone();
    second["secret"] = rotated["secret"].clone();
    let of_second = studio.actor_of(&second).await;
    of_first.get("/users").send().await.ok();
    studio.admin(&["key", "revoke-secret", key, "1"]);
    of_first.get("/users").send().await.refused(401, "invalid_token");
    of_second.get("/users").send().await.ok();
    studio.admin(&["key", "rotate", key, "--overlap", "0"]);
    of_second.get("/users").send().await.refused(401, "invalid_token");

    let said = people_see(&studio, &["key", "rotate", key, "--overlap", "30m"]);
    assert!(said.contains("mdl_sec_") && said.contains("previous_expires_at"), "{said}");
}

#[tokio::test]
async fn tokens_are_revoked_one_by_one_and_all_at_once() {
    let studio = Studio::start();
    let key = studio.new_key(&["viewer"]);
    for (before, after) in [("", ""), ("\"", "\"\n"), ("Bearer ", "\r\n")] {
        let (one, other) = (studio.actor_of(&key).await, studio.actor_of(&key).await);
        let input = format!("{before}{}{after}", one.token.as_deref().unwrap());

        let output = with_input(&studio, &["key", "revoke-token", "--json"], &input);

        let said: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        assert_eq!((&said["key"], &said["state"]), (&key["key"], &json!("revoked")));
        one.get("/users").send().await.refused(401, "invalid_token");
        other.get("/users").send().await.ok();
    }
    let user = studio.actor_of(&key).await;
    let token = user.token.clone().unwrap();
    let said = studio.admin(&["key", "revoke-all", "--account", &studio.account]);
    assert_eq!(said, json!({"account_id": studio.account, "tokens": "revoked"}));
    user.get("/users").send().await.refused(401, "invalid_token");
    studio.actor_of(&key).await.get("/users").send().await.ok();

    for (input, says) in
        [("", "no token came"), ("x", "nothing to revoke"), (&format!("{token}A"), "nothing to revoke")]
    {
        let output = with_input(&studio, &["key", "revoke-token"], input);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(says), "{input}: {said}");
        assert!(input.len() < 9 || !said.contains(input), "the token is not repeated");
    }
}

#[test]
fn token_of_a_server_with_a_public_address_is_revoked_too() {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let studio = Studio::start_with(&["--public-url", "https://art.studio.example"]);
        let user = studio.key_with(&["viewer"]).await;
        let output = with_input(&studio, &["key", "revoke-token"], user.token.as_deref().unwrap());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        user.get("/users").send().await.refused(401, "invalid_token");
    });
}

#[test]
fn mistakes_are_said_with_what_to_do() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let account = admin(&data, &["account", "create", "--name", "S", "--plan", "pro"]);
    let account = account["id"].as_str().unwrap();
    let key = admin(&data, &["key", "create", "--account", account, "--name", "k"]);
    let key = key["key"].as_str().unwrap();
    let revoked = admin(&data, &["key", "create", "--account", account, "--name", "k"]);
    let revoked = revoked["key"].as_str().unwrap();
    admin(&data, &["key", "revoke", revoked]);
    let absent = "0198c0de-0000-7000-8000-00000000dead";
    let create = |more: &[&str]| {
        let mut args = vec!["key", "create", "--account", account, "--name", "k"];
        args.extend(more);
        admin_failing(&data, &args)
    };
    for (said, says) in [
        (create(&["--scope", "assets:eat"]), "scope"),
        (create(&["--workspace", absent]), "mudlark workspace list"),
        (create(&["--workspace", "x"]), "--workspace"),
        (create(&["--cidr", "192.0.2.1/24"]), "192.0.2.0/24"),
        (create(&["--expires", "tomorrow"]), "90d"),
        (create(&["--expires", "2020-01-01T00:00:00Z"]), "in the future"),
        (admin_failing(&data, &["key", "show", "mdl_key_absent"]), "mudlark key list"),
        (admin_failing(&data, &["key", "rotate", "mdl_key_absent"]), "mudlark key list"),
        (admin_failing(&data, &["key", "rotate", revoked]), "revoked; make a new one"),
        (admin_failing(&data, &["key", "rotate", key, "--overlap", "31d"]), "30d"),
        (admin_failing(&data, &["key", "rotate", key, "--overlap", "soon"]), "24h"),
        (admin_failing(&data, &["key", "revoke-secret", key, "2"]), "mudlark key show"),
        (admin_failing(&data, &["key", "revoke-all", "--account", absent]), "mudlark account list"),
    ] {
        assert!(said.contains(says), "{says}: {said}");
    }
    assert_eq!(admin(&data, &["key", "show", key])["secrets"].as_array().unwrap().len(), 1);
}

#[test]
fn help_of_each_command_reads_like_a_manual() {
    for (command, words) in [
        (
            "create",
            &["--role", "--scope", "--workspace", "--cidr", "--expires", "90d", "shown", "--json"][..],
        ),
        ("list", &["--account", "--json"]),
        ("show", &["<KEY>", "--json", "Never a secret"]),
        ("rotate", &["<KEY>", "--overlap", "[default: 24h]", "At most two secrets", "--json"]),
        ("revoke", &["<KEY>", "--json"]),
        ("revoke-secret", &["<KEY>", "<N>", "--json"]),
        ("revoke-all", &["--account", "Its keys stay good", "--json"]),
        ("revoke-token", &["standard input", "--json"]),
        ("scan", &["<PATH>", "Exit code: 0", "symbolic links", "standard input", "--json"]),
    ] {
        let output = program_command(&["key", command, "--help"]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        for word in words {
            assert!(text.contains(word), "{command} {word}: {text}");
        }
    }
}
