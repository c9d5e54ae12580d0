//! HAProxy configuration files: read as HAProxy reads them, and searched for pitfalls (docs/lint.md).
//!
//! Pure: file texts in, findings out. The layers, each on top of the one before:
//!
//! - `words`: a line; `condition`: which lines count for a version of HAProxy
//! - `sections`: files as sections of statements, with the acceptances in their comments
//! - `server`, `request`: a `server` line, the request of an HTTP check
//! - `pool`: a section with servers, inherited settings resolved
//! - `rule`, `candidate`: the rules as entries, and what they find
//! - `rules`: their detection, one file for each subject
//! - `lint`: all rules over all files, without what is accepted; `render`: the report for people and programs

mod candidate;
mod condition;
mod lint;
mod pool;
pub mod render;
mod request;
mod rule;
mod rules;
mod sections;
mod server;
#[cfg(test)]
mod tests;
mod words;

pub use lint::{LintReport, lint};
pub use request::WITNESS_HEADER;
pub use sections::{ConfigFile, ParseError};
