//! The queue of a mail system: how many messages wait, where, for whom, and for how long.

mod fault;
mod judge;

#[cfg(test)]
mod tests;

pub use fault::QueueFault;
pub use judge::{QueueLimits, judge};

use std::collections::HashMap;

/// The most domains that are counted one by one. A flood to made-up domains must not take the memory of the machine.
const MOST_DOMAINS: usize = 100_000;

/// Which mail system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MailSystem {
    /// Postfix.
    Postfix,
    /// Exim.
    Exim,
}

impl MailSystem {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            MailSystem::Postfix => "Postfix",
            MailSystem::Exim => "Exim",
        }
    }

    /// Its queues, in the order in which people read them.
    pub fn queues(self) -> &'static [QueueName] {
        match self {
            MailSystem::Postfix => {
                &[QueueName::Active, QueueName::Deferred, QueueName::Hold, QueueName::Incoming, QueueName::Maildrop]
            }
            MailSystem::Exim => &[QueueName::Waiting, QueueName::Frozen],
        }
    }
}

/// A queue of a mail system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QueueName {
    /// Postfix: being delivered.
    Active,
    /// Postfix: could not be delivered, is tried again.
    Deferred,
    /// Postfix: an administrator or a filter holds it.
    Hold,
    /// Postfix: just accepted.
    Incoming,
    /// Postfix: from a local program, not accepted yet.
    Maildrop,
    /// Exim: being delivered, or tried again.
    Waiting,
    /// Exim: not tried any more.
    Frozen,
    /// Another one.
    Other,
}

impl QueueName {
    /// Its name, also its label in perfdata.
    pub fn name(self) -> &'static str {
        match self {
            QueueName::Active => "active",
            QueueName::Deferred => "deferred",
            QueueName::Hold => "hold",
            QueueName::Incoming => "incoming",
            QueueName::Maildrop => "maildrop",
            QueueName::Waiting => "waiting",
            QueueName::Frozen => "frozen",
            QueueName::Other => "other",
        }
    }

    /// Whether its messages wait because somebody decided so: their age is no sign of a problem.
    pub fn is_kept(self) -> bool {
        matches!(self, QueueName::Hold | QueueName::Frozen)
    }
}

/// What is in the queue of a mail system. Its memory does not grow with the number of messages.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MailQueue {
    /// All messages.
    pub total: u64,
    /// By queue.
    queues: HashMap<QueueName, u64>,
    /// The age in seconds of the oldest message that is to be delivered.
    pub oldest: Option<f64>,
    /// The age in seconds of the oldest message that is kept.
    pub oldest_kept: Option<f64>,
    /// Messages by the domains of their recipients.
    domains: HashMap<String, u64>,
    /// How often a domain beyond [`MOST_DOMAINS`] was seen.
    pub further_domains: u64,
    /// Messages whose entry was not understood.
    pub not_understood: u64,
}

impl MailQueue {
    /// Adds a message; its domains without repetition. `age` is in seconds, `None` if it is not known.
    pub fn add(&mut self, queue: QueueName, age: Option<f64>, domains: impl IntoIterator<Item = String>) {
        self.total += 1;
        *self.queues.entry(queue).or_default() += 1;
        let oldest = if queue.is_kept() { &mut self.oldest_kept } else { &mut self.oldest };
        // A message from the future is new: the clock was set back.
        let age = age.map(|age| age.max(0.0));
        *oldest = [*oldest, age].into_iter().flatten().reduce(f64::max);
        for domain in domains {
            let room = self.domains.len() < MOST_DOMAINS;
            match self.domains.get_mut(&domain) {
                Some(count) => *count += 1,
                None if room => {
                    self.domains.insert(domain, 1);
                }
                None => self.further_domains += 1,
            }
        }
    }

    /// Adds a message whose entry was not understood.
    pub fn add_unknown(&mut self) {
        self.total += 1;
        self.not_understood += 1;
    }

    /// How many are in a queue.
    pub fn of(&self, queue: QueueName) -> u64 {
        self.queues.get(&queue).copied().unwrap_or_default()
    }

    /// The domains with the most messages, these first; of equals by name.
    pub fn largest_domains(&self, most: usize) -> Vec<(&str, u64)> {
        let mut domains: Vec<(&str, u64)> = self.domains.iter().map(|(name, count)| (name.as_str(), *count)).collect();
        domains.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        domains.truncate(most);
        domains
    }
}

/// The domain of an address, in lower case; `(local)` for an address without one.
pub fn domain(address: &str) -> String {
    let address = address.trim().trim_start_matches('<').trim_end_matches('>');
    match address.rsplit_once('@') {
        Some((_, domain)) if !domain.is_empty() => domain.trim_end_matches('.').to_lowercase(),
        _ => "(local)".to_owned(),
    }
}
