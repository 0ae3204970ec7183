//! What every black-box test stands on: the real program in a folder of its own, a studio in it, and actors who
//! call it over HTTP.

mod actor;
mod clients;
mod program;
mod stored;
mod studio;

pub(crate) use actor::{Actor, Answer, normalised, text};
pub(crate) use clients::{ForeignVerifier, run_node, run_python};
pub(crate) use program::{Program, admin, admin_failing, program_command};
pub(crate) use stored::{content_files, eventually, staged_files};
pub(crate) use studio::{Studio, new_key};
