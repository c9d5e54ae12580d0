//! Manual pages and completions.

use std::fs;
use std::io;
use std::path::Path;

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
