//! What is read from a server: probes, sections, facts for checks, and one statement that a person gives.

pub mod facts;
pub mod probe;
pub mod query;
pub(crate) mod sections;
pub(crate) mod workers;
