//! Lines that come close to what a counter counts.

use super::report::{Near, text};
use crate::engine::Watch;
use crate::pattern::Steps;
use crate::preset::definition;
use crate::spec::{CounterSpec, Matcher};

/// How many are shown.
const MOST: usize = 3;

/// How much of the file is looked at.
const SAMPLE: usize = 8 << 20;

/// Looks for the lines with which a pattern goes farthest.
pub(super) struct Nearest {
    steps: Option<Steps>,
    filter: String,
    about: String,
    looked: usize,
    /// How many pieces match, the line, and why it does not match; the best first.
    best: Vec<(usize, Near)>,
    /// The first lines, if nothing better is found.
    first: Vec<String>,
}

impl Nearest {
    pub(super) fn new(counter: &CounterSpec) -> Nearest {
        let conditions: Vec<String> =
            counter.filter.iter().map(|(name, value)| format!("{name} = {value:?}")).collect();
        let (steps, about) = match &counter.matcher {
            Matcher::Regex(text) => (Some(Steps::new(text)), String::new()),
            Matcher::Preset(preset) => {
                let literals = definition(*preset).literals.iter().map(|literal| format!("{:?}", text(literal)));
                (None, literals.collect::<Vec<_>>().join(" or "))
            }
        };
        Nearest { steps, filter: conditions.join(", "), about, looked: 0, best: Vec::new(), first: Vec::new() }
    }

    /// Looks at some lines.
    pub(super) fn look(&mut self, lines: &[u8]) {
        if self.looked >= SAMPLE {
            return;
        }
        self.looked += lines.len();
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            match &mut self.steps {
                None if self.first.len() < MOST => self.first.push(text(line)),
                None => return,
                Some(steps) => {
                    let reached = steps.reached(line);
                    if reached.fails.is_empty() {
                        continue;
                    }
                    let worst = self.best.last().map_or(0, |(pieces, _)| *pieces);
                    if self.best.len() < MOST || reached.pieces > worst {
                        let why = match reached.matches {
                            "" => format!("does not match {:?}", reached.fails),
                            matches => format!("matches {matches:?}, then not {:?}", reached.fails),
                        };
                        self.best.push((reached.pieces, Near { line: text(line), why }));
                        // Stable: of those that come as far, the first stay.
                        self.best.sort_by_key(|(pieces, _)| std::cmp::Reverse(*pieces));
                        self.best.truncate(MOST);
                    }
                }
            }
        }
    }

    /// The nearest lines: unreadable ones, those that `where` refused, those of which most matches.
    pub(super) fn lines(self, examples: &Watch) -> Vec<Near> {
        let near = |lines: &[Vec<u8>], why: &str| {
            lines.iter().map(|line| Near { line: text(line), why: why.to_owned() }).collect::<Vec<_>>()
        };
        let mut nearest = near(&examples.resembling, "looks like what is counted, but could not be read");
        nearest.extend(near(&examples.refused, &format!("matches, but where wants {}", self.filter)));
        match self.steps {
            Some(_) => nearest.extend(self.best.into_iter().map(|(_, near)| near)),
            None => {
                let why = format!("contains {}, but is something else", self.about);
                nearest.extend(near(&examples.others, &why));
                let why = format!("does not contain {}", self.about);
                if nearest.is_empty() && examples.counted.is_empty() {
                    nearest.extend(self.first.into_iter().map(|line| Near { line, why: why.clone() }));
                }
            }
        }
        nearest.truncate(MOST);
        nearest
    }
}
