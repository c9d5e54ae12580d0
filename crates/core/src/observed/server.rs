//! Which server answers: flavor and version.

use std::fmt;

/// The family of a server; it decides which statements exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flavor {
    /// MariaDB, from `MariaDB` in its version (distributions change `version_comment`).
    MariaDb,
    /// MySQL and what is built from it, such as Percona Server.
    MySql,
}

/// A version with the parts that decide anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// `10` in `10.11.19`.
    pub major: u16,
    /// `11` in `10.11.19`.
    pub minor: u16,
    /// `19` in `10.11.19`.
    pub patch: u16,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// Flavor and version of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Server {
    /// The family.
    pub flavor: Flavor,
    /// The version.
    pub version: Version,
}

impl Server {
    /// Reads `@@version`, or the version of a greeting.
    ///
    /// MariaDB greets with `5.5.5-10.11.19-MariaDB` so that old replicas accept it; the prefix is not its version.
    /// Returns `None` when there is no `major.minor` in front.
    ///
    /// ```
    /// # use healthd_core::observed::server::*;
    /// let server = Server::parse("5.5.5-10.11.19-MariaDB-deb12-log").unwrap();
    /// assert_eq!((server.flavor, server.version.to_string()), (Flavor::MariaDb, "10.11.19".into()));
    /// ```
    pub fn parse(text: &str) -> Option<Server> {
        let flavor = if text.to_ascii_lowercase().contains("mariadb") { Flavor::MariaDb } else { Flavor::MySql };
        let text = match flavor {
            Flavor::MariaDb => text.strip_prefix("5.5.5-").unwrap_or(text),
            Flavor::MySql => text,
        };
        let numbers = text.split(|c: char| !(c.is_ascii_digit() || c == '.')).next()?;
        let mut parts = numbers.split('.').map(str::parse::<u16>);
        let major = parts.next()?.ok()?;
        let minor = parts.next()?.ok()?;
        let patch = parts.next().and_then(Result::ok).unwrap_or(0);
        Some(Server { flavor, version: Version { major, minor, patch } })
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.flavor {
            Flavor::MariaDb => "MariaDB",
            Flavor::MySql => "MySQL",
        };
        write!(f, "{name} {}", self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_real_servers_are_read() {
        for (text, expected) in [
            ("5.6.24-log", Some("MySQL 5.6.24")),
            ("9.7.4-2", Some("MySQL 9.7.4")),
            ("8.0.36-28.1", Some("MySQL 8.0.36")),
            ("10.11.19-MariaDB-0+deb12u1", Some("MariaDB 10.11.19")),
            ("5.5.5-10.6.1-MariaDB", Some("MariaDB 10.6.1")),
            ("11.8.9-MariaDB-ubu2404-log", Some("MariaDB 11.8.9")),
            ("8.4", Some("MySQL 8.4.0")),
            ("SSH-2.0-OpenSSH_9.2", None),
            ("", None),
        ] {
            let read = Server::parse(text).map(|server| server.to_string());
            assert_eq!(read.as_deref(), expected, "{text:?}");
        }
    }
}
