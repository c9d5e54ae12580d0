//! Whether two probes met the same process of a server.

use std::time::Duration;

/// What tells one process of a server from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Boot {
    /// The id of our connection, from the server's greeting,
    /// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html>.
    pub connection: u32,
    /// The status `Uptime`, in whole seconds, cut off.
    pub uptime: Duration,
}

/// How far two uptimes may be from the time between them. Both are cut off to seconds, which makes less than one; the
/// rest is between the server reading its clock and the caller reading another.
const UNEVEN: Duration = Duration::from_millis(1500);

/// Whether `now` is of the same process as `before`, `elapsed` (of a monotonic clock) earlier.
///
/// Each alone can be deceived: after a restart the connection ids begin again at a small number, which is no smaller
/// where the old process had few; and a process that was young has an uptime near that of the next. Both together are
/// not, as a restart within a second still begins the ids anew, and one of a young process gives the new one less
/// uptime than had to pass. The error is on the safe side: a step of the system's clock, which `Uptime` is counted
/// by, or 2^32 connections look like a restart.
pub fn same_boot(before: &Boot, elapsed: Duration, now: &Boot) -> bool {
    now.connection >= before.connection && (before.uptime + elapsed).abs_diff(now.uptime) <= UNEVEN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_is_seen_by_the_connections_or_by_the_uptime() {
        for (name, before, elapsed, now, same) in [
            ("the next probe on one connection", (7, 100), 200, (7, 100), true),
            ("over the change of a second", (7, 100), 200, (7, 101), true),
            ("a new connection", (7, 100), 30_000, (9_000, 130), true),
            ("both cut off, the worst way", (7, 100), 10_990, (8, 111), true),
            ("at the limit", (7, 100), 1_500, (8, 103), true),
            ("beyond it", (7, 100), 1_499, (8, 103), false),
            ("at the other limit", (7, 100), 2_500, (8, 101), true),
            ("beyond that", (7, 100), 2_501, (8, 101), false),
            ("restarted", (7, 100), 3_000, (3, 1), false),
            ("restarted, with more connections than before", (7, 100), 3_000, (50, 1), false),
            ("restarted within a second of its start", (7, 0), 900, (3, 0), false),
            ("restarted when young, and many clients came back", (7, 1), 2_000, (50, 1), false),
            ("a clock that stepped forward", (7, 100), 200, (7, 3_700), false),
            ("a clock that stepped back", (7, 3_700), 200, (7, 100), false),
            ("the ids began again", (u32::MAX, 100), 200, (1, 100), false),
        ] {
            let boot = |(connection, uptime)| Boot { connection, uptime: Duration::from_secs(uptime) };
            assert_eq!(same_boot(&boot(before), Duration::from_millis(elapsed), &boot(now)), same, "{name}");
        }
        let longest = Boot { connection: 1, uptime: Duration::from_secs(u64::MAX) };
        assert!(!same_boot(&longest, Duration::ZERO, &Boot { uptime: Duration::ZERO, ..longest }));
    }
}
