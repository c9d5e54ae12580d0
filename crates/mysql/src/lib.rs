//! Everything that knows SQL, server flavors, MySQL option files and the driver.
//!
//! The rooms, from the ground up; a file imports from its own room and from rooms above it in this list:
//!
//! - [`option_file`]: option files as the MySQL clients read them
//! - [`login`]: addresses, credentials, targets
//! - [`connection`]: one connection without the driver's pitfalls, and its time limits
//! - `statements`, `decode`: which SQL for which server, and rows to values of `healthd_core`
//! - [`read`]: a probe, the facts of monitoring plugins, one statement that a person gives
//! - [`mod@write`]: switches, sessions and the write canary

pub mod connection;
mod decode;
pub mod login;
pub mod option_file;
pub mod read;
mod statements;
pub mod write;
