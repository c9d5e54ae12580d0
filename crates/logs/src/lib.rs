//! Log counters: which lines of a log match, counted exactly once, by minute and labels.
//!
//! - [`spec`]: what is counted, as the configuration says
//! - [`sink`]: whole lines, from what reads them to what counts them

pub mod sink;
pub mod spec;
