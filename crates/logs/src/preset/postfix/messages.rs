//! `postfix-messages`: messages that reached at least one recipient.
//!
//! | message | counts |
//! | --- | --- |
//! | delivered to one recipient or to several, at once or after retries | 1, when the first one has it |
//! | bounced or deferred for every recipient | 0 |
//! | a notice, or any mail with the sender `<>` | 0 |
//! | handed to a content filter that `content_filters` names | 1, when it has come back and is delivered |
//! | handed to any other content filter | 2: once when the filter has it, once when it is delivered |
//! | forwarded by an alias or `.forward` | 1, when it is delivered there |
//!
//! It remembers the queue ids of messages in the queue: that the sender is `<>`, or that it was counted. An id is
//! forgotten when qmgr removes the message.

use healthd_core::samples::batch::Counted;

use super::super::definition::{Definition, Verdict};
use super::super::fields::Pairs;
use super::super::hops::Hops;
use super::super::memory::Memory;
use super::delivered::delivery;
use super::{Queued, is_qmgr};
use crate::line::Line;
use crate::values::Values;

pub(in super::super) const DEFINITION: Definition = Definition {
    captures: &["host"],
    labels: &[],
    lowercase: &[],
    literals: &[b"status=sent", b": removed", b": from=<"],
};

/// The sender is `<>`.
const NOTICE: u8 = b'n';
/// It was counted.
const COUNTED: u8 = b'c';
/// It waits.
const WAITING: u8 = b'w';

/// The messages in the queue.
#[derive(Debug)]
pub(crate) struct Messages {
    memory: Memory,
    hops: Hops,
    key: Vec<u8>,
}

impl Messages {
    pub(in super::super) fn new(memory: Memory, hops: Hops) -> Messages {
        Messages { memory, hops, key: Vec::new() }
    }

    pub(in super::super) fn take(&mut self, counted: &mut Counted) {
        self.memory.take(counted);
    }

    /// Reads a line of this second.
    pub(in super::super) fn read<'a>(&mut self, line: &Line<'a>, second: i64, values: &mut Values<'a>) -> Verdict {
        let Some(queued) = Queued::of(line) else { return Verdict::Other };
        let Messages { memory, hops, key } = self;
        let key = queued.key(line, key);
        if is_qmgr(queued.agent) {
            if queued.text == b"removed" {
                memory.remove(key);
                return Verdict::Other;
            }
            if queued.text.starts_with(b"from=") {
                return match arrived(queued.text) {
                    Some(message) => {
                        remember(memory, key, &message, second);
                        Verdict::Other
                    }
                    None if Pairs::new(queued.text).any(|(name, _)| name == b"status") => Verdict::Other,
                    None => Verdict::Resembles,
                };
            }
        }
        if !queued.text.starts_with(b"to=") {
            return Verdict::Other;
        }
        let Some(delivery) = delivery(queued.text) else { return Verdict::Resembles };
        let forwarded = queued.agent == b"local" && delivery.text.starts_with(b"forwarded as ");
        if delivery.status != b"sent" || forwarded || hops.has_relay(delivery.relay) {
            return Verdict::Other;
        }
        let mut value = [COUNTED, 0, 0, 0, 0];
        if let Some((state, sum)) = memory.get(key).and_then(<[u8]>::split_first) {
            if *state != WAITING {
                return Verdict::Other;
            }
            for (place, byte) in value.iter_mut().skip(1).zip(sum) {
                *place = *byte;
            }
        }
        memory.set(key, &value, second);
        values.set(0, line.host);
        Verdict::Match(1)
    }
}

/// What qmgr says of a message that is in the queue, also at every retry.
#[derive(Debug, PartialEq, Eq)]
struct Arrived {
    notice: bool,
    /// Distinguishes a message from a later one with the same short queue id.
    sum: [u8; 4],
}

/// Reads `from=<…>, size=…, nrcpt=… (queue active)`.
fn arrived(text: &[u8]) -> Option<Arrived> {
    let mut pairs = Pairs::new(text);
    let (_, sender) = pairs.next().filter(|(key, _)| *key == b"from")?;
    let (_, size) = pairs.find(|(key, _)| *key == b"size")?;
    let mut sum: u32 = 0x811c_9dc5;
    for byte in sender.iter().chain(b" ").chain(size) {
        sum = (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    }
    Some(Arrived { notice: sender == b"<>", sum: sum.max(1).to_be_bytes() })
}

/// Remembers a message, unless it is known: a line of qmgr at a retry changes nothing. The same id with another sender
/// or size is another message, whose predecessor's `removed` was lost.
fn remember(memory: &mut Memory, key: &[u8], message: &Arrived, second: i64) {
    let known = memory.get(key).and_then(<[u8]>::split_first);
    if known.is_some_and(|(_, sum)| sum == [0; 4] || sum == message.sum) {
        return;
    }
    let [a, b, c, d] = message.sum;
    memory.set(key, &[if message.notice { NOTICE } else { WAITING }, a, b, c, d], second);
}
