//! When the support of each series ends, as known in November 2026.

/// The vendor of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Maker {
    /// The MariaDB Foundation.
    MariaDb,
    /// Oracle.
    MySql,
    /// Percona, whose series end together with the MySQL series that they are built from.
    Percona,
}

impl Maker {
    /// Finds the vendor in `version` and `version_comment`.
    pub(super) fn of(version: &str, comment: &str) -> Maker {
        match (version.contains("MariaDB") || comment.contains("MariaDB") || comment.contains("mariadb"), comment) {
            (true, _) => Maker::MariaDb,
            (false, comment) if comment.contains("Percona") => Maker::Percona,
            _ => Maker::MySql,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Maker::MariaDb => "MariaDB",
            Maker::MySql => "MySQL",
            Maker::Percona => "Percona Server",
        }
    }

    /// The page where the vendor publishes the end of support.
    pub(super) fn source(self) -> &'static str {
        match self {
            Maker::MariaDb => "https://mariadb.org/about/#maintenance-policy",
            Maker::MySql => "https://endoflife.date/mysql",
            Maker::Percona => "https://www.percona.com/services/policies/percona-software-support-lifecycle",
        }
    }

    /// The last day on which a series is supported; `None` for a series that is not in the list.
    pub(super) fn end(self, series: &str) -> Option<&'static str> {
        let list = match self {
            Maker::MariaDb => MARIADB,
            Maker::MySql | Maker::Percona => MYSQL,
        };
        list.iter().find(|(known, _)| *known == series).map(|(_, end)| *end)
    }
}

/// <https://mariadb.org/about/#maintenance-policy>, <https://endoflife.date/mariadb>. For 12.3 only the month is known.
pub(super) const MARIADB: &[(&str, &str)] = &[
    ("5.1", "2015-02-01"),
    ("5.2", "2015-11-10"),
    ("5.3", "2017-03-01"),
    ("5.5", "2020-04-11"),
    ("10.0", "2019-03-31"),
    ("10.1", "2020-10-17"),
    ("10.2", "2022-05-23"),
    ("10.3", "2023-05-25"),
    ("10.4", "2024-06-18"),
    ("10.5", "2025-06-24"),
    ("10.6", "2026-07-06"),
    ("10.7", "2023-02-14"),
    ("10.8", "2023-05-20"),
    ("10.9", "2023-08-22"),
    ("10.10", "2023-11-17"),
    ("10.11", "2028-02-16"),
    ("11.0", "2024-06-06"),
    ("11.1", "2024-08-21"),
    ("11.2", "2024-11-21"),
    ("11.3", "2024-05-29"),
    ("11.4", "2029-05-29"),
    ("11.5", "2024-11-21"),
    ("11.6", "2025-02-13"),
    ("11.7", "2025-05-12"),
    ("11.8", "2028-06-04"),
    ("12.0", "2025-11-18"),
    ("12.1", "2026-02-13"),
    ("12.2", "2026-05-13"),
    ("12.3", "2029-06-30"),
];

/// <https://endoflife.date/mysql>, by Oracle's lifetime support policy: the end of extended support. An innovation
/// release ends when the next one is released. For 9.7 there is no date yet.
pub(super) const MYSQL: &[(&str, &str)] = &[
    ("5.5", "2018-12-31"),
    ("5.6", "2021-02-28"),
    ("5.7", "2023-10-31"),
    ("8.0", "2026-04-30"),
    ("8.1", "2023-10-25"),
    ("8.2", "2023-12-14"),
    ("8.3", "2024-04-10"),
    ("8.4", "2032-04-30"),
    ("9.0", "2024-10-15"),
    ("9.1", "2025-01-21"),
    ("9.2", "2025-04-15"),
    ("9.3", "2025-07-22"),
    ("9.4", "2025-10-21"),
    ("9.5", "2026-01-20"),
    ("9.6", "2026-04-21"),
];
