//! The tasks that watch servers, what they know, and the log of its changes.

pub(crate) mod announce;
pub(crate) mod canary;
pub(crate) mod circumstances;
pub(crate) mod handle;
pub(crate) mod health;
pub(crate) mod prober;
pub(crate) mod view;
