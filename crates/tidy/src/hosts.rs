//! Package registries' hosts are named nowhere: a mirror or a closed network sets its own, and a name
//! written down here would go round it. Lock files name them by their nature and are left out.

use crate::{Offence, Tree};

/// Each host in its parts, so that this file does not name one itself.
const HOSTS: &[&[&str]] = &[
    &["crates", "io"],
    &["pypi", "org"],
    &["files", "pythonhosted", "org"],
    &["registry", "npmjs", "org"],
    &["registry", "yarnpkg", "com"],
    &["proxy", "golang", "org"],
    &["deb", "debian", "org"],
    &["ftp", "debian", "org"],
    &["security", "debian", "org"],
    &["archive", "ubuntu", "com"],
];

const LOCK_FILES: &[&str] = &["Cargo.lock", "package-lock.json", "uv.lock"];

/// Lines that name such a host.
pub fn check(tree: &Tree) -> Vec<Offence> {
    let hosts: Vec<String> = HOSTS.iter().map(|parts| parts.join(".")).collect();
    let mut offences = Vec::new();
    for file in tree.files() {
        if LOCK_FILES.iter().any(|name| file.path.rsplit('/').next() == Some(name)) {
            continue;
        }
        for (index, line) in file.text.lines().enumerate() {
            let lower = line.to_lowercase();
            if let Some(host) = hosts.iter().find(|host| lower.contains(host.as_str())) {
                offences.push(Offence::new(&file.path, index + 1, format!("names the host {host}")));
            }
        }
    }
    offences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_in_any_file_but_a_lock_file_is_an_offence() {
        let line = format!("see https://static.{}.{}/x\n", "Crates", "io");
        let tree = Tree::of(&[("docs/a.md", &line), ("Cargo.lock", &line), ("b.md", "crates, io\n")]);

        let offences = check(&tree);

        assert_eq!(offences.len(), 1);
        assert_eq!((offences[0].path.as_str(), offences[0].line), ("docs/a.md", 1));
    }
}
