//! Telling others of what happens in a workspace: which events are told to whom, the messages, where they may go, and
//! when they are tried again. A webhook itself is made and changed in `http::webhooks`.
//! *Source*: wire contract, section 5; Standard Webhooks 1.0.0.
//!
//! Events are read from the log that each change writes, behind a mark that each webhook has, so that a change costs
//! the same whether webhooks tell of it or not, and nothing is lost in a crash. A delivery is taken for a minute by
//! whoever tries it; several processes share the work so. What was sent and not noted before a crash is sent again:
//! at least once, with the same id.

pub(crate) mod back_off;
pub(crate) mod confidential;
pub(crate) mod dispatch;
pub(crate) mod egress;
mod message;
mod send;
