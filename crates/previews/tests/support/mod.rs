//! What the tests of real files share.
#![allow(dead_code, reason = "each test program uses some of it")]

pub(crate) mod looks;
pub(crate) mod packages;
