//! The machine of the measurement, without its name.

use std::fs;
use std::process::Command;
use std::thread;

/// Processor, cores, kernel and compiler, in one line.
pub(crate) fn description() -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map_or("unknown processor", |(_, model)| model.trim());
    let cores = thread::available_parallelism().map_or_else(|_| "?".to_owned(), |cores| cores.to_string());
    let kernel = rustix::system::uname();
    let rustc = Command::new("rustc").arg("--version").output().ok();
    let rustc = rustc.and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    let rustc = rustc.split_ascii_whitespace().nth(1).unwrap_or("unknown");
    format!("{model}, {cores} cores, Linux {}, rustc {rustc}", kernel.release().to_string_lossy())
}
