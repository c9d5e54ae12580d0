//! The daemon, built with the tests so that they always run the current one.

use std::process::ExitCode;

fn main() -> ExitCode {
    healthd::main_impl()
}
