//! Sets of transactions in a few words.

use super::gtids::{Gtids, Key};
use super::ranges::Span;
use super::text::{FilePosition, interval};

impl Gtids {
    /// The ranges in at most `max_chars` characters: `1-1-168..467`, `3e11fa47…:168-467` (a UUID's first eight
    /// digits), `and 3 more` for the ranges that do not fit, `3 ranges` where none does, `none` for the empty set.
    /// Not to be read back. `…` is three bytes.
    pub fn brief(&self, max_chars: usize) -> String {
        let total: usize = self.iter().map(|(_, spans)| spans.len()).sum();
        let mut best = match total {
            0 => "none".to_owned(),
            1 => "1 range".to_owned(),
            _ => format!("{total} ranges"),
        };
        let mut line = String::new();
        let ranges = self.iter().flat_map(|(key, spans)| spans.iter().map(move |span| range(key, *span)));
        for (shown, range) in (1..).zip(ranges) {
            line.extend([if line.is_empty() { "" } else { ", " }, &range]);
            let length = line.chars().count();
            if length > max_chars {
                break;
            }
            let candidate = if shown == total { line.clone() } else { format!("{line} and {} more", total - shown) };
            if candidate.chars().count() <= max_chars {
                best = candidate;
            }
        }
        best.chars().take(max_chars).collect()
    }
}

fn range(key: &Key, span: Span) -> String {
    let Span { first, last } = span;
    match key {
        Key::MariaDb { domain, server_id } if first == last => format!("{domain}-{server_id}-{last}"),
        Key::MariaDb { domain, server_id } => format!("{domain}-{server_id}-{first}..{last}"),
        Key::MySql { uuid, tag } if tag.is_empty() => format!("{}…:{}", uuid.head(), interval(span)),
        Key::MySql { uuid, tag } => format!("{}…:{tag}:{}", uuid.head(), interval(span)),
        // Everything before a position: no file is the first.
        Key::File { server_id } if first == 1 => format!("{server_id}:..{}", FilePosition(last).text()),
        Key::File { server_id } => {
            format!("{server_id}:{}..{}", FilePosition(first).text(), FilePosition(last).text())
        }
    }
}
