//! Reading an archive, on a thread that may wait for the disk: entry by entry, in bounded memory, with everything counted
//! that comes out of it. What an entry may be called is decided in `place`; what becomes of it is the import's.

use std::cell::Cell;
use std::collections::HashSet;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use flate2::read::{DeflateDecoder, MultiGzDecoder};
use mudlark_types::{ErrorCode, FolderPath};
use rawzip::{CompressionMethod, RECOMMENDED_BUFFER_SIZE, ZipArchive};
use tar::EntryType;
use tokio::sync::mpsc;

use super::place::{Place, shown};

/// What comes out of an archive. After [`Piece::File`] come its bytes, and then [`Piece::End`] or [`Piece::Refused`].
pub(super) enum Piece {
    Folder(Place),
    File(Place),
    Bytes(Bytes),
    End,
    Refused { name: String, code: ErrorCode, message: String },
}

/// How an archive is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Zip,
    Tar,
    TarGz,
}

/// The most entries that one archive may have.
const MAX_ENTRIES: usize = 100_000;
/// An archive may always grow to this when it is unpacked. *Units*: bytes.
const ALWAYS_ALLOWED: u64 = 64 << 20;
/// A larger one to this many times its own length. *Why*: art shrinks to a tenth, a blank picture to a thousandth; a bomb
/// is all blank.
const MAX_RATIO: u64 = 100;
/// What stands between two files of a tar: headers, and names of any length. *Units*: bytes.
const MAX_BETWEEN: u64 = 1 << 20;
/// *Units*: bytes.
const CHUNK: usize = 256 * 1024;

/// Looks at the beginning of an archive, and for a zip at its end.
///
/// *Errors*: it is none, or one that breaks off.
pub(super) fn recognise(archive: &mut (impl Read + Seek)) -> Result<Format, String> {
    let mut head = Vec::new();
    let read = archive.by_ref().take(512).read_to_end(&mut head).and_then(|_| archive.rewind());
    read.map_err(|error| error.to_string())?;
    match head.as_slice() {
        [b'P', b'K', 3 | 5, 4 | 6, ..] => {
            let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
            ZipArchive::from_seekable(&mut *archive, &mut buffer).map_err(|error| error.to_string())?;
            archive.rewind().map_err(|error| error.to_string())?;
            Ok(Format::Zip)
        }
        [0x1f, 0x8b, ..] => Ok(Format::TarGz),
        head if head.get(257..262) == Some(b"ustar") => Ok(Format::Tar),
        _ => Err("it begins like no zip, tar or tar.gz".to_owned()),
    }
}

/// Nobody waits for more.
pub(super) struct HungUp;

/// An entry on its way out.
#[derive(Clone, Copy)]
enum Kind {
    Folder,
    File,
    Unsupported(&'static str),
}

/// Reads archives, and hands out what is in them.
pub(super) struct Reader {
    pub(super) target: FolderPath,
    pub(super) max_file_bytes: u64,
    pub(super) out: mpsc::Sender<Piece>,
    /// How much may still come out. *Units*: bytes.
    left: u64,
    /// Where files were put, by digest: paths may be long.
    seen: HashSet<[u8; 16]>,
    entries: usize,
}

impl Reader {
    pub(super) fn new(target: FolderPath, max_file_bytes: u64, out: mpsc::Sender<Piece>) -> Self {
        Self { target, max_file_bytes, out, left: 0, seen: HashSet::new(), entries: 0 }
    }

    /// Reads the whole archive. *Errors*: nobody waits for it.
    pub(super) fn read(mut self, format: Format, mut archive: impl Read + Seek) -> Result<(), HungUp> {
        let size = archive.seek(SeekFrom::End(0)).and_then(|size| archive.rewind().map(|()| size));
        let Ok(size) = size else { return self.refuse_rest(&"it can't be read") };
        self.left = size.saturating_mul(MAX_RATIO).max(ALWAYS_ALLOWED);
        match format {
            Format::Zip => self.read_zip(archive),
            Format::Tar => self.read_tar(archive),
            Format::TarGz => self.read_tar(MultiGzDecoder::new(io::BufReader::with_capacity(CHUNK, archive))),
        }
    }

