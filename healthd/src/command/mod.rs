//! The commands besides `serve`.

pub(crate) mod check;
mod client;
pub(crate) mod config;
pub(crate) mod generate;
pub(crate) mod lint;
pub(crate) mod logs;
pub(crate) mod maintenance;
mod output;
mod socket;
pub(crate) mod writer;

pub(crate) use output::{Exit, say_error};
