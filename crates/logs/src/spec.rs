//! What is counted in which log: the configuration's `[[log]]` and `[[log.counter]]`, checked.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A log with its counters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSpec {
    /// Where its lines are.
    pub source: SourceSpec,
    /// How its lines begin.
    pub time: TimeFormat,
    /// The time zone of stamps without one, such as `Europe/Berlin`; `None`: the system's.
    pub zone: Option<String>,
    /// What is counted.
    pub counters: Vec<CounterSpec>,
}

/// Where the lines of a log are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceSpec {
    /// In a file, and its rotated generations beside it.
    File(PathBuf),
    /// In systemd's journal, of the units that match this pattern.
    Journal(String),
}

impl SourceSpec {
    /// The log's name, in the store and in messages.
    pub fn name(&self) -> String {
        match self {
            SourceSpec::File(path) => path.display().to_string(),
            SourceSpec::Journal(unit) => format!("journal:{unit}"),
        }
    }
}

/// How the time stands in a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeFormat {
    /// Any of the following, found out from the lines.
    #[default]
    Auto,
    /// `2026-12-01T02:46:56.123456+01:00`, as rsyslog on Debian 12 writes it.
    Rfc3339,
    /// `<34>1 2026-12-01T02:46:56Z host …`.
    Rfc5424,
    /// `Dec  1 02:46:56`, without year and zone.
    Rfc3164,
    /// `[01/Dec/2026:02:46:56 +0100]`, or `2026/12/01 02:46:56` in an error log.
    Nginx,
    /// `2026-12-01 02:46:56`, with optional milliseconds, zone and process number.
    Exim,
    /// The time when the line was read.
    Arrival,
}

/// A counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterSpec {
    /// Its name, such as `mail_sent`.
    pub name: String,
    /// Which lines it is about.
    pub matcher: Matcher,
    /// Of these, only lines whose captures have these values.
    pub filter: BTreeMap<String, String>,
    /// The captures that become labels; `None`: those that the preset names, or every named capture of the regex.
    pub labels: Option<Vec<String>>,
    /// How many series it may have; further label sets are counted as `(other)`.
    pub max_series: usize,
    /// `HOST:PORT` of content filters that hand mail back: a delivery to one is a hop inside this host.
    pub content_filters: Vec<String>,
}

/// Which lines a counter is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matcher {
    /// A ready-made definition.
    Preset(Preset),
    /// A regular expression over bytes; named captures can become labels.
    Regex(String),
}

/// The ready-made definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Messages that Postfix accepted from clients and local users.
    PostfixAccepted,
    /// Delivery attempts of Postfix, one for each recipient, by status.
    PostfixDelivered,
    /// Messages of Postfix that reached at least one recipient.
    PostfixMessages,
    /// Exim's main log: arrivals, deliveries, deferrals, failures.
    Exim,
    /// Sendmail: messages and delivery attempts.
    Sendmail,
    /// Requests of nginx (or Apache) in the combined format.
    NginxCombined,
    /// nginx's error log, by level.
    NginxError,
}
