//! Archives as no careful program would make them: every byte of an entry is the test's own choice.

use std::io::Write;

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc};

/// An entry of a zip.
#[derive(Clone)]
pub(crate) struct ZipEntry {
    name: Vec<u8>,
    data: Vec<u8>,
    size: u32,
    crc: u32,
    method: u16,
    flags: u16,
    mode: u32,
}

impl ZipEntry {
    /// A file that is stored as it is.
    pub(crate) fn stored(name: impl Into<Vec<u8>>, content: &[u8]) -> Self {
        let mut crc = Crc::new();
        crc.update(content);
        Self {
            name: name.into(),
            data: content.to_vec(),
            size: u32::try_from(content.len()).unwrap(),
            crc: crc.sum(),
            method: 0,
            flags: 0,
            mode: 0o100_644,
        }
    }

    /// A file that is deflated.
    pub(crate) fn deflated(name: impl Into<Vec<u8>>, content: &[u8]) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content).unwrap();
        Self { data: encoder.finish().unwrap(), method: 8, ..Self::stored(name, content) }
    }

    pub(crate) fn with_mode(self, mode: u32) -> Self {
        Self { mode, ..self }
    }

    pub(crate) fn with_crc(self, crc: u32) -> Self {
        Self { crc, ..self }
    }

    /// What it says its content's length is.
    pub(crate) fn with_size(self, size: u32) -> Self {
        Self { size, ..self }
    }

    pub(crate) fn with_method(self, method: u16) -> Self {
        Self { method, ..self }
    }

    pub(crate) fn encrypted(self) -> Self {
        Self { flags: 1, ..self }
    }

    /// What the local and the central header have in common.
    fn header(&self) -> Vec<u8> {
        let mut header = Vec::new();
        for number in [20, self.flags, self.method, 0, 0x21] {
            header.extend(number.to_le_bytes());
        }
        for number in [self.crc, u32::try_from(self.data.len()).unwrap(), self.size] {
            header.extend(number.to_le_bytes());
        }
        for number in [u16::try_from(self.name.len()).unwrap(), 0] {
            header.extend(number.to_le_bytes());
        }
        header
    }
}

/// A zip of these entries. *Source*: APPNOTE 6.3.
pub(crate) fn zip(entries: &[ZipEntry]) -> Vec<u8> {
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let offset = u32::try_from(zip.len()).unwrap();
        zip.extend(b"PK\x03\x04");
        zip.extend(entry.header());
        zip.extend(&entry.name);
        zip.extend(&entry.data);
        directory.extend(b"PK\x01\x02\x14\x03");
        directory.extend(entry.header());
        directory.extend([0; 6]);
        directory.extend((entry.mode << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(&entry.name);
    }
    let offset = u32::try_from(zip.len()).unwrap();
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    zip.extend(&directory);
    zip.extend(b"PK\x05\x06\0\0\0\0");
    zip.extend([count, count].concat());
    zip.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    zip.extend(offset.to_le_bytes());
    zip.extend([0, 0]);
    zip
}

/// A tar of entries: type, name, content or, for a link, its target.
pub(crate) fn tar(entries: &[(tar::EntryType, &str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (kind, name, content) in entries {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        let is_file = *kind == tar::EntryType::Regular;
        header.set_size(if is_file { content.len() as u64 } else { 0 });
        if matches!(kind, tar::EntryType::Symlink | tar::EntryType::Link) {
            header.set_link_name_literal(content).unwrap();
        }
        // As it stands: the library would refuse what the tests are about.
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        builder.append(&header, if is_file { *content } else { &[] }).unwrap();
    }
    builder.into_inner().unwrap()
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}
