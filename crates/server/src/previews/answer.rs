//! What a worker answers on its standard output: a line of JSON, then the pictures' bytes in its order.

use mudlark_previews::{Likeness, PreviewError};
use mudlark_store::PreviewOutcome;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The line.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Head {
    pub(super) outcome: Outcome,
    /// Why there is no preview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    /// What is in the file.
    #[serde(default)]
    pub(super) facts: Map<String, Value>,
    /// The sketch of the picture, where it shows what is in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) likeness: Option<WrittenLikeness>,
    #[serde(default)]
    pub(super) pictures: Vec<PictureHead>,
}

/// A sketch as text.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct WrittenLikeness {
    structure: u64,
    colors: Vec<u8>,
}

impl From<Likeness> for WrittenLikeness {
    fn from(Likeness { structure, colors }: Likeness) -> Self {
        Self { structure, colors: colors.to_vec() }
    }
}

impl WrittenLikeness {
    /// None where it is none: who has read a hostile file may answer anything.
    pub(super) fn read(self) -> Option<Likeness> {
        Some(Likeness { structure: self.structure, colors: self.colors.try_into().ok()? })
    }
}

/// What came of reading a file.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// It was read.
    Made,
    /// No reader takes files of this kind.
    Unknown,
    /// It is not what it says it is, or is cut off.
    Broken,
    /// It would take more than a preview is worth.
    TooLarge,
}

impl From<Outcome> for PreviewOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Made => Self::Made,
            Outcome::Unknown => Self::Unknown,
            Outcome::Broken => Self::Broken,
            Outcome::TooLarge => Self::TooLarge,
        }
    }
}

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct PictureHead {
    /// The longest side that was asked for, or none for the sheet.
    pub(super) side: Option<u32>,
    pub(super) width: u32,
    pub(super) height: u32,
    /// *Units*: bytes.
    pub(super) length: usize,
}

impl Head {
    /// A file that gave no preview.
    pub(super) fn without(error: &PreviewError) -> Self {
        let outcome = match error {
            PreviewError::Unknown => Outcome::Unknown,
            PreviewError::TooLarge(_) => Outcome::TooLarge,
            PreviewError::Broken(_) | PreviewError::Io(_) => Outcome::Broken,
        };
        Self {
            outcome,
            reason: Some(error.to_string()),
            facts: Map::new(),
            likeness: None,
            pictures: Vec::new(),
        }
    }
}
