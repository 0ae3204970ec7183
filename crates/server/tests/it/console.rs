//! The console's place: what is answered there whether or not the program was built with a console.

use reqwest::StatusCode;
use reqwest::redirect::Policy;

use crate::support::{Actor, Studio};

#[tokio::test]
async fn bare_address_leads_to_the_console_and_deep_links_are_its_page() {
    let studio = Studio::start();
    let client = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
    let nobody = Actor { client, ..studio.anonymous() };

    let bare = nobody.get("/").send().await;
    let page = nobody.get("/console/").send().await;
    let deep = nobody.get("/console/workspaces/1/assets/2?tab=facts").send().await;
    let missing = nobody.get("/console/assets/never-built.js").send().await;

    assert_eq!(
        (bare.status, bare.headers["location"].to_str().unwrap()),
        (StatusCode::SEE_OTHER, "/console/")
    );
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    assert_eq!((deep.status, &deep.body), (StatusCode::OK, &page.body));
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn page_loads_and_tells_nothing_elsewhere() {
    let studio = Studio::start();

    let page = studio.anonymous().get("/console/").send().await;

    let policy = page.headers["content-security-policy"].to_str().unwrap();
    let sources = policy.split(';').flat_map(|directive| directive.split_whitespace().skip(1));
    let foreign: Vec<_> =
        sources.filter(|source| !["'none'", "'self'", "blob:", "data:"].contains(source)).collect();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert!(foreign.is_empty(), "{foreign:?}");
    assert_eq!(page.headers["referrer-policy"], "no-referrer");
    assert_eq!(page.headers["x-content-type-options"], "nosniff");
}
