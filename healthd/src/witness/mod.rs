//! The HAProxys that are witnesses, and what they say.

mod list;
mod words;

pub(crate) use list::{Witness, Witnesses, WitnessesError};
pub(crate) use words::{WitnessWords, Word};
