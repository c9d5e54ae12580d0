//! What healthd knows about a database server and what it decides from that.
//!
//! Everything here is a pure function of values: no I/O, no async, no clock (ages are passed in). The rooms, from the
//! ground up; a file imports from its own room and from rooms above it in this list:
//!
//! - [`text`]: cleaning, durations, the calendar
//! - [`position`]: which transactions a server has
//! - [`observed`]: what one probe read of a server, and why it read nothing
//! - [`reading`]: a value with its unit, range and outcome: what monitoring prints
//! - [`writer`]: the state machine of the writer role
//! - [`verdict`]: question, gates, verdict; every reason code with its text
//! - [`backup`]: a physical backup in its directory
//! - [`facts`]: what checks are told of a server
//! - [`check`]: one question with thresholds; [`checks`]: all of them
//! - [`samples`]: counts over time, and what a check makes of them
//! - [`mail_queue`]: the queue of a mail system, and what a check makes of it
//! - [`render`]: every output format
//! - [`alarms`]: what a monitoring plugin makes of a daemon's verdicts

pub mod alarms;
pub mod backup;
pub mod check;
pub mod checks;
pub mod facts;
pub mod mail_queue;
pub mod observed;
pub mod position;
pub mod reading;
pub mod render;
pub mod samples;
pub mod text;
pub mod verdict;
pub mod writer;
