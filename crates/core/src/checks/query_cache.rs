//! Whether there is a query cache to judge.

use crate::check::{Cannot, Input};
use crate::facts::Need;

/// The variables that say so.
pub(super) const SWITCHES: Need = Need::Variables(&["have_query_cache", "query_cache_size", "query_cache_type"]);

/// Nothing to judge where there is none: MySQL 8 has none, and MariaDB's is off unless somebody turned it on. Its size alone
/// says nothing: it is 1 MiB by default, also while it is off.
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
