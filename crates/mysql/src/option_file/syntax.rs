//! The meaning of one line of an option file.

/// The meaning of a line. Names and values are bytes: whether they must be UTF-8 depends on the group.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// Nothing, or a comment.
    Blank,
    /// `!include`, with the rest of the line.
    Include(&'a [u8]),
    /// `!includedir`, with the rest of the line.
    IncludeDir(&'a [u8]),
    /// A `!` with anything else after it; the clients ignore it.
    UnknownDirective,
    /// `[name]`; anything after the `]` is ignored.
    Group(&'a [u8]),
    /// `[` without `]`
    UnclosedGroup,
    /// `name` or `name = value`
    Option { name: &'a [u8], value: Option<Vec<u8>> },
}

/// White space as the clients define it: in latin1, where `a0` is a no-break space.
fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ' | 0xa0)
}

fn trim_start(bytes: &[u8]) -> &[u8] {
    &bytes[bytes.iter().take_while(|&&byte| is_space(byte)).count()..]
}

fn trim_end(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len() - bytes.iter().rev().take_while(|&&byte| is_space(byte)).count()]
}

/// Reads one line as `RawLines` yields it.
pub(super) fn parse(line: &[u8]) -> Line<'_> {
    let line = trim_start(line);
    match line {
        [] | [b'#' | b';', ..] => Line::Blank,
        [b'!', rest @ ..] => directive(trim_start(rest)),
        [b'[', rest @ ..] => match rest.iter().position(|&byte| byte == b']') {
            // White space before the name is significant, after it not.
            Some(end) => Line::Group(trim_end(&rest[..end])),
            None => Line::UnclosedGroup,
        },
        _ => option(line),
    }
}

fn directive(text: &[u8]) -> Line<'_> {
    let argument =
        |keyword: &[u8]| text.strip_prefix(keyword).filter(|rest| rest.first().is_some_and(|&b| is_space(b)));
    if let Some(rest) = argument(b"includedir") {
        Line::IncludeDir(rest)
    } else if let Some(rest) = argument(b"include") {
        Line::Include(rest)
    } else {
        Line::UnknownDirective
    }
}

/// The path after an include directive, `None` if there is none.
///
/// The clients drop the last character without looking at it, because they expect the newline. So a last line without
/// newline, or a line that was cut by its length or by a NUL, loses the end of its path.
pub(super) fn include_path(argument: &[u8]) -> Option<&[u8]> {
    let (_, path) = trim_start(argument).split_last()?;
    let path = trim_end(path);
    (!path.is_empty()).then_some(path)
}

fn option(line: &[u8]) -> Line<'_> {
    let line = &line[..comment_start(line)];
    match line.iter().position(|&byte| byte == b'=') {
        None => Line::Option { name: trim_end(line), value: None },
        Some(equals) => Line::Option {
            name: trim_end(&line[..equals]),
            value: Some(unescaped(unquoted(trim_end(trim_start(&line[equals + 1..]))))),
        },
    }
}

/// Where the comment begins: at the first `#` outside of quotes. A quote may open anywhere in the line, even in the
/// name, and one that is never closed makes the rest of the line part of the value.
fn comment_start(line: &[u8]) -> usize {
    let mut open_quote = None;
    let mut escaped = false;
    for (at, &byte) in line.iter().enumerate() {
        match (byte, open_quote) {
            (b'#', None) => return at,
            (b'\'' | b'"', None) => open_quote = Some(byte),
            (_, Some(quote)) if byte == quote && !escaped => open_quote = None,
            _ => {}
        }
        // Only a closing quote respects this: outside quotes a backslash has no effect.
        escaped = byte == b'\\' && !escaped;
    }
    line.len()
}

/// Removes a pair of quotes only if the very first and the very last character are the same quote.
fn unquoted(value: &[u8]) -> &[u8] {
    match value {
        [first @ (b'"' | b'\''), inner @ .., last] if first == last => inner,
        _ => value,
    }
}

