//! One line of a HAProxy configuration as HAProxy reads it: words, quotes, escapes, the comment.
//!
//! The grammar is section 2.2 of HAProxy's configuration manual; lines are never continued. Variables
//! (`"$NAME"`, `"${NAME}"`) are not replaced: only HAProxy knows their values.

/// A line of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Its words, without quotes and escapes.
    pub(crate) words: Vec<String>,
    /// What follows `#`.
    pub(crate) comment: Option<String>,
}

/// A quote is not closed on its line; HAProxy rejects that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OpenQuote;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quote {
    None,
    Weak,
    Strong,
}

/// Splits a line into words and comment.
pub(crate) fn split(line: &str) -> Result<Line, OpenQuote> {
    let mut words = Vec::new();
    // A word is empty only if it is quoted.
    let mut word: Option<String> = None;
    let mut quote = Quote::None;
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        match (quote, c) {
            (Quote::None, '#') => {
                words.extend(word);
                return Ok(Line { words, comment: Some(rest.as_str().to_owned()) });
            }
            (Quote::None, c) if c.is_ascii_whitespace() => words.extend(word.take()),
            (Quote::None, '"') => {
                quote = Quote::Weak;
                word.get_or_insert_default();
            }
            (Quote::None, '\'') => {
                quote = Quote::Strong;
                word.get_or_insert_default();
            }
            (Quote::Weak, '"') | (Quote::Strong, '\'') => quote = Quote::None,
            (Quote::None | Quote::Weak, '\\') => word.get_or_insert_default().push_str(&escaped(&mut rest)),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if quote != Quote::None {
        return Err(OpenQuote);
    }
    words.extend(word);
    Ok(Line { words, comment: None })
}

/// The character of an escape sequence; any other backslash stays as it is.
fn escaped(rest: &mut std::str::Chars<'_>) -> String {
    let mut ahead = rest.clone();
    let one = match ahead.next() {
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some(c @ (' ' | '\\' | '#' | '"' | '\'' | '$')) => c,
        Some('x') => {
            let byte = ahead.as_str().get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
            let Some(byte) = byte else { return "\\".to_owned() };
            rest.nth(2);
            return char::from(byte).to_string();
        }
        _ => return "\\".to_owned(),
    };
    rest.next();
    one.to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(line: &str) -> Vec<String> {
        split(line).expect("quotes are closed").words
    }

    #[test]
    fn words_quotes_and_escapes_are_haproxys() {
        assert_eq!(words("  server db101\t10.0.0.1:3306  check "), ["server", "db101", "10.0.0.1:3306", "check"]);
        assert_eq!(words(r#"agent-send "port=3306 role=any\n""#), ["agent-send", "port=3306 role=any\n"]);
        assert_eq!(words(r"GET /x HTTP/1.1\r\nHost:\ db101"), ["GET", "/x", "HTTP/1.1\r\nHost: db101"]);
        assert_eq!(words(r#"a 'b\n "c"' """#), ["a", r#"b\n "c""#, ""]);
        assert_eq!(words(r#"a"b c"d \#e "$HOME" \x41\x4 \"#), ["ab cd", "#e", "$HOME", r"A\x4", r"\"]);
    }

    #[test]
    fn a_comment_begins_anywhere_outside_of_quotes() {
        let line = split("check# why").expect("quotes are closed");
        assert_eq!((line.words, line.comment.as_deref()), (vec!["check".to_owned()], Some(" why")));
        assert_eq!(words("\"a # b\""), ["a # b"]);
        assert_eq!(split("a \"b"), Err(OpenQuote));
    }

    proptest! {
        #[test]
        fn any_line_is_split_or_refused(line in "[ a\\\\\"'#\\$xn4é\\t]{0,40}") {
            if let Ok(line) = split(&line) {
                prop_assert!(line.words.len() <= 40);
            }
        }

        #[test]
        fn a_strongly_quoted_word_is_itself(word in "[^']{0,40}") {
            prop_assume!(!word.contains(['\n', '\r']));
            prop_assert_eq!(words(&format!("a '{word}'")), vec!["a".to_owned(), word]);
        }
    }
}
