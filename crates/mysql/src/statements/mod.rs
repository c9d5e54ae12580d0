//! The statements for each server. Those of facts are next to their entries in `read::facts`.

pub(crate) mod abilities;
pub(crate) mod channels;
pub(crate) mod cluster;
pub(crate) mod positions;
pub(crate) mod text;
pub(crate) mod values;

/// Reads whether there is a performance schema.
pub(crate) const PERFORMANCE_SCHEMA: &str = "SELECT @@global.performance_schema";

/// The privilege for reading the performance schema. It does not name tables: the name of the table of group members
/// contains `up`, which the body of a failing check must not contain.
pub(crate) const PERFORMANCE_SCHEMA_GRANT: &str = "GRANT SELECT ON performance_schema.*";
