//! `make demo`: HAProxy fails over between two databases, with a healthd for each, and clients.

#[path = "../demo/mod.rs"]
mod demo;

use std::process::ExitCode;

fn main() -> ExitCode {
    demo::run()
}
