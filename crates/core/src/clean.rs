//! Text that comes from a server or a person, made harmless before it reaches a log, a page or perfdata.

/// Returns `text` on one line: control characters become blanks, runs of blanks one, and `|` (which would start
/// perfdata in a monitoring plugin) becomes `/`; cut after `limit` characters with `...`.
///
/// ```
/// assert_eq!(healthd_core::clean::one_line("Duplicate\r\n\x1b[31mentry | x", 40), "Duplicate [31mentry / x");
/// ```
pub fn one_line(text: &str, limit: usize) -> String {
    let mut line = String::with_capacity(text.len().min(limit));
    let mut blank_due = false;
    let mut length = 0;
    for c in text.chars() {
        let c = match c {
            '|' => '/',
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

/// Removes what a server's message says about accounts and hosts: everything between single quotes.
///
/// `Access denied for user 'hc'@'127.0.0.1' (using password: YES)` carries the user and the host, and some
/// statements carry data; neither belongs into a health check's body.
pub fn without_quoted(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut quoted = false;
    for c in text.chars() {
        if c == '\'' {
            if !quoted {
                kept.push_str("'..");
            }
            quoted = !quoted;
        }
        if !quoted {
            kept.push(c);
        }
    }
    kept
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
        assert_eq!(
            without_quoted("Access denied for user 'hc'@'127.0.0.1' (using password: YES)"),
            "Access denied for user '..'@'..' (using password: YES)"
        );
        assert_eq!(without_quoted("open 'quote never ends"), "open '..");
    }

    proptest! {
        #[test]
        fn a_cleaned_text_is_one_printable_line(text in any::<String>(), limit in 0_usize..300) {
            let line = one_line(&text, limit);
            prop_assert!(!line.chars().any(char::is_control));
            prop_assert!(!line.contains('|'));
            prop_assert!(line.chars().count() <= limit + 3);
        }
    }
}
