//! What can go wrong with stored bytes, by the situations a caller tells apart. Not a wire error: the server maps
//! these to statuses. Made here and in the backends.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::BlobKey;

/// A failure of the blob store. The `Display` text leaves its source out; log the whole chain.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// There is no such blob.
    #[error("no blob {key}")]
    NotFound {
        /// The one asked for.
        key: BlobKey,
    },
    /// The asked range is reversed or ends after the blob.
    #[error("bytes {start}..{end} of a blob that has {size_bytes}")]
    RangeOutOfBounds {
        /// First byte asked for.
        start: u64,
        /// One after the last byte asked for.
        end: u64,
        /// The blob's real length.
        size_bytes: u64,
    },
    /// A blob's file ended before the range that it had when it was opened.
    #[error("a blob's file ended {missing_bytes} bytes early")]
    Truncated {
        /// How much of the range is lacking.
        missing_bytes: u64,
    },
    /// No room: the disk, a quota or the greatest file size is reached.
    #[error("no room left for blobs")]
    Full {
        /// The system's own error.
        source: io::Error,
    },
    /// The folder refuses to be written to.
    #[error("the blob folder {} is not writable", path.display())]
    NotWritable {
        /// The file or folder refused.
        path: PathBuf,
        /// The system's own error.
        source: io::Error,
    },
    /// The storage is elsewhere, and can't be used just now; or refuses us, which its operator can mend.
    #[error("the storage can't be used: {doing} failed")]
    Unavailable {
        /// What was being done.
        doing: &'static str,
        /// What came of the last try. Holds no address with a signature.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Any other failure of the file system.
    #[error("blob storage failed{}", path.as_ref().map(|path| format!(" at {}", path.display())).unwrap_or_default())]
    Io {
        /// Where, if known.
        path: Option<PathBuf>,
        /// The system's own error.
        source: io::Error,
    },
}

impl BlobError {
    /// Sorts an error of the file system at `path` into its situation.
    pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                Self::Full { source }
            }
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                Self::NotWritable { path: path.to_owned(), source }
            }
            _ => Self::Io { path: Some(path.to_owned()), source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_disk_of_any_kind_is_full_and_keeps_its_source() {
        for kind in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded, ErrorKind::FileTooLarge] {
            let error = BlobError::at(Path::new("/blobs"))(kind.into());
            assert!(matches!(error, BlobError::Full { .. }), "{kind:?}");
            assert!(error.source().is_some());
        }
    }

    #[test]
    fn display_names_the_path_and_leaves_the_source_out() {
        let error = BlobError::at(Path::new("/blobs"))(io::Error::other("the cause"));
        assert_eq!(error.to_string(), "blob storage failed at /blobs");
    }
}
