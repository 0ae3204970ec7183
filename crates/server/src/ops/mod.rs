//! Work that spans more than one write, or the database and the files' bytes. Called by handlers, by the operator's
//! commands and by the sweeper; knows no HTTP.

pub(crate) mod change;
pub(crate) mod change_key;
pub(crate) mod commit_content;
pub(crate) mod create_key;
pub(crate) mod create_workspace;
pub(crate) mod give_secret;
pub(crate) mod idempotency_key;
pub(crate) mod key_details;
pub(crate) mod key_limits;
pub(crate) mod key_refusal;
pub(crate) mod key_use;
pub(crate) mod make_folders;
pub(crate) mod revoke;
pub(crate) mod rotate_key;
pub(crate) mod sweep;
