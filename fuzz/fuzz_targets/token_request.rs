//! The body of `POST /auth/token`, as JSON and as a form.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| mudlark_server::fuzzing::token_request(bytes));
