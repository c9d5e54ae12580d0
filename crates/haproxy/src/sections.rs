//! Files as sections of statements, with the acceptances in their comments.

use std::fmt;

use crate::condition::{Blocks, Version};
use crate::words::{self, Line};

/// The beginning of a comment that accepts a finding.
const ACCEPT: &str = "healthd-lint: accept";
/// The other sections of HAProxy.
const OTHERS: [&str; 15] = [
    "peers",
    "resolvers",
    "userlist",
    "mailers",
    "program",
    "cache",
    "http-errors",
    "ring",
    "log-forward",
    "log-profile",
    "fcgi-app",
    "crt-store",
    "traces",
    "dynamic-update",
    "acme",
];

/// A configuration file.
#[derive(Debug)]
pub struct ConfigFile {
    /// Its name in messages.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A line of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The number of the file.
    pub(crate) file: usize,
    /// The line, from 1.
    pub(crate) line: usize,
}

/// The keyword of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Global,
    Defaults,
    Listen,
    Frontend,
    Backend,
    Other,
}

/// One line of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) words: Vec<String>,
    pub(crate) place: Place,
}

/// A section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    /// The `defaults` section that it names.
    pub(crate) from: Option<String>,
    /// Its first line.
    pub(crate) place: Place,
    pub(crate) statements: Vec<Statement>,
}

/// `# healthd-lint: accept RULE why`, which applies to the section of the next line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Acceptance {
    pub(crate) rule: String,
    pub(crate) why: String,
    pub(crate) place: Place,
    /// The first line of the section to which it applies.
    pub(crate) section: Place,
}

/// All files together.
#[derive(Debug, Default)]
pub(crate) struct Configuration {
    pub(crate) sections: Vec<Section>,
    pub(crate) acceptances: Vec<Acceptance>,
}

/// A file is not a HAProxy configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// `FILE:LINE`, or the file alone.
    pub(crate) at: String,
    /// Why not.
    pub(crate) why: &'static str,
}

impl std::error::Error for ParseError {}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.why)
    }
}

/// Reads files as `haproxy -f A -f B` does: as one configuration, for one version of HAProxy.
pub(crate) fn read(files: &[ConfigFile], version: Version) -> Result<Configuration, ParseError> {
    let mut configuration = Configuration::default();
    for (file, config) in files.iter().enumerate() {
        let before = configuration.sections.len();
        read_file(&mut configuration, file, config, version)?;
        if configuration.sections.len() == before {
            return Err(ParseError {
                at: config.name.clone(),
                why: "not a HAProxy configuration: the file has no section",
            });
        }
    }
    Ok(configuration)
}

fn read_file(into: &mut Configuration, file: usize, config: &ConfigFile, version: Version) -> Result<(), ParseError> {
    let mut blocks = Blocks::default();
    let mut waiting = Vec::new();
    let mut here = None;
    for (index, text) in config.text.lines().enumerate() {
        let place = Place { file, line: index + 1 };
        let error = |why| ParseError { at: format!("{}:{}", config.name, place.line), why };
        let Line { words, comment } =
            words::split(text).map_err(|_| error("a quote is not closed; HAProxy rejects this"))?;
        waiting.extend(comment.as_deref().and_then(|comment| acceptance(comment, place)));
        let Some(first) = words.first() else { continue };
        if blocks.follow(&words, version) {
            continue;
        }
        if let Some(kind) = kind(first) {
            here = Some(place);
            if blocks.taken() {
                into.sections.push(section(kind, &words, place));
            }
        } else if here.is_none() {
            return Err(error("not a HAProxy configuration: this line is outside of any section"));
        } else if blocks.taken()
            && let Some(section) = into.sections.last_mut()
        {
            section.statements.push(Statement { words, place });
        }
        settle(into, &mut waiting, here);
    }
    settle(into, &mut waiting, here);
    Ok(())
}

/// Acceptances before this line belong to its section.
fn settle(into: &mut Configuration, waiting: &mut Vec<Acceptance>, here: Option<Place>) {
    if let Some(section) = here {
        into.acceptances.extend(waiting.drain(..).map(|acceptance| Acceptance { section, ..acceptance }));
    }
}

fn acceptance(comment: &str, place: Place) -> Option<Acceptance> {
    let rest = comment.trim().strip_prefix(ACCEPT)?.trim();
    let (rule, why) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    Some(Acceptance { rule: rule.to_owned(), why: why.trim().to_owned(), place, section: place })
}

