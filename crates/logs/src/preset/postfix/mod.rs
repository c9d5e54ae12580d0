//! Postfix. What a line says is read from its message, which begins with the queue id; who says it, from the program:
//! any instance and service (`postfix-out/smtp`, `postfix/submission/smtpd`).
//! <https://www.postfix.org/OVERVIEW.html>

pub(super) mod accepted;
pub(super) mod delivered;
pub(super) mod messages;

use crate::line::Line;

/// A line of a Postfix daemon about a message in the queue.
#[derive(Debug, Clone, Copy)]
struct Queued<'a> {
    /// The daemon: `smtpd`, `qmgr`, `smtp`, `local`, ….
    agent: &'a [u8],
    /// The queue id, short (`2DCF19920D4`) or long (`4jY0zt4RYfz1SdPN`).
    id: &'a [u8],
    /// What it says about the message.
    text: &'a [u8],
}

impl<'a> Queued<'a> {
    /// `None` if the line is not from a Postfix daemon, or not about a message in the queue.
    fn of(line: &Line<'a>) -> Option<Queued<'a>> {
        let agent = agent(line)?;
        let end = memchr::memchr(b':', line.message)?;
        let (id, text) = line.message.split_at(end);
        let text = text.strip_prefix(b": ")?;
        is_queue_id(id).then_some(Queued { agent, id, text })
    }

    /// The id with its host: logs of several hosts may be in one file.
    fn key<'k>(&self, line: &Line<'_>, key: &'k mut Vec<u8>) -> &'k [u8] {
        key.clear();
        key.extend_from_slice(line.host);
        key.push(b' ');
        key.extend_from_slice(self.id);
        key
    }
}

/// The daemon's name: what follows the last `/` of the program.
fn agent<'a>(line: &Line<'a>) -> Option<&'a [u8]> {
    let slash = memchr::memrchr(b'/', line.program)?;
    line.program.get(slash + 1..).filter(|agent| !agent.is_empty())
}

/// Letters and digits; <https://www.postfix.org/postconf.5.html#enable_long_queue_ids>.
fn is_queue_id(word: &[u8]) -> bool {
    (5..=40).contains(&word.len()) && word.iter().all(u8::is_ascii_alphanumeric) && word != b"NOQUEUE"
}

/// `smtp`, `error`, … but not the daemons before the queue.
fn is_qmgr(agent: &[u8]) -> bool {
    matches!(agent, b"qmgr" | b"oqmgr" | b"nqmgr")
}
