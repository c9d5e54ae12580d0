//! Statements about accounts.

use healthd_core::observed::server::{Flavor, Server, Version};

/// Reads every account that can log in: its name, host and plugin, and 1 where it has no password. No password is read.
pub(crate) fn accounts(server: Server) -> &'static str {
    const ONE_COLUMN: Version = Version { major: 5, minor: 7, patch: 6 };
    const GLOBAL_PRIV: Version = Version { major: 10, minor: 4, patch: 0 };
    match server.flavor {
        // Among others mariadb.sys, which owns views, is locked and has no password.
        Flavor::MariaDb if server.version >= GLOBAL_PRIV => {
            "SELECT u.User, u.Host, u.plugin, COALESCE(u.Password, '') = '' AND COALESCE(u.authentication_string, '') = '' \
             FROM mysql.user u JOIN mysql.global_priv p ON p.User = u.User AND p.Host = u.Host \
             WHERE u.is_role = 'N' AND COALESCE(JSON_VALUE(p.Priv, '$.account_locked'), '0') NOT IN ('1', 'true')"
        }
        Flavor::MariaDb => {
            "SELECT User, Host, plugin, COALESCE(Password, '') = '' AND COALESCE(authentication_string, '') = '' \
             FROM mysql.user WHERE is_role = 'N'"
        }
        Flavor::MySql if server.version >= ONE_COLUMN => {
            "SELECT User, Host, plugin, COALESCE(authentication_string, '') = '' FROM mysql.user WHERE account_locked = 'N'"
        }
        Flavor::MySql => {
            "SELECT User, Host, plugin, COALESCE(Password, '') = '' AND COALESCE(authentication_string, '') = '' FROM mysql.user"
        }
    }
}

/// What lets an account read them.
pub(crate) const ACCOUNTS_GRANT: &str = "GRANT SELECT ON mysql.*";
