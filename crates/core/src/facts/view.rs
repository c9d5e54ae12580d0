//! Which tables an account sees.

/// How an account sees the tables of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct View {
    /// Whether there may be tables that it does not see, because no list shows them.
    pub hides: bool,
    /// Its privileges, as a number: with another number it may see other tables.
    pub grants: u64,
    /// Whether a schema in a grant is that schema, not a pattern as in `LIKE` (MySQL's `partial_revokes`).
    pub grants_are_plain: bool,
    /// Whether names of tables and schemas are the same in upper and lower case (`lower_case_table_names`).
    pub ignores_case: bool,
}
