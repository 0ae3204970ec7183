//! Work that spans more than one write, or the database and the files' bytes. Called by handlers, by the operator's
//! commands and by the sweeper; knows no HTTP.

pub(crate) mod account_limits;
pub(crate) mod asset_events;
pub(crate) mod asset_locks;
pub(crate) mod audit;
pub(crate) mod change;
pub(crate) mod change_key;
pub(crate) mod change_member;
pub(crate) mod commit_content;
pub(crate) mod create_key;
pub(crate) mod create_workspace;
pub(crate) mod event;
pub(crate) mod give_secret;
pub(crate) mod hold_back;
pub(crate) mod idempotency_key;
pub(crate) mod import;
pub(crate) mod invites;
pub(crate) mod issue_token;
pub(crate) mod key_details;
pub(crate) mod key_limits;
pub(crate) mod key_refusal;
pub(crate) mod key_use;
pub(crate) mod limits;
pub(crate) mod make_folders;
pub(crate) mod move_folder;
pub(crate) mod notify;
pub(crate) mod pictures;
pub(crate) mod revoke;
pub(crate) mod rotate_key;
pub(crate) mod search_totals;
pub(crate) mod secrets;
pub(crate) mod signing_keys;
pub(crate) mod sweep;
pub(crate) mod trash;
pub(crate) mod zip_stream;
