//! A message of a list, while its lines are read.

use std::collections::BTreeSet;

use healthd_core::mail_queue::{QueueName, domain};

/// The most domains that are counted of one message.
const MOST_DOMAINS: usize = 10_000;

/// A message whose recipients follow on further lines.
#[derive(Debug, Default)]
pub(super) struct Open {
    pub(super) queue: Option<QueueName>,
    pub(super) age: Option<f64>,
    pub(super) domains: BTreeSet<String>,
}

impl Open {
    pub(super) fn recipient(&mut self, address: &str) {
        if self.domains.len() < MOST_DOMAINS {
            self.domains.insert(domain(address));
        }
    }
}
