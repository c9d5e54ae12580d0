//! Why a pattern is not a regular expression, with the place.

use std::fmt::Write;

use regex_syntax::ast::Span;

/// Why a pattern cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It is not a regular expression.
    #[error("line {line}, column {column}: {why}\n{shown}")]
    Syntax {
        /// The line in the pattern, from 1.
        line: usize,
        /// The column in that line, from 1, in characters.
        column: usize,
        /// What is wrong, and what to write instead if that is known.
        why: String,
        /// The line, and a second one that marks the place.
        shown: String,
    },
    /// It takes too much memory.
    #[error("the compiled pattern takes more than {limit} MB: make its {{n,m}} repetitions smaller")]
    TooLarge {
        /// The limit in megabytes.
        limit: usize,
    },
}

impl PatternError {
    pub(super) fn syntax(pattern: &str, error: &regex_syntax::Error) -> PatternError {
        match error {
            regex_syntax::Error::Parse(error) => {
                let why = match error.kind() {
                    regex_syntax::ast::ErrorKind::UnsupportedLookAround => {
                        "look-around is not supported: match more of the line instead, or use `where`".to_owned()
                    }
                    regex_syntax::ast::ErrorKind::UnsupportedBackreference => {
                        "backreferences are not supported".to_owned()
                    }
                    kind => kind.to_string(),
                };
                at(pattern, error.span(), why)
            }
            regex_syntax::Error::Translate(error) => {
                let why = match error.kind() {
                    regex_syntax::hir::ErrorKind::UnicodeNotAllowed => {
                        "patterns are over bytes: a letter outside ASCII cannot stand in a class. Write it as an \
                         alternative, such as (?:ä|ö)"
                            .to_owned()
                    }
                    regex_syntax::hir::ErrorKind::UnicodePropertyNotFound
                    | regex_syntax::hir::ErrorKind::UnicodePropertyValueNotFound
                    | regex_syntax::hir::ErrorKind::UnicodePerlClassNotFound
                    | regex_syntax::hir::ErrorKind::UnicodeCaseUnavailable => {
                        "patterns are over bytes: Unicode classes are not supported. Write (?-u) or an ASCII class"
                            .to_owned()
                    }
                    kind => kind.to_string(),
                };
                at(pattern, error.span(), why)
            }
            error => at(pattern, &Span::splat(regex_syntax::ast::Position::new(0, 1, 1)), error.to_string()),
        }
    }
}

fn at(pattern: &str, span: &Span, why: String) -> PatternError {
    let (line, column) = (span.start.line, span.start.column);
    let text = pattern.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let end = if span.end.line == line { span.end.column } else { text.chars().count() + 1 };
    let marks = end.saturating_sub(column).max(1);
    let mut shown = format!("    {text}\n    ");
    // Tabs stay, so that the mark stands below its place.
    shown.extend(text.chars().take(column.saturating_sub(1)).map(|char| if char == '\t' { '\t' } else { ' ' }));
    let marked = write!(shown, "{}", "^".repeat(marks));
    debug_assert!(marked.is_ok(), "a String takes everything");
    PatternError::Syntax { line, column, why, shown }
}
