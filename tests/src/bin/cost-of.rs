//! Measures a short process: runs a command repeatedly, and prints for each run the wall time and the CPU time in
//! microseconds, and the peak memory in KiB. It is a small program of its own, because a child uses at least as much
//! memory as its parent.

use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use wait4::Wait4 as _;

#[expect(clippy::print_stdout, reason = "the numbers are what it is for")]
fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let runs = arguments.next().and_then(|runs| runs.parse::<u32>().ok());
    let (Some(runs), Some(program)) = (runs, arguments.next()) else {
        return ExitCode::FAILURE;
    };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for _ in 0..runs {
        let begun = Instant::now();
        let used = match command.spawn().and_then(|mut child| child.wait4()) {
            // Exit code 1 is accepted: a server of a bench has just started, which is a WARNING.
            Ok(used) if matches!(used.status.code(), Some(0 | 1)) => used.rusage,
            _ => return ExitCode::FAILURE,
        };
        let cpu = used.utime + used.stime;
        println!("{} {} {}", begun.elapsed().as_micros(), cpu.as_micros(), used.maxrss / 1024);
    }
    ExitCode::SUCCESS
}
