//! The daemon, built together with the tests, so that the tests never run an old executable.

use std::process::ExitCode;

fn main() -> ExitCode {
    healthd::main_impl()
}
