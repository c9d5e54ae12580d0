//! One source file: the modules and items that it declares, what it imports and the paths that it writes out.

use std::collections::HashSet;

use crate::token::{Token, tokens};

/// A path as it is written, with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    /// The segments, such as `crate`, `text`, `clean`; `*` at the end of a glob.
    pub(crate) segments: Vec<String>,
    /// The name under which a `use` brings it into the file.
    pub(crate) name: String,
    /// Whether it is a re-export (`pub use`).
    pub(crate) is_public: bool,
    /// The line of its last segment.
    pub(crate) line: usize,
}

/// What a file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Source {
    /// The modules in files of their own that are compiled for tests only.
    pub(crate) test_modules: Vec<String>,
    /// The items that it declares at any depth.
    pub(crate) items: HashSet<String>,
    /// Every name outside of `use`.
    pub(crate) names: HashSet<String>,
    /// Its `use` trees, one entry for each leaf.
    pub(crate) uses: Vec<Written>,
    /// Paths of two and more segments outside of `use`.
    pub(crate) paths: Vec<Written>,
}

impl Source {
    /// Reads a file's text; what is under `#[cfg(test)]` counts as absent.
    pub(crate) fn read(text: &str) -> Self {
        let tokens = tokens(text);
        let mut reader = Reader { tokens: &tokens, at: 0, source: Source::default() };
        reader.file();
        reader.source
    }
}

struct Reader<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
    source: Source,
}

