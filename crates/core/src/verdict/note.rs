//! The exceptions under which a gate passes.

/// An exception under which a gate passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// No connection left for the probe; the last answer is trusted for the overload grace.
    Overloaded,
    /// The channel is named in `ignore_channels`.
    Ignored,
    /// A donor, allowed by `allow_donor`.
    DonorAllowed,
    /// The writer role without a witness: two writers are not excluded.
    NoWitness,
    /// A condition for gaining the writer role, which takes nothing from who has it.
    NotCounted,
    /// A guarantee of the writer role is weaker here.
    Weaker,
    /// The writer role's state could not be written to disk lately.
    NotSaved,
}

impl Note {
    /// The word in bodies and JSON.
    pub fn code(self) -> &'static str {
        match self {
            Note::Overloaded => "overloaded",
            Note::Ignored => "ignored",
            Note::DonorAllowed => "donor-allowed",
            Note::NoWitness => "no-witness",
            Note::NotCounted => "not-counted",
            Note::Weaker => "weaker",
            Note::NotSaved => "state-not-saved",
        }
    }
}
