//! Why a file has no preview.

/// Why a file has no preview.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// No reader takes files of this kind.
    #[error("files of this kind have no preview")]
    Unknown,
    /// The file is not what it says it is, is cut off, or uses what its reader does not know.
    #[error("the file can't be read: {0}")]
    Broken(String),
    /// Reading it would take more than a preview is worth.
    #[error("the file is too large for a preview: {0}")]
    TooLarge(String),
    /// The file's bytes did not come.
    #[error("the file's bytes can't be read: {0}")]
    Io(#[from] std::io::Error),
}

impl PreviewError {
    /// A file that its reader gave up, in the reader's words.
    pub(crate) fn broken(cause: impl std::fmt::Display) -> Self {
        Self::Broken(cause.to_string())
    }
}
