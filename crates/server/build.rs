//! Makes the program be built anew where the built console has changed. The console is taken in by `http::console`; a
//! build without one needs no Node.js and serves a page that says how to get it.

use std::path::Path;

fn main() {
    let dist = Path::new("../../console/dist");
    // A folder that is not there can't be watched: cargo would run this, and build the server, each time. An empty one,
    // which git ignores, can. Where it can't be made, sources are read-only and nothing will change.
    if dist.exists() || std::fs::create_dir_all(dist).is_ok() {
        println!("cargo:rerun-if-changed={}", dist.display());
    }
    println!("cargo:rerun-if-changed=build.rs");
}
