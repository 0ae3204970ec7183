//! What became of the entries of an archive.

use serde::Serialize;

use crate::{AssetId, ErrorCode};

/// What became of one entry.
#[derive(Clone, Debug, Serialize)]
pub struct ImportReport {
    /// As the archive has it; empty where the archive itself can't be read on.
    pub name: String,
    #[serde(flatten)]
    pub outcome: ImportOutcome,
}

/// The ways in which an entry can end.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ImportOutcome {
    /// It is a new asset.
    Created { asset_id: AssetId },
    /// It is the next version of the asset of its name.
    Versioned { asset_id: AssetId },
    /// It is a folder, which is there now.
    Folder,
    /// Nothing of it was kept.
    Refused {
        /// A stable name for programs; `docs/errors.md` lists them.
        code: ErrorCode,
        /// One sentence for people.
        message: String,
    },
}
