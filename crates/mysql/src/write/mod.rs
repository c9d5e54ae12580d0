//! What healthd changes on a server: switches, sessions, the write canary.

pub mod act;
pub mod canary;
