use proptest::prelude::*;

use super::*;

/// An address, as Postfix writes it.
fn address() -> impl Strategy<Value = String> {
    prop_oneof![
        "<[a-z.+=-]{0,9}@[a-z.]{1,9}>",
        "[a-z.+-]{1,9}@[a-z.]{1,9}",
        // A quoted local part, with what a stranger would like to be read.
        "([a-z ,<>=()@]|status=sent \\(|, relay=x, ){0,9}"
            .prop_map(|local| format!("<\"{}\"@example.com>", local.replace('\\', "\\\\").replace('"', "\\\""))),
    ]
}

/// What lines are made of.
const WORDS: [&str; 32] = [
    "Nov 30 02:46:56",
    " mx1 ",
    "postfix/smtp[1]: ",
    "postfix/smtpd[1]: ",
    "\"",
    "postfix/qmgr[1]: ",
    "2DCF19920D4: ",
    "to=<",
    ">, ",
    "status=sent (",
    "<",
    "client=",
    "from=<>, ",
    "size=",
    "removed",
    "[30/Nov/2026:02:46:56 +0100] \"",
    "sm-mta[1]: ",
    "4AU1kuT0012345: ",
    " stat=",
    "msgid=",
    "1rABCD-0001Xy-2z ",
    "<= ",
    "\\",
    "[error] ",
    "1#1: ",
    "2026/11/30 ",
    "exim[1]: ",
    ",",
    "message repeated 3 times: [ ",
    "]",
    " ",
    "=",
];

proptest! {
    #[test]
    fn no_line_panics(preset in 0..PRESETS.len(), line in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut reader = reader(PRESETS[preset], &["127.0.0.1:10024"]);
        let mut clock = Clock::new(TimeFormat::Auto, Some("UTC")).expect("UTC");
        let stamp = clock.read(&[], &line, NOW);
        let mut values = Values::default();
        reader.read(&Line::cut(&line, stamp.head), stamp, &mut values);
    }

    #[test]
    fn no_line_of_words_panics(
        preset in 0..PRESETS.len(),
        words in prop::collection::vec(0..WORDS.len(), 0..14),
    ) {
        let line: String = words.iter().map(|word| WORDS[*word]).collect();
        say(&mut reader(PRESETS[preset], &["127.0.0.1:10024"]), PRESETS[preset], &line);
    }

    #[test]
    fn a_delivery_is_read_as_it_was_written(
        to in address(),
        original in prop::option::of(address()),
        extra in prop::option::of(("[a-z_]{3,8}", "[a-z0-9:./!?]{1,12}")),
        old in any::<bool>(),
        status in "[a-z]{1,12}",
        text in ".{0,60}",
    ) {
        prop_assume!(!["to", "status", "relay", "dsn"].contains(&extra.as_ref().map_or("", |(key, _)| key)));
        let original = original.map_or(String::new(), |original| format!("orig_to={original}, "));
        let extra = extra.map_or(String::new(), |(key, value)| format!("{key}={value}, "));
        let (delays, dsn) = if old { ("", "") } else { ("delays=0.01/0.02/0/0.01, ", "dsn=2.0.0, ") };
        let line = format!(
            "Nov 30 02:46:56 mx1 postfix/smtp[1]: 2DCF19920D4: to={to}, {original}relay=mx.example.net[192.0.2.1]:25, \
             delay=0.04, {delays}{extra}{dsn}status={status} ({text})"
        );
        let said = say(&mut reader(Preset::PostfixDelivered, &[]), Preset::PostfixDelivered, &line);
        let expected = format!("1 status={status} agent=smtp service=postfix relay=mx.example.net");
        prop_assert!(said.starts_with(&expected), "{said}: {line}");
    }
}
