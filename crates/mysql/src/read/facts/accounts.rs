//! The accounts of a server.

use healthd_core::facts::{Account, Accounts};
use healthd_core::observed::section::Section;
use healthd_core::observed::server::{Flavor, Server, Version};
use healthd_core::text::clean::one_line;

use super::entry::{Entry, Rows, Statement};
use crate::decode::columns::{TextRow, cell, not_understood};

pub(super) const ENTRIES: &[&dyn Entry] = &[&Rows::<Accounts> {
    statement: |request| Some(Statement::new(statement(request.server), "GRANT SELECT ON mysql.*")),
    decode: |rows, request| accounts(rows, request.server),
    is_long: false,
}];

/// Reads every account that can log in: its name, host and plugin, and 1 if it has no password. No password is read.
fn statement(server: Server) -> &'static str {
    const ONE_COLUMN: Version = Version { major: 5, minor: 7, patch: 6 };
    const GLOBAL_PRIV: Version = Version { major: 10, minor: 4, patch: 0 };
    match server.flavor {
        // Among others, mariadb.sys, which owns views, is locked and has no password.
        Flavor::MariaDb if server.version >= GLOBAL_PRIV => {
            "SELECT u.User, u.Host, u.plugin, COALESCE(u.Password, '') = '' AND COALESCE(u.authentication_string, '') \
             = '' \
             FROM mysql.user u JOIN mysql.global_priv p ON p.User = u.User AND p.Host = u.Host \
             WHERE u.is_role = 'N' AND COALESCE(JSON_VALUE(p.Priv, '$.account_locked'), '0') NOT IN ('1', 'true')"
        }
        Flavor::MariaDb => {
            "SELECT User, Host, plugin, COALESCE(Password, '') = '' AND COALESCE(authentication_string, '') = '' \
             FROM mysql.user WHERE is_role = 'N'"
        }
        Flavor::MySql if server.version >= ONE_COLUMN => {
            "SELECT User, Host, plugin, COALESCE(authentication_string, '') = '' FROM mysql.user WHERE account_locked \
             = 'N'"
        }
        Flavor::MySql => {
            "SELECT User, Host, plugin, COALESCE(Password, '') = '' AND COALESCE(authentication_string, '') = '' FROM \
             mysql.user"
        }
    }
}

/// The plugins that compare a password with the one in the table. Before plugins existed, the name was empty.
const PASSWORDS: [&str; 7] = [
    "",
    "mysql_native_password",
    "mysql_old_password",
    "sha256_password",
    "caching_sha2_password",
    "ed25519",
    "parsec",
];

/// The rows of [`statement`].
fn accounts(rows: &[TextRow], server: Server) -> Section<Vec<Account>> {
    let account = |row: &TextRow| {
        let plugin = cell(row, 2).unwrap_or_default();
        Some(Account {
            user: one_line(cell(row, 0)?, 80),
            host: one_line(cell(row, 1)?, 100),
            no_password: cell(row, 3)? == "1" && PASSWORDS.contains(&plugin),
            old_plugin: is_old(plugin, server),
        })
    };
    match rows.iter().map(account).collect::<Option<Vec<_>>>() {
        Some(accounts) => Ok(accounts),
        None => not_understood("mysql.user"),
    }
}

fn is_old(plugin: &str, server: Server) -> bool {
    const EIGHT: Version = Version { major: 8, minor: 0, patch: 0 };
    match plugin {
        "mysql_old_password" => true,
        "mysql_native_password" | "sha256_password" => server.flavor == Flavor::MySql && server.version >= EIGHT,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plugin_that_wants_a_password_can_miss_it_and_what_is_old_depends_on_the_server() {
        let decoded = |plugin: Option<&str>, empty: &str, version: &str| {
            let cells = [Some("app"), Some("%"), plugin, Some(empty)];
            let row: TextRow = cells.iter().map(|cell| (String::new(), cell.map(str::to_owned))).collect();
            let server = Server::parse(version).expect("a version");
            let accounts = accounts(&[row], server).expect("understood");
            (accounts[0].no_password, accounts[0].old_plugin)
        };
        for (plugin, empty, version, expected) in [
            (Some("mysql_native_password"), "1", "10.11.19-MariaDB", (true, false)),
            (Some("mysql_native_password"), "0", "8.4.0", (false, true)),
            (Some("mysql_native_password"), "0", "5.7.40", (false, false)),
            (Some("unix_socket"), "1", "10.11.19-MariaDB", (false, false)),
            (Some("auth_socket"), "1", "9.7.0", (false, false)),
            (Some("caching_sha2_password"), "1", "9.7.0", (true, false)),
            (Some("mysql_old_password"), "0", "5.6.24", (false, true)),
            (Some(""), "1", "5.6.24", (true, false)),
            (None, "1", "5.6.24", (true, false)),
        ] {
            assert_eq!(decoded(plugin, empty, version), expected, "{plugin:?} {version}");
        }
        assert!(accounts(&[Vec::new()], Server::parse("9.7.0").expect("a version")).is_err());
    }
}
