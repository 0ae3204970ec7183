//! The page that lists the settings.

use crate::config::{SETTINGS, SettingDoc, Settings};

/// `docs/configuration.md`.
pub(crate) fn configuration_page() -> String {
    let defaults = serde_json::to_value(Settings::default()).unwrap_or_default();
    let mut page = String::from(
        "# Settings\n\nPrinted by `cargo xtask gen` from `crates/server/src/config.rs`; don't edit by hand.\n\n\
         A flag beats a variable, a variable beats the file (`--config FILE`, TOML), the file beats the default.\n\n\
         | flag | variable | in the file | default | meaning |\n|---|---|---|---|---|\n",
    );
    for SettingDoc { name, meaning } in SETTINGS {
        let default = match &defaults[*name] {
            serde_json::Value::Null => "–".to_owned(),
            serde_json::Value::String(text) if text.is_empty() => "–".to_owned(),
            serde_json::Value::String(text) => format!("`{text}`"),
            value => format!("`{value}`"),
        };
        let (flag, variable) = (name.replace('_', "-"), name.to_uppercase());
        page.push_str(&format!("| `--{flag}` | `MUDLARK_{variable}` | `{name}` | {default} | {meaning} |\n"));
    }
    page
}
