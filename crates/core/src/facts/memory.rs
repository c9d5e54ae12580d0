//! The memory of the server's machine.

use super::fact::Fact;
use super::need::FactPlace;

/// The memory of this machine, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Its RAM.
    pub ram: u64,
    /// How much of it the server's control group may use, if there is a limit.
    pub limit: Option<u64>,
    /// How much of it the server's process uses; `None` if the process was not found.
    pub resident: Option<u64>,
}

impl Fact for Memory {
    type Value = Self;
    const NAME: &'static str = "the memory of this machine";
    const PLACE: FactPlace = FactPlace::Process;
}
