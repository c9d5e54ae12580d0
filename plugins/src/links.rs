//! `healthd-plugins links`: creates the names of the executable in a directory.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use clap::Parser;

use crate::applets;
use crate::output::Plugin;

/// Create the names of the plugins as hard links to this executable.
///
/// With hard links a sudoers line for one of them does not allow the others.
#[derive(Debug, Parser)]
#[command(
    name = "healthd-plugins links",
    bin_name = "healthd-plugins links",
    max_term_width = 80,
    after_help = "Example: healthd-plugins links --nagios /usr/lib/healthd/plugins\n\
        An existing file that is not this executable is kept and reported."
)]
struct Arguments {
    /// Directory of the Nagios plugins; it is created if it does not exist
    #[arg(long, value_name = "DIR")]
    nagios: PathBuf,
}

pub(crate) fn run(arguments: Vec<OsString>) -> Plugin {
    let arguments = match applets::options::parse::<Arguments>(arguments) {
        Ok(arguments) => arguments,
        Err(plugin) => return plugin,
    };
    let executable = match std::env::current_exe() {
        Ok(executable) => executable,
        Err(error) => return Plugin::usage(format!("cannot find the path of this executable: {error}")),
    };
    let directory = &arguments.nagios;
    if let Err(error) = fs::create_dir_all(directory) {
        return Plugin::usage(format!("cannot create {}: {error}", directory.display()));
    }
    let mut created = 0;
    let mut refused = Vec::new();
    for applets::Applet { name, .. } in applets::ALL {
        match link(&executable, &directory.join(name)) {
            Ok(()) => created += 1,
            Err(error) => refused.push(format!("{name}: {error}")),
        }
    }
    match refused.as_slice() {
        [] => Plugin::done(format!("{created} names are in {}", directory.display())),
        refused => Plugin::usage(format!("{created} names created, not {}", refused.join("; "))),
    }
}

/// Creates one name, unless it is this executable already.
fn link(executable: &Path, name: &Path) -> io::Result<()> {
    match fs::hard_link(executable, name) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let (ours, there) = (fs::metadata(executable)?, fs::symlink_metadata(name)?);
            if (ours.dev(), ours.ino()) == (there.dev(), there.ino()) {
                Ok(())
            } else {
                Err(io::Error::other("another file has this name: remove it first"))
            }
        }
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            Err(io::Error::other("the directory is on another file system: copy the executable there first"))
        }
        other => other,
    }
}
