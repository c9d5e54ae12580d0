//! Monitoring plugins for MySQL and MariaDB: one executable with many names.
//!
//! The layers, each on top of the one before:
//!
//! - [`output`]: one line and an exit code from 0 to 3, whatever happens
//! - [`local`]: files and processes of this machine; [`daemon`]: the verdicts of a healthd
//! - [`asking`]: the login, one connection to a server, the counters between runs, the evaluation of checks
//! - [`applets`]: a command line for each name
//! - `links`: creates the names in a directory

pub mod applets;
pub mod asking;
pub mod daemon;
mod links;
pub mod local;
pub mod output;

use std::ffi::OsString;
use std::path::Path;

use healthd_core::text::clean::one_line;

use output::Plugin;

/// The executable's own name. Called by it, the first argument is the applet.
const OWN_NAME: &str = "healthd-plugins";
/// The longest name that a message quotes.
const SHOWN: usize = 40;

/// Runs the applet that the arguments name, prints its answer and ends the process with 0 to 3.
pub fn main_impl() -> ! {
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    let name = |argument: &OsString| {
        let file = Path::new(argument).file_name()?;
        Some(file.to_string_lossy().into_owned())
    };
    let mut called = arguments.first().and_then(name).unwrap_or_default();
    if called == OWN_NAME || applets::find(&called).is_none() && arguments.len() > 1 {
        arguments.remove(0);
        called = arguments.first().and_then(name).unwrap_or_default();
    }
    output::guarded(&called, &arguments, || match applets::find(&called) {
        Some(applet) => (applet.run)(arguments.clone()),
        None if called == "links" => links::run(arguments.clone()),
        None => Plugin::usage(format!(
            "{}; usage: {OWN_NAME} NAME OPTIONS, where NAME is links, {}",
            match called.as_str() {
                "" => "no plugin name".to_owned(),
                name => format!("unknown plugin name `{}`", one_line(name, SHOWN)),
            },
            applets::ALL.map(|applet| applet.name).join(", ")
        )),
    })
}
