//! `mudlark gen …`: the files that are printed from the program and checked in.

use std::io::Write;

use mudlark_auth::Access;

use crate::config::Settings;
use crate::configuration_page::configuration_page;
use crate::http::docs::document_json;
use crate::http::error_body::errors_page;

/// What can be printed.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Generated {
    /// `openapi/openapi.json`
    Openapi,
    /// `docs/errors.md`
    Errors,
    /// `docs/configuration.md`
    Configuration,
    /// The register of operations with their access, for the table of access tests.
    Operations,
}

pub(crate) fn run(what: Generated) -> anyhow::Result<()> {
    let text = match what {
        Generated::Errors => errors_page(),
        Generated::Configuration => configuration_page(),
        Generated::Openapi | Generated::Operations => with_api(what)?,
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(())
}

/// What an access asks for beside its scope.
fn permission(access: Access) -> String {
    match access {
        Access::Public => "Public".into(),
        Access::SignedUrl => "SignedUrl".into(),
        Access::Session => "Session".into(),
        Access::Token(_) => "Token".into(),
        Access::Account(_, account) => format!("Account({account:?})"),
        Access::AccountOrWorkspace(_, account, workspace) => {
            format!("AccountOrWorkspace({account:?}, {workspace:?})")
        }
        Access::Workspace(_, workspace) => format!("Workspace({workspace:?})"),
    }
}

/// The register belongs to a server: one is made in a folder of its own, asked, and taken away.
fn with_api(what: Generated) -> anyhow::Result<String> {
    let folder = std::env::temp_dir().join(format!("mudlark-gen-{}", uuid::Uuid::now_v7()));
    let settings = Settings {
        data: folder.clone(),
        listen: ([127, 0, 0, 1], 0).into(),
        log: "error".into(),
        ..Settings::default()
    };
    let text = crate::serve::runtime()?.block_on(async {
        let server = crate::serve::start(settings, crate::clock::Clock::system()).await?;
        let api = crate::http::api(server.app());
        let text = match what {
            Generated::Operations => {
                let rows: Vec<_> = api
                    .declared()
                    .iter()
                    .map(|row| serde_json::json!({ "id": row.id, "method": row.method, "path": row.path, "access": permission(row.access), "scope": row.access.scope() }))
                    .collect();
                serde_json::to_string_pretty(&rows)?
            }
            _ => document_json(api.document()),
        };
        server.stop().await;
        anyhow::Ok(text)
    });
    std::fs::remove_dir_all(&folder)?;
    text
}
