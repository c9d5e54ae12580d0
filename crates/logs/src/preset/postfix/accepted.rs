//! `postfix-accepted`: messages that clients and local users handed in, and that are in the queue.
//!
//! | message | counts |
//! | --- | --- |
//! | handed in by SMTP, or by a local program through sendmail(1), to any number of recipients | 1, when it enters the queue |
//! | refused at any step, also by a milter or `header_checks` after its data | 0 |
//! | a notice that Postfix makes, or a forwarded copy | 0 |
//! | tried again | 0 |
//! | held | 1, when it is released |
//! | given back by a content filter that says whose message it is (XFORWARD: `orig_queue_id=`) | 0 |
//! | given back to a service that `content_filters` names, such as `postfix/10025` | 0 |
//! | given back by a filter that `content_filters` names, with a Message-ID that is in the queue | 0 |
//! | given back by any other filter | 1 more |
//!
//! The line of smtpd or pickup says that a client began, the first `queue active` of qmgr that the message is complete.
//! Between them the queue id is remembered. With `content_filters` the Message-IDs in the queue are remembered too: a
//! filter gives a message back while the first copy waits for it. Notices have no line of smtpd or pickup.

use std::collections::HashMap;

use healthd_core::samples::batch::Counted;

use super::super::definition::{Definition, Verdict};
use super::super::fields::Pairs;
use super::super::hops::Hops;
use super::super::memory::{Memory, Value};
use super::{Queued, agent, is_qmgr};
use crate::line::Line;
use crate::values::Values;

pub(in super::super) const DEFINITION: Definition = Definition {
    captures: &["host", "via", "service"],
    labels: &[],
    lowercase: &[],
    literals: &[b": client=", b": uid=", b"(queue active)"],
};

/// What is looked for besides, with content filters.
pub(in super::super) const WITH_FILTERS: &[&[u8]] = &[b": message-id=", b": removed"];

/// After this many seconds a client that began a message will not finish it.
const PATIENCE: i64 = 7200;

/// The messages that enter the queue, and with content filters those that are in it.
#[derive(Debug)]
pub(crate) struct Accepted {
    memory: Memory,
    hops: Hops,
    /// How many messages in the queue have a Message-ID, by its hash.
    message_ids: HashMap<u64, u32>,
    key: Vec<u8>,
    entry: Vec<u8>,
    newest: i64,
}

/// The first byte of what is remembered of a message: its state.
const BEGUN: u8 = b'b';
/// Begun by a client that may be a content filter.
const DOUBTFUL: u8 = b'd';
const QUEUED: u8 = b'q';

/// The layout: state, hash of the Message-ID (0: none), `s` for smtpd or `p` for pickup, service.
const HASH: std::ops::Range<usize> = 1..9;
const VIA: usize = 9;
const SERVICE: usize = 10;

impl Accepted {
    pub(in super::super) fn new(memory: Memory, hops: Hops) -> Accepted {
        let mut message_ids = HashMap::new();
        for (_, entry) in memory.iter() {
            if let Some(hash) = hash_of(entry) {
                *message_ids.entry(hash).or_insert(0) += 1;
            }
        }
        Accepted { memory, hops, message_ids, key: Vec::new(), entry: Vec::new(), newest: i64::MIN }
    }

    /// Whether returning mail is looked for.
    pub(in super::super) fn has_filters(&self) -> bool {
        !self.hops.is_empty()
    }

    pub(in super::super) fn take(&mut self, counted: &mut Counted) {
        let limit = self.newest.saturating_sub(PATIENCE);
        for entry in self.memory.remove_older(limit, |entry| entry.first() != Some(&QUEUED)) {
            self.drop_message_id(entry.as_slice());
        }
        self.memory.take(counted);
    }

