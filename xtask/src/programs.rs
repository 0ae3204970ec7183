//! Programs of the machine that a command needs: finds them, or installs their Debian packages.
//! Not for Rust tools (see `cargo_tools.rs`). Called by `demo`, `test` and `bench`.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::postgres;
use crate::steps::show;

/// Installs Debian packages; run as root. Leaves no database cluster behind.
const INSTALL_SCRIPT: &str = include_str!("install.sh");

/// Something a command cannot do without.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Needed {
    /// SQLite and the cryptography library are compiled from C.
    CCompiler,
    /// The tests run every query on it too.
    Postgres,
    /// The tests speak to the server as scripts do, and look into its database from outside.
    Python,
    /// The console is built with it, and a stock OAuth client that the tests call the server with runs on it.
    Node,
    /// The console's tests drive it.
    Chromium,
    /// Films and PDF are seen by them, where they are: in the tests they are.
    Films,
}

impl Needed {
    fn is_there(self) -> bool {
        match self {
            Self::CCompiler => c_compiler_works(),
            Self::Postgres => postgres::find().is_some(),
            Self::Python => runs("python3", &["-c", "import ensurepip, sqlite3, venv"]),
            Self::Chromium => on_path("chromium").is_some(),
            Self::Films => {
                ["ffmpeg", "ffprobe", "pdfinfo", "pdftoppm"].iter().all(|name| on_path(name).is_some())
            }
            Self::Node => runs("node", &["--version"]) && runs("npm", &["--version"]),
        }
    }

    fn title(self) -> String {
        match self {
            Self::CCompiler => "a C compiler (`cc`)".to_owned(),
            Self::Postgres => format!("PostgreSQL {} or newer (`initdb`)", postgres::OLDEST_MAJOR),
            Self::Python => "Python 3 with venv (`python3`)".to_owned(),
            Self::Chromium => "the browser Chromium (`chromium`)".to_owned(),
            Self::Films => "ffmpeg and Poppler (`ffmpeg`, `ffprobe`, `pdfinfo`, `pdftoppm`)".to_owned(),
            Self::Node => "Node.js with npm (`node`, `npm`)".to_owned(),
        }
    }

    fn debian_packages(self) -> &'static [&'static str] {
        match self {
            Self::CCompiler => &["gcc", "libc6-dev"],
            Self::Postgres => &["postgresql"],
            Self::Python => &["python3", "python3-venv"],
            Self::Chromium => &["chromium"],
            Self::Films => &["ffmpeg", "poppler-utils"],
            Self::Node => &["nodejs", "npm"],
        }
    }
}

/// Makes sure that all of these are there, installing what is missing where that is possible.
///
/// *Errors*: one of them is missing and cannot be installed; the text says what to do.
pub(crate) fn ensure(needed: &[Needed]) -> Result<(), String> {
    let missing: Vec<Needed> = needed.iter().copied().filter(|one| !one.is_there()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let titles = titles(&missing);
    let packages: Vec<&str> = missing.iter().flat_map(|one| one.debian_packages()).copied().collect();
    let Some(mut install) = installer() else {
        return Err(format!(
            "{titles}: not found, and it cannot be installed from here (that takes apt-get, and root or \
             a sudo that asks no password). Install it by hand; on Debian or Ubuntu: \
             apt-get install --no-install-recommends {}",
            packages.join(" ")
        ));
    };
    eprintln!("{:>11}{titles}: not found; installing the package {}", "", packages.join(", "));
    show(install.args(&packages).stdin(Stdio::null()))?;

    let still: Vec<Needed> = missing.into_iter().filter(|one| !one.is_there()).collect();
    if still.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "{}: still not found after installing {}; this system's package may be too old",
            self::titles(&still),
            packages.join(", ")
        ))
    }
}

/// The first program of this name in the folders of `PATH`.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Whether this process is root, as whom PostgreSQL refuses to run and packages can be installed.
pub(crate) fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// The command that runs the install script as root, packages still to be added.
fn installer() -> Option<Command> {
    on_path("apt-get")?;
    let mut command = if is_root() {
        Command::new("sh")
    } else if runs("sudo", &["-n", "true"]) {
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", "sh"]);
        sudo
    } else {
        return None;
    };
    command.args(["-c", INSTALL_SCRIPT, "install"]);
    Some(command)
}

fn c_compiler_works() -> bool {
    let named = std::env::var("CC").ok().filter(|name| !name.trim().is_empty());
    // CC may hold arguments or a wrapper ("ccache gcc"); its first word is the program.
    let program = named.as_deref().and_then(|name| name.split_whitespace().next()).unwrap_or("cc");
    runs(program, &["--version"])
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    let silent = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    silent.is_ok_and(|status| status.success())
}

fn titles(needed: &[Needed]) -> String {
    needed.iter().map(|one| one.title()).collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn program_that_exists_is_found_on_the_path() {
        assert!(on_path("sh").is_some_and(|file| file.is_absolute()));
        assert_eq!(on_path("no-such-program-here"), None);
    }

    #[test]
    fn titles_of_two_are_joined() {
        let text = titles(&[Needed::CCompiler, Needed::Postgres]);

        assert_eq!(text, "a C compiler (`cc`) and PostgreSQL 15 or newer (`initdb`)");
    }
}
