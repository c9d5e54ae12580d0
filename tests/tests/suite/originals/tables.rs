//! Command lines for our applets and the original plugins.

/// A command line. `{lone}` and `{replica}` stand for the login options of one of two servers.
pub(super) struct Case {
    pub(super) applet: &'static str,
    pub(super) arguments: &'static [&'static str],
    /// The exit code of both; `None` where they differ on purpose.
    pub(super) same: Option<i32>,
}

const fn both(code: i32, applet: &'static str, arguments: &'static [&'static str]) -> Case {
    Case { applet, arguments, same: Some(code) }
}

pub(super) const M: &str = "check_mysql";
pub(super) const Q: &str = "check_mysql_query";

pub(super) const SAME: [Case; 54] = [
    both(0, M, &["{lone}"]),
    both(0, M, &["{lone}", "-v"]),
    both(0, M, &["{lone}", "-n"]),
    both(0, M, &["{lone}", "-d", "information_schema"]),
    both(0, M, &["{lone}", "-w", "1", "-c", "2"]),
    both(0, M, &["{lone}", "-w", ""]),
    both(0, M, &["{lone}", "-C", "/nonexistent.pem", "-D", "/nonexistent", "-L", "HIGH"]),
    both(0, M, &["127.0.0.1", "mon", "mon", "information_schema", "{port}"]),
    both(0, M, &["-P", "{port}", "127.0.0.1", "mon", "mon"]),
    both(0, M, &["--hostname=127.0.0.1", "--port={port}", "--username=mon", "--password=mon"]),
    both(0, M, &["--host=127.0.0.1", "--po={port}", "--user", "mon", "--pass", "mon"]),
    both(0, M, &["-H127.0.0.1", "-P{port}", "-umon", "-pmon"]),
    both(0, M, &["{lone}", "-u", "nobody", "-u", "mon"]),
    both(0, M, &["-s", "{socket}", "-u", "mon", "-p", "mon"]),
    both(0, M, &["-H", "localhost", "-s", "{socket}", "-u", "mon", "-p", "mon"]),
    both(0, M, &["-H", "{socket}", "-u", "mon", "-p", "mon"]),
    both(0, M, &["{lone}", "-s", "/nonexistent.sock"]),
    both(0, M, &["-P", "", "-s", "{socket}", "-u", "mon", "-p", "mon"]),
    both(0, M, &["{lone}", "-s", ""]),
    both(0, M, &["{lone}", "-f", ""]),
    both(1, M, &["{lone}", "-S"]),
    both(1, M, &["{lone}", "--check-slave", "-w", "5", "-c", "10"]),
    both(0, M, &["{replica}", "-S"]),
    both(0, M, &["{replica}", "-S", "-w", "5", "-c", "10"]),
    both(1, M, &["{replica}", "-S", "-w", "1:", "-c", "10"]),
    both(1, M, &["{replica}", "-S", "-w", "@0"]),
    both(2, M, &["{replica}", "-S", "-w", "5", "-c", "@0:0"]),
    both(2, M, &["{replica}", "-S", "-c", "1:2"]),
    both(0, M, &["{replica}", "-S", "-w", "~:5", "-c", "-1:10"]),
    both(2, M, &["{lone}", "-p", "wrong"]),
    both(2, M, &["{lone}", "-p", ""]),
    both(0, M, &["{lone}", "-p", "wrong", "-n"]),
    both(0, M, &["{lone}", "-u", "nobody", "--ignore-auth"]),
    both(2, M, &["{lone}", "-d", "no_such_database"]),
    both(2, M, &["{lone}", "-d", "no_such_database", "-n"]),
    both(2, M, &["{lone}", "-P", "1"]),
    both(2, M, &["{lone}", "-P", "1", "-n"]),
    both(2, M, &["-s", "/nonexistent.sock", "-u", "mon"]),
    both(3, M, &["{lone}", "-w", "10:5"]),
    both(3, M, &["{lone}", "--nonsense"]),
    both(3, M, &["-H", "", "-u", "mon"]),
    both(3, M, &["-h"]),
    both(3, M, &["--version"]),
    both(3, Q, &["{lone}"]),
    both(0, Q, &["{lone}", "-q", "SELECT 5"]),
    both(0, Q, &["{lone}", "-q", "SELECT 5;", "-w", "5", "-c", "10"]),
    both(1, Q, &["{lone}", "-q", "SELECT 1/3", "-w", "0.5:", "-c", "10"]),
    both(2, Q, &["{lone}", "-q", "SELECT -0.00001", "-c", "10"]),
    both(2, Q, &["{lone}", "--query=SELECT 1e3 UNION SELECT 1", "-w", "~:10", "-c", "@1000:2000"]),
    both(0, Q, &["{lone}", "-q", "SELECT COUNT(*) FROM engines", "-d", "information_schema", "-w", "1:"]),
    both(1, Q, &["{lone}", "-q", "SELECT 1 FROM DUAL WHERE 0"]),
    both(2, Q, &["{lone}", "-q", "SELECT NULL"]),
    both(2, Q, &["{lone}", "-q", "SELECT 'five', 5"]),
    both(2, Q, &["{lone}", "-q", "SELECT 1; SELECT 2"]),
];

/// Intended differences: the exit code of the original plugin, ours, and the reason.
pub(super) const EXCEPTIONS: [(i32, i32, &str, Case); 14] = [
    (0, 3, "an invalid threshold is refused, not taken for 0", differs(M, &["{replica}", "-S", "-w", "abc"])),
    (1, 3, "an invalid threshold is refused, not taken for 0", differs(Q, &["{lone}", "-q", "SELECT 5", "-w", "abc"])),
    (0, 3, "a threshold is not read only half", differs(Q, &["{lone}", "-q", "SELECT 5", "-w", "10%"])),
    (0, 3, "an exponent is probably a typing error", differs(Q, &["{lone}", "-q", "SELECT 5", "-w", "1e3"])),
    (0, 3, "a range needs an end", differs(Q, &["{lone}", "-q", "SELECT 5", "-w", ":"])),
    (2, 3, "an invalid port is refused, not reduced to its digits", differs(M, &["{lone}", "-P", "1x"])),
    (3, 2, "a name without an address is a network failure", differs(M, &["{lone}", "-H", "no-such-host.invalid"])),
    (3, 0, "the original has no timeout", differs(M, &["{lone}", "-t", "5"])),
    (3, 0, "an option of 3.x", differs(M, &["{replica}", "--check-replica"])),
    (3, 0, "an option of our own", differs(Q, &["{lone}", "-q", "SELECT 5", "--queryname", "five"])),
    (0, 2, "-l never sends the password without TLS", differs(M, &["{lone}", "-l"])),
    (0, 2, "nan cannot be judged", differs(Q, &["{lone}", "-q", "SELECT 'nan'"])),
    (0, 2, "no server writes a number like this", differs(Q, &["{lone}", "-q", "SELECT '0x10'"])),
    (0, 3, "an unexpected argument is a mistake", differs(Q, &["{lone}", "-q", "SELECT 5", "word"])),
];

const fn differs(applet: &'static str, arguments: &'static [&'static str]) -> Case {
    Case { applet, arguments, same: None }
}
