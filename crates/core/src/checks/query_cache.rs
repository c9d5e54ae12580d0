//! Whether the server has a query cache that is on.

use crate::check::{Cannot, Input};
use crate::facts::Need;

/// The variables that show it.
pub(super) const SWITCHES: Need = Need::Variables(&["have_query_cache", "query_cache_size", "query_cache_type"]);

/// There is nothing to judge without a query cache: MySQL 8 has none, and MariaDB's is off by default. Its size alone
/// proves nothing: the default is 1 MiB, even while it is off.
pub(super) fn is_on(input: &Input<'_>) -> Result<(), Cannot> {
    let variables = input.variable_values()?;
    if variables.text("have_query_cache") != Some("YES") {
        return Err(Cannot::NotHere("this server has no query cache".to_owned()));
    }
    let off = variables.text("query_cache_type").is_some_and(|text| matches!(text, "OFF" | "0"));
    if off || input.variable("query_cache_size")? <= 0.0 {
        return Err(Cannot::NotHere("the query cache is off".to_owned()));
    }
    Ok(())
}
