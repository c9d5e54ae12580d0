//! The memory of the server's machine.

/// The memory of this machine, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Its RAM.
    pub ram: u64,
    /// How much of it the server's control group may use, where there is a limit below that.
    pub limit: Option<u64>,
    /// How much of it the server's process has; `None` where the process could not be found.
    pub resident: Option<u64>,
}