impl Reader<'_> {
    fn text(&self, ahead: usize) -> &str {
        self.tokens.get(self.at + ahead).map_or("", |token| token.text)
    }

    fn is_name(&self, ahead: usize) -> bool {
        self.tokens.get(self.at + ahead).is_some_and(Token::is_name)
    }

    fn line(&self) -> usize {
        self.tokens.get(self.at).map_or(0, |token| token.line)
    }

    fn file(&mut self) {
        let mut is_public = false;
        while self.at < self.tokens.len() {
            match self.text(0) {
                "#" if self.is_for_tests() => self.skip_test_item(),
                "pub" => {
                    is_public = true;
                    self.at += 1;
                    if self.text(0) == "(" && matches!(self.text(1), "crate" | "super" | "self" | "in") {
                        self.skip_group();
                    }
                    continue;
                }
                "use" => self.import(is_public),
                "mod" if self.text(2) == ";" => self.at += 3,
                "struct" | "enum" | "union" | "trait" | "type" | "fn" | "const" | "static" | "mod"
                    if self.is_name(1) =>
                {
                    let item = if self.text(1) == "mut" { 2 } else { 1 };
                    let name = self.text(item).to_owned();
                    self.source.items.insert(name);
                    self.at += 1;
                }
                "macro_rules" if self.text(1) == "!" => {
                    let name = self.text(2).to_owned();
                    self.source.items.insert(name);
                    self.at += 3;
                }
                "." => self.at += if self.is_name(1) { 2 } else { 1 },
                _ if self.is_name(0) && self.text(1) == "::" => self.path(),
                _ if self.is_name(0) => {
                    let name = self.text(0).to_owned();
                    self.source.names.insert(name);
                    self.at += 1;
                }
                _ => self.at += 1,
            }
            is_public = false;
        }
    }

    /// Whether `#[cfg(test)]` or `#[cfg(all(test` stands here.
    fn is_for_tests(&self) -> bool {
        let words: Vec<&str> = (1..8).map(|ahead| self.text(ahead)).collect();
        words[..5] == ["[", "cfg", "(", "test", ")"] || words[..6] == ["[", "cfg", "(", "all", "(", "test"]
    }

    /// Skips attributes and the item after them; remembers a module that lives in a file.
    fn skip_test_item(&mut self) {
        while self.text(0) == "#" {
            self.at += 1;
            self.skip_group();
        }
        if self.text(0) == "mod" && self.text(2) == ";" {
            self.source.test_modules.push(self.text(1).to_owned());
        }
        while self.at < self.tokens.len() {
            match self.text(0) {
                ";" => {
                    self.at += 1;
                    return;
                }
                "{" => return self.skip_group(),
                "(" | "[" => self.skip_group(),
                _ => self.at += 1,
            }
        }
    }

    /// Skips a bracketed group, its end included.
    fn skip_group(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.tokens.len() {
            match self.text(0) {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
    }

    fn import(&mut self, is_public: bool) {
        self.at += 1;
        if self.text(0) == "<" {
            return; // `use<'a>` in a return type
        }
        self.tree(&[], is_public);
    }

    /// One tree of a `use`, up to the `,`, `}` or `;` after it.
    fn tree(&mut self, before: &[String], is_public: bool) {
        let mut segments = before.to_vec();
        loop {
            let line = self.line();
            match self.text(0) {
                "::" => self.at += 1,
                "{" => {
                    self.at += 1;
                    while self.at < self.tokens.len() && self.text(0) != "}" {
                        self.tree(&segments, is_public);
                        if self.text(0) == "," {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    return;
                }
                "*" => {
                    segments.push("*".to_owned());
                    self.at += 1;
                    self.source.uses.push(Written { segments, name: "*".to_owned(), is_public, line });
                    return;
                }
                _ if self.is_name(0) => {
                    if self.text(0) != "self" || segments.is_empty() {
                        segments.push(self.text(0).to_owned());
                    }
                    self.at += 1;
                    if self.text(0) == "::" {
                        continue;
                    }
                    let mut name = segments.last().cloned().unwrap_or_default();
                    if self.text(0) == "as" {
                        name = self.text(1).to_owned();
                        self.at += 2;
                    }
                    self.source.uses.push(Written { segments, name, is_public, line });
                    return;
                }
                // An identifier written raw, or the end of a broken file.
                "#" => self.at += 1,
                _ => return,
            }
        }
    }

    fn path(&mut self) {
        let mut segments = vec![self.text(0).to_owned()];
        let mut line = self.line();
        self.at += 1;
        while self.text(0) == "::" && self.is_name(1) {
            segments.push(self.text(1).to_owned());
            self.at += 1;
            line = self.line();
            self.at += 1;
        }
        if self.text(0) == "::" {
            self.at += 1;
        }
        self.source.names.insert(segments[0].clone());
        if segments.len() > 1 {
            self.source.paths.push(Written { segments, name: String::new(), is_public: false, line });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Source;

    fn uses(text: &str) -> Vec<String> {
        let source = Source::read(text);
        source.uses.iter().map(|one| format!("{}={}:{}", one.name, one.segments.join("::"), one.line)).collect()
    }

    #[test]
    fn nested_trees_globs_and_other_names() {
        assert_eq!(
            uses(
                "use crate::{\n a::{self, B as C},\n d::*,\n};\npub(crate) use super::e::F;\n\
                 fn x() -> impl use<'a> + Y {}"
            ),
            ["a=crate::a:2", "C=crate::a::B:2", "*=crate::d::*:3", "F=super::e::F:5"]
        );
    }

    #[test]
    fn paths_in_the_text() {
        let source = Source::read("fn f(x: &crate::a::B) -> c::D { x.e::<super::G>(); crate::h::i::<u8>() }");
        let paths: Vec<String> = source.paths.iter().map(|one| one.segments.join("::")).collect();
        assert_eq!(paths, ["crate::a::B", "c::D", "super::G", "crate::h::i"]);
    }

    #[test]
    fn tests_are_left_out() {
        let source = Source::read(
            "mod a;\n#[cfg(test)]\nmod tests;\n#[cfg(test)]\n#[path = \"x\"]\nmod more { use crate::b::C; }\nstruct D;",
        );
        assert_eq!(source.test_modules, ["tests"]);
        assert_eq!((source.uses.len(), source.items), (0, ["D".to_owned()].into()));
    }
}
