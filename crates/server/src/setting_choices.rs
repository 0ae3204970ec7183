//! Settings that choose one of a few things.

use serde::{Deserialize, Serialize};

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

/// What `POST /auth/token` answers where the request doesn't choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum TokenFormat {
    /// The token as a bare JSON string.
    String,
    /// An object with `token`, `token_type` and `expires_in`.
    Object,
}

/// Whether a token is given out before its line in the audit trail is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum AuditDurability {
    /// Only afterwards; if the line can't be written, no token is given out.
    Durable,
    /// Without waiting: a crash may lose the last lines.
    Relaxed,
}

/// Whether clients exchange files with the bucket itself, where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum DirectTransfers {
    /// By signed addresses.
    On,
    /// All bytes go through the server.
    Off,
}