/// Replaces the escapes; an unknown one keeps its backslash, and so does one at the end.
fn unescaped(value: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(value.len());
    let mut rest = value;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match (byte, tail) {
            (b'\\', [code, after @ ..]) => {
                rest = after;
                match code {
                    b'b' => result.push(b'\x08'),
                    b't' => result.push(b'\t'),
                    b'n' => result.push(b'\n'),
                    b'r' => result.push(b'\r'),
                    b's' => result.push(b' '),
                    b'"' | b'\'' | b'\\' => result.push(*code),
                    unknown => result.extend([b'\\', *unknown]),
                }
            }
            _ => result.push(*byte),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &[u8], expected: &Line<'_>) {
        assert_eq!(&parse(line), expected, "{}", line.escape_ascii());
    }

    fn check_option(line: &[u8], name: &[u8], value: Option<&[u8]>) {
        check(line, &Line::Option { name, value: value.map(<[u8]>::to_vec) });
    }

    #[test]
    fn comments_begin_a_line_after_white_space() {
        for line in [&b""[..], b"\n", b" \t\x0b\x0c\r\n", b"#x", b"  ;x\n", b"\xa0\n"] {
            check(line, &Line::Blank);
        }
    }

    #[test]
    fn group_names_keep_leading_and_inner_white_space() {
        check(b"[client]\n", &Line::Group(b"client"));
        check(b" [client \t] junk\n", &Line::Group(b"client"));
        check(b"[ a b ]\n", &Line::Group(b" a b"));
        check(b"[a]]\n", &Line::Group(b"a"));
        check(b"[]\n", &Line::Group(b""));
        check(b"[client\n", &Line::UnclosedGroup);
    }

    #[test]
    fn directives_need_white_space_after_the_keyword() {
        check(b"! include x\n", &Line::Include(b" x\n"));
        check(b"!includedir x\n", &Line::IncludeDir(b" x\n"));
        check(b"!include\n", &Line::Include(b"\n"));
        for line in [&b"!include"[..], b"!includes x\n", b"!foo\n", b"!\n"] {
            check(line, &Line::UnknownDirective);
        }
    }

    #[test]
    fn an_include_path_loses_its_last_character_without_newline() {
        for (argument, expected) in
            [(&b" a b \r\n"[..], Some(&b"a b"[..])), (b" ab", Some(b"a")), (b" a", None), (b" \n", None), (b"", None)]
        {
            assert_eq!(include_path(argument), expected, "{}", argument.escape_ascii());
        }
    }

    #[test]
    fn names_and_values_are_trimmed() {
        check_option(b"\ta b\t=\t1 2\t\r\n", b"a b", Some(b"1 2"));
        check_option(b"ssl \n", b"ssl", None);
        check_option(b"a=\n", b"a", Some(b""));
        check_option(b"a = = 1\n", b"a", Some(b"= 1"));
        check_option(b"=x\n", b"", Some(b"x"));
        check_option("a=voilà\n".as_bytes(), b"a", Some(b"voil\xc3"));
    }

    #[test]
    fn a_hash_outside_of_quotes_begins_a_comment() {
        check_option(b"a=b#c\n", b"a", Some(b"b"));
        check_option(b"a=b;c\n", b"a", Some(b"b;c"));
        check_option(b"a#=b\n", b"a", None);
        check_option(b"a=\"b#c\"#d\n", b"a", Some(b"b#c"));
        check_option(b"a=it's#x\n", b"a", Some(b"it's#x"));
        check_option(br##"a="b\"#c"#d"##, b"a", Some(br##"b"#c"##));
        check_option(br##"a="b\\"#c"##, b"a", Some(br"b\"));
        check_option(br##"a=\"b#c""##, b"a", Some(br##""b#c""##));
        check_option(br"a=b\#c", b"a", Some(br"b\"));
        check_option(b"'a#b=c\n", b"'a#b", Some(b"c"));
    }

    #[test]
    fn only_quotes_at_both_ends_are_removed() {
        for (value, expected) in [
            (&br#""a""#[..], &br"a"[..]),
            (b"'a'", b"a"),
            (br#""""#, b""),
            (br#"""#, br#"""#),
            (br#"'a""#, br#"'a""#),
            (br#""a" b"#, br#""a" b"#),
            (br#"" a ""#, b" a "),
        ] {
            check_option(&[b"x=", value].concat(), b"x", Some(expected));
        }
    }

    #[test]
    fn known_escapes_are_replaced_and_others_kept() {
        check_option(br#"a=\b\t\n\r\s\\\"\'|"#, b"a", Some(b"\x08\t\n\r \\\"'|"));
        check_option(br"a=\x\0\S\", b"a", Some(br"\x\0\S\"));
        check_option(br#"a="x\""#, b"a", Some(br"x\"));
    }
}
