//! Text and time as people read them: what everything else stands on.

pub mod civil;
pub mod clean;
pub mod duration;