    /// Reads a line of this second.
    pub(in super::super) fn read<'a>(&'a mut self, line: &Line<'a>, second: i64, values: &mut Values<'a>) -> Verdict {
        let Some(queued) = Queued::of(line) else { return without_id(line) };
        self.newest = self.newest.max(second);
        let mut key = std::mem::take(&mut self.key);
        let verdict = self.step(&queued, queued.key(line, &mut key), line, second);
        self.key = key;
        if let Verdict::Match(_) = verdict {
            values.set(0, line.host);
            values.set(1, if self.entry.get(VIA) == Some(&b'p') { b"pickup" } else { b"smtpd" });
            values.set(2, self.entry.get(SERVICE..).unwrap_or_default());
        }
        verdict
    }

    fn step(&mut self, queued: &Queued<'_>, key: &[u8], line: &Line<'_>, second: i64) -> Verdict {
        match queued.agent {
            b"smtpd" | b"qmqpd" => match queued.text.strip_prefix(b"client=") {
                Some(client) if !self.is_return(client, line) => {
                    self.begin(key, self.hops.may_return_from(client), b's', queued, line, second);
                }
                _ => {}
            },
            b"pickup" if queued.text.starts_with(b"uid=") => {
                self.begin(key, self.hops.has_transport(), b'p', queued, line, second);
            }
            b"cleanup" if !self.hops.is_empty() => {
                if let Some(id) = queued.text.strip_prefix(b"message-id=") {
                    self.message_id(key, id, second);
                }
            }
            agent if is_qmgr(agent) => return self.queue(queued, key, second),
            _ => {}
        }
        Verdict::Other
    }

    /// Whether a line `client=…` is of mail that a content filter gives back.
    fn is_return(&self, client: &[u8], line: &Line<'_>) -> bool {
        let rest = memchr::memchr(b',', client).and_then(|comma| client.get(comma..)?.strip_prefix(b", "));
        let mut pairs = Pairs::new(rest.unwrap_or_default());
        let original = pairs.find(|(key, _)| *key == b"orig_queue_id");
        original.is_some_and(|(_, id)| super::is_queue_id(id)) || self.hops.has_service(line.program)
    }

    fn begin(&mut self, key: &[u8], doubtful: bool, via: u8, queued: &Queued<'_>, line: &Line<'_>, second: i64) {
        let service = line.program.len().saturating_sub(queued.agent.len() + 1);
        self.entry.clear();
        self.entry.push(if doubtful { DOUBTFUL } else { BEGUN });
        self.entry.extend_from_slice(&[0; 8]);
        self.entry.push(via);
        self.entry.extend_from_slice(line.program.get(..service).unwrap_or_default());
        self.store(key, second);
    }

    /// cleanup has read the Message-ID.
    fn message_id(&mut self, key: &[u8], id: &[u8], second: i64) {
        let hash = hash(key, id);
        self.entry.clear();
        match self.memory.get(key) {
            Some(known) => self.entry.extend_from_slice(known),
            // A notice, or forwarded: a filter may get it too.
            None => {
                self.entry.push(QUEUED);
                self.entry.extend_from_slice(&[0; 9]);
            }
        }
        if self.entry.first() == Some(&DOUBTFUL)
            && id != b"<>"
            && self.message_ids.contains_key(&hash)
            && let Some(state) = self.entry.first_mut()
        {
            *state = QUEUED;
        }
        if let Some(place) = self.entry.get_mut(HASH) {
            place.copy_from_slice(&hash.to_be_bytes());
        }
        self.store(key, second);
    }

    /// qmgr has a message, for the first time or again, or removes it.
    fn queue(&mut self, queued: &Queued<'_>, key: &[u8], second: i64) -> Verdict {
        if queued.text == b"removed" {
            if let Some(entry) = self.memory.remove(key) {
                self.drop_message_id(entry.as_slice());
            }
            return Verdict::Other;
        }
        if !queued.text.starts_with(b"from=") {
            return Verdict::Other;
        }
        if !queued.text.ends_with(b" (queue active)") {
            if Pairs::new(queued.text).any(|(key, _)| key == b"status") {
                return Verdict::Other;
            }
            return Verdict::Resembles;
        }
        let known = if self.hops.is_empty() { self.memory.remove(key) } else { self.memory.get(key).map(Value::new) };
        let Some(known) = known.filter(|known| known.as_slice().first() != Some(&QUEUED)) else {
            return Verdict::Other;
        };
        self.entry.clear();
        self.entry.extend_from_slice(known.as_slice());
        if let Some(state) = self.entry.first_mut() {
            *state = QUEUED;
        }
        if !self.hops.is_empty() {
            self.store(key, second);
        }
        Verdict::Match(1)
    }

    /// Remembers `entry`, and counts its Message-ID instead of the one before.
    fn store(&mut self, key: &[u8], second: i64) {
        if !self.hops.is_empty()
            && let Some(before) = self.memory.get(key).and_then(hash_of)
        {
            decrease(&mut self.message_ids, before);
        }
        if let Some(hash) = hash_of(&self.entry) {
            *self.message_ids.entry(hash).or_insert(0) += 1;
        }
        for entry in self.memory.set(key, &self.entry, second) {
            self.drop_message_id(entry.as_slice());
        }
    }

    fn drop_message_id(&mut self, entry: &[u8]) {
        if let Some(hash) = hash_of(entry) {
            decrease(&mut self.message_ids, hash);
        }
    }
}

fn decrease(message_ids: &mut HashMap<u64, u32>, hash: u64) {
    if let Some(count) = message_ids.get_mut(&hash) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            message_ids.remove(&hash);
        }
    }
}

/// The hash of a Message-ID in what is remembered.
fn hash_of(entry: &[u8]) -> Option<u64> {
    let bytes: [u8; 8] = entry.get(HASH)?.try_into().ok()?;
    Some(u64::from_be_bytes(bytes)).filter(|hash| *hash != 0)
}

/// FNV-1a over the host and the Message-ID; it is stored, so it must not change.
fn hash(key: &[u8], id: &[u8]) -> u64 {
    let host = key.split(|byte| *byte == b' ').next().unwrap_or_default();
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in host.iter().chain(b" ").chain(id) {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash.max(1)
}

/// A line without a queue id: `NOQUEUE: client=` is a proxy before the queue, whose mail comes again with an id.
fn without_id(line: &Line<'_>) -> Verdict {
    let Some(b"smtpd" | b"qmqpd") = agent(line) else { return Verdict::Other };
    let Some(end) = memchr::memchr(b':', line.message) else { return Verdict::Other };
    let (id, text) = line.message.split_at(end);
    match text.starts_with(b": client=") && id != b"NOQUEUE" && !id.contains(&b' ') {
        true => Verdict::Resembles,
        false => Verdict::Other,
    }
}
