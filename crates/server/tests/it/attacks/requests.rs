//! Well-formed HTTP with evil in it: headers twice, too many or too long, paths and methods that mean another, tokens and
//! keys in the wrong place, a forged sender.

use serde_json::json;

use super::{assert_unauthorized, raw, statuses};
use crate::support::{Program, Studio, program_command, use_data};

#[tokio::test]
async fn headers_that_decide_are_refused_when_given_twice() {
    let studio = Studio::start();
    let actor = studio.key_with(&["viewer"]).await;
    let token = actor.token.clone().unwrap();
    for second in [format!("Bearer {token}"), "Bearer x".to_owned(), "Basic eDp5".to_owned(), String::new()] {
        let answer = actor.get("/users").header("authorization", &second).send().await;
        assert_unauthorized(&answer, &second);
    }
    let nobody = actor.with_token(None);
    for joined in [
        format!("Bearer {token}, Bearer {token}"),
        format!("Bearer {token},Basic x"),
        format!("Bearer\t{token}"),
    ] {
        let answer = nobody.get("/users").header("authorization", &joined).send().await;
        assert_unauthorized(&answer, &joined);
    }
    for name in ["x-account-id", "x-workspace-id"] {
        let id = if name == "x-account-id" { studio.account.clone() } else { studio.workspace.clone() };
        for second in [id.as_str(), "0198c0de-0000-7000-8000-00000000dead", "", "x"] {
            let answer = actor.get("/workspaces/folders").header(name, second).send().await;
            answer.refused(400, "header_malformed");
        }
        let bare = if name == "x-account-id" { actor.with_account(None) } else { actor.with_workspace(None) };
        let list = bare.get("/workspaces/folders").header(name, &format!("{id}, {id}"));
        list.send().await.refused(400, "header_malformed");
    }
}

#[tokio::test]
async fn hosts_given_twice_do_not_choose_an_upload_address() {
    let mut studio = Studio::start_with(&["--header-timeout-s", "2"]);
    let actor = studio.key_with(&["manage_art"]).await;
    let (token, account, workspace) =
        (actor.token.clone().unwrap(), studio.account.clone(), studio.workspace.clone());
    let address = studio.program().address().to_owned();
    let ask = |hosts: &str| {
        let body = r#"{"name":"a"}"#;
        raw(
            &address,
            format!(
                "POST /workspaces/assets/upload HTTP/1.1\r\n{hosts}Authorization: Bearer {token}\r\n\
                 x-account-id: {account}\r\nx-workspace-id: {workspace}\r\nConnection: close\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                body.len()
            )
            .as_bytes(),
        )
    };
    for hosts in [
        "Host: a.example\r\nHost: b.example\r\n",
        "Host: a@b.example\r\n",
        "Host: a.example/x\r\n",
        "Host: a b\r\n",
        "",
    ] {
        let answers = ask(hosts);
        assert_eq!(statuses(&answers), [400], "{hosts:?}: {answers}");
    }
    let answers = ask(&format!(
        "Host: {address}\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\n"
    ));
    assert!(answers.contains(&format!("http://{address}/uploads/")), "{answers}");
}

#[tokio::test]
async fn token_and_secret_in_the_address_are_not_looked_at() {
    let studio = Studio::start();
    let key = studio.new_key(&["viewer"]);
    let token = studio.token_of(&key).await;
    let nobody = studio.anonymous();
    for name in ["access_token", "token", "authorization", "Authorization", "bearer"] {
        assert_unauthorized(&nobody.get(&format!("/users?{name}={token}")).send().await, name);
    }
    let form = nobody.post("/workspaces").header("content-type", "application/x-www-form-urlencoded");
    assert_unauthorized(&form.body(format!("access_token={token}&name=a")).send().await, "in a form");
    let cookie = nobody.get("/users").header("cookie", &format!("access_token={token}; token={token}"));
    assert_unauthorized(&cookie.send().await, "in a cookie");
    let (id, secret) = (key["key"].as_str().unwrap(), key["secret"].as_str().unwrap());
    let in_query = nobody.post(&format!("/auth/token?key={id}&secret={secret}"));
    in_query.json(&json!({})).send().await.refused(400, "invalid_input");
    let basic = nobody.get(&format!("/users?key={id}&secret={secret}")).header("authorization", "Basic eDp5");
    assert_unauthorized(&basic.send().await, "the secret itself");
}

#[tokio::test]
async fn control_characters_in_key_ids_forge_no_line_of_the_log() {
    let folder = tempfile::TempDir::new().unwrap();
    let (data, log) = (folder.path().join("data"), folder.path().join("log"));
    let mut command = program_command(&["serve", "--listen", "127.0.0.1:0", "--log", "debug"]);
    use_data(&mut command, &data).stderr(std::fs::File::create(&log).unwrap());
    let mut program = Program::spawn(command);
    let nobody = crate::support::Actor::anonymous(program.base());
    for id in ["mdl_key_x\r\nFORGED line", "\u{1b}[2JFORGED", "a\u{2028}FORGED", "\u{7f}FORGED", "a\tFORGED"]
    {
        let answer = nobody.post("/auth/token").json(&json!({"key": id, "secret": "s"})).send().await;
        answer.refused(401, "invalid_credentials");
    }
    let path = "/users/%0d%0aFORGED%1b[2J";
    nobody.get(path).header("x-request-id", "FORGED id").send().await;
    program.terminate();
    program.wait();
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("/auth/token"), "{log}");
    assert!(!log.lines().any(|line| line.starts_with("FORGED")), "{log}");
    assert!(!log.contains('\u{1b}') && !log.contains("FORGED id"), "{log}");
}

