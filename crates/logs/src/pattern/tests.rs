use proptest::prelude::*;

use super::*;

fn literals(text: &str) -> Option<Vec<String>> {
    let pattern = Pattern::new(text).expect("a regular expression");
    let mut literals: Vec<String> =
        pattern.literals()?.iter().map(|literal| String::from_utf8_lossy(literal).into_owned()).collect();
    literals.sort();
    Some(literals)
}

#[test]
fn the_best_literal_of_a_pattern_is_looked_for() {
    for (text, expected) in [
        (r"status=sent \(", Some(vec!["status=sent ("])),
        (r"postfix/\w+\[\d+\]: \w+: to=<[^>]*>, .*status=(?<status>\w+) ", Some(vec!["postfix/"])),
        (r"^\d+ \w+ (?:bounced|deferred) x", Some(vec![" bounced x", " deferred x"])),
        (r"(?<code>5\d\d) .*(?:GET|POST) /api", Some(vec!["GET /api", "POST /api"])),
        (r"(?:abc\d)+x", Some(vec!["abc"])),
        (r"(?:abc)?x\d", None),
        (r"\d+", None),
        (r"", None),
        (r"a*b*", None),
    ] {
        let expected = expected.map(|literals| literals.into_iter().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(literals(text), expected, "{text}");
    }
}

#[test]
fn patterns_match_bytes_that_are_not_text() {
    for (text, line, expected) in [
        ("user=.* failed", &b"user=J\xf6rg\xff failed"[..], true),
        ("user=[^ ]+ failed", b"user=\xc3\x28 failed", true),
        ("^a.b$", b"a\xe9b", true),
        ("^a.$", b"a\xc3\xa9", false),
        ("gr\u{fc}n", "gr\u{fc}n".as_bytes(), true),
        ("(?:\u{e4}|\u{fc})x", "\u{fc}x".as_bytes(), true),
        ("(?i)error", b"ErRoR", true),
        (r"\xff\xfe", b"\xff\xfe", true),
        ("^b", b"a b", false),
        ("a$", b"a b", false),
        (r"\w\b", b"\xff", false),
    ] {
        assert_eq!(Pattern::new(text).expect("a regular expression").is_match(line), expected, "{text}: {line:?}");
    }
}

#[test]
fn a_mistake_is_shown_with_its_place() {
    let message = |text: &str| Pattern::new(text).expect_err("a mistake").to_string();
    assert_eq!(message(r"a(b"), "line 1, column 2: unclosed group\n    a(b\n     ^");
    assert_eq!(message("a\n\t[b"), "line 2, column 2: unclosed character class\n    \t[b\n    \t^");
    assert_eq!(
        message(r"(?!a)b"),
        "line 1, column 1: look-around is not supported: match more of the line instead, or use `where`\n    \
         (?!a)b\n    ^^^"
    );
    assert!(message("x[\u{e4}]").starts_with("line 1, column 3: patterns are over bytes"), "{}", message("x[\u{e4}]"));
    assert!(message(r"\p{Greek}").contains("patterns are over bytes"), "{}", message(r"\p{Greek}"));
    assert!(message(r"(?<a>b)(?<a>c)").contains("column 11: duplicate capture group name"));
    assert_eq!(
        message(r"(?:a{1000}){1000}"),
        "the compiled pattern takes more than 4 MB: make its {n,m} repetitions smaller"
    );
}

#[test]
fn groups_are_read_in_their_order() {
    let mut pattern = Pattern::new("(?<b>x+)(y)?(?<a>z)?").expect("a regular expression");
    assert_eq!(pattern.names().collect::<Vec<_>>(), ["b", "a"]);
    let mut values = Values::default();
    assert!(pattern.read(b"--xx-", &mut values));
    assert_eq!((values.get(0), values.get(1)), (&b"xx"[..], &b""[..]));
}

proptest! {
    /// Whatever matches contains a literal that is looked for.
    #[test]
    fn no_literal_is_required_that_a_match_can_lack(
        parts in prop::collection::vec(0..PARTS.len(), 1..6),
        line in prop::collection::vec(prop::sample::select(b"abcx19=: (".to_vec()), 0..40),
    ) {
        let text: String = parts.iter().map(|part| PARTS[*part]).collect();
        let mut pattern = Pattern::new(&text).expect("a regular expression");
        if pattern.is_match(&line)
            && let Some(literals) = pattern.literals()
        {
            let found = literals.iter().any(|literal| memchr::memmem::find(&line, literal).is_some());
            prop_assert!(found, "{text}: {literals:?} in {:?}", String::from_utf8_lossy(&line));
        }
    }

    #[test]
    fn no_pattern_panics(text in ".{0,40}", line in prop::collection::vec(any::<u8>(), 0..60)) {
        if let Ok(mut pattern) = Pattern::new(&text) {
            pattern.is_match(&line);
            Steps::new(&text).reached(&line);
        }
    }
}

const PARTS: [&str; 14] =
    ["ab", "(?:a|b)", "a?", "[bc]+", "(ab|c)", "x", "(?i)a", r"\d", ".*", "(?:ab)+", "(?:c1)*", "= ", "(?:a|ab|)", "^"];
