//! The file that is read.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use crate::bounds;
use crate::error::PreviewError;

/// What follows the last dot of a file's name, in lower case; empty where there is none. For some formats it decides who reads a file.
pub fn extension_of(file_name: &str) -> String {
    file_name.rsplit_once('.').map_or_else(String::new, |(_, extension)| extension.to_lowercase())
}

/// A file and what it is called.
#[derive(Debug)]
pub struct Source {
    /// Its bytes; at their beginning whenever a reader gets them.
    file: File,
    /// What follows the last dot of its name, in lower case; empty where there is none.
    extension: String,
    /// How long it is. *Units*: bytes.
    size_bytes: u64,
}

impl Source {
    /// A file with the name that its user gave it.
    pub fn new(file: File, file_name: &str) -> Result<Self, PreviewError> {
        let size_bytes = file.metadata()?.len();
        Ok(Self { file, extension: extension_of(file_name), size_bytes })
    }

    pub(crate) fn extension(&self) -> &str {
        &self.extension
    }

    /// *Units*: bytes.
    pub(crate) const fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// The first bytes, no more than `length` of them.
    pub(crate) fn head(&mut self, length: usize) -> Result<Vec<u8>, PreviewError> {
        let mut head = Vec::with_capacity(length);
        self.file.seek(SeekFrom::Start(0))?;
        (&self.file).take(length as u64).read_to_end(&mut head)?;
        Ok(head)
    }

    /// The file, at its beginning, unbuffered.
    pub(crate) fn file(&mut self) -> Result<&File, PreviewError> {
        self.file.seek(SeekFrom::Start(0))?;
        Ok(&self.file)
    }

    /// Where its reader is. *Units*: bytes.
    pub(crate) fn position(&self) -> Result<u64, PreviewError> {
        Ok((&self.file).stream_position()?)
    }

    /// All of it.
    ///
    /// *Errors*: [`PreviewError::TooLarge`] above [`bounds::FILE_IN_MEMORY`].
    pub(crate) fn bytes(&mut self) -> Result<Vec<u8>, PreviewError> {
        if self.size_bytes > bounds::FILE_IN_MEMORY {
            return Err(PreviewError::TooLarge(format!(
                "{} bytes, and it must be read whole",
                self.size_bytes
            )));
        }
        let mut bytes = Vec::new();
        self.file()?.take(bounds::FILE_IN_MEMORY).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extension_is_what_follows_the_last_dot() {
        assert_eq!(extension_of("Robot.Final.PSD"), "psd");
        assert_eq!(extension_of("Makefile"), "");
    }
}