    fn read_zip(&mut self, archive: impl Read + Seek) -> Result<(), HungUp> {
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let archive = match ZipArchive::from_seekable(archive, &mut buffer) {
            Ok(archive) => archive,
            Err(error) => return self.refuse_rest(&error),
        };
        let mut entries = archive.entries(&mut buffer);
        loop {
            let entry = match entries.next_entry() {
                Ok(Some(entry)) => entry,
                Ok(None) => return Ok(()),
                Err(error) => return self.refuse_rest(&error),
            };
            let (name, method) = (entry.file_path().as_bytes(), entry.compression_method());
            let is_readable = [CompressionMethod::STORE, CompressionMethod::DEFLATE].contains(&method);
            let kind = match entry.mode().value() & 0o170_000 {
                _ if entry.is_dir() => Kind::Folder,
                0o040_000 => Kind::Folder,
                0o120_000 => Kind::Unsupported("It is a symbolic link; only files and folders are taken"),
                0 | 0o100_000 if entry.flags().is_encrypted() => {
                    Kind::Unsupported("It is encrypted; put it into the archive without a password")
                }
                0 | 0o100_000 if !is_readable => Kind::Unsupported(
                    "Its compression is not one that is read here; store it, or use deflate",
                ),
                0 | 0o100_000 => Kind::File,
                _ => Kind::Unsupported("It is a device or the like; only files and folders are taken"),
            };
            let found = match archive.get_entry(entry.wayfinder()) {
                Ok(found) => found,
                Err(error) => {
                    self.refuse(name, ErrorCode::ArchiveUnreadable, damaged(&error))?;
                    continue;
                }
            };
            let proceeds = if method == CompressionMethod::STORE {
                self.entry(name, kind, &mut found.verifying_reader(found.reader()))?
            } else {
                self.entry(name, kind, &mut found.verifying_reader(DeflateDecoder::new(found.reader())))?
            };
            if !proceeds {
                return Ok(());
            }
        }
    }

    fn read_tar(&mut self, archive: impl Read) -> Result<(), HungUp> {
        let allowance = Rc::new(Cell::new(MAX_BETWEEN));
        let mut archive = tar::Archive::new(Metered { inner: archive, left: Rc::clone(&allowance) });
        let mut entries = match archive.entries() {
            Ok(entries) => entries,
            Err(error) => return self.refuse_rest(&error),
        };
        loop {
            allowance.set(MAX_BETWEEN);
            let mut entry = match entries.next() {
                Some(Ok(entry)) => entry,
                None => return Ok(()),
                Some(Err(error)) => return self.refuse_rest(&error),
            };
            // From here on the bytes are counted one by one.
            allowance.set(u64::MAX);
            let kind = match entry.header().entry_type() {
                EntryType::XGlobalHeader => continue,
                EntryType::Directory => Kind::Folder,
                EntryType::Regular | EntryType::Continuous => Kind::File,
                EntryType::Symlink | EntryType::Link => {
                    Kind::Unsupported("It is a link; only files and folders are taken")
                }
                _ => Kind::Unsupported("It is a device or the like; only files and folders are taken"),
            };
            let name = entry.path_bytes().into_owned();
            let mut content = Whole { left: entry.size(), inner: &mut entry };
            if !self.entry(&name, kind, &mut content)? {
                return Ok(());
            }
            // What was not taken is read past, and counts as well: a compressed one costs as much as if it were.
            if self.count_rest(&mut content).is_err() {
                return self.refuse_rest(&TOO_MUCH);
            }
        }
    }

