//! Asking a server: the login, one connection, the counters between runs, the evaluation of checks.

pub mod evaluation;
pub mod login;
pub mod run;
pub mod state;
