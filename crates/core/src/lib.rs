//! What healthd knows about a database server and what it decides from that.
//!
//! Everything here is a pure function of values: no I/O, no async, no clock (ages are passed in).
//!
//! - [`snapshot`]: what one probe read, [`channel`] a replication channel in it, [`server`] flavour and version
//! - [`canary`]: what one small write showed
//! - [`position`]: which transactions a server has
//! - [`failure`]: why a probe read nothing
//! - [`role`]: what HAProxy asks for, [`gate`]: the conditions of a role, [`verdict`]: the answer
//! - [`reason`]: every reason code with its text
//! - [`lag`]: the worst replication lag of the last seconds, the hysteresis of the reader role
//! - [`maintenance`]: an operator's switch
//! - [`check`]: what a monitoring plugin asks, [`checks`]: all of them; [`outcome`], [`range`], [`reading`]: their answers
//! - [`daemon`]: what a monitoring plugin makes of a daemon's verdicts
//! - [`backup`]: a physical backup in its directory
//! - [`render`]: verdicts as an HTTP body, an agent line, JSON, a table, a page
//! - [`duration`], [`clean`]: durations as operators write them; text from servers made harmless

pub mod backup;
pub mod canary;
pub mod channel;
pub mod check;
pub mod checks;
mod civil;
pub mod clean;
pub mod daemon;
pub mod duration;
pub mod failure;
pub mod gate;
pub mod history;
pub mod lag;
pub mod maintenance;
pub mod outcome;
pub mod position;
pub mod range;
pub mod reading;
pub mod reason;
pub mod render;
pub mod role;
pub mod server;
pub mod snapshot;
pub mod verdict;
pub mod writer;
