//! Status and system variables.

use std::collections::BTreeSet;

use healthd_core::observed::server::{Flavor, Server, Version};

use super::text::quoted;

/// The kind of the rows of [`status_and_variables`].
pub(crate) const OF_STATUS: &str = "status";

/// The other kind.
pub(crate) const OF_VARIABLES: &str = "variables";

/// Reads both in one statement, with the kind of each row. The performance schema has no `Com_…` among the status
/// variables: <https://dev.mysql.com/doc/refman/8.4/en/performance-schema-status-variable-tables.html>.
pub(crate) fn status_and_variables(
    server: Server,
    status: &BTreeSet<&str>,
    variables: &BTreeSet<&str>,
) -> Option<String> {
    let is_of_statements = |name: &&str| name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("Com_"));
    if schema_of_values(server) == PERFORMANCE && status.iter().any(is_of_statements) {
        return None;
    }
    let schema = schema_of_values(server);
    let of = |kind: &str, table: &str, names: &BTreeSet<&str>| {
        let names = quoted(names.iter().copied());
        format!("SELECT VARIABLE_NAME, VARIABLE_VALUE, '{kind}' FROM {schema}.{table} WHERE VARIABLE_NAME IN ({names})")
    };
    let (status, variables) = (of(OF_STATUS, "global_status", status), of(OF_VARIABLES, "global_variables", variables));
    Some(format!("{status} UNION ALL {variables}"))
}

const PERFORMANCE: &str = "performance_schema";

/// The tables of status and system variables, which every account may read.
pub(super) fn schema_of_values(server: Server) -> &'static str {
    const MOVED: Version = Version { major: 5, minor: 7, patch: 6 };
    match server.flavor {
        Flavor::MySql if server.version >= MOVED => PERFORMANCE,
        Flavor::MariaDb | Flavor::MySql => "information_schema",
    }
}
