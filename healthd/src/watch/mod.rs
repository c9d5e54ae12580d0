//! The tasks that watch servers, and the log of their changes.

pub(crate) mod announce;
pub(crate) mod canary;
pub(crate) mod prober;
