//! What is read from a server: probes, sections, facts for checks, one statement of a person.

pub mod facts;
pub mod probe;
pub mod query;
pub(crate) mod sections;
pub(crate) mod workers;
