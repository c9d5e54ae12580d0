//! %-encoding, for characters that NRPE and shells do not pass on.

use std::fmt::Write as _;
use std::io::BufRead;

use healthd_core::reading::outcome::Outcome;

use crate::output::Plugin;

/// The longest text that is encoded, in bytes.
const LARGEST: u64 = 1 << 20;

/// Decodes `%41` to `A`. A `%` without two hexadecimal digits stays.
pub(super) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit =
        |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16)).and_then(|d| u8::try_from(d).ok());
    let (mut plain, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(&byte) = bytes.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                plain.push(high * 16 + low);
                at += 3;
            }
            _ => {
                plain.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// Encodes everything but ASCII letters and digits in the first line of a text.
pub(super) fn encode(input: impl BufRead) -> Plugin {
    let mut line = Vec::new();
    if let Err(error) = input.take(LARGEST).read_until(b'\n', &mut line) {
        return Plugin::usage(format!("cannot read standard input: {error}"));
    }
    let mut text = String::new();
    for byte in line.strip_suffix(b"\n").unwrap_or(&line) {
        if byte.is_ascii_alphanumeric() {
            text.push(char::from(*byte));
        } else {
            write!(text, "%{byte:02X}").expect("a String takes it");
        }
    }
    Plugin::bare(text, Outcome::Ok)
}
