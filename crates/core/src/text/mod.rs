//! Text and time as people read them.

pub mod civil;
pub mod clean;
pub mod duration;
