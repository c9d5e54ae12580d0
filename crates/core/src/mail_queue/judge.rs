//! From a queue to an answer.

use std::time::Duration;

use super::{MailQueue, MailSystem, QueueFault, QueueName};
use crate::check::Answer;
use crate::reading::outcome::Outcome;
use crate::reading::range::{Range, Thresholds};
use crate::reading::{Reading, Unit, count_of, counted, number};
use crate::text::clean::one_line;
use crate::text::duration::short;

/// How many domains `-v` shows.
const SHOWN_DOMAINS: usize = 10;
/// The longest part of a domain that is shown: it comes from a stranger.
const DOMAIN: usize = 80;

/// What a queue is held against.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QueueLimits {
    /// All messages.
    pub total: Thresholds,
    /// The messages for the domain with the most.
    pub domain: Thresholds,
    /// The age of the oldest message in seconds.
    pub age: Thresholds,
}

/// Judges a queue. After a fault, what was read of it is the least that is there.
pub fn judge(
    system: Option<MailSystem>,
    queue: &MailQueue,
    fault: Option<&QueueFault>,
    limits: &QueueLimits,
) -> Answer {
    let per_domain = queue.largest_domains(1).first().map_or(0.0, |(_, count)| count_of(*count));
    // Of an empty queue nothing is old.
    let oldest = queue.oldest.or((queue.not_understood == 0).then_some(0.0));
    let whole = fault.is_none_or(QueueFault::was_read);
    let known = whole || queue.total > 0;
    let judged: [(&Thresholds, f64); 3] = [
        (&limits.total, count_of(queue.total)),
        (&limits.domain, per_domain),
        (&limits.age, oldest.unwrap_or(f64::NAN)),
    ];
    let outcome = judged.iter().fold(Outcome::Ok, |worst, (limits, value)| {
        worst.worst(match (limits.is_empty(), value.is_nan(), whole) {
            (true, _, _) => Outcome::Ok,
            (false, true, _) => Outcome::Unknown,
            (false, false, true) => limits.judge(*value),
            (false, false, false) => limits.judge_at_least(*value),
        })
    });
    let outcome = fault.map_or(outcome, |fault| fault.outcome().worst(outcome));
    let told = told(system, queue, limits, whole);
    let text = match fault {
        None => told,
        // A higher count than allowed is the news; otherwise the fault is.
        Some(fault) if !known => fault.to_string(),
        Some(fault) if outcome == fault.outcome() => format!("{fault}; {told}"),
        Some(fault) => format!("{told}; {fault}"),
    };
    let readings = readings(system, queue, known, oldest, limits);
    Answer { readings, details: details(queue), ..Answer::plain(outcome, text) }
}

/// `14 messages (at most 13): 12 deferred, 2 active; the oldest 1h50m; most for example.org: 7`.
fn told(system: Option<MailSystem>, queue: &MailQueue, limits: &QueueLimits, whole: bool) -> String {
    let breaks = if whole { Range::alerts } else { Range::alerts_from };
    let total = count_of(queue.total);
    let limit = limits.total.broken(total, breaks, number);
    if queue.total == 0 {
        return format!("the queue is empty{limit}");
    }
    let least = if whole { "" } else { "at least " };
    let mut parts = vec![format!("{least}{}{limit}{}", counted(total, "message", "messages"), queues(system, queue))];
    if let Some(oldest) = queue.oldest {
        parts.push(format!("the oldest {}{}", age(oldest), limits.age.broken(oldest, breaks, age)));
    }
    if let Some((name, count)) = queue.largest_domains(1).first().filter(|_| !limits.domain.is_empty()) {
        let (name, count) = (one_line(name, DOMAIN), count_of(*count));
        parts.push(format!("most for {name}: {}{}", number(count), limits.domain.broken(count, breaks, number)));
    }
    parts.join("; ")
}

/// `: 10 deferred, 2 active`; nothing if the names are not known.
fn queues(system: Option<MailSystem>, queue: &MailQueue) -> String {
    let names = system.map_or(&[][..], MailSystem::queues).iter().chain(&[QueueName::Other]);
    let mut parts: Vec<(u64, &str)> = names.map(|name| (queue.of(*name), name.name())).collect();
    parts.push((queue.not_understood, "not understood"));
    parts.retain(|(count, _)| *count > 0);
    parts.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let parts: Vec<String> = parts.iter().map(|(count, name)| format!("{count} {name}")).collect();
    if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) }
}

fn readings(
    system: Option<MailSystem>,
    queue: &MailQueue,
    known: bool,
    oldest: Option<f64>,
    limits: &QueueLimits,
) -> Vec<Reading> {
    let of = |label: &'static str, value: f64, unit: Unit, thresholds: &Thresholds| {
        let value = if known { value } else { f64::NAN };
        let reading = Reading { thresholds: thresholds.clone(), ..Reading::new(label, value, unit) };
        reading.between(0.0, None).in_every_run()
    };
    let none = Thresholds::default();
    let largest = queue.largest_domains(1).first().map_or(0.0, |(_, count)| count_of(*count));
    let mut readings = vec![
        of("queue", count_of(queue.total), Unit::None, &limits.total),
        of("oldest", oldest.unwrap_or(f64::NAN), Unit::Seconds, &limits.age),
        of("largest_domain", largest, Unit::None, &limits.domain),
    ];
    let queues = system.map_or(&[][..], MailSystem::queues);
    readings.extend(queues.iter().map(|name| of(name.name(), count_of(queue.of(*name)), Unit::None, &none)));
    readings
}

/// What `-v` adds.
fn details(queue: &MailQueue) -> Vec<String> {
    let domains = queue.largest_domains(SHOWN_DOMAINS);
    let mut details: Vec<String> =
        domains.iter().map(|(name, count)| format!("for {}: {count}", one_line(name, DOMAIN))).collect();
    if queue.further_domains > 0 {
        details.push(format!("for domains that were not counted one by one: {}", queue.further_domains));
    }
    if let Some(kept) = queue.oldest_kept {
        details.push(format!("the oldest on hold or frozen: {}; it does not count as the oldest", age(kept)));
    }
    if queue.not_understood > 0 {
        details.push(format!(
            "{} entries were not understood; they count, their age and domain do not",
            queue.not_understood
        ));
    }
    details
}

fn age(seconds: f64) -> String {
    short(Duration::try_from_secs_f64(seconds).unwrap_or_default())
}
