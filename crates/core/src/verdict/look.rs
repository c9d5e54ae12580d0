//! How a verdict is shown: what is good, what is bad and what is left out.

use crate::verdict::code::ReasonCode;
use crate::verdict::decide::State;
use crate::verdict::severity::{Color, Severity};

/// How a verdict is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// The word: that of the state, or `standby`.
    pub word: &'static str,
    /// Its color.
    pub color: Color,
    /// Whether it is as it should be: up, or a standby.
    pub well: bool,
    /// Whether the role is in use: a role that a server cannot have, or that no check asks for, is left out.
    pub used: bool,
}

impl Look {
    /// The look of a verdict with this state and this reason, or exception.
    pub fn of(state: State, code: Option<ReasonCode>) -> Look {
        let severity = code.map(ReasonCode::severity);
        let standby = severity == Some(Severity::Standby);
        Look {
            word: if standby { ReasonCode::Standby.name() } else { state.name() },
            // Out of use like a drained server, and nothing is wrong with it.
            color: if standby && state == State::Down { Color::Amber } else { state.color() },
            well: state == State::Up || standby,
            used: !matches!(severity, Some(Severity::Absent | Severity::Unused)),
        }
    }
}
