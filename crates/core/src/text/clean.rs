//! Text that comes from a server or a person, made harmless before it reaches a log, a page or perfdata.

/// Returns `text` on one line: control characters become blanks, several blanks become one, and `|` (which would start
/// perfdata in a monitoring plugin) becomes `/`. A text longer than `limit` characters is cut and ends with `...`.
///
/// ```
/// assert_eq!(healthd_core::text::clean::one_line("Duplicate\r\n\x1b[31mentry | x", 40), "Duplicate [31mentry / x");
/// ```
pub fn one_line(text: &str, limit: usize) -> String {
    let mut line = String::with_capacity(text.len().min(limit));
    let mut blank_due = false;
    let mut length = 0;
    for c in text.chars() {
        let c = match c {
            '|' => '/',
            // Nearly every character; this avoids the tables of Unicode.
            '!'..='~' => c,
            // Bidirectional overrides can make a log line read backwards.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' => ' ',
            c if c.is_control() || c.is_whitespace() => ' ',
            c => c,
        };
        if c == ' ' {
            blank_due = !line.is_empty();
            continue;
        }
        if length + usize::from(blank_due) >= limit {
            line.push_str("...");
            return line;
        }
        if blank_due {
            line.push(' ');
            length += 1;
            blank_due = false;
        }
        line.push(c);
        length += 1;
    }
    line
}

/// Cuts `text` between characters so that it has at most `limit` bytes, `...` included.
pub fn clip(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let mut end = limit.saturating_sub(3);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}...", &text[..end])
}

/// Removes what a server's message quotes: accounts, hosts, rows, statements. Removes everything from the first single
/// quote to the last, since what is quoted may contain quotes. A statement is removed up to the end of the text, since
/// the server may have cut it off.
///
/// ```
/// # use healthd_core::text::clean::without_quoted;
/// let text = "Can't connect as 'repl'@'10.0.0.1' (111)";
/// assert_eq!(without_quoted(text), "Can't connect as '..' (111)");
/// ```
pub fn without_quoted(text: &str) -> String {
    const STATEMENT: &str = "Query: '";
    let (text, statement) = match text.find(STATEMENT) {
        Some(at) => (&text[..at], "Query: '..'"),
        None => (text, ""),
    };
    let bytes = text.as_bytes();
    let letter = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphabetic);
    let quotes = |&(at, _): &(usize, &str)| {
        let apostrophe = letter(at.checked_sub(1)) && letter(Some(at + 1));
        !apostrophe
    };
    let mut quotes = text.match_indices('\'').filter(quotes).map(|(at, _)| at);
    match (quotes.next(), quotes.next_back()) {
        (None, _) => format!("{text}{statement}"),
        (Some(first), None) => format!("{}'..'{statement}", &text[..first]),
        (Some(first), Some(last)) => format!("{}'..{}{statement}", &text[..first], &text[last..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        assert_eq!(one_line("abcdefghij", 4), "abcd...");
        assert_eq!(one_line("abcd", 4), "abcd");
    }

    #[test]
    fn accounts_and_hosts_disappear() {
        for (text, expected) in [
            (
                "Access denied for user 'hc'@'127.0.0.1' (using password: YES)",
                "Access denied for user '..' (using password: YES)",
            ),
            ("open 'quote never ends", "open '..'"),
            ("Can't open it", "Can't open it"),
            ("Can't find record in 'secret'", "Can't find record in '..'"),
            (
                "Duplicate entry 'O'Brien's' for key 'k', Error_code: 1062; the event's master log bin.000001",
                "Duplicate entry '..', Error_code: 1062; the event's master log bin.000001",
            ),
            (
                "Error 'Duplicate entry 'x' for key 'k'' on query. Default database: 'd'. Query: 'INSERT INTO t VALUES \
                 ('a', 'cut of",
                "Error '..'. Query: '..'",
            ),
        ] {
            assert_eq!(without_quoted(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_cleaned_text_is_one_printable_line(text in any::<String>(), limit in 0_usize..300) {
            let line = one_line(&text, limit);
            prop_assert!(!line.chars().any(char::is_control));
            prop_assert!(!line.contains('|'));
            prop_assert!(line.chars().count() <= limit + 3);
        }

        #[test]
        fn a_clipped_text_fits(text in any::<String>(), limit in 3_usize..300) {
            let clipped = clip(&text, limit);
            prop_assert!(clipped.len() <= limit);
            prop_assert!(clipped == text || clipped.ends_with("..."));
        }

        #[test]
        fn nothing_between_quotes_is_kept(
            before in "[a-z ]{0,9}",
            secret in "[A-Z0-9 ']{1,30}",
            after in "[a-z ]{0,9}",
        ) {
            let kept = without_quoted(&format!("{before} '{secret}' {after}"));
            prop_assert!(!kept.contains(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit()), "{}", kept);
        }
    }
}
