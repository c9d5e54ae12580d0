//! Monitoring plugins for MySQL and MariaDB: one executable with many names.
//!
//! An applet is a command line: [`applets`] has one file for each. They share everything else:
//!
//! - [`daemon`]: a healthd is asked instead of a server
//! - [`asking`]: which server, and as whom; read, judge, answer; counters from run to run
//! - [`local`]: files and processes of this machine
//! - [`output`]: one line and 0 to 3, whatever happens

pub mod applets;
pub mod asking;
pub mod daemon;
mod links;
pub mod local;
pub mod output;

use std::ffi::OsString;
use std::path::Path;

use output::Plugin;

/// The name of the executable itself: the applet is its first argument then.
const OWN_NAME: &str = "healthd-plugins";

/// Runs the applet that the arguments name, prints its answer and ends the process with 0 to 3.
pub fn main_impl() -> ! {
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    let name = |argument: &OsString| {
        let file = Path::new(argument).file_name()?;
        Some(file.to_string_lossy().into_owned())
    };
    let mut applet = arguments.first().and_then(name).unwrap_or_default();
    if applet == OWN_NAME || applets::find(&applet).is_none() && arguments.len() > 1 {
        arguments.remove(0);
        applet = arguments.first().and_then(name).unwrap_or_default();
    }
    output::guarded(&applet, &arguments, || match applets::find(&applet) {
        Some(applet) => (applet.run)(arguments.clone()),
        None if applet == "links" => links::run(arguments.clone()),
        None => Plugin::usage(format!(
            "`{}` is none of our names: call {OWN_NAME} {} | links",
            healthd_core::text::clean::one_line(&applet, 40),
            applets::NAMES.map(|applet| applet.name).join(" | ")
        )),
    })
}
