//! The exceptions under which a gate passes.

use crate::verdict::code::ReasonCode;

/// An exception under which a gate passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// No connection left for the probe; the last answer is trusted for the overload grace.
    Overloaded,
    /// The channel is named in `ignore_channels`.
    ChannelIgnored,
    /// A donor, allowed by `allow_donor`.
    DonorAllowed,
    /// The writer role without a witness: two writers are not excluded.
    NoWitness,
    /// A condition for taking the writer role; the holder keeps the role without it.
    NotRequired,
    /// A guarantee of the writer role is weaker here.
    WeakerGuarantee,
    /// The writer role's state could not be written to disk lately.
    StateNotSaved,
}

impl Note {
    /// The reason code.
    pub fn code(self) -> ReasonCode {
        match self {
            Note::Overloaded => ReasonCode::Overloaded,
            Note::ChannelIgnored => ReasonCode::ChannelIgnored,
            Note::DonorAllowed => ReasonCode::DonorAllowed,
            Note::NoWitness => ReasonCode::NoWitness,
            Note::NotRequired => ReasonCode::NotRequired,
            Note::WeakerGuarantee => ReasonCode::WeakerGuarantee,
            Note::StateNotSaved => ReasonCode::StateNotSaved,
        }
    }
}
