//! The verdict: the first gate that fails.

use crate::verdict::code::ReasonCode;
use crate::verdict::gate::{Ruling, gates};
use crate::verdict::maintenance::Mode;
use crate::verdict::note::Note;
use crate::verdict::question::Question;
use crate::verdict::reason::Reason;
use crate::verdict::role::Role;
use crate::verdict::severity::Color;

/// Up, drain or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Use it.
    Up,
    /// Send no new sessions; leave the open ones.
    Drain,
    /// Do not use it.
    Down,
}

impl State {
    /// The three states.
    pub const ALL: [State; 3] = [State::Up, State::Drain, State::Down];

    /// The word in bodies, JSON and metrics.
    pub fn name(self) -> &'static str {
        match self {
            State::Up => "up",
            State::Drain => "drain",
            State::Down => "down",
        }
    }

    /// Its color, if the reason does not matter.
    pub fn color(self) -> Color {
        match self {
            State::Up => Color::Green,
            State::Drain => Color::Amber,
            State::Down => Color::Red,
        }
    }

    /// Reads a state. `None` for one that only a newer healthd knows.
    pub fn parse(name: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every gate passes. The note is an exception.
    Up(Option<Note>),
    /// An operator drains this reader.
    Drain(Reason),
    /// The first gate that fails.
    Down(Reason),
}

impl Verdict {
    /// The state without the reason.
    pub fn state(&self) -> State {
        match self {
            Verdict::Up(_) => State::Up,
            Verdict::Drain(_) => State::Drain,
            Verdict::Down(_) => State::Down,
        }
    }

    /// The reason, unless up.
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Verdict::Up(_) => None,
            Verdict::Drain(reason) | Verdict::Down(reason) => Some(reason),
        }
    }

    /// The code of the reason, or of the exception; `None` when simply up.
    pub fn code(&self) -> Option<ReasonCode> {
        match self {
            Verdict::Up(note) => note.map(Note::code),
            Verdict::Drain(reason) | Verdict::Down(reason) => Some(reason.code()),
        }
    }
}

/// Decides. The first failing gate is the reason; an explicit drain counts only when nothing else fails, so that a
/// dead server is never kept as "draining".
pub fn decide(question: &Question<'_>) -> Verdict {
    let mut note = None;
    let mut drain = None;
    for gate in gates(question) {
        match gate.ruling {
            Ruling::Pass | Ruling::PassNoted(Note::ChannelIgnored | Note::NotRequired) => {}
            Ruling::PassNoted(other) => note = note.or(Some(other)),
            Ruling::Fail(reason) => match (&reason, question.role) {
                (Reason::Maintenance { mode: Mode::Drain, .. }, Role::Reader) => drain = Some(reason),
                _ => return Verdict::Down(reason),
            },
        }
    }
    match drain {
        Some(reason) => Verdict::Drain(reason),
        None => Verdict::Up(note),
    }
}
