//! How urgent a reason is for monitoring, and its color on the page.

/// What monitoring makes of a reason. `crate::alarms` weighs it; [`Severity::outcome`] says the same to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The server cannot be used.
    Critical,
    /// The writer role stays down until an operator acts.
    NeedsOperator,
    /// HAProxy uses no other node, or soon will use none.
    Unserved,
    /// Ends by itself or after a repair, and other nodes serve meanwhile.
    Warning,
    /// The holder gives the writer role away.
    HandingOver,
    /// healthd is being stopped.
    Stopping,
    /// An operator took it out.
    Maintenance,
    /// It serves, but something is wrong.
    Strained,
    /// A part could not be read.
    Unreadable,
    /// Nothing was read yet.
    Starting,
    /// A replica is always a little behind.
    CatchingUp,
    /// A switch forbids writing, as it should on a replica.
    ReadOnly,
    /// Ready to take over.
    Standby,
    /// Configured so.
    OnPurpose,
    /// The server cannot have this role.
    Absent,
    /// No check has asked for this role.
    Unused,
    /// It serves under an exception.
    Fine,
}

impl Severity {
    /// Every severity, the most urgent first.
    pub const ALL: [Severity; 17] = [
        Severity::Critical,
        Severity::NeedsOperator,
        Severity::Unserved,
        Severity::Warning,
        Severity::HandingOver,
        Severity::Stopping,
        Severity::Maintenance,
        Severity::Strained,
        Severity::Unreadable,
        Severity::Starting,
        Severity::CatchingUp,
        Severity::ReadOnly,
        Severity::Standby,
        Severity::OnPurpose,
        Severity::Absent,
        Severity::Unused,
        Severity::Fine,
    ];

    /// The outcome of a monitoring plugin, in words.
    pub fn outcome(self) -> &'static str {
        match self {
            Severity::Critical => "CRITICAL",
            Severity::NeedsOperator => "CRITICAL: an operator has to act, the text says how",
            Severity::Unserved => "CRITICAL with a witness, because no node serves; WARNING without",
            Severity::Warning => "WARNING; CRITICAL for the holder of the writer role",
            Severity::HandingOver | Severity::Stopping | Severity::Strained => "WARNING",
            Severity::Maintenance => "WARNING; CRITICAL if it is drained and its server does not answer",
            Severity::Unreadable => "UNKNOWN; CRITICAL for the holder of the writer role",
            Severity::Starting => "UNKNOWN",
            Severity::CatchingUp => "OK while it replicates, else WARNING; CRITICAL for the holder",
            Severity::ReadOnly => "OK; CRITICAL for the holder of the writer role; WARNING as `galera`",
            Severity::Standby => "OK; WARNING while the holder's healthd is unreachable",
            Severity::OnPurpose | Severity::Fine => "OK",
            Severity::Absent => "not shown; CRITICAL if it is the instance's own role",
            Severity::Unused => "not shown until a check asks for the role; then WARNING; CRITICAL for the holder",
        }
    }
}

/// The color of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Color {
    /// In use.
    Green,
    /// Out of use, as it should be; or in use under an exception.
    Amber,
    /// Out of use.
    Red,
}
