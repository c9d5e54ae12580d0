//! Examples of lines, for people who try a counter.

use super::group::Outcome;

/// How many examples of each kind are kept.
const MOST: usize = 3;

/// The longest example, in bytes.
const LONGEST: usize = 2000;

/// The first lines of each kind.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// Lines that were counted.
    pub(crate) counted: Vec<Vec<u8>>,
    /// Lines that `where` does not let pass.
    pub(crate) refused: Vec<Vec<u8>>,
    /// Lines that resemble what is counted, but could not be read.
    pub(crate) resembling: Vec<Vec<u8>>,
    /// Lines that contain a literal that is looked for, and are something else.
    pub(crate) others: Vec<Vec<u8>>,
}

impl Watch {
    /// Takes a line, if it is among the first of its kind.
    pub(super) fn see(&mut self, line: &[u8], outcome: Outcome) {
        let kind = match outcome {
            Outcome::Counted => &mut self.counted,
            Outcome::Refused => &mut self.refused,
            Outcome::Resembles => &mut self.resembling,
            Outcome::Other => &mut self.others,
        };
        if kind.len() < MOST {
            kind.push(line.get(..line.len().min(LONGEST)).unwrap_or_default().to_vec());
        }
    }
}
