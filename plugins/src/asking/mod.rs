//! From a command line to an answer: the login, one run, the state between runs.

pub mod login;
pub mod run;
pub mod state;
