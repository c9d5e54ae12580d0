//! Which run of the database server answers: a restart must be noticed, also one that happened while healthd was away.

use std::fs;

use healthd_core::position::boot::{Boot, same_boot};
use std::time::Duration;

use super::state_file::Run;

/// This machine's time since its boot: it also counts a suspension, which the server's uptime does too.
fn since_boot() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// Which boot of this machine; another one is another run of everything on it.
fn machine() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|text| text.trim().to_owned()).unwrap_or_default()
}

/// The run that answers now, given the one that was seen last.
pub(super) fn seen(before: Option<&Run>, boot: &Boot) -> Run {
    let (now, machine) = (since_boot(), machine());
    let same = before.is_some_and(|run| {
        let then = Boot { connection: run.connection, uptime: Duration::from_millis(run.uptime_ms) };
        let elapsed = now.saturating_sub(Duration::from_millis(run.seen_ms));
        run.machine == machine && same_boot(&then, elapsed, boot)
    });
    let number = before.map_or(1, |run| if same { run.number } else { run.number + 1 });
    let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    Run { number, connection: boot.connection, uptime_ms: millis(boot.uptime), seen_ms: millis(now), machine }
}