fn kind(word: &str) -> Option<Kind> {
    Some(match word {
        "global" => Kind::Global,
        "defaults" => Kind::Defaults,
        "listen" => Kind::Listen,
        "frontend" => Kind::Frontend,
        "backend" => Kind::Backend,
        word if OTHERS.contains(&word) => Kind::Other,
        _ => return None,
    })
}

fn section(kind: Kind, words: &[String], place: Place) -> Section {
    let named = words.get(1).filter(|word| *word != "from");
    let from = words.iter().position(|word| word == "from").and_then(|at| words.get(at + 1));
    Section { kind, name: named.cloned().unwrap_or_default(), from: from.cloned(), place, statements: Vec::new() }
}

impl Configuration {
    /// The sections of a kind.
    pub(crate) fn of(&self, kind: Kind) -> impl Iterator<Item = &Section> {
        self.sections.iter().filter(move |section| section.kind == kind)
    }

    /// The statements that a section inherits, from the farthest `defaults` to the nearest. Without `from` a section
    /// inherits from the last `defaults` before it.
    pub(crate) fn inherited(&self, section: &Section) -> Vec<&Statement> {
        let mut chain: Vec<&Section> = Vec::new();
        let mut of = section;
        loop {
            let next = match &of.from {
                Some(name) => self.of(Kind::Defaults).find(|defaults| defaults.name == *name),
                // A `defaults` without `from` inherits nothing.
                None if of.kind == Kind::Defaults => None,
                None => self.of(Kind::Defaults).take_while(|defaults| defaults.place < of.place).last(),
            };
            match next {
                Some(defaults) if !chain.iter().any(|known| known.place == defaults.place) => {
                    chain.push(defaults);
                    of = defaults;
                }
                _ => break,
            }
        }
        chain.iter().rev().flat_map(|defaults| &defaults.statements).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::VERSIONS;

    fn parsed(text: &str) -> Result<Configuration, ParseError> {
        read(&[ConfigFile { name: "a.cfg".to_owned(), text: text.to_owned() }], VERSIONS[0])
    }

    fn inherited(text: &str) -> Vec<String> {
        let configuration = parsed(text).expect("a configuration");
        let last = configuration.sections.last().expect("a section");
        configuration.inherited(last).iter().map(|statement| statement.words.join(" ")).collect()
    }

    #[test]
    fn defaults_are_the_last_before_or_the_named() {
        let unnamed = "defaults\n mode tcp\ndefaults\n retries 3\nlisten a\n bind :1\n";
        assert_eq!(inherited(unnamed), ["retries 3"]);
        let named = "defaults base\n mode tcp\ndefaults mysql from base\n retries 3\ndefaults\n retries 9\n\
                     listen a from mysql\n";
        assert_eq!(inherited(named), ["mode tcp", "retries 3"]);
        assert_eq!(inherited("defaults a from b\n x\ndefaults b from a\n y\nlisten l from a\n"), ["y", "x"]);
        assert_eq!(inherited("listen l\n bind :1\ndefaults\n x\n"), Vec::<String>::new());
    }

    #[test]
    fn an_acceptance_holds_for_the_section_of_the_next_line() {
        let text = "global\n# healthd-lint: accept one why\n\n# and so on\n\
                    listen a\n bind :1 # healthd-lint: accept two\n\
                    # healthd-lint: accept three at the end\n";
        let accepted = parsed(text).expect("a configuration").acceptances;
        let seen: Vec<_> = accepted.iter().map(|a| (a.rule.as_str(), a.why.as_str(), a.section.line)).collect();
        assert_eq!(seen, [("one", "why", 5), ("two", "", 5), ("three", "at the end", 5)]);
    }

    #[test]
    fn text_that_haproxy_rejects_is_an_error() {
        let said = |text| parsed(text).expect_err("it is refused").to_string();
        assert_eq!(said("# nothing\n"), "a.cfg: not a HAProxy configuration: the file has no section");
        assert_eq!(
            said("[mysqld]\nport=3306\n"),
            "a.cfg:1: not a HAProxy configuration: this line is outside of any section"
        );
        assert_eq!(said("global\n log \"x\n"), "a.cfg:2: a quote is not closed; HAProxy rejects this");
    }
}
