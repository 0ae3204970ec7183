//! Where things are in this repository, and cargo with the right folder set.
//! Called by every command.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository's root folder.
pub(crate) fn root() -> PathBuf {
    // Cargo sets the variable when it runs us; the constant serves a program started by hand.
    let manifest_dir = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest_dir.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The built program `mudlark` of a profile's folder (`debug`, `release`).
///
/// *Why*: this program lies in `<target folder>/debug`, so its own place tells where cargo builds,
/// whatever the target folder is set to.
pub(crate) fn built_server(profile_folder: &str) -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|error| format!("cannot find my own program file: {error}"))?;
    let target = own
        .parent()
        .and_then(Path::parent)
        .ok_or_else(|| format!("{} is not in a cargo target folder", own.display()))?;
    Ok(target.join(profile_folder).join("mudlark").with_extension(std::env::consts::EXE_EXTENSION))
}

/// The cargo that runs us, started in the repository's root.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}
