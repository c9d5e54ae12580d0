//! Renderings of verdicts. Each format is one file, and none decides anything.

pub mod agent;
pub mod body;
pub mod json;
pub mod manual;
pub mod nagios;
pub mod page;
pub mod table;
