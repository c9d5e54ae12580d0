//! `cargo run -p healthd-plugins --example pages DIR`: a manual page and a bash completion for every name, from the command
//! lines themselves. An example, so that the executable has nothing of what makes them: monitoring starts it every few seconds.

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use clap_complete::Shell;
use healthd_plugins::doors;

/// Writes `man/NAME.1` and `bash/NAME` for every name.
///
/// # Errors
/// The directory cannot be written to.
pub(crate) fn write(directory: &Path) -> io::Result<()> {
    let (man, bash) = (directory.join("man"), directory.join("bash"));
    fs::create_dir_all(&man)?;
    fs::create_dir_all(&bash)?;
    for door in doors::NAMES {
        let mut page = Vec::new();
        clap_mangen::Man::new(door.command()).manual("healthd").render(&mut page)?;
        fs::write(man.join(format!("{}.1", door.name)), page)?;
        let mut script = Vec::new();
        clap_complete::generate(Shell::Bash, &mut door.completed(), door.name, &mut script);
        fs::write(bash.join(door.name), script)?;
    }
    Ok(())
}

#[expect(clippy::print_stderr, reason = "it is run by make")]
fn main() -> ExitCode {
    let Some(directory) = std::env::args_os().nth(1) else {
        eprintln!("usage: pages DIR");
        return ExitCode::from(2);
    };
    match write(Path::new(&directory)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pages: {}: {error}", Path::new(&directory).display());
            ExitCode::FAILURE
        }
    }
}
