//! The one place that knows SQL, server flavours, MySQL option files and the driver.
//!
//! - [`option_file`]: option files as the MySQL clients read them, [`credentials`]: what they say about logging in
//! - [`address`]: where a server is; [`endpoint`]: where option files say that it is
//! - [`probe`]: one round of reading a server, on a connection whose death is noticed at once
//! - [`facts`]: what monitoring plugins need, read once
//! - [`query`]: one SQL text of a person's own
//! - [`canary`]: one small write, on a connection of its own
//! - [`names`]: host names, also while the resolver is away
//! - `statements`, `decode`: which SQL for which server, rows to [`healthd_core::observed::snapshot::Snapshot`]

mod connection;
mod decode;
pub mod login;
pub mod option_file;
pub mod read;
mod statements;
pub mod write;
