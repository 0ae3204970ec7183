//! The secrets file on disk: made once and never over an existing database, replaced whole, read again when it has
//! changed. What stands in it is the `auth` crate's matter; when it changes, `ops::secrets`'.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::{Context, bail, ensure};
use mudlark_auth::Vault;

/// The secrets of a running process, as last read from the file.
pub(crate) struct LiveVault {
    path: PathBuf,
    vault: RwLock<Arc<Vault>>,
}

impl LiveVault {
    pub(crate) fn new(path: PathBuf, vault: Vault) -> Self {
        Self { path, vault: RwLock::new(Arc::new(vault)) }
    }

    /// The secrets as they are now. Take them once for a piece of work, so that it sees one state.
    pub(crate) fn current(&self) -> Arc<Vault> {
        Arc::clone(&self.vault.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the file again. On an error the secrets stay as they were.
    pub(crate) fn reload(&self) -> anyhow::Result<Arc<Vault>> {
        let vault = Arc::new(read(&self.path)?);
        *self.vault.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&vault);
        Ok(vault)
    }
}

/// Reads the file. *Errors*: it is missing, can't be read, or is damaged.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vault> {
    let text = zeroize::Zeroizing::new(
        fs::read_to_string(path)
            .with_context(|| format!("the secrets file {} can't be read", path.display()))?,
    );
    Vault::from_json(&text).with_context(|| {
        format!("the secrets file {} is damaged; put back the copy you keep of it", path.display())
    })
}

/// Reads the file, or makes it where there is no database yet.
pub(crate) fn open(path: &Path, database_exists: bool) -> anyhow::Result<Vault> {
    if path.try_exists().with_context(|| format!("the secrets file {} can't be read", path.display()))? {
        return read(path);
    }
    refuse_over_a_database(path, database_exists)?;
    match create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read(path),
        created => created.with_context(|| cannot_write(path)),
    }
}

/// Makes the file ahead of the first start. *Errors*: it is there already; there is a database.
pub(crate) fn init(path: &Path, database_exists: bool) -> anyhow::Result<Vault> {
    refuse_over_a_database(path, database_exists)?;
    match create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => bail!(
            "the secrets file {} is there already, and is never written over; `mudlark secrets list` shows what it holds",
            path.display()
        ),
        created => created.with_context(|| cannot_write(path)),
    }
}

/// Copies the file to another place, unless the same secrets are there already.
///
/// *Errors*: others are there; the file can't be read or written.
pub(crate) fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let vault = read(from)?;
    match create_of(to, &vault) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            ensure!(
                *read(to)?.to_json() == *vault.to_json(),
                "the secrets file {} holds other secrets than {}, and is never written over; move it away, or name                  another folder",
                to.display(),
                from.display()
            );
            Ok(())
        }
        created => created.with_context(|| cannot_write(to)),
    }
}

fn refuse_over_a_database(path: &Path, database_exists: bool) -> anyhow::Result<()> {
    ensure!(
        !database_exists || path.exists(),
        "the secrets file {} is missing, but there is a database: without the file no key of that database \
         can be checked. Put back the copy you keep of it, or name its place with --secrets",
        path.display()
    );
    Ok(())
}

fn cannot_write(path: &Path) -> String {
    format!("the secrets file {} can't be written", path.display())
}

/// Makes new secrets. They are linked into place whole and on disk, and never over a file that another process,
/// starting at the same moment, has put there.
fn create(path: &Path) -> io::Result<Vault> {
    let vault = Vault::generate();
    create_of(path, &vault)?;
    Ok(vault)
}

fn create_of(path: &Path, vault: &Vault) -> io::Result<()> {
    let folder = folder_of(path);
    let draft = folder.join(format!(".secrets-{}", uuid::Uuid::now_v7()));
    let linked = write_new(&draft, vault).and_then(|_| fs::hard_link(&draft, path));
    fs::remove_file(&draft)?;
    linked?;
    File::open(folder)?.sync_all()
}

