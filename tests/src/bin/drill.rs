//! `make drill`: inflicts one fault after the other on a site under load, and shows what its clients saw.

use std::process::ExitCode;

fn main() -> ExitCode {
    healthd_tests::drill::main()
}
