//! The way to the database: TLS with a certificate that is looked at, on a PostgreSQL that takes nothing else.

use std::path::Path;

use tempfile::TempDir;

use super::fleet::Fleet;
use crate::support::{Cluster, program_command, run_python, schema_of};

/// What a command says that can't use the database.
fn refused(data: &Path, url: &str) -> String {
    let mut command = program_command(&["account", "list", "--data"]);
    let output = command.arg(data).env("MUDLARK_DATABASE_URL", url).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains(":pw@") && said.contains("sslmode"), "{said}");
    said
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_work_over_tls_and_trust_no_other_certificate() {
    let folder = TempDir::new().unwrap();
    run_python("certificates.py", &[folder.path().to_str().unwrap()]);
    let cluster = Cluster::start_secured(&folder.path().join("server.pem"));
    let authority = folder.path().join("authority.pem");
    let trusting = |host: &str| {
        let url = cluster.url().replace("127.0.0.1", host);
        format!("{url}?sslmode=verify-full&sslrootcert={}", authority.display())
    };
    let fleet = Fleet::start_on(2, trusting("127.0.0.1"));
    let (key, actors) = fleet.new_actors().await;
    let asset = actors[0].put_asset("/", "robot.png", "robot").await;
    actors[1].get(&format!("/workspaces/assets/{}", asset["id"].as_str().unwrap())).send().await.ok();

    // What one process revokes the other refuses at once: it hears of it over TLS too.
    fleet.admin(&["key", "revoke", key["id"].as_str().unwrap()]);
    actors[0].get("/users").send().await.refused(401, "invalid_token");
    actors[1].get("/users").send().await.refused(401, "invalid_token");

    let data = folder.path().join("data");
    let in_the_clear = refused(&data, &cluster.url());
    assert!(in_the_clear.contains("no encryption"), "{in_the_clear}");
    let of_nobody_known = refused(&data, &format!("{}?sslmode=require", cluster.url()));
    assert!(of_nobody_known.contains("UnknownIssuer"), "{of_nobody_known}");
    let for_another_host = refused(&data, &trusting("localhost"));
    assert!(for_another_host.contains("not valid for name"), "{for_another_host}");
    let here = schema_of(&folder.path().join("plain"));
    let of_none = refused(&data, &format!("{here}&sslmode=require"));
    assert!(of_none.contains("TLS"), "{of_none}");
}
