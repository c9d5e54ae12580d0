//! The `healthd` executable.

use std::process::ExitCode;

fn main() -> ExitCode {
    healthd::main_impl()
}