#[tokio::test]
async fn heads_that_are_too_large_are_refused() {
    let mut studio = Studio::start_with(&["--header-timeout-s", "5"]);
    let address = studio.program().address().to_owned();
    let mib = "a".repeat(1 << 20);
    for (what, bytes) in [
        ("a header of 1 MiB", format!("GET /health/live HTTP/1.1\r\nHost: h\r\nx: {mib}\r\n\r\n")),
        (
            "a token of 1 MiB",
            format!("GET /users HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {mib}\r\n\r\n"),
        ),
        ("a name of 1 MiB", format!("GET /health/live HTTP/1.1\r\nHost: h\r\n{mib}: x\r\n\r\n")),
        ("a target of 1 MiB", format!("GET /{mib} HTTP/1.1\r\nHost: h\r\n\r\n")),
        ("a method of 1 MiB", format!("{mib} / HTTP/1.1\r\nHost: h\r\n\r\n")),
        ("10,000 headers", format!("GET /health/live HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(10_000))),
        (
            "10,000 forwarders",
            format!("GET /health/live HTTP/1.1\r\n{}\r\n", "X-Forwarded-For: ::1\r\n".repeat(10_000)),
        ),
    ] {
        let answers = raw(&address, bytes.as_bytes());
        let seen = statuses(&answers);
        assert!(
            seen.len() <= 1 && seen.iter().all(|status| (400..500).contains(status)),
            "{what}: {answers:.200}"
        );
    }
    studio.anonymous().get("/health/live").send().await.ok();
}

#[tokio::test]
async fn headers_that_name_another_method_or_path_are_ignored() {
    let studio = Studio::start();
    let (viewer, artist) = (studio.key_with(&["viewer"]).await, studio.key_with(&["manage_art"]).await);
    let asset = artist.put_asset("/", "a.txt", "1").await;
    let path = format!("/workspaces/assets/{}", asset["id"].as_str().unwrap());
    for name in ["x-http-method-override", "x-http-method", "x-method-override"] {
        viewer.get(&path).header(name, "DELETE").send().await.ok();
        let posted = viewer.post(&format!("{path}?_method=DELETE")).header(name, "DELETE").send().await;
        assert!(matches!(posted.status.as_u16(), 403 | 405), "{name}: {}", posted.text());
    }
    for name in ["x-original-url", "x-rewrite-url", "x-forwarded-prefix", "x-forwarded-path"] {
        let answer = studio.anonymous().get("/users").header(name, "/health/live").send().await;
        assert_unauthorized(&answer, name);
        let open = studio.anonymous().get("/health/live").header(name, "/users").send().await;
        assert_eq!(open.ok(), json!({"status": "ok"}), "{name}");
    }
    artist.get(&path).send().await.ok();
}

#[tokio::test]
async fn other_spellings_of_a_path_do_not_get_around_the_guard() {
    let mut studio = Studio::start_with(&["--header-timeout-s", "2"]);
    let address = studio.program().address().to_owned();
    let spellings = [
        "/users",
        "/users/",
        "//users",
        "/users//",
        "/v1/users",
        "/v1//users",
        "/v1/v1/users",
        "/V1/users",
        "/Users",
        "/USERS",
        "/%75sers",
        "/users%2f",
        "/users%2F",
        "/%2fusers",
        "/users%00",
        "/users;",
        "/users;x=y",
        "/;/users",
        "/users.",
        "/users..",
        "/users%20",
        "/users?",
        "/users?/health/live",
        "/health/live/../users",
        "/health/live/..%2f../users",
        "/health/live/%2e%2e/%2e%2e/users",
        "/./users",
        "/users/.",
        "/users/..",
        "/health/live;/../../users",
        "/users%3f",
        "/users%23",
        "/users#/health/live",
        "/\\users",
        "/users\\",
        "/users/%2e",
        "/users.json",
        "/users%252f",
        "/workspace/folders",
        "/v1/workspace/folders",
        "/workspace%2ffolders",
        "/tasks",
        "/accounts//",
        "/accounts/.;/",
        "/docs/../accounts",
        "/docs/..;/accounts",
        "/auth/token/../../accounts",
        "/.well-known/../accounts",
    ];
    for spelling in spellings {
        let request = format!("GET {spelling} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        let answers = raw(&address, request.as_bytes());
        let seen = statuses(&answers);
        assert!(matches!(seen[..], [400 | 401 | 404 | 405]), "{spelling}: {answers}");
    }
}

#[tokio::test]
async fn sender_forged_by_an_untrusted_peer_changes_nothing() {
    let studio = Studio::start_with(&["--limit-token-per-minute", "1", "--limit-token-burst", "3"]);
    let key = studio.new_key(&["viewer"]);
    let ask = async |n: u32| {
        let call =
            studio.anonymous().post("/auth/token").header("x-forwarded-for", &format!("198.51.100.{n}"));
        let call =
            call.header("forwarded", &format!("for=198.51.100.{n}")).header("x-real-ip", "198.51.100.9");
        call.json(&json!({"key": key["key"], "secret": key["secret"]})).send().await.status.as_u16()
    };
    let mut seen = Vec::new();
    for n in 0..5 {
        seen.push(ask(n).await);
    }
    assert_eq!(seen, [200, 200, 200, 429, 429]);
}
