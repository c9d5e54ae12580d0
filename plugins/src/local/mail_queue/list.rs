//! The lines of a list, in the format of each program, as messages.

use healthd_core::mail_queue::{MailQueue, QueueName};
use healthd_core::text::clean::one_line;

use super::message::Open;
use super::{exim, postfix};

/// How much is shown of a line that does not belong there.
const SHOWN: usize = 80;

/// The format of a list.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Format {
    /// `postqueue -j`: one object on a line. `now` is in Unix time.
    PostfixJson { now: i64 },
    /// `postqueue -p`: for people. `now` is local time, in seconds as if it were UTC; `None` if it is not known.
    PostfixText { now: Option<i64> },
    /// `exim -bp`.
    #[default]
    Exim,
}

/// A list that is being read.
#[derive(Debug, Default)]
pub(super) struct List {
    format: Format,
    queue: MailQueue,
    open: Option<Open>,
    /// Whether the list has an end, where the format has one.
    ended: bool,
    /// The first line that does not belong into a list.
    odd: Option<String>,
}

impl List {
    pub(super) fn new(format: Format) -> List {
        List { format, ..List::default() }
    }

    /// Reads one line, without its end.
    pub(super) fn line(&mut self, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        match self.format {
            Format::PostfixJson { now } => match postfix::entry(&text, now) {
                _ if text.is_empty() => {}
                Some((queue, age, domains)) => self.queue.add(queue, age, domains),
                // A broken object is a message all the same.
                None if text.starts_with('{') => self.queue.add_unknown(),
                None => self.odd(&text),
            },
            Format::PostfixText { now } => match postfix::text_line(&text, now) {
                postfix::TextLine::Message(open) => self.next(Some(open)),
                postfix::TextLine::Recipient(address) => self.recipient(address),
                postfix::TextLine::End => {
                    self.next(None);
                    self.ended = true;
                }
                postfix::TextLine::Nothing => {}
                postfix::TextLine::Odd => self.odd(&text),
            },
            Format::Exim => match exim::line(&text) {
                exim::Line::Message(open) => self.next(Some(open)),
                exim::Line::Recipient(address) => self.recipient(address),
                exim::Line::Nothing => {}
                exim::Line::Odd => self.odd(&text),
            },
        }
    }

    fn recipient(&mut self, address: &str) {
        if let Some(open) = &mut self.open {
            open.recipient(address);
        }
    }

    fn odd(&mut self, text: &str) {
        self.odd.get_or_insert_with(|| one_line(text, SHOWN));
    }

    /// The message before is complete.
    fn next(&mut self, open: Option<Open>) {
        if let Some(Open { queue, age, domains }) = std::mem::replace(&mut self.open, open) {
            self.queue.add(queue.unwrap_or(QueueName::Other), age, domains);
        }
    }

    /// The queue, whether the list was whole as far as can be told, and the first line that does not belong into one.
    pub(super) fn finish(mut self) -> (MailQueue, bool, Option<String>) {
        self.next(None);
        let whole = self.ended || !matches!(self.format, Format::PostfixText { .. });
        (self.queue, whole, self.odd)
    }
}
