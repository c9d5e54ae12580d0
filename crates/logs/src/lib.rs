//! Log counters: which lines of a log match, counted exactly once, by minute and labels.
//!
//! - [`spec`]: what is counted, as the configuration says
//! - [`sink`]: whole lines, from what reads them to what counts them
//! - [`time`], [`mod@line`]: what a line begins with
//! - [`pattern`]: regular expressions over bytes
//! - [`mod@engine`]: what was counted
//! - [`follow`]: reads a file through rotations
//! - [`journal`]: reads systemd's journal
//! - [`collector`]: from a log to batches for the store
//! - [`tester`]: a counter tried on a file

pub mod collector;
pub mod engine;
pub mod error;
pub mod follow;
pub mod journal;
pub mod line;
pub mod pattern;
mod preset;
mod progress;
pub mod sink;
pub mod spec;
mod spec_error;
pub mod tester;
pub mod time;
mod values;
