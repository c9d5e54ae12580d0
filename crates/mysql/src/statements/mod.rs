//! Which statement reads what on which server. The statements of single facts stand beside their entries in `read::facts`.

pub(crate) mod abilities;
pub(crate) mod channels;
pub(crate) mod cluster;
pub(crate) mod positions;
pub(crate) mod text;
pub(crate) mod values;

/// Reads whether there is a performance schema.
pub(crate) const PERFORMANCE_SCHEMA: &str = "SELECT @@global.performance_schema";

/// What lets an account read the performance schema. Not the tables' names: that of the group's members has an `up` in it, which a
/// failing check's body may not contain.
pub(crate) const PERFORMANCE_SCHEMA_GRANT: &str = "GRANT SELECT ON performance_schema.*";
