//! Rust source text as words: only what is needed to find paths.

/// One word of the source with its line, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    /// An identifier, `::`, or one other character.
    pub(crate) text: &'a str,
    /// The line it is on.
    pub(crate) line: usize,
}

impl Token<'_> {
    /// Whether it is an identifier or a keyword.
    pub(crate) fn is_name(&self) -> bool {
        self.text.starts_with(|first: char| first.is_alphabetic() || first == '_')
    }
}

/// The words of `source`, without comments and literals.
pub(crate) fn tokens(source: &str) -> Vec<Token<'_>> {
    let bytes = source.as_bytes();
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < bytes.len() {
        let rest = &source[at..];
        let length = match bytes[at] {
            b'/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with("/*") => block_comment(rest),
            b'"' => quoted(rest),
            b'\'' => character(rest),
            b'r' | b'b' | b'c' if literal(rest).is_some() => literal(rest).unwrap_or(1),
            first if first.is_ascii_whitespace() => 1,
            first if first.is_ascii_digit() => word(rest),
            _ => {
                let length = match word(rest) {
                    0 if rest.starts_with("::") => 2,
                    0 => rest.chars().next().map_or(1, char::len_utf8),
                    length => length,
                };
                found.push(Token { text: &rest[..length], line });
                length
            }
        };
        line += rest.as_bytes()[..length].iter().filter(|byte| **byte == b'\n').count();
        at += length;
    }
    found
}

/// The length of the identifier or number that `text` begins with.
fn word(text: &str) -> usize {
    text.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(text.len())
}

/// The length of the block comment that `text` begins with. They nest.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        match text.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of the string that `text` begins with, at its opening quote.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of the character that `text` begins with; a lifetime is its quote alone.
fn character(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    match (characters.next(), characters.next()) {
        (Some((_, '\\')), Some((escaped, _))) => text[escaped + 1..].find('\'').map_or(1, |end| escaped + 1 + end + 1),
        (Some(_), Some((end, '\''))) => end + 1,
        _ => 1,
    }
}

/// The length of a literal with a prefix (`b""`, `r#""#`, `b''`) that `text` begins with.
fn literal(text: &str) -> Option<usize> {
    let prefix = text.find(|character| !matches!(character, 'r' | 'b' | 'c'))?;
    let rest = &text[prefix..];
    if prefix > 2 {
        return None;
    }
    if !text[..prefix].contains('r') {
        return match rest.as_bytes().first()? {
            b'"' => Some(prefix + quoted(rest)),
            b'\'' if text.starts_with('b') => Some(prefix + character(rest)),
            _ => None,
        };
    }
    let hashes = rest.find(|character| character != '#')?;
    if !rest[hashes..].starts_with('"') {
        return None;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let body = prefix + hashes + 1;
    Some(text[body..].find(&end).map_or(text.len(), |at| body + at + end.len()))
}

#[cfg(test)]
mod tests {
    use super::tokens;

    fn texts(source: &str) -> Vec<&str> {
        tokens(source).iter().map(|token| token.text).collect()
    }

    #[test]
    fn comments_and_literals_are_left_out() {
        assert_eq!(
            texts("a /* b /* c */ d */ e // f\n\"g\\\" h\" 'i' '\\'' b'j' r#\"k \" l\"# 1u8 m"),
            ["a", "e", "m"]
        );
    }

    #[test]
    fn paths_lifetimes_and_raw_names_stay() {
        assert_eq!(texts("&'a b::c<'_> r#type"), ["&", "a", "b", "::", "c", "<", "_", ">", "r", "#", "type"]);
    }

    #[test]
    fn every_word_has_its_line() {
        let lines: Vec<usize> = tokens("a\n\"x\ny\"\nb /*\n*/ c").iter().map(|token| token.line).collect();
        assert_eq!(lines, [1, 4, 5]);
    }
}
