//! What `make demo` shows: a failover by HAProxy with two databases, a healthd for each, and clients.

#[path = "../demo/mod.rs"]
mod demo;

use std::process::ExitCode;

fn main() -> ExitCode {
    demo::run()
}
