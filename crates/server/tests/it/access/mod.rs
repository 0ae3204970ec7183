//! Who may call what. `policy` says it once more by hand, apart from the router; `register` holds the two together;
//! `table` asks the running server for every combination and compares (`world` is that server);
//! `situations` are the cases with a story.

mod keys;
mod policy;
mod register;
mod situations;
mod table;
mod wire;
mod world;
