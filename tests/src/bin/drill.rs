//! What `make drill` runs: a site under load, one fault after the other, and what its clients saw.

use std::process::ExitCode;

fn main() -> ExitCode {
    healthd_tests::drill::main()
}
