//! Monitoring plugins for MySQL and MariaDB: one executable with many names.
//!
//! A door is a command line: [`doors`] has one file for each. They share everything else:
//!
//! - [`daemon`]: a healthd is asked instead of a server
//! - [`login`]: which server, and as whom; [`run`]: read, judge, answer; [`state`]: counters from run to run
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

/// The name of the executable itself: the door is its first argument then.
const OWN_NAME: &str = "healthd-plugins";

/// Runs the door that the arguments name, prints its answer and ends the process with 0 to 3.
pub fn main_impl() -> ! {
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    let name = |argument: &OsString| {
        let file = Path::new(argument).file_name()?;
        Some(file.to_string_lossy().into_owned())
    };
    let mut door = arguments.first().and_then(name).unwrap_or_default();
    if door == OWN_NAME || applets::find(&door).is_none() && arguments.len() > 1 {
        arguments.remove(0);
        door = arguments.first().and_then(name).unwrap_or_default();
    }
    output::guarded(&door, &arguments, || match applets::find(&door) {
        Some(door) => (door.run)(arguments.clone()),
        None if door == "links" => links::run(arguments.clone()),
        None => Plugin::usage(format!(
            "`{}` is none of our names: call {OWN_NAME} {} | links",
            healthd_core::text::clean::one_line(&door, 40),
            applets::NAMES.map(|door| door.name).join(" | ")
        )),
    })
}
