//! Black-box tests: each starts the real program on a free port with a folder of its own, and speaks HTTP to it.
//! One program for all of them, one file for each resource.

mod access;
mod assets;
mod credentials;
mod downloads;
mod smoke;
mod support;
mod tokens;
mod uploads;
mod versions;
