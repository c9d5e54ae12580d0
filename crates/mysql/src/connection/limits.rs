//! Time limits of one run, here and in the server.

use std::time::Duration;

use healthd_core::observed::server::{Flavor, Server, Version};

/// The longest time for a proper disconnect. After that, the connection is cut.
pub(crate) const GOODBYE: Duration = Duration::from_millis(200);

/// The time limits of one run, both from its beginning.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For connect and login.
    pub login: Duration,
    /// For everything.
    pub total: Duration,
}

impl Limits {
    /// For a statement that a person gives: 59 s, since Nagios gives up at 60. Connect and login may take 9 s of it.
    pub fn of_statement(total: Option<Duration>) -> Limits {
        let total = total.unwrap_or(Duration::from_secs(59));
        Limits { login: total.min(Duration::from_secs(9)), total }
    }

    /// One limit for everything.
    pub fn together(total: Duration) -> Limits {
        Limits { login: total, total }
    }
}

/// How much later than the plugin the server gives up. A SLEEP that the server interrupts returns 1, which would be
/// judged.
pub(crate) const GUARD_LATER: Duration = Duration::from_secs(1);
/// Makes the server itself give up the statement. It would go on reading a large table for a client that is gone.
pub(crate) fn guard(server: Server, within: Duration) -> Option<String> {
    const EXECUTION: Version = Version { major: 5, minor: 7, patch: 8 };
    let millis = within.as_millis();
    match server.flavor {
        Flavor::MariaDb => Some(format!("SET SESSION max_statement_time = {}.{:03}", millis / 1000, millis % 1000)),
        Flavor::MySql if server.version >= EXECUTION => Some(format!("SET SESSION max_execution_time = {millis}")),
        Flavor::MySql => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_told_to_give_up_in_its_own_words() {
        for (version, expected) in [
            ("10.11.19-MariaDB", Some("SET SESSION max_statement_time = 58.750")),
            ("8.4.0", Some("SET SESSION max_execution_time = 58750")),
            ("5.6.51", None),
        ] {
            let server = Server::parse(version).expect("a version");
            assert_eq!(guard(server, Duration::from_millis(58_750)).as_deref(), expected, "{version}");
        }
    }
}
