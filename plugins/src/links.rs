//! `healthd-plugins links`: the names under which monitoring systems call the executable, made in a directory.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use clap::Parser;

use crate::applets;
use crate::output::Plugin;

/// Makes the names of the plugins as hard links to this executable: a sudoers line for one of them must not admit all.
#[derive(Debug, Parser)]
#[command(
    name = "healthd-plugins links",
    bin_name = "healthd-plugins links",
    max_term_width = 80,
    after_help = "Example: healthd-plugins links --nagios /usr/lib/healthd/plugins\n\
        A file that is there already and is not this executable is left alone, and\nnamed."
)]
struct Arguments {
    /// Where the Nagios plugins go; made where it is not there
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
        Err(error) => return Plugin::usage(format!("this executable does not know where it is: {error}")),
    };
    let directory = &arguments.nagios;
    if let Err(error) = fs::create_dir_all(directory) {
        return Plugin::usage(format!("{} cannot be made: {error}", directory.display()));
    }
    let mut made = 0;
    let mut refused = Vec::new();
    for applets::Name { name, .. } in applets::NAMES {
        match link(&executable, &directory.join(name)) {
            Ok(()) => made += 1,
            Err(error) => refused.push(format!("{name}: {error}")),
        }
    }
    match refused.as_slice() {
        [] => Plugin::done(format!("{made} names are in {}", directory.display())),
        refused => Plugin::usage(format!("{made} names made, not {}", refused.join("; "))),
    }
}

/// One name. That it is there already, as this executable, is fine.
fn link(executable: &Path, name: &Path) -> io::Result<()> {
    match fs::hard_link(executable, name) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let (ours, there) = (fs::metadata(executable)?, fs::symlink_metadata(name)?);
            if (ours.dev(), ours.ino()) == (there.dev(), there.ino()) {
                Ok(())
            } else {
                Err(io::Error::other("something else is there: remove it first"))
            }
        }
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            Err(io::Error::other("it is on another file system: put the executable there first"))
        }
        other => other,
    }
}
