//! From bytes to whole lines.

use memchr::{memchr, memrchr};

use crate::sink::Sink;

/// The longest line that is kept, in bytes without its newline. Of a longer one the first bytes are matched, and the
/// rest is skipped.
pub const MAX_LINE: usize = 64 * 1024;

/// How many bytes are looked at for one newline, to see that a block has no line longer than [`MAX_LINE`].
const WINDOW: usize = MAX_LINE / 2;

/// Hands the whole lines of `block`, which begins where the last call stopped, to `sink`. `inside_long_line` is the
/// state between calls. Returns how many bytes were taken; what follows them is the beginning of a line.
///
/// NUL bytes before a line are skipped: a writer without `O_APPEND` leaves a block of them after its file was
/// truncated, and so does a crash of the machine.
///
/// How the bytes of a log are cut into blocks makes no difference, if a block has more than 2 × [`MAX_LINE`] bytes or
/// nothing follows it yet.
pub(crate) fn take(block: &[u8], inside_long_line: &mut bool, arrival: i64, sink: &mut impl Sink) -> usize {
    let mut taken = 0;
    if *inside_long_line {
        match memchr(b'\n', block) {
            Some(newline) => {
                *inside_long_line = false;
                taken = newline + 1;
            }
            None => return block.len(),
        }
    }
    let whole = memrchr(b'\n', block).map_or(taken, |newline| newline + 1);
    if let Some(lines) = block.get(taken..whole).filter(|lines| !lines.is_empty()) {
        if is_plain(lines) {
            sink.lines(lines, arrival);
        } else {
            one_by_one(lines, arrival, sink);
        }
        taken = whole;
    }
    let rest = block.get(taken..).unwrap_or_default();
    let nuls = leading_nuls(rest);
    let begun = rest.get(nuls..).unwrap_or_default();
    if let Some(beginning) = begun.get(..MAX_LINE).filter(|_| begun.len() > MAX_LINE) {
        sink.long_line(beginning, arrival);
        *inside_long_line = true;
        taken = block.len();
    } else if nuls > MAX_LINE {
        taken += nuls;
    }
    taken
}

/// Whether no line is too long and none begins with a NUL, without looking at each line.
fn is_plain(lines: &[u8]) -> bool {
    memchr(0, lines).is_none()
        && lines.chunks(WINDOW).all(|window| window.len() < WINDOW || memchr(b'\n', window).is_some())
}

/// The slow way, for blocks that are not plain.
fn one_by_one(lines: &[u8], arrival: i64, sink: &mut impl Sink) {
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        let line = line.get(leading_nuls(line)..).unwrap_or_default();
        match line.get(..MAX_LINE) {
            Some(beginning) if line.len() > MAX_LINE + 1 => {
                sink.long_line(beginning, arrival);
            }
            _ => sink.lines(line, arrival),
        }
    }
}

/// How many bytes before the first one that is not NUL.
pub(crate) fn leading_nuls(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a sink was given, line by line.
    #[derive(Debug, Default, PartialEq, Eq)]
    struct Seen(Vec<Vec<u8>>);

    impl Sink for Seen {
        fn lines(&mut self, block: &[u8], _arrival: i64) {
            assert_eq!(block.last(), Some(&b'\n'));
            self.0.extend(block.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec));
        }

        fn long_line(&mut self, beginning: &[u8], _arrival: i64) {
            self.0.push([b"LONG:", beginning].concat());
        }

        fn generation(&mut self) {}
    }

    /// Takes `text` as it grows by the pieces given, as a follower does: what was not taken is offered again.
    fn grown(text: &[u8], pieces: &[usize]) -> (Seen, usize, bool) {
        let (mut seen, mut inside, mut taken) = (Seen::default(), false, 0);
        let mut there = 0usize;
        for piece in pieces.iter().chain([&usize::MAX]) {
            there = there.saturating_add((*piece).max(1)).min(text.len());
            loop {
                let end = there.min(taken + 5 * MAX_LINE);
                let now = take(&text[taken..end], &mut inside, 0, &mut seen);
                taken += now;
                if now == 0 || end == there {
                    break;
                }
            }
        }
        (seen, taken, inside)
    }

    #[test]
    fn a_half_line_stays_until_its_newline_is_there() {
        let (mut seen, mut inside) = (Seen::default(), false);
        assert_eq!(take(b"one\ntw", &mut inside, 0, &mut seen), 4);
        assert_eq!(take(b"tw", &mut inside, 0, &mut seen), 0);
        assert_eq!(take(b"two\n", &mut inside, 0, &mut seen), 4);
        assert_eq!(seen.0, [b"one\n".to_vec(), b"two\n".to_vec()]);
    }

    #[test]
    fn a_line_is_long_from_one_byte_beyond_the_limit_on() {
        for (length, long) in [(MAX_LINE - 1, false), (MAX_LINE, false), (MAX_LINE + 1, true), (3 * MAX_LINE, true)] {
            let text = [b"a\n".as_slice(), &vec![b'x'; length], b"\nb\n"].concat();
            for pieces in [vec![], vec![2 + MAX_LINE, 1, 1, 1], vec![1, 10, 70_000, 70_000]] {
                let (seen, taken, inside) = grown(&text, &pieces);
                assert_eq!(seen.0.len(), 3, "{length} {pieces:?}");
                assert_eq!(seen.0[1].starts_with(b"LONG:"), long, "{length} {pieces:?}");
                assert_eq!(seen.0[1].len(), if long { 5 + MAX_LINE } else { length + 1 });
                assert_eq!((taken, inside), (text.len(), false));
            }
        }
    }

    #[test]
    fn nuls_before_a_line_are_not_part_of_it_however_many() {
        for nuls in [1, 300, MAX_LINE, MAX_LINE + 1, 10 * MAX_LINE] {
            let text = [b"a\n".as_slice(), &vec![0; nuls], b"b\0c\n\0\0d\n"].concat();
            for pieces in [vec![], vec![3, 300, 70_000], vec![nuls + 2]] {
                let (seen, taken, _) = grown(&text, &pieces);
                assert_eq!(seen.0, [b"a\n".to_vec(), b"b\0c\n".to_vec(), b"d\n".to_vec()], "{nuls} {pieces:?}");
                assert_eq!(taken, text.len());
            }
        }
    }

    fn text() -> impl Strategy<Value = Vec<u8>> {
        let line = prop_oneof![
            8 => proptest::collection::vec(prop_oneof![Just(0u8), Just(b'\r'), Just(0xff), Just(b'x')], 0..60),
            1 => (MAX_LINE - 2..MAX_LINE + 3).prop_map(|length| vec![b'y'; length]),
            1 => (1..3 * MAX_LINE).prop_map(|length| vec![0; length]),
        ];
        proptest::collection::vec(line, 0..12).prop_map(|lines| lines.join(&b'\n'))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn how_a_text_grows_makes_no_difference(
            text in text(), pieces in proptest::collection::vec(1usize..100_000, 0..20)
        ) {
            let (seen, _, inside) = grown(&text, &pieces);
            let (all, _, at_end) = grown(&text, &[]);
            // Of NULs at the end, some may be left.
            prop_assert_eq!((seen, inside), (all, at_end));
        }
    }
}