/// Puts a new state of the secrets in the file's place, whole and on disk; owner and mode stay. One process at a time
/// may do it: the caller holds the database's lock on the secrets.
///
/// *Errors*: the file is not to be written (its mode or the file system says so), or its folder can't be. The old
/// state is then in place still.
pub(crate) fn replace(path: &Path, vault: &Vault) -> anyhow::Result<()> {
    replace_whole(path, vault).with_context(|| {
        format!("{}, and was left as it is; the command needs the rights of its owner", cannot_write(path))
    })
}

fn replace_whole(path: &Path, vault: &Vault) -> anyhow::Result<()> {
    // Where the path is a link, what it points to is replaced, not the link.
    let place = fs::canonicalize(path)?;
    let before = fs::metadata(&place)?;
    ensure!(!before.permissions().readonly(), "its mode allows no writing");
    OpenOptions::new().write(true).open(&place)?;
    let draft = place.with_added_extension("new");
    // Left by a command that was broken off before it was in place: nothing depends on it.
    if let Err(error) = fs::remove_file(&draft)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error.into());
    }
    let replaced = write_new(&draft, vault)
        .and_then(|file| give_to_owner_of(&file, &before))
        .and_then(|()| fs::rename(&draft, &place));
    if replaced.is_err() {
        fs::remove_file(&draft).ok();
    }
    replaced?;
    File::open(folder_of(&place))?.sync_all()?;
    Ok(())
}

/// The server may run as another user than the operator's command: it must be able to read what the command wrote.
#[cfg(unix)]
fn give_to_owner_of(file: &File, before: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let mine = file.metadata()?;
    if (mine.uid(), mine.gid()) != (before.uid(), before.gid()) {
        fchown(file, Some(before.uid()), Some(before.gid()))?;
    }
    file.set_permissions(before.permissions())?;
    file.sync_all()
}

#[cfg(not(unix))]
fn give_to_owner_of(file: &File, before: &fs::Metadata) -> io::Result<()> {
    file.set_permissions(before.permissions())
}

/// Writes a file that was not there, readable by its owner alone, and flushes it.
fn write_new(path: &Path, vault: &Vault) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(vault.to_json().as_bytes())?;
    file.sync_all()?;
    Ok(file)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaced_file_keeps_its_mode_and_leaves_no_draft() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("secrets.json");
        let vault = init(&path, false).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        // What a command that was killed before the rename has left.
        fs::write(folder.path().join("secrets.json.new"), "half").unwrap();

        replace(&path, &vault.with_new_pepper()).unwrap();

        assert_eq!(read(&path).unwrap().pepper_ids(), [1, 2]);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn file_that_is_not_to_be_written_is_left_as_it_is() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("secrets.json");
        let vault = init(&path, false).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();

        let refused = format!("{:#}", replace(&path, &vault.with_new_pepper()).unwrap_err());

        assert!(refused.contains("can't be written") && refused.contains("left as it is"), "{refused}");
        assert_eq!(read(&path).unwrap().pepper_ids(), [1]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn link_to_the_file_stays_a_link() {
        let folder = tempfile::TempDir::new().unwrap();
        let (path, link) = (folder.path().join("real.json"), folder.path().join("secrets.json"));
        let vault = init(&path, false).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();

        replace(&link, &vault.with_new_key_encryption_key()).unwrap();

        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(read(&path).unwrap().key_encryption_key_ids(), [1, 2]);
    }

    #[test]
    fn new_secrets_are_made_neither_over_old_ones_nor_beside_a_database() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("secrets.json");
        assert!(init(&path, true).is_err() && open(&path, true).is_err() && !path.exists());

        let made = init(&path, false).unwrap().to_json();

        for exists in [false, true] {
            assert!(init(&path, exists).is_err());
            assert_eq!(*open(&path, exists).unwrap().to_json(), *made);
        }
    }
}