    /// Hands out one entry. Answers whether there may be another.
    fn entry(&mut self, name: &[u8], kind: Kind, content: &mut impl Read) -> Result<bool, HungUp> {
        self.entries += 1;
        if self.entries > MAX_ENTRIES {
            let message = format!(
                "An archive may have at most {MAX_ENTRIES} entries; this and all later ones are left out"
            );
            self.refuse(name, ErrorCode::ArchiveTooLarge, message)?;
            return Ok(false);
        }
        if let Kind::Unsupported(why) = kind {
            self.refuse(name, ErrorCode::EntryUnsupported, why)?;
            return Ok(true);
        }
        let place = match Place::of(&self.target, name, matches!(kind, Kind::Folder)) {
            Ok(Some(place)) => place,
            Ok(None) => return Ok(true),
            Err(why) => {
                self.refuse(name, ErrorCode::InvalidInput, why)?;
                return Ok(true);
            }
        };
        if place.file.is_none() {
            self.send(Piece::Folder(place))?;
            return Ok(true);
        }
        let mut digested = [0; 16];
        digested.copy_from_slice(&digest(&SHA256, place.key().as_bytes()).as_ref()[..16]);
        if !self.seen.insert(digested) {
            let message = "An entry before it has this name, perhaps in another case; that one was taken";
            self.refuse(name, ErrorCode::EntryRepeated, message)?;
            return Ok(true);
        }
        self.send(Piece::File(place))?;
        self.content(name, content)
    }

    fn content(&mut self, name: &[u8], content: &mut impl Read) -> Result<bool, HungUp> {
        let mut size_bytes = 0;
        loop {
            let mut chunk = vec![0; CHUNK];
            let read = match content.read(&mut chunk) {
                Ok(0) => {
                    self.send(Piece::End)?;
                    return Ok(true);
                }
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.refuse(name, ErrorCode::ArchiveUnreadable, damaged(&error))?;
                    return Ok(true);
                }
            };
            size_bytes += read as u64;
            if size_bytes > self.max_file_bytes {
                let message = format!("A file must be at most {} bytes here", self.max_file_bytes);
                self.refuse(name, ErrorCode::BodyTooLarge, message)?;
                return Ok(true);
            }
            if self.spend(read as u64).is_err() {
                self.refuse(name, ErrorCode::ArchiveTooLarge, TOO_MUCH)?;
                return Ok(false);
            }
            chunk.truncate(read);
            self.send(Piece::Bytes(chunk.into()))?;
        }
    }

    /// Reads past what is left of an entry. *Errors*: it is too much.
    fn count_rest(&mut self, content: &mut impl Read) -> Result<(), ()> {
        let mut chunk = vec![0; CHUNK];
        loop {
            match content.read(&mut chunk) {
                // Where it breaks off, the next header isn't found either, and that is told then.
                Ok(0) | Err(_) => return Ok(()),
                Ok(read) => self.spend(read as u64)?,
            }
        }
    }

    fn spend(&mut self, bytes: u64) -> Result<(), ()> {
        self.left = self.left.checked_sub(bytes).ok_or(())?;
        Ok(())
    }

    fn refuse(&self, name: &[u8], code: ErrorCode, message: impl Into<String>) -> Result<(), HungUp> {
        self.send(Piece::Refused { name: shown(name), code, message: message.into() })
    }

    /// The archive itself can't be read on.
    fn refuse_rest(&self, why: &impl ToString) -> Result<(), HungUp> {
        let message = format!(
            "The archive can't be read on from here: {}; later entries are left out",
            why.to_string()
        );
        self.refuse(b"", ErrorCode::ArchiveUnreadable, message)
    }

    fn send(&self, piece: Piece) -> Result<(), HungUp> {
        self.out.blocking_send(piece).map_err(|_| HungUp)
    }
}

const TOO_MUCH: &str =
    "The archive unpacks to far more than its own length; this and all later entries are left out";

fn damaged(error: &impl ToString) -> String {
    format!("The archive is damaged here: {}", error.to_string())
}

/// Fails where the content ends before its length: a tar has no checksum of it.
struct Whole<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if read == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it breaks off"));
        }
        self.left = self.left.saturating_sub(read as u64);
        Ok(read)
    }
}

/// Refuses to read on when its allowance is used up. *Why*: a tar's reader takes names of any length into memory.
struct Metered<R> {
    inner: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let left = self.left.get().checked_sub(read as u64);
        self.left.set(left.ok_or_else(|| io::Error::other("a name or header without an end"))?);
        Ok(read)
    }
}
