//! Ready-made definitions of what to count. Each one's page says what counts once, and what twice.

mod definition;
mod exim;
mod fields;
mod hops;
mod memory;
mod nginx;
mod postfix;
mod sendmail;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use healthd_core::samples::batch::Counted;

use crate::line::Line;
use crate::pattern::Pattern;
use crate::spec::Preset;
use crate::time::Stamp;
use crate::values::Values;
pub(crate) use definition::{Definition, Verdict};
pub(crate) use hops::Hops;
use memory::Memory;

/// Reads lines for counters of the same definition.
#[derive(Debug)]
pub(crate) enum Reader {
    Delivered(Hops),
    Accepted(Box<postfix::accepted::Accepted>),
    Messages(Box<postfix::messages::Messages>),
    Exim,
    Sendmail(Hops),
    Combined,
    Error,
    Regex(Box<Pattern>),
}

/// The captures and literals of a preset.
pub(crate) fn definition(preset: Preset) -> Definition {
    match preset {
        Preset::PostfixAccepted => postfix::accepted::DEFINITION,
        Preset::PostfixDelivered => postfix::delivered::DEFINITION,
        Preset::PostfixMessages => postfix::messages::DEFINITION,
        Preset::Exim => exim::DEFINITION,
        Preset::Sendmail => sendmail::DEFINITION,
        Preset::NginxCombined => nginx::COMBINED,
        Preset::NginxError => nginx::ERROR,
    }
}

impl Reader {
    /// For a preset. `remembered` is what the store has of its counter.
    pub(crate) fn preset(preset: Preset, hops: Hops, remembered: &BTreeMap<Vec<u8>, Vec<u8>>) -> Reader {
        match preset {
            Preset::PostfixDelivered => Reader::Delivered(hops),
            Preset::PostfixAccepted => {
                Reader::Accepted(Box::new(postfix::accepted::Accepted::new(Memory::new(remembered), hops)))
            }
            Preset::PostfixMessages => {
                Reader::Messages(Box::new(postfix::messages::Messages::new(Memory::new(remembered), hops)))
            }
            Preset::Exim => Reader::Exim,
            Preset::Sendmail => Reader::Sendmail(hops),
            Preset::NginxCombined => Reader::Combined,
            Preset::NginxError => Reader::Error,
        }
    }

    /// Every line that it is about contains one of these; `None`: look at every line.
    pub(crate) fn literals(&self, preset: Option<Preset>) -> Option<Vec<Vec<u8>>> {
        if let Reader::Regex(pattern) = self {
            return pattern.literals().map(<[Vec<u8>]>::to_vec);
        }
        let mut literals = definition(preset?).literals.to_vec();
        if let Reader::Accepted(accepted) = self
            && accepted.has_filters()
        {
            literals.extend_from_slice(postfix::accepted::WITH_FILTERS);
        }
        Some(literals.into_iter().map(<[u8]>::to_vec).collect())
    }

    /// Whether what it says of a line depends on the lines before.
    pub(crate) fn has_memory(&self) -> bool {
        matches!(self, Reader::Accepted(_) | Reader::Messages(_))
    }

    /// Reads a line with its time. A regex looks at the whole line.
    pub(crate) fn read<'a>(&'a mut self, line: &Line<'a>, stamp: Stamp, values: &mut Values<'a>) -> Verdict {
        match self {
            Reader::Delivered(hops) => postfix::delivered::read(line, hops, values),
            Reader::Accepted(accepted) => accepted.read(line, stamp.second, values),
            Reader::Messages(messages) => messages.read(line, stamp.second, values),
            Reader::Exim => exim::read(line, stamp.head.start(), values),
            Reader::Sendmail(hops) => sendmail::read(line, hops, values),
            Reader::Combined => nginx::combined(line, stamp.head, values),
            Reader::Error => nginx::error(line, stamp.head.start(), values),
            Reader::Regex(pattern) => match pattern.read(line.whole, values) {
                true => Verdict::Match(1),
                false => Verdict::Other,
            },
        }
    }

    /// Adds what it has to remember.
    pub(crate) fn take(&mut self, counted: &mut Counted) {
        match self {
            Reader::Accepted(accepted) => accepted.take(counted),
            Reader::Messages(messages) => messages.take(counted),
            _ => {}
        }
    }
}
