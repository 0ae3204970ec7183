//! The headers that handlers read, of any bytes that HTTP lets through.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| mudlark_server::fuzzing::headers(bytes));
