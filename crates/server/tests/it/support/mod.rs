//! What every black-box test stands on: the real program in a folder of its own, a studio in it, and actors who
//! call it over HTTP.

mod actor;
pub(crate) mod archives;
mod authenticator;
mod clients;
mod cluster;
mod database;
mod mail_server;
mod openid_provider;
mod person;
mod program;
mod receiver;
#[path = "../../../../blobs/tests/support/s3_server.rs"]
pub(crate) mod s3_server;
mod storage;
mod stored;
mod studio;
mod things;

pub(crate) use actor::{Actor, Answer, Call, normalised, text};
pub(crate) use authenticator::Authenticator;
pub(crate) use clients::{
    ForeignVerifier, HttpsReceiver, client_script, root, run_example, run_node, run_python, run_python_tool,
};
pub(crate) use cluster::Cluster;
pub(crate) use database::{database_of, on_postgres, schema_of, use_data, wait_for};
pub(crate) use mail_server::MailServer;
pub(crate) use openid_provider::OpenIdProvider;
pub(crate) use person::{PASSWORD, Person, link_token};
pub(crate) use program::{
    NO_LIMITS, Program, admin, admin_failing, output_with_input, program_command, program_path,
};
pub(crate) use receiver::{Received, Receiver};
pub(crate) use storage::{Bucket, storage_of};
pub(crate) use stored::{content_file, content_files, eventually, make_content_older, staged_files};
pub(crate) use studio::{Studio, new_key, store_of};
pub(crate) use things::Things;
