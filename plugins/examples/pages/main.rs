//! `cargo run -p healthd-plugins --example pages DIR`: a manual page and completions for every name, from the command
//! lines themselves. An example, so that the executable has nothing of what makes them: monitoring starts it every few
//! seconds.

mod pages;

use std::path::Path;
use std::process::ExitCode;

#[expect(clippy::print_stderr, reason = "it is run by make")]
fn main() -> ExitCode {
    let Some(directory) = std::env::args_os().nth(1) else {
        eprintln!("usage: pages DIR");
        return ExitCode::from(2);
    };
    match pages::write(Path::new(&directory)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pages: {}: {error}", Path::new(&directory).display());
            ExitCode::FAILURE
        }
    }
}
