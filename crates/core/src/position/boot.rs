//! Whether two probes reached the same process of a server.

/// Distinguishes one process of a server from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Boot {
    /// The id of our connection, from the server's greeting,
    /// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html>.
    pub connection: u32,
    /// When the process started, by the clock at that time, in whole seconds since 1970. It is the server's time minus
    /// its `Uptime`, both from one statement, which reads the clock once. So the number stays the same as long as the
    /// process lives, also after a step of the clock.
    pub started: u64,
}

/// Whether `now`, read later, is of the same process as `before`.
///
/// Only a process that is killed in the very second in which it started has a successor with the same start time, and
/// the connection ids of that one begin again at a small number. To require that the uptime grows by the time between
/// is no substitute: a MariaDB that was one second old was back within 140 ms, with the same connection id and an
/// uptime of 0. An error is safe: 2^32 connections look like a restart.
pub fn same_boot(before: &Boot, now: &Boot) -> bool {
    now.started == before.started && now.connection >= before.connection
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_is_seen_by_the_start_or_by_the_connections() {
        for (name, before, now, same) in [
            ("the next probe on one connection", (7, 100), (7, 100), true),
            ("a new connection", (7, 100), (9_000, 100), true),
            ("restarted", (7, 100), (3, 160), false),
            ("restarted, with more connections than before", (7, 100), (50, 160), false),
            ("restarted at once, with the same connection", (5, 100), (5, 101), false),
            ("restarted within its first second", (7, 100), (5, 100), false),
            ("restarted with a clock that is behind", (7, 100), (9, 40), false),
            ("the ids began again", (u32::MAX, 100), (1, 100), false),
        ] {
            let boot = |(connection, started)| Boot { connection, started };
            assert_eq!(same_boot(&boot(before), &boot(now)), same, "{name}");
        }
    }
}
