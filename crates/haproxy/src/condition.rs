//! `.if` blocks: which lines count for a version of HAProxy.

/// The version of HAProxy for which a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u16, pub(crate) u16);

/// The last version without `init-state`, and one with it. A file with conditions must be right for both.
pub(crate) const VERSIONS: [Version; 2] = [Version(3, 0), Version(3, 2)];

impl Version {
    /// Reads `3.1`, `3.1.5` or `3.1-dev0`.
    fn parse(text: &str) -> Option<Version> {
        let mut numbers = text.trim().split(|c: char| !c.is_ascii_digit());
        Some(Version(numbers.next()?.parse().ok()?, numbers.next().map_or(Some(0), |minor| minor.parse().ok())?))
    }
}

/// The `.if` blocks around the current line.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    open: Vec<Block>,
}

#[derive(Debug)]
struct Block {
    /// The lines of the current branch count.
    taken: bool,
    /// An earlier branch of this block was taken.
    done: bool,
}

impl Blocks {
    /// Whether the current line counts.
    pub(crate) fn taken(&self) -> bool {
        self.open.iter().all(|block| block.taken)
    }

    /// Reads a line; false if it is not a directive such as `.if`.
    pub(crate) fn follow(&mut self, words: &[String], version: Version) -> bool {
        let Some((keyword, condition)) = words.split_first() else { return false };
        let holds = || holds(&condition.join(" "), version);
        match (keyword.as_str(), self.open.last_mut()) {
            (".if", _) => {
                let taken = holds();
                self.open.push(Block { taken, done: taken });
            }
            (".elif", Some(block)) => {
                block.taken = !block.done && holds();
                block.done |= block.taken;
            }
            (".else", Some(block)) => {
                block.taken = !block.done;
                block.done = true;
            }
            (".endif", _) => drop(self.open.pop()),
            // .notice, .warning, .alert, .diag
            _ => return keyword.starts_with('.'),
        }
        true
    }
}

/// Only versions are evaluated. Any other condition (`defined`, `feature`, `streq` …) counts as true.
fn holds(condition: &str, version: Version) -> bool {
    condition.split("||").any(|terms| terms.split("&&").all(|term| term_holds(term.trim(), version)))
}

fn term_holds(term: &str, version: Version) -> bool {
    let (negated, predicate) = term.strip_prefix('!').map_or((false, term), |rest| (true, rest.trim()));
    let argument = |name: &str| {
        let rest = predicate.strip_prefix(name)?.trim().strip_prefix('(')?;
        Version::parse(rest.trim_end_matches(')').trim().trim_matches('"'))
    };
    if let Some(asked) = argument("version_atleast") {
        return (version >= asked) != negated;
    }
    if let Some(asked) = argument("version_before") {
        return (version < asked) != negated;
    }
    match predicate {
        "" | "0" | "false" => negated,
        "1" | "true" => !negated,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_decide() {
        let cases = [
            ("version_atleast(3.1)", [false, true]),
            ("version_before(3.1-dev0)", [true, false]),
            ("!version_atleast(3.1)", [true, false]),
            ("version_atleast(2.6) && version_before(3.1.2)", [true, false]),
            ("version_before(2.0) || version_atleast(3.2)", [false, true]),
            ("defined(HOME)", [true, true]),
            ("false", [false, false]),
        ];
        for (condition, expected) in cases {
            assert_eq!(VERSIONS.map(|version| holds(condition, version)), expected, "{condition}");
        }
    }

    #[test]
    fn one_branch_is_taken() {
        let lines = [".if 0", "a", ".elif 1", "b", ".if 1", "c", ".endif", ".elif 1", "d", ".else", "e", ".endif", "f"];
        let mut blocks = Blocks::default();
        let mut taken = String::new();
        for line in lines {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            if !blocks.follow(&words, VERSIONS[0]) && blocks.taken() {
                taken.push_str(line);
            }
        }
        assert_eq!(taken, "bcf");
    }
}
