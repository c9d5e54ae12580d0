//! What a process uses, read from `/proc`.

use std::fs;
use std::io;
use std::time::Duration;

/// The processor time that all threads of a process have used until now.
///
/// Read from the scheduler's statistics: the ticks in `/proc/PID/stat` are too coarse for a health daemon.
///
/// # Errors
/// When the process is gone, or the kernel has no such statistics.
pub(crate) fn cpu(pid: u32) -> io::Result<Duration> {
    let mut nanos = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = fs::read_to_string(task?.path().join("schedstat"))?;
        nanos += number(text.split_ascii_whitespace().next())?;
    }
    Ok(Duration::from_nanos(nanos))
}

/// The resident memory of a process in megabytes.
///
/// # Errors
/// When the process is gone.
pub(crate) fn resident(pid: u32) -> io::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = number(line.and_then(|line| line.split_ascii_whitespace().next()))?;
    Ok(f64::from(u32::try_from(kibibytes).unwrap_or(u32::MAX)) * 1024.0 / 1e6)
}

fn number(text: Option<&str>) -> io::Result<u64> {
    let parsed = text.and_then(|text| text.parse().ok());
    parsed.ok_or_else(|| io::Error::other("/proc has no such number"))
}
